"""Keep the downloads of a RUN in cache mounts that its commands really use.

One remedy for one RUN, whatever is wrong with it: a mount is missing, another one is there, a switch or a clean-up
defeats it. Facts: docs.docker.com/build/cache/optimize, the reference of `RUN --mount`, each manager's documentation.
"""

from __future__ import annotations

from ci_audit import managers
from ci_audit.editing import Operation, Rewrite
from ci_audit.facts.caching import judge
from ci_audit.model import UNKNOWN, Cleanup, Command, Install
from ci_audit.remedies import FileChange, Remedy, Request, Skipped
from ci_audit.remedies.dockerfile import stage, system
from ci_audit.remedies.dockerfile.cuts import Again, without_cleanups, without_switch
from ci_audit.remedies.dockerfile.flags import APART, Target, provide
from ci_audit.remedies.dockerfile.stage import NO_EVIDENCE, Ground
from ci_audit.remedies.needs import served_by
from ci_audit.typed import NamedTuple

_NOT_KEPT = frozenset(("absent", "off", "misplaced", "pruned"))
_MEANT_FOR_IMAGE = {
    "pre-commit": "what pre-commit makes is to be in the image: under a mount it would not be",
    "prek": "what prek makes is to be in the image: under a mount it would not be",
    "gem": "gems are kept where they are installed: under a mount they would not be in the image",
    "bundle": "gems are kept where they are installed: under a mount they would not be in the image",
    "go": "later commands need the modules in the image: under a mount they would not be there",
}
_BUILD_WHEELS = frozenset("pip uv poetry pdm pipenv tox nox hatch build pipx".split())
"""Managers whose caches hold what they built from source: for one C library, which the names of wheels do not say."""
_OFTEN_NEEDED = frozenset(("conda", "yarn", "composer", "cargo", "go", "bun", "pnpm", "pdm"))
"""Managers whose cache an image may need: links into it, or commands that work from it without the network."""


class _Plan(NamedTuple):
    """What one install needs."""

    install: Install
    targets: tuple[Target, ...]
    doubt: str


def remedy(request: Request) -> Remedy | Skipped:
    """Give the mounts and cuts that one RUN needs, or for system packages those of all RUNs that go together."""
    ground = stage.ground_of(request)
    if isinstance(ground, Skipped):
        return ground
    install: Install = request.places[0].node
    if ground.job.machine.os != "linux":
        return Skipped("cache mounts of Windows containers are experimental")
    known = stage.builder(request, ground.tree)
    if isinstance(known, Skipped):
        return known
    if install.manager in stage.SYSTEM:
        return system.remedy(request, ground, install, known)
    if _is_project(install):
        return _crates(ground, install)
    if install.switch is not None and _in_env(install, ground) and request.intent == "enable-cache":
        return _without_variable(ground, install)
    return _languages(ground, install, known)


def _is_project(install: Install) -> bool:
    return install.manager == "cargo" and install.verb != "install"


def _crates(ground: Ground, asked: Install) -> Remedy | Skipped:
    """Mount the crates of a project in all RUNs that need them: what one fetches is not in the image for the next."""
    plan = _plan(ground, asked)
    if isinstance(plan, Skipped):
        return plan
    paths = [target.path for target in plan.targets]
    taken = stage.taken_from(ground, paths)
    if taken is not None:
        return taken
    operations: list[Operation] = []
    _, found = stage.read(ground.pipeline.source)
    for number in stage.family(ground.pipeline, found, ground.number):
        job = ground.pipeline.jobs[number]
        for step in job.steps:
            outer = stage.instruction_at(ground.tree, step)
            if outer is None or not any(_is_project(install) for install in step.installs):
                continue
            own = ground._replace(job=job, step=step, instruction=stage.run_of(outer), number=number)
            cleaned = without_cleanups(step, {"cargo"}, paths)
            if isinstance(cleaned, Skipped):
                return cleaned
            operations += [*provide(own, list(plan.targets)).operations, *cleaned.operations]
    if not operations:
        return Skipped("the mounts are there already")
    return change(
        ground,
        "Keep cargo's crates in a cache mount",
        operations,
        plan.doubt or "commands that are not known here may need the crates in the image",
    )


def _languages(ground: Ground, asked: Install, known: str) -> Remedy | Skipped:
    plans: list[_Plan] = []
    for install in ground.step.installs:
        if install.manager in stage.SYSTEM or _is_project(install):
            continue
        if judge(install, ground.step, ground.job).cause not in _NOT_KEPT:
            continue
        plan = _plan(ground, install)
        if isinstance(plan, Skipped):
            if install is asked or install == asked:
                return plan
            continue
        plans.append(plan)
    if not any(plan.install == asked for plan in plans):
        return Skipped("the command is not read the same way twice")
    targets = list(dict.fromkeys(target for plan in plans for target in plan.targets))
    paths = [target.path for target in targets]
    names = list(dict.fromkeys(served_by(plan.install) for plan in plans))
    cleaned = without_cleanups(ground.step, set(names), paths)
    if isinstance(cleaned, Skipped):
        return cleaned
    taken = stage.taken_from(ground, paths)
    if taken is not None:
        return taken
    provided = provide(ground, targets)
    operations = [*provided.operations, *cleaned.operations]
    for install in ground.step.installs:
        if served_by(install) in names and install.network.value is not False:
            switch = without_switch(install, ground.instruction, _reader(ground))
            if not isinstance(switch, Skipped):
                operations += switch.operations
    doubts = [plan.doubt for plan in plans] + [cleaned.doubt, provided.doubt]
    operations += _frontend(ground, doubts)
    if not known:
        doubts.append(NO_EVIDENCE)
    if ground.instruction.start != ground.step.where.start:
        doubts.append("ONBUILD runs it in images that are built from this one")
    title = _title(names, bool(provided.operations), provided.moved)
    return change(ground, title, operations, next((doubt for doubt in doubts if doubt), ""))


def _reader(ground: Ground) -> Again:
    def again(command: Command) -> tuple[Install | Cleanup, ...]:
        return managers.read_all(command, ground.job.machine, ground.repository)

    return again


def _frontend(ground: Ground, doubts: list[str]) -> list[Operation]:
    """Raise a frontend that is too old for mounts."""
    old = stage.outdated_frontend(ground.tree)
    if old is None:
        return []
    doubts.append("the frontend that the file names is older than cache mounts, and is raised")
    name = ground.tree.source.text[slice(*old)].partition("@")[0].rpartition(":")[0]
    return [Rewrite(*old, f"{name}:1")]


def change(ground: Ground, title: str, operations: list[Operation], doubt: str) -> Remedy:
    """Make the remedy; what is in doubt makes it unsafe."""
    unique = tuple(dict.fromkeys(operations))
    path = ground.tree.source.path
    return Remedy(title, "unsafe" if doubt else "safe", (FileChange(path, unique),), doubt)


def _title(names: list[str], added: bool, moved: bool) -> str:
    shown = " and ".join(names)
    if not added:
        return f"Let the cache mount of {shown} work"
    return (
        f"Move the cache mount to where {shown} {'write' if len(names) > 1 else 'writes'}"
        if moved
        else (f"Keep the downloads of {shown} in a cache mount")
    )


def _plan(ground: Ground, install: Install) -> _Plan | Skipped:
    """Say what an install needs, or why a mount is no help to it."""
    name = served_by(install)
    if name in _MEANT_FOR_IMAGE and (name != "go" or install.verb != "install"):
        return Skipped(_MEANT_FOR_IMAGE[name])
    if name == "pnpm" and install.verb == "fetch":
        return Skipped(f"`{install.command.shown}` fills the image for later commands: under a mount it would not")
    if not install.downloads:
        return Skipped(f"where {install.manager} keeps its downloads is not known")
    if name == "uv" and _links_into_cache(install):
        return Skipped("uv is told to make symbolic links into its cache, which a mount takes away after the RUN")
    offline = stage.used_offline(ground, install.manager)
    if offline is not None:
        return offline
    switch = without_switch(install, ground.instruction, _reader(ground))
    if isinstance(switch, Skipped):
        return switch
    targets = _targets(ground, install)
    if isinstance(targets, Skipped):
        return targets
    return _Plan(install, targets, switch.doubt or _doubt(ground, install, name, targets))


def _links_into_cache(install: Install) -> bool:
    mode = install.command.env.get("UV_LINK_MODE")
    words = [word.text for word in install.command.words]
    return (mode is not None and mode.value == "symlink") or "symlink" in words or "--link-mode=symlink" in words


def _doubt(ground: Ground, install: Install, name: str, targets: tuple[Target, ...]) -> str:
    if any(target.user for target in targets):
        return "the directories above the mount belong to root while the command runs"
    if install.gap:
        return install.gap
    if name == "uv" and install.verb in ("run", "tool run"):
        return "what uv fetches to run it may be meant to stay in the image"
    if name in _OFTEN_NEEDED:
        return f"whether later commands need the files of {name}'s cache in the image is for its owner to say"
    return ""


def _targets(ground: Ground, install: Install) -> tuple[Target, ...] | Skipped:
    """Find the directories with the numbers of who writes there."""
    user = install.command.user
    paths = [directory.path for directory in install.downloads]
    if UNKNOWN in user or not user:
        who = "an argument of the build" if user else "the base image"
        return Skipped(f"{who} decides which user runs it, and so where {install.manager} writes and who owns that")
    number = stage.number_of(user, stage.known_users(ground))
    if number is None:
        return Skipped(f"which number the user `{user}` has is not said in this file, and so who has to own the mount")
    group = stage.group_of(ground, user) if number else ""
    apart = ""
    if install.ecosystem == "pypi" and stage.on_musl(ground, ground.number):
        apart = f"{served_by(install)}{APART}" if stage.mixes_libraries(ground, _BUILD_WHEELS) else ""
    ids = [f"{path.rpartition('/')[2]}-{apart}" if apart and len(paths) > 1 else apart for path in paths]
    targets = tuple(Target(path, number, group, id=id) for path, id in zip(paths, ids, strict=True))
    for target in targets:
        if not target.writable:
            return Skipped(f"where {install.manager} keeps its downloads in this image is not known")
        if any(path != target.path and target.path.startswith(path + "/") for path in paths):
            return Skipped(f"two directories of {install.manager} lie in each other")
    return targets


def _in_env(install: Install, ground: Ground) -> bool:
    """Tell whether an ENV of this file switches the cache off."""
    where = install.switch.where if install.switch is not None else None
    if where is None or where.source is not ground.tree.source:
        return False
    return any(one.keyword == "ENV" and one.start <= where.start < one.end for one in ground.tree.instructions)


def _without_variable(ground: Ground, asked: Install) -> Remedy | Skipped:
    """Take the variable out that defeats the mounts, where every command that it reaches has one."""
    from ci_audit.editing import Cut
    from ci_audit.syntax.dockervalues import env_pairs

    where = asked.switch.where if asked.switch is not None else None
    outer = next(
        (one for one in ground.tree.instructions if where is not None and one.start <= where.start < one.end), None
    )
    if where is None or outer is None or asked.switch is None:
        return Skipped("what switches the cache off is not in this file")
    for job in ground.pipeline.jobs:
        for step in job.steps:
            for install in step.installs:
                same = install.switch is not None and install.switch.where == where
                if same and judge(install, step, job).cause not in ("off", "local"):
                    line = step.where.source.position(step.where.start).line
                    return Skipped(
                        f"line {line} has no mount, and needs the variable to leave no downloads in the image"
                    )
    alone = len(env_pairs(outer)) == 1
    cut = Cut(outer.start, outer.end) if alone else Cut(where.start, where.end)
    name = where.text.partition("=")[0].split()[0]
    title = f"Take out {name}, which defeats the cache mounts"
    return change(ground, title, [cut], f"`{name}` may be meant for commands that are not known here")

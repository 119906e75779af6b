"""What a remedy has to know of a stage: who its users are, what it hands on, and whether BuildKit builds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ci_audit.facts import Context
from ci_audit.model import UNKNOWN, Install, Job, Pipeline, Step
from ci_audit.paths import touches
from ci_audit.providers.dockerfile.users import ROOT, User, made_by
from ci_audit.remedies import Request, Skipped
from ci_audit.remedies.builders import builders
from ci_audit.repository import Repository
from ci_audit.source import Source
from ci_audit.syntax.dockerfile import parse
from ci_audit.syntax.dockertree import Dockerfile, Instruction
from ci_audit.syntax.dockervalues import Mount, Stage, parse_mount, stages
from ci_audit.typed import Any, NamedTuple

SYSTEM = frozenset(("apt", "apk", "dnf", "yum", "microdnf", "zypper"))
"""The package managers of distributions: only root runs them, and all that a stage does with them goes together."""

NO_EVIDENCE = "nothing here shows that BuildKit builds this file; the classic builder refuses `RUN --mount`"

_BUILDKIT_FLAGS = frozenset(
    "mount network security link chmod checksum exclude parents keep-git-dir unpack device".split()
)
_OUTDATED = ("1.0", "1.1")

_last: list[tuple[Source, Dockerfile, list[Stage]]] = []
_answers: dict[object, Any] = {}
"""What was found out about the file in `_last`: each of its findings asks, and going through all of it takes long."""


class Ground(NamedTuple):
    """A finding's stage and instruction, with the tree of its file."""

    tree: Dockerfile
    pipeline: Pipeline
    job: Job
    step: Step
    instruction: Instruction
    """The RUN itself where an ONBUILD holds it."""
    repository: Repository
    number: int
    """Which of the file's stages it is."""


def ground_of(request: Request) -> Ground | Skipped:
    """Find the stage and the RUN that a finding is about."""
    context: Context = request.places[0].context
    job, step = context.job, context.step
    if job is None or step is None:
        return Skipped("no RUN instruction holds the command")
    tree, found = read(context.pipeline.source)
    index = next((at for at, one in enumerate(context.pipeline.jobs) if one is job), -1)
    outer = instruction_at(tree, step)
    if outer is None or index < 0 or index >= len(found):
        return Skipped("no RUN instruction holds the command")
    return Ground(tree, context.pipeline, job, step, run_of(outer), context.repository, index)


def read(source: Source) -> tuple[Dockerfile, list[Stage]]:
    """Parse a file, or take the tree of the file before if it is the same."""
    if not _last or _last[0][0] is not source:
        tree = parse(source)
        _last[:] = [(source, tree, stages(tree))]
        _answers.clear()
    return _last[0][1:]


def _once(source: Source, key: object, ask: Callable[[], Any]) -> Any:
    """Give the answer to a question about a whole file, worked out when it is asked for the first time."""
    read(source)
    if key not in _answers:
        _answers[key] = ask()
    return _answers[key]


def instruction_at(tree: Dockerfile, step: Step) -> Instruction | None:
    """Find the instruction that a step was read from, ONBUILD included."""
    by_start: dict[int, Instruction] = _once(
        tree.source, "by start", lambda: {one.start: one for one in reversed(tree.instructions)}
    )
    return by_start.get(step.where.start)


def run_of(outer: Instruction) -> Instruction:
    return outer.onbuild if outer.onbuild is not None else outer


def cache_mounts(instruction: Instruction) -> list[tuple[int, int, Mount]]:
    """List an instruction's cache mounts with the span of their flags."""
    found = []
    for flag in instruction.flags:
        if flag.name == "mount" and flag.mapped is not None:
            mount = parse_mount(flag.mapped)
            if mount.type == "cache":
                found.append((flag.start, flag.end, mount))
    return found


def mounts_of(tree: Dockerfile) -> list[tuple[int, int, Mount]]:
    """List the cache mounts of a whole file."""
    found: list[tuple[int, int, Mount]] = _once(
        tree.source, "mounts", lambda: [one for outer in tree.instructions for one in cache_mounts(run_of(outer))]
    )
    return found


def builder(request: Request, tree: Dockerfile) -> str | Skipped:
    """Tell why this file is known to be built with BuildKit or by a program that reads mounts too; "" if it is not."""
    if request.options.builder == "classic":
        return Skipped("the settings name the classic builder, which refuses `RUN --mount`")
    if request.options.builder == "buildkit":
        return "the settings name BuildKit"
    own: str = _once(tree.source, "shown", lambda: _shown_by_file(tree))
    if own:
        return own
    known = builders(request.repository)
    if known.refuses_mounts:
        return Skipped(f"{known.refuses_mounts}, which refuses `RUN --mount`")
    return known.reads_mounts


def _shown_by_file(tree: Dockerfile) -> str:
    if "syntax" in tree.directives:
        return "the file names its frontend"
    for outer in tree.instructions:
        instruction = run_of(outer)
        if outer.heredocs:
            return "the file has a here-document"
        for flag in instruction.flags:
            if flag.name in _BUILDKIT_FLAGS:
                return f"the file uses `--{flag.name}`"
    return ""


def outdated_frontend(tree: Dockerfile) -> tuple[int, int] | None:
    """Find the frontend's reference where it is older than stable mounts (docker/dockerfile before 1.2)."""
    directive = tree.directives.get("syntax")
    if directive is None:
        return None
    name, _, tag = directive.value.partition("@")[0].rpartition(":")
    if name.removeprefix("docker.io/") not in ("docker/dockerfile", "docker/dockerfile-upstream"):
        return None
    version = tag.partition("-")[0]
    if tag != "experimental" and version not in _OUTDATED and not version.startswith(("1.0.", "1.1.")):
        return None
    at = tree.source.text.find(directive.value, directive.start, directive.end)
    return (at, at + len(directive.value)) if at >= 0 else None


def ancestors(pipeline: Pipeline, tree_stages: list[Stage], index: int) -> list[int]:
    """List the local stages that a stage is built from, itself first."""
    chain = [index]
    while True:
        base = tree_stages[chain[-1]].base.lower()
        parent = next(
            (at for at in range(chain[-1] - 1, -1, -1) if tree_stages[at].name == base or str(at) == base), None
        )
        if parent is None:
            return chain
        chain.append(parent)


def mentions(ground: Ground, numbers: list[int], text: str) -> bool:
    """Tell whether an instruction of some stages holds a text."""
    _, found = read(ground.pipeline.source)
    whole = ground.tree.source.text
    return any(text in whole[one.start : one.end] for number in numbers for one in found[number].instructions)


def family(pipeline: Pipeline, tree_stages: list[Stage], index: int) -> list[int]:
    """List the stages that share a stage's files: the first that it is built from, and all built on that one."""
    top = ancestors(pipeline, tree_stages, index)[-1]
    return [at for at in range(len(pipeline.jobs)) if ancestors(pipeline, tree_stages, at)[-1] == top]


def known_users(ground: Ground) -> dict[str, User]:
    """Collect the users that the stage and those below it make before the RUN."""
    _, found = read(ground.pipeline.source)
    made: dict[str, User] = {}
    for index in reversed(ancestors(ground.pipeline, found, ground.number)):
        users: list[tuple[int, tuple[str, User]]] = _once(
            ground.pipeline.source, ("users", index), partial(_made, ground.pipeline.jobs[index])
        )
        made.update(user for start, user in users if start < ground.step.where.start)
    return made


def _made(job: Job) -> list[tuple[int, tuple[str, User]]]:
    """List the users that a stage makes, with the place of the instruction."""
    return [
        (step.where.start, user)
        for step in job.steps
        for command in step.commands
        if command.words and (user := made_by(command)) is not None
    ]


def number_of(user: str, made: dict[str, User]) -> str | None:
    """Tell a user's number, "" for root; None if the file does not say it."""
    if user in ROOT:
        return ""
    if user.isdigit():
        return user
    return (made[user].number or None) if user in made else None


def group_of(ground: Ground, user: str) -> str:
    """Tell the number of the group that USER names, where it is written; "" if not."""
    _, found = read(ground.pipeline.source)
    for index in ancestors(ground.pipeline, found, ground.number):
        for instruction in reversed(found[index].instructions):
            if instruction.keyword == "USER" and instruction.start < ground.step.where.start:
                name, _, group = instruction.args.text.strip().partition(":")
                return group if name == user and group.isdigit() else ""
    return ""


def on_musl(ground: Ground, number: int) -> bool:
    """Tell whether a stage is an Alpine: wheels that are built there have the same names as others, and do not run."""
    answer: bool = _once(ground.pipeline.source, ("musl", number), lambda: _on_musl(ground, number))
    return answer


def _on_musl(ground: Ground, number: int) -> bool:
    _, found = read(ground.pipeline.source)
    chain = ancestors(ground.pipeline, found, number)
    return "alpine" in found[chain[-1]].base.lower() or any(
        install.manager == "apk" for at in chain for step in ground.pipeline.jobs[at].steps for install in step.installs
    )


def mixes_libraries(ground: Ground, managers: frozenset[str]) -> bool:
    """Tell whether stages on Alpine and on others both install with these managers."""
    kinds: set[bool] = _once(
        ground.pipeline.source,
        ("libraries", managers),
        lambda: {
            on_musl(ground, number)
            for number, job in enumerate(ground.pipeline.jobs)
            if any(install.manager in managers for step in job.steps for install in step.installs)
        },
    )
    return len(kinds) > 1


def by_sudo(install: Install) -> bool:
    command = install.command
    return "sudo" in command.text.text[command.start : command.words[0].start].split()


def taken_from(ground: Ground, paths: list[str]) -> Skipped | None:
    """Say who takes these directories out of the stage: under a mount they would not be in it."""
    _, found = read(ground.pipeline.source)
    stage = found[ground.number]
    for job in ground.pipeline.jobs:
        for copy in job.copies:
            if copy.stage.lower() not in (stage.name, str(stage.index)):
                continue
            for source in copy.sources:
                if any(touches(source.rstrip("/") or "/", path) for path in paths if UNKNOWN not in source):
                    line = copy.where.source.position(copy.where.start).line
                    return Skipped(f"line {line} copies `{source}` out of this stage, which a mount would leave empty")
    return None


def used_offline(ground: Ground, manager: str) -> Skipped | None:
    """Say which command of the same manager works without the network, from what this one leaves in the image."""
    answer: Skipped | None = _once(
        ground.pipeline.source, ("offline", ground.number, manager), lambda: _used_offline(ground, manager)
    )
    return answer


def _used_offline(ground: Ground, manager: str) -> Skipped | None:
    _, found = read(ground.pipeline.source)
    for index in family(ground.pipeline, found, ground.number):
        for step in ground.pipeline.jobs[index].steps:
            for install in step.installs:
                if (
                    install.manager == manager
                    and install.network.value is False
                    and "offline" in install.network.reason
                ):
                    line = step.where.source.position(step.where.start).line
                    return Skipped(f"`{install.command.shown}` at line {line} needs the downloads in the image")
    return None

"""System packages in cache mounts: apt in all RUNs that go together, apk and the RPM managers in one.

Facts: docs.docker.com/reference/dockerfile (apt), apk-tools `src/database.c` (v2.10 to v3: `--cache-dir` makes a cache
that packages are kept in, `/etc/apk/cache` alone does so otherwise), dnf5-caching(7), dnf.conf(5), microdnf
`dnf/dnf-main.c` (keepcache from 3.7).
"""

from __future__ import annotations

import re

from ci_audit.editing import Operation, Rewrite
from ci_audit.editing.docker import indent_of, newline_of
from ci_audit.facts.caching import judge
from ci_audit.model import Command, Install, Step, Word
from ci_audit.paths import touches
from ci_audit.patterns import regex
from ci_audit.remedies import Remedy, Request, Skipped
from ci_audit.remedies.dockerfile import stage
from ci_audit.remedies.dockerfile.cuts import stands_free, without_cleanups
from ci_audit.remedies.dockerfile.flags import Target, provide
from ci_audit.remedies.dockerfile.stage import NO_EVIDENCE, Ground

_ARCHIVES = Target("/var/cache/apt", locked=True)
_LISTS = Target("/var/lib/apt/lists", locked=True)
_APT = frozenset(("apt", "apt-get", "aptitude"))
_CLEANS = "/etc/apt/apt.conf.d/docker-clean"
_KEEPS = "/etc/apt/apt.conf.d/keep-cache"
_STAYS = f"`{_CLEANS}` is not in the image any more: images that are built from it keep the packages that they install"


def remedy(request: Request, ground: Ground, install: Install, known: str) -> Remedy | Skipped:
    """Give the mounts for a manager of system packages."""
    if install.manager == "apt":
        return _apt(ground, known)
    same = [one for one in ground.step.installs if one.manager == install.manager]
    if any(stage.by_sudo(one) for one in same):
        return Skipped("it runs through sudo")
    if install.manager == "apk":
        return _apk(ground, same)
    return _rpm(ground, same)


def _apk(ground: Ground, installs: list[Install]) -> Remedy | Skipped:
    from ci_audit.remedies.dockerfile.mounts import change

    target = Target("/var/cache/apk", locked=True)
    operations = list(provide(ground, [target]).operations)
    for install in installs:
        words = install.command.words
        switch = next((word for word in words if word.text == "--no-cache"), None)
        if any(word.text.startswith("--cache-dir") for word in words):
            return Skipped("the command names a cache directory of its own")
        if switch is not None:
            where = install.command.where_of(switch)
            operations.append(Rewrite(where.start, where.end, f"--update-cache --cache-dir={target.path}"))
        else:
            at = install.command.where_of(_program(install.command)).end
            operations.append(Rewrite(at, at, f" --cache-dir={target.path}"))
    cleaned = without_cleanups(ground.step, {"apk"}, [target.path])
    if isinstance(cleaned, Skipped):
        return cleaned
    operations += cleaned.operations
    reason = "apk keeps packages only where it is told to, so its command changes as well"
    return change(ground, "Keep apk's packages in a cache mount", operations, cleaned.doubt or reason)


def _program(command: Command) -> Word:
    return next(word for word in command.words if not word.text.startswith("-"))


_DNF4 = regex(
    r"(?<![a-z])(?:(?:el|ubi|rhel|c|stream)|(?:centos|almalinux|rockylinux|oraclelinux):?)(?:8|9|10)(?![0-9])"
)
_FEDORA = regex(r"\bfedora\b.*?(?::(\d+|latest|rawhide))?\Z")


def _rpm_directory(ground: Ground, manager: str) -> str:
    """Tell where a manager keeps packages, by the name of the image; "" where that does not tell."""
    _, found = stage.read(ground.pipeline.source)
    top = stage.ancestors(ground.pipeline, found, ground.number)[-1]
    images = [image for image in ground.pipeline.jobs[top].images if image.role == "from"]
    name = f"{images[0].name}:{images[0].tag}".rstrip(":") if images and images[0].known else ""
    fedora = _FEDORA.search(name)
    if fedora is not None:
        if fedora[1] in (None, "latest", "rawhide") or int(fedora[1]) >= 41:
            return "/var/cache/libdnf5"
        return "/var/cache/dnf" if manager == "dnf" else ""
    if manager == "zypper" or _DNF4.search(name) is None:
        return ""
    return "/var/cache/yum" if manager == "microdnf" else "/var/cache/dnf"


def _rpm(ground: Ground, installs: list[Install]) -> Remedy | Skipped:
    from ci_audit.remedies.dockerfile.mounts import change

    manager = installs[0].manager
    path = _rpm_directory(ground, manager)
    if not path:
        return Skipped(f"where {manager} keeps packages depends on its version, which the base image decides")
    operations = list(provide(ground, [Target(path, locked=True)]).operations)
    for install in installs:
        if not any("keepcache" in word.text for word in install.command.words):
            at = install.command.where_of(_program(install.command)).end
            operations.append(Rewrite(at, at, " --setopt=keepcache=1"))
    cleaned = without_cleanups(ground.step, {manager}, [path])
    if isinstance(cleaned, Skipped):
        return cleaned
    operations += cleaned.operations
    reason = f"{manager} keeps packages only when it is told to, and where depends on its version"
    return change(ground, f"Keep {manager}'s packages in a cache mount", operations, cleaned.doubt or reason)


def _apt(ground: Ground, known: str) -> Remedy | Skipped:
    """Mount apt's directories in all RUNs of the stages that share files, since its setting stays in those."""
    from ci_audit.remedies.dockerfile.mounts import change

    _, found = stage.read(ground.pipeline.source)
    operations: list[Operation] = []
    prepared: set[int] = set()
    members = stage.family(ground.pipeline, found, ground.number)
    uses_apt = any(_name(install.command) == "apt" for _, install in _installs(ground, members))
    for index in members:
        job = ground.pipeline.jobs[index]
        for step in job.steps:
            installs = [install for install in step.installs if install.manager == "apt"]
            if not installs:
                continue
            line = step.where.source.position(step.where.start).line
            outer = stage.instruction_at(ground.tree, step)
            if outer is None or outer.onbuild is not None:
                return Skipped(f"apt runs in an ONBUILD at line {line}")
            if any(install.gap for install in installs):
                return Skipped(f"line {line}: {installs[0].gap}")
            if all(judge(install, step, job).cause == "local" for install in installs):
                continue
            own = ground._replace(job=job, step=step, instruction=outer, number=index)
            done = _apt_step(own, installs)
            if isinstance(done, Skipped):
                return Skipped(f"apt's commands of a stage go together, and at line {line} {done.reason}")
            operations += done
            chain = stage.ancestors(ground.pipeline, found, index)
            if not prepared & set(chain) and not stage.mentions(ground, chain, "docker-clean"):
                settings = _settings(own, installs[0], uses_apt)
                if settings is None:
                    return Skipped(f"how line {line} could keep apt's packages is not clear")
                operations.append(settings)
            prepared.add(index)
    if not operations:
        return Skipped("the mounts are there already")
    return change(ground, "Keep apt's packages in cache mounts", operations, _STAYS if known else NO_EVIDENCE)


def _installs(ground: Ground, members: list[int]) -> list[tuple[Step, Install]]:
    return [
        (step, install)
        for index in members
        for step in ground.pipeline.jobs[index].steps
        for install in step.installs
        if install.manager == "apt"
    ]


def _name(command: Command) -> str:
    return command.words[0].text.rpartition("/")[2] if command.words else ""


def _apt_step(ground: Ground, installs: list[Install]) -> list[Operation] | Skipped:
    """Mount the packages, and the lists where the RUN fetches them itself and deletes them again."""
    step = ground.step
    targets = [_ARCHIVES, _LISTS] if _lists_come_and_go(step, installs) else [_ARCHIVES]
    cleaned = without_cleanups(step, {"apt"}, [target.path for target in targets])
    if len(targets) > 1 and (isinstance(cleaned, Skipped) or cleaned.doubt):
        targets = [_ARCHIVES]
        cleaned = without_cleanups(step, {"apt"}, [_ARCHIVES.path])
    if isinstance(cleaned, Skipped):
        return cleaned
    if cleaned.doubt:
        return Skipped(cleaned.doubt)
    return [*provide(ground, targets).operations, *cleaned.operations]


def _lists_come_and_go(step: Step, installs: list[Install]) -> bool:
    """Tell whether the RUN fetches the lists before it installs and deletes them behind it, and nothing above them."""
    first = min(install.command.order for install in installs)
    last = max(install.command.order for install in installs)
    if not any(_updates(command) and command.order < first and not command.conditional for command in step.commands):
        return False
    emptied = False
    for cleanup in step.cleanups:
        for path in cleanup.paths:
            folder = path.removesuffix("/*") or "/"
            if folder == _LISTS.path:
                emptied = emptied or cleanup.command.order > last
            elif touches(folder, _LISTS.path):
                return False
    return emptied


def _updates(command: Command) -> bool:
    return _name(command) in _APT and any(word.text == "update" for word in command.words[1:4])


def _settings(ground: Ground, install: Install, keep: bool) -> Operation | None:
    """Write what lets apt keep its packages before its first command of the RUN."""
    command = min((one for one in ground.step.commands if one.words and _name(one) in _APT), key=lambda one: one.order)
    if command.conditional:
        return None
    if not stands_free(command):
        return None
    sudo = "sudo " if stage.by_sudo(install) else ""
    if sudo and keep:
        return None
    texts = [f"{sudo}rm -f {_CLEANS}"]
    if keep:
        texts.append(f"echo 'Binary::apt::APT::Keep-Downloaded-Packages \"true\";' > {_KEEPS}")
    start = command.where.start
    source, instruction = ground.tree.source, ground.instruction
    line = source.text.rfind("\n", 0, start) + 1
    if any(heredoc.start <= start < heredoc.end for heredoc in instruction.heredocs):
        indent = source.text[line:start]
        if indent.strip():
            return None
        return Rewrite(start, start, "".join(f"{text}{newline_of(source, start)}{indent}" for text in texts))
    if instruction.json is not None:
        return Rewrite(start, start, "".join(f"{text} && " for text in texts))
    follow = f" {instruction.escape}{newline_of(source, start)}{indent_of(source, instruction)}"
    body = source.text[instruction.start : instruction.end]
    leading = re.search(r"\n[ \t]*&&", body) is not None or "\n" not in body
    glue = f"{follow}&& " if leading else f" && {follow[1:]}"
    return Rewrite(start, start, "".join(text + glue for text in texts))

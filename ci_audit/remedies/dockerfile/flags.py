"""Cache mounts as flags: written anew, as the file writes them elsewhere, or with another directory or owner."""

from __future__ import annotations

from ci_audit.editing import AddFlags, Operation, Rewrite
from ci_audit.managers import meant_for
from ci_audit.model import UNKNOWN, Step
from ci_audit.paths import covers, touches
from ci_audit.remedies.dockerfile.stage import Ground, cache_mounts, mounts_of
from ci_audit.syntax.dockertree import Dockerfile
from ci_audit.syntax.dockervalues import Mount
from ci_audit.typed import NamedTuple

_NOT_PLAIN = frozenset(", \t\"'$\\`" + UNKNOWN)


APART = "-musl"
"""How the name of a mount ends that is kept apart from others on the same directory."""


class Target(NamedTuple):
    """A directory that a mount has to keep, and the numbers of the user and group that write there ("" is root)."""

    path: str
    user: str = ""
    group: str = ""
    locked: bool = False
    id: str = ""
    """A name of its own, where another mount of the file on the same directory keeps what must not mix with it."""

    @property
    def writable(self) -> bool:
        """Whether the path can be named in a flag as it is."""
        return self.path.startswith("/") and len(self.path) > 1 and _NOT_PLAIN.isdisjoint(self.path)


def keeps(step: Step, target: Target) -> bool:
    """Tell whether the RUN has a mount for this directory that the user may write to."""
    return any(covers(kept.path, target.path) and not cache.problems for cache in step.caches for kept in cache.paths)


def written(tree: Dockerfile, target: Target) -> str:
    """Write a flag, the way that the file already does for the same directory and owner."""
    for start, end, mount in mounts_of(tree):
        text = tree.source.text[start:end]
        if _same(mount, target) and not any(char in text for char in " \t\n\"'"):
            return text
    options = ["--mount=type=cache", f"target={target.path}"]
    if target.id:
        options.insert(1, f"id={target.id}")
    if target.user:
        options.append(f"uid={target.user}")
        if target.group:
            options.append(f"gid={target.group}")
    if target.locked:
        options.append("sharing=locked")
    return ",".join(options)


def _same(mount: Mount, target: Target) -> bool:
    sharing = mount.get("sharing")
    return (
        mount.get("target") == target.path
        and (mount.get("uid") or "") == target.user
        and not {"from", "source", "mode", "readonly", "env"} & set(mount.options)
        and (sharing == "locked" if target.locked else sharing != "private")
        and "$" not in (mount.get("id") or "")
        and (mount.get("id") == target.id if target.id else not (mount.get("id") or "").endswith(APART))
    )


class Provided(NamedTuple):
    """Operations after which a RUN keeps its targets."""

    operations: tuple[Operation, ...]
    moved: bool = False
    """A mount that is there goes to another directory or owner."""
    doubt: str = ""


def provide(ground: Ground, targets: list[Target]) -> Provided:
    """Give operations after which the RUN keeps all targets: a mount that is of no use moves, others are added."""
    tree, step = ground.tree, ground.step
    operations: list[Operation] = []
    spare = _spare(ground, targets)
    moved = False
    doubt = ""
    new: list[str] = []
    for target in targets:
        if keeps(step, target):
            continue
        own = next((one for one in spare if one.path == target.path), None) or next(iter(spare), None)
        if own is None:
            new.append(written(tree, target))
            continue
        spare.remove(own)
        moved = True
        if own.foreign:
            doubt = f"the mount on `{own.path}` may serve a program that is not known here"
        text = tree.source.text[own.start : own.end]
        operations.append(Rewrite(own.start, own.end, _moved(text, own.mount, target)))
    if new:
        operations.append(AddFlags(step.where.start, tuple(dict.fromkeys(new))))
    return Provided(tuple(operations), moved, doubt)


class _Spare(NamedTuple):
    """A cache mount of a RUN that is of no use to any of its commands as it stands."""

    start: int
    end: int
    path: str
    mount: Mount
    foreign: bool
    """It is for another manager, by its name."""


def _spare(ground: Ground, targets: list[Target]) -> list[_Spare]:
    installs = ground.step.installs
    wanted = [directory.path for install in installs for directory in install.downloads]
    used = {install.manager for install in installs} | {name for path in wanted for name in meant_for(path)}
    own = {name for target in targets for name in meant_for(target.path)}
    found = []
    for start, end, mount in cache_mounts(ground.instruction):
        cache = next((cache for cache in ground.step.caches if cache.where.start == start), None)
        if cache is None or not mount.valid or UNKNOWN in cache.paths[0].path:
            continue
        path = cache.paths[0].path
        intended = set(meant_for(path))
        serves = any(touches(path, other) for other in wanted if UNKNOWN not in other)
        if serves:
            if cache.problems and any(covers(path, target.path) for target in targets):
                found.append(_Spare(start, end, path, mount, False))
        elif intended & own or (not intended and len(ground.step.caches) == len(used) == 1):
            found.append(_Spare(start, end, path, mount, not intended))
        elif intended and not intended & used:
            found.append(_Spare(start, end, path, mount, True))
    return found


def _moved(text: str, mount: Mount, target: Target) -> str:
    """Write a mount's flag with another target and owner; the other options stay in their order."""
    parts = []
    placed = False
    for name, option in mount.options.items():
        if name in ("uid", "gid", "readonly"):
            continue
        if name == "target":
            parts.append(f"target={target.path}")
            placed = True
        else:
            parts.append(name if option.value is None else f"{name}={option.value}")
    if not placed:
        parts.append(f"target={target.path}")
    if target.user:
        parts.append(f"uid={target.user}")
        if target.group:
            parts.append(f"gid={target.group}")
    return "--mount=" + ",".join(parts)

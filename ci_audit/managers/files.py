"""Files that a command reads, as paths relative to the root of the repository."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.managers.folders import resolve
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.model import UNKNOWN, FileUse, Word
from ci_audit.paths import WORKSPACE, normalise


def relative(place: Place, path: str) -> str:
    """Make a path relative to the root; one that lies elsewhere stays absolute, an address is not known."""
    return _relative(place.cwd, place.home, path)


@lru_cache(1024)
def _relative(cwd: str, home: str, path: str) -> str:
    if "://" in path:
        return UNKNOWN
    if path.startswith("~"):
        return UNKNOWN + path[1:]
    full = normalise(path, cwd=cwd, home=home)
    if full == WORKSPACE:
        return "."
    if full.startswith(WORKSPACE + "/"):
        return full[len(WORKSPACE) + 1 :]
    return full


def file_use(call: Invocation, word: Word, kind: str, *, text: str | None = None) -> FileUse:
    """Note that a word of the command names a file."""
    return FileUse(relative(call.place, word.text if text is None else text), kind, call.command.where_of(word))


def moved(call: Invocation, folder: Word | None) -> Invocation:
    """Take the command as if it ran in the folder that an option names."""
    if folder is None:
        return call
    cwd = resolve(call.place, folder.text)
    return call._replace(command=call.command._replace(cwd=cwd), place=call.place._replace(cwd=cwd))


def folders_up(place: Place) -> tuple[str, ...]:
    """List the current folder and those above it, within the repository; empty when it lies elsewhere."""
    return _folders_up(place.cwd)


@lru_cache(256)
def _folders_up(cwd: str) -> tuple[str, ...]:
    here = _relative(cwd, "~", ".")
    if UNKNOWN in here or here.startswith(("/", "~")) or ":" in here:
        return ()
    parts = [] if here == "." else here.split("/")
    return tuple("/".join(parts[:count]) for count in range(len(parts), -1, -1))


def inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and folder != "." else name


def nearest(call: Invocation, *names: str) -> str:
    """Find the first of the files in the current folder or the nearest above it; empty when there is none."""
    for folder in folders_up(call.place):
        for name in names:
            path = inside(folder, name)
            if call.repository.exists(path):
                return path
    return ""


def here(call: Invocation, name: str) -> str | None:
    """Find a file of the current folder: its path, "" when it is not there, None when the folder is not known."""
    folders = folders_up(call.place)
    if not folders:
        return None
    path = inside(folders[0], name)
    return path if call.repository.exists(path) else ""


def parent(path: str) -> str:
    return path.rpartition("/")[0]


def lock_state(call: Invocation, lock: str, project: str) -> tuple[bool | None, tuple[FileUse, ...]]:
    """Tell whether the nearest project has its lock file, beside it or above it, and which files those are.

    None when the command runs in a folder that is not part of the repository.
    """
    if not folders_up(call.place):
        return None, ()
    named = ((nearest(call, project), "project"), (nearest(call, lock), "lock"))
    uses = tuple(FileUse(path, kind) for path, kind in named if path)
    return any(use.kind == "lock" for use in uses), uses


def root_of(call: Invocation, path: str) -> str:
    """Give the folder that a file of the project stands in, absolute; the current one where there is no such file."""
    if not path:
        return call.place.cwd
    return f"{WORKSPACE}/{parent(path)}" if parent(path) else WORKSPACE


def configured(call: Invocation, path: str, *keys: str) -> object:
    """Read a value of a TOML file by its keys; None when it is not there.

    Most files do not hold what is asked for: they are passed over by their text, without being parsed.
    """
    source = call.repository.source(path) if path else None
    if source is None or ".".join(keys[:2]) not in source.text:
        return None
    data: object = call.repository.toml(path)
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def tables(value: object) -> list[dict[str, object]]:
    """Take the tables out of what may be an array of tables."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

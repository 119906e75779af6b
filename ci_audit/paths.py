"""Directories as strings that can be compared: normalising, nesting, patterns.

Roots: `/…`, `C:/…` (Windows, compared without case), `~/…` (a home that is not known), `$WORKSPACE/…` (the checkout,
wherever it lies). A path with `UNKNOWN` in it is not comparable: every question about it is answered None.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ci_audit.patterns import regex
from ci_audit.source import UNKNOWN

WORKSPACE = "$WORKSPACE"

_DRIVE = regex(r"[A-Za-z]:/")


def is_absolute(path: str) -> bool:
    return path.startswith(("/", "~", WORKSPACE)) or _DRIVE.match(path) is not None


def normalise(path: str, *, cwd: str = WORKSPACE, home: str = "~") -> str:
    """Make a path absolute under one of the known roots, without `.`, `..` and doubled slashes.

    Backslashes count as separators. `~user` is not known.
    """
    path = path.replace("\\", "/")
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    elif path.startswith("~"):
        return UNKNOWN + "/" + path[1:]
    if not is_absolute(path):
        if path.startswith(UNKNOWN):
            return path
        path = f"{cwd}/{path}"
    root, _, rest = _split(path)
    parts: list[str] = []
    for part in rest.split("/"):
        if part == "..":
            if parts:
                parts.pop()
            elif root in ("~", WORKSPACE):
                return UNKNOWN
        elif part and part != ".":
            parts.append(part)
    return "/".join([root, *parts]) if parts or root else "/"


def _split(path: str) -> tuple[str, str, str]:
    """Split off the root: "" for `/…`, `C:`, `~` or `$WORKSPACE`."""
    if path.startswith("/"):
        return "", "/", path[1:]
    return path.partition("/")


@lru_cache(1024)
def covers(kept: str, path: str) -> bool | None:
    """Tell whether a kept path (patterns allowed, both normalised) holds all of a directory; None if not known."""
    if UNKNOWN in kept or UNKNOWN in path:
        return None
    if _DRIVE.match(kept) or _DRIVE.match(path):
        kept, path = kept.lower(), path.lower()
    if kept == path or path.startswith(kept.rstrip("/") + "/"):
        return True
    if "*" in kept or "?" in kept or "[" in kept:
        return _pattern(kept).match(path) is not None
    return False


def touches(kept: str, path: str) -> bool:
    """Tell whether one of two known paths lies in the other."""
    return bool(covers(kept, path)) or bool(covers(path, kept))


@lru_cache(256)
def _pattern(glob: str) -> re.Pattern[str]:
    """Translate a doublestar pattern; what lies below a match is kept with it."""
    out = []
    i = 0
    while i < len(glob):
        char = glob[i]
        if glob.startswith("**/", i):
            out.append("(?:[^/]+/)*")
            i += 3
        elif glob.startswith("**", i):
            out.append(".*")
            i += 2
        elif char == "*":
            out.append("[^/]*")
            i += 1
        elif char == "?":
            out.append("[^/]")
            i += 1
        elif char == "[" and (close := glob.find("]", i + 2)) > 0:
            body = glob[i + 1 : close].replace("\\", "\\\\")
            out.append("[" + ("^" + body[1:] if body[0] in "!^" else body) + "]")
            i = close + 1
        else:
            out.append(re.escape(char))
            i += 1
    try:
        return re.compile("".join(out) + "(?:/.*)?\\Z", re.DOTALL)
    except re.error:
        return re.compile(re.escape(glob) + "(?:/.*)?\\Z")


def shown(path: str) -> str:
    """Give a directory as a message names it."""
    return path.replace(WORKSPACE + "/", "").replace(WORKSPACE, ".").replace(UNKNOWN, "…")

"""Commands that delete directories: `rm -r`, `find -delete`, and their equivalents on Windows."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.model import Cleanup, Command, Word
from ci_audit.paths import normalise
from ci_audit.source import UNKNOWN
from ci_audit.wrappers import program

_REMOVE_ITEM = frozenset(("remove-item", "ri", "rm", "del", "erase", "rd", "rmdir"))
_FIND_ANYTHING = frozenset(("-depth", "-d", "-xdev", "-mount", "-delete", "-print", "-print0", "+", ";", "{}"))
_FIND_WITH_VALUE = frozenset(("-mindepth", "-maxdepth", "-type"))

PROGRAMS = frozenset(("rm", "find", *_REMOVE_ITEM))
"""What `read` may recognise, in lower case."""


def read(command: Command) -> Cleanup | None:
    """Tell which directories a command deletes with all that is in them; None when it deletes none that are known."""
    words = command.words
    name = program(words[0].text).lower()
    if name == "rm" and not any(word.text.lower() == "-recurse" for word in words):
        paths = _rm(words)
    elif name == "find":
        paths = _find(words)
    elif name in _REMOVE_ITEM:
        paths = _windows(words)
    else:
        return None
    known = [_absolute(path, command) for path in paths]
    known = [path for path in known if path and UNKNOWN not in path]
    return Cleanup(command, (), tuple(known)) if known else None


def _absolute(path: str, command: Command) -> str:
    if path == "~" or path.startswith("~/"):
        path = command.home + path[1:]
    return normalise(path, cwd=command.cwd, home=command.home)


def _rm(words: Sequence[Word]) -> list[str]:
    recursive = False
    paths: list[str] = []
    options = True
    for word in words[1:]:
        text = word.text
        if options and text[:1] == "-" and len(text) > 1:
            options = text != "--"
            recursive = recursive or text == "--recursive" or (text[1] != "-" and ("r" in text or "R" in text))
        else:
            paths.append(text)
    return paths if recursive else []


def _find(words: Sequence[Word]) -> list[str]:
    """Read `find PATH… -delete` and `-exec rm -r`; one that tests names or times does not delete everything."""
    paths: list[str] = []
    at = 1
    while at < len(words) and words[at].text[:1] not in ("-", "(", "!"):
        paths.append(words[at].text)
        at += 1
    deletes = False
    while at < len(words):
        text = words[at].text
        if text in _FIND_WITH_VALUE:
            at += 1
        elif text in ("-exec", "-execdir"):
            following = [word.text for word in words[at + 1 :]]
            if following[:1] != ["rm"] or not any(word in ("-r", "-rf", "-fr", "-R") for word in following):
                return []
            return paths
        elif text == "-delete":
            deletes = True
        elif text not in _FIND_ANYTHING:
            return []
        at += 1
    return paths if deletes else []


def _windows(words: Sequence[Word]) -> list[str]:
    """Read `Remove-Item -Recurse PATH` and `rd /s PATH`."""
    recursive = False
    paths: list[str] = []
    for word in words[1:]:
        text = word.text
        lower = text.lower()
        if lower in ("-recurse", "-r", "/s"):
            recursive = True
        elif text[:1] != "-" and lower not in ("/q", "/f", "silentlycontinue"):
            paths += [path for path in text.split(",") if path]
    return paths if recursive else []

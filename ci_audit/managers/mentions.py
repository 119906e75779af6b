"""Whether a script can hold a command that matters, told from its words alone: most steps need not be read for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ci_audit.managers.cleanup import PROGRAMS as DELETING
from ci_audit.managers.programs import MODULES, PYTHON_MODULES
from ci_audit.managers.publishing import PROGRAMS as PUBLISHING
from ci_audit.model import Env
from ci_audit.patterns import regex

# The letters behind `python -Im` begin with a module's name.
_WORD = regex(r"(?:-[bBdEiIOPqsSuvx]*m)?([A-Za-z_]+)")
_MODULE = regex(r"-[bBdEiIOPqsSuvx]*m(?:[A-Za-z_]|\W)")


def _words(names: Iterable[str]) -> frozenset[str]:
    """Give a word of each name: one that is another's whole name will do for both."""
    whole = set(names)
    return frozenset(next((word for word in words if word in whole), words[0]) for words in map(_WORD.findall, whole))


_NAMES = _words((*MODULES, *PUBLISHING, *DELETING, "GITHUB_ENV", "GITHUB_PATH"))
_MODULES = _words(PYTHON_MODULES) - _NAMES


def matters(script: str, env: Env) -> bool:
    """Tell whether shell text, or a variable that it uses, names a program whose commands are looked at.

    A program whose name is put together from parts is missed.
    """
    if _names_one(script):
        return True
    if "$" not in script:
        return False
    return any(_names_one(setting.value) and setting.name in script for setting in env.values())


@lru_cache(1024)
def _names_one(text: str) -> bool:
    words = _WORD.findall(text)
    return not _NAMES.isdisjoint(words) or (not _MODULES.isdisjoint(words) and _MODULE.search(text) is not None)

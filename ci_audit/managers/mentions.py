"""Whether a script can hold a command that matters, told from its words alone: most steps need not be read for it."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.managers.cleanup import PROGRAMS as DELETING
from ci_audit.managers.programs import MODULES, PYTHON_MODULES
from ci_audit.managers.publishing import PROGRAMS as PUBLISHING
from ci_audit.model import Env
from ci_audit.patterns import regex

# The letters behind `python -Im` begin with a module's name.
_WORD = regex(r"(?:-[bBdEiIOPqsSuvx]*m)?([A-Za-z_]+)")
_MODULE = regex(r"-[bBdEiIOPqsSuvx]*m(?:[A-Za-z_]|\W)")

_PROGRAMS = frozenset((*MODULES, *PUBLISHING, *DELETING, "GITHUB_ENV", "GITHUB_PATH"))
_NAMES = frozenset(name for name in _PROGRAMS if _WORD.fullmatch(name))
_OTHERS = tuple(sorted(name for name in _PROGRAMS if _NAMES.isdisjoint(_WORD.findall(name))))
"""Names of several words none of which is a name: the words alone, `release` or `setup`, stand in many scripts."""
_MODULES = frozenset(_WORD.findall(name)[0] for name in PYTHON_MODULES) - _NAMES


def matters(script: str, env: Env) -> bool:
    """Tell whether shell text, or a variable that it uses, names a program whose commands are looked at.

    A program whose name is put together from parts is missed.
    """
    if _names_one(script):
        return True
    if "$" not in script:
        return False
    return any(setting.name in script and _names_one(setting.value) for setting in env.values())


@lru_cache(1024)
def _names_one(text: str) -> bool:
    words = _WORD.findall(text)
    if not _NAMES.isdisjoint(words) or any(name in text for name in _OTHERS):
        return True
    return not _MODULES.isdisjoint(words) and _MODULE.search(text) is not None

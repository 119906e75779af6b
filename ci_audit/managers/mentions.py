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
_FILES = ("GITHUB_ENV", "GITHUB_PATH")
_NAMES = frozenset(
    _WORD.findall(name)[0] for name in (*MODULES, *PYTHON_MODULES, *PUBLISHING, *DELETING, *_FILES)
)


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
    return not _NAMES.isdisjoint(_WORD.findall(text))

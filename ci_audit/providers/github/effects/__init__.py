"""What the actions do that matter here, one function each; the data file says which action has which."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.uses import Use
from ci_audit.typed import cast

MODULES = {
    "cache": "cache",
    "cache_restore": "cache",
    "cache_save": "cache",
    "checkout": "checkout",
    "keeps": "keeps",
    "install_poetry": "poetry",
    "setup_cached_uv": "setup_uv",
    "setup_node": "setup_node",
    "setup_python": "setup_python",
    "setup_uv": "setup_uv",
}


def apply(name: str, use: Use, known: Known) -> None:
    """Let an action change the job as the effect of that name says."""
    _effect(name)(use, known)


@lru_cache
def _effect(name: str) -> Callable[[Use, Known], None]:
    module = import_module(f"ci_audit.providers.github.effects.{MODULES[name]}")
    return cast(Callable[[Use, Known], None], getattr(module, name))

"""Which shell reads the text of a `run`."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.source import UNKNOWN

_SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh", "ash", "busybox"))

# micromamba and pixi start a bash with their environment: the text is bash's.
_STANDS_FOR = {"micromamba-shell": "bash"}


def default(os: str, container: bool) -> str:
    """Tell the shell of a step that names none."""
    if container:
        return "sh"
    return "pwsh" if os == "windows" else "bash"


@lru_cache(128)
def name(shell: str) -> str:
    """Give the program of a `shell:` value, also of a template such as `bash -l {0}` or `nix develop -c bash {0}`."""
    words = [word.strip("\"'").replace("\\", "/").rpartition("/")[2].lower() for word in shell.split()]
    words = [word.removesuffix(".exe") for word in words]
    if not words:
        return ""
    first = _STANDS_FOR.get(words[0], words[0])
    if first in _SHELLS or first in ("pwsh", "powershell", "cmd") or UNKNOWN in first or first.startswith("python"):
        return first
    return next((word for word in words if word in _SHELLS), first)

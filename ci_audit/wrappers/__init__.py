"""Programs that run another command given in their own words: how to get at that command, and what they change for it.

Sources: the manual pages of sudo, su, env, xargs, ssh, bash and util-linux; the command references of docker, podman,
kubectl, uv, poetry, pdm, hatch and conda.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import import_module

from ci_audit.model import Word
from ci_audit.source import UNKNOWN
from ci_audit.wrappers.inner import Inner, names, program
from ci_audit.wrappers.table import TABLE, by_row

__all__ = ["TABLE", "Inner", "program", "programs", "unwrap"]

_PROGRAMS = {
    "users": "sudo doas su runuser gosu su-exec",
    "programs": "env command exec retry travis_retry travis_wait xargs find parallel",
    "shells": "script bash sh dash zsh ash ksh eval pwsh powershell cmd nix-shell",
    "environments": "uv hatch conda mamba micromamba nix",
    "elsewhere": "docker podman nerdctl docker-compose podman-compose ssh kubectl oc lxc incus multipass singularity"
    " apptainer limactl distrobox vagrant wsl chroot",
}
# A scan loads only the modules of the wrappers that it meets.
_MODULE_OF = {name: module for module, programs in _PROGRAMS.items() for name in programs.split()}
_LOADED: dict[str, Callable[[Sequence[Word]], Inner | None]] = {}
_RECOGNISED = r"(?:pip|python)[0-9.]*$|(?:pipx|uv|poetry|pdm|apt|apt-get|apk|dnf|yum|npm|gem|conda|mamba|bash|sh|env)$"
_AS_MODULES = names("poetry pipenv pdm uv hatch coverage")


def programs() -> tuple[str, ...]:
    """Name the wrappers that are not in the table."""
    return tuple(_MODULE_OF)


def unwrap(words: Sequence[Word]) -> Inner | None:
    """Take one wrapper off a command, which has a word; None when its program is none or runs nothing here."""
    text = words[0].text
    name = text if text.isalpha() else program(text)
    row = TABLE.get(name)
    if row is not None:
        return by_row(name, row, words)
    module = _MODULE_OF.get(name)
    if module is not None:
        special = _LOADED.get(name)
        if special is None:
            _LOADED.update(import_module("ci_audit.wrappers." + module).UNWRAP)
            special = _LOADED[name]
        return special(words)
    if name[:6] == "python" and len(words) > 3 and words[1].text == "-m" and words[2].text in _AS_MODULES:
        return unwrap(words[2:])
    if name == UNKNOWN and len(words) > 1 and re.match(_RECOGNISED, words[1].text):
        # `$SUDO apt-get install`: whatever it is, who runs the command is not known.
        return Inner(tuple(words[1:]), user=UNKNOWN, own_home=True)
    return None

"""Tools that a manager fetches and runs in one go: `uvx ruff`, `pipx run tox`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ci_audit.managers.pins import INSTALLERS, kind_of, package
from ci_audit.managers.protocol import Invocation
from ci_audit.model import UNKNOWN, Cleanup, Install, Package, Word
from ci_audit.patterns import regex
from ci_audit.pep508 import normalise_name

_AT = regex(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?@(.+)$", re.DOTALL)

_INSTALLING_TOOLS = frozenset(
    ("tox", "nox", "pre-commit", "prek", "build", "pyproject-build", "cibuildwheel", "hatch", "pdm", "poetry", "pipenv")
)


def named_package(call: Invocation, word: Word) -> Package | None:
    """Read `pkg`, `pkg==1.2` or `pkg@1.2` as a tool is named; `@latest` is not a pin."""
    match = _AT.match(word.text)
    if match is None or "://" in match[3] or kind_of(word.text) not in ("package", "unknown"):
        return package(call, word)
    name, version = match[1], match[3].strip()
    pinned: bool | None = True
    reason = f"`@{version}` names one version"
    if UNKNOWN in version:
        pinned, reason = None, "its version is not known"
    elif version.startswith((".", "/", "~")) or kind_of(version) not in ("package", "unknown"):
        # `tox@.` installs the project of a folder: it is as firm as the checkout, what it depends on is not named.
        pinned, reason = None, f"`{version}` is a path"
    elif version == "latest" or not version[:1].isdigit():
        pinned, reason = False, f"`@{version}` takes the newest version"
    tool = normalise_name(name) in INSTALLERS
    return Package(name, f"@{version}", pinned, reason, call.command.where_of(word), tool_upgrade=tool)


def run_tool(
    call: Invocation, tool: Word, rest: Sequence[Word], beside: tuple[str, ...], runner: str
) -> tuple[Install | Cleanup, ...]:
    """Tell what the tool installs in its turn, when it is one that does."""
    name = tool.text.partition("@")[0].partition("[")[0].partition("=")[0]
    if name not in _INSTALLING_TOOLS:
        return ()
    from ci_audit.managers import read_all

    words = (tool._replace(text=name), *rest)
    command = call.command._replace(words=words, within=runner, virtualenv="")
    return read_all(command, call.machine, call.repository, beside=beside)

"""Commands from shell lines, as every test of a manager needs them."""

from collections.abc import Callable, Mapping

import pytest

from ci_audit import managers
from ci_audit.commands import ShellState, read
from ci_audit.model import Answer, Cleanup, Command, Install, Machine, Setting
from ci_audit.repository import MemoryReader, Repository
from ci_audit.source import MappedText, Source

Found = list[Install | Cleanup]

HOMES = {"linux": "/home/runner", "macos": "/Users/runner", "windows": "C:/Users/runneradmin", "": "~"}


def commands_of(line: str, state: ShellState, shell: str = "bash") -> list[Command]:
    return read(MappedText.of(Source("ci.yml", line), 0, len(line)), state, shell=shell, order=0)[0]


def read_line(
    line: str,
    *,
    env: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    os: str = "linux",
    user: str = "",
    home: str = "",
    owner: str = "",
    cwd: str = "$WORKSPACE",
    shell: str = "bash",
) -> Found:
    home = home or HOMES[os]
    settings = {name: Setting(name, value) for name, value in (env or {}).items()}
    machine = Machine(os, home, "$WORKSPACE", user or "runner", Answer(False, ""), owner)
    repository = Repository("", MemoryReader(dict(files or {})))
    found: Found = []
    for command in commands_of(line, ShellState(settings, cwd, user, home), shell):
        found += managers.read_all(command, machine, repository)
    return found


@pytest.fixture
def reads() -> Callable[..., Found]:
    """Everything that the commands of a line install or clean up."""
    return read_line


@pytest.fixture
def install() -> Callable[..., Install]:
    """The only install of a line."""

    def only(line: str, **given: object) -> Install:
        found = read_line(line, **given)  # type: ignore[arg-type]
        assert len(found) == 1, (line, found)
        assert isinstance(found[0], Install), line
        return found[0]

    return only


@pytest.fixture
def keeps() -> Callable[..., list[str]]:
    """The directories that the downloads of a line's only install go to."""

    def paths(line: str, **given: object) -> list[str]:
        (found,) = read_line(line, **given)  # type: ignore[arg-type]
        assert isinstance(found, Install)
        return [directory.path for directory in found.downloads]

    return paths


def view(install: Install) -> dict[str, object]:
    """Lay an install out in plain values, for tables of expectations."""
    return {
        "manager": install.manager,
        "verb": install.verb,
        "network": install.network.value,
        "index": install.index_url,
        "to": [directory.path for directory in install.downloads],
        "environments": [directory.path for directory in install.environments],
        "off": install.switch is not None,
        "pins": {package.name: package.pinned for package in install.packages},
        "files": [(use.path, use.kind) for use in install.files],
        "locked": install.locked,
        "ecosystem": install.ecosystem,
        "places": install.places,
        "gap": bool(install.gap),
    }


@pytest.fixture
def looks() -> Callable[..., None]:
    """Compare a line's only install with the fields that are named."""

    def compare(line: str, expected: Mapping[str, object], **given: object) -> None:
        found = read_line(line, **given)  # type: ignore[arg-type]
        assert len(found) == 1, (line, found)
        assert isinstance(found[0], Install), line
        seen = view(found[0])
        assert {name: seen[name] for name in expected} == dict(expected)

    return compare

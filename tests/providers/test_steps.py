"""Steps: commands handed to the managers, clean-ups by path, and shells that are not read."""

from __future__ import annotations

import pytest

from ci_audit import managers
from ci_audit.commands import ShellState
from ci_audit.model import Answer, Cleanup, Command, Install, Machine, Step
from ci_audit.providers.steps import read_step
from ci_audit.readers import MemoryReader
from ci_audit.repository import Repository
from ci_audit.source import MappedText, Source

MACHINE = Machine("linux", "/home/runner", "$WORKSPACE", "", Answer(False, ""))
STATE = ShellState({}, "$WORKSPACE", "", "/home/runner")


@pytest.fixture(autouse=True)
def _one_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A manager that knows `get NAME…`, an install for each name, and `forget`."""

    def read_all(command: Command, machine: Machine, repository: Repository) -> tuple[Install | Cleanup, ...]:
        first, *rest = [word.text for word in command.words]
        if first == "get":
            return tuple(Install(command, "get", name, Answer(True, ""), "PyPI", ()) for name in rest)
        return (Cleanup(command, ("get",)),) if first == "forget" else ()

    monkeypatch.setattr(managers, "read_all", read_all)


def step(text: str, shell: str = "bash") -> tuple[Step, ShellState]:
    source = Source("ci.yml", text)
    mapped = MappedText.of(source, 0, len(text))
    repository = Repository("/repo", MemoryReader({}))
    return read_step(
        "Name",
        mapped.where(0, len(text)),
        mapped,
        STATE,
        shell=shell,
        machine=MACHINE,
        repository=repository,
        order=2000,
    )


def test_installs_and_cleanups_are_told_apart() -> None:
    found, after = step("cd a\nget x y\nls\nforget\nrm -rf ~/.cache")
    assert [(install.verb, install.command.cwd) for install in found.installs] == [
        ("x", "$WORKSPACE/a"),
        ("y", "$WORKSPACE/a"),
    ]
    assert [(cleanup.managers, cleanup.paths) for cleanup in found.cleanups] == [
        (("get",), ()),
        ((), ("/home/runner/.cache",)),
    ]
    assert [command.words[0].text for command in found.commands] == ["get", "ls", "forget", "rm"]
    assert (found.name, found.order, found.gap, found.where.text[:4]) == ("Name", 2000, "", "cd a")
    assert after.cwd == "$WORKSPACE/a"


def test_a_command_that_runs_elsewhere_installs_nothing_here() -> None:
    found, _ = step("docker run img sh -c 'get x; rm -rf a'\nget y")
    assert [install.verb for install in found.installs] == ["y"]
    assert found.cleanups == ()
    assert [bool(command.elsewhere) for command in found.commands] == [True, True, False]


@pytest.mark.parametrize("shell", ["python", "node {0}"])
def test_a_shell_that_is_not_read_leaves_a_gap(shell: str) -> None:
    found, after = step("get x", shell)
    assert found.gap == f"its shell is `{shell}`: not read"
    assert (found.commands, found.installs) == ((), ())
    assert after == STATE


@pytest.mark.parametrize("shell", ["bash", "pwsh", "cmd"])
def test_shells_that_are_read(shell: str) -> None:
    assert [install.verb for install in step("get x", shell)[0].installs] == ["x"]

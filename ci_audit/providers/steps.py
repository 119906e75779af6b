"""Turns the text of a step into commands, and those that a manager recognises into installs and clean-ups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ci_audit import commands, managers
from ci_audit.commands import ShellState
from ci_audit.managers import cleanup
from ci_audit.model import Cleanup, Command, Install, Machine, Step
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN, MappedText, Where
from ci_audit.typed import Any


class Later(Sequence[Command]):
    """Commands that are read only when someone asks for them.

    `read` must not hold the job that the commands belong to: a job in a circle with its steps stays in memory until
    the garbage collector finds it.
    """

    __slots__ = ("_commands", "_read")

    def __init__(self, read: Callable[[], Sequence[Command]]) -> None:
        self._read = read
        self._commands: Sequence[Command] | None = None

    def _all(self) -> Sequence[Command]:
        if self._commands is None:
            self._commands = self._read()
        return self._commands

    def __len__(self) -> int:
        return len(self._all())

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]


def read_step(
    name: str,
    where: Where,
    text: MappedText,
    state: ShellState,
    *,
    shell: str,
    machine: Machine,
    repository: Repository,
    order: int,
) -> tuple[Step, ShellState]:
    """Read one step's text; commands that run on another machine are kept, but install nothing on this one.

    `order` is the step's first place in the job. A shell whose text is not read leaves a step with a gap.
    """
    if not commands.kind(shell):
        shown = shell.replace(UNKNOWN, "…")
        return Step(name, where, order, gap=f"its shell is `{shown}`: not read"), state
    found, after = commands.read(text, state, shell=shell, order=order)
    installs: list[Install] = []
    cleanups: list[Cleanup] = []
    for command in found:
        if command.elsewhere:
            continue
        results = managers.read_all(command, machine, repository)
        for result in results:
            if isinstance(result, Install):
                installs.append(result)
            else:
                cleanups.append(result)
        if not results:
            deleted = cleanup.read(command)
            if deleted is not None:
                cleanups.append(deleted)
    return Step(name, where, order, tuple(found), tuple(installs), tuple(cleanups)), after

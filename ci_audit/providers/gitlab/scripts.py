"""The lines of `before_script`, `script` and `after_script` as steps."""

from __future__ import annotations

from bisect import bisect_right

from ci_audit.commands import ShellState
from ci_audit.model import Cleanup, Command, Install, Machine, Step
from ci_audit.patterns import regex
from ci_audit.providers.gitlab.tree import List, Missing, Table, Text, Value
from ci_audit.providers.gitlab.variables import flat
from ci_audit.providers.steps import read_step
from ci_audit.repository import Repository
from ci_audit.source import MappedText, Piece, Where
from ci_audit.syntax.shell import parse

# Only a line with one of these can leave something open for the next one.
_OPENS = regex(
    r"(?:^|[\s;&|(])(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|\{|\}|function)(?:$|[\s;])"
    r"|[\"'`()]|<<|\\\s*$|(?:&&|\|\|?)\s*$"
)


_REMEMBERED = 8
"""States from which the same lines are remembered."""

Remembered = tuple[Value, ShellState, list[Step], list[tuple[Missing, int]], ShellState, int]
Memo = dict[tuple[object, ...], list[Remembered]]


class Line:
    """One item of a script."""

    __slots__ = ("mapped", "name", "where")

    def __init__(self, name: str, mapped: MappedText, where: Where) -> None:
        self.name = name
        self.mapped = mapped
        self.where = where


def lines(name: str, value: Value | None) -> list[Line | Missing]:
    """List the items of a script, nested lists flattened; what is no text is left out."""
    found: list[Line | Missing] = []
    for item in flat(value):
        if isinstance(item, Text):
            mapped = item.mapped
            if mapped.text and not item.is_null:
                found.append(Line(name, mapped, item.where))
        elif isinstance(item, Missing):
            found.append(item)
        elif isinstance(item, Table) and item.gap is not None:
            found.append(item.gap)
    return found


def steps_of(value: Value | None) -> list[Line | Missing]:
    """List the scripts of `run:`, GitLab's steps; what other steps do is not known."""
    found: list[Line | Missing] = []
    for item in flat(value):
        if not isinstance(item, Table):
            continue
        script = item.get("script")
        if script is not None:
            found += lines("run", script)
        elif item.get("step") is not None:
            found.append(Missing("what a step from elsewhere does is not known", item.first))
    return found


class Shell:
    """One shell that reads lines one after another."""

    def __init__(
        self, state: ShellState, machine: Machine, repository: Repository, order: int, memo: Memo | None = None
    ) -> None:
        self.state = state
        self.machine = machine
        self.repository = repository
        self.order = order
        self.steps: list[Step] = []
        self.gaps: list[tuple[Missing, int]] = []
        self.memo: Memo = {} if memo is None else memo

    def read_shared(self, name: str, value: Value | None) -> None:
        """Read a script that other jobs may have as well: from the same state it comes to the same."""
        while isinstance(value, List) and len(value.items) == 1 and isinstance(value.items[0], List):
            value = value.items[0]
        if value is None:
            return
        known = self.memo.setdefault((name, id(value), self.machine, self.order), [])
        before = self.state
        # The value is kept along with the rest, so that its id stays its own.
        for _, state, steps, gaps, after, order in known:
            if state == before:
                self.steps += steps
                self.gaps += gaps
                self.state, self.order = after, order
                return
        at, gap = len(self.steps), len(self.gaps)
        self.read(steps_of(value) if name == "run" else lines(name, value))
        if len(known) < _REMEMBERED:
            known.append((value, before, self.steps[at:], self.gaps[gap:], self.state, self.order))

    def read(self, items: list[Line | Missing]) -> None:
        """Read lines in the state that the last ones left; those that only make sense together are read as one."""
        group: list[Line] = []
        for item in items:
            if isinstance(item, Missing):
                self._lines(group)
                group = []
                self.gaps.append((item, self.order))
                self.steps.append(Step("script", item.where, self.order, gap=item.reason))
                self.order += 1000
            elif group and group[-1].mapped.source is not item.mapped.source:
                self._lines(group)
                group = [item]
            else:
                group.append(item)
        self._lines(group)

    def _lines(self, items: list[Line]) -> None:
        if len(items) > 1 and self.machine.os != "windows":
            first, last = _dependent(items)
            if last > first:
                self._lines(items[:first])
                self._together(items[first : last + 1])
                items = items[last + 1 :]
        for item in items:
            self.steps.append(self._step(item.name, item.where, item.mapped))

    def _step(self, name: str, where: Where, text: MappedText) -> Step:
        step, self.state = read_step(
            name,
            where,
            text,
            self.state,
            shell="pwsh" if self.machine.os == "windows" else "bash",
            machine=self.machine,
            repository=self.repository,
            order=self.order,
        )
        self.order += 1000
        return step

    def _together(self, items: list[Line]) -> None:
        parts: list[MappedText] = []
        for item in items:
            if parts:
                at = item.where.start
                parts.append(MappedText(item.mapped.source, "\n", (Piece(0, at, at, False),)))
            parts.append(item.mapped)
        whole = self._step(items[0].name, items[0].where, MappedText.join(parts))
        self.steps += _parted(whole, items)


def _parted(whole: Step, items: list[Line]) -> list[Step]:
    """Give each line the commands that are written in it; what is written elsewhere goes to the first."""
    places = {item.where.start: at for at, item in reversed(list(enumerate(items)))}
    starts = sorted(places)

    def owner(command: Command) -> int:
        where = command.where
        before = bisect_right(starts, where.start) - 1
        at = places[starts[before]] if before >= 0 else 0
        return at if where.start < items[at].where.end and where.source is items[at].where.source else 0

    commands: list[list[Command]] = [[] for _ in items]
    installs: list[list[Install]] = [[] for _ in items]
    cleanups: list[list[Cleanup]] = [[] for _ in items]
    for command in whole.commands:
        commands[owner(command)].append(command)
    for install in whole.installs:
        installs[owner(install.command)].append(install)
    for cleanup in whole.cleanups:
        cleanups[owner(cleanup.command)].append(cleanup)
    return [
        Step(item.name, item.where, whole.order, tuple(commands[at]), tuple(installs[at]), tuple(cleanups[at]))
        for at, item in enumerate(items)
    ]


def _dependent(items: list[Line]) -> tuple[int, int]:
    """Find the first and the last line that make no sense without their neighbours."""
    able = [at for at, item in enumerate(items) if _OPENS.search(item.mapped.text)]
    first = next((at for at in able[:-1] if _is_part(items[at])), None)
    if first is None:
        return 0, 0
    return first, next((at for at in reversed(able) if at > first and _is_part(items[at])), first)


def _is_part(item: Line) -> bool:
    return bool(parse(item.mapped.text).errors)

"""How a YAML file is written: its indentation, quotes, empty lines and comments, for what is written into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from ci_audit.editing import Block, CannotEdit, Commented
from ci_audit.editing.yamllayout import Box, Layout
from ci_audit.syntax.yamltree import Dialect, Mapping, Node, Scalar, Sequence, resolve
from ci_audit.typed import NamedTuple


class Style(NamedTuple):
    """The habits of a file near one place."""

    dialect: Dialect
    newline: str
    quote: str
    step: int
    """How much deeper than its key a mapping is indented."""
    offset: int
    """How much deeper than its key a sequence is indented."""
    width: int
    """How far behind the dash's column an item begins."""
    gap: str
    """What stands between a value and the comment behind it."""


class _Fact(NamedTuple):
    owner: int
    depth: int
    amount: int


class Styles:
    """The habits of a file, asked for a place: those of the collection itself, else of its depth, else of the file."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._steps: list[_Fact] = []
        self._offsets: list[_Fact] = []
        self._widths: list[_Fact] = []
        for node, depth, _ in layout.collections:
            try:
                box = layout.box(node)
            except CannotEdit:
                continue
            if not box.flow:
                self._measure(box, depth)
        styles = [scalar.style for scalar in layout.scalars]
        self._quote = "'" if styles.count("'") > styles.count('"') else '"'
        gaps = [
            layout.text[:start][-2:] == "  "
            for start, _ in layout.comments[:200]
            if not layout.own_line(start) and layout.text[start - 1 : start] == " "
        ]
        self._gap = "  " if sum(gaps) * 2 > len(gaps) else " "

    def _measure(self, box: Box, depth: int) -> None:
        layout, owner = self._layout, id(box.node)
        for slot in box.slots:
            if slot.alias or type(slot.node) is Scalar or layout.in_flow(slot.value):
                continue
            same_line = slot.value < layout.line_end(slot.start)
            if layout.text[slot.value] in "[{" or (slot.value != slot.whole and same_line):
                continue
            amount = slot.value - layout.line_start(slot.value) - box.column
            if type(box.node) is Sequence:
                if same_line:
                    self._widths.append(_Fact(owner, depth, amount))
            elif type(slot.node) is Mapping:
                self._steps.append(_Fact(owner, depth, amount))
            else:
                self._offsets.append(_Fact(owner, depth, amount))
        if type(box.node) is Sequence:
            for slot in box.slots:
                if type(slot.node) is Scalar and slot.behind < slot.whole <= layout.line_end(slot.start):
                    self._widths.append(_Fact(owner, depth, slot.whole - slot.start))

    def near(self, box: Box) -> Style:
        """Give the habits for what is written into a collection."""
        owner, depth = id(box.node), box.depth
        step = _usual(self._steps, owner, depth, 2)
        return Style(
            dialect=self._layout.document.dialect,
            newline=self._layout.newline,
            quote=self._quote,
            step=max(step, 1),
            offset=_usual(self._offsets, owner, depth, step),
            width=max(_usual(self._widths, owner, depth, 2), 2),
            gap=self._gap,
        )

    def spaced(self, box: Box, slot: int) -> bool:
        """Tell whether an empty line belongs between the slot of this index (-1: before all) and the next."""
        gaps = list(self._gaps(box))
        if not gaps and type(box.node) is Sequence:
            gaps = [gap for other in self._cousins(box) for gap in self._gaps(other)]
            return _most(gaps)
        if sum(gaps) * 2 == len(gaps) and gaps:
            return gaps[min(max(slot, 0), len(gaps) - 1)]
        return _most(gaps)

    def _gaps(self, box: Box) -> Iterator[bool]:
        layout = self._layout
        for one, other in pairwise(box.slots):
            if one.end <= other.start and not layout.keeps_lines(one):
                yield layout.blank_between(layout.line_end(one.end), layout.line_start(other.start))

    def _cousins(self, box: Box) -> Iterator[Box]:
        for node, _, name in self._layout.collections:
            if type(node) is Sequence and name == box.name and node is not box.node:
                try:
                    found = self._layout.box(node)
                except CannotEdit:
                    continue
                if not found.flow:
                    yield found


def _most(answers: list[bool]) -> bool:
    return sum(answers) * 2 > len(answers)


def _usual(facts: list[_Fact], owner: int, depth: int, default: int) -> int:
    for chosen in (
        [fact.amount for fact in facts if fact.owner == owner],
        [fact.amount for fact in facts if fact.depth == depth],
        [fact.amount for fact in facts],
    ):
        if chosen:
            return _most_frequent(chosen)
    return default


def _most_frequent(amounts: Iterable[int]) -> int:
    counts: dict[int, int] = {}
    for amount in amounts:
        counts[amount] = counts.get(amount, 0) + 1
    # Of equally frequent ones the smaller, so that the answer does not hang on the order.
    return min(counts, key=lambda amount: (-counts[amount], amount))


def same(node: Node, value: object, dialect: Dialect) -> bool:
    """Tell whether a node already says what would be written, in the same order of keys."""
    if isinstance(value, Commented):
        value = value.value
    if isinstance(value, Block):
        return type(node) is Scalar and node.value == value.text and isinstance(resolve(node, dialect), str)
    if isinstance(value, dict):
        if type(node) is not Mapping:
            return False
        pairs = node.pairs
        return len(pairs) == len(value) and all(
            type(key) is Scalar and key.value == name and same(inner, wanted, dialect)
            for (key, inner), (name, wanted) in zip(pairs, value.items(), strict=True)
        )
    if isinstance(value, (list, tuple)):
        return (
            type(node) is Sequence
            and len(node.items) == len(value)
            and all(same(item, wanted, dialect) for item, wanted in zip(node.items, value, strict=True))
        )
    if type(node) is not Scalar:
        return False
    found = resolve(node, dialect)
    return type(found) is type(value) and found == value

"""An independent check of a changed YAML text: another parser, and the operations carried out on its own graph."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ci_audit.editing import Operation
from ci_audit.editing.yamlexpect import Expected
from ci_audit.editing.yamlgraph import Impossible, Text, Unreadable, Vertex


def check(old: str, new: str, operations: Sequence[Operation], document: int = -1, version: str = "1.2") -> str:
    """Say how a changed text differs from what the operations mean, or nothing if it does not.

    `version` is that of YAML as the file's host reads it, "1.1" or "1.2". Compared are the values with their tags,
    the order of keys, what anchors and aliases stand for, the comments with what they stand at, and the lines that no
    operation touches.
    """
    try:
        before = Text(old, version)
    except Unreadable as error:
        return f"another parser does not read the old text: {error}"
    try:
        after = Text(new, version)
    except Unreadable as error:
        return f"another parser does not read the new text: {error}"
    increments = _increments(before)
    try:
        expected = Expected(before, document)
        expected.apply(operations)
    except Impossible as error:
        return str(error)
    if len(before.roots) != len(after.roots):
        return "the number of documents is another"
    return (
        _Comparison(before, after).run()
        or _compare_comments(before, after, expected)
        or _compare_lines(before, after, expected)
        or _compare_columns(increments, after)
    )


class _Comparison:
    """Two graphs side by side."""

    def __init__(self, before: Text, after: Text) -> None:
        self._before, self._after = before, after
        self._partner: dict[int, int] = {}
        self._back: dict[int, int] = {}

    def run(self) -> str:
        for one, other in zip(self._before.roots, self._after.roots, strict=True):
            different = self._compare(one, other, "")
            if different:
                return different
        return ""

    def _compare(self, one: Vertex, other: Vertex, path: str) -> str:
        where = path or "the document"
        if id(one) in self._partner or id(other) in self._back:
            same = self._partner.get(id(one)) == id(other) and self._back.get(id(other)) == id(one)
            return "" if same else f"an alias at {where} stands for something else"
        self._partner[id(one)] = id(other)
        self._back[id(other)] = id(one)
        if one.kind != other.kind:
            return f"{where} is a {other.kind}, not a {one.kind}"
        if one.tag != other.tag:
            return f"{where} is a {other.tag}, not a {one.tag}"
        if one.anchor != other.anchor:
            return f"{where} has the anchor {other.anchor}, not {one.anchor}"
        if one.kind == "scalar":
            return "" if self._same_value(one, other) else f"{where} has another value"
        if len(one.entries) != len(other.entries):
            return f"{where} has {len(other.entries)} entries, not {len(one.entries)}"
        for index, (mine, theirs) in enumerate(zip(one.entries, other.entries, strict=True)):
            step = f"{path}[{index}]"
            if mine[0] is not None:
                different = self._compare(mine[0], theirs[0], f"key {index + 1} of {where}")
                if different:
                    return different
                step = f"{path}.{next(iter(mine[0].values), '?')}"
            different = self._compare(mine[1], theirs[1], step)
            if different:
                return different
        return ""

    def _same_value(self, one: Vertex, other: Vertex) -> bool:
        if other.values <= one.values:
            return True
        if one.tag.endswith(":null"):
            return one.start < 0
        # The line end of a block scalar that ends with the file is not there, or comes with what follows it.
        if self._at_end(one, self._before) or self._at_end(other, self._after):
            return {value.rstrip("\n") for value in other.values} <= {value.rstrip("\n") for value in one.values}
        return False

    @staticmethod
    def _at_end(vertex: Vertex, text: Text) -> bool:
        return vertex.end == len(text.text) and vertex.start >= 0 and text.text[-1:] not in ("", "\n")


def _compare_comments(before: Text, after: Text, expected: Expected) -> str:
    added = Counter("# " + comment for comment in expected.added)
    kept = [one for one in before.comments if one.start not in expected.removable]
    new = Counter(one.text for one in after.comments)
    least = Counter(one.text for one in kept) + added
    most = Counter(one.text for one in before.comments) + added
    for text in least:
        if new[text] < least[text]:
            return f"the comment {text!r} is gone"
    for text in new:
        if new[text] > most[text]:
            return f"the comment {text!r} is new"
    if expected.moves:
        return ""
    at = 0
    there = _placed(after, expected.written())
    places = _placed(before, frozenset())
    touched = {value.rstrip("\n") for value in expected.touched}
    for place in (place for place in places if place.start not in expected.removable):
        while at < len(there) and not _fits(there[at], place, touched):
            at += 1
        if at == len(there):
            return f"the comment {place.text!r} stands elsewhere"
        at += 1
    return ""


class _Placed(NamedTuple):
    """A comment with what it stands at: the scalars before and behind it, and the first of its line."""

    start: int
    text: str
    own_line: bool
    column: int
    first: str
    previous: frozenset[str]
    next: frozenset[str]


def _placed(text: Text, written: frozenset[str]) -> list[_Placed]:
    """Tell what each comment stands at; next to scalars that are `written`, what was there before counts too."""
    # A block scalar at the end of the file gets its line end from what is written behind it.
    tokens = [
        (token.start, token.value.rstrip("\n")) for token in text.tokens if token.kind in ("Scalar", "Alias", "Anchor")
    ]
    found = []
    for comment in text.comments:
        line = text.text.rfind("\n", 0, comment.start) + 1
        first, at = bisect_left(tokens, (line, "")), bisect_left(tokens, (comment.start, ""))
        found.append(
            _Placed(
                *comment,
                column=comment.start - line,
                first=tokens[first][1] if first < at else "",
                previous=_nearest((tokens[index][1] for index in range(at - 1, -1, -1)), written),
                next=_nearest((tokens[index][1] for index in range(at, len(tokens))), written),
            )
        )
    return found


def _nearest(values: Iterator[str], written: frozenset[str]) -> frozenset[str]:
    """Take the first value and, as long as they are written ones, those that follow."""
    taken = set()
    for value in values:
        taken.add(value)
        if value not in written:
            break
    return frozenset(taken) or frozenset(("",))


def _fits(new: _Placed, old: _Placed, touched: set[str]) -> bool:
    if new.text != old.text or new.own_line != old.own_line:
        return False
    if not old.own_line:
        return new.first == old.first or old.first in touched
    neighbours = new.previous & old.previous or new.next & old.next or (old.previous | old.next) & touched
    return new.column == old.column and bool(neighbours)


def _compare_lines(before: Text, after: Text, expected: Expected) -> str:
    """Look for the lines that no operation touches: each is there, in the same order."""
    there = iter(after.text.split("\n"))
    for number, line in enumerate(before.text.split("\n")):
        if number in expected.lines or (expected.takes_out and (expected.moves or not line.strip())):
            continue
        if not any(other.rstrip("\r") == line.rstrip("\r") for other in there):
            return f"line {number + 1} is not there any more"
    if ("\r\n" in before.text) != ("\r\n" in after.text) or (
        before.text.count("\r\n") == before.text.count("\n") != 0 and after.text.count("\r\n") != after.text.count("\n")
    ):
        return "the line ends are others"
    return ""


def _compare_columns(before: set[int], after: Text) -> str:
    """Look for an indentation that the old text does not have and nobody would choose."""
    return "" if _increments(after) <= before | {0, 2} else "something is indented in a way of its own"


def _increments(text: Text) -> set[int]:
    found: set[int] = set()
    seen: set[int] = set()
    waiting = list(text.roots)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for _, value in node.entries:
            waiting.append(value)
            if node.flow or value.flow or value.start <= node.start:
                continue
            if value.kind == "scalar" and node.kind == "mapping":
                continue
            if text.text[node.start] not in "&!" and text.text[value.start] not in "&!":
                found.add(value.column - node.column)
    return found

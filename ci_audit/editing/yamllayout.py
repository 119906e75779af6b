"""Where a YAML document's entries, items, comments and lines stand in its text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from ci_audit.editing import CannotEdit
from ci_audit.editing.document import Document
from ci_audit.patterns import regex
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence
from ci_audit.typed import NamedTuple

_ODD_BREAK = regex("\r(?!\n)|[\x85\u2028\u2029\ufeff]")
_SPACE = regex(r"(?:[ \t\r\n]|(?:(?<=[ \t\r\n])|^)#[^\r\n]*)*")
_COMMENT = regex(r"(?:(?<=[ \t\n])|^)#[^\r\n]*", 8)
_HEADER = regex(r"[|>][-+0-9]*(?:[ \t]+(#[^\r\n]*))?")
_COLON = regex(r"[ \t]*:")
_ALIAS = regex(r"\*[0-9A-Za-z_-]+")
_BLANK_LINE = regex(r"\r?\n[ \t]*(?=\r?\n)")
_COMMENT_LINE = regex(r"(?:\r?\n[ \t]*(?=\r?\n))*\r?\n([ \t]*)#[^\r\n]*")


class Slot(NamedTuple):
    """One entry of a mapping or one item of a sequence, with the places of its parts.

    `start` is where the key, the dash or, in a flow sequence, the item begins; `behind` is just behind the colon or
    dash; `whole` is where the value begins with its anchor and tag, `value` where it begins without them.
    """

    key: str
    node: Node
    start: int
    behind: int
    whole: int
    value: int
    end: int
    alias: bool

    @property
    def empty(self) -> bool:
        """Tell whether nothing is written as the value."""
        return self.value == self.end


class Box(NamedTuple):
    """A mapping or sequence with its slots; `column`, from 0, is that of its keys or dashes (0 in flow)."""

    node: Mapping | Sequence
    slots: tuple[Slot, ...]
    flow: bool
    column: int
    depth: int
    name: str

    def find(self, key: str) -> int:
        """Give the index of the entry with this key, the last of several, or -1."""
        for index in range(len(self.slots) - 1, -1, -1):
            if self.slots[index].key == key:
                return index
        return -1


class Layout:
    """The text of a document, asked for lines, comments and the slots of its nodes.

    Raises CannotEdit where line ends stand in it that only YAML takes for such.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = text = document.source.text
        if _ODD_BREAK.search(text):
            raise CannotEdit("the file has unusual line ends")
        self.newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        self.scalars: list[Scalar] = []
        self.collections: list[tuple[Mapping | Sequence, int, str]] = []
        """All mappings and sequences with their depth and the key that they stand under."""
        self.keys: set[int] = set()
        """The keys of all mappings, by identity."""
        self._facts: dict[int, tuple[int, str]] = {}
        self._boxes: dict[int, Box] = {}
        self._walk()
        self._flows = sorted((node.start, node.end) for node, _, _ in self.collections if self._bracketed(node))
        self.comments = self._find_comments()
        self._comment_starts = [start for start, _ in self.comments]
        self._block_ends = {scalar.end: scalar for scalar in self.scalars if scalar.style in ("|", ">")}

    def _walk(self) -> None:
        # In the order of the text, so that an anchored node is met where it is written.
        seen: set[int] = set()
        waiting: list[tuple[Node, int, str]] = [(root, 0, "") for root in reversed(self.document.roots)]
        while waiting:
            node, depth, name = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if type(node) is Scalar:
                self.scalars.append(node)
                continue
            self._facts[id(node)] = (depth, name)
            if type(node) is Mapping:
                self.collections.append((node, depth, name))
                for key, value in reversed(node.pairs):
                    waiting.append((value, depth + 1, key.value if type(key) is Scalar else ""))
                    waiting.append((key, depth + 1, ""))
                    self.keys.add(id(key))
            elif type(node) is Sequence:
                self.collections.append((node, depth, name))
                waiting += ((item, depth + 1, "") for item in reversed(node.items))
        self.scalars.sort(key=lambda scalar: (scalar.start, scalar.end))

    def _bracketed(self, node: Mapping | Sequence) -> bool:
        return self.text[node.start : node.start + 1] == ("{" if type(node) is Mapping else "[")

    def _find_comments(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        at = 0
        for scalar in self.scalars:
            found += (match.span() for match in _COMMENT.finditer(self.text, at, scalar.start))
            if scalar.style in ("|", ">"):
                header = _HEADER.match(self.text, scalar.start)
                if header and header[1]:
                    found.append(header.span(1))
            at = scalar.end
        found += (match.span() for match in _COMMENT.finditer(self.text, at))
        return found

    def in_flow(self, offset: int) -> bool:
        """Tell whether an offset lies between the brackets of a flow collection."""
        at = bisect_left(self._flows, (offset, 0))
        return any(start < offset < end for start, end in self._flows[:at])

    def line_start(self, offset: int) -> int:
        """Tell where the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Tell where the line of an offset ends, before its line end."""
        at = self.text.find("\n", offset)
        if at < 0:
            return len(self.text)
        return at - 1 if at and self.text[at - 1] == "\r" else at

    def column(self, offset: int) -> int:
        """Tell how far from its line's begin an offset lies; raises CannotEdit behind a tab."""
        start = self.line_start(offset)
        if "\t" in self.text[start:offset]:
            raise CannotEdit("tabs stand where the line is indented")
        return offset - start

    def own_line(self, offset: int) -> bool:
        """Tell whether nothing but blanks stands before an offset on its line."""
        return not self.text[self.line_start(offset) : offset].strip(" \t")

    def comment_in(self, start: int, end: int) -> bool:
        """Tell whether a comment begins in a range."""
        at = bisect_left(self._comment_starts, start)
        return at < len(self.comments) and self.comments[at][0] < end

    def comment_behind(self, offset: int) -> tuple[int, int] | None:
        """Give the comment behind an offset on its line."""
        at = bisect_left(self._comment_starts, offset)
        if at < len(self.comments) and self.comments[at][0] <= self.line_end(offset):
            return self.comments[at]
        return None

    def box(self, node: Mapping | Sequence) -> Box:
        """Give a collection's slots; raises CannotEdit where they are written in a way that has no clear places."""
        known = self._boxes.get(id(node))
        if known is None:
            flow = self._bracketed(node)
            if not flow and self.in_flow(node.start):
                raise CannotEdit("a pair stands in a flow sequence without braces")
            slots = self._entries(node, flow) if type(node) is Mapping else self._items(node, flow)  # type: ignore[arg-type]
            column = 0 if flow or not slots else self.column(slots[0].start)
            if not flow and any(self.column(slot.start) != column for slot in slots):
                raise CannotEdit("entries of one block begin in different columns")
            known = self._boxes[id(node)] = Box(node, tuple(slots), flow, column, *self._facts[id(node)])
        return known

    def _entries(self, node: Mapping, flow: bool) -> list[Slot]:
        slots: list[Slot] = []
        at = node.start + flow
        for key, value in node.pairs:
            if type(key) is not Scalar or key.anchor or key.tag or key.start < at or key.style in ("|", ">"):
                raise CannotEdit("a key is no simple text")
            colon = _COLON.match(self.text, key.end)
            if colon is None or key.start == key.end or self._skip(at, flow) != key.start:
                raise CannotEdit("a key is no simple text")
            slots.append(self._slot(key.value, value, key.start, colon.end()))
            at = slots[-1].end
        return slots

    def _items(self, node: Sequence, flow: bool) -> list[Slot]:
        slots: list[Slot] = []
        at = node.start + flow
        for item in node.items:
            start = self._skip(at, flow)
            if not flow and self.text[start : start + 1] != "-":
                raise CannotEdit("an item has no clear place")
            slots.append(self._slot("", item, start, start if flow else start + 1))
            at = slots[-1].end
        return slots

    def _skip(self, at: int, flow: bool) -> int:
        at = _SPACE.match(self.text, at).end()  # type: ignore[union-attr]
        if flow and self.text[at : at + 1] == ",":
            at = _SPACE.match(self.text, at + 1).end()  # type: ignore[union-attr]
        return at

    def _slot(self, key: str, node: Node, start: int, behind: int) -> Slot:
        whole = self._skip(behind, False)
        alias = _ALIAS.match(self.text, whole) if id(node) in self.document.aliased else None
        if alias:
            return Slot(key, node, start, behind, whole, whole, alias.end(), True)
        if node.start < behind:
            raise CannotEdit("a value has no clear place")
        if type(node) is Scalar and node.start == node.end and not (node.anchor or node.tag):
            return Slot(key, node, start, behind, behind, behind, behind, False)
        if not whole <= node.start:
            raise CannotEdit("a value has no clear place")
        return Slot(key, node, start, behind, whole, node.start, node.end, False)

    def after(self, slot: Slot, column: int) -> int:
        """Tell where a new line may begin behind a slot of a block: the end of its last line.

        Comments on the lines that follow belong to it as long as they are indented deeper than it.
        """
        at = self.line_end(slot.end)
        rest = self.text[slot.end : at].strip(" \t")
        if rest and self.comment_behind(slot.end) is None:
            raise CannotEdit("something else stands on the same line")
        if self.keeps_lines(slot):
            while found := _BLANK_LINE.match(self.text, at):
                at = found.end()
        while found := _COMMENT_LINE.match(self.text, at):
            if len(found[1]) <= column:
                break
            at = found.end()
        return at

    def keeps_lines(self, slot: Slot) -> bool:
        """Tell whether a slot ends with a block scalar to which the empty lines behind it belong."""
        scalar = self._block_ends.get(slot.end)
        return scalar is not None and "+" in _HEADER.match(self.text, scalar.start)[0].partition("#")[0]  # type: ignore[index]

    def above(self, slot: Slot, column: int) -> int:
        """Tell where the line begins that a slot of a block begins on, or the first of the comments that belong to it.

        Those stand directly above it and are indented as it is; the comment at the head of the file belongs to none.
        """
        own = at = self.line_start(slot.start)
        while at:
            line = self.line_start(at - 1)
            start = line + column
            index = bisect_right(self._comment_starts, start) - 1
            if index < 0 or self._comment_starts[index] != start or not self.own_line(start):
                return at
            at = line
        return own

    def blank_between(self, start: int, end: int) -> bool:
        """Tell whether a line in a range, which begins at a line's end, is empty."""
        return _BLANK_LINE.search(self.text, start, end) is not None

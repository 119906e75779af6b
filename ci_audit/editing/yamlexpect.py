"""What operations make of the graph of a YAML text, and which of its lines and comments they may touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ci_audit.editing import Block, Commented, Delete, Insert, Move, Operation, Path, Rewrite, Set
from ci_audit.editing.yamlgraph import STANDARD, Impossible, Text, Token, Vertex, nodes
from ci_audit.editing.yamlrewritten import rewritten


class Expected:
    """The graph of one document after operations; all of them refer to the graph as it was."""

    def __init__(self, text: Text, document: int) -> None:
        self._text = text
        if not -len(text.roots) <= document < len(text.roots):
            raise Impossible("there is no such document")
        self._root = text.roots[document]
        self._places = _first_places(self._root)
        # As long as they are kept, no new node can have the identity of one of them.
        self._kept = [(node, node.entries, node.original) for node in nodes(text.roots)]
        self._gone: list[tuple[Vertex, list[Any]]] = []
        self._attached: dict[int, list[Any]] = {}
        self.added: list[str] = []
        """Comments that are written, without `#`."""
        self.removable: set[int] = set()
        """Offsets of the comments that may be gone."""
        self.lines: set[int] = set()
        """Numbers of the lines that may have changed."""
        self.touched: set[str] = set()
        """Values of scalars that may be gone."""
        self.takes_out = self.moves = False

    def apply(self, operations: Sequence[Operation]) -> None:
        """Carry out operations; raises Impossible."""
        for rewrite in sorted({one for one in operations if isinstance(one, Rewrite)}, reverse=True):
            # From the last to the first, so that offsets before a change stay right.
            token = rewritten(self._text, rewrite)
            first, last = self._text.line(token.start), self._text.line(max(token.end - 1, token.start))
            self.lines.update(range(first, last + 1))
            self.touched.add(token.value)
        for operation in operations:
            if isinstance(operation, Set):
                self._set(operation)
            elif isinstance(operation, Insert):
                self._insert(operation)
            elif isinstance(operation, Delete):
                self._delete(operation.path)
            elif isinstance(operation, Move):
                self._move(operation)
            elif not isinstance(operation, Rewrite):
                raise Impossible("a Dockerfile's operation does not fit a YAML file")
        # Until now they have held the places that other operations mean.
        for node, entry in self._gone:
            del node.entries[_index(node.entries, entry)]

    def written(self) -> frozenset[str]:
        """List the values of the scalars that the operations have added, keys among them."""
        found: set[str] = set()
        for node in nodes(self._text.roots):
            for entry in node.entries:
                for one in entry:
                    if one is not None and one.kind == "scalar" and one.start < 0:
                        found |= one.values
        return frozenset(found)

    def _find(self, path: Path) -> Vertex:
        node = self._root
        for step in path:
            entry = self._entry(node, step)
            if entry is None:
                raise Impossible(f"there is no {path}")
            node = entry[1]
        return node

    def _entry(self, node: Vertex, step: str | int) -> list[Any] | None:
        if node.kind == "mapping" and isinstance(step, str):
            for entry in reversed(node.entries):
                if entry[0].kind == "scalar" and step in entry[0].values:
                    return cast(list[Any], entry)
            return None
        if node.kind == "sequence" and isinstance(step, int) and 0 <= step < len(node.original):
            return node.original[step]
        raise Impossible(f"nothing is found by {step!r}")

    def _set(self, operation: Set) -> None:
        value, comment = operation.value, operation.comment
        if isinstance(value, Commented):
            value, comment = value.value, value.comment  # type: ignore[assignment]
        node = self._root
        for level, step in enumerate(operation.path):
            last = level == len(operation.path) - 1
            entry = self._entry(node, step)
            if entry is None:
                self._touch_opening(node, bool(operation.before))
                entry = [_scalar(str(step)), _made(value, self.added) if last else Vertex("mapping", STANDARD + "map")]
                self._place(node, entry, operation)
                if last and comment:
                    self.added.append(comment)
            elif last:
                self._replace(node, entry, value, comment)
            elif entry[1].kind == "scalar" and entry[1].tag == STANDARD + "null":
                self._touch_entry(node, entry)
                entry[1].become(Vertex("mapping", STANDARD + "map"))
            elif not entry[1].entries:
                self._touch_entry(node, entry)
            node = entry[1]

    def _place(self, node: Vertex, entry: list[Any], operation: Set) -> None:
        entries = node.entries
        anchor = self._entry(node, operation.after) if operation.after else None
        before = self._entry(node, operation.before) if operation.before else None
        if anchor is None and before is not None:
            entries.insert(_index(entries, before), entry)
            return
        if anchor is None and node.original:
            anchor = node.original[-1]
        if anchor is None:
            entries.append(entry)
            return
        if not any(anchor is one for one in node.original):
            entries.insert(_index(entries, anchor) + 1, entry)
            self._join_attached(anchor, entry)
            return
        attached = self._attached.setdefault(id(anchor), [])
        entries.insert(_index(entries, anchor) + len(attached) + 1, entry)
        attached.append(entry)

    def _join_attached(self, anchor: list[Any], entry: list[Any]) -> None:
        for attached in self._attached.values():
            if any(anchor is one for one in attached):
                attached.insert(_index(attached, anchor) + 1, entry)

    def _replace(self, node: Vertex, entry: list[Any], value: object, comment: str) -> None:
        made = _made(value, [])
        same = alike(entry[1], made)
        if same and not comment:
            return
        lines = self._touch_entry(node, entry)
        if comment:
            self.added.append(comment)
            for found in self._text.comments:
                if not found.own_line and self._text.line(found.start) in lines:
                    self.removable.add(found.start)
        if same:
            return
        made = _made(value, self.added)
        if self._places.get(id(entry[1]), (0, 0)) in ((id(node), id(entry)), (0, 0)):
            entry[1].become(made)
        else:
            entry[1] = made

    def _insert(self, operation: Insert) -> None:
        node = self._find(operation.path)
        if node.kind == "scalar" and node.tag == STANDARD + "null":
            node.become(Vertex("sequence", STANDARD + "seq"))
        if node.kind != "sequence" or not 0 <= operation.at <= len(node.original):
            raise Impossible(f"there is no place {operation.at} in {operation.path}")
        self._touch_opening(node, not operation.at)
        if not node.original:
            parent = self._find(operation.path[:-1])
            self._touch_entry(parent, self._entry(parent, operation.path[-1]))
        self._arrive(node, [None, _made(operation.value, self.added)], operation.at)

    def _arrive(self, node: Vertex, entry: list[Any], at: int) -> None:
        if at < len(node.original):
            node.entries.insert(_index(node.entries, node.original[at]), entry)
        else:
            node.entries.append(entry)

    def _delete(self, path: Path) -> None:
        if not path:
            raise Impossible("the whole document would go")
        node = self._find(path[:-1])
        entry = self._entry(node, path[-1])
        if entry is None:
            raise Impossible(f"there is no {path}")
        if not any(entry is one for _, one in self._gone):
            self.takes_out = True
            start, end = self._touch_whole(node, entry)
            self.removable.update(one.start for one in self._text.comments if start <= one.start < end)
            self._gone.append((node, entry))

    def _move(self, operation: Move) -> None:
        if not operation.path:
            raise Impossible("the whole document would move")
        node = self._find(operation.path[:-1])
        entry = self._entry(node, operation.path[-1])
        if entry is None or node.kind != "sequence":
            raise Impossible(f"there is no {operation.path}")
        if operation.at not in (operation.path[-1], int(operation.path[-1]) + 1):
            self.takes_out = self.moves = True
            self._touch_whole(node, entry)
            self._gone.append((node, entry))
            self._arrive(node, [None, entry[1]], operation.at)

    def _touch_opening(self, node: Vertex, first: bool) -> None:
        """Allow the line to change that a flow collection stands on, or on which one begins that gets a new `first`."""
        if node.start >= 0 and (node.flow or first):
            self.lines.add(self._text.line(node.start))
            if node.flow:
                self.lines.add(self._text.line(node.end))

    def _touch_entry(self, node: Vertex, entry: list[Any] | None) -> set[int]:
        if entry is None or node.start < 0:
            return set()
        start, end = self._extent(node, entry)
        lines = set(range(self._text.line(start), self._text.line(max(start, end - 1)) + 1))
        self.lines |= lines
        self.touched.update(token.value for token in self._text.tokens_in(start, end) if token.kind == "Scalar")
        # A comment behind the key counts as behind the value when the value stands below.
        return {min(lines), max(lines)} if entry[1].kind == "scalar" else {min(lines)}

    def _touch_whole(self, node: Vertex, entry: list[Any]) -> tuple[int, int]:
        """Allow an entry's lines, the comments above it and, behind a dash, the next line to change."""
        start, end = self._extent(node, entry)
        self.touched.update(token.value for token in self._text.tokens_in(start, end) if token.kind == "Scalar")
        text = self._text.text
        following = text.find("\n", end - 1)
        end = len(text) if following < 0 else following
        line = text.rfind("\n", 0, start) + 1
        if text[line:start].strip(" "):
            if node.flow:
                self.lines.add(self._text.line(start))
                return start, max(start, end)
            index = _index(node.original, entry) + 1
            last = node.original[index][0].start if index < len(node.original) and entry[0] is not None else end
            self.lines.update(range(self._text.line(start), self._text.line(last) + 1))
        comments = {self._text.line(one.start): one.start for one in self._text.comments if one.own_line}
        first = self._text.line(start)
        while first - 1 in comments and not text[line:start].strip(" "):
            first -= 1
            start = comments[first]
        self.lines |= set(range(first, self._text.line(end) + 1))
        return start, end

    def _extent(self, node: Vertex, entry: list[Any]) -> tuple[int, int]:
        """Tell the range of an entry, from its key or dash to the end of its value's last token."""
        value = entry[1]
        index = _index(node.original, entry)
        following = node.original[index + 1] if index + 1 < len(node.original) else None
        begin = entry[0].start if entry[0] is not None else self._dash(node, index)
        limit = node.end
        if following is not None:
            limit = following[0].start if following[0] is not None else self._dash(node, index + 1)
        tokens = [token for token in self._text.tokens_in(begin, limit) if token.kind not in ("Key", "FlowEntry")]
        end = tokens[-1].end if tokens else begin
        if tokens and tokens[-1].style in ("|", ">"):
            end = begin + len(self._text.text[begin:end].rstrip())
        if node.flow and following is None and value.start >= begin:
            end = value.end
        return begin, end

    def _dash(self, node: Vertex, index: int) -> int:
        """Tell where the dash of an item stands: the dashes of a sequence are all in one column."""
        if node.flow:
            start = int(node.original[index][1].start)
            if not node.start < start < node.end:
                raise Impossible("an alias stands between brackets")
            return start
        dashes = [token for token in self._text.tokens_in(node.start, node.end) if token.kind == "BlockEntry"]
        if not dashes:
            raise Impossible("an item has no dash")
        column = self._column(dashes[0])
        return [dash for dash in dashes if self._column(dash) == column][index].start

    def _column(self, token: Token) -> int:
        return token.start - self._text.text.rfind("\n", 0, token.start)


def alike(one: Vertex, other: Vertex) -> bool:
    """Tell whether two nodes say the same, whatever their anchors."""
    if one.kind != other.kind or one.tag != other.tag or len(one.entries) != len(other.entries):
        return False
    if one.kind == "scalar":
        return bool(one.values & other.values) or (one.tag == STANDARD + "null")
    pairs = zip(one.entries, other.entries, strict=True)
    return all((a[0] is None or alike(a[0], b[0])) and alike(a[1], b[1]) for a, b in pairs)


def _first_places(root: Vertex) -> dict[int, tuple[int, int]]:
    """Tell for each node the collection and the entry that it is written in; elsewhere an alias stands for it."""
    places: dict[int, tuple[int, int]] = {}

    def visit(node: Vertex) -> None:
        for entry in node.entries:
            if id(entry[1]) not in places:
                places[id(entry[1])] = (id(node), id(entry))
                visit(entry[1])

    visit(root)
    return places


def _index(entries: list[list[Any]], entry: list[Any]) -> int:
    for index, one in enumerate(entries):
        if one is entry:
            return index
    raise Impossible("an entry is not there any more")


def _scalar(value: str) -> Vertex:
    return Vertex("scalar", STANDARD + "str", frozenset((value,)))


def _made(value: object, comments: list[str]) -> Vertex:
    """Make a node of a value to be written, and note the comments in it."""
    if isinstance(value, Commented):
        if value.comment:
            comments.append(value.comment)
        return _made(value.value, comments)
    if isinstance(value, Block):
        return _scalar(value.text)
    if isinstance(value, str):
        return _scalar(value)
    if value is None:
        return Vertex("scalar", STANDARD + "null", frozenset(("null",)))
    if isinstance(value, bool):
        return Vertex("scalar", STANDARD + "bool", frozenset(("true" if value else "false",)))
    if isinstance(value, int):
        return Vertex("scalar", STANDARD + "int", frozenset((str(value),)))
    if isinstance(value, dict):
        made = Vertex("mapping", STANDARD + "map")
        made.entries = [[_scalar(key), _made(inner, comments)] for key, inner in value.items()]
    elif isinstance(value, Sequence):
        made = Vertex("sequence", STANDARD + "seq")
        made.entries = [[None, _made(inner, comments)] for inner in value]
    else:
        raise Impossible(f"a {type(value).__name__} is no value")
    return made

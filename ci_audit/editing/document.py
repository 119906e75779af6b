"""A file's YAML document as a tree that is asked by path and by place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from ci_audit.editing import CannotEdit, Path
from ci_audit.source import Source
from ci_audit.syntax.yamltree import Dialect, Mapping, Node, Scalar, Sequence, parse


class Document:
    """The last document of a YAML file: the one that its host reads as the configuration.

    Paths follow aliases, not merge keys; of a key that is written twice they mean the last. Raises YamlError where
    the file cannot be read.
    """

    __slots__ = ("_aliased", "_children", "_values", "derived", "dialect", "root", "roots", "source")

    def __init__(self, source: Source, dialect: Dialect) -> None:
        self.source = source
        self.dialect = dialect
        self.roots = parse(source, dialect)
        self.root = self.roots[-1]
        self._aliased: dict[int, Node] | None = None
        self._children: dict[int, tuple[list[tuple[str | int, Node]], list[int]]] = {}
        self._values: dict[int, dict[str | int, Node]] = {}
        self.derived: dict[str, object] = {}
        """What others have worked out from it and want to find again."""

    @classmethod
    def of(cls, source: Source, dialect: Dialect) -> Document:
        """Give the document of a file, the same one for the same `Source`."""
        key = (id(source), dialect.name)
        kept = _kept.get(key)
        if kept is None:
            if len(_kept) >= _MOST_KEPT:
                # What is derived points back: without that the tree is freed at once, not by the garbage collector.
                _kept.pop(next(iter(_kept))).derived.clear()
            # It holds its source, so that the identity cannot come to mean another one.
            kept = _kept[key] = cls(source, dialect)
        return kept

    def node(self, path: Path) -> Node | None:
        """Look up the node at a path."""
        node: Node | None = self.root
        for step in path:
            node = None if node is None else self._child(node, step)
        return node

    def _child(self, node: Node, step: str | int) -> Node | None:
        """Look up as `child` does; a mapping of thousands of jobs is asked for each of them."""
        if type(node) is not Mapping:
            return child(node, step)
        values = self._values.get(id(node))
        if values is None:
            values = {key.value: value for key, value in node.pairs if type(key) is Scalar}
            self._values[id(node)] = values
        return values.get(step)

    def path_at(self, start: int, end: int) -> Path:
        """Tell the path of the innermost node that holds a range of the text; raises CannotEdit if a path cannot.

        Keys are no nodes of their own: a range inside one belongs to its mapping.
        """
        path, node = self._innermost(start, end)
        if self.node(path) is not node:
            raise CannotEdit("a key is written twice")
        return path

    def key_path_at(self, offset: int) -> Path:
        """Tell the path of the entry whose key holds an offset, or of the innermost node there if no key does."""
        path, node = self._innermost(offset, offset)
        if type(node) is Mapping:
            for key, value in node.pairs:
                if type(key) is Scalar and key.start <= offset < key.end:
                    path = (*path, key.value)
                    node = value
                    break
        if self.node(path) is not node:
            raise CannotEdit("a key is written twice")
        return path

    def is_shared(self, path: Path) -> bool:
        """Tell whether a node or one above it has an anchor and an alias; what is not there is asked of its parent."""
        node: Node | None = self.root
        aliased = self.aliased
        for step in path:
            if node is None or id(node) in aliased:
                break
            node = self._child(node, step)
        return node is not None and id(node) in aliased

    @property
    def aliased(self) -> dict[int, Node]:
        """The nodes of all the file's documents that an alias stands for, by identity."""
        aliased = self._aliased
        if aliased is None:
            aliased = self._aliased = {}
            seen: set[int] = set()
            waiting: list[Node] = list(self.roots)
            while waiting:
                node = waiting.pop()
                if id(node) in seen:
                    aliased[id(node)] = node
                    continue
                seen.add(id(node))
                if type(node) is Mapping:
                    for pair in node.pairs:
                        waiting += pair
                elif type(node) is Sequence:
                    waiting += node.items
        return aliased

    def _innermost(self, start: int, end: int) -> tuple[Path, Node]:
        path: list[str | int] = []
        node = self.root
        while True:
            if id(node) not in self._children:
                found = list(own_children(node))
                self._children[id(node)] = found, [inner.end for _, inner in found]
            children, ends = self._children[id(node)]
            # They follow one another: the first that does not end before may hold it, no other.
            at = bisect_left(ends, end)
            if at == len(children) or children[at][1].start > start:
                return tuple(path), node
            path.append(children[at][0])
            node = children[at][1]


_MOST_KEPT = 4
_kept: dict[tuple[int, str], Document] = {}


def child(node: Node, step: str | int) -> Node | None:
    """Look up a value in a mapping by its key, or an item in a sequence by its index."""
    if type(node) is Mapping:
        found = None
        for key, value in node.pairs:
            if type(key) is Scalar and key.value == step:
                found = value
        return found
    if type(node) is Sequence and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def own_children(node: Node) -> Iterator[tuple[str | int, Node]]:
    """List the values or items that are written in a node itself; those that an alias stands for are left out."""
    if type(node) is Mapping:
        for key, value in node.pairs:
            if type(key) is Scalar and value.start >= key.start:
                yield key.value, value
    elif type(node) is Sequence:
        at = node.start
        before: Node | None = None
        for index, item in enumerate(node.items):
            # A null has no width, so that an alias of the one before it begins where that one ends.
            if item.start >= at and item is not before:
                yield index, item
                at = item.end
                before = item

"""What operations mean for each collection of a YAML document: which slots change, go, move, and what comes between."""

from __future__ import annotations

from collections.abc import Sequence as Items

from ci_audit.editing import CannotEdit, Commented, Delete, Insert, Move, Operation, Path, Rewrite, Set, Value
from ci_audit.editing.document import Document
from ci_audit.editing.yamllayout import Box, Layout, Slot
from ci_audit.editing.yamlstyle import same
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence
from ci_audit.typed import cast


class New:
    """A key or an item to be written: behind the slot `at` (-1: before all), close to it or to the next one.

    With `source`, an index, it is that item as it stands, moved.
    """

    __slots__ = ("at", "close_to_next", "comment", "key", "source", "value")

    def __init__(
        self, key: str, value: Value, comment: str, at: int, close_to_next: bool, source: int | None = None
    ) -> None:
        self.key = key
        self.value = value
        self.comment = comment
        self.at = at
        self.close_to_next = close_to_next
        self.source = source


class Replaced:
    """A value to be written in place of another one."""

    __slots__ = ("comment", "value")

    def __init__(self, value: Value, comment: str) -> None:
        self.value = value
        self.comment = comment


class Change:
    """All that happens to one collection."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.new: list[New] = []
        self.replaced: dict[int, Replaced] = {}
        self.comments: dict[int, str] = {}
        self.deleted: list[int] = []
        self.moved: list[int] = []


class Plan:
    """The changes of all operations, which refer to the tree as it is before any of them."""

    def __init__(self, document: Document, layout: Layout) -> None:
        self._document = document
        self._layout = layout
        self.changes: dict[int, Change] = {}
        self.rewrites: list[Rewrite] = []

    def add(self, operations: Items[Operation]) -> None:
        """Take in operations in their order; raises CannotEdit."""
        for operation in operations:
            if isinstance(operation, Set):
                self._set(operation)
            elif isinstance(operation, Insert):
                self._insert(operation)
            elif isinstance(operation, Delete):
                self._delete(operation.path)
            elif isinstance(operation, Move):
                self._move(operation)
            elif isinstance(operation, Rewrite):
                if operation not in self.rewrites:
                    self.rewrites.append(operation)
            else:
                raise CannotEdit("a Dockerfile's operation does not fit a YAML file")

    def refuse_nested(self) -> None:
        """Raise CannotEdit where something changes inside what another operation takes out, moves or replaces."""
        starts = [rewrite.start for rewrite in self.rewrites]
        gone: list[Slot] = []
        for change in self.changes.values():
            slots = change.box.slots
            going = [*change.deleted, *change.moved, *change.replaced]
            gone += (slots[index] for index in going)
            starts += (slots[index].start for index in (*going, *change.comments))
        added_to = [change.box.node.start for change in self.changes.values() if change.new]
        for slot in gone:
            nested = any(slot.value <= start < slot.end for start in added_to if not slot.alias)
            if nested or sum(slot.start <= start < slot.end for start in starts) > 1:
                raise CannotEdit("two changes overlap")

    def _change(self, node: Mapping | Sequence) -> Change:
        change = self.changes.get(id(node))
        if change is None:
            change = self.changes[id(node)] = Change(self._layout.box(node))
        return change

    def _set(self, operation: Set) -> None:
        node = self._document.root
        if isinstance(operation.value, Commented):
            inner = cast(Value, operation.value.value)
            operation = operation._replace(value=inner, comment=operation.value.comment)
        if not operation.path:
            raise CannotEdit("the whole document would be replaced")
        for level, step in enumerate(operation.path):
            rest = operation.path[level + 1 :]
            if type(node) is Scalar:
                raise CannotEdit(f"{_named(operation.path[:level])} is no mapping")
            change = self._change(node)  # type: ignore[arg-type]
            index = self._index(change, step)
            if index < 0:
                self._add_key(change, step, rest, operation)
                return
            self._refuse_merged(change, index)
            replaced = change.replaced.get(index)
            if replaced is not None:
                _put_into(replaced, rest, operation)
                return
            slot = change.box.slots[index]
            if not rest:
                self._replace(change, index, operation)
                return
            if self._is_blank(slot.node):
                if slot.alias:
                    raise CannotEdit(f"an alias stands for {_named(operation.path[: level + 1])}")
                fresh = change.replaced[index] = Replaced({}, "")
                _put_into(fresh, rest, operation)
                return
            node = slot.node

    def _index(self, change: Change, step: str | int) -> int:
        box = change.box
        if type(box.node) is Mapping and isinstance(step, str):
            return box.find(step)
        if type(box.node) is Sequence and isinstance(step, int) and 0 <= step < len(box.slots):
            return step
        raise CannotEdit(f"there is no {_named((step,))}")

    @staticmethod
    def _is_blank(node: Node) -> bool:
        """Tell whether a node is a null or `{}`: a mapping may be made of it."""
        if type(node) is Scalar:
            return node.start == node.end
        return type(node) is Mapping and not node.pairs

    def _replace(self, change: Change, index: int, operation: Set) -> None:
        slot = change.box.slots[index]
        if not same(slot.node, operation.value, self._document.dialect):
            change.replaced[index] = Replaced(_copied(operation.value), operation.comment)
        elif operation.comment and change.comments.setdefault(index, operation.comment) != operation.comment:
            raise CannotEdit(f"two changes of {_named(operation.path)}")

    def _add_key(self, change: Change, step: str | int, rest: Path, operation: Set) -> None:
        assert isinstance(step, str)
        for new in change.new:
            if new.key == step:
                _put_into(new, rest, operation)
                return
        index, at, close_to_next = self._place(change, operation)
        self._refuse_unseen(change.box, step, bool(rest), at)
        if rest:
            new = New(step, {}, "", at, close_to_next)
            _put_into(new, rest, operation)
        else:
            new = New(step, _copied(operation.value), operation.comment, at, close_to_next)
        change.new.insert(index, new)

    @staticmethod
    def _place(change: Change, operation: Set) -> tuple[int, int, bool]:
        """Tell which of the new keys a key is, behind which slot it stands, and whether close to the next one."""
        box, new = change.box, change.new
        for name, behind in ((operation.after, True), (operation.before, False)):
            index = box.find(name) if name else -1
            if index >= 0:
                return (len(new), index, False) if behind else (len(new), index - 1, True)
            for number, other in enumerate(new):
                if name and other.key == name:
                    return number + behind, other.at, other.close_to_next
        return len(new), len(box.slots) - 1, False

    def _refuse_merged(self, change: Change, index: int) -> None:
        """Raise CannotEdit where the host sees another value under a key than the one that stands there."""
        node = change.box.node
        if type(node) is Mapping:
            slot = change.box.slots[index]
            if node.get(slot.key) is not slot.node:
                raise CannotEdit(f"a merge key decides what `{slot.key}` is")

    def _refuse_unseen(self, box: Box, key: str, below: bool, at: int) -> None:
        """Raise CannotEdit where a new key would hide what is merged, be hidden by it, or be refused by the host."""
        dialect, node = self._document.dialect, box.node
        assert type(node) is Mapping
        if dialect.duplicate_keys_fail and any(slot.key.lower() == key.lower() for slot in box.slots):
            raise CannotEdit(f"`{key}` is there in another case")
        if dialect.merge_keys and node.get(key) is not None:
            last_merge = max((index for index, slot in enumerate(box.slots) if slot.key == "<<"), default=-1)
            if below or at < last_merge:
                raise CannotEdit(f"a merge key decides what `{key}` is")

    def _insert(self, operation: Insert) -> None:
        parent, index, node = self._find(operation.path)
        length = len(node.items) if type(node) is Sequence else 0
        pending = parent.replaced.get(index) if parent is not None else None
        if parent is not None and length == 0 and type(node) is not Mapping:
            slot = parent.box.slots[index]
            if operation.at or slot.alias or not (type(node) is Sequence or slot.empty):
                raise CannotEdit(f"{_named(operation.path)} is no sequence")
            if pending is None:
                pending = parent.replaced[index] = Replaced([], "")
            if not isinstance(pending.value, list):
                raise CannotEdit(f"two changes of {_named(operation.path)}")
            pending.value.append(_copied(operation.value))
            return
        if type(node) is not Sequence or pending is not None:
            raise CannotEdit(f"{_named(operation.path)} is no sequence")
        if not 0 <= operation.at <= length:
            raise CannotEdit(f"{_named(operation.path)} has no place {operation.at}")
        last = operation.at == length
        self._change(node).new.append(New("", _copied(operation.value), "", operation.at - 1, not last))

    def _find(self, path: Path) -> tuple[Change | None, int, Node]:
        """Look up a node and, but for the root, the collection and slot that it stands in."""
        if not path:
            return None, 0, self._document.root
        parent = self._document.node(path[:-1])
        if parent is None or type(parent) is Scalar:
            raise CannotEdit(f"there is no {_named(path)}")
        change = self._change(parent)  # type: ignore[arg-type]
        index = self._index(change, path[-1])
        if index < 0:
            raise CannotEdit(f"there is no {_named(path)}")
        self._refuse_merged(change, index)
        return change, index, change.box.slots[index].node

    def _delete(self, path: Path) -> None:
        change, index, _ = self._find(path)
        if change is None:
            raise CannotEdit("the whole document would go")
        if sum(slot.key == change.box.slots[index].key for slot in change.box.slots) > 1 and path[-1] != index:
            raise CannotEdit(f"{_named(path)} is written twice")
        if index not in change.deleted:
            change.deleted.append(index)
        if len(change.deleted) == len(change.box.slots):
            raise CannotEdit(f"nothing would be left of {_named(path[:-1])}")

    def _move(self, operation: Move) -> None:
        change, index, _ = self._find(operation.path)
        if change is None or type(change.box.node) is not Sequence:
            raise CannotEdit("only an item of a sequence can move")
        if not 0 <= operation.at <= len(change.box.slots):
            raise CannotEdit(f"{_named(operation.path[:-1])} has no place {operation.at}")
        if index in change.moved:
            raise CannotEdit(f"two changes of {_named(operation.path)}")
        if operation.at not in (index, index + 1):
            change.moved.append(index)
            last = operation.at == len(change.box.slots)
            change.new.append(New("", None, "", operation.at - 1, not last, source=index))


def _named(path: Path) -> str:
    return "`" + (".".join(str(step) for step in path) or "the document") + "`"


def _copied(value: Value) -> Value:
    """Copy what other operations may add to."""
    return {key: _copied(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _put_into(target: New | Replaced, rest: Path, operation: Set) -> None:
    """Put a value into one that another operation writes."""
    if not rest:
        if target.value != operation.value or (operation.comment and target.comment != operation.comment):
            raise CannotEdit(f"two changes of {_named(operation.path)}")
        return
    inner = target.value
    for step in rest[:-1]:
        if not isinstance(inner, dict) or not isinstance(step, str):
            raise CannotEdit(f"{_named(operation.path[:-1])} is no mapping")
        inner = inner.setdefault(step, {})
    key = rest[-1]
    if not isinstance(inner, dict) or not isinstance(key, str):
        raise CannotEdit(f"{_named(operation.path[:-1])} is no mapping")
    value = _copied(operation.value)
    if operation.comment:
        value = Commented(value, operation.comment)
    if inner.setdefault(key, value) != value:
        raise CannotEdit(f"two changes of {_named(operation.path)}")
    _reorder(inner, key, operation)


def _reorder(inner: dict[str, Value], key: str, operation: Set) -> None:
    names = [name for name in inner if name != key]
    if operation.after in names:
        at = names.index(operation.after) + 1
    elif operation.before in names:
        at = names.index(operation.before)
    else:
        return
    names.insert(at, key)
    ordered = {name: inner[name] for name in names}
    inner.clear()
    inner.update(ordered)

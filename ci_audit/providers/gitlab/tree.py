"""The values of a configuration that is put together from several files, each with the place it is written in."""

from __future__ import annotations

from ci_audit.source import MappedText, Source, Where
from ci_audit.syntax.yamltree import GITLAB, Scalar, resolve, text_of
from ci_audit.typed import NamedTuple

__all__ = ["Entry", "List", "Missing", "Reference", "Table", "Text", "Value", "merged", "merged_all", "texts"]


class Text:
    """A scalar."""

    __slots__ = ("_mapped", "_text", "node", "source")

    def __init__(self, node: Scalar, source: Source, mapped: MappedText | None = None) -> None:
        self.node = node
        self.source = source
        self._mapped = mapped
        self._text: str | None = None if mapped is None else mapped.text

    @property
    def text(self) -> str:
        """Give it as GitLab makes a string of it: 3.10 is 3.1, null is nothing."""
        found = self._text
        if found is None:
            found = self._text = text_of(self.node, GITLAB)
        return found

    @property
    def mapped(self) -> MappedText:
        return self.node.mapped(self.source) if self._mapped is None else self._mapped

    @property
    def value(self) -> bool | int | float | str | None:
        return resolve(self.node, GITLAB) if self._mapped is None else self._mapped.text

    @property
    def is_null(self) -> bool:
        node = self.node
        return len(node.value) < 5 and self.value is None

    @property
    def where(self) -> Where:
        return Where(self.source, self.node.start, self.node.end)


class Entry(NamedTuple):
    """A key with its place, and its value."""

    key: Where
    value: Value


class Table:
    """A mapping; `gap` says that it may hold further keys."""

    __slots__ = ("end", "entries", "gap", "source", "start")

    def __init__(
        self, entries: dict[str, Entry], source: Source, start: int, end: int, gap: Missing | None = None
    ) -> None:
        self.entries = entries
        self.source = source
        self.start = start
        self.end = end
        self.gap = gap

    def get(self, name: str) -> Value | None:
        """Look up a value; null is as good as absent."""
        entry = self.entries.get(name)
        if entry is None or (isinstance(entry.value, Text) and entry.value.is_null):
            return None
        return entry.value

    def text(self, name: str) -> str:
        value = self.get(name)
        return value.text if isinstance(value, Text) else ""

    @property
    def where(self) -> Where:
        return Where(self.source, self.start, self.end)

    @property
    def first(self) -> Where:
        """Point at the first key and its value, as far as that stands on one line."""
        for key, value in self.entries.values():
            if isinstance(value, Text) and value.source is key.source and key.start < value.node.end:
                return Where(key.source, key.start, value.node.end)
            return key
        return self.where


class List:
    """A sequence."""

    __slots__ = ("end", "items", "source", "start")

    def __init__(self, items: list[Value], source: Source, start: int, end: int) -> None:
        self.items = items
        self.source = source
        self.start = start
        self.end = end

    @property
    def where(self) -> Where:
        return Where(self.source, self.start, self.end)


class Reference(NamedTuple):
    """A `!reference` that is not followed yet."""

    path: tuple[str, ...]
    where: Where


class Missing(NamedTuple):
    """What stands in a file that is not here, or is known only at run time."""

    reason: str
    where: Where


Value = Text | Table | List | Reference | Missing


def merged(base: Value, over: Value) -> Value:
    """Merge as GitLab does: mappings key by key, anything else is replaced (ActiveSupport: Hash#deep_merge)."""
    if not isinstance(over, Table):
        return over
    if isinstance(base, Missing):
        return Table(over.entries, over.source, over.start, over.end, base)
    if not isinstance(base, Table):
        return over
    entries = dict(base.entries)
    for name, entry in over.entries.items():
        before = entries.get(name)
        entries[name] = entry if before is None else Entry(entry.key, merged(before.value, entry.value))
    return Table(entries, over.source, over.start, over.end, over.gap or base.gap)


def merged_all(values: list[Table]) -> Table:
    """Merge tables one after another, the last wins; the list is not empty."""
    first = values[0]
    if len(values) == 1:
        return first
    own: dict[int, Table] = {}
    result = Table(dict(first.entries), first.source, first.start, first.end, first.gap)
    for table in values[1:]:
        _merge_into(result, table, own)
    return result


def _merge_into(into: Table, table: Table, own: dict[int, Table]) -> None:
    """Merge in place; `own` are the tables that were made here, so that no other one is changed."""
    entries = into.entries
    into.gap = table.gap or into.gap
    for name, entry in table.entries.items():
        before = entries.get(name)
        if before is None or not isinstance(before.value, Table) or not isinstance(entry.value, Table):
            value = entry.value if before is None else merged(before.value, entry.value)
            entries[name] = Entry(entry.key, value)
            continue
        inner = before.value
        if id(inner) not in own:
            inner = Table(dict(inner.entries), inner.source, inner.start, inner.end, inner.gap)
            own[id(inner)] = inner
        _merge_into(inner, entry.value, own)
        inner.source, inner.start, inner.end = entry.value.source, entry.value.start, entry.value.end
        entries[name] = Entry(entry.key, inner)


def texts(value: Value | None) -> list[Text]:
    """List a scalar, or the scalars of a list."""
    if isinstance(value, Text):
        return [value] if value.text else []
    if isinstance(value, List):
        return [item for item in value.items if isinstance(item, Text)]
    return []

"""`!reference [job, key, …]`: a value that stands elsewhere in the merged configuration."""

from __future__ import annotations

from ci_audit.providers.gitlab.tree import Entry, List, Missing, Reference, Table, Value
from ci_audit.source import Where

MAX_NESTING = 10
"""How deep GitLab follows references within references (docs.gitlab.com/ci/yaml/yaml_optimization)."""


def followed(root: Table) -> Table:
    """Put in place of each reference what it names, as GitLab does after the includes and before `extends`."""
    found = _Follower(root).value(root)
    return found if isinstance(found, Table) else root


class _Follower:
    def __init__(self, root: Table) -> None:
        self.root = root
        self.done: dict[tuple[str, ...], Value] = {}
        self.open: list[tuple[str, ...]] = []
        self.seen: dict[int, Value] = {}

    def value(self, value: Value) -> Value:
        if isinstance(value, Reference):
            return self.reference(value)
        if not isinstance(value, (Table, List)):
            return value
        known = self.seen.get(id(value))
        if known is None:
            known = self._items(value) if isinstance(value, List) else self._entries(value)
            if not self.open:
                self.seen[id(value)] = known
        return known

    def _items(self, value: List) -> Value:
        items = [self.value(item) for item in value.items]
        if all(new is old for new, old in zip(items, value.items, strict=True)):
            return value
        return List(items, value.source, value.start, value.end)

    def _entries(self, value: Table) -> Value:
        entries = {name: Entry(entry.key, self.value(entry.value)) for name, entry in value.entries.items()}
        if all(entry.value is value.entries[name].value for name, entry in entries.items()):
            return value
        return Table(entries, value.source, value.start, value.end, value.gap)

    def reference(self, reference: Reference) -> Value:
        path = reference.path
        if path in self.done:
            return self.done[path]
        if path in self.open or len(self.open) >= MAX_NESTING:
            return Missing("a `!reference` leads back to itself or too deep", reference.where)
        self.open.append(path)
        found = self._dig(path, reference.where)
        self.open.pop()
        self.done[path] = found
        return found

    def _dig(self, path: tuple[str, ...], where: Where) -> Value:
        at: Value = self.root
        for name in path:
            if isinstance(at, Reference):
                at = self.reference(at)
            entry = at.entries.get(name) if isinstance(at, Table) else None
            if entry is None:
                return Missing(f"`!reference [{', '.join(path)}]` names what is not here", where)
            at = entry.value
        return self.value(at) if path else Missing("a `!reference` names nothing", where)

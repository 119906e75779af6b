"""`extends`: a job put together from its parents."""

from __future__ import annotations

from ci_audit.providers.gitlab.tree import Entry, Missing, Table, merged_all, texts

MAX_NESTING = 11
"""How many levels of parents GitLab follows (docs.gitlab.com/ci/yaml: `extends`)."""


_MOST = 500_000
"""How many keys are copied from parents, all jobs together; what is beyond is left open."""


class Extender:
    """Resolves jobs, each once."""

    def __init__(self, root: Table) -> None:
        self.root = root
        self._done: dict[str, Table] = {}
        self._open: list[str] = []
        self._copied = 0

    def job(self, name: str) -> Table | None:
        """Give a job with all that it takes from its parents; None when it is not a mapping."""
        known = self._done.get(name)
        if known is not None:
            return known
        entry = self.root.entries.get(name)
        if entry is None or not isinstance(entry.value, Table):
            return None
        own = entry.value
        extends = own.entries.get("extends")
        if extends is None:
            self._done[name] = own
            return own
        self._open.append(name)
        found = self._extended(own, extends)
        self._open.pop()
        self._done[name] = found
        return found

    def _extended(self, own: Table, extends: Entry) -> Table:
        parents: list[Table] = []
        gap: Missing | None = extends.value if isinstance(extends.value, Missing) else None
        for parent in texts(extends.value):
            name = parent.text
            if name in self._open or len(self._open) > MAX_NESTING:
                continue
            table = self.job(name)
            if table is None:
                gap = gap or Missing(
                    f"`{name}`, which is extended here, is not defined in a file that is here", parent.where
                )
            else:
                parents.append(table)
        self._copied += sum(map(_size, parents))
        if self._copied > _MOST:
            parents = []
            gap = Missing("there is more to extend than is read", extends.key)
        found = merged_all([*parents, own])
        entries = dict(found.entries)
        entries.pop("extends", None)
        return Table(entries, own.source, own.start, own.end, gap or found.gap)


def _size(table: Table) -> int:
    inner = sum(len(value.entries) for _, value in table.entries.values() if isinstance(value, Table))
    return len(table.entries) + inner

"""A Travis file as remedies see it: which of its mappings gives a job its cache."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import CannotEdit, Path
from ci_audit.editing.document import Document
from ci_audit.model import Job
from ci_audit.providers.travis import matrix, nodes
from ci_audit.source import Source
from ci_audit.syntax.yamltree import TRAVIS, Mapping, Node
from ci_audit.syntax.yamltree import Sequence as YamlSequence


class Layout:
    """One file with its jobs; raises CannotEdit where it is not a single mapping."""

    def __init__(self, source: Source, jobs: Sequence[Job]) -> None:
        self.source = source
        self.jobs = jobs
        self.document = Document.of(source, TRAVIS)
        root = self.document.root
        if len(self.document.roots) > 1 or not isinstance(root, Mapping):
            raise CannotEdit("the file holds several documents")
        self.root = root
        self.entries: dict[int, Path] = {}
        self._read_entries()

    def _read_entries(self) -> None:
        name = "jobs" if self.root.get("jobs") is not None else "matrix"
        node = self.root.get(name)
        path: Path = (name,)
        if isinstance(node, Mapping):
            node = node.get("include")
            path = (name, "include")
        if isinstance(node, YamlSequence):
            included = {id(item) for item in matrix.included(self.root)}
            for index, item in enumerate(node.items):
                if id(item) in included and isinstance(item, Mapping):
                    self.entries[nodes.first_line(self.source, item).start] = (*path, index)

    def entry(self, job: Job) -> Path | None:
        """Give the item of `jobs.include` that a job comes from, None for one of the file as a whole."""
        return self.entries.get(job.where.start)

    def own(self, job: Job, name: str) -> Node | None:
        """Give what the entry of a job says itself for a key."""
        path = self.entry(job)
        entry = self.document.node(path) if path is not None else None
        value = entry.get(name) if isinstance(entry, Mapping) else None
        return None if nodes.is_null(value) else value

    def place(self, job: Job) -> Path:
        """Name the mapping in which the cache of a job belongs; the file's top is the empty path.

        It is the entry of the job where a cache is there already, or where it says its language while the top has no
        cache, or where a cache at the top would serve a job that publishes; else the top.
        """
        path = self.entry(job)
        if path is None:
            return ()
        if self.own(job, "cache") is not None:
            return path
        if not nodes.is_null(self.root.get("cache")):
            return ()
        if self.own(job, "language") is not None or any(one.publishes.value for one in self.served(())):
            return path
        return ()

    def served(self, path: Path) -> list[Job]:
        """List the jobs that have the cache of a mapping."""
        if path:
            return [job for job in self.jobs if self.entry(job) == path]
        return [job for job in self.jobs if self.own(job, "cache") is None]

    def language(self, job: Job) -> str:
        value = self.own(job, "language")
        items = nodes.scalars(self.root.get("language") if value is None else value)
        return nodes.text(items[0]).lower() if items else "ruby"

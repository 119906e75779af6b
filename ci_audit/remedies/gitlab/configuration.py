"""A GitLab configuration as a whole: what each job ends up with, and where that is written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from ci_audit.editing import CannotEdit, Path
from ci_audit.editing.document import Document
from ci_audit.model import Job
from ci_audit.providers.gitlab import variables
from ci_audit.providers.gitlab.extends import Extender
from ci_audit.providers.gitlab.includes import load
from ci_audit.providers.gitlab.inputs import split
from ci_audit.providers.gitlab.jobs import NO_JOBS, is_job
from ci_audit.providers.gitlab.tree import Entry, List, Missing, Table, Text, Value, texts
from ci_audit.repository import Repository
from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import GITLAB, Node, Scalar
from ci_audit.syntax.yamltree import Mapping as YamlMapping
from ci_audit.typed import Any, NamedTuple

JobId = tuple[str, int]
"""The file and the offset of the key that names a job."""


class Spot(NamedTuple):
    """A mapping of a file that gives keys to jobs: a job, a hidden one, or with an empty path the file's top."""

    file: str
    path: Path


def job_id(job: Job) -> JobId:
    return job.where.source.path, job.where.start


class View:
    """One job as it is put together, and the configuration that it belongs to."""

    __slots__ = ("globals", "key", "name", "pipeline", "root", "table")

    def __init__(
        self, name: str, key: Where, table: Table, root: Table, globals_: variables.Globals, pipeline: int
    ) -> None:
        self.name = name
        self.key = key
        self.table = table
        self.root = root
        self.globals = globals_
        self.pipeline = pipeline

    @property
    def id(self) -> JobId:
        return self.key.source.path, self.key.start

    @property
    def label(self) -> tuple[int, str]:
        """Name the job in a way that outlives changes of the text: number of its pipeline, and name."""
        return self.pipeline, self.name

    @property
    def runs_script(self) -> bool:
        return self.table.get("trigger") is None

    def inherits(self, name: str) -> bool:
        """Tell whether a default holds for the job when it says nothing itself."""
        return variables.inheritance(self.table, "default")(name)

    def cache(self) -> Entry | None:
        """Give the `cache` that holds for the job, its own or the default."""
        own = self.table.entries.get("cache")
        if own is not None and self.table.get("cache") is not None:
            return own
        return self.default("cache")

    def default(self, name: str) -> Entry | None:
        """Give the default that the job inherits for a keyword."""
        return _default(self.root, name) if self.inherits(name) else None

    def variables(self) -> dict[str, str]:
        env, _ = self.globals.of(self.table, {})
        return {name: setting.value for name, setting in env.items()}


def _default(root: Table, name: str) -> Entry | None:
    for table in (root.get("default"), root):
        if isinstance(table, Table) and table.get(name) is not None:
            return table.entries[name]
    return None


class Configuration:
    """All jobs that are not hidden, of the main file and of its child pipelines."""

    def __init__(self, sources: Sequence[Source], repository: Repository) -> None:
        self.jobs: dict[JobId, View] = {}
        self.roots: list[Table] = []
        seen: set[str] = set()
        for source in sources:
            if source.path in seen:
                continue
            config = load(source, repository)
            seen.update(one.path for one in config.sources)
            self._add(config.root)

    def _add(self, root: Table) -> None:
        self.roots.append(root)
        extender = Extender(root)
        shared = variables.Globals(root, {}, False)
        for name, (key, value) in root.entries.items():
            if is_job(name, value):
                table = extender.job(name)
                if table is not None:
                    view = View(name, key, table, root, shared, len(self.roots) - 1)
                    self.jobs[view.id] = view

    def spots(self, view: View) -> list[Spot]:
        """List the mappings that give the job its keys, its own first; raises CannotEdit if one cannot be named."""
        found = {spot_of(view.key, inside=True): None}
        todo, seen = [view.name], set()
        while todo:
            name = todo.pop(0)
            entry = view.root.entries.get(name)
            if name in seen or entry is None or not isinstance(entry.value, Table):
                continue
            seen.add(name)
            found[spot_of(entry.key, inside=True)] = None
            for key, _ in entry.value.entries.values():
                found[spot_of(key)] = None
            todo += [parent.text for parent in texts(entry.value.get("extends"))]
        return list(found)

    @property
    def triggers(self) -> bool:
        """Tell whether some job starts another pipeline, to which the variables at the top are handed on."""
        return any(not view.runs_script for view in self.jobs.values())


def document(source: Source) -> Document:
    """Read the tree of a file; raises CannotEdit where its configuration is not the last document."""
    found = Document.of(source, GITLAB)
    if split(found.roots)[1] is not found.root:
        raise CannotEdit(f"`{source.path}` holds several documents")
    return found


def spot_of(key: Where, *, inside: bool = False) -> Spot:
    """Name the mapping that a key stands in, or with `inside` the one that it names."""
    path = path_of(key)
    return Spot(key.source.path, path if inside else path[:-1])


def path_of(key: Where) -> Path:
    """Give the path of the entry that a key names; raises CannotEdit."""
    found = document(key.source)
    known = _paths.get(id(found))
    if known is None or known[0] is not found:
        _paths.clear()
        known = _paths[id(found)] = (found, _key_paths(found))
    path = known[1].get(key.start)
    return found.key_path_at(key.start) if path is None else path


_paths: dict[int, tuple[Document, dict[int, Path]]] = {}


def _key_paths(found: Document) -> dict[int, Path]:
    """Map the offsets of the keys of a file's first two levels, where nearly all that is asked for stands."""
    paths: dict[int, Path] = {}
    root = found.root
    if not isinstance(root, YamlMapping) or _repeats(root):
        return paths
    for key, value in root.pairs:
        if not isinstance(key, Scalar):
            continue
        paths[key.start] = (key.value,)
        if isinstance(value, YamlMapping) and value.start > key.start and not _repeats(value):
            for inner, _ in value.pairs:
                if isinstance(inner, Scalar):
                    paths[inner.start] = (key.value, inner.value)
    return paths


def _repeats(mapping: YamlMapping) -> bool:
    keys = own_keys(mapping)
    return len(set(keys)) < len(keys)


def part_of(where: Where) -> str:
    """Name the top-level key under which a place lies."""
    root = document(where.source).root
    pairs = root.pairs if isinstance(root, YamlMapping) else []
    at = bisect_right(pairs, where.start, key=lambda pair: pair[0].start) - 1
    key = pairs[at][0] if at >= 0 else None
    return key.value if isinstance(key, Scalar) else ""


def is_default(where: Where) -> bool:
    """Tell whether a place lies in what all jobs share."""
    return part_of(where) in NO_JOBS


def node_at(source: Source, path: Path) -> Node | None:
    return document(source).node(path)


def own_keys(node: Node | None) -> list[str]:
    """List the keys that are written in a mapping itself."""
    if not isinstance(node, YamlMapping):
        return []
    return [str(getattr(key, "value", "")) for key, _ in node.pairs]


def plain(value: Value | None) -> Any:
    """Give a value without its places, so that two can be compared."""
    if isinstance(value, Table):
        return {name: plain(entry.value) for name, entry in value.entries.items()}
    if isinstance(value, List):
        return [plain(item) for item in value.items]
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Missing):
        return ("missing", value.reason)
    return value


def changed(
    repository: Repository, sources: Sequence[Source], operations: Mapping[str, Sequence[Any]]
) -> Configuration:
    """Give the configuration that operations would make, by file; raises CannotEdit."""
    from ci_audit.editing import apply, files

    texts_ = {}
    for source in sources:
        if source.path in operations:
            text = apply(source.text, files.edits("gitlab", source, operations[source.path]))
            texts_[source.path] = (b"\xef\xbb\xbf" if source.bom else b"") + text.encode("utf-8")
    after = repository.overlaid(texts_)
    return Configuration([found for source in sources if (found := after.source(source.path)) is not None], after)

"""`cache-installs`, `move-cache`, `satisfy-cache`: the cache of Travis keeps the downloads, beside what it kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ci_audit import managers
from ci_audit.editing import CannotEdit, Insert, Operation, Path, Rewrite, Set, Value
from ci_audit.facts.caching import judge
from ci_audit.model import UNKNOWN, Install, Job
from ci_audit.paths import WORKSPACE, covers
from ci_audit.providers.travis import nodes
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, at_risk
from ci_audit.remedies.needs import served_by
from ci_audit.remedies.switches import switched_off
from ci_audit.remedies.travis.enable_cache import removal
from ci_audit.remedies.travis.layout import Layout
from ci_audit.syntax.yamltree import Mapping, Node, Scalar
from ci_audit.syntax.yamltree import Sequence as YamlSequence
from ci_audit.typed import NamedTuple

_CAUSES = ("absent", "misplaced", "unsaved")
_ECOSYSTEMS = ("pypi", "conda")


class _Want(NamedTuple):
    """What a cache is to keep: pip's by its name, else directories."""

    pip: bool
    directories: tuple[str, ...]
    managers: tuple[str, ...]
    off: tuple[Operation, ...]
    """What takes out that which turns their caches off."""
    dead: frozenset[int]
    """Where directories begin that are meant for the same, but are not what is written."""


def remedy(request: Request) -> Remedy | Skipped:
    """Let Travis keep what the jobs of a finding download, where the language of the jobs is written."""
    skipped = at_risk(request)
    if skipped is not None:
        return skipped
    for place in request.places:
        problem = place.node.gap or _problem(place.node)
        if problem:
            return Skipped(problem)
    source = request.where.source
    operations: list[Operation] = []
    found: dict[str, None] = {}
    doubt = ""
    try:
        layout = Layout(source, request.places[0].context.pipeline.jobs)
        for path in dict.fromkeys(layout.place(place.context.job) for place in request.places if place.context.job):
            want = _wanted(layout, path)
            operations += [*want.off, *_operations(layout, path, want)]
            doubt = doubt or ("the cache was switched off by hand" if want.off else "")
            found.update(dict.fromkeys(want.managers))
    except CannotEdit as error:
        return Skipped(str(error))
    names = list(found)
    shown = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    title = f"Keep the downloads of {shown} in the cache of Travis"
    files = (FileChange(source.path, tuple(operations)),)
    return Remedy(title, "unsafe" if doubt else "safe", files, doubt)


def _problem(install: Install) -> str:
    """Say why Travis cannot keep what an install downloads; empty when it can."""
    for directory in install.downloads:
        if UNKNOWN in directory.path:
            return "where its downloads go is not known"
        if directory.path.endswith("/pkgs") and "conda" in directory.path:
            # Travis makes the directories of its cache first, and the installer stops at a folder that is there.
            return "the folder lies in the one that conda is installed to: set CONDA_PKGS_DIRS to another first"
    return "" if install.downloads else "where its downloads go is not known"


def _wanted(layout: Layout, path: Path) -> _Want:
    """Collect what all jobs need whose cache stands in a mapping; raises CannotEdit where one of them publishes."""
    found: dict[str, None] = {}
    names: dict[str, None] = {}
    off: dict[Operation, None] = {}
    by_name = True
    for job in layout.served(path):
        if job.publishes.value:
            raise CannotEdit(f"the cache would be a risk in `{job.name}`, which shares it: {job.publishes.reason}")
        if layout.place(job) != path:
            continue
        for install in _uncached(job):
            # Where the language is another one, Travis passes over pip's cache by its name.
            if layout.language(job) != "python":
                by_name = False
            names[served_by(install)] = None
            off.update((removal(where), None) for where in switched_off(install))
            found.update((_written(directory.path, job), None) for directory in install.downloads)
    pip = by_name and _PIP in found
    directories = tuple(one for one in found if not (pip and one == _PIP))
    return _Want(pip, directories, tuple(names), tuple(off), _dead(layout.served(path), names))


def _uncached(job: Job) -> Iterator[Install]:
    for step in job.steps:
        for install in step.installs:
            answerable = install.ecosystem in _ECOSYSTEMS and not install.gap and not _problem(install)
            if answerable and judge(install, step, job).cause in _CAUSES:
                yield install


_PIP = "$HOME/.cache/pip"


def _written(path: str, job: Job) -> str:
    """Write a directory as `directories` takes it."""
    home = job.machine.home
    if path.startswith(home + "/"):
        return "$HOME" + path[len(home) :]
    if path.startswith(WORKSPACE + "/"):
        return path[len(WORKSPACE) + 1 :]
    return path


def _operations(layout: Layout, path: Path, want: _Want) -> list[Operation]:
    mapping = layout.document.node(path)
    if path and layout.document.is_shared(path):
        raise CannotEdit("the job shares its text with others by an anchor")
    where = (*path, "cache")
    node = mapping.get("cache") if isinstance(mapping, Mapping) else None
    if layout.document.is_shared(where):
        raise CannotEdit("the cache is shared by an anchor")
    if nodes.is_null(node):
        return [_new(layout, path, where, want)]
    if nodes.is_bool(node, False):
        raise CannotEdit("`cache: false` switches caches off here")
    if isinstance(node, Scalar):
        name = nodes.text(node)
        if name == "pip":
            return [Set(where, _mapping(want._replace(pip=True)))]
        if want.directories:
            return [Set(where, {name: True, **_mapping(want)})]
        return [Set(where, [name, "pip"])]
    if isinstance(node, YamlSequence):
        return _in_sequence(node, where, want)
    if isinstance(node, Mapping):
        return _in_mapping(node, where, want)
    raise CannotEdit("what the cache that is there keeps is not known")


def _new(layout: Layout, path: Path, where: Path, want: _Want) -> Operation:
    mapping = layout.document.node(path)
    keys = [key.value for key, _ in mapping.items()] if isinstance(mapping, Mapping) else []
    value: Value = "pip" if want.pip and not want.directories else _mapping(want)
    after = next((key for key in ("python", "language") if key in keys), "")
    if after:
        return Set(where, value, after=after)
    return Set(where, value, before=next((key for key in keys[1:] if key in _PHASES), ""))


_PHASES = ("before_install", "install", "before_script", "script", "jobs", "matrix")


def _mapping(want: _Want) -> dict[str, Value]:
    value: dict[str, Value] = {"pip": True} if want.pip else {}
    if want.directories:
        value["directories"] = list(want.directories)
    return value


def _in_sequence(node: YamlSequence, where: Path, want: _Want) -> list[Operation]:
    count = len(node.items)
    operations: list[Operation] = []
    listed: Path | None = None
    for index, item in enumerate(node.items):
        if isinstance(item, Mapping) and isinstance(item.get("directories"), YamlSequence):
            listed = (*where, index, "directories")
        if isinstance(item, Mapping) and nodes.is_bool(item.get("pip"), False):
            raise CannotEdit(_PIP_OFF)
    if want.pip and not any(nodes.text(item) == "pip" for item in node.items):
        operations.append(Insert(where, count, "pip"))
    if want.directories and listed is not None:
        inner = node.items[int(listed[-2])]
        assert isinstance(inner, Mapping)
        operations += _listed(inner.get("directories"), listed, want)
    elif want.directories:
        operations.append(Insert(where, count, {"directories": list(want.directories)}))
    return operations


_PIP_OFF = "`pip: false` switches pip's cache off here"


def _in_mapping(node: Mapping, where: Path, want: _Want) -> list[Operation]:
    operations: list[Operation] = []
    if nodes.is_bool(node.get("pip"), False):
        raise CannotEdit(_PIP_OFF)
    if want.pip and node.get("pip") is None:
        operations.append(Set((*where, "pip"), True))
    directories = node.get("directories")
    if want.directories and nodes.is_null(directories):
        operations.append(Set((*where, "directories"), list(want.directories)))
    elif want.directories:
        operations += _listed(directories, (*where, "directories"), want)
    return operations


def _listed(node: Node | None, path: Path, want: _Want) -> list[Operation]:
    """Add to a list of directories, which may be a single one; those that keep nothing give their place."""
    if isinstance(node, Scalar):
        if node.start in want.dead and len(want.directories) == 1:
            return [Set(path, want.directories[0])]
        return [Set(path, [nodes.text(node), *want.directories])]
    if not isinstance(node, YamlSequence):
        raise CannotEdit("what the cache that is there keeps is not known")
    new = list(want.directories)
    operations: list[Operation] = []
    for item in node.items:
        if new and isinstance(item, Scalar) and item.start in want.dead:
            quotes = int(item.style in ("'", '"'))
            operations.append(Rewrite(item.start + quotes, item.end - quotes, new.pop(0)))
    return operations + [Insert(path, len(node.items), one) for one in new]


def _dead(jobs: Sequence[Job], wanted: Iterable[str]) -> frozenset[int]:
    """Find the paths of caches that are meant for these managers, but hold nothing that any job writes."""
    meant: set[int] = set()
    alive: set[int] = set()
    names = set(wanted)
    for job in jobs:
        written = [
            directory.path
            for step in job.steps
            for install in step.installs
            for directory in (*install.downloads, *install.environments)
        ]
        for cache in job.caches:
            for kept in cache.paths:
                if kept.where is None:
                    continue
                if names.intersection(managers.meant_for(kept.path)):
                    meant.add(kept.where.start)
                if any(covers(kept.path, path) is not False for path in written):
                    alive.add(kept.where.start)
    return frozenset(meant - alive)

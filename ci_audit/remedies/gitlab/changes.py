"""The operations that give a mapping of a configuration variables and a cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ci_audit.editing import CannotEdit, Insert, Operation, Path, Rewrite, Set
from ci_audit.editing import Value as Written
from ci_audit.model import Job
from ci_audit.paths import WORKSPACE, covers, normalise
from ci_audit.providers.gitlab.caches import MAX_CACHES
from ci_audit.providers.gitlab.tree import Entry, List, Table, Text, Value, texts
from ci_audit.providers.gitlab.variables import expanded as expand
from ci_audit.remedies.gitlab.configuration import Spot, View, document, node_at, own_keys, path_of, plain, spot_of
from ci_audit.remedies.gitlab.needs import Need
from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import Sequence as YamlSequence

Operations = list[tuple[str, Operation]]
"""Each with the path of its file."""

_BEFORE = ("before_script", "script", "after_script")


def variables(spot: Spot, source: Source, views: Sequence[View], needs: Sequence[Need]) -> Operations:
    """Set variables in a mapping, beside those that are there, and in those jobs whose own take their place."""
    settings = {name: value for need in needs for name, value in need.variables}
    if not settings:
        return []
    operations: Operations = []
    shadowed = [own for view in views if (own := _with_merged(view)) is not None and own != spot]
    if len(shadowed) < len(views) or not views:
        if "variables" in own_keys(node_at(source, spot.path)):
            operations += _settings(spot, settings)
        else:
            before = _before(spot, source)
            operations.append((spot.file, Set((*spot.path, "variables"), dict(settings), before=before)))
    for own in shadowed:
        operations += _settings(own, settings)
    return operations


def _with_merged(view: View) -> Spot | None:
    """Give the mapping of a job that merges others but has variables of its own, which are then all that it has.

    A merge key, unlike `extends`, takes variables over as a whole or not at all.
    """
    own = spot_of(view.key, inside=True)
    keys = own_keys(node_at(view.key.source, own.path))
    return own if "<<" in keys and "variables" in keys else None


def _settings(spot: Spot, settings: Mapping[str, str]) -> Operations:
    return [(spot.file, Set((*spot.path, "variables", name), value)) for name, value in settings.items()]


def _before(spot: Spot, source: Source) -> str:
    """Name the key that what is new stands before: the scripts, or at the top the first job."""
    keys = own_keys(node_at(source, spot.path))
    if spot.path:
        return next((key for key in keys if key in _BEFORE), "")
    return next((key for key in keys if key in _BEFORE or key not in _HEAD), "")


_HEAD = frozenset("default include stages workflow image services cache variables spec".split())


def cache(
    spot: Spot, source: Source, views: Sequence[View], variants: Sequence[Job], needs: Sequence[Need], key: str
) -> Operations:
    """Keep what is needed in the cache that holds for the jobs, or in a new one; raises CannotEdit."""
    found = {_place(entry): entry for entry in (view.cache() for view in views)}
    if len(found) > 1:
        raise CannotEdit("the jobs that share it have different caches")
    entry = next(iter(found.values()))
    replaced = [need.replaces for need in needs if need.replaces is not None]
    paths = _uncovered(needs, variants)
    if not paths and not replaced:
        return []
    if entry is None:
        return [(spot.file, _new(spot, source, key, paths))]
    return _extended(entry, variants, paths, replaced, key)


def _place(entry: Entry | None) -> tuple[str, int]:
    return ("", 0) if entry is None else (entry.key.source.path, entry.key.start)


def _uncovered(needs: Sequence[Need], variants: Sequence[Job]) -> list[str]:
    """List the paths that some variant does not keep yet."""

    def kept(job: Job, path: str) -> bool:
        whole = f"{WORKSPACE}/{path}"
        return any(
            covers(one.path, whole) and not one.exclude
            for cache in job.caches
            if cache.saves and not cache.problems
            for one in cache.paths
        )

    paths = dict.fromkeys(path for need in needs if not need.follows for path in need.paths)
    return [path for path in paths if not all(kept(job, path) for job in variants)]


def _new(spot: Spot, source: Source, key: str, paths: Sequence[str]) -> Operation:
    value: dict[str, Written] = {"key": key, "paths": list(paths)}
    if not spot.path and "default" in own_keys(node_at(source, ())):
        return Set(("default", "cache"), value, before=_before(Spot(spot.file, ("default",)), source))
    if "variables" in own_keys(node_at(source, spot.path)):
        return Set((*spot.path, "cache"), value, after="variables")
    return Set((*spot.path, "cache"), value, before=_before(spot, source))


def _extended(
    entry: Entry, variants: Sequence[Job], paths: list[str], replaced: Sequence[Where], key: str
) -> Operations:
    place = entry.key
    operations: Operations = []
    for where in dict.fromkeys(replaced):
        first = paths.pop(0) if paths else ""
        if not first:
            raise CannotEdit("the path that leads out of the project would have to be taken out")
        operations.append((where.source.path, _rewritten(where, first)))
    if not paths:
        return operations
    value = entry.value
    for job in variants:
        for one in job.caches:
            if one.key is not None and {"run", "commit"} & set(one.key.varies) and not one.key.restore_keys:
                raise CannotEdit("the key of the cache that is there is another one on every run")
    if isinstance(value, List):
        path = path_of(place)
        _sequence(place, path)
        if not value.items:
            raise CannotEdit("`cache: []` says that nothing is kept here")
        if not all(isinstance(item, Table) for item in value.items):
            raise CannotEdit("its list of caches is put together from other places")
        if len(value.items) < MAX_CACHES:
            new: dict[str, Written] = {"key": key, "paths": paths}
            return [*operations, (place.source.path, Insert(path, len(value.items), new))]
        last = value.items[-1]
        if isinstance(last, Table):
            return operations + _in_table(last, (*path, len(value.items) - 1), place, paths)
    if isinstance(value, Table):
        return operations + _in_table(value, path_of(place), place, paths)
    raise CannotEdit("what the cache that is there keeps is not known")


def _in_table(table: Table, path: Path, place: Where, paths: Sequence[str]) -> Operations:
    if table.gap is not None:
        raise CannotEdit(table.gap.reason)
    if not table.entries:
        raise CannotEdit("`cache: {}` says that nothing is kept here")
    policy = table.text("policy")
    if policy not in ("", "pull-push"):
        raise CannotEdit(f"the cache that is there has the policy `{policy}`")
    if table.text("when") == "on_failure":
        raise CannotEdit("the cache that is there is saved only when the job fails")
    kept = table.entries.get("paths")
    if kept is None or table.get("paths") is None:
        return [(place.source.path, Set((*path, "paths"), list(paths)))]
    if not isinstance(kept.value, List):
        raise CannotEdit("what the cache that is there keeps is written elsewhere")
    list_path = path_of(kept.key)
    count = _sequence(kept.key, list_path)
    return [(kept.key.source.path, Insert(list_path, count, one)) for one in paths]


def _sequence(key: Where, path: Path) -> int:
    """Give the length of the sequence behind a key; raises CannotEdit where something else is written there."""
    node = node_at(key.source, path)
    if not isinstance(node, YamlSequence) or node.tag:
        raise CannotEdit(f"`{path[-1]}` is taken over from elsewhere by a `!reference`")
    return len(node.items)


def _rewritten(where: Where, text: str) -> Operation:
    """Put another path in place of one, inside its quotes."""
    quoted = where.text[:1] in "\"'" and where.text[-1:] == where.text[:1] and len(where.text) > 1
    return Rewrite(where.start + quoted, where.end - quoted, text)


def merges(spot: Spot, source: Source) -> bool:
    """Tell whether what is written in a mapping is more than its own: it merges others, or others share a part."""
    shared = document(source).is_shared
    return "<<" in own_keys(node_at(source, spot.path)) or shared(spot.path) or shared((*spot.path, "variables"))


def expanded(settings: Mapping[str, str]) -> dict[str, str]:
    """Give the values of new variables as jobs see them."""
    return {name: value.replace("$CI_PROJECT_DIR", WORKSPACE) for name, value in settings.items()}


def keeps(view: View, needs: Iterable[Need]) -> bool:
    """Tell whether the cache of a job keeps all that is needed."""
    entry = view.cache()
    if entry is None:
        return False
    env = view.variables()
    kept = [normalise(expand(text, env.get)) for text in _texts(entry.value)]
    return all(any(covers(one, f"{WORKSPACE}/{path}") for one in kept) for need in needs for path in need.paths)


def _texts(value: Value) -> list[str]:
    if isinstance(value, List):
        return [text for item in value.items for text in _texts(item)]
    if not isinstance(value, Table):
        return []
    untracked = value.get("untracked")
    whole = ["."] if isinstance(untracked, Text) and untracked.value is True else []
    return whole + [item.text for item in texts(value.get("paths"))]


def only_grew(before: Value, after: Value | None, needs: Iterable[Need]) -> bool:
    """Tell whether a cache that other jobs have as well keeps what it kept, and else only what is needed."""
    ours = {path for need in needs for path in need.paths}
    gone = {need.replaces.text.strip("\"'") for need in needs if need.replaces is not None}
    old, new = _without_paths(before), _without_paths(after)
    if isinstance(after, List) and isinstance(before, List):
        new = new[: len(before.items)]
    if old != new or after is None:
        return False
    was, is_ = set(_texts(before)), set(_texts(after))
    return is_ - was <= ours and was - is_ <= gone


def _without_paths(value: Value | None) -> list[object]:
    tables = value.items if isinstance(value, List) else [value]
    return [
        {name: plain(entry.value) for name, entry in table.entries.items() if name != "paths"}
        for table in tables
        if isinstance(table, Table)
    ]

"""`restore-keys`: a key that is another one on every run becomes a fixed one, to which GitLab adds."""

from __future__ import annotations

from ci_audit import managers
from ci_audit.editing import CannotEdit, Set
from ci_audit.model import Cache
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, at_risk
from ci_audit.remedies.gitlab import keys
from ci_audit.remedies.gitlab.configuration import document
from ci_audit.syntax.yamltree import Mapping


def remedy(request: Request) -> Remedy | Skipped:
    """Give the cache a key that names the managers and the image."""
    skipped = at_risk(request)
    if skipped is not None:
        return skipped
    cache: Cache = request.places[0].node
    if cache.key is None or cache.key.where is None:
        return Skipped("where the key is written is not known")
    where = cache.key.where
    jobs = [place.context.job for place in request.places if place.context.job is not None]
    meant, others = _meant(cache)
    try:
        tree = document(where.source)
        path = tree.path_at(where.start, where.end)
    except CannotEdit as error:
        return Skipped(str(error))
    if isinstance(tree.node(path), Mapping):
        path = (*path, "prefix")
    key = keys.cache_key(meant, jobs)
    if key in _taken(request, cache):
        key = f"{key}-{keys.PER_JOB}" if keys.PER_JOB not in key else f"downloads-{key}"
    reason = f"`{others[0]}`, which it keeps as well, may be meant for one pipeline only" if others else ""
    change = FileChange(where.source.path, (Set(path, key),))
    return Remedy("Give the cache a key that later pipelines find", "unsafe" if reason else "safe", (change,), reason)


def _meant(cache: Cache) -> tuple[list[str], list[str]]:
    """Name the managers that a cache is for, and its paths that are no downloads."""
    names: dict[str, None] = {}
    others = []
    for kept in cache.paths:
        meant = managers.meant_for(kept.path)
        if len(meant) == 1 and managers.variable(meant[0]):
            names[meant[0]] = None
        else:
            others.append(kept.where.text.strip("\"'") if kept.where is not None else kept.path)
            names.update((name, None) for name in meant[:1])
    return list(names) or ["packages"], others


def _taken(request: Request, cache: Cache) -> set[str]:
    """List the keys that caches with other paths have."""
    paths = {kept.path for kept in cache.paths}
    return {
        other.key.text
        for job in request.places[0].context.pipeline.jobs
        for other in job.caches
        if other.key is not None and {kept.path for kept in other.paths} != paths
    }

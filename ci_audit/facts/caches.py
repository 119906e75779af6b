"""Caches as nodes of the rule book."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit import managers
from ci_audit.facts import Context, Kind, Verdict
from ci_audit.facts.caching import volatility
from ci_audit.model import Cache, Pipeline
from ci_audit.providers import PROVIDERS
from ci_audit.repository import Repository


def nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[Cache, Context]]:
    for job in pipeline.jobs:
        context = Context(pipeline, job, None, repository)
        for cache in job.caches:
            if not cache.problems or any(problem.cause != "absent" for problem in cache.problems):
                yield cache, context


def key(cache: Cache, context: Context) -> tuple[Verdict, ...]:
    """Tell how a key changes: `frozen` never with what is installed, `volatile` on every run with no way back.

    Only caches of package managers are judged: what else a project keeps may rightly never or always change.
    """
    found = cache.key
    if found is None or not _of_packages(cache):
        return ()
    where = found.where or cache.where
    if "unknown" in found.varies:
        return ()
    volatile = volatility(cache)
    if volatile:
        return (Verdict("volatile", reason=f"it is {volatile}", where=where),)
    if not {"run", "commit", "content", "time"}.isdisjoint(found.varies):
        return (Verdict("steady"),)
    reason = "it never changes with what is installed"
    if "hashfiles(" in found.text.lower():
        reason = f"its `hashFiles` matches no file, so {reason}"
    return (Verdict("frozen", reason=reason, where=where),)


def _of_packages(cache: Cache) -> bool:
    return bool(cache.managers or cache.follows) or any(
        managers.meant_for(kept.path) for kept in cache.paths if not kept.exclude
    )


KIND = Kind(
    nodes=nodes,
    where=lambda cache, context: cache.where,
    fields={
        "cache": lambda cache, context: cache.kind,
        "key_text": lambda cache, context: cache.key.text if cache.key else "",
        "provider": lambda cache, context: context.pipeline.provider,
    },
    facts={"key": key},
    values={
        "key": ("frozen", "volatile", "steady"),
        "provider": PROVIDERS,
    },
)

"""Restore a cache before the install that it is for."""

from __future__ import annotations

from ci_audit.editing import Move
from ci_audit.model import Cache
from ci_audit.patterns import regex
from ci_audit.remedies import FileChange, Remedy, Request, Skipped
from ci_audit.remedies.github import checkouts, listing, risks
from ci_audit.remedies.github.listing import Listing
from ci_audit.source import Where

_REASON = "the step runs earlier, before what used to stand in front of it"
_OUTPUT = regex(r"\bsteps\.([A-Za-z_][\w-]*)")


def remedy(request: Request) -> Remedy | Skipped:
    """Move the step in front of the first install that it serves."""
    risk = risks.at_risk(request)
    if risk is not None:
        return risk
    steps = listing.at(request)
    if isinstance(steps, Skipped):
        return steps
    caches = {_late(request, number) for number in range(len(request.places))}
    cache = caches.pop()
    if cache is None or caches:
        return Skipped("which step restores the cache is not clear")
    kind, where = cache
    number = steps.index(where)
    if number is None:
        return Skipped("the cache is restored by a step of another file")
    if not kind.startswith("actions/cache"):
        return Skipped(f"moving {kind} would change what the commands before it run with")
    late = [use.number for use in steps.uses if use.cause == "late" and use.number < number]
    if not late:
        return Skipped("the install does not stand in this list of steps")
    first = min(late)
    needed = _needed(steps, number)
    made = [at for at in range(first, number) if _id(steps, at) in needed]
    if made:
        return Skipped(f"the cache step uses what `{_id(steps, made[0])}` puts out, which runs after the install")
    checkout = checkouts.before(steps, first)
    if isinstance(checkout, Skipped) and "hashFiles" in _text(steps, number):
        return checkout
    title = "Restore the cache before the first install"
    change = FileChange(steps.source.path, (Move((*steps.path, number), first),))
    return Remedy(title, "unsafe", (change,), _REASON)


def _late(request: Request, number: int) -> tuple[str, Where] | None:
    """Find the cache that the verdict speaks of."""
    place = request.places[number]
    where = place.verdict.evidence[0].where if place.verdict.evidence else None
    job = place.context.job
    caches: tuple[Cache, ...] = job.caches if job is not None else ()
    for cache in caches:
        if cache.where == where:
            return cache.kind, cache.where
    return None


def _text(steps: Listing, number: int) -> str:
    node = steps.node.items[number]
    return steps.source.text[node.start : node.end]


def _needed(steps: Listing, number: int) -> set[str]:
    return set(_OUTPUT.findall(_text(steps, number)))


def _id(steps: Listing, number: int) -> str:
    return steps.text(number, "id")

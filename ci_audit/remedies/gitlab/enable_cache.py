"""`enable-cache`: what switches a cache off, or empties it before it is saved, goes."""

from __future__ import annotations

from ci_audit.editing import CannotEdit, Operation
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, at_risk, switches
from ci_audit.remedies.gitlab.configuration import document
from ci_audit.remedies.gitlab.plan import VARIABLES
from ci_audit.remedies.needs import served_by

REASON = "it may have been meant: {}"


def remedy(request: Request) -> Remedy | Skipped:
    """Take out what defeats the cache of an install."""
    skipped = at_risk(request)
    if skipped is not None:
        return skipped
    found: dict[tuple[str, Operation], None] = {}
    try:
        for place in request.places:
            for where in switches.places(place.node, place.verdict):
                operation = switches.removal(where, document(where.source), VARIABLES)
                found[where.source.path, operation] = None
    except CannotEdit as error:
        return Skipped(str(error))
    by_file: dict[str, list[Operation]] = {}
    for path, operation in found:
        by_file.setdefault(path, []).append(operation)
    manager = served_by(request.places[0].node)
    files = tuple(FileChange(path, tuple(operations)) for path, operations in by_file.items())
    return Remedy(
        f"Let {manager} use the cache that is there", "unsafe", files, REASON.format(request.places[0].verdict.reason)
    )

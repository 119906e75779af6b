"""`enable-cache`: what switches a cache off, or empties it before it is saved, goes."""

from __future__ import annotations

from ci_audit.editing import CannotEdit, Delete, Operation
from ci_audit.editing.document import Document
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, at_risk, switches
from ci_audit.remedies.needs import served_by
from ci_audit.source import Where
from ci_audit.syntax.yamltree import TRAVIS

VARIABLES = ("env", "global")

REASON = "it may have been meant: {}"


def remedy(request: Request) -> Remedy | Skipped:
    """Take out what defeats the cache of an install."""
    skipped = at_risk(request)
    if skipped is not None:
        return skipped
    found: dict[Operation, None] = {}
    try:
        for place in request.places:
            for where in switches.places(place.node, place.verdict):
                found[removal(where)] = None
    except CannotEdit as error:
        return Skipped(str(error))
    manager = served_by(request.places[0].node)
    change = FileChange(request.where.source.path, tuple(found))
    return Remedy(
        f"Let {manager} use the cache that is there",
        "unsafe",
        (change,),
        REASON.format(request.places[0].verdict.reason),
    )


def removal(where: Where) -> Operation:
    """Take out what stands at a place, but no job of the build's matrix; raises CannotEdit."""
    operation = switches.removal(where, Document.of(where.source, TRAVIS), VARIABLES)
    if isinstance(operation, Delete):
        path = operation.path
        rows = path[:-1] in (("env",), ("env", "jobs"), ("env", "matrix"))
        if rows and isinstance(path[-1], int):
            raise CannotEdit("the build has a job of its own for it")
        if path[-1] in ("install", *_PHASES):
            raise CannotEdit("nothing would be left of the phase")
    return operation


_PHASES = ("before_install", "before_script", "script", "jobs", "matrix", "include")

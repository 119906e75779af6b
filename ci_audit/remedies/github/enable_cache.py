"""Take out what defeats a cache that is there: a switch, or a command that deletes the downloads."""

from __future__ import annotations

from ci_audit.editing import CannotEdit, Delete, Operation, Rewrite
from ci_audit.editing.document import Document
from ci_audit.remedies import FileChange, Place, Remedy, Request, Skipped
from ci_audit.remedies.github import risks, switches
from ci_audit.source import Where
from ci_audit.syntax.yamltree import GITHUB, Mapping, Scalar, Sequence, YamlError

_REASON = "somebody may have switched the cache off for a reason"


def remedy(request: Request) -> Remedy | Skipped:
    """Take out the switch or the command, never as a safe change."""
    risk = risks.at_risk(request)
    if risk is not None:
        return risk
    operations: dict[Operation, None] = {}
    paths: set[str] = set()
    for place in request.places:
        found = _operation(place)
        if isinstance(found, Skipped):
            return found
        path, operation = found
        paths.add(path)
        operations[operation] = None
    if len(paths) != 1:
        return Skipped("the cache is switched off in several files")
    return Remedy("Let the cache be used", "unsafe", (FileChange(paths.pop(), tuple(operations)),), _REASON)


def _operation(place: Place) -> tuple[str, Operation] | Skipped:
    switch = place.node.switch
    evidence = place.verdict.evidence
    where = evidence[0].where if evidence else None
    if switch is not None and (where is None or where == switch.where or place.verdict.reason == switch.reason):
        if switch.where is None:
            return Skipped(switch.reason)
        found = switches.operation(switch, switch.where.source.path)
        return found if isinstance(found, Skipped) else (switch.where.source.path, found)
    if where is None:
        return Skipped("what deletes the downloads is not clear")
    operation = without(where)
    return operation if isinstance(operation, Skipped) else (where.source.path, operation)


def without(where: Where) -> Operation | Skipped:
    """Take a command out: its step when it is all of that, its line, or its part of an `&&` list."""
    try:
        document = Document.of(where.source, GITHUB)
        path = document.path_at(where.start, where.end)
    except (CannotEdit, YamlError) as error:
        return Skipped(f"its place in the file is not clear: {error}")
    node = document.node(path)
    if not isinstance(node, Scalar) or not path or path[-1] != "run":
        return Skipped("the command that deletes the downloads does not stand in a step")
    if node.value.strip() == where.text.strip():
        owner, items = document.node(path[:-1]), document.node(path[:-2])
        alone = isinstance(items, Sequence) and len(items.items) == 1
        named = isinstance(owner, Mapping) and owner.get("id") is not None
        return Skipped("the step has nothing else to do") if alone or named else Delete(path[:-1])
    return _part(where, node.end)


def _part(where: Where, scalar_end: int) -> Operation | Skipped:
    text = where.source.text
    line_start = text.rfind("\n", 0, where.start) + 1
    line_end = text.find("\n", where.end)
    line_end = len(text) if line_end < 0 else line_end
    before, behind = text[line_start : where.start], text[where.end : line_end]
    if not before.strip() and not behind.strip():
        if line_end < scalar_end:
            return Rewrite(line_start, line_end + 1, "")
        # The last line of a block has no line end of its own there: the one before it goes.
        return Rewrite(line_start - (2 if text[:line_start].endswith("\r\n") else 1), line_end, "")
    if before.rstrip().endswith("&&") and not behind.strip().startswith("|"):
        return Rewrite(line_start + len(before.rstrip()[:-2].rstrip()), where.end, "")
    return Skipped("the command that deletes the downloads is a part of a longer line")

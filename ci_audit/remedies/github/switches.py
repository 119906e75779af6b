"""What turns a manager's cache off for a command, taken out: a flag of the command, a variable of a step or a job."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import CannotEdit, Delete, Operation, Rewrite
from ci_audit.editing.document import Document
from ci_audit.model import Switch
from ci_audit.remedies import Skipped
from ci_audit.remedies.github.listing import Listing, Use
from ci_audit.source import Where
from ci_audit.syntax.yamltree import GITHUB, Mapping, YamlError

_FLAGS = ("--no-cache-dir", "--no-cache")


def operations(listing: Listing, uses: Sequence[Use]) -> tuple[Operation, ...] | Skipped:
    """Take out all that turns the cache of these installs off; empty when nothing does."""
    found: dict[Operation, None] = {}
    for use in uses:
        switch = use.install.switch
        if switch is None or (use.job.machine.home_owner and "does not own" in switch.reason):
            # The owner of the home is dealt with where the cache is moved.
            continue
        one = operation(switch, listing.source.path)
        if isinstance(one, Skipped):
            return one
        found[one] = None
    return tuple(found)


def operation(switch: Switch, path: str) -> Operation | Skipped:
    """Take out one switch that stands in the file of that path."""
    where = switch.where
    if where is None:
        return Skipped(f"{switch.reason}, and that is set elsewhere")
    if where.source.path != path:
        return Skipped(f"{switch.reason}, in `{where.source.path}`")
    if where.text in _FLAGS:
        return flag(where)
    return variable(where) or Skipped(switch.reason)


def flag(where: Where) -> Rewrite:
    """Take a word of a command out, with the blanks before it."""
    text, start = where.source.text, where.start
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    if start > 0 and text[start - 1] in "\r\n\\":
        # It begins its line: the blanks behind it go instead.
        start, end = where.start, where.end
        while end < len(text) and text[end] in " \t":
            end += 1
        return Rewrite(start, end, "")
    return Rewrite(start, where.end, "")


def variable(where: Where) -> Delete | None:
    """Delete the entry of an `env` whose value stands there, or the whole `env` when it is its only one."""
    try:
        document = Document.of(where.source, GITHUB)
        path = document.path_at(where.start, where.end)
    except (CannotEdit, YamlError):
        return None
    if len(path) < 2 or path[-2] != "env":
        return None
    parent = document.node(path[:-1])
    alone = isinstance(parent, Mapping) and len(parent.pairs) == 1
    return Delete(path[:-1] if alone else path)

"""What turns a cache off or empties it, taken out of a YAML file: a variable, a flag, a command of a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ci_audit.editing import CannotEdit, Delete, Operation, Path, Rewrite
from ci_audit.editing.document import Document
from ci_audit.facts import Verdict
from ci_audit.model import Install
from ci_audit.patterns import regex
from ci_audit.remedies.needs import served_by
from ci_audit.source import Where
from ci_audit.syntax.yamltree import Mapping, Scalar
from ci_audit.syntax.yamltree import Sequence as YamlSequence

VARIABLES = {"pip": "PIP_NO_CACHE_DIR", "uv": "UV_NO_CACHE"}
"""The variable that turns the cache of a manager off."""

_ASSIGNMENT = regex(r"[A-Za-z_]\w*=")
_EXPORTS = regex(r"(?:(?:export|declare -x|set)\s+)?\Z")
_JOINED = regex(r"\s*(?:&&|;)\s*\Z")
_CONTINUES = regex(r"[ \t]*(?:\\\r?\n[ \t]*)?")
_NEEDED = frozenset(("script", "run"))
"""Keys that a job is nothing without."""


def switched_off(install: Install) -> Iterator[Where]:
    """List the places that turn the cache off for an install; raises CannotEdit where one is not in the repository."""
    switch = install.switch
    if switch is None:
        return
    if "run by root" in switch.reason:
        raise CannotEdit(f"{switch.reason}: `sudo -H`, or no `sudo`, would help")
    if switch.where is None:
        raise CannotEdit(f"{switch.reason}, and that is written elsewhere")
    yield switch.where
    setting = install.command.env.get(VARIABLES.get(served_by(install), ""))
    if setting is not None and setting.value and setting.where not in (None, switch.where):
        assert setting.where is not None
        yield setting.where


def places(install: Install, verdict: Verdict) -> list[Where]:
    """List what defeats a cache that is there, as a verdict with the cause `off` found it; raises CannotEdit."""
    found = list(switched_off(install))
    if not found:
        where = verdict.evidence[0].where if verdict.evidence else None
        if where is None:
            raise CannotEdit(verdict.reason)
        found.append(where)
    return found


def removal(where: Where, document: Document, tables: Sequence[str]) -> Operation:
    """Give the operation that takes out what stands at a place; raises CannotEdit where it is part of something else.

    `tables` are the keys under which mappings hold variables.
    """
    path = document.path_at(where.start, where.end)
    node = document.node(path)
    if not isinstance(node, Scalar):
        raise CannotEdit("what would have to be taken out is not one value")
    table = max((index for index, step in enumerate(path) if step in tables), default=-1)
    if table >= 0 and isinstance(document.node(path[: table + 1]), Mapping) and _is_value(path, table, document):
        first = min(index for index, step in enumerate(path) if step in tables)
        return _without(path[: table + 2], first + 1, document)
    return _from_text(where, node, path, document, tables)


def _is_value(path: Path, table: int, document: Document) -> bool:
    """Tell whether a path leads to the value of a variable: `NAME: value` or `NAME: {value: …}`."""
    rest = path[table + 1 :]
    return len(rest) == 1 or (len(rest) == 2 and rest[1] == "value")


def _without(path: Path, least: int, document: Document) -> Delete:
    """Take out an entry, and with the last one of a mapping or sequence what it stands in, down to a length."""
    while len(path) > least:
        parent = document.node(path[:-1])
        count = len(parent.pairs) if isinstance(parent, Mapping) else 0
        if isinstance(parent, YamlSequence):
            count = len(parent.items)
        if count != 1:
            break
        path = path[:-1]
    if path[-1] in _NEEDED:
        raise CannotEdit("nothing would be left of the script")
    return Delete(path)


def _from_text(where: Where, node: Scalar, path: Path, document: Document, tables: Sequence[str]) -> Operation:
    text = where.source.text
    quotes = int(node.style in ("'", '"'))
    first, last = node.start + quotes, node.end - quotes
    line_start = max(text.rfind("\n", 0, where.start) + 1, first)
    line_end = text.find("\n", where.end)
    line_end = min(last if line_end < 0 else line_end, last)
    before, after = text[line_start : where.start], text[where.end : line_end].rstrip()
    flag = where.text.startswith("-")
    if not flag and after in ("", ";") and _EXPORTS.match(before.lstrip()):
        block = node.style in ("|", ">")
        lines = text.count("\n", first, last) + 1 - block
        if lines > 1 and not block:
            raise CannotEdit("it is part of a longer command")
        if lines == 1:
            key = max(index for index, step in enumerate(path) if isinstance(step, str))
            inside = [index for index, step in enumerate(path[:key]) if step in tables]
            return _without(path, (inside[0] if inside else key) + 1, document)
        return Rewrite(line_start, line_end, "")
    if flag:
        return _flag(where, text, first)
    if _ASSIGNMENT.match(where.text):
        if after[:1] in (" ", "\t") and not after.lstrip().startswith(("&", ";", "|")):
            end = where.end
            while text[end] in " \t":
                end += 1
            return Rewrite(where.start, end, "")
        if before.strip() and before[-1:] in (" ", "\t") and "=" in before:
            return Rewrite(line_start + len(before.rstrip()), where.end, "")
    joined = _JOINED.search(before)
    if joined is not None and not after and before[: joined.start()].strip():
        return Rewrite(line_start + joined.start(), where.end, "")
    raise CannotEdit("it is part of a longer command")


def _flag(where: Where, text: str, first: int) -> Rewrite:
    """Take a word out of a command: with the blanks before it, or where it begins a line with what follows it."""
    start = where.start
    while start > first and text[start - 1] in " \t":
        start -= 1
    if start > first and text[start - 1] != "\n":
        return Rewrite(start, where.end, "")
    following = _CONTINUES.match(text, where.end)
    return Rewrite(where.start, following.end() if following else where.end, "")

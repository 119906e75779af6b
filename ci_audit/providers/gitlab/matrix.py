"""The variants of a job with `parallel:matrix`, over the variables that matter to it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from ci_audit.patterns import regex
from ci_audit.providers.gitlab.tree import Table, Text, Value, texts
from ci_audit.providers.gitlab.variables import flat
from ci_audit.source import UNKNOWN, Where

MAX_JOBS = 256

Variant = dict[str, tuple[str, Where | None]]

_READ_BY_TOOLS = regex(
    r"(?:PIP|UV|POETRY|PDM|PIPENV|HATCH|TOX|NOX|CONDA|MAMBA|XDG|PRE_COMMIT|NPM|YARN|CARGO|GO|GEM|BUNDLE|GIT)[A-Z_]*\Z"
    r"|HOME\Z|VIRTUAL_ENV\Z|TOXENV\Z|CACHE_FALLBACK_KEY\Z"
)


def variants(job: Table, used: set[str]) -> list[tuple[str, Variant]]:
    """List the distinct variants as label and variables, apart only in those whose names are used."""
    parallel = job.get("parallel")
    matrix = parallel.get("matrix") if isinstance(parallel, Table) else None
    if matrix is None:
        return [("", {})]
    found: dict[tuple[tuple[str, str], ...], Variant] = {}
    for item in flat(matrix):
        if not isinstance(item, Table) or len(found) >= MAX_JOBS:
            continue
        rows: list[Variant] = [{}]
        for name, (_, value) in item.entries.items():
            matters = name in used or _READ_BY_TOOLS.match(name)
            values = _values(value) if matters else [(UNKNOWN, None)]
            rows = list(islice(({**row, name: one} for row in rows for one in values), MAX_JOBS))
        for row in rows:
            identity = tuple((name, value) for name, (value, _) in sorted(row.items()))
            if len(found) < MAX_JOBS:
                found.setdefault(identity, row)
    return [(_label(row), row) for row in found.values()] or [("", {})]


def merged(job: Table) -> list[tuple[str, Variant]]:
    """Give one variant that stands for all of them: what they set is not known."""
    parallel = job.get("parallel")
    items = flat(parallel.get("matrix")) if isinstance(parallel, Table) else []
    return [("", {name: (UNKNOWN, None) for item in items if isinstance(item, Table) for name in item.entries})]


def _values(value: Value) -> list[tuple[str, Where | None]]:
    found: list[tuple[str, Where | None]] = [(item.text, item.where) for item in texts(value)]
    return found or [(UNKNOWN, None)]


def _label(row: Mapping[str, tuple[str, Where | None]]) -> str:
    return ", ".join(f"{name}={value}" for name, (value, _) in row.items() if value and UNKNOWN not in value)


def used(values: list[Value | None]) -> set[str]:
    """List the names of variables that texts may read: `$NAME`, `${NAME…}`, `%NAME%`, `$env:NAME`."""
    found: set[str] = set()
    todo: list[Value | None] = list(values)
    seen: set[int] = set()
    while todo:
        value = todo.pop()
        if value is None or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Text):
            text = value.text
            if "$" in text or "%" in text:
                found.update(_NAME.findall(text))
        elif isinstance(value, Table):
            todo += [entry.value for entry in value.entries.values()]
        else:
            todo += getattr(value, "items", ())
    return found


_NAME = regex(r"[$%{:!#]([A-Za-z_]\w*)")

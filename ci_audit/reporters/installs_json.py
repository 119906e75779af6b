"""Installs for programs; its form is a contract."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.inspection import Inspection, InstallRow
from ci_audit.reporters.jsontext import dumps


def render(inspection: Inspection, color: bool) -> Iterator[str]:
    yield '{"installs": ['
    for number, row in enumerate(inspection.rows):
        yield f"{',' if number else ''}\n{dumps(_entry(row))}"
    yield "\n]}\n" if inspection.rows else "]}\n"


_KEYS = {"index_url": "index"}
"""Fields whose name in JSON a tuple has a method of."""


def _entry(row: InstallRow) -> dict[str, object]:
    entry = {_KEYS.get(name, name): value for name, value in row._asdict().items()}
    entry["evidence"] = [related._asdict() for related in row.evidence]
    entry["packages"] = [package._asdict() for package in row.packages]
    return entry

"""Installs for people: each with what it fetches and what becomes of the downloads."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.inspection import Inspection, InstallRow
from ci_audit.masking import listed, visible
from ci_audit.reporters import further, plural, shown_path
from ci_audit.reporters.text import Paint

_STYLES = {"yes": "good", "no": "warning", "unknown": "note"}


def render(inspection: Inspection, color: bool) -> Iterator[str]:
    paint = Paint(color)
    for row in inspection.rows:
        yield from _row(row, paint)
    for failed in inspection.failed:
        yield f"{paint('failed', 'error')} {visible(failed.path)}: {visible(failed.message)}\n"
    counts = ", ".join(
        f"{count} {word}"
        for answer, word in (("yes", "cached"), ("no", "not cached"), ("unknown", "not known"))
        if (count := sum(_state(row) == answer for row in inspection.rows))
    )
    local = sum(row.cause == "local" for row in inspection.rows)
    if local:
        counts += f"{', ' if counts else ''}{local} without downloads"
    yield f"{plural(len(inspection.rows), 'install')}{f' ({counts})' if counts else ''}\n"


def _state(row: InstallRow) -> str:
    return "local" if row.cause == "local" else row.cached


def _row(row: InstallRow, paint: Paint) -> Iterator[str]:
    job = f" {visible(row.job)}" if row.job else ""
    yield f"{paint(f'{shown_path(row.path)}:{row.line}', 'bold')}:{job}\n"
    yield f"  {visible(row.command)}\n"
    variants = listed([f"`{variant}`" for variant in row.variants], 4)
    packages = ", ".join(f"{package.name}{package.specifier} ({_PINNED[package.pinned]})" for package in row.packages)
    for label, value in (
        ("variants", variants),
        ("manager", row.manager),
        ("network", row.network + (f", {row.index_url}" if row.index_url and row.network != "no" else "")),
        ("downloads", row.downloads_to),
        ("packages", packages),
    ):
        if value:
            yield f"  {paint(label.ljust(9), 'dim')}  {visible(value)}\n"
    cached = "nothing to cache" if row.cause == "local" else row.cached
    # What no later run finds is kept and yet no help: the reason says so.
    cause = "" if row.cause == "local" or (row.cause, row.cached) == ("kept", "no") else f" ({row.cause})"
    style = _STYLES.get(_state(row), "good")
    yield f"  {paint('cached'.ljust(9), 'dim')}  {paint(cached, style)}{cause}: {visible(row.reason)}\n"
    for line in further(row.evidence, row.reason, row.path, range(row.line, row.end_line + 1)):
        yield f"             {visible(line)}\n"
    yield "\n"


_PINNED = {True: "pinned", False: "not pinned", None: "unknown"}

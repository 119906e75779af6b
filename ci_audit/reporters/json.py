"""The report for programs; its form is a contract, with `schema_version` raised when it changes.

Only ASCII is written: the same bytes everywhere, on any terminal, whatever stands in the audited files.
"""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit import __version__
from ci_audit.engine import Report
from ci_audit.findings import Finding, Fix, Unfixed
from ci_audit.masking import mask
from ci_audit.reporters import SECRET_IN_FIX, View, holds_secret
from ci_audit.reporters.jsontext import dumps
from ci_audit.typed import Any

SCHEMA_VERSION = 1


def render(report: Report, view: View) -> Iterator[str]:
    yield f'{{"schema_version": {SCHEMA_VERSION}, "version": {dumps(__version__)},\n"findings": '
    yield from _list(_entry(finding) for finding in report.findings)
    yield ',\n"suppressed": '
    yield from _list(
        {**_entry(finding), "by": finding.suppressed_by, "reason": finding.reason} for finding in report.suppressed
    )
    files = {
        "audited": report.audited,
        "failed": [failed._asdict() for failed in report.failed],
        "skipped": [skipped._asdict() for skipped in report.skipped],
    }
    yield f',\n"files": {dumps(files)}}}\n'


def _list(entries: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Write a list with an entry a line, so that two reports can be compared."""
    separator = "[\n"
    for entry in entries:
        yield separator + dumps(entry)
        separator = ",\n"
    yield "[]" if separator == "[\n" else "\n]"


def _entry(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "cause": finding.cause,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "message": finding.message,
        "provider": finding.provider,
        "jobs": list(finding.jobs),
        "variants": list(finding.variants),
        "related": [
            {
                "path": related.path or finding.path,
                "line": related.line or finding.line,
                "column": related.column or finding.column,
                "message": related.message,
            }
            for related in finding.related
        ],
        "fix": _fix(finding.fix),
        "fingerprint": finding.fingerprint,
    }


def _fix(fix: Fix | Unfixed | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    if isinstance(fix, Unfixed):
        return {"skipped": mask(fix.reason)}
    if holds_secret(fix):
        return {"skipped": SECRET_IN_FIX}
    entry: dict[str, Any] = {"id": fix.id, "title": fix.title, "safety": fix.safety}
    if fix.reason:
        entry["reason"] = fix.reason
    if fix.snippet:
        entry["snippet"] = fix.snippet
    entry["files"] = [
        {
            "path": file.path,
            "create": file.create,
            "sha256": file.sha256,
            "edits": [
                {
                    "line": one.line,
                    "column": one.column,
                    "end_line": one.end_line,
                    "end_column": one.end_column,
                    "text": one.text,
                }
                for one in file.replacements
            ],
        }
        for file in fix.files
    ]
    return entry

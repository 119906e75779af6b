"""Workflow commands, which GitHub Actions shows as annotations on the changed lines.

Form and limits: docs.github.com/actions, "Workflow commands". A column is understood only on a single line.
"""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.engine import Report
from ci_audit.findings import Finding
from ci_audit.masking import visible
from ci_audit.reporters import View, further, plural

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_LONGEST_MESSAGE = 4000
"""The runner cuts at 4,096 characters, escapes included."""


def render(report: Report, view: View) -> Iterator[str]:
    # Ten annotations of a kind are shown for a step: the heavy ones are separate kinds, so file order serves best.
    for finding in report.findings:
        yield _line(finding, view.prefix)
    for failed in report.failed:
        yield _command("error", {"file": view.prefix + failed.path, "line": str(failed.line)}, failed.message)
    if not view.quiet:
        yield f"ci-audit: {plural(len(report.findings), 'finding')} in {plural(report.audited, 'file')}\n"


def _line(finding: Finding, prefix: str) -> str:
    properties = {
        "file": prefix + finding.path,
        "line": str(finding.line),
        "endLine": str(finding.end_line),
        "title": f"{finding.rule} {finding.name}",
    }
    if finding.line == finding.end_line:
        properties["col"] = str(finding.column)
        properties["endColumn"] = str(finding.end_column)
    lines = range(finding.line, max(finding.line, finding.end_line) + 1)
    message = [finding.message, *further(finding.related, finding.message, finding.path, lines)]
    return _command(_COMMANDS[finding.severity], properties, "\n".join(visible(line) for line in message))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {written}::{_data(message)[:_LONGEST_MESSAGE]}\n"


def _data(text: str) -> str:
    return visible(text, "\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

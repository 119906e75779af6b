"""SARIF 2.1.0, as code scanning reads it: one run, rules with their help, fingerprints of lines.

Suppressed findings are left out unless asked for: GitHub opens an alert for each result, suppressed or not.
"""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit import __version__
from ci_audit.engine import Report
from ci_audit.findings import SEVERITIES, Finding, Fix
from ci_audit.reporters import View, holds_secret
from ci_audit.reporters.jsontext import dumps
from ci_audit.reporters.linehash import LineHashes
from ci_audit.rulebook import Rule
from ci_audit.typed import Any

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PRECISION = {"high": "very-high", "medium": "high", "low": "medium"}
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_LONGEST = 1000
"""Characters of a description: more than 1,024 are refused."""
_MOST_RESULTS = 25_000
"""A run with more is refused as a whole."""


def render(report: Report, view: View) -> Iterator[str]:
    findings = list(report.findings)
    if view.show_suppressed:
        findings = sorted((*findings, *report.suppressed), key=lambda finding: finding.order)
    if len(findings) > _MOST_RESULTS:
        findings = sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))[:_MOST_RESULTS]
    indices = {rule.id: index for index, rule in enumerate(view.rules)}
    driver = {
        "name": "ci-audit",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in view.rules],
    }
    yield f'{{"$schema": {dumps(_SCHEMA)}, "version": "2.1.0", "runs": [{{\n'
    yield f'"tool": {{"driver": {dumps(driver)}}},\n'
    yield '"columnKind": "unicodeCodePoints", "automationDetails": {"id": "ci-audit/"},\n'
    if report.failed:
        yield f'"invocations": [{dumps(_invocation(report))}],\n'
    yield '"results": ['
    hashes = LineHashes(view.source)
    for number, finding in enumerate(findings):
        yield f"{',' if number else ''}\n{dumps(_result(finding, indices, hashes, view.show_suppressed))}"
    yield "]}]}\n"


def _rule(rule: Rule) -> dict[str, Any]:
    text = " ".join(rule.why.split())
    sources = "".join(f"\n- <{source}>" for source in rule.sources)
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title[:_LONGEST]},
        "fullDescription": {"text": text[:_LONGEST]},
        "help": {
            "text": text,
            "markdown": f"**{rule.title}** (`{rule.name}`)\n\n{rule.why.strip()}\n"
            + (f"\nSources:\n{sources}\n" if sources else ""),
        },
        "defaultConfiguration": {"level": rule.severity},
        "properties": {
            "tags": [rule.family],
            "precision": "high",
            "problem.severity": "recommendation" if rule.severity == "note" else rule.severity,
        },
    }


def _invocation(report: Report) -> dict[str, Any]:
    return {
        "executionSuccessful": False,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": failed.message},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(failed.path)}}}],
            }
            for failed in report.failed
        ],
    }


def _result(finding: Finding, indices: dict[str, int], hashes: LineHashes, with_suppressions: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": indices[finding.rule],
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [
            _location(finding.path, finding.line, finding.column, finding.end_line, finding.end_column),
        ],
        "partialFingerprints": {"ciAudit/v1": finding.fingerprint},
        "properties": {"precision": _PRECISION.get(finding.confidence, "high"), "provider": finding.provider},
    }
    line_hash = hashes.of(finding.path, finding.line)
    if line_hash:
        result["partialFingerprints"]["primaryLocationLineHash"] = line_hash
    related = [
        {**_location(each.path, each.line, each.column), "id": number, "message": {"text": each.message}}
        for number, each in enumerate((each for each in finding.related if each.path), 1)
    ]
    if related:
        result["relatedLocations"] = related
    if isinstance(finding.fix, Fix) and finding.fix.files and not holds_secret(finding.fix):
        result["fixes"] = [_fix(finding.fix)]
    for key in ("cause", "jobs", "variants"):
        value = getattr(finding, key)
        if value:
            result["properties"][key] = value
    if with_suppressions:
        result["suppressions"] = []
        if finding.suppressed_by:
            in_source = finding.suppressed_by.startswith("ignore")
            suppression = {"kind": "inSource" if in_source else "external", "status": "accepted"}
            if finding.reason:
                suppression["justification"] = finding.reason
            result["suppressions"].append(suppression)
    return result


def _fix(fix: Fix) -> dict[str, Any]:
    note = f" ({fix.reason})" if fix.reason else ""
    return {
        "description": {"text": f"{fix.title} [{fix.safety}]{note}"},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri(file.path)},
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": one.line,
                            "startColumn": one.column,
                            "endLine": one.end_line,
                            "endColumn": one.end_column,
                        },
                        "insertedContent": {"text": one.text},
                    }
                    for one in file.replacements
                ],
            }
            for file in fix.files
        ],
    }


def _location(path: str, line: int, column: int, end_line: int = 0, end_column: int = 0) -> dict[str, Any]:
    region = {"startLine": line, "startColumn": column}
    if end_line:
        region.update(endLine=end_line, endColumn=end_column)
    return {"physicalLocation": {"artifactLocation": {"uri": uri(path)}, "region": region}}


def uri(path: str) -> str:
    """Write a relative path as a URI reference; every byte that is not plain is percent-encoded."""
    data = path.encode("utf-8", "surrogateescape")
    text = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in data)
    # A colon in the first part would make it a scheme, but colons are encoded; a leading slash would make it a host.
    return text.lstrip("/")

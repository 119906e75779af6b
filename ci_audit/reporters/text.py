"""The report for people: each finding with the lines that it is about, then one line that sums up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ci_audit.editing import Edit, apply
from ci_audit.engine import Report
from ci_audit.findings import SEVERITIES, Finding, Fix, Unfixed
from ci_audit.masking import listed, mask, visible
from ci_audit.reporters import View, further, plural, shown_path
from ci_audit.reporters.difference import changed_lines
from ci_audit.reporters.excerpt import excerpt

_COLORS = {"error": "31;1", "warning": "33;1", "note": "36;1", "bold": "1", "dim": "2", "good": "32;1"}


class Paint:
    """Colours text, or leaves it as it is; its own few codes, since rich takes 50 ms to load."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, text: str, style: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if self._color else text


def render(report: Report, view: View) -> Iterator[str]:
    paint = Paint(view.color)
    findings = report.findings
    if view.show_suppressed:
        findings = tuple(sorted((*findings, *report.suppressed), key=lambda finding: finding.order))
    if view.statistics:
        yield from _statistics(findings, paint)
    else:
        for path, group in groupby(findings, key=lambda finding: finding.path):
            for finding in group:
                yield _finding(finding, view, paint)
            source = view.source(path)
            if source is not None:
                source.release()
    for failed in report.failed:
        yield f"{paint('failed', 'error')} {visible(failed.path)}: {visible(failed.message)}\n"
    if not view.quiet:
        yield _summary(report, view, paint)


def _finding(finding: Finding, view: View, paint: Paint) -> str:
    severity = finding.severity
    place = paint(f"{shown_path(finding.path)}:{finding.line}:{finding.column}", "bold")
    rule = paint(f"{finding.rule} {finding.name}", "bold")
    state = f" (suppressed by {_by(finding)})" if finding.suppressed_by else _fixable(finding)
    parts = [f"{place}: {paint(severity, severity)} {rule}{state}\n  {visible(finding.message)}\n"]
    source = view.source(finding.path)
    lines = excerpt(source, finding) if source is not None else []
    width = len(str(max([line.number for line in lines]))) if lines else 1
    bar = paint("|", "dim")
    for number, text, marks in lines:
        parts.append(f"  {paint((str(number) if number else '').rjust(width), 'dim')} {bar} {text}\n")
        if marks:
            parts.append(f"  {' ' * width} {bar} {paint(marks, severity)}\n")
    shown = range(finding.line, max(finding.line, finding.end_line) + 1)
    for line in dict.fromkeys(further(finding.related, finding.message, finding.path, shown)):
        parts.append(f"  {paint('=', 'dim')} {visible(line)}\n")
    jobs = _jobs(finding)
    if jobs:
        parts.append(f"  {paint('=', 'dim')} {jobs}\n")
    if view.show_fixes and finding.fix is not None:
        parts += [f"  {paint('=', 'dim')} {visible(mask(line))}\n" for line in _fix(finding.fix, view)]
    parts.append("\n")
    return "".join(parts)


def _fix(fix: Fix | Unfixed, view: View) -> Iterator[str]:
    """Say what the fix does, and show the lines that it changes."""
    if isinstance(fix, Unfixed):
        yield f"not fixable: {fix.reason}"
        return
    reason = f" ({fix.reason})" if fix.reason else ""
    yield f"fix, {fix.safety}: {fix.title}{reason}" if fix.files else f"advice: {fix.title}{reason}"
    yield from ("    " + line for line in fix.snippet.splitlines())
    for file in fix.files:
        source = view.source(file.path)
        old = "" if source is None else source.text
        new = apply(old, [Edit(one.start, one.end, one.text) for one in file.replacements])
        yield from ("    " + line for line in changed_lines(file.path, *_masked(old, new), 1))


_clean: list[str] = [""]
"""The last text that was found to hold no secret: a file with many fixes is looked through once."""


def _masked(old: str, new: str) -> tuple[str, str]:
    """Mask the secrets of both texts; what a fix writes into a text without secrets holds none either."""
    if old != _clean[0]:
        masked = mask(old)
        if masked != old:
            return masked, mask(new)
        _clean[0] = old
    return old, new


def _fixable(finding: Finding) -> str:
    found = finding.fixable
    return f" fixable ({found})" if found in ("safe", "unsafe") else ""


def _by(finding: Finding) -> str:
    return visible(f"{finding.suppressed_by}: {finding.reason}" if finding.reason else finding.suppressed_by)


def _jobs(finding: Finding) -> str:
    """Name the jobs when there are several, and the variants when only some have the finding."""
    parts = []
    if len(finding.jobs) > 1:
        parts.append(f"in the jobs {_quoted(finding.jobs)}")
    if finding.variants and finding.partial:
        parts.append(f"with {_quoted(finding.variants)}")
    return " ".join(parts)


def _quoted(names: tuple[str, ...]) -> str:
    return listed([f"`{visible(name)}`" for name in names], 4)


def _statistics(findings: tuple[Finding, ...], paint: Paint) -> Iterator[str]:
    counts: dict[tuple[str, str, str], int] = {}
    for finding in findings:
        key = (finding.rule, finding.name, finding.severity)
        counts[key] = counts.get(key, 0) + 1
    width = max((len(str(count)) for count in counts.values()), default=1)
    for (rule, name, severity), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{str(count).rjust(width)}  {paint(severity.ljust(7), severity)}  {rule}  {name}\n"


def _fixes(report: Report) -> str:
    found = [finding.fixable for finding in report.findings]
    safe, unsafe = found.count("safe"), found.count("unsafe")
    parts = []
    if safe:
        parts.append(f"{safe} fixable with `--fix`")
    if unsafe:
        parts.append(f"{unsafe} {'more ' if safe else 'fixable '}with `--fix --unsafe-fixes`")
    return f"; {', '.join(parts)}" if parts else ""


def _summary(report: Report, view: View, paint: Paint) -> str:
    total = len(report.findings)
    files = plural(report.audited, "file")
    if total:
        counts = [
            paint(plural(count, severity), severity)
            for severity in reversed(SEVERITIES)
            if (count := sum(finding.severity == severity for finding in report.findings))
        ]
        line = f"{plural(total, 'finding')} ({', '.join(counts)}) in {files}"
    elif report.audited:
        line = f"{paint('No findings', 'good')} in {files}"
    else:
        line = "No CI files were audited"
    line += _fixes(report)
    if report.suppressed:
        line += f", {len(report.suppressed)} suppressed"
    if report.skipped:
        line += f", {plural(len(report.skipped), 'file')} skipped"
    if report.failed:
        line += f", {paint(plural(len(report.failed), 'file') + ' failed', 'error')}"
    return line + "\n"

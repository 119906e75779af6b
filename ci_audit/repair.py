"""Repairing: rounds of fixes on texts in memory, each result read once more by a parser that is not ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ci_audit.discover import Found
from ci_audit.editing import CannotEdit, Edit, Operation, apply, files, join
from ci_audit.engine import Progress, Report, Settings, audit
from ci_audit.findings import Finding, Fix, Unfixed
from ci_audit.fix import encoded
from ci_audit.internal import internal_error
from ci_audit.remedies import Remedy
from ci_audit.repository import Repository
from ci_audit.source import Source
from ci_audit.typed import NamedTuple

ROUNDS = 10
"""At most so often are fixes applied to what the fixes before them left."""


class Changed(NamedTuple):
    """A file that is to be written: what it held when it was read (None: it was not there) and what it shall hold."""

    path: str
    old: bytes | None
    new: bytes


class Repaired(NamedTuple):
    """What came of a repair; nothing is written yet."""

    report: Report
    """The audit of the repaired texts."""
    changed: tuple[Changed, ...]
    fixed: tuple[Finding, ...]
    """The findings that are gone, each with its fix."""
    repository: Repository
    """The snapshot with the repaired texts."""


def repair(
    repository: Repository,
    found: Sequence[Found],
    settings: Settings,
    may_change: Callable[[str], bool],
    progress: Progress | None = None,
) -> Repaired:
    """Apply the fixes of the given safeties until none is left, in memory, to files that may be changed."""
    original = repository
    settings = settings._replace(fixes="offer")
    refused: dict[str, str] = {}
    fixed: list[Finding] = []
    changed: dict[str, None] = {}
    report = audit(repository, found, settings, progress)
    for _ in range(ROUNDS):
        chosen = _chosen(report, refused, may_change)
        texts = _texts(chosen, repository, refused)
        if not texts:
            break
        done = {id for id in chosen if id not in refused}
        fixed += [one for one in report.findings if isinstance(one.fix, Fix) and one.fix.id in done]
        repository = repository.overlaid(texts)
        changed.update(dict.fromkeys(texts))
        report = audit(repository, found, settings, progress)
    findings = tuple(_with_reason(finding, refused) for finding in report.findings)
    return Repaired(
        report._replace(findings=findings),
        tuple(_changed(path, original, repository) for path in sorted(changed)),
        tuple(fixed),
        repository,
    )


class _Chosen(NamedTuple):
    """A fix to be applied, with the operations that it stands for."""

    fix: Fix
    remedy: Remedy
    provider: str

    def edits(self, path: str) -> tuple[Edit, ...]:
        return tuple(
            Edit(one.start, one.end, one.text)
            for file in self.fix.files
            if file.path == path
            for one in file.replacements
        )

    def operations(self, path: str) -> tuple[Operation, ...]:
        return tuple(one for change in self.remedy.files if change.path == path for one in change.operations)


def _chosen(report: Report, refused: Mapping[str, str], may_change: Callable[[str], bool]) -> dict[str, _Chosen]:
    return {
        finding.fix.id: _Chosen(finding.fix, finding.remedy, finding.provider)
        for finding in report.findings
        if isinstance(finding.fix, Fix) and finding.fix.files and finding.fix.id not in refused
        if isinstance(finding.remedy, Remedy) and all(may_change(file.path) for file in finding.fix.files)
    }


def _texts(chosen: Mapping[str, _Chosen], repository: Repository, refused: dict[str, str]) -> dict[str, bytes]:
    """Give the contents after the fixes; one whose result the independent parser reads otherwise is refused."""
    while True:
        left = [one for one in chosen.values() if one.fix.id not in refused]
        paths = dict.fromkeys(file.path for one in left for file in one.fix.files)
        culprits = {id: reason for path in paths for id, reason in _problems(path, left, repository).items()}
        if not culprits:
            return {path: encoded(*_applied(path, left, repository)) for path in paths}
        refused.update(culprits)


def _applied(path: str, chosen: Sequence[_Chosen], repository: Repository) -> tuple[Source, str]:
    source = repository.source(path) or Source(path, "")
    edits, left_out = join(one.edits(path) for one in chosen)
    if left_out:
        raise CannotEdit("two changes meet")
    return source, apply(source.text, edits)


def _problems(path: str, chosen: Sequence[_Chosen], repository: Repository) -> dict[str, str]:
    """Find the fixes of a file that the independent parser does not agree with; all of them when none alone is it."""
    mine = [one for one in chosen if any(file.path == path for file in one.fix.files)]
    if not _problem(path, mine, repository):
        return {}
    alone = {one.fix.id: _problem(path, [one], repository) for one in mine}
    culprits = {id: reason for id, reason in alone.items() if reason}
    return culprits or dict.fromkeys(alone, "together the fixes of this file read differently to another parser")


def _problem(path: str, chosen: Sequence[_Chosen], repository: Repository) -> str:
    try:
        source, text = _applied(path, chosen, repository)
        operations: list[Operation] = []
        for one in chosen:
            operations += [operation for operation in one.operations(path) if operation not in operations]
        if not operations:
            return ""
        return files.check(chosen[0].provider, source.text, text, operations)
    except CannotEdit as error:
        return str(error)
    except Exception as error:
        return internal_error(error)


def _with_reason(finding: Finding, refused: Mapping[str, str]) -> Finding:
    if isinstance(finding.fix, Fix) and finding.fix.id in refused:
        reason = f"another parser reads the result differently: {refused[finding.fix.id]}"
        return finding._replace(fix=Unfixed(reason))
    return finding


def _changed(path: str, before: Repository, after: Repository) -> Changed:
    old, new = before.source(path), after.source(path)
    assert new is not None
    return Changed(path, None if old is None else encoded(old, old.text), encoded(new, new.text))

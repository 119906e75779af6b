"""Fixes in an audit: remedies asked for, and each checked where all that rests on its files is at hand.

A fix of a file on which no other file's verdict rests is checked where the file is audited, by whichever process does
that; the others are checked at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ci_audit import remedies
from ci_audit.discover import Found
from ci_audit.engine import Auditor, Result, Settings
from ci_audit.findings import Finding, merge
from ci_audit.internal import internal_error
from ci_audit.model import Pipeline
from ci_audit.remedies import Place, Remedy, Request, Skipped
from ci_audit.repository import Repository
from ci_audit.rulebook import Match
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    # Loaded where a fix is checked: a plain scan only asks whether there is one.
    from ci_audit.fix import Outcome


def with_remedies(
    findings: Sequence[Finding],
    matches: Sequence[Sequence[Match]],
    pipeline: Pipeline,
    repository: Repository,
    settings: Settings,
) -> list[Finding]:
    """Ask for the remedy of each finding that counts; `matches` are those that it was made of."""
    done = []
    options = settings.remedies or remedies.Options()
    for finding, group in zip(findings, matches, strict=True):
        card = group[0].rule.remedy
        if card is not None and not finding.suppressed_by:
            request = Request(
                intent=card["intent"],
                ceiling=card["safety"],
                provider=pipeline.provider,
                where=group[0].where,
                places=tuple(Place(match.node, match.context, match.verdict) for match in group),
                repository=repository,
                options=options,
            )
            finding = finding._replace(remedy=_asked(request))
        done.append(finding)
    return done


def _asked(request: Request) -> Remedy | Skipped:
    try:
        return remedies.remedy(request)
    except Exception as error:
        # Without its fix the finding still stands.
        return Skipped(internal_error(error))


def audit(auditor: Auditor, file: Found) -> Result:
    """Audit one file and check the fixes that change nothing but this file."""
    repository = auditor.repository
    repository.reads, reads = set(), repository.reads
    result = auditor.audit_once(file)
    own = frozenset(path for path in repository.reads if path != file.path and path.endswith((".yml", ".yaml")))
    reads |= repository.reads
    repository.reads = reads
    asked = [finding for finding in result.findings if finding.remedy is not None and _is_of(finding, file.path)]
    if not asked:
        return result._replace(reads=own)
    from ci_audit.fix import Outcome, offer

    before = Outcome(result.findings, result.unknown)
    offered = offer(
        asked,
        repository,
        lambda changed, paths: _outcome(auditor.over(changed), [file]),
        lambda path: (file.path,),
        lambda paths: before,
        auditor.safeties,
    )
    findings = tuple(finding._replace(fix=offered.answers.get(finding.key)) for finding in result.findings)
    return result._replace(findings=findings, reads=own)


def _is_of(finding: Finding, path: str) -> bool:
    remedy = finding.remedy
    return finding.path == path and (
        isinstance(remedy, Skipped) or (remedy is not None and all(change.path == path for change in remedy.files))
    )


def complete(
    findings: Sequence[Finding], files: Sequence[Found], results: Sequence[Result], auditor: Auditor
) -> list[Finding]:
    """Check the fixes that concern several files, and those of files on which others rest."""
    users: dict[str, list[int]] = {}
    for number, (file, result) in enumerate(zip(files, results, strict=True)):
        users.setdefault(file.path, []).append(number)
        for path in result.reads:
            users.setdefault(path, []).append(number)
    by_path = {file.path: number for number, file in enumerate(files)}

    def dependents(path: str) -> Sequence[str]:
        return [files[number].path for number in users.get(path, ())]

    def is_shared(finding: Finding) -> bool:
        if not isinstance(finding.remedy, Remedy):
            return finding.fix is None and finding.remedy is not None
        return finding.fix is None or any(len(users.get(change.path, ())) > 1 for change in finding.remedy.files)

    open_findings = [finding for finding in findings if finding.remedy is not None and is_shared(finding)]
    if not open_findings:
        return list(findings)
    from ci_audit.fix import offer

    offered = offer(
        open_findings,
        auditor.repository,
        lambda changed, paths: _outcome(auditor.over(changed), [files[by_path[path]] for path in paths]),
        dependents,
        lambda paths: _together([results[by_path[path]] for path in paths]),
        auditor.safeties,
    )
    keys = {finding.key for finding in open_findings}
    return [
        finding._replace(fix=offered.answers.get(finding.key)) if finding.key in keys else finding
        for finding in findings
    ]


def _together(results: Sequence[Result]) -> Outcome:
    from ci_audit.fix import Outcome

    unknown: Counter[tuple[str, str]] = Counter()
    for result in results:
        unknown.update(result.unknown)
    failed = next((result.failed.message for result in results if result.failed is not None), "")
    return Outcome(tuple(merge(one for result in results for one in result.findings)), unknown, failed)


def _outcome(auditor: Auditor, files: Sequence[Found]) -> Outcome:
    from ci_audit.fix import Outcome

    try:
        return _together([auditor.audit_once(file) for file in files])
    except Exception as error:
        # What a fix makes of a file must not stop the audit of the file as it is.
        return Outcome((), {}, internal_error(error))

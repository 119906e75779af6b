"""From matches to findings: what a rule points at, once for all the jobs and variants that have it."""

from __future__ import annotations

from collections.abc import Mapping

from ci_audit.findings import Finding, Related
from ci_audit.masking import mask
from ci_audit.model import Pipeline
from ci_audit.rulebook import Match, shown


class Group:
    """A finding and what else leads to it: further jobs, variants by the hundred, other evidence."""

    __slots__ = ("_evidence", "_finding", "_related", "_seen", "matches")

    def __init__(self, finding: Finding, match: Match) -> None:
        self.matches = [match]
        self._finding = finding
        self._evidence = match.verdict.evidence
        self._related = finding.related
        job = match.context.job
        self._seen = {(job.name, job.variant): None} if job is not None else {}

    def add(self, match: Match) -> None:
        self.matches.append(match)
        job = match.context.job
        if job is not None:
            self._seen[job.name, job.variant] = None
        if match.verdict.evidence != self._evidence:
            self._related += tuple(_related(match))

    def whole(self, totals: Mapping[str, int]) -> Finding:
        """Give the finding with all that was collected."""
        if len(self._seen) < 2 and self._related is self._finding.related:
            partial = any(totals[name] > 1 for name, _ in self._seen)
            return self._finding._replace(partial=True) if partial else self._finding
        jobs = dict.fromkeys(name for name, _ in self._seen)
        return self._finding._replace(
            jobs=tuple(mask(name) for name in jobs if name),
            variants=tuple(dict.fromkeys(mask(variant) for _, variant in self._seen if variant)),
            related=tuple(dict.fromkeys(self._related)),
            partial=len(self._seen) < sum(totals[name] for name in jobs),
        )


def variant_counts(pipeline: Pipeline) -> dict[str, int]:
    """Count the variants of each job."""
    counts: dict[str, int] = {}
    for job in pipeline.jobs:
        counts[job.name] = counts.get(job.name, 0) + 1
    return counts


def _related(match: Match) -> list[Related]:
    """Give the places of the evidence, and the job when the finding lies in a file that the job only uses."""
    related = [
        Related(
            evidence.where.source.path if evidence.where else "",
            *(evidence.where.source.position(evidence.where.start) if evidence.where else (0, 0)),
            shown(evidence.message),
        )
        for evidence in match.verdict.evidence
        if evidence.message
    ]
    job = match.context.job
    if job is not None:
        caller = job.where.source
        if caller.path != match.where.source.path and all(caller.path != each.path for each in related):
            place = caller.position(job.where.start)
            related.append(Related(caller.path, *place, f"the job `{shown(job.name)}` uses it"))
    return related


def finding_of(match: Match, pipeline: Pipeline) -> Finding:
    """Make the finding of one match."""
    where, verdict, rule = match.where, match.verdict, match.rule
    source = where.source
    start = source.position(where.start)
    end = source.position(where.end)
    job = match.context.job
    command = getattr(match.node, "command", None)
    text = command.shown if command is not None else where.text[:2000]
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=match.severity,
        confidence=verdict.confidence,
        cause=verdict.cause,
        path=source.path,
        start=where.start,
        end=where.end,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        message=match.message,
        provider=pipeline.provider,
        jobs=(mask(job.name),) if job is not None and job.name else (),
        variants=(mask(job.variant),) if job is not None and job.variant else (),
        related=tuple(_related(match)),
        subject=mask(" ".join(text.split())),
    )

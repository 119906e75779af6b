"""The audit of a repository: each file parsed, judged by the rules and put together into one report.

The same findings come out in the same order for any number of processes and any order of files.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping, Sequence

from ci_audit import providers
from ci_audit.discover import Found
from ci_audit.findings import Finding, merge, with_fingerprints
from ci_audit.ignore import Ignores, Unused, extents
from ci_audit.internal import internal_error
from ci_audit.matched import Group, finding_of, variant_counts
from ci_audit.model import Gap, Pipeline
from ci_audit.repository import Repository
from ci_audit.rulebook import Matcher, Rule, names_to_ids
from ci_audit.source import Source, Where
from ci_audit.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ci_audit.remedies import Options

TEMPLATE = "template"
"""The provider of a file that becomes one only when it is rendered."""

SERIAL_BELOW = 64
"""Files from which on more processes are worth it: starting one costs as much as auditing about twenty."""

_GARBAGE = 50_000
"""New objects after which the garbage collector looks for cycles, once the file at hand is done."""

Progress = Callable[[int, int], None]
"""Called with the number of files that are done and of all files."""


class Settings(NamedTuple):
    """What an audit depends on besides the files."""

    rules: tuple[Rule, ...]
    """Those that are on."""
    known: tuple[Rule, ...]
    """All of them: what an ignore comment may name."""
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Patterns as in .gitignore, and the ids that do not count there."""
    exclude: tuple[str, ...] = ()
    """Patterns as in .gitignore."""
    processes: int = 1
    fixes: str = ""
    """What to find out about fixes: nothing, `mark` (whether a remedy answers, unchecked) or `offer` (checked ones)."""
    safeties: tuple[str, ...] = ("safe", "unsafe", "show")
    """The fixes that are tried together."""
    remedies: Options | None = None
    """What the user's settings say to remedies."""


class Failed(NamedTuple):
    """A file that could not be audited through no fault of its own text."""

    path: str
    line: int
    message: str


class Skipped(NamedTuple):
    """A file that was left out, and why."""

    path: str
    reason: str


class Report(NamedTuple):
    """What an audit gives to a reporter; everything is sorted by path and place."""

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    audited: int = 0
    failed: tuple[Failed, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unused: tuple[Unused, ...] = ()
    """Ignore comments that suppress nothing."""
    problems: tuple[str, ...] = ()
    """Ignore comments that cannot work, a line each."""


class Result(NamedTuple):
    """What one file contributes."""

    findings: tuple[Finding, ...] = ()
    failed: Failed | None = None
    skipped: Skipped | None = None
    unused: tuple[Unused, ...] = ()
    problems: tuple[str, ...] = ()
    used: tuple[tuple[str, int, str], ...] = ()
    """Ignores that were of use: path, line and rule; some stand in other files than the one audited."""
    reads: frozenset[str] = frozenset()
    """The YAML files that the verdicts rest on; kept only when fixes are offered."""
    unknown: Mapping[tuple[str, str], int] = {}
    """Installs of which nothing is known, by path and job; counted only when fixes are offered."""


def audit(
    repository: Repository, found: Sequence[Found], settings: Settings, progress: Progress | None = None
) -> Report:
    """Audit the files; one that cannot be read, or on which the tool fails, never stops the others."""
    files, excluded = leave_out(found, settings.exclude)
    results = _results(repository, files, settings, progress)
    findings = merge(finding for result in results for finding in result.findings)
    if settings.fixes == "offer":
        from ci_audit.offers import complete

        findings = complete(findings, files, results, Auditor(repository, settings))
    findings = with_fingerprints(findings)
    if settings.per_file_ignores:
        findings = _per_file(findings, settings)
    used = {place for result in results for place in result.used}
    return Report(
        findings=tuple(finding for finding in findings if not finding.suppressed_by),
        suppressed=tuple(finding for finding in findings if finding.suppressed_by),
        audited=sum(result.failed is None and result.skipped is None for result in results),
        failed=tuple(result.failed for result in results if result.failed is not None),
        skipped=tuple(sorted([result.skipped for result in results if result.skipped is not None] + excluded)),
        unused=tuple(one for result in results for one in result.unused if tuple(one) not in used),
        problems=tuple(dict.fromkeys(problem for result in results for problem in result.problems)),
    )


def leave_out(found: Sequence[Found], patterns: Sequence[str]) -> tuple[list[Found], list[Skipped]]:
    """Part the files by the patterns of `exclude`."""
    if not patterns:
        return list(found), []
    matches = path_matcher(patterns)
    files = [file for file in found if not matches(file.path)]
    return files, [Skipped(file.path, "excluded by the settings") for file in found if matches(file.path)]


def path_matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Give a test of paths by patterns as in .gitignore."""
    from ci_audit.gitignore import IgnoreFile, as_bytes_text

    ignored = IgnoreFile("\n".join(patterns).encode("utf-8", "surrogateescape"))

    def matches(path: str) -> bool:
        path = as_bytes_text(path)
        verdict = False
        at = 0
        while at >= 0:
            at = path.find("/", at + 1)
            part = path if at < 0 else path[:at]
            answer = ignored.ignores(part, part.rpartition("/")[2], at >= 0)
            if answer is not None:
                verdict = answer
            if verdict and at >= 0:
                return True
        return verdict

    return matches


def _per_file(findings: list[Finding], settings: Settings) -> list[Finding]:
    tests = [(path_matcher([pattern]), frozenset(ids), pattern) for pattern, ids in settings.per_file_ignores]

    def judged(finding: Finding) -> Finding:
        if not finding.suppressed_by:
            for matches, ids, pattern in tests:
                if finding.rule in ids and matches(finding.path):
                    return finding._replace(suppressed_by="per-file-ignores", reason=f"`{pattern}` in the settings")
        return finding

    return [judged(finding) for finding in findings]


def _results(
    repository: Repository, files: Sequence[Found], settings: Settings, progress: Progress | None
) -> list[Result]:
    auditor = Auditor(repository, settings)

    def audited(file: Found) -> Result:
        result = auditor.audit(file)
        repository.release(file.path)
        if gc.get_count()[0] > _GARBAGE:
            gc.collect(0)
        return result

    processes = min(settings.processes, len(files) // (SERIAL_BELOW // 2))
    # While a file is audited nearly every new object is in use: to look through them in the midst of it takes a tenth
    # of the time and finds nothing.
    collects = gc.isenabled()
    gc.disable()
    try:
        if processes > 1 and hasattr(os, "fork"):
            from ci_audit.processes import run

            return run(audited, files, processes, progress, _died)
        results = []
        for done, file in enumerate(files, 1):
            results.append(audited(file))
            if progress is not None:
                progress(done, len(files))
        return results
    finally:
        if collects:
            gc.enable()


def _died(file: Found) -> Result:
    return Result(failed=Failed(file.path, 1, "the process that audited it died"))


class Auditor:
    """Audits one file after another under the same settings."""

    def __init__(self, repository: Repository, settings: Settings) -> None:
        self._repository = repository
        self._matcher = Matcher(settings.rules)
        self._ids = names_to_ids(settings.known)
        self._active = frozenset(rule.id for rule in settings.rules)
        self._settings = settings
        self._counts = settings.fixes == "offer"

    def audit(self, file: Found) -> Result:
        """Audit one file; an error of the tool is a result as well."""
        try:
            if self._settings.fixes != "offer":
                return self._audit(file)
            from ci_audit import offers

            return offers.audit(self, file)
        except Exception as error:
            return Result(failed=Failed(file.path, 1, internal_error(error)))

    @property
    def repository(self) -> Repository:
        return self._repository

    @property
    def safeties(self) -> tuple[str, ...]:
        return self._settings.safeties

    def over(self, repository: Repository) -> Auditor:
        """Give an auditor of another snapshot under the same settings, which looks for no fixes."""
        other = object.__new__(Auditor)
        other._repository, other._matcher, other._ids = repository, self._matcher, self._ids
        other._active, other._settings = self._active, self._settings._replace(fixes="")
        other._counts = True
        return other

    def audit_once(self, file: Found) -> Result:
        """Audit one file without looking into its fixes; raises what went wrong."""
        return self._audit(file)

    def _audit(self, file: Found) -> Result:
        source = self._repository.source(file.path)
        if source is None:
            return self._unread(file)
        pipeline = parse(file, source, self._repository)
        ignores = {source.path: Ignores(source, self._ids)}
        groups: dict[tuple[str, str, int, int], Group] = {}
        for match in self._matcher.matches(pipeline, self._repository):
            where = match.where
            key = (match.rule.id, where.source.path, where.start, where.end)
            group = groups.get(key)
            if group is not None:
                group.add(match)
                continue
            finding = finding_of(match, pipeline)
            if where.source.path not in ignores:
                ignores[where.source.path] = Ignores(where.source, self._ids)
            comments = ignores[where.source.path]
            if comments.comments:
                finding = comments.apply(finding, extents(match.node, match.context, where))
            groups[key] = Group(finding, match)
        totals = variant_counts(pipeline)
        own = ignores[source.path]
        findings = [group.whole(totals) for group in groups.values()]
        if self._settings.fixes:
            from ci_audit import offers

            matches = [group.matches for group in groups.values()]
            findings = offers.with_remedies(findings, matches, pipeline, self._repository, self._settings)
        return Result(
            unknown=_unknown(pipeline) if self._counts else {},
            findings=tuple(findings),
            skipped=Skipped(file.path, _TEMPLATE_REASON) if file.provider == TEMPLATE else None,
            unused=tuple(own.unused(self._active)) if own.comments else (),
            problems=tuple(own.problems()) if own.comments else (),
            used=tuple(place for each in ignores.values() for place in each.used()),
        )

    def _unread(self, file: Found) -> Result:
        reason = self._repository.problem(file.path) or "it cannot be read"
        if "larger than" not in reason:
            return Result(failed=Failed(file.path, 1, reason))
        source = Source(file.path, "")
        pipeline = Pipeline(source, file.provider, (), gaps=(Gap(reason, None, ()),))
        matches = self._matcher.matches(pipeline, self._repository)
        return Result(
            findings=tuple(merge(finding_of(match, pipeline) for match in matches)),
            skipped=Skipped(file.path, reason),
        )


def _unknown(pipeline: Pipeline) -> dict[tuple[str, str], int]:
    """Count the installs of which it is not known whether they are cached, by the file's path and the job."""
    from ci_audit.facts.caching import judge

    # Of a file that its host refuses nothing is known, also when the rule that says so is off.
    counts = {(pipeline.source.path, ""): len(pipeline.errors)} if pipeline.errors else {}
    for job in pipeline.jobs:
        for step in job.steps:
            for install in step.installs:
                if judge(install, step, job).cause == "unknown":
                    key = (pipeline.source.path, job.name)
                    counts[key] = counts.get(key, 0) + 1
    return counts


_TEMPLATE_REASON = "it is a template, and what it becomes is not known"


def parse(file: Found, source: Source, repository: Repository) -> Pipeline:
    """Parse a file as its provider does; what the provider refuses is a pipeline without jobs that says so."""
    if file.provider == TEMPLATE:
        return Pipeline(source, "dockerfile", (), gaps=(Gap(_TEMPLATE_REASON, _first_line(source), ()),))
    try:
        return providers.parse(file.provider, source, repository)
    except providers.ParseError as error:
        return Pipeline(source, file.provider, (), errors=((error.offset, error.message),))


def _first_line(source: Source) -> Where:
    """Point at the first line that is not blank and no comment."""
    for number in range(1, len(source.line_starts) + 1):
        span = source.line_span(number)
        text = source.text[span.start : span.end].lstrip()
        if text and not text.startswith("#"):
            return Where(source, span.end - len(text), span.end)
    return Where(source, 0, 0)


def default_processes() -> int:
    """Give the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

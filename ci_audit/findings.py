"""What an audit finds: one value for each place that a rule points at, ready for every reporter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ci_audit.remedies import Remedy, Skipped

try:
    # The C module alone: hashlib loads OpenSSL, which costs a short run 5 ms.
    from _blake2 import blake2b
except ImportError:  # pragma: no cover  an interpreter without the private module
    from hashlib import blake2b

SEVERITIES = ("note", "warning", "error")
"""From the lightest to the heaviest."""

FINGERPRINT_VERSION = 1
"""Raised when what goes into a fingerprint changes, so that old ones are not taken for new."""


class Related(NamedTuple):
    """A further place, and what it has to do with the finding; without a place `path` is empty."""

    path: str
    line: int
    column: int
    message: str


class Replacement(NamedTuple):
    """New text in place of a range of a file: offsets in characters, lines and columns as in a finding."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class FixedFile(NamedTuple):
    """What a fix does to one file: replacements that lie apart, in order; `sha256` is that of the bytes it is for.

    With `create` there is no such file yet, and the only replacement is its text.
    """

    path: str
    create: bool
    sha256: str
    replacements: tuple[Replacement, ...]


class Fix(NamedTuple):
    """A repair that was found to work; findings that share one carry the same id. `show` fixes change no file."""

    id: str
    title: str
    safety: str
    """safe, unsafe or show"""
    reason: str
    """Why it is not safer, or the advice of one that is only shown; may be empty."""
    snippet: str
    files: tuple[FixedFile, ...]


class Unfixed(NamedTuple):
    """Why a finding that a remedy could answer has no fix."""

    reason: str


class Finding(NamedTuple):
    """One place that a rule points at; lines and columns from 1, columns in characters, the end exclusive.

    Every text in it that comes from an audited file has its secrets masked. `suppressed_by` is empty for a finding
    that counts, else what suppresses it: `ignore`, `ignore-file` or `per-file-ignores`.
    """

    rule: str
    name: str
    severity: str
    confidence: str
    cause: str
    path: str
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    provider: str
    jobs: tuple[str, ...]
    variants: tuple[str, ...]
    related: tuple[Related, ...]
    subject: str
    """The normalised command or text that the fingerprint is made of."""
    partial: bool = False
    """Whether other variants of its jobs are without it, so that the variants are worth naming."""
    fingerprint: str = ""
    suppressed_by: str = ""
    reason: str = ""
    """Why it is suppressed, in the words of who did it."""
    remedy: Remedy | Skipped | None = None
    """What could be done, as the remedy says, before it is checked; None when nothing answers or nobody asked."""
    fix: Fix | Unfixed | None = None
    """What was found to work; None when nothing answers or nobody asked."""

    @property
    def fixable(self) -> str:
        """How safe its repair is: that of the fix when fixes were checked, else what the remedy says; "" for none."""
        found = self.remedy if self.fix is None else self.fix
        return getattr(found, "safety", "")

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.rule, self.path, self.start, self.end

    @property
    def order(self) -> tuple[str, int, int, str]:
        return self.path, self.start, self.end, self.rule


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """Make one finding of those with the same rule, file and span, and sort by place.

    Jobs, variants and related places are collected in the order in which they come; everything else is that of the
    first. A finding that counts for one of them counts.
    """
    groups: dict[tuple[str, str, int, int], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.key, []).append(finding)
    merged = [group[0] if len(group) == 1 else _one(group) for group in groups.values()]
    merged.sort(key=lambda finding: finding.order)
    return merged


def _one(group: Sequence[Finding]) -> Finding:
    first = next((finding for finding in group if not finding.suppressed_by), group[0])
    if any(finding.remedy is not None for finding in group):
        from ci_audit.remedies import agreed

        first = first._replace(remedy=agreed(finding.remedy for finding in group), fix=None)
    return first._replace(
        jobs=_collected(finding.jobs for finding in group),
        variants=_collected(finding.variants for finding in group),
        related=_collected(finding.related for finding in group),
    )


def _collected(parts: Iterable[tuple[Related, ...]] | Iterable[tuple[str, ...]]) -> tuple:  # type: ignore[type-arg]
    return tuple(dict.fromkeys(item for part in parts for item in part))


def with_fingerprints(findings: Sequence[Finding]) -> list[Finding]:
    """Give each finding its fingerprint: rule, job, normalised command and ordinal, never the path.

    The findings are merged and sorted. A file that is moved, or in which lines are added, keeps its fingerprints;
    equal ones in several files are told apart by counting them.
    """
    seen: dict[tuple[str, str, str, str], int] = {}
    done = []
    for finding in findings:
        job = finding.jobs[0] if finding.jobs else ""
        key = (finding.path, finding.rule, job, finding.subject)
        ordinal = seen[key] = seen.get(key, -1) + 1
        text = "\0".join((str(FINGERPRINT_VERSION), finding.rule, job, finding.subject, str(ordinal)))
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        done.append(finding._replace(fingerprint=digest))
    return done

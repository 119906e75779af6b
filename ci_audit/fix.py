"""Fixes: remedies turned into edits, tried together, and kept only when the audit of the result agrees.

A fix is accepted when, with all others of its files, every finding that it answers is gone, nothing new is found and no
install has become one of which nothing is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b, sha256

from ci_audit.editing import CannotEdit, Edit, apply, join
from ci_audit.findings import Finding, Fix, FixedFile, Replacement, Unfixed
from ci_audit.internal import internal_error
from ci_audit.remedies import FileChange, Remedy, Skipped, agreed
from ci_audit.repository import Repository
from ci_audit.source import Source
from ci_audit.typed import NamedTuple

PINNING_OF_ACTIONS = "CIA304"
"""The rule that may find the steps which a fix writes: they are pinned as the others of the file are."""


class Outcome(NamedTuple):
    """What the audit of some files says, to compare before with after."""

    findings: tuple[Finding, ...]
    """Suppressed ones among them."""
    unknown: Mapping[tuple[str, str], int]
    """Installs of which nothing is known, by the path of the file that was audited and the job."""
    failed: str = ""
    """Why some file could not be audited at all, else empty."""


Auditor = Callable[[Repository, Sequence[str]], Outcome]
"""Audits files, given by path, in a snapshot."""

Dependents = Callable[[str], Sequence[str]]
"""Gives the audited files whose verdicts rest on a file, itself among them when it is audited."""


class Candidate(NamedTuple):
    """A remedy, the findings that it answers and the edits that carry it out."""

    id: str
    remedy: Remedy
    provider: str
    findings: tuple[Finding, ...]
    edits: tuple[tuple[str, tuple[Edit, ...]], ...]
    """By path; of a new file its text as the only edit."""

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for path, _ in self.edits)


class Offered(NamedTuple):
    """What came of the remedies of some findings."""

    answers: dict[tuple[str, str, int, int], Fix | Unfixed]
    """By the key of the finding."""
    accepted: tuple[Candidate, ...]


def identity(remedy: Remedy) -> str:
    """Name a remedy by what it does: equal ones are one fix."""
    text = repr((remedy.title, remedy.files, remedy.snippet))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def offer(
    findings: Sequence[Finding],
    repository: Repository,
    audit: Auditor,
    dependents: Dependents,
    before: Callable[[Sequence[str]], Outcome],
    safeties: Sequence[str] = ("safe", "unsafe", "show"),
) -> Offered:
    """Check the remedies of findings; those of another safety are left alone."""
    answers: dict[tuple[str, str, int, int], Fix | Unfixed] = {}
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if isinstance(finding.remedy, Skipped):
            answers[finding.key] = Unfixed(finding.remedy.reason)
        elif finding.remedy is not None:
            groups.setdefault(identity(finding.remedy), []).append(finding)
    candidates = []
    for id, group in groups.items():
        remedy = agreed(finding.remedy for finding in group)
        if not isinstance(remedy, Remedy) or remedy.safety not in safeties:
            continue
        candidate = _candidate(id, remedy, group, repository)
        if isinstance(candidate, Candidate):
            candidates.append(candidate)
        else:
            answers.update((finding.key, candidate) for finding in group)
    accepted: list[Candidate] = []
    for component in _components(candidates, dependents):
        paths = sorted({path for candidate in component for one in candidate.paths for path in dependents(one)})
        taken, refused = _Trial(repository, audit, before(paths), paths).settle(component)
        accepted += taken
        for candidate, reason in refused:
            answers.update((finding.key, Unfixed(reason)) for finding in candidate.findings)
    for candidate in accepted:
        fix = _fix(candidate, repository)
        answers.update((finding.key, fix) for finding in candidate.findings)
    return Offered(answers, tuple(accepted))


def _candidate(id: str, remedy: Remedy, group: Sequence[Finding], repository: Repository) -> Candidate | Unfixed:
    provider = group[0].provider
    try:
        edits = tuple((change.path, _edits(change, provider, repository)) for change in remedy.files)
    except CannotEdit as error:
        return Unfixed(str(error))
    except Exception as error:
        return Unfixed(internal_error(error))
    return Candidate(id, remedy, provider, tuple(group), edits)


def _edits(change: FileChange, provider: str, repository: Repository) -> tuple[Edit, ...]:
    source = repository.source(change.path)
    if change.create is not None:
        if source is not None or repository.exists(change.path):
            raise CannotEdit(f"there is a `{change.path}` already")
        return (Edit(0, 0, change.create),)
    if source is None:
        raise CannotEdit(f"`{change.path}` cannot be read")
    if source.lossy:
        raise CannotEdit(f"`{change.path}` is not valid UTF-8")
    from ci_audit.editing import files

    return files.edits(provider, source, change.operations)


def _components(candidates: Sequence[Candidate], dependents: Dependents) -> list[list[Candidate]]:
    """Group the candidates that touch, or are judged in, the same files; each is checked on its own."""
    parents: dict[str, str] = {}

    def root(path: str) -> str:
        while parents.setdefault(path, path) != path:
            path = parents[path]
        return path

    for candidate in candidates:
        touched = {place for path in candidate.paths for place in (path, *dependents(path))}
        first, *others = touched or {""}
        for other in others:
            parents[root(other)] = root(first)
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(root(candidate.paths[0]) if candidate.paths else "", []).append(candidate)
    return list(groups.values())


class _Trial:
    """Tries candidates that belong together."""

    def __init__(self, repository: Repository, audit: Auditor, before: Outcome, paths: Sequence[str]) -> None:
        self._repository = repository
        self._audit = audit
        self._before = before
        self._paths = paths

    def settle(self, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
        """Part the candidates into those that work together and those that do not, with the reason."""
        taken: list[Candidate] = []
        refused: list[tuple[Candidate, str]] = []
        parts = [list(candidates)]
        while parts:
            part = parts.pop(0)
            reason = self._problem([*taken, *part])
            if not reason:
                taken += part
            elif len(part) == 1:
                refused.append((part[0], reason))
            else:
                middle = len(part) // 2
                parts[:0] = [part[:middle], part[middle:]]
        return taken, refused

    def _problem(self, candidates: Sequence[Candidate]) -> str:
        """Say what speaks against these candidates together; empty when nothing does."""
        if all(not candidate.edits for candidate in candidates):
            return ""
        try:
            texts, written = texts_of(candidates, self._repository)
        except CannotEdit as error:
            return str(error)
        try:
            after = self._audit(self._repository.overlaid(texts), self._paths)
        except CannotEdit as error:
            return str(error)
        return _difference(self._before, after, candidates, written)


def texts_of(
    candidates: Sequence[Candidate], repository: Repository
) -> tuple[dict[str, bytes], dict[str, list[tuple[int, int]]]]:
    """Give the new contents of the files that candidates change, and the ranges that they write there.

    Raises CannotEdit when two of them change the same place.
    """
    by_path: dict[str, list[tuple[Edit, ...]]] = {}
    for candidate in candidates:
        for path, edits in candidate.edits:
            by_path.setdefault(path, []).append(edits)
    texts: dict[str, bytes] = {}
    written: dict[str, list[tuple[int, int]]] = {}
    for path, groups in by_path.items():
        edits, left_out = join(groups)
        if left_out:
            raise CannotEdit("another fix changes the same place; run again after that one")
        source = repository.source(path) or Source(path, "")
        texts[path] = encoded(source, apply(source.text, edits))
        ranges = written[path] = []
        shift = 0
        for edit in edits:
            ranges.append((edit.start + shift, edit.start + shift + len(edit.text)))
            shift += len(edit.text) - (edit.end - edit.start)
    return texts, written


def encoded(source: Source, text: str) -> bytes:
    """Encode a text as the file is: with its byte order mark, where it has one."""
    return (b"\xef\xbb\xbf" if source.bom else b"") + text.encode("utf-8")


_Place = tuple[str, str, str]


def _places(findings: Iterable[Finding]) -> Counter[_Place]:
    return Counter((finding.rule, finding.path, job) for finding in findings for job in finding.jobs or ("",))


def _difference(
    before: Outcome, after: Outcome, candidates: Sequence[Candidate], written: Mapping[str, Sequence[tuple[int, int]]]
) -> str:
    """Say what is wrong with the result; empty when the findings are gone and nothing new is there."""
    if after.failed:
        return f"the changed file could not be audited: {after.failed}"
    answered = {finding.key: finding for candidate in candidates if candidate.edits for finding in candidate.findings}
    allowed = _places(before.findings)
    allowed.subtract(_places(answered.values()))
    counted = [finding for finding in after.findings if not _of_a_written_step(finding, written)]
    for place, count in _places(counted).items():
        if count > allowed[place]:
            finding = next(one for one in counted if (one.rule, one.path) == place[:2] and place[2] in (*one.jobs, ""))
            if any(place[0] == one.rule and place[1] == one.path for one in answered.values()):
                return f"it would not help: {finding.message}"
            return f"{finding.rule} would be found instead: {finding.message}"
    for key, number in after.unknown.items():
        if number > before.unknown.get(key, 0):
            return "it could not be told any more whether the downloads are kept"
    return ""


def _of_a_written_step(finding: Finding, written: Mapping[str, Sequence[tuple[int, int]]]) -> bool:
    return finding.rule == PINNING_OF_ACTIONS and any(
        start <= finding.start and finding.end <= end for start, end in written.get(finding.path, ())
    )


def _fix(candidate: Candidate, repository: Repository) -> Fix:
    files = []
    for path, edits in candidate.edits:
        source = repository.source(path)
        create = source is None
        if source is None:
            source = Source(path, "")
        digest = "" if create else sha256(encoded(source, source.text)).hexdigest()
        replacements = tuple(_replacement(source, edit) for edit in edits)
        files.append(FixedFile(path, create, digest, replacements))
    remedy = candidate.remedy
    return Fix(candidate.id, remedy.title, remedy.safety, remedy.reason, remedy.snippet, tuple(files))


def _replacement(source: Source, edit: Edit) -> Replacement:
    start, end = source.position(edit.start), source.position(edit.end)
    return Replacement(edit.start, edit.end, start.line, start.column, end.line, end.column, edit.text)

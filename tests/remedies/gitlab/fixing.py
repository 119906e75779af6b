"""Files with their fixes carried out, as the tests of the YAML providers need them."""

from collections.abc import Mapping
from textwrap import dedent

from ci_audit import engine, rulebook
from ci_audit.discover import Found, provider_of
from ci_audit.editing import Edit, Operation, apply, files
from ci_audit.findings import Finding, Fix, Unfixed
from ci_audit.remedies import Remedy
from ci_audit.repository import MemoryReader, Repository
from ci_audit.typed import NamedTuple

RULES = tuple(rule for rule in rulebook.load() if rule.id in ("CIA101", "CIA103", "CIA104", "CIA106", "CIA107"))


class Fixed(NamedTuple):
    """What became of the findings: new texts by path, and for each finding its safety with the reason."""

    texts: dict[str, str]
    answers: list[tuple[str, str, str]]
    """Rule, then `safe`, `unsafe` or `skipped`, then the reason."""

    @property
    def safeties(self) -> list[str]:
        return [safety for _, safety, _ in self.answers]

    @property
    def reasons(self) -> list[str]:
        return [reason for _, _, reason in self.answers]


def plain(text: str) -> str:
    return dedent(text).lstrip("\n")


def fix(texts: Mapping[str, str]) -> Fixed:
    """Carry out all fixes that are offered; the result is checked by the other parser, and a second run is idle."""
    repository = Repository("", MemoryReader(dict(texts)))
    findings = _audit(repository, texts)
    edits: dict[str, dict[Edit, None]] = {}
    operations: dict[str, list[Operation]] = {}
    for finding in findings:
        if not isinstance(finding.fix, Fix):
            continue
        for file in finding.fix.files:
            new = [Edit(one.start, one.end, one.text) for one in file.replacements]
            edits.setdefault(file.path, {}).update(dict.fromkeys(new))
        assert isinstance(finding.remedy, Remedy)
        for change in finding.remedy.files:
            known = operations.setdefault(change.path, [])
            known += [operation for operation in change.operations if operation not in known]
    done = dict(texts)
    for path, changes in edits.items():
        done[path] = apply(texts[path], tuple(changes))
        assert files.check(_provider(path), texts[path], done[path], operations[path]) == ""
    again = _audit(Repository("", MemoryReader(done)), done)
    fixed = {finding.rule for finding in findings if isinstance(finding.fix, Fix)}
    unfixed = {finding.rule for finding in findings if not isinstance(finding.fix, Fix)}
    assert not [finding for finding in again if isinstance(finding.fix, Fix)]
    assert not [finding for finding in again if finding.rule in fixed - unfixed]
    return Fixed(done, [_answer(finding) for finding in findings])


def _provider(path: str) -> str:
    provider = provider_of(path)
    assert provider is not None
    return provider


def _audit(repository: Repository, texts: Mapping[str, str]) -> tuple[Finding, ...]:
    found = [Found(path, provider) for path in sorted(texts) if (provider := provider_of(path)) is not None]
    report = engine.audit(repository, found, engine.Settings(rules=RULES, known=RULES, fixes="offer"))
    assert not report.failed
    return report.findings


def _answer(finding: Finding) -> tuple[str, str, str]:
    answer = finding.fix
    if isinstance(answer, Fix):
        return finding.rule, answer.safety, answer.reason
    assert isinstance(answer, Unfixed)
    return finding.rule, "skipped", answer.reason


def gitlab(text: str, also: Mapping[str, str] | None = None) -> tuple[str, Fixed]:
    """Fix a `.gitlab-ci.yml`, and give its new text with the rest."""
    more = {path: plain(one) for path, one in (also or {}).items()}
    done = fix({".gitlab-ci.yml": plain(text), **more})
    return done.texts[".gitlab-ci.yml"], done


def travis(text: str, also: Mapping[str, str] | None = None) -> tuple[str, Fixed]:
    """Fix a `.travis.yml`, and give its new text with the rest."""
    more = {path: plain(one) for path, one in (also or {}).items()}
    done = fix({".travis.yml": plain(text), **more})
    return done.texts[".travis.yml"], done

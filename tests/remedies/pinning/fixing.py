"""Repositories whose references are pinned, to look at what comes out."""

from typing import NamedTuple

from ci_audit.discover import Found, provider_of
from ci_audit.engine import Settings
from ci_audit.findings import Finding, Fix, Unfixed
from ci_audit.pins.mapping import Mapped, checked
from ci_audit.readers import MemoryReader
from ci_audit.remedies import Options, Pins
from ci_audit.repair import repair
from ci_audit.repository import Repository
from ci_audit.rulebook import load

CI = ".github/workflows/ci.yml"
KNOWN = load()
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "76543210fedcba9876543210fedcba9876543210"
DIGEST = "sha256:" + "0123456789abcdef" * 4


class Result(NamedTuple):
    """What a repair made of a repository."""

    texts: dict[str, str]
    findings: tuple[Finding, ...]
    """Those that are left."""
    reasons: list[str]
    """Why what is left has no fix."""
    fixes: list[Fix]


def repaired(files: dict[str, str], *rules: str, pins: dict[str, str] | Pins | None = None) -> Result:
    """Apply the fixes of some rules, safe or not."""
    repository = Repository("", MemoryReader(dict(files)))
    found = [
        Found(path, provider_of(path) or "")
        for path in sorted(files)
        if provider_of(path) and not path.endswith("action.yml")
    ]
    chosen = tuple(rule for rule in KNOWN if rule.id in rules)
    options = Options(pins=Mapped(checked(pins, "pins")) if isinstance(pins, dict) else pins)
    settings = Settings(chosen, KNOWN, safeties=("safe", "unsafe"), remedies=options)
    done = repair(repository, found, settings, lambda path: True)
    assert done.report.failed == ()
    return Result(
        {change.path: change.new.decode() for change in done.changed},
        done.report.findings,
        [finding.fix.reason for finding in done.report.findings if isinstance(finding.fix, Unfixed)],
        [finding.fix for finding in done.fixed if isinstance(finding.fix, Fix)],
    )


def steps(*lines: str) -> str:
    """Write a workflow of one job with these steps."""
    head = "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n"
    return head + "".join(f"      {line}\n" for line in lines)

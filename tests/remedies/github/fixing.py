"""Workflows that are repaired, to look at what comes out."""

from typing import NamedTuple

from ci_audit.discover import Found
from ci_audit.engine import Settings
from ci_audit.findings import Fix, Unfixed
from ci_audit.readers import MemoryReader
from ci_audit.repair import repair
from ci_audit.repository import Repository
from ci_audit.rulebook import load

CI = ".github/workflows/ci.yml"
RULES = tuple(rule for rule in load() if rule.family == "caching")

REQUIREMENTS = {"requirements.txt": "requests==2.32.3\n"}
PROJECT = {"pyproject.toml": '[project]\nname = "demo"\nversion = "1"\n'}


class Result(NamedTuple):
    """What a repair made of a repository."""

    texts: dict[str, str]
    safeties: set[str]
    reasons: set[str]
    """Why fixes are not safe, and why findings have none."""
    fixes: set[str]
    """The ids of the fixes that were carried out."""

    @property
    def text(self) -> str:
        """The workflow; empty when it was left alone."""
        return self.texts.get(CI, "")


def repaired(text: str, others: dict[str, str] | None = None) -> Result:
    """Repair a workflow that stands beside other files."""
    return repaired_files({CI: text, **(others or {})})


def repaired_files(files: dict[str, str], *, safe_only: bool = False) -> Result:
    repository = Repository("", MemoryReader(dict(files)))
    found = [Found(path, "github") for path in sorted(files) if path.startswith(".github/workflows/")]
    safeties = ("safe",) if safe_only else ("safe", "unsafe")
    done = repair(repository, found, Settings(RULES, RULES, safeties=safeties), lambda path: True)
    fixes = [finding.fix for finding in done.fixed if isinstance(finding.fix, Fix)]
    left = [finding.fix.reason for finding in done.report.findings if isinstance(finding.fix, Unfixed)]
    return Result(
        {change.path: change.new.decode() for change in done.changed},
        {fix.safety for fix in fixes},
        {reason for reason in [*(fix.reason for fix in fixes), *left] if reason},
        {fix.id for fix in fixes},
    )


def job(*steps: str, head: str = "", on: str = "push", runs_on: str = "ubuntu-24.04") -> str:
    """Write a workflow of one job; each step is one or more lines without their indentation."""
    lines = [f"on: {on}", "jobs:", "  test:", f"    runs-on: {runs_on}"]
    lines += [f"    {line}" for line in head.splitlines()]
    lines.append("    steps:")
    for step in steps:
        first, *rest = step.splitlines()
        lines += [f"      - {first}", *(f"        {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def python(version: str = "v5", **inputs: str) -> str:
    """Write a setup-python step."""
    given = {"python-version": '"3.12"', **{name.replace("_", "-"): value for name, value in inputs.items()}}
    lines = [f"  {name}: {value}" for name, value in given.items() if value]
    return "\n".join([f"uses: actions/setup-python@{version}", *(["with:", *lines] if lines else [])])


CHECKOUT = "uses: actions/checkout@v4"

"""The commands that compile a requirements file."""

import pytest

from ci_audit.discover import Found
from ci_audit.engine import Settings, audit
from ci_audit.findings import Fix
from ci_audit.readers import MemoryReader
from ci_audit.repository import Repository
from ci_audit.rulebook import load
from tests.remedies.pinning.fixing import CI, repaired, steps

KNOWN = load()


def snippet(command: str, files: dict[str, str]) -> str:
    repository = Repository("", MemoryReader({CI: steps(f"- run: {command}"), **files}))
    chosen = tuple(rule for rule in KNOWN if rule.id == "CIA302")
    report = audit(repository, [Found(CI, "github")], Settings(chosen, KNOWN, fixes="offer"))
    fixes = [finding.fix for finding in report.findings]
    assert len(fixes) == 1
    assert isinstance(fixes[0], Fix)
    assert (fixes[0].safety, fixes[0].files) == ("show", ())
    return fixes[0].snippet


@pytest.mark.parametrize(
    ("command", "files", "shown"),
    [
        (
            "pip install -r requirements.txt",
            {"requirements.txt": "flask\n"},
            "git mv requirements.txt requirements.in\npip-compile requirements.in -o requirements.txt\n",
        ),
        (
            "uv pip install -r requirements.txt",
            {"requirements.txt": "flask\n", "requirements.in": "flask\n"},
            "uv pip compile requirements.in -o requirements.txt\n",
        ),
        (
            "pip install -r 'my reqs/dev.in'",
            {"my reqs/dev.in": "flask\n"},
            "pip-compile 'my reqs/dev.in' -o 'my reqs/dev.txt'\n",
        ),
    ],
)
def test_the_commands(command: str, files: dict[str, str], shown: str) -> None:
    assert snippet(command, files) == shown


def test_nothing_is_written() -> None:
    files = {CI: steps("- run: pip install -r requirements.txt"), "requirements.txt": "flask\n"}
    assert repaired(files, "CIA302").texts == {}

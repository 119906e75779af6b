"""What a key of a cache does from run to run, in words."""

import pytest

from ci_audit.discover import Found
from ci_audit.engine import Settings, audit
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import load

WORKFLOW = ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (
            "pip-${{ hashFiles('setup.py') }}",
            "its `hashFiles` matches no file, so it never changes with what is installed",
        ),
        ("pip", "it never changes with what is installed"),
    ],
)
def test_why_a_key_is_frozen(key: str, reason: str) -> None:
    text = (
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - uses: actions/cache@v4\n"
        f"        with:\n          path: ~/.cache/pip\n          key: {key}\n      - run: pip install a==1\n"
    )
    known = load()
    rules = tuple(rule for rule in known if rule.id == "CIA105")
    repository = Repository("", MemoryReader({WORKFLOW: text}))
    (finding,) = audit(repository, [Found(WORKFLOW, "github")], Settings(rules, known)).findings
    assert f" for ever: {reason}, and an entry" in finding.message

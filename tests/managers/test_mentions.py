"""Which scripts need not be read."""

import pytest

from ci_audit.managers.mentions import matters
from ci_audit.model import Setting


@pytest.mark.parametrize(
    "script",
    [
        "pip install flask",
        "/usr/bin/pip3.12 install flask",
        "python -m pip install flask",
        "python -Im build",
        "apt-get update",
        "dnf5 install gcc",
        "pre-commit run",
        "python setup.py sdist upload",
        "release-it",
        "rm -rf ~/.cache",
        "echo A=b >> $GITHUB_ENV",
    ],
)
def test_a_script_that_names_a_program(script: str) -> None:
    assert matters(script, {})


@pytest.mark.parametrize(
    "script",
    ["make", "for part in release setup pre; do echo $part; done", "make build", "remove it", "pipeline", "$UNSET x"],
)
def test_a_script_that_names_none(script: str) -> None:
    assert not matters(script, {})


def test_a_variable_may_name_it() -> None:
    env = {"TOOL": Setting("TOOL", "pip"), "OTHER": Setting("OTHER", "make")}
    assert matters("$TOOL install flask", env)
    assert not matters("$OTHER install flask", env)
    assert not matters("TOOL install flask", env)

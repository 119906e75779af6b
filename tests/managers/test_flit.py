"""Flit and pip-tools, which have pip do the work."""

import pytest

from ci_audit.model import UNKNOWN

FILES = {"pyproject.toml": "", "requirements.txt": "", "docs/requirements.txt": ""}
PIP = ["/home/runner/.cache/pip"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flit install", {"manager": "flit", "network": True, "to": PIP, "files": [("pyproject.toml", "project")]}),
        ("python3 -m flit install --symlink --deps develop", {"network": True, "to": PIP}),
        ("flit -f docs/flit.toml install", {"files": [("docs/flit.toml", "project")]}),
        ("flit install --python .venv/bin/python", {"environments": ["$WORKSPACE/.venv"]}),
        ("flit install --deps none", {"network": False}),
        ("flit install --help", {"network": False}),
        (
            "pip-sync",
            {"manager": "pip-tools", "network": True, "to": PIP, "files": [("requirements.txt", "requirements")]},
        ),
        ("pip-sync docs/requirements.txt", {"files": [("docs/requirements.txt", "requirements")]}),
        ("python -m piptools sync docs/requirements.txt", {"files": [("docs/requirements.txt", "requirements")]}),
        ("pip-sync --pip-args '--no-cache-dir'", {"off": True}),
        ("pip-sync -i https://i.example/simple", {"index": "https://i.example/simple"}),
        ("pip-sync --no-index", {"network": False}),
        ("pip-sync --dry-run", {"network": None}),
        ("pip-compile requirements.in", {"verb": "compile", "network": None, "files": []}),
        ("python -m piptools compile", {"verb": "compile", "network": None}),
    ],
)
def test_installs(looks, line, expected):
    looks(line, expected, files=FILES)


def test_variables_of_pip_count(looks):
    for line in ("flit install", "pip-sync"):
        looks(line, {"to": ["/c"], "off": True}, env={"PIP_CACHE_DIR": "/c", "PIP_NO_CACHE_DIR": "1"})


@pytest.mark.parametrize("line", ["flit build", "flit publish", "flit", "python -m piptools --help", f"{UNKNOWN} sync"])
def test_what_installs_nothing(reads, line):
    assert reads(line) == []

"""pre-commit and prek: one directory for all hooks, if any hook needs an environment."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

REMOTE = "repos:\n  - repo: https://h.example/hooks\n    rev: v1\n    hooks:\n      - id: a\n"
SYSTEM = "repos:\n- repo: local\n  hooks:\n  - id: a\n    language: system\n- repo: meta\n  hooks: [{id: identity}]\n"
LOCAL_PYTHON = "repos:\n- repo: local\n  hooks:\n  - id: a\n    language: python\n"
NAME = ".pre-commit-config.yaml"


@pytest.mark.parametrize(
    ("line", "config", "network"),
    [
        ("pre-commit run --all-files", REMOTE, True),
        ("pre-commit run -a", SYSTEM, False),
        ("pre-commit run -a", LOCAL_PYTHON, True),
        ("pre-commit run -a", None, None),
        ("pre-commit install --install-hooks", REMOTE, True),
        ("pre-commit install-hooks", REMOTE, True),
        ("pre-commit try-repo https://h.example/x", None, True),
        ("pre-commit autoupdate", REMOTE, None),
        ("pre-commit run --help", REMOTE, False),
        ("python -m pre_commit run", REMOTE, True),
        ("prek run -a", REMOTE, True),
        ("prek", REMOTE, True),
    ],
)
def test_network(looks, line, config, network):
    looks(line, {"network": network}, files={NAME: config} if config else {})


def test_a_named_configuration(looks):
    looks(
        "pre-commit run -c ci/hooks.yaml",
        {"network": False, "files": [("ci/hooks.yaml", "project")]},
        files={"ci/hooks.yaml": SYSTEM},
    )


@pytest.mark.parametrize(
    ("line", "env", "os", "expected"),
    [
        ("pre-commit run", {}, "linux", "/home/runner/.cache/pre-commit"),
        ("pre-commit run", {}, "macos", "/Users/runner/.cache/pre-commit"),
        ("pre-commit run", {}, "windows", "C:/Users/runneradmin/.cache/pre-commit"),
        ("pre-commit run", {}, "", "~/.cache/pre-commit"),
        ("pre-commit run", {"XDG_CACHE_HOME": "/x"}, "macos", "/x/pre-commit"),
        ("pre-commit run", {"PRE_COMMIT_HOME": "/p", "XDG_CACHE_HOME": "/x"}, "linux", "/p"),
        ("pre-commit run", {"PRE_COMMIT_HOME": "~/p"}, "linux", f"{UNKNOWN}/p"),
        ("prek run", {}, "linux", "/home/runner/.cache/prek"),
        ("prek run", {}, "windows", "C:/Users/runneradmin/AppData/Local/prek"),
        ("prek run", {"PREK_HOME": "/k"}, "linux", "/k"),
    ],
)
def test_directory(keeps, line, env, os, expected):
    assert keeps(line, env=env, os=os) == [expected]


@pytest.mark.parametrize(("line", "manager"), [("pre-commit clean", "pre-commit"), ("prek cache clean", "prek")])
def test_cleanup(reads, line, manager):
    (found,) = reads(line)
    assert isinstance(found, Cleanup)
    assert found.managers == (manager,)

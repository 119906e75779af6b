"""Pipenv: its own download directory, which it names to pip."""

import pytest

from ci_audit.model import Cleanup

PROJECT = {"Pipfile": "[[source]]\nurl = 'https://u:p@i.example/simple'\n", "Pipfile.lock": "{}"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pipenv install --dev", {"network": True, "locked": True, "to": ["/home/runner/.cache/pipenv"]}),
        ("pipenv sync", {"verb": "sync", "index": "https://***@i.example/simple"}),
        ("pipenv install a b==1", {"pins": {"a": False, "b": True}}),
        (
            "pipenv install -r r.txt",
            {"files": [("Pipfile", "project"), ("Pipfile.lock", "lock"), ("r.txt", "requirements")]},
        ),
        ("pipenv install -e .", {"pins": {}}),
        ("pipenv install --system --deploy", {"environments": []}),
        ("pipenv lock", {"environments": []}),
        ("pipenv update --outdated", {"network": None}),
        ("python -m pipenv install", {"verb": "install"}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected, files=PROJECT)


@pytest.mark.parametrize(
    ("env", "os", "expected"),
    [
        ({"PIPENV_CACHE_DIR": "/p"}, "linux", "/p"),
        ({"PIP_CACHE_DIR": "/c"}, "linux", "/home/runner/.cache/pipenv"),
        ({}, "windows", "C:/Users/runneradmin/AppData/Local/pipenv/pipenv/Cache"),
        ({}, "macos", "/Users/runner/Library/Caches/pipenv"),
    ],
)
def test_directory(keeps, env, os, expected):
    assert keeps("pipenv install", env=env, os=os) == [expected]


@pytest.mark.parametrize(
    ("env", "os", "environments"),
    [
        ({}, "linux", ["$WORKSPACE/.venv", "/home/runner/.local/share/virtualenvs"]),
        ({}, "windows", ["$WORKSPACE/.venv", "C:/Users/runneradmin/.virtualenvs"]),
        ({"WORKON_HOME": "/w"}, "linux", ["$WORKSPACE/.venv", "/w"]),
        ({"PIPENV_VENV_IN_PROJECT": "1"}, "linux", ["$WORKSPACE/.venv"]),
        ({"PIPENV_VENV_IN_PROJECT": "0"}, "linux", ["$WORKSPACE/.venv", "/home/runner/.local/share/virtualenvs"]),
    ],
)
def test_environments(looks, env, os, environments):
    looks("pipenv install", {"environments": environments}, env=env, os=os, files=PROJECT)


def test_switch_and_index(looks):
    looks("pipenv install", {"off": True}, env={"PIP_NO_CACHE_DIR": "0"})
    looks("pipenv install", {"off": False}, user="root", home="/h", owner="1001")
    looks("pipenv install", {"index": "https://m.example"}, env={"PIPENV_PYPI_MIRROR": "https://m.example"})
    looks("pipenv install", {"index": "PyPI", "locked": False})


def test_cleanup(reads):
    assert [one.managers for one in reads("pipenv --clear") if isinstance(one, Cleanup)] == [("pipenv", "pip")]

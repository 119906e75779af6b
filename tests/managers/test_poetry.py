"""Poetry: two directories for downloads, an environment that may lie in the project."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

PROJECT = {"pyproject.toml": "[tool.poetry]\nname = 'a'\n", "poetry.lock": ""}
LINUX = "/home/runner/.cache/pypoetry"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("poetry install", {"network": True, "verb": "install", "locked": True, "index": "PyPI"}),
        ("poetry install --no-root --with dev", {"network": True, "pins": {}}),
        ("poetry -n install", {"verb": "install"}),
        ("poetry -C . sync", {"verb": "sync"}),
        ("poetry add a b@^1 c==2", {"pins": {"a": False, "b": False, "c": True}}),
        ("poetry update", {"network": True}),
        ("poetry lock --no-update", {"network": True, "environments": []}),
        ("poetry self add plugin", {"verb": "self add", "pins": {"plugin": False}, "locked": None, "environments": []}),
        ("poetry install --only-root", {"network": False}),
        ("poetry install --dry-run", {"network": None}),
        ("poetry install --help", {"network": False}),
        ("poetry install --no-cache", {"off": True}),
        ("poetry --no-cache install", {"off": True}),
        ("python -m poetry install", {"verb": "install"}),
        ("/opt/poetry/bin/poetry install", {"verb": "install"}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected, files=PROJECT)


@pytest.mark.parametrize(
    ("env", "os", "base"),
    [
        ({}, "linux", LINUX),
        ({}, "macos", "/Users/runner/Library/Caches/pypoetry"),
        ({}, "windows", "C:/Users/runneradmin/AppData/Local/pypoetry/Cache"),
        ({}, "", f"{UNKNOWN}/pypoetry"),
        ({"POETRY_CACHE_DIR": "$WORKSPACE/.cache"}, "linux", "$WORKSPACE/.cache"),
        ({"POETRY_CACHE_DIR": "~/p"}, "linux", "/home/runner/p"),
        ({"XDG_CACHE_HOME": "/x"}, "linux", "/x/pypoetry"),
    ],
)
def test_directories(keeps, env, os, base):
    assert keeps("poetry install", env=env, os=os) == [f"{base}/cache", f"{base}/artifacts"]


def test_directory_by_configuration(keeps):
    files = PROJECT | {"poetry.toml": "cache-dir = '/p'\n"}
    assert keeps("poetry install", files=files) == ["/p/cache", "/p/artifacts"]


@pytest.mark.parametrize(
    ("env", "environments"),
    [
        ({}, ["$WORKSPACE/.venv", f"{LINUX}/virtualenvs"]),
        ({"POETRY_VIRTUALENVS_IN_PROJECT": "true"}, ["$WORKSPACE/.venv"]),
        ({"POETRY_VIRTUALENVS_PATH": "/v"}, ["$WORKSPACE/.venv", "/v"]),
        ({"VIRTUAL_ENV": "/a"}, ["/a", "$WORKSPACE/.venv", f"{LINUX}/virtualenvs"]),
    ],
)
def test_environments(looks, env, environments):
    looks("poetry install", {"environments": environments}, env=env, files=PROJECT)


def test_project_elsewhere(looks):
    files = {"sub/pyproject.toml": "[tool.poetry]\n", "sub/poetry.lock": ""}
    expected = {
        "locked": True,
        "files": [("sub/pyproject.toml", "project"), ("sub/poetry.lock", "lock")],
        "environments": ["$WORKSPACE/sub/.venv", f"{LINUX}/virtualenvs"],
    }
    looks("poetry -C sub install", expected, files=files)
    looks("cd sub && poetry install", expected, files=files)
    looks("poetry install", {"locked": None, "files": []}, cwd="/app")
    looks("poetry install", {"locked": False}, files={"pyproject.toml": ""})


@pytest.mark.parametrize(
    ("source", "index"),
    [
        ("name = 'm'\nurl = 'https://u:p@m.example/simple'", "https://***@m.example/simple"),
        ("name = 'm'\nurl = 'https://m.example'\npriority = 'supplemental'", "PyPI"),
        ("name = 'm'\nurl = 'https://m.example'\nsecondary = true", "PyPI"),
    ],
)
def test_sources(looks, source, index):
    files = {"pyproject.toml": f"[tool.poetry]\nname = 'a'\n[[tool.poetry.source]]\n{source}\n"}
    looks("poetry install", {"index": index}, files=files)


def test_cleanup(reads):
    assert [one.managers for one in reads("poetry cache clear pypi --all -n") if isinstance(one, Cleanup)] == [
        ("poetry",)
    ]
    assert reads("poetry cache clear pypi:requests:2.0") == []
    assert reads("poetry lock --check") == []

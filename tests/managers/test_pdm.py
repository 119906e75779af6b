"""PDM: its own cache, or uv's where it is told to use uv."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

PROJECT = {"pyproject.toml": "[project]\nname = 'a'\n", "pdm.lock": ""}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pdm install", {"network": True, "locked": True, "to": ["/home/runner/.cache/pdm"]}),
        (
            "pdm sync -G test --prod",
            {"verb": "sync", "environments": ["$WORKSPACE/.venv", "$WORKSPACE/__pypackages__"]},
        ),
        ("pdm add a b==1", {"pins": {"a": False, "b": True}}),
        ("pdm add -d a", {"pins": {"a": False}}),
        ("pdm lock", {"environments": []}),
        ("pdm lock --check", {"network": False}),
        ("pdm install --dry-run", {"network": None}),
        ("pdm self add plugin", {"verb": "self add", "pins": {"plugin": False}, "locked": None}),
        ("pdm -n install", {"off": True}),
        ("pdm install -p sub", {"locked": True}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected, files=PROJECT)


@pytest.mark.parametrize(
    ("env", "os", "expected"),
    [
        ({}, "macos", "/Users/runner/Library/Caches/pdm"),
        ({}, "windows", "C:/Users/runneradmin/AppData/Local/pdm/pdm/Cache"),
        ({"PDM_CACHE_DIR": "/p"}, "linux", "/p"),
        ({"XDG_CACHE_HOME": "/x"}, "macos", f"{UNKNOWN}/pdm"),
        ({"PDM_USE_UV": "1"}, "linux", "/home/runner/.cache/uv"),
    ],
)
def test_directory(keeps, env, os, expected):
    assert keeps("pdm install", env=env, os=os) == [expected]


def test_uv_by_configuration(keeps):
    assert keeps("pdm install", files=PROJECT | {"pdm.toml": "use_uv = true\n"}) == ["/home/runner/.cache/uv"]


def test_switch_and_index_by_variable(looks):
    looks("pdm install", {"off": True}, env={"PDM_NO_CACHE": "1"})
    looks("pdm install", {"index": "https://i.example"}, env={"PDM_PYPI_URL": "https://i.example"})
    files = {"pyproject.toml": "[[tool.pdm.source]]\nname = 'pypi'\nurl = 'https://a:b@m.example'\n"}
    looks("pdm install", {"index": "https://***@m.example"}, files=files)


def test_cleanup(reads):
    assert [one.managers for one in reads("pdm cache clear") if isinstance(one, Cleanup)] == [("pdm",)]
    assert reads("pdm cache clear wheels") == []

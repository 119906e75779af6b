"""Pixi."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

FILES = {"pixi.toml": "", "pixi.lock": "", "sub/x": ""}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "pixi install",
            {
                "manager": "pixi",
                "network": True,
                "to": ["/home/runner/.cache/rattler/cache"],
                "environments": ["$WORKSPACE/.pixi"],
                "locked": True,
                "ecosystem": "conda",
            },
        ),
        ("pixi install -e dev --locked", {"network": True}),
        ("pixi add numpy", {"verb": "add", "network": True}),
        ("pixi run -e dev test", {"verb": "run", "network": None}),
        ("pixi shell-hook", {"network": None}),
        ("pixi add --no-install numpy", {"network": None}),
        ("pixi install --help", {"network": False}),
        ("cd sub && pixi install", {"environments": ["$WORKSPACE/.pixi"]}),
    ],
)
def test_installs(looks, line, expected):
    looks(line, expected, files=FILES)


@pytest.mark.parametrize(
    ("env", "os", "path"),
    [
        ({"PIXI_CACHE_DIR": "/p", "RATTLER_CACHE_DIR": "/r"}, "linux", "/p"),
        ({"RATTLER_CACHE_DIR": "/r"}, "linux", "/r"),
        ({"XDG_CACHE_HOME": "/x"}, "linux", f"{UNKNOWN}/rattler"),
        ({}, "macos", "/Users/runner/Library/Caches/rattler/cache"),
        ({}, "windows", "C:/Users/runneradmin/AppData/Local/rattler/cache"),
        ({}, "", f"{UNKNOWN}/rattler"),
    ],
)
def test_where_downloads_go(keeps, env, os, path):
    assert keeps("pixi install", env=env, os=os) == [path]


def test_cleanup(reads):
    (found,) = reads("pixi clean cache")
    assert isinstance(found, Cleanup)
    assert found.managers == ("pixi",)
    assert reads("pixi clean") == []
    assert reads("pixi info") == []

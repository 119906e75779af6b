"""Hatch: pip's cache or uv's, by the environment."""

import pytest

from ci_audit.model import UNKNOWN

PIP, UV = "/home/runner/.cache/pip", "/home/runner/.cache/uv"
PROJECT = {
    "pyproject.toml": "[project]\nname = 'a'\n"
    "[tool.hatch.envs.lint]\ninstaller = 'uv'\n[tool.hatch.envs.docs]\ninstaller = 'pip'\n"
}


@pytest.mark.parametrize(
    ("line", "files", "to", "gap"),
    [
        ("hatch run test", {}, PIP, False),
        ("hatch run test", PROJECT, PIP, False),
        ("hatch run lint:check", PROJECT, UV, False),
        ("hatch -e lint run check", PROJECT, UV, False),
        ("hatch run docs:build", PROJECT, PIP, False),
        ("hatch run other:x", PROJECT, PIP, True),
        ("hatch env create lint", PROJECT, UV, False),
        ("hatch env run -e lint check", PROJECT, UV, False),
        ("hatch env create", PROJECT, PIP, False),
        ("hatch test", {}, UV, False),
        ("hatch fmt --check", {}, UV, False),
        ("hatch build", PROJECT, PIP, False),
        ("hatch run x:y", {"pyproject.toml": "[tool.hatch.envs.default]\ninstaller = 'uv'\n"}, UV, False),
        ("hatch run x", {"pyproject.toml": "", "hatch.toml": "[envs.default]\ninstaller = 'uv'\n"}, UV, False),
        ("python -m hatch run x", {}, PIP, False),
    ],
)
def test_installer(looks, line, files, to, gap):
    looks(line, {"to": [to], "gap": gap, "network": True}, files=files)


@pytest.mark.parametrize(
    ("env", "os", "environment"),
    [
        ({}, "linux", "/home/runner/.local/share/hatch/env"),
        ({}, "macos", "/Users/runner/Library/Application Support/hatch/env"),
        ({}, "windows", "C:/Users/runneradmin/AppData/Local/hatch/env"),
        ({"HATCH_DATA_DIR": "/d"}, "linux", "/d/env"),
        ({"HATCH_DATA_DIR": UNKNOWN}, "linux", f"{UNKNOWN}/env"),
    ],
)
def test_environments(looks, env, os, environment):
    looks("hatch run x", {"environments": [environment]}, env=env, os=os)


def test_switches_of_the_installer(looks):
    looks("hatch run x", {"off": True}, env={"PIP_NO_CACHE_DIR": "1"})
    looks("hatch test", {"off": True}, env={"UV_NO_CACHE": "1"})
    looks("hatch test --help", {"network": False})

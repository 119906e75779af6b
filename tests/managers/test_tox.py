"""tox: which variables reach the installer, and whether that is pip or uv."""

import pytest

PIP, UV = "/home/runner/.cache/pip", "/home/runner/.cache/uv"
INI = {"tox.ini": "[tox]\nenvlist = py\n"}
WITH_UV = {"tox.ini": "[tox]\nrequires =\n    tox-uv>=1\n"}


@pytest.mark.parametrize(
    "line",
    [
        "tox",
        "tox -e py",
        "tox -epy",
        "tox run -e py -- -x",
        "tox p -p auto",
        "python -m tox",
        "tox --notest",
        "tox -r",
        "tox4",
    ],
)
def test_installs(reads, line):
    found = reads(line, files=INI)
    assert [one.manager for one in found] == (["tox"] if line != "tox4" else [])


@pytest.mark.parametrize(
    ("env", "files", "to"),
    [
        ({}, INI, PIP),
        ({"PIP_CACHE_DIR": "/c"}, INI, "/c"),
        ({"XDG_CACHE_HOME": "/x"}, INI, PIP),
        ({"UV_CACHE_DIR": "/u"}, INI, PIP),
        ({"XDG_CACHE_HOME": "/x"}, {"tox.ini": "[testenv]\npassenv = XDG_CACHE_HOME\n"}, "/x/pip"),
        ({"XDG_CACHE_HOME": "/x"}, {"tox.ini": "[testenv]\npass_env = *\n"}, "/x/pip"),
        ({}, WITH_UV, UV),
        ({"UV_CACHE_DIR": "/u"}, WITH_UV, "/u"),
        ({"PIP_CACHE_DIR": "/c"}, WITH_UV, UV),
        ({}, {"tox.ini": "[tox]\n# requires = tox-uv\n"}, PIP),
        ({}, {"pyproject.toml": "[tool.tox]\nrequires = ['tox-uv']\n"}, UV),
    ],
)
def test_directory(looks, env, files, to):
    looks("tox -e py", {"to": [to], "gap": False}, env=env, files=files)


def test_tox_uv_that_is_installed_elsewhere_is_a_gap(reads):
    found = reads("uv tool install tox --with tox-uv\ntox -e py", files=INI)
    assert found[1].gap
    (found,) = [
        one
        for one in reads("uv run tox", files=INI | {"pyproject.toml": "", "uv.lock": 'name = "tox-uv"\n'})
        if one.manager == "tox"
    ]
    assert found.gap


def test_variables_set_by_the_configuration_are_a_gap(looks):
    looks("tox", {"gap": True}, files={"tox.ini": "[testenv]\nset_env = PIP_CACHE_DIR=/elsewhere\n"})


@pytest.mark.parametrize(
    ("line", "env", "environment"),
    [
        ("tox", {}, "$WORKSPACE/.tox"),
        ("tox --workdir /w", {}, "/w"),
        ("tox", {"TOX_WORK_DIR": "/t"}, "/t"),
        ("cd sub && tox", {}, "$WORKSPACE/sub/.tox"),
    ],
)
def test_environments(looks, line, env, environment):
    looks(line, {"environments": [environment]}, env=env)


def test_switch_reaches_pip(looks):
    looks("tox", {"off": True}, env={"PIP_NO_CACHE_DIR": "off"}, files=INI)
    looks("tox", {"off": False}, env={"UV_NO_CACHE": "1"}, files=INI)
    looks("tox", {"off": True}, env={"UV_NO_CACHE": "1"}, files=WITH_UV)

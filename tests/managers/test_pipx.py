"""pipx: pip's cache, or uv's where it is told to use uv."""

import pytest

PIP = "/home/runner/.cache/pip"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pipx install poetry", {"network": True, "to": [PIP], "pins": {"poetry": False}}),
        ("pipx install poetry==1.8.0", {"pins": {"poetry": True}}),
        ("pipx install .", {"network": True, "pins": {}}),
        ("pipx install ./a.whl", {"network": None}),
        ("pipx install", {"network": False}),
        ("pipx upgrade-all", {"network": True}),
        ("pipx inject tox tox-uv==1", {"pins": {"tox-uv": True}}),
        ("pipx run --spec a==1 tool --flag", {"pins": {"a": True}, "environments": []}),
        ("pipx run twine@5.0.0 upload", {"pins": {"twine": True}}),
        ("pipx run ruff==1 --no-index", {"network": True}),
        ('pipx run --spec "$P" tool', {"network": None}),
        ("pipx install --index-url https://i.example a", {"index": "https://i.example"}),
        ("pipx install --pip-args='--no-cache-dir' a", {"off": True}),
        ("pipx install --pip-args=--no-index a", {"network": False}),
        ("pipx install --pip-args='--cache-dir /x' a", {"gap": True}),
        ("pipx install --backend uv a", {"to": ["/home/runner/.cache/uv"]}),
        ("python3 -m pipx install a", {"verb": "install"}),
        ("pipx install --global a", {"environments": ["/opt/pipx/venvs"]}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected)


def test_variables(looks):
    looks("pipx install a", {"to": ["/home/runner/.cache/uv"]}, env={"PIPX_DEFAULT_BACKEND": "uv"})
    looks("pipx install a", {"environments": ["/p/venvs"]}, env={"PIPX_HOME": "/p"})
    looks("pipx install a", {"environments": ["/Users/runner/.local/pipx/venvs"]}, os="macos")
    both = ["/home/runner/.local/share/pipx/venvs", "/home/runner/.local/pipx/venvs"]
    looks("pipx install a", {"environments": both})
    looks("pipx install a", {"off": True}, env={"PIP_NO_CACHE_DIR": "1"})


def test_a_tool_that_installs_in_its_turn(reads):
    found = reads("pipx run nox==2024.4.15 -s tests", files={"noxfile.py": ""})
    assert [one.manager for one in found] == ["pipx", "nox"]

"""Every way to spell a program leads to its manager, and what only looks like one does not."""

import pytest

from ci_audit.managers.programs import MODULES, base_name
from ci_audit.model import UNKNOWN


@pytest.mark.parametrize(
    "spelled",
    [
        "pip install x",
        "pip3 install x",
        "pip3.11 install x",
        "pip-3 install x",
        "pip3.exe install x",
        "/opt/venv/bin/pip install x",
        ".venv/bin/pip3.12 install x",
        "venv\\\\Scripts\\\\pip.exe install x",
        "$VENV/bin/pip install x",
        "pip$V install x",
        "python -m pip install x",
        "python3 -m pip install x",
        "python3.12 -m pip install x",
        "pypy3 -m pip install x",
        "python$V -m pip install x",
        "$PYTHON -m pip install x",
        '"${PYTHON}" -I -m pip install x',
        "py -m pip install x",
        "py -3.11 -m pip install x",
        "py -3.11-64 -m pip install x",
        "python -I -E -m pip install x",
        "python -W ignore -X utf8 -u -m pip install x",
        "python -Wignore -mpip install x",
        "python -um pip install x",
        "python -m pip.__main__ install x",
        "sudo -H pip install x",
        "env A=b pip install x",
        "bash -c 'pip install x'",
        "pip $OPTIONS install x",
    ],
)
def test_spellings_of_pip(install, spelled):
    found = install(spelled)
    assert (found.manager, found.verb) == ("pip", "install")
    assert [package.name for package in found.packages] == ["x"]


@pytest.mark.parametrize(
    "line",
    [
        "pip list",
        "pip freeze > requirements.txt",
        "pip check",
        "pip show x",
        "pip config set global.index-url https://index.example/simple",
        "pip uninstall -y x",
        "pip --version",
        "pip",
        "pip cache dir",
        "python script.py -m pip install x",
        "python -c 'import pip' install x",
        "python - install x",
        "python -m venv .venv",
        "python -m pytest",
        "python",
        "$INSTALLER install x",
        "$RUN script.py",
        "mypip install x",
        "echo pip install x",
        "grep 'pip install' README.md",
        "uv python install 3.12",
        "uv venv",
        "uv --version",
        "uv publish",
        "uv pip list",
        "uv pip freeze",
        "uv export",
        "uv tree",
        "uv cache dir",
        "uv tool list",
        "poetry run pytest",
        "poetry config virtualenvs.in-project true",
        "poetry build",
        "pdm run pytest",
        "pipenv run pytest",
        "hatch version",
        "hatch env show",
        "tox list",
        "tox -l",
        "tox --showconfig",
        "nox --list",
        "pre-commit install",
        "pre-commit --version",
        "pre-commit gc",
        "conda info",
        "conda list",
        "conda activate base",
        "conda env export",
        "apt-get update",
        "apt-get remove curl",
        "apk info",
        "dnf list",
        "npm run build",
        "npm test",
        "npm publish",
        "yarn build",
        "yarn --version",
        "pnpm test",
        "bun run build",
        "gem push x.gem",
        "bundle exec rake",
        "bundle --version",
        "cargo fmt",
        "cargo install --list",
        "go test ./...",
        "go mod verify",
        "composer validate",
        "cibuildwheel --print-build-identifiers",
        "python -m build --help",
        "pipx list",
        "pipx ensurepath",
        "python setup.py sdist",
    ],
)
def test_not_an_install(reads, line):
    assert reads(line) == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("pip", ("", "pip")),
        ("/a/b/pip3.11", ("/a/b", "pip")),
        ("C:\\x\\Scripts\\pip.EXE", ("C:/x/Scripts", "pip")),
        (f"python{UNKNOWN}", ("", "python")),
        (f"tox{UNKNOWN}", ("", f"tox{UNKNOWN}")),
        ("python3.13t", ("", "python")),
        ("npm.cmd", ("", "npm")),
        ("conda3", ("", "conda")),
    ],
)
def test_base_name(word, expected):
    assert base_name(word) == expected


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_every_module_keeps_to_the_protocol(module):
    found = __import__(f"ci_audit.managers.{module}", fromlist=("read",))
    assert callable(found.read)
    assert callable(found.directories)
    assert found.__doc__

"""The managers by what is told of them without loading their modules, and which one a command runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ci_audit.model import UNKNOWN, Command, Word
from ci_audit.patterns import regex
from ci_audit.typed import NamedTuple


class Row(NamedTuple):
    """A manager, or several that keep their files in the same folders; all fields are words with spaces between."""

    programs: str
    """What its commands are called, without version and suffix."""
    module: str = ""
    """The module of this package that reads them, where that is not called like the first."""
    python: str = ""
    """What `python -m` runs it by; `module=program` where that is not called like the program."""
    folders: str = ""
    """Its cache and environment folders, without leading dot and `-cache`, with `-` for `_`: so named, they are its."""
    managers: str = ""
    """What its installs are said to be of, where that is not the programs."""


_VENV = "venv env virtualenv"
_PACKAGES = "site-packages dist-packages $python-location"

ROWS = (
    Row("pip", python="pip", folders=f"pip {_VENV} {_PACKAGES}"),
    Row("uv uvx", python="uv", folders=f"uv setup-uv {_VENV} {_PACKAGES}", managers="uv"),
    Row("pipx", python="pipx", folders="pipx"),
    Row("poetry", python="poetry", folders=f"poetry pypoetry virtualenvs {_VENV}"),
    Row("pdm", python="pdm", folders=f"pdm --pypackages-- {_VENV}"),
    Row("pipenv", python="pipenv", folders=f"pipenv virtualenvs {_VENV}"),
    Row("hatch", python="hatch", folders="hatch"),
    Row("flit", python="flit"),
    Row("pip-tools pip-sync pip-compile", "piptools", python="piptools=pip-tools"),
    Row("tox", python="tox", folders="tox"),
    Row("nox", python="nox", folders="nox"),
    Row("pre-commit", "precommit", python="pre_commit=pre-commit", folders="pre-commit precommit"),
    Row("prek", "precommit", python="prek", folders="prek"),
    Row(
        "conda mamba micromamba conda-lock",
        python="conda",
        folders="conda-pkgs conda-pkgs-dir conda mamba micromamba mambaforge miniconda miniconda3 anaconda anaconda3"
        " miniforge miniforge3",
        managers="conda mamba micromamba",
    ),
    Row("pixi", folders="pixi rattler"),
    Row("easy_install setup.py get-pip.py", "setuptools", python="easy_install"),
    Row("pyproject-build", "build", python="build=pyproject-build"),
    Row("cibuildwheel", "build", python="cibuildwheel"),
    Row("apt apt-get aptitude", folders="apt", managers="apt"),
    Row("apk", folders="apk"),
    Row("dnf yum microdnf zypper dnf5", "rpm", folders="libdnf5 dnf yum zypp", managers="dnf yum microdnf zypper"),
    Row("npm npx", folders="npm node-modules", managers="npm"),
    Row("yarn", folders="yarn node-modules"),
    Row("pnpm pnpx", folders="pnpm node-modules", managers="pnpm"),
    Row("bun bunx", folders="bun node-modules", managers="bun"),
    Row("gem bundle bundler", folders="gem bundle", managers="gem bundle"),
    Row("cargo", folders="cargo"),
    Row("go", folders="go-build"),
    Row("composer", folders="composer"),
)


def _folders() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in ROWS:
        for folder in row.folders.split():
            found[folder] = (*found.get(folder, ()), *(row.managers or row.programs).split())
    return found


MODULES = {program: row.module or row.programs.partition(" ")[0] for row in ROWS for program in row.programs.split()}
"""The module that reads each program."""

PYTHON_MODULES = {name.partition("=")[0]: name.rpartition("=")[2] for row in ROWS for name in row.python.split()}
"""The program that `python -m` runs under each module's name."""

FOLDERS = _folders()
"""The managers that use a folder of this name."""

_SUFFIX = regex(r"\.(?:exe|cmd|bat|ps1|pyz)$", re.IGNORECASE)
_VERSIONED = regex(r"(pip|pipx|easy_install|python|pythonw|pypy|py|conda)-?[0-9]+(?:\.[0-9]+)*[a-z]?$")
_WITH_VERSIONS = ("pip", "easy_install", "py", "conda")
_INTERPRETERS = frozenset(("python", "pythonw", "pypy", "py"))
_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")
_LAUNCHER = regex(r"-(?:[0-9]+(?:\.[0-9]+)?(?:-(?:32|64))?|V:.+)$")
_SCRIPTS = frozenset(("setup.py", "get-pip.py"))
_MODULE_CLUSTER = regex(r"-[bBdEiIOPqsSuvx]*m")


@lru_cache(1024)
def base_name(text: str) -> tuple[str, str]:
    """Split a program's word into its folder and its name without suffix and version."""
    folder, _, name = text.replace("\\", "/").rpartition("/")
    if "." in name:
        name = _SUFFIX.sub("", name)
    if name.endswith(UNKNOWN):
        # `pip${V}`, `python${{ matrix.python }}`: only a version can stand there.
        stripped = name.rstrip(UNKNOWN).rstrip("-.")
        if stripped in ("pip", "python", "pypy"):
            name = stripped
    # Nearly every name is settled without the expression, which then need not be compiled.
    match = _VERSIONED.match(name) if name.startswith(_WITH_VERSIONS) and not name.isalpha() else None
    return folder, match[1] if match else name


def resolve(command: Command) -> tuple[str, str, tuple[Word, ...]] | None:
    """Give program, folder and arguments of a command that some manager reads; None for any other."""
    words = command.words
    if not words:
        return None
    folder, name = base_name(words[0].text)
    if name in MODULES:
        return name, folder, words[1:]
    if name in _INTERPRETERS:
        return _interpreted(words, folder)
    if UNKNOWN in words[0].text:
        # A variable that names a program: only what is given to `-m` tells.
        found = _interpreted(words, folder)
        return found if found is not None and found[0] not in _SCRIPTS else None
    return None


def _interpreted(words: Sequence[Word], folder: str) -> tuple[str, str, tuple[Word, ...]] | None:
    """Read a Python interpreter's own options up to the module or script that it runs."""
    index, count = 1, len(words)
    while index < count:
        text = words[index].text
        if not text.startswith("-"):
            _, name = base_name(text)
            return (name, folder, tuple(words[index + 1 :])) if name in _SCRIPTS else None
        index += 1
        match = _MODULE_CLUSTER.match(text)
        if match is not None:
            module = text[match.end() :]
            if not module and index < count:
                module = words[index].text
                index += 1
            program = PYTHON_MODULES.get(module.partition(".")[0])
            return (program, folder, tuple(words[index:])) if program else None
        if text in _WITH_VALUE:
            index += 1
        elif text == "-c" or text == "-" or not (_LAUNCHER.match(text) or text[1:2].isalpha() or text[:2] == "--"):
            return None
    return None

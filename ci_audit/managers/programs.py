"""Which program a command runs, whatever way it is spelled."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ci_audit.model import UNKNOWN, Command, Word
from ci_audit.patterns import regex

MODULES = {
    "pip": "pip",
    "uv": "uv",
    "uvx": "uv",
    "pipx": "pipx",
    "poetry": "poetry",
    "pdm": "pdm",
    "pipenv": "pipenv",
    "hatch": "hatch",
    "tox": "tox",
    "nox": "nox",
    "pre-commit": "precommit",
    "prek": "precommit",
    "conda": "conda",
    "mamba": "conda",
    "micromamba": "conda",
    "easy_install": "setuptools",
    "setup.py": "setuptools",
    "get-pip.py": "setuptools",
    "pyproject-build": "build",
    "cibuildwheel": "build",
    "apt": "apt",
    "apt-get": "apt",
    "aptitude": "apt",
    "apk": "apk",
    "dnf": "rpm",
    "dnf5": "rpm",
    "yum": "rpm",
    "microdnf": "rpm",
    "zypper": "rpm",
    "npm": "npm",
    "yarn": "yarn",
    "pnpm": "pnpm",
    "bun": "bun",
    "gem": "gem",
    "bundle": "gem",
    "bundler": "gem",
    "cargo": "cargo",
    "go": "go",
    "composer": "composer",
}
"""The module that reads each program."""

PYTHON_MODULES = {
    "pip": "pip",
    "uv": "uv",
    "pipx": "pipx",
    "poetry": "poetry",
    "pdm": "pdm",
    "pipenv": "pipenv",
    "hatch": "hatch",
    "tox": "tox",
    "nox": "nox",
    "pre_commit": "pre-commit",
    "prek": "prek",
    "conda": "conda",
    "easy_install": "easy_install",
    "build": "pyproject-build",
    "cibuildwheel": "cibuildwheel",
}
"""The program that `python -m` runs under each module's name."""

_SUFFIX = regex(r"\.(?:exe|cmd|bat|ps1|pyz)$", re.IGNORECASE)
_VERSIONED = regex(r"(pip|pipx|easy_install|python|pythonw|pypy|py|conda)-?[0-9]+(?:\.[0-9]+)*[a-z]?$")
_WITH_VERSIONS = ("pip", "easy_install", "py", "conda")
_INTERPRETERS = frozenset(("python", "pythonw", "pypy", "py"))
_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")
_LAUNCHER = regex(r"-(?:[0-9]+(?:\.[0-9]+)?(?:-(?:32|64))?|V:.+)$")
_SCRIPTS = frozenset(("setup.py", "get-pip.py"))
_MODULE_CLUSTER = regex(r"-[bBdEiIOPqsSuvx]*m")


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

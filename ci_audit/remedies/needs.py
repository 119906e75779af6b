"""What an install needs so that its downloads can be kept: whose cache it fills, what moves that, what decides it.

The same for all providers; directories come from `ci_audit.managers`.
"""

from __future__ import annotations

from ci_audit import managers
from ci_audit.model import UNKNOWN, FileUse, Install
from ci_audit.patterns import regex
from ci_audit.repository import Repository
from ci_audit.requirements import resolve

_BORROWS = frozenset(("tox", "nox", "hatch", "pipx", "build", "setuptools", "pdm"))
"""The managers that download with another one's program, always or when told to."""

_BESIDE = ("pyproject.toml", "setup.cfg", "setup.py")
_NAMED_FILE = regex(r"[A-Za-z0-9_][A-Za-z0-9_./-]*\.(?:txt|in|lock)\b")


def served_by(install: Install) -> str:
    """Name the manager into whose cache directory the downloads go: pip for tox, uv for hatch that installs with it."""
    if install.manager not in _BORROWS:
        return install.manager
    for directory in install.downloads:
        if directory.reason.startswith(managers.variable("uv")) or "uv" in managers.meant_for(directory.path):
            return "uv"
    return "pdm" if install.manager == "pdm" else "pip"


def variable(manager: str) -> str:
    """Name the variable that moves the downloads of a manager; empty where there is none for them alone."""
    return managers.variable(manager)


def key_files(install: Install, repository: Repository) -> tuple[str, ...]:
    """List the files of the repository that decide what is installed, relative to its root; none for bare names.

    Files that a requirements file names are among them, a lock file stands for the project that it locks.
    """
    locks = [use for use in install.files if use.kind == "lock" and _exists(use.path, repository)]
    found: list[str] = []
    for use in install.files:
        if use.kind == "project" and locks and install.locked is not False:
            continue
        found += _files_of(use, install, repository)
    return tuple(dict.fromkeys(found))


def _exists(path: str, repository: Repository) -> bool:
    return UNKNOWN not in path and repository.exists(path)


def _files_of(use: FileUse, install: Install, repository: Repository) -> list[str]:
    if UNKNOWN in use.path or use.path.startswith(("/", "~")):
        return []
    if use.kind in ("requirements", "constraints") and install.ecosystem == "pypi":
        return list(resolve(repository, use.path).files) or ([use.path] if repository.exists(use.path) else [])
    if use.kind != "project":
        return [use.path] if repository.exists(use.path) else []
    if repository.is_folder(use.path) or use.path == ".":
        return _project(use.path, repository)
    if not repository.exists(use.path):
        return []
    found = [use.path, *_named_in(use.path, repository)]
    if install.manager in ("tox", "nox"):
        found += _project(_folder(use.path), repository)
    return found


def _project(folder: str, repository: Repository) -> list[str]:
    """List the files of a folder that may say what its project depends on, and those which they name."""
    found = []
    for name in _BESIDE:
        path = name if folder in ("", ".") else f"{folder}/{name}"
        if repository.exists(path):
            found += [path, *_named_in(path, repository)]
    return found


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _named_in(path: str, repository: Repository) -> list[str]:
    """List the requirement files that a tool's configuration names, beside it or below."""
    source = repository.source(path)
    if source is None:
        return []
    folder = _folder(path)
    names = dict.fromkeys(match[0].removeprefix("./") for match in _NAMED_FILE.finditer(source.text))
    paths = (
        f"{folder}/{name}" if folder else name for name in names if "requirements" in name or "constraints" in name
    )
    return [one for one in paths if repository.exists(one)]

"""The version of a Python package as the lock, requirements and constraints files of a repository name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ci_audit.pep508 import normalise_name
from ci_audit.repository import Repository
from ci_audit.typed import Any

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
_REQUIREMENTS = (
    "constraints.txt",
    "requirements.txt",
    *(
        f"requirements{sign}{name}.txt"
        for sign in "-_."
        for name in ("ci", "dev", "docs", "lint", "lock", "test", "tests")
    ),
    *(f"{name}{sign}requirements.txt" for sign in "-_" for name in ("ci", "dev", "docs", "lint", "test")),
)
_FOLDERS = ("requirements", "constraints")

# What a lock file holds of a package that does not come from an index.
_ELSEWHERE = ("git", "path", "url", "vcs", "directory", "archive", "editable")


def files(repository: Repository, folders: Iterable[str]) -> tuple[str, ...]:
    """List the files of the folders that may name versions, by their usual names; nothing is searched for."""
    found: dict[str, None] = {}
    for folder in folders:
        below = f"{folder}/" if folder else ""
        found.update((below + name, None) for name in (*_LOCKS, *_REQUIREMENTS) if repository.exists(below + name))
        for name in _FOLDERS:
            if repository.is_folder(below + name):
                listed = repository.files_under(below + name)
                found.update((path, None) for path in listed if path.endswith(".txt"))
    return tuple(found)


def versions(repository: Repository, paths: Iterable[str], name: str) -> dict[str, str]:
    """Give the versions that files name for a package, each with the first file that does."""
    name = normalise_name(name)
    found: dict[str, str] = {}
    for path in paths:
        source = repository.source(path)
        text = source.text.lower() if source is not None else ""
        # Reading a large lock file takes milliseconds; most do not name the package.
        if all(part in text for part in name.split("-")):
            for version in _of(repository, path, name):
                found.setdefault(version, path)
    return found


def _of(repository: Repository, path: str, name: str) -> Iterator[str]:
    if path.endswith("Pipfile.lock"):
        yield from _pipenv(repository, path, name)
    elif path.endswith((".lock", ".toml")):
        yield from _packages(repository.toml(path) or {}, name)
    else:
        file = repository.requirements(path)
        for one in file.requirements if file is not None else ():
            if one.pinned and not one.url and normalise_name(one.name) == name:
                version = one.specifier.replace(" ", "").lstrip("=")
                if one.specifier.lstrip().startswith("==") and "," not in version:
                    yield version


def _packages(content: dict[str, Any], name: str) -> Iterator[str]:
    packages = content.get("package", content.get("packages"))
    for one in packages if isinstance(packages, list) else ():
        if not isinstance(one, dict) or normalise_name(str(one.get("name", ""))) != name:
            continue
        version, source = one.get("version"), one.get("source", {})
        if not isinstance(version, str) or not isinstance(source, dict) or any(key in one for key in _ELSEWHERE):
            continue
        # uv names the kind of source by a key, poetry by `type`, where `legacy` is an index other than PyPI.
        if source and "registry" not in source and source.get("type") != "legacy":
            continue
        yield version


def _pipenv(repository: Repository, path: str, name: str) -> Iterator[str]:
    import json

    source = repository.source(path)
    try:
        content = json.loads(source.text) if source is not None else {}
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        packages = content.get(section) if isinstance(content, dict) else None
        for each, entry in packages.items() if isinstance(packages, dict) else ():
            version = entry.get("version") if isinstance(entry, dict) else None
            if normalise_name(each) == name and isinstance(version, str) and version.startswith("=="):
                yield version.lstrip("=")

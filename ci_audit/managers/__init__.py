"""Package managers: what a command line downloads, from where, and where to.

A manager is a module of functions after `protocol.Manager`; it is imported when the first command that needs it is met.
"""

from __future__ import annotations

from functools import lru_cache

from ci_audit.managers.programs import FOLDERS, MODULES, resolve
from ci_audit.managers.protocol import Invocation, Manager, Place
from ci_audit.model import Cleanup, Command, Directory, Env, Install, Machine
from ci_audit.paths import WORKSPACE
from ci_audit.repository import Repository
from ci_audit.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ci_audit.managers import (
        apk,
        apt,
        build,
        bun,
        cargo,
        composer,
        conda,
        flit,
        gem,
        go,
        hatch,
        nox,
        npm,
        pdm,
        pip,
        pipenv,
        piptools,
        pipx,
        pixi,
        pnpm,
        poetry,
        precommit,
        rpm,
        setuptools,
        tox,
        uv,
        yarn,
    )

    _CONFORMING: tuple[Manager, ...] = (
        *(apk, apt, build, bun, cargo, composer, conda, flit, gem, go, hatch, nox, npm, pdm, pip, pipenv),
        *(piptools, pipx, pixi, pnpm, poetry, precommit, rpm, setuptools, tox, uv, yarn),
    )

__all__ = ["directories", "meant_for", "read", "read_all", "variable"]


def read(command: Command, machine: Machine, repository: Repository) -> Install | Cleanup | None:
    """Tell what a command installs or cleans up; of several installs the first."""
    found = read_all(command, machine, repository)
    return found[0] if found else None


def read_all(
    command: Command, machine: Machine, repository: Repository, *, beside: tuple[str, ...] = ()
) -> tuple[Install | Cleanup, ...]:
    """Tell all that a command installs or cleans up: some run several managers.

    `beside` names packages that were installed with the program for this very run.
    """
    found = resolve(command)
    if found is None:
        return ()
    program, folder, words = found
    home = command.home or machine.home or "~"
    place = Place(command.env, machine.os, home, command.cwd or WORKSPACE, command.user or machine.user)
    call = Invocation(command, program, folder, words, machine, repository, place, beside)
    return _module(MODULES[program]).read(call)


def directories(manager: str, env: Env, machine: Machine, *, home: str = "", user: str = "") -> tuple[Directory, ...]:
    """Tell where a manager's downloads go under these variables; nothing for a name that is not known."""
    module = MODULES.get(manager)
    if module is None:
        return ()
    place = Place(env, machine.os, home or machine.home or "~", machine.workspace or WORKSPACE, user or machine.user)
    return _module(module).directories(place, manager)


def variable(manager: str) -> str:
    """Name the variable that moves a manager's downloads; empty where no single one does, or it moves more."""
    module = MODULES.get(manager)
    if module is None:
        return ""
    variables: dict[str, str] = getattr(_module(module), "VARIABLES", {})
    return variables.get(manager, "")


@lru_cache
def _module(name: str) -> Manager:
    module = __import__(f"ci_audit.managers.{name}", fromlist=("read",))
    return cast(Manager, module)


_SUFFIXES = ("-cache-dir", "-cache", "cache", "-store", "-home")


@lru_cache(512)
def meant_for(path: str) -> tuple[str, ...]:
    """Name the managers whose cache or environments a path is for, going by its folders' names, on any system."""
    before = ""
    for part in path.lower().replace("\\", "/").split("/"):
        name = part.strip("*").lstrip(".").replace("_", "-")
        if before == "go" and name == "pkg":
            return ("go",)
        if (before == "share" and name == "pypoetry") or part == ".poetry":
            # Poetry itself is installed there.
            return ()
        found = FOLDERS.get(name)
        if found is not None:
            return found
        for suffix in _SUFFIXES:
            if name.endswith(suffix):
                found = FOLDERS.get(name[: -len(suffix)].rstrip("-"))
                if found is not None:
                    return found
        before = name
    return ()

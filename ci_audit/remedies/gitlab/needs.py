"""What a job needs so that its downloads lie inside the project, where alone GitLab keeps anything."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit import managers
from ci_audit.editing import CannotEdit
from ci_audit.facts.caching import judge
from ci_audit.managers.folders import truthy
from ci_audit.model import UNKNOWN, Cache, Install, Job, Setting
from ci_audit.paths import WORKSPACE, covers
from ci_audit.remedies import Skipped
from ci_audit.remedies.gitlab.configuration import document
from ci_audit.remedies.needs import served_by, variable
from ci_audit.source import Where
from ci_audit.typed import NamedTuple

_CAUSES = ("absent", "misplaced")
_ECOSYSTEMS = ("pypi", "conda")

_FOLDERS = {"poetry": "pypoetry", "mamba": "conda", "micromamba": "conda"}


class Need(NamedTuple):
    """One manager's downloads: the variables that move them, and the paths to keep, relative to the project."""

    manager: str
    variables: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]
    replaces: Where | None = None
    """The path of a cache that leads out of the project and was meant for these downloads."""
    follows: bool = False
    """A cache names the variable, so that it keeps whatever directory that is."""


def needs_of(job: Job) -> dict[str, Need | Skipped]:
    """Tell by manager what a job needs; the first install that has no answer decides."""
    found: dict[str, Need | Skipped] = {}
    for install in uncached(job):
        need = need_of(install, job)
        known = found.setdefault(served_by(install), need)
        if known != need and isinstance(known, Need):
            found[served_by(install)] = _both(known, need)
    return found


def uncached(job: Job) -> Iterator[Install]:
    """List the installs of a job that another cache would help."""
    for step in job.steps:
        for install in step.installs:
            if install.ecosystem in _ECOSYSTEMS and judge(install, step, job).cause in _CAUSES:
                yield install


def _both(one: Need, other: Need | Skipped) -> Need | Skipped:
    if isinstance(other, Skipped):
        return other
    names = dict(one.variables) | dict(other.variables)
    if any(names[name] != value for name, value in one.variables):
        return Skipped("its commands write to different directories")
    paths = tuple(dict.fromkeys(one.paths + other.paths))
    return Need(one.manager, tuple(names.items()), paths, one.replaces or other.replaces, one.follows and other.follows)


def need_of(install: Install, job: Job) -> Need | Skipped:
    """Tell what one install needs, or why it cannot be helped."""
    if install.gap:
        return Skipped(install.gap)
    inside = [_relative(directory.path) for directory in install.downloads]
    manager = served_by(install)
    if inside and all(inside):
        return Need(manager, (), tuple(path for path in inside if path))
    name = variable(manager)
    if not name or not install.downloads:
        return Skipped(f"no variable moves the downloads of {manager} into the project, outside which nothing is kept")
    problem = _out_of_reach(install, name)
    if problem:
        return Skipped(problem)
    for cache in _meant(install, job):
        need = _for_cache(install, job, manager, name, cache)
        if need is not None:
            return need
    return _moved(install, job, manager, name, f".cache/{_FOLDERS.get(manager, manager)}")


def _out_of_reach(install: Install, name: str) -> str:
    """Say why a variable of the job would not decide; empty when it does."""
    if "CI_PROJECT_DIR" not in install.command.env:
        return "the command runs without the variables of the job"
    for directory in install.downloads:
        if directory.reason.startswith("`--"):
            return f"{directory.reason}, and it leads out of the project"
    setting = install.command.env.get(name)
    if setting is not None and setting.value and not _in_variables(setting.where):
        return f"the script sets {name} to a directory outside the project"
    return ""


def _in_variables(where: Where | None) -> bool:
    if where is None:
        return False
    try:
        path = document(where.source).path_at(where.start, where.end)
    except CannotEdit:
        return False
    return "variables" in path


def _meant(install: Install, job: Job) -> list[Cache]:
    family = {install.manager, served_by(install)}
    found = []
    for cache in job.caches:
        meant = {*cache.managers}
        for kept in cache.paths:
            meant.update(managers.meant_for(kept.path))
        if meant & family:
            found.append(cache)
    return found


def _for_cache(install: Install, job: Job, manager: str, name: str, cache: Cache) -> Need | None:
    """Move the downloads to where a cache that is meant for them keeps them."""
    for problem in cache.problems:
        if problem.cause == "misplaced" and problem.where is not None:
            need = _moved(install, job, manager, name, f".cache/{_FOLDERS.get(manager, manager)}")
            if not isinstance(need, Need):
                return None
            if problem.where.text.strip("\"'/") in (f"${name}", f"${{{name}}}"):
                return need._replace(follows=True)
            return need._replace(replaces=problem.where)
    if cache.problems or not cache.saves:
        return None
    for kept in cache.paths:
        path = _relative(kept.path)
        if (
            kept.exclude
            or not path
            or any(char in path for char in "*?[")
            or manager not in managers.meant_for(kept.path)
        ):
            continue
        need = _moved(install, job, manager, name, path)
        if isinstance(need, Need):
            whole = all(covers(kept.path, f"{WORKSPACE}/{one}") for one in need.paths)
            return need if whole else None
    return None


def _moved(install: Install, job: Job, manager: str, name: str, path: str) -> Need | Skipped:
    target = Setting(name, f"{WORKSPACE}/{path}")
    downloads = managers.directories(manager, {**install.command.env, name: target}, job.machine)
    paths = [_relative(directory.path) for directory in downloads]
    if not paths or not all(paths):
        return Skipped(f"where {manager} would write to is not known")
    settings = [(name, f"$CI_PROJECT_DIR/{path}")]
    # GitLab mounts the project by itself: uv cannot link out of it (docs.astral.sh/uv/guides/integration/gitlab).
    if manager == "uv" and "UV_LINK_MODE" not in install.command.env:
        settings.append(("UV_LINK_MODE", "copy"))
    return Need(manager, tuple(settings), tuple(one for one in paths if one))


def _relative(path: str) -> str:
    """Give a directory inside the project relative to it; empty for any other."""
    if UNKNOWN in path or not path.startswith(WORKSPACE + "/"):
        return ""
    return path[len(WORKSPACE) + 1 :]


def fills_with_code(manager: str, install: Install) -> bool:
    """Tell whether what a manager keeps holds Python files as such, which tools that walk the project come upon."""
    if manager in ("uv", "pre-commit", "prek", *_CONDA):
        return True
    if manager != "poetry":
        return False
    env = install.command.env
    for name, inside in (("POETRY_VIRTUALENVS_IN_PROJECT", True), ("POETRY_VIRTUALENVS_CREATE", False)):
        setting = env.get(name)
        if setting is not None and truthy(setting.value) is inside:
            return False
    return "POETRY_VIRTUALENVS_PATH" not in env


_CONDA = ("conda", "mamba", "micromamba")

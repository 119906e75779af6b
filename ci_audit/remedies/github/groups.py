"""The installs that one cache serves: those of a list of steps that fill the same manager's directory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.facts import Context
from ci_audit.facts.caching import judge
from ci_audit.remedies import needs
from ci_audit.remedies.github.listing import Listing, Use
from ci_audit.repository import Repository

_ECOSYSTEMS = ("pypi", "conda")
"""What CIA101 reports."""


def uncached(listing: Listing, manager: str) -> list[Use]:
    """List the installs that nothing caches and that the cache of this manager would serve."""
    return [use for use in listing.uses if use.cause == "absent" and _served(use, manager)]


def _served(use: Use, manager: str) -> bool:
    return use.install.ecosystem in _ECOSYSTEMS and needs.served_by(use.install) == manager


def others_differ(manager: str, listing: Listing, uses: Sequence[Use], files: Sequence[str]) -> bool:
    """Tell whether another job of the workflow would save other packages under the key of the same files."""
    jobs = {use.job.name for use in listing.uses}
    own = commands_of(uses)
    same = _by_files(manager, listing).get(frozenset(files), {})
    return any(commands != own and not names <= jobs for commands, names in same.items())


_Jobs = dict[frozenset[str], dict[frozenset[str], set[str]]]
"""By the files that decide what is installed and by the commands: the names of the jobs."""

_latest: list[tuple[tuple[Context, ...], dict[str, list[Use]], dict[str, _Jobs]]] = []


def _by_files(manager: str, listing: Listing) -> _Jobs:
    """Sort all jobs of the workflow once, not for each of its jobs: there may be thousands."""
    callers = listing.callers
    kept = _latest[0][0] if _latest else ()
    if len(kept) != len(callers) or any(one.pipeline is not other.pipeline for one, other in zip(kept, callers)):  # noqa: B905
        _latest[:] = [(callers, _uncached_by_job(callers), {})]
    _, by_job, tables = _latest[0]
    if manager not in tables:
        table: _Jobs = {}
        for name, found in by_job.items():
            uses = [use for use in found if _served(use, manager)]
            if uses:
                key = frozenset(files_of(uses, listing))
                table.setdefault(key, {}).setdefault(commands_of(uses), set()).add(name)
        tables[manager] = table
    return tables[manager]


def _uncached_by_job(callers: Sequence[Context]) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {}
    for context in callers:
        for job in context.pipeline.jobs:
            for step in job.steps:
                for install in step.installs:
                    if judge(install, step, job).cause == "absent":
                        use = Use(0, install, step, context._replace(job=job, step=step), "absent")
                        found.setdefault(job.name, []).append(use)
    return found


def commands_of(uses: Iterable[Use]) -> frozenset[str]:
    """Give the commands as they are written."""
    return frozenset(use.install.command.shown for use in uses)


def files_of(uses: Sequence[Use], listing: Listing, folder: str = "") -> tuple[str, ...]:
    """List the files that decide what is installed; where none does, the one that names the packages itself.

    `folder` is where the checkout puts the repository; paths are relative to the repository.
    """
    found: dict[str, None] = {}
    for use in uses:
        install = use.install
        if folder:
            own = [file for file in install.files if f"{file.path}/".startswith(f"{folder}/")]
            moved = tuple(file._replace(path=file.path[len(folder) + 1 :] or ".") for file in own)
            install = install._replace(files=moved)
        found.update(dict.fromkeys(needs.key_files(install, listing.repository)))
    # What git ignores lies here, and is not in a checkout.
    committed = _committed(listing.repository) if found else frozenset()
    files = tuple(path for path in found if path in committed)
    return files or tuple(dict.fromkeys(use.install.command.where.source.path for use in uses))


_last: list[tuple[tuple[str, ...], frozenset[str]]] = []


def _committed(repository: Repository) -> frozenset[str]:
    files = repository.files
    if not _last or _last[0][0] is not files:
        _last[:] = [(files, frozenset(files))]
    return _last[0][1]


def in_workspace(files: Sequence[str], folder: str) -> list[str]:
    """Give the paths of files of the repository relative to the workspace."""
    return [f"{folder}/{name}" if folder else name for name in files]

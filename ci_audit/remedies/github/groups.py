"""The installs that one cache serves: those of a list of steps that fill the same manager's directory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.facts.caching import judge
from ci_audit.remedies import needs
from ci_audit.remedies.github.listing import Listing, Use

_ECOSYSTEMS = ("pypi", "conda")
"""What CIA101 reports."""


def uncached(listing: Listing, manager: str) -> list[Use]:
    """List the installs that nothing caches and that the cache of this manager would serve."""
    return [use for use in listing.uses if use.cause == "absent" and _served(use, manager)]


def _served(use: Use, manager: str) -> bool:
    return use.install.ecosystem in _ECOSYSTEMS and needs.served_by(use.install) == manager


def of_other_jobs(manager: str, listing: Listing) -> list[list[Use]]:
    """List the same for each other job of the workflow."""
    if listing.others is None:
        listing.others = _others(listing)
    found: dict[str, list[Use]] = {}
    for use in listing.others:
        if _served(use, manager):
            found.setdefault(use.job.name, []).append(use)
    return list(found.values())


def _others(listing: Listing) -> list[Use]:
    own = {use.job.name for use in listing.uses}
    return [
        Use(0, install, step, context._replace(job=job, step=step), "absent")
        for context in listing.callers
        for job in context.pipeline.jobs
        if job.name not in own
        for step in job.steps
        for install in step.installs
        if judge(install, step, job).cause == "absent"
    ]


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
    committed = set(listing.repository.files) if found else set()
    files = tuple(path for path in found if path in committed)
    return files or tuple(dict.fromkeys(use.install.command.where.source.path for use in uses))


def in_workspace(files: Sequence[str], folder: str) -> list[str]:
    """Give the paths of files of the repository relative to the workspace."""
    return [f"{folder}/{name}" if folder else name for name in files]

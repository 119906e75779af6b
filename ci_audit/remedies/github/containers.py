"""pip in a container job: root keeps nothing in the home that the runner mounts, so that the cache is moved first.

Facts: pip/_internal/utils/filesystem.py (`check_path_owner`), actions/runner ContainerOperationProvider; pip keeps its
cache below a directory whose nearest existing parent belongs to root.
"""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.remedies import Skipped, needs
from ci_audit.remedies.github import cache_step
from ci_audit.remedies.github.cache_step import Plan
from ci_audit.remedies.github.listing import Listing, Use

OF_ROOT = "/root/.cache/pip"
_OF_ANYBODY = "/tmp/pip-cache"
"""Its parent belongs to root and can be written by all, so that pip uses it for either."""


def plan(listing: Listing, manager: str, uses: Sequence[Use]) -> Plan | Skipped:
    """Move pip's cache to a directory of root by a variable of the job, and keep that."""
    if not all(use.job.machine.home_owner for use in uses):
        return Skipped("only some variants of the job run in a container")
    variable = needs.variable(manager)
    given = {use.install.command.env[variable].value for use in uses if variable in use.install.command.env}
    if given:
        if len(given) == 1 and all(variable in use.install.command.env for use in uses):
            return cache_step.plan(listing, manager, uses)
        return Skipped(f"{variable} is set for some of the commands only")
    if listing.in_action:
        return Skipped(f"the job that runs this action in a container has to set {variable} first")
    users = {use.install.command.user or use.job.machine.user for use in uses}
    if users == {"root"}:
        path, doubt = OF_ROOT, ""
    elif users == {""}:
        path, doubt = _OF_ANYBODY, "who runs the steps in the container is not known"
    else:
        return cache_step.plan(listing, manager, uses)
    found = cache_step.plan(listing, manager, uses, (path,))
    if isinstance(found, Skipped):
        return found
    if not any(item.action.name.lower().startswith("actions/") for item in listing.items):
        doubt = "no other step shows that actions run in this image"
    return cache_step.moved(found, listing, variable, path, f"Move pip's cache to `{path}` and keep it", doubt)

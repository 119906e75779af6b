"""conda without a known root: its package directory is moved by a variable first, so that it can be kept.

Facts: conda/base/context.py (`pkgs_dirs`, CONDA_PKGS_DIRS) and the README of conda-incubator/setup-miniconda.
"""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.remedies import Skipped, needs
from ci_audit.remedies.github import cache_step
from ci_audit.remedies.github.cache_step import Plan
from ci_audit.remedies.github.listing import Listing, Use

_PATH = "~/conda_pkgs_dir"


def plan(listing: Listing, manager: str, uses: Sequence[Use]) -> Plan | Skipped:
    """Keep the package directory, moved to a known place where it is not known."""
    lines = cache_step.paths_of(uses)
    if not isinstance(lines, Skipped) or listing.in_action:
        return cache_step.plan(listing, manager, uses)
    found = cache_step.plan(listing, manager, uses, (_PATH,))
    if isinstance(found, Skipped):
        return found
    title = f"Move conda's packages to `{_PATH}` and keep them"
    return cache_step.moved(found, listing, needs.variable("conda"), _PATH, title, "it moves conda's package directory")

"""The cache of pdm-project/setup-pdm.

Facts: pdm-project/setup-pdm, action.yml, src/caches.ts and src/cache-save.ts at v4.4.
"""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import Block, Operation, Set
from ci_audit.remedies import Skipped
from ci_audit.remedies.github import checkouts, groups, pins
from ci_audit.remedies.github.cache_step import OFF_BY_HAND, Plan
from ci_audit.remedies.github.listing import Listing, Use

_NAME = "pdm-project/setup-pdm"
_DEFAULT = "pdm.lock"


def plan(listing: Listing, uses: Sequence[Use]) -> Plan | Skipped:
    """Switch on the cache of the setup-pdm before the installs; Skipped says why that does not work."""
    first = min(use.number for use in uses)
    found = listing.actions(_NAME, first)
    if not found:
        return Skipped("no setup-pdm stands before the install")
    item = found[-1]
    if not pins.caches(_NAME, item.version):
        return Skipped(f"`{item.action.reference}` is too old to keep a cache")
    if item.condition:
        return Skipped("a condition decides whether setup-pdm runs")
    checkout = checkouts.before(listing, item.number)
    if isinstance(checkout, Skipped):
        return checkout
    if checkout.doubt and not checkout.folder:
        # It fails when no file matches.
        return Skipped(f"{checkout.doubt}, and without a dependency file setup-pdm fails")
    files = groups.in_workspace(groups.files_of(uses, listing, checkout.folder), checkout.folder)
    if any("__pypackages__" in use.install.command.text.text for use in uses):
        return Skipped("the project's packages lie in the checkout")
    path = listing.path_of(item)
    operations: list[Operation] = [Set((*path, "with", item.key_of("cache")), True)]
    if files != [_DEFAULT]:
        value = files[0] if len(files) == 1 else Block("".join(f"{name}\n" for name in files))
        operations.append(Set((*path, "with", item.key_of("cache-dependency-path")), value))
    doubt = checkout.doubt or (OFF_BY_HAND if item.input("cache") else "")
    return Plan(tuple(operations), "Keep the downloads of pdm with the `cache` input of setup-pdm", doubt)

"""The cache of astral-sh/setup-uv: switched on, and kept from taking the wheels out before it is saved.

Facts: astral-sh/setup-uv, action.yml, src/utils/inputs.ts and src/save-cache.ts at v1.0.0 to v10.0.1.
"""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import Operation, Set
from ci_audit.providers.github import actions
from ci_audit.remedies import Skipped
from ci_audit.remedies.github import pins
from ci_audit.remedies.github.cache_step import OFF_BY_HAND, Plan
from ci_audit.remedies.github.listing import Item, Listing, Use

_NAME = "astral-sh/setup-uv"
SPOKEN_OF = "the cache of setup-uv is off, and a comment beside it speaks of that"


def plan(listing: Listing, uses: Sequence[Use]) -> Plan | Skipped:
    """Switch on the cache of the setup-uv before the installs; Skipped says why that does not work."""
    item = _item(listing, uses)
    if item is None:
        return Skipped("no setup-uv stands before the install")
    known = actions.known(_NAME)
    defaults = known.defaults(item.version) if known is not None else None
    if defaults is None or not pins.caches(_NAME, item.version):
        return Skipped(f"`{item.action.reference}` is too old to keep a cache")
    if item.condition and any(listing.condition(use.number) != item.condition for use in uses):
        return Skipped("a condition decides whether setup-uv runs")
    if any("uv" not in use.install.command.words[0].text and use.install.gap for use in uses):
        return Skipped("which cache the command fills is not known")
    if not any(_fills(use) for use in uses) and not item.input("ignore-nothing-to-cache"):
        # Its post step fails when there is no cache directory at the end.
        return Skipped("nothing is sure to fill the cache")
    path = listing.path_of(item)
    written = item.input("enable-cache")
    if not written and defaults["enable-cache"] != "false":
        return Skipped("its cache is not off by `enable-cache`")
    if written and listing.speaks_of_cache(item):
        return Skipped(SPOKEN_OF)
    switch = item.key_of("enable-cache")
    operations: list[Operation] = [Set((*path, "with", switch), True)]
    prunes = item.input("prune-cache") or defaults["prune-cache"]
    if prunes.lower() == "true":
        operations.append(Set((*path, "with", item.key_of("prune-cache")), False, after=switch if written else ""))
    doubt = OFF_BY_HAND if written else ""
    return Plan(tuple(operations), "Keep the downloads of uv with the cache of setup-uv", doubt)


def lines(listing: Listing, uses: Sequence[Use]) -> tuple[str, ...]:
    """Give the path for a step of its own where an old setup-uv has moved uv's cache, by the variable that it sets."""
    item = _item(listing, uses)
    if item is None:
        return ()
    known = actions.known(_NAME)
    defaults = known.defaults(item.version) if known is not None else None
    moved = defaults is not None and defaults["sets-directory"] == "always"
    return ("${{ env.UV_CACHE_DIR }}",) if moved else ()


def _item(listing: Listing, uses: Sequence[Use]) -> Item | None:
    first = min(use.number for use in uses)
    found = listing.actions(_NAME, first)
    return found[-1] if found else None


def _fills(use: Use) -> bool:
    install = use.install
    return install.manager == "uv" and not install.command.conditional and install.network.value is True

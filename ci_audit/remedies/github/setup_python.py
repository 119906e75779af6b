"""The `cache` input of actions/setup-python: where it works, and where it would make the job fail.

Facts: actions/setup-python, action.yml, src/cache-distributions and src/cache-save.ts at v2.3.0 to v7.0.0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ci_audit.editing import Block, Operation, Set
from ci_audit.model import Cache
from ci_audit.patterns import regex
from ci_audit.providers.github import actions
from ci_audit.remedies import Skipped
from ci_audit.remedies.github import checkouts, groups, keys, pins
from ci_audit.remedies.github.cache_step import Plan
from ci_audit.remedies.github.listing import Item, Listing, Use

_NAME = "actions/setup-python"
_MANAGERS = ("poetry", "pipenv", "pip")
"""Those that the input takes; it takes one, and the caches of the first two have no other step that is as simple."""
_INSTALLS_POETRY = regex(
    r"\bpipx? install [^\n]*\bpoetry(?![\w-])|\b(?:snok/install-poetry|abatilo/actions-poetry|gr1n/setup-poetry)@",
    re.IGNORECASE,
)
_BEFORE_PIP_20 = regex(r"(?:2\.[0-6]|3\.[0-4])(?:\.|\Z)")
"""Pythons for which no pip with `pip cache dir` (20.1) was released."""
_POETRYS_OWN = "install.python-poetry.org"
"""Its installer writes to `~/.local/bin`, which is on the path of the Linux runners alone."""
COMMENTED_OUT = "the `cache` input of setup-python is commented out"
_TOOLS = frozenset(("pip", "setuptools", "wheel"))
"""What is there already: asking for it may download nothing."""


def plan(listing: Listing, manager: str, uses: Sequence[Use]) -> Plan | Skipped:
    """Switch the input on in the last step before the installs that can have it; Skipped says why none can."""
    first = min(use.number for use in uses)
    found = [item for item in listing.actions(_NAME, first) if not item.input("cache")]
    if not found:
        return Skipped("no setup-python stands before the install")
    item = found[-1]
    if listing.comments_out(item, "cache"):
        return Skipped(COMMENTED_OUT)
    for stronger in _MANAGERS[: _MANAGERS.index(manager)]:
        others = groups.uncached(listing, stronger)
        if others and isinstance(plan(listing, stronger, others), Plan):
            return Skipped(f"the input is taken by {stronger}")
    refusal = _refusal(listing, item, manager, uses)
    if refusal:
        return Skipped(refusal)
    checkout = checkouts.before(listing, item.number)
    if isinstance(checkout, Skipped):
        return checkout
    if checkout.doubt:
        return Skipped(f"{checkout.doubt}, and without a dependency file setup-python fails")
    files = groups.files_of(uses, listing, checkout.folder)
    if all(use.install.command.where.source.path in files for use in uses) and _collides(listing, manager, uses, files):
        return Skipped("other jobs install other packages under the same key")
    path = listing.path_of(item)
    anchor = item.key_of("python-version-file" if not item.input("python-version") else "python-version")
    anchor = anchor if item.input(anchor.lower()) else ""
    operations: list[Operation] = [Set((*path, "with", item.key_of("cache")), manager, after=anchor)]
    if not _default_finds(listing, item, manager, files) or checkout.folder:
        names = keys.patterns(groups.in_workspace(files, checkout.folder))
        value = names[0] if len(names) == 1 else Block("".join(f"{name}\n" for name in names))
        operations.append(Set((*path, "with", item.key_of("cache-dependency-path")), value, after=anchor))
    title = f"Keep the downloads of {manager} with the `cache` input of setup-python"
    doubt = "a comment in the step speaks of its cache" if listing.speaks_of_cache(item) else ""
    return Plan(tuple(operations), title, doubt)


def _refusal(listing: Listing, item: Item, manager: str, uses: Sequence[Use]) -> str:
    """Say what makes the input fail or useless there, the first that holds; empty when nothing does."""
    version = item.version
    known = actions.known(_NAME)
    defaults = known.defaults(version) if known is not None else None
    if version is None or defaults is None:
        return "which version of setup-python runs is not known"
    if manager not in defaults["cache"] or not pins.caches(_NAME, version):
        return f"`{item.action.reference}` is too old to keep a cache"
    if manager == "poetry" and not _poetry_is_there(listing, item):
        return "setup-python asks poetry for its directory, and poetry is not there yet"
    if manager == "pipenv" and any(map(_elsewhere, uses)):
        return "pipenv makes its environment in another folder than the one that setup-python keeps"
    if item.condition and any(listing.condition(use.number) != item.condition for use in uses):
        return "a condition decides whether setup-python runs"
    named = item.input("python-version") or item.input("python-version-file")
    if not named and defaults["python-version"] == "" and ".python-version" not in listing.repository.files:
        return "setup-python is given no version, and ignores `cache` then"
    versions = [value for (value,) in keys.variants_of(listing, [item.input("python-version")])]
    if any(_BEFORE_PIP_20.match(line.strip()) for value in versions for line in value.split("\n")):
        return "pip for that Python has no `pip cache dir`"
    for context in listing.contexts():
        job = context.job
        if job is None:
            continue
        own = _cache_of(item, job.caches)
        if own is None:
            return "setup-python does not run in every variant"
        if "PIP_NO_CACHE_DIR" in own.env:
            return "PIP_NO_CACHE_DIR is set, and `pip cache dir` fails then"
        if job.machine.home_owner and "PIP_CACHE_DIR" not in own.env:
            return "pip has no cache in a home that another user owns, and setup-python fails"
        if job.machine.persists.value is not False:
            return "whether the runner keeps its files is not known"
        if version.major < 6 and not any(_fills(use, manager) for use in uses if use.job is job):
            return "nothing is sure to fill the cache, and without it that version of setup-python fails at the end"
    return ""


def _cache_of(item: Item, caches: Sequence[Cache]) -> Cache | None:
    """Find what the model says of that step: it knows the variables that the step sees."""
    for cache in caches:
        if cache.kind == "setup-python" and cache.where == item.action.where:
            return cache
    return None


def _poetry_is_there(listing: Listing, item: Item) -> bool:
    """Tell whether an earlier step of the list puts Poetry on the path."""
    linux = all(context.job is not None and context.job.machine.os == "linux" for context in listing.contexts())
    for number in range(item.number):
        text = f"{listing.text(number, 'run')} {listing.text(number, 'uses')}"
        if not listing.condition(number) and (_INSTALLS_POETRY.search(text) or (linux and _POETRYS_OWN in text)):
            return True
    return False


def _elsewhere(use: Use) -> bool:
    """Tell whether pipenv works in another folder than the one that setup-python keeps."""
    install = use.install
    moved = any(name in install.command.env for name in ("PIPENV_VENV_IN_PROJECT", "WORKON_HOME"))
    return moved or not install.environments


def _fills(use: Use, manager: str) -> bool:
    """Tell whether an install is sure to put something into what is kept."""
    install = use.install
    if install.manager != manager or install.command.conditional or install.network.value is not True:
        return False
    if manager == "poetry":
        made = "virtualenvs.create" not in install.command.text.source.text
        return made and install.verb in ("install", "sync") and "POETRY_VIRTUALENVS_CREATE" not in install.command.env
    if manager == "pipenv":
        return install.verb in ("install", "sync")
    named = bool(install.files) or any(package.name.lower() not in _TOOLS for package in install.packages)
    return named and not install.command.user


def _default_finds(listing: Listing, item: Item, manager: str, files: Sequence[str]) -> bool:
    """Tell whether the action looks at all of these files by itself."""
    known = actions.known(_NAME)
    defaults = known.defaults(item.version) if known is not None else None
    table = defaults["files"] if defaults is not None else {}
    matched = {path for pattern in table.get(manager, ()) for path in listing.repository.glob(pattern)}
    if manager == "pip" and not matched:
        matched = {path for pattern in table.get("fallback", ()) for path in listing.repository.glob(pattern)}
    return bool(matched) and set(files) <= matched


def _collides(listing: Listing, manager: str, uses: Sequence[Use], files: Sequence[str]) -> bool:
    """Tell whether other jobs, or other variants of this one, install other packages under the same key."""
    return groups.others_differ(manager, listing, uses, files) or bool(keys.varying(listing, uses))

"""Remedies: what a card intends, spelled in each provider's own syntax as operations on its files.

A remedy decides and explains; it neither edits text nor checks the result. That is done by `ci_audit.fix`, the same way
for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from ci_audit.editing import Operation
from ci_audit.facts import Context, Verdict
from ci_audit.repository import Repository
from ci_audit.source import Where
from ci_audit.typed import Any, NamedTuple, Protocol, cast

SAFETIES = ("safe", "unsafe", "show")
"""From what can be written without a look to what is only advice."""

MODULES: dict[str, dict[str, str]] = {
    "cache-installs": {
        "github": "github.cache_installs",
        "gitlab": "gitlab.cache_installs",
        "travis": "travis.cache_installs",
        "dockerfile": "dockerfile.mounts",
    },
    "move-cache": {
        "github": "github.move_cache",
        "gitlab": "gitlab.cache_installs",
        "travis": "travis.cache_installs",
        "dockerfile": "dockerfile.mounts",
    },
    "satisfy-cache": {
        "github": "github.satisfy_cache",
        "travis": "travis.cache_installs",
    },
    "enable-cache": {
        "github": "github.enable_cache",
        "gitlab": "gitlab.enable_cache",
        "travis": "travis.enable_cache",
        "dockerfile": "dockerfile.mounts",
    },
    "restore-keys": {
        "github": "github.restore_keys",
        "gitlab": "gitlab.restore_keys",
    },
    "key-by-content": {"github": "github.key_by_content"},
    "move-cache-step": {"github": "github.move_cache_step"},
    "pin-action": {"github": "pinning.pin_action"},
    "pin-image": dict.fromkeys(("github", "gitlab", "dockerfile"), "pinning.pin_image"),
    "pin-package": dict.fromkeys(("github", "gitlab", "travis", "dockerfile"), "pinning.pin_package"),
    "compile-requirements": dict.fromkeys(("github", "gitlab", "travis", "dockerfile"), "pinning.compile_requirements"),
}
"""The module that spells an intent for a provider: the one place to add one."""


class Place(NamedTuple):
    """One match of a finding: the node that the rule points at, what it belongs to, and why."""

    node: Any
    context: Context
    verdict: Verdict


class Options(NamedTuple):
    """What the user's settings say about fixes."""

    builder: str = ""
    """`buildkit` or `classic` where the configuration names the image builder, else empty."""
    pins: Pins | None = None


class Pins(Protocol):
    """What is known of moving references: from a mapping file, a lock file or, when asked for, the network."""

    def action(self, name: str, ref: str) -> tuple[str, str] | str:
        """Give commit and version of an action's tag or branch, or why there is none."""

    def image(self, reference: str) -> str:
        """Give the digest of an image, `sha256:…`, or why there is none (then it has no such prefix)."""

    def package(self, ecosystem: str, name: str, specifier: str) -> tuple[str, str] | str:
        """Give the version of a package and where it comes from, or why there is none."""


class Request(NamedTuple):
    """A finding that asks for a remedy.

    `places` are all matches that the finding was made of: the same text in several jobs, variants or callers. The
    finding lies in `where.source`, which need not be the file that was audited (a composite action, an include).
    """

    intent: str
    ceiling: str
    """The safest that the card allows."""
    provider: str
    where: Where
    places: tuple[Place, ...]
    repository: Repository
    options: Options


class FileChange(NamedTuple):
    """The operations on one file; with `create` the file is new and has that text."""

    path: str
    operations: tuple[Operation, ...]
    create: str | None = None


class Remedy(NamedTuple):
    """A repair: the same remedy for several findings is one fix.

    `reason` says why it is not safer than it is, or for `show` what to do; it is shown to the user.
    """

    title: str
    safety: str
    files: tuple[FileChange, ...]
    reason: str = ""
    snippet: str = ""
    """For `show`: the text to put in by hand."""


class Skipped(NamedTuple):
    """Why a finding has no fix, in words that its owner would accept."""

    reason: str


class Speller(Protocol):
    """What a module provides that spells an intent for a provider."""

    def remedy(self, request: Request) -> Remedy | Skipped:
        """Give the repair, or the reason why there is none."""


def spells(intent: str, provider: str) -> bool:
    """Tell whether an intent can be spelled for a provider at all."""
    return provider in MODULES.get(intent, {})


def remedy(request: Request) -> Remedy | Skipped:
    """Ask the provider's module for the repair, never safer than the card allows."""
    name = MODULES.get(request.intent, {}).get(request.provider)
    if name is None:
        return Skipped(f"there is no `{request.intent}` for this kind of file")
    if request.where.source.lossy:
        return Skipped("the file is not valid UTF-8")
    from importlib import import_module

    found = cast(Speller, import_module(f"ci_audit.remedies.{name}")).remedy(request)
    if isinstance(found, Remedy):
        if SAFETIES.index(found.safety) < SAFETIES.index(request.ceiling):
            found = found._replace(safety=request.ceiling)
        risk = _fed(request) if request.intent in _CACHING else ""
        if risk:
            reason = f"{found.reason}; {risk}" if found.reason else risk
            safety = "unsafe" if found.safety == "safe" else found.safety
            found = found._replace(safety=safety, reason=reason)
    return found


_CACHING = frozenset(
    "cache-installs enable-cache move-cache key-by-content restore-keys satisfy-cache move-cache-step".split()
)


def _fed(request: Request) -> str:
    """Say which job publishes what the jobs of a finding make: a cache is for its owner to weigh there."""
    for place in request.places:
        job = place.context.job
        if job is not None and job.feeds.value:
            return f"{job.feeds.reason}, and who can write the cache could change it"
    return ""


def agreed(remedies: Iterable[Remedy | Skipped | None]) -> Remedy | Skipped | None:
    """Put together what the users of one text need: the least safe of equal remedies, or why there is none."""
    found = [remedy for remedy in remedies if remedy is not None]
    for remedy in found:
        if isinstance(remedy, Skipped):
            return remedy
    same = [remedy for remedy in found if isinstance(remedy, Remedy)]
    if not same:
        return None
    if any((one.title, one.files, one.snippet) != (same[0].title, same[0].files, same[0].snippet) for one in same):
        return Skipped("the jobs that share it need different changes")
    return max(same, key=lambda remedy: SAFETIES.index(remedy.safety))


def at_risk(request: Request) -> Skipped | None:
    """Say why no cache is offered: some job publishes, or runs the code of strangers with the repository's rights."""
    for place in request.places:
        job = place.context.job
        if job is None:
            continue
        for answer in (job.publishes, job.untrusted):
            if answer.value:
                return Skipped(f"a cache would be a risk in `{job.name}`: {answer.reason}")
    return None

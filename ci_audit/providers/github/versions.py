"""The version that a reference to an action names, and what holds from which version on."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.patterns import regex
from ci_audit.typed import NamedTuple

_VERSION = regex(r"(?:^|[\s=@/])v?(\d{1,4})(?:\.(\d+|x))?(?:\.(\d+|x))?(?![\w.])")
_COMMIT = regex(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?\Z")
_NEWEST = 10**6


class Version(NamedTuple):
    """A release; a part that a moving tag leaves open counts as the newest."""

    major: int
    minor: int = _NEWEST
    patch: int = _NEWEST


NEWEST = Version(_NEWEST)


def is_commit(ref: str) -> bool:
    return len(ref) in (40, 64) and _COMMIT.match(ref) is not None


@lru_cache(1024)
def version(ref: str, comment: str) -> Version | None:
    """Read the version out of a tag, or out of the comment behind a commit; None when neither tells."""
    if is_commit(ref):
        return _read(comment)
    if ref in ("main", "master"):
        return NEWEST
    return _read(ref)


def _read(text: str) -> Version | None:
    parts = text.removeprefix("v").split(".")
    if len(parts) <= 3 and len(parts[0]) <= 4 and text.isascii() and all(map(str.isdecimal, parts)):
        # A plain tag, as most are: the expression need not be compiled for it.
        return Version(*map(int, parts))
    match = _VERSION.search(text)
    if match is None:
        return None
    return Version(*(int(part) for part in match.groups() if part and part != "x"))


@lru_cache(256)
def parse(text: str) -> Version:
    """Read the first version of a range in a data file: `4` is 4.0.0."""
    parts = [int(part) for part in text.split(".")]
    return Version(*parts, *[0] * (3 - len(parts)))

"""Versions of Python packages compared, as far as their order is certain: releases of numbers, post-releases too."""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERSION = r"(?i)v?(\d+(?:\.\d+)*)(?:\.post(\d+))?\Z"
_CLAUSE = r"\s*(===|==|~=|!=|<=|>=|<|>)\s*(\S+)\s*\Z"

Key = tuple[tuple[int, ...], int]


def key(version: str) -> Key | None:
    """Give what a version is ordered by; None for a pre-release, a local version or one of another form."""
    found = re.match(_VERSION, version)
    if found is None:
        return None
    parts = [int(part) for part in found[1].split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts), int(found[2]) if found[2] else -1


def satisfies(version: str, specifier: str) -> bool | None:
    """Tell whether a version is one that a specifier (PEP 440) allows; None where that is not certain."""
    answers = [_clause(version, clause) for clause in specifier.split(",") if clause.strip()]
    if False in answers:
        return False
    return None if None in answers else True


def newest(versions: Iterable[str], specifier: str) -> str:
    """Give the newest release that a specifier allows; empty when there is none of which that is certain."""
    allowed = [(key(one) or ((), -1), one) for one in versions if key(one) is not None and satisfies(one, specifier)]
    return max(allowed)[1] if allowed else ""


def _clause(version: str, clause: str) -> bool | None:
    found = re.match(_CLAUSE, clause)
    own = key(version)
    if found is None or own is None:
        return None
    sign, wanted = found[1], found[2]
    if sign == "===":
        return version == wanted
    if wanted.endswith(".*"):
        if sign not in ("==", "!="):
            return None
        inside = _starts(own, wanted[:-2])
        return inside if inside is None or sign == "==" else not inside
    other = key(wanted)
    if other is None:
        return None
    if sign == "~=":
        prefix, dot, _ = wanted.rpartition(".")
        return own >= other and bool(_starts(own, prefix)) if dot and other[1] < 0 else None
    if sign == ">":
        # A post-release of that very release is not newer, PEP 440 says.
        return own > other and (own[0] != other[0] or other[1] >= 0)
    return {"==": own == other, "!=": own != other, ">=": own >= other, "<=": own <= other, "<": own < other}[sign]


def _starts(own: Key, prefix: str) -> bool | None:
    if not re.match(r"v?\d+(?:\.\d+)*\Z", prefix):
        return None
    parts = tuple(int(part) for part in prefix.lstrip("v").split("."))
    padded = own[0] + (0,) * (len(parts) - len(own[0]))
    return padded[: len(parts)] == parts

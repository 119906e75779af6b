"""The forms of commits, digests and image references."""

from __future__ import annotations

import re

COMMIT = r"(?i)(?:[0-9a-f]{40}|[0-9a-f]{64})\Z"
DIGEST = r"sha256:[0-9a-f]{64}\Z"

DOCKER_HUB = "docker.io"

_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME = rf"{_PART}(?:/{_PART})*\Z"
_TAG = r"\w[\w.-]{0,127}\Z"
_HOST = r"(?i)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?\Z"


def canonical(reference: str) -> tuple[str, str, str] | None:
    """Split an image reference without digest into registry, repository and tag, all written out; None for another.

    The grammar is that of github.com/distribution/reference.
    """
    first, slash, rest = reference.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, name = first, rest
    else:
        registry, name = DOCKER_HUB, reference
    if registry == "index.docker.io":
        registry = DOCKER_HUB
    name, colon, tag = name.partition(":")
    if registry == DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    if not colon:
        tag = "latest"
    if re.match(_HOST, registry) and re.match(_NAME, name) and re.match(_TAG, tag, re.ASCII):
        return registry.lower(), name, tag
    return None

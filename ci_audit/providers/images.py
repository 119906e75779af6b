"""Image references, the same for every provider."""

from __future__ import annotations


def split_reference(reference: str) -> tuple[str, str, str]:
    """Split an image reference into name, tag and digest; a part that is not there is empty."""
    rest, _, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return head + slash + name, tag, digest

"""The container images that a job pulls."""

from __future__ import annotations

from ci_audit.model import UNKNOWN, Image
from ci_audit.providers.images import split_reference
from ci_audit.source import Where


def image(reference: str, where: Where, role: str) -> Image:
    """Describe an image reference as a workflow writes it."""
    reference = reference.removeprefix("docker://")
    name, tag, digest = split_reference(reference)
    return Image(reference, where, role, name, tag, digest, UNKNOWN not in reference)

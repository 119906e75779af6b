"""`image:` and `services:`."""

from __future__ import annotations

from ci_audit.model import UNKNOWN, Image
from ci_audit.providers.gitlab import variables
from ci_audit.providers.gitlab.memory import Asked
from ci_audit.providers.gitlab.tree import List, Table, Text, Value
from ci_audit.providers.images import split_reference


def read(value: Value | None, env: Asked, role: str) -> Image | None:
    """Read an image, a name or a mapping with one; None where there is none."""
    if isinstance(value, Table):
        value = value.get("name")
    if not isinstance(value, Text) or not value.text:
        return None
    reference = env.expanded(value.text)
    name, tag, digest = split_reference(reference)
    return Image(reference, value.where, role, name, tag, digest, UNKNOWN not in reference)


def services(value: Value | None, env: Asked) -> list[Image]:
    items = variables.flat(value) if isinstance(value, List) else []
    return [image for image in (read(item, env, "service") for item in items) if image is not None]

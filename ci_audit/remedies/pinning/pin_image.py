"""Name an image by digest, with its tag kept in front of it."""

from __future__ import annotations

import re

from ci_audit.editing import Rewrite
from ci_audit.model import Image
from ci_audit.remedies import FileChange, Remedy, Request, Skipped
from ci_audit.typed import cast

_QUOTES = ("'", '"')
_SCHEME = "docker://"


def remedy(request: Request) -> Remedy | Skipped:
    """Put the digest behind the reference where it is written out."""
    image = cast(Image, request.places[0].node)
    if any(place.node.reference != image.reference for place in request.places):
        return Skipped("the name comes from a variable that is not the same in all jobs")
    where = request.where
    text, start = where.text, where.start
    if text[:1] in _QUOTES and text[-1:] == text[:1] and len(text) > 1:
        text, start = text[1:-1], start + 1
    if text.removeprefix(_SCHEME) != image.reference:
        return Skipped(f"`{image.reference}` is not written out here, it comes from a variable")
    if request.options.pins is None:
        return Skipped(f"no digest is known for `{image.reference}`; use --online or --pins")
    from ci_audit.pins.references import DIGEST

    digest = request.options.pins.image(image.reference)
    if not re.match(DIGEST, digest):
        return Skipped(f"no digest is known for `{image.reference}`: {digest or 'there is no answer'}")
    change = Rewrite(start, start + len(text), f"{text}@{digest}")
    return Remedy(
        f"Pin `{image.reference}` to its digest",
        "unsafe",
        (FileChange(where.source.path, (change,)),),
        "updates of the image arrive only when the digest is raised",
    )

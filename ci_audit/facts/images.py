"""Container images as nodes of the rule book."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ci_audit.facts import Context, Kind, Verdict
from ci_audit.model import Image, Pipeline
from ci_audit.patterns import regex
from ci_audit.providers import PROVIDERS
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN

_MOVING = frozenset(
    ("latest", "stable", "testing", "unstable", "rolling", "devel", "sid", "rawhide", "edge", "oldstable")
)

# A bare major number floats over minor releases: 3, v4, 3-slim, 20-alpine. A date (20240115) or 24.04 does not.
_MAJOR = regex(r"v?\d{1,3}(?:-[a-z][a-z0-9.-]*)?\Z", re.IGNORECASE)

_DISTRIBUTIONS = frozenset(
    ("debian", "ubuntu", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "oraclelinux", "buildpack-deps")
)
"""Images whose tag is a release of the distribution: its number or code name stays one release for ever."""


def nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[Image, Context]]:
    for job in pipeline.jobs:
        context = Context(pipeline, job, None, repository)
        for image in job.images:
            yield image, context


def tag(image: Image, context: Context) -> tuple[Verdict, ...]:
    """Tell how firm a reference is: by digest, by version, floating (no tag, `latest`, a major) or not known."""
    if image.digest:
        return (Verdict("digest"),)
    if not image.known or UNKNOWN in image.reference or image.name == "scratch":
        return ()
    name = image.tag
    if not name:
        return (Verdict("floating", reason="it has no tag, so it is whatever `latest` names at the time"),)
    release = image.name.rsplit("/", 1)[-1] in _DISTRIBUTIONS
    if name.lower() in _MOVING or not (release or any(char.isdigit() for char in name)):
        return (Verdict("floating", reason=f"the tag `{name}` names whatever was pushed last"),)
    if _MAJOR.match(name) and not release:
        return (Verdict("floating", reason=f"the tag `{name}` moves with every release of that major version"),)
    return (Verdict("version"),)


KIND = Kind(
    nodes=nodes,
    where=lambda image, context: image.where,
    fields={
        "image": lambda image, context: image.reference.replace(UNKNOWN, "…"),
        "role": lambda image, context: image.role,
        "provider": lambda image, context: context.pipeline.provider,
    },
    facts={"tag": tag},
    values={
        "tag": ("digest", "version", "floating"),
        "role": ("container", "service", "step", "from", "copy", "mount"),
        "provider": PROVIDERS,
    },
)

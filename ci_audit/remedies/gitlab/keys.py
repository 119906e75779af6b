"""The names that caches are given: fixed ones, since GitLab adds to what a fixed key already holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.model import Image, Job
from ci_audit.patterns import regex
from ci_audit.providers.images import split_reference

PER_JOB = "$CI_JOB_NAME_SLUG"
"""Tells jobs and the variants of a matrix apart (docs.gitlab.com/ci/variables/predefined_variables)."""

_TAG = regex(r"(?:[A-Za-z0-9._-]|\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\})+")
_NOT_PLAIN = regex(r"[^A-Za-z0-9._-]+")


def cache_key(managers: Sequence[str], jobs: Iterable[Job]) -> str:
    """Name managers and image: literally where all jobs and variants have the same one, else by the job."""
    labels = {_label(job) for job in jobs}
    name = "-".join(managers)
    if len(labels) == 1:
        label = labels.pop()
        if label is not None:
            return label if label.startswith(f"{name}-") else f"{name}-{label}" if label else name
    return f"{name}-{PER_JOB}"


def _label(job: Job) -> str | None:
    """Name what decides which files fit: the image, else the system; None where it cannot be named."""
    for image in job.images:
        if image.role == "container":
            return _image(image)
    return "" if job.machine.os == "linux" else job.machine.os


def _image(image: Image) -> str | None:
    written = image.where.text.strip("\"'")
    name, tag, _ = split_reference(written)
    last = name.rpartition("/")[2]
    if "$" not in last and _TAG.fullmatch(tag):
        # A variable stays one, so that the key follows when it changes.
        return f"{last}-{tag}"
    if "$[[" in written or not image.known:
        return None
    name, tag, _ = split_reference(image.reference)
    last = name.rpartition("/")[2]
    return _NOT_PLAIN.sub("-", f"{last}-{tag}" if tag else last).strip("-.") or None

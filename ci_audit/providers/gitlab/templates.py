"""GitLab's own templates, as far as it is known what they do to a pipeline."""

from __future__ import annotations

from ci_audit.patterns import regex

_JOBS_ONLY = ("Security/", "Jobs/", "Workflows/")
"""Folders whose templates add jobs and rules of their own, and set neither `default`, an image, scripts nor a cache for
others (gitlab-org/gitlab: lib/gitlab/ci/templates, 2026-08)."""

_ALIASES = frozenset(
    f"{name}.gitlab-ci.yml"
    for name in (
        "Code-Quality",
        "Container-Scanning",
        "DAST",
        "Dependency-Scanning",
        "License-Management",
        "License-Scanning",
        "SAST",
        "SAST-IaC.latest",
        "Secret-Detection",
    )
)
"""Names of some of them without their folder, which older configurations use."""


def adds_only_jobs(name: str) -> bool:
    """Tell whether including a template changes no job but its own."""
    return name.startswith(_JOBS_ONLY) or name in _ALIASES


_COMPONENTS = regex(
    r"[^/]+/components/(?:code-quality-oss|container-scanning|dast|dependency-scanning|sast|secret-detection)/"
)
"""Components of the group that GitLab itself maintains (gitlab.com/components, 2026-08)."""


def component_adds_only_jobs(name: str) -> bool:
    """Tell the same of a component, by its address without the version."""
    return _COMPONENTS.match(name) is not None

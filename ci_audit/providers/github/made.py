"""Files that the steps of a job may have made, so that the repository alone does not tell what is there."""

from __future__ import annotations

from ci_audit.providers.github.uses import Use

_MAKES_FILES = ("compile", "export", "freeze", "lock", "clone", "checkout", "curl", "wget", "unzip", "tar ", "download")


def may_make(use: Use, name: str) -> bool:
    """Tell whether an earlier step may have made a file of that name."""
    job = use.job
    if use.scope.depth or job.texts_cut or any("cache" in gap.affects for gap in job.gaps):
        return True
    name = name.replace("*", "")
    words = (name, *_MAKES_FILES) if name else _MAKES_FILES
    return any("download" in used for used in job.names) or any(word in text for text in job.texts for word in words)

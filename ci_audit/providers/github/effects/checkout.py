"""actions/checkout and what stands for it."""

from __future__ import annotations

from ci_audit.providers.github import publishing
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.uses import Use


def checkout(use: Use, known: Known) -> None:
    use.job.checkouts.append(use.inputs)
    publishing.by_checkout(use)

"""snok/install-poetry: it writes poetry's configuration, which has the effect of these variables."""

from __future__ import annotations

from ci_audit.model import UNKNOWN
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.uses import Use


def install_poetry(use: Use, known: Known) -> None:
    job = use.job
    for name in ("virtualenvs-create", "virtualenvs-in-project"):
        value = use.text(name)
        variable = "POETRY_" + name.upper().replace("-", "_")
        if value and variable not in job.env:
            job.set(variable, value, use.where(name))
    path = use.text("virtualenvs-path")
    if path and "POETRY_VIRTUALENVS_PATH" not in job.env:
        job.set("POETRY_VIRTUALENVS_PATH", UNKNOWN if "{" in path else path, use.where("virtualenvs-path"))

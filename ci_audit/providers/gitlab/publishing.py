"""Whether a job releases something."""

from __future__ import annotations

from ci_audit.managers.publishing import published
from ci_audit.model import Answer, Step
from ci_audit.providers.gitlab.tree import Table


def publishes(job: Table, steps: list[Step]) -> Answer:
    """Tell whether a job releases something, by a command or by `release:`."""
    for step in steps:
        for command in step.commands:
            name = published(command)
            if name:
                return Answer(True, f"`{name}` publishes", command.where)
    release = job.entries.get("release")
    if release is not None and job.get("release") is not None:
        return Answer(True, "it makes a release", release.key)
    return Answer(False, "")

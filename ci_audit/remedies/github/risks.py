"""Jobs in which no cache is offered: they release, or run for strangers with the repository's rights."""

from __future__ import annotations

from collections.abc import Iterable

from ci_audit.facts import Context
from ci_audit.model import Pipeline
from ci_audit.providers.github.triggers import tags_only
from ci_audit.remedies import Request, Skipped

_FOR_STRANGERS = ("pull_request_target", "workflow_run")


def at_risk(request: Request) -> Skipped | None:
    """Say why none is offered where the finding is; None where nothing speaks against it."""
    return of_contexts(place.context for place in request.places)


def of_contexts(contexts: Iterable[Context]) -> Skipped | None:
    """Say the same of all jobs that a change would reach."""
    for context in contexts:
        job = context.job
        if job is None:
            continue
        for answer in (job.publishes, job.untrusted):
            if answer.value:
                return Skipped(f"a cache would be a risk in `{job.name}`: {answer.reason}")
        reason = _started_by(context.pipeline)
        if reason:
            return Skipped(f"a cache would be a risk in `{job.name}`: {reason}")
    return None


def _started_by(pipeline: Pipeline) -> str:
    events = [trigger.name for trigger in pipeline.triggers if trigger.name != "workflow_dispatch"]
    for event in events:
        if event in _FOR_STRANGERS:
            return f"`{event}` runs with the rights of the repository"
    released = [event == "release" or (event == "push" and tags_only(pipeline.triggers)) for event in events]
    return "it runs for releases only" if released and all(released) else ""

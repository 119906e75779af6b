"""Actions, includes and other code from elsewhere as nodes of the rule book."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.facts import Context, Kind, Verdict
from ci_audit.model import Action, Pipeline
from ci_audit.patterns import regex
from ci_audit.providers import PROVIDERS
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN

_COMMIT = regex(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?\Z")
_VERSION = regex(r"v?\d+(?:\.\d+)*(?:[-+.]?\w+)*\Z")


def nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[Action, Context]]:
    for action in pipeline.actions:
        yield action, Context(pipeline, None, None, repository)
    for job in pipeline.jobs:
        context = Context(pipeline, job, None, repository)
        for action in job.actions:
            yield action, context


def pin(action: Action, context: Context) -> tuple[Verdict, ...]:
    """Tell what a reference names: a commit, a tag (it can be moved) or a branch (it moves)."""
    if action.kind not in ("repository", "workflow") or not action.name or UNKNOWN in action.reference:
        return ()
    if len(action.ref) in (40, 64) and _COMMIT.match(action.ref):
        return (Verdict("commit"),)
    if action.ref.removeprefix("v").isdecimal() or _VERSION.match(action.ref):
        return (Verdict("tag", reason=f"the tag `{action.ref}` can be moved to other code"),)
    return (Verdict("branch", reason=f"`{action.ref}` is whatever the branch holds at the time"),)


KIND = Kind(
    nodes=nodes,
    where=lambda action, context: action.where,
    fields={
        "action": lambda action, context: action.name,
        "ref": lambda action, context: action.ref,
        "kind": lambda action, context: action.kind,
        "reference": lambda action, context: action.reference.replace(UNKNOWN, "…"),
        "provider": lambda action, context: context.pipeline.provider,
    },
    facts={"pin": pin},
    values={
        "pin": ("commit", "tag", "branch"),
        "kind": ("repository", "local", "docker", "workflow", "include", "frontend"),
        "provider": PROVIDERS,
    },
)

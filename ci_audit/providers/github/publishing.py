"""Whether a job releases something, and whether strangers' code runs in it."""

from __future__ import annotations

from ci_audit.managers.publishing import published
from ci_audit.model import UNKNOWN, Answer, Step
from ci_audit.providers.github.state import JobState, Workflow
from ci_audit.providers.github.uses import Use
from ci_audit.typed import Any

_STRANGERS = {
    "pull_request_target": "`pull_request_target` runs with the rights of the repository",
    "workflow_run": "`workflow_run` runs with the rights of the repository",
    "issue_comment": "`issue_comment` runs with the rights of the repository",
}


def by_action(use: Use, entry: dict[str, Any]) -> None:
    """Notice an action that publishes; `publishes` names the input that makes it so, or is true."""
    publishes = entry.get("publishes")
    if not publishes or use.job.publishes is not None:
        return
    # An expression pushes on some runs: `push: ${{ github.event_name != 'pull_request' }}`.
    if isinstance(publishes, str) and use.text(publishes, "false").lower() in ("false", "no"):
        return
    use.job.publishes = (f"`{use.action.name}` publishes", use.action.where)


def by_commands(job: JobState, step: Step) -> None:
    """Notice a command that publishes, or that checks out what a stranger proposes."""
    for command in step.commands:
        name = published(command)
        if name and job.publishes is None:
            job.publishes = (f"`{name}` publishes", command.where)
        words = command.words
        if words and words[0].text == "gh" and [word.text for word in words[1:3]] == ["pr", "checkout"]:
            job.untrusted = job.untrusted or ("it checks out the code of a pull request", command.where)


def publishes(job: JobState, permissions: tuple[tuple[str, str], ...] | None) -> Answer:
    """Tell whether a job releases something: by what it does, else by what starts it and what it may do."""
    if job.publishes is not None:
        return Answer(True, *job.publishes)
    workflow = job.workflow
    if _released(workflow) and permissions is not None:
        rights = dict(permissions)
        if "write" in (rights.get("all"), rights.get("contents"), rights.get("packages"), rights.get("id-token")):
            return Answer(True, "it runs for releases only, with the right to write")
    return Answer(False, "")


def _released(workflow: Workflow) -> bool:
    """Tell whether only releases start the workflow."""
    events = set(workflow.events) - {"workflow_dispatch"}
    return bool(events) and (events <= {"release"} or (events <= {"release", "push"} and workflow.tags_only))


def untrusted(job: JobState) -> Answer:
    """Tell whether code of strangers runs with the repository's rights: checked out on an event that grants them."""
    reason = next((_STRANGERS[event] for event in job.workflow.events if event in _STRANGERS), None)
    if reason is None or job.untrusted is None:
        return Answer(False, "")
    what, where = job.untrusted
    return Answer(True, f"{what}, and {reason}", where)


def by_checkout(use: Use) -> None:
    """Notice a checkout of what a stranger proposes."""
    if use.inputs is None or use.job.untrusted is not None:
        return
    for name in ("ref", "repository"):
        item = use.node(name)
        written = getattr(item, "value", "")
        if isinstance(written, str) and is_strangers(written):
            use.job.untrusted = ("it checks out the code of a pull request", use.where(name))


def is_strangers(ref: str) -> bool:
    """Tell whether a ref names the head of a pull request."""
    ref = ref.replace(UNKNOWN, "").replace(" ", "").lower()
    return any(
        part in ref
        for part in (
            "pull_request.head.",
            "github.head_ref",
            "workflow_run.head_",
            "refs/pull/",
            "pull_request.merge_commit_sha",
            "workflow_run.pull_requests",
        )
    )

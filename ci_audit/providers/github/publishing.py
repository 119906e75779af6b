"""Whether a job releases something, and whether strangers' code runs in it."""

from __future__ import annotations

from ci_audit.model import UNKNOWN, Answer, Command, Step
from ci_audit.providers.github.state import JobState, Workflow
from ci_audit.providers.github.uses import Use
from ci_audit.typed import Any

_VERBS = {
    "twine": ("upload",),
    "poetry": ("publish",),
    "uv": ("publish",),
    "flit": ("publish",),
    "hatch": ("publish",),
    "pdm": ("publish",),
    "maturin": ("publish", "upload"),
    "npm": ("publish",),
    "pnpm": ("publish",),
    "yarn": ("publish",),
    "cargo": ("publish",),
    "gem": ("push",),
    "docker": ("push",),
    "podman": ("push",),
    "goreleaser": ("release",),
    "semantic-release": ("publish", "version"),
}
_PROGRAMS = frozenset((*_VERBS, "gh"))
_RELEASE_VERBS = frozenset(("create", "upload", "edit"))
_DRY = frozenset(("--dry-run", "--dry-run=true", "--help", "-h", "--noop", "--snapshot"))

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
        if not command.words:
            continue
        program = command.words[0].text
        if "/" in program or "\\" in program or program.endswith(".exe"):
            program = program.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
        if program in _PROGRAMS or program.startswith("python"):
            _by_command(job, program, command)


def _by_command(job: JobState, program: str, command: Command) -> None:
    words = [word.text for word in command.words]
    if program.startswith("python") and words[1:2] == ["-m"] and len(words) > 2:
        program, words = words[2], words[2:]
    if program == "gh" and words[1:3] == ["pr", "checkout"] and job.untrusted is None:
        job.untrusted = ("it checks out the code of a pull request", command.where)
    name = _published(program, words)
    if name and job.publishes is None:
        job.publishes = (f"`{name}` publishes", command.where)


def _published(program: str, words: list[str]) -> str:
    if not _DRY.isdisjoint(words):
        return ""
    rest = [word for word in words[1:] if not word.startswith("-")]
    if program == "gh" and len(rest) > 1 and rest[0] == "release" and rest[1] in _RELEASE_VERBS:
        return f"gh release {rest[1]}"
    verbs = _VERBS.get(program)
    if verbs is None or not rest:
        return ""
    if program in ("docker", "podman") and rest[0] in ("image", "manifest") and "push" in rest[1:2]:
        return f"{program} push"
    if program == "docker" and "--push" in words:
        return "docker build --push"
    return f"{program} {rest[0]}" if rest[0] in verbs else ""


def publishes(job: JobState, permissions: tuple[tuple[str, str], ...] | None) -> Answer:
    """Tell whether a job releases something: by what it does, else by what starts it and what it may do."""
    if job.publishes is not None:
        return Answer(True, *job.publishes)
    workflow = job.workflow
    if _released(workflow) and permissions is not None:
        rights = dict(permissions)
        if rights.get("all") == "write" or "write" in (
            rights.get("contents"),
            rights.get("packages"),
            rights.get("id-token"),
        ):
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

"""Whether a job releases something."""

from __future__ import annotations

from ci_audit.model import Answer, Command, Step
from ci_audit.providers.gitlab import rules
from ci_audit.providers.gitlab.tree import Table

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
    "buildah": ("push",),
    "release-cli": ("create",),
    "glab": ("release",),
}


def publishes(job: Table, steps: list[Step]) -> Answer:
    """Tell whether a job runs for tags only and publishes what it makes."""
    if not rules.tags_only(job):
        return Answer(False, "")
    for step in steps:
        for command in step.commands:
            name = _published(command)
            if name:
                return Answer(True, f"`{name}` publishes, for tags only", command.where)
    release = job.entries.get("release")
    if release is not None and job.get("release") is not None:
        return Answer(True, "it makes a release", release.key)
    return Answer(False, "")


def _published(command: Command) -> str:
    words = [word.text for word in command.words]
    if words[1:2] == ["-m"] and words[0].rpartition("/")[2].startswith("python"):
        words = words[2:]
    if not words:
        return ""
    program = words[0].rpartition("/")[2]
    verbs = _VERBS.get(program)
    if verbs is None or "--dry-run" in words:
        return ""
    rest = [word for word in words[1:] if not word.startswith("-")]
    if program in ("docker", "buildah", "podman") and rest[:1] in (["image"], ["manifest"]):
        rest = rest[1:]
    return f"{program} {rest[0]}" if rest and rest[0] in verbs else ""

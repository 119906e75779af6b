"""Commands that release something: a job that runs one is better off without a cache that others may fill."""

from __future__ import annotations

from ci_audit.model import Command

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
PROGRAMS = frozenset((*_VERBS, "gh"))
_RELEASE_VERBS = frozenset(("create", "upload", "edit"))
_DRY = frozenset(("--dry-run", "--dry-run=true", "--help", "-h", "--noop", "--snapshot"))


def published(command: Command) -> str:
    """Name the command that releases something, as `twine upload`; empty when it does not."""
    if not command.words:
        return ""
    program = command.words[0].text
    if "/" in program or "\\" in program or program.endswith(".exe"):
        program = program.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    if program not in PROGRAMS and not program.startswith("python"):
        return ""
    words = [word.text for word in command.words]
    if program.startswith("python") and words[1:2] == ["-m"] and len(words) > 2:
        program, words = words[2], words[2:]
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

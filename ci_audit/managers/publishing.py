"""Commands that release something: a job that runs one is better off without a cache that others may fill.

What counts is what others install, run or download: packages, images, files of a release. Putting up a site does not
(`docs/decisions/0010-what-publishes.md`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.model import Command

_VERBS = {
    "anaconda": ("upload",),
    "buildah": ("push",),
    "bun": ("publish",),
    "cargo": ("publish", "release"),
    "changeset": ("publish",),
    "charmcraft": ("upload", "release"),
    "crane": ("push", "copy", "append"),
    "deno": ("publish",),
    "docker": ("push",),
    "flit": ("publish",),
    "gem": ("push",),
    "gh": ("release create", "release upload", "release edit"),
    "glab": ("release create", "release upload"),
    "goreleaser": ("release",),
    "hatch": ("publish",),
    "helm": ("push",),
    "jsr": ("publish",),
    "ko": ("build", "publish", "resolve", "apply"),
    "lerna": ("publish",),
    "maturin": ("publish", "upload"),
    "nerdctl": ("push",),
    "npm": ("publish",),
    "oras": ("push", "copy", "cp"),
    "ovsx": ("publish",),
    "pdm": ("publish",),
    "pnpm": ("publish",),
    "podman": ("push",),
    "poetry": ("publish",),
    "rattler-build": ("upload", "publish"),
    "release-cli": ("create",),
    "rye": ("publish",),
    "semantic-release": ("publish", "version"),
    "setup.py": (),
    "snapcraft": ("upload", "push", "release"),
    "twine": ("upload",),
    "uv": ("publish",),
    "vsce": ("publish",),
    "yarn": ("publish", "npm publish"),
}
"""What each program releases with; all words of a verb stand one after the other."""

_IMAGES = frozenset(("docker", "podman", "buildah", "nerdctl"))
_RUNNERS = {
    **dict.fromkeys(("npx", "bunx", "pnpx", "uvx"), ("",)),
    "npm": ("exec", "x"),
    "pipx": ("run",),
    "pnpm": ("exec", "dlx"),
    "uv": ("tool",),
    "yarn": ("exec", "dlx"),
}
"""Programs that fetch a tool and run it, with the verbs by which they do; an empty one: always."""
_MODULES = {"semantic_release": "semantic-release"}
_ALWAYS = frozenset(("ghr", "release-it"))
PROGRAMS = frozenset((*_VERBS, *_IMAGES, *_RUNNERS, *_MODULES, *_ALWAYS, "skopeo"))
_DRY = frozenset(("--dry-run", "--dry-run=true", "--help", "-h", "--noop", "--print", "--snapshot", "--version"))
_VERSION = ("==", "@", "[")


def published(command: Command) -> str:
    """Name the command that releases something, as `twine upload`; empty when it does not."""
    if not command.words:
        return ""
    program = _base(command.words[0].text)
    if program not in PROGRAMS and not program.startswith("python"):
        return ""
    words = [word.text for word in command.words]
    if not _DRY.isdisjoint(words):
        return ""
    if program.startswith("python"):
        if words[1:2] == ["-m"] and len(words) > 2:
            program, words = _MODULES.get(words[2], words[2]), words[2:]
        elif len(words) > 1 and _base(words[1]) == "setup.py":
            program, words = "setup.py", words[1:]
    found = _named(program, words[1:])
    if not found and _runs(program, words[1:]):
        for at in range(1, len(words)):
            found = found or _named(_tool(words[at]), words[at + 1 :])
    return found


def _base(word: str) -> str:
    if "/" in word or "\\" in word or word.endswith(".exe"):
        word = word.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    return word


def _runs(program: str, words: Sequence[str]) -> bool:
    """Tell whether a program fetches a tool and runs it."""
    verbs = _RUNNERS.get(program, ())
    return "" in verbs or any(word in verbs for word in words[:1])


def _tool(word: str) -> str:
    """Give the name of a tool without its version and extras."""
    for sign in _VERSION:
        at = word.find(sign, 1)
        word = word[:at] if at > 0 else word
    return word


def _named(program: str, words: Sequence[str]) -> str:
    """Judge a program with its arguments."""
    rest = [word for word in words if not word.startswith("-")]
    if program in _ALWAYS or (program == "semantic-release" and not rest):
        # Without a verb the semantic-release of Node releases; the one of Python prints how it is used.
        return program
    for verb in _VERBS.get(program, ()):
        if verb in rest[:1] or (" " in verb and verb.split() == rest[:2]):
            return f"{program} {verb}"
    if program == "setup.py" and "upload" in rest:
        return "setup.py upload"
    if program == "skopeo" and rest[:1] == ["copy"] and rest[-1].startswith("docker://"):
        return "skopeo copy"
    return _image(program, words, rest) if program in _IMAGES else ""


def _image(program: str, words: Sequence[str], rest: Sequence[str]) -> str:
    """Tell whether an image is pushed: by a verb, or by a build with `--push` or an output that does."""
    if rest[:1] and rest[0] in ("image", "manifest", "compose") and "push" in rest[1:]:
        return f"{program} push"
    outputs = [word for before, word in zip(("", *words), words, strict=False) if before in ("--output", "-o")]
    outputs += [word for word in words if word.startswith(("--output=", "-o="))]
    if "--push" in words or "--push=true" in words:
        return f"{program} build --push"
    if any("type=registry" in output or "push=true" in output for output in outputs):
        return f"{program} build --output"
    return ""

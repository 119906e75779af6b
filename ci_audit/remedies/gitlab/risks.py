"""What could tell the difference when downloads lie inside the project instead of the home directory."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.gitignore import IgnoreFile
from ci_audit.model import UNKNOWN, Command, Job
from ci_audit.paths import WORKSPACE, normalise, touches
from ci_audit.patterns import regex
from ci_audit.providers.gitlab.tree import Table, Text, texts
from ci_audit.remedies.gitlab.configuration import View
from ci_audit.repository import Repository
from ci_audit.wrappers import program

_GIT = frozenset(("status", "clean", "add", "stash", "ls-files"))
_IMAGES = frozenset(("docker", "podman", "buildah", "nerdctl", "kaniko", "executor", "img", "buildctl"))
_COMPOSE = frozenset(("docker-compose", "podman-compose"))
_PACKS = {
    "hatch": ("build",),
    "hatchling": ("build",),
    "flit": ("build",),
    "pdm": ("build",),
    "uv": ("build",),
    "poetry": ("build",),
    "pyproject-build": (),
    "maturin": ("build", "sdist"),
}
_COPIES = frozenset("cp rsync scp tar zip 7z find grep egrep rg sed xargs aws gsutil az chown chmod du mv".split())
_LINTERS = frozenset(
    "autoflake autopep8 bandit black codespell flake8 interrogate isort mypy prospector pycodestyle pydocstyle pyflakes"
    " pylint pyright pyupgrade radon ruff vulture xenon yapf".split()
)
_PASS_HIDDEN = frozenset(("black", "codespell", "mypy", "ruff"))
"""Linters that pass over hidden folders, or over uv's for the `.gitignore` that it puts there."""
_HOOKS = frozenset(("pre-commit", "prek"))
_WITHOUT_NAMES = regex(r"pass_filenames: *(?:false|no)\b")
_WORDS = regex(r"[\w-]+")
_OPAQUE = frozenset("make just task invoke inv tox nox hatch doit nix bazel npm yarn ninja sonar-scanner".split())
_SCRIPTS = (".sh", ".bash", ".py", ".ps1")
_SHELLS = frozenset(("bash", "sh", "zsh", "dash", "ksh", "pwsh", "powershell"))


def in_project(job: Job, view: View, paths: Sequence[str], code: bool, repository: Repository) -> str:
    """Say what in a job may come upon these directories; empty when nothing does.

    `code`: they hold Python files as such, which linters read.
    """
    taken = _artifacts(view, paths)
    if taken:
        return taken
    ignored = all(is_ignored(path, ".gitignore", repository) for path in paths)
    for step in job.steps:
        if step.gap and code:
            return f"not all that the job runs is known: {step.gap}"
        for command in step.commands:
            reason = _of_command(command, paths, ignored, code, repository)
            if reason:
                return reason
    return ""


def _artifacts(view: View, paths: Sequence[str]) -> str:
    value = view.table.get("artifacts")
    if value is None:
        entry = view.default("artifacts")
        value = entry.value if entry is not None else None
    if not isinstance(value, Table):
        return ""
    untracked = value.get("untracked")
    if isinstance(untracked, Text) and untracked.value is True:
        return "`artifacts:untracked` would take the downloads along"
    for item in texts(value.get("paths")):
        taken = normalise(item.text)
        if taken == WORKSPACE or any(touches(taken, f"{WORKSPACE}/{path}") for path in paths):
            return f"the artifacts `{item.text}` would take the downloads along"
    return ""


def is_ignored(path: str, name: str, repository: Repository) -> bool:
    """Tell whether the ignore file at the root leaves out a directory."""
    source = repository.source(name)
    if source is None:
        return False
    rules = IgnoreFile(source.text.encode("utf-8", "surrogateescape"))
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        part = "/".join(parts[:count])
        if rules.ignores(part, parts[count - 1], True):
            return True
    return False


def _of_command(command: Command, paths: Sequence[str], ignored: bool, code: bool, repository: Repository) -> str:
    words = [word.text for word in command.words]
    if not words or command.elsewhere:
        return ""
    name = program(words[0])
    if name in ("python", "python3", "py") and len(words) > 2 and words[1] == "-m":
        words = words[2:]
        name = words[0] if words[0] != "build" else "pyproject-build"
    rest = words[1:]
    shown = command.shown
    if name == "git" and _GIT.intersection(rest) and (not ignored or "clean" in rest):
        return f"`{shown}` would come upon the downloads"
    if _builds_image(name, rest) and not all(is_ignored(path, ".dockerignore", repository) for path in paths):
        return f"`{shown}` would take the downloads into the build context"
    if name in _PACKS and not ignored and (not _PACKS[name] or set(_PACKS[name]) & set(rest)):
        return f"`{shown}` may pack the downloads"
    if name in _COPIES and any(text in (".", "./", "*", "./*") for text in rest):
        return f"`{shown}` would come upon the downloads"
    if not code:
        return ""
    if name in _HOOKS and _reads_all(command, repository):
        return f"a hook of `{shown}` may read the downloads"
    return _of_code(name, rest, shown, ignored)


def _reads_all(command: Command, repository: Repository) -> bool:
    """Tell whether a hook that is given no file names runs a linter that enters hidden folders."""
    folder = command.where.source.path.rpartition("/")[0]
    for path in {".pre-commit-config.yaml", f"{folder}/.pre-commit-config.yaml".lstrip("/")}:
        source = repository.source(path)
        if source is not None and _WITHOUT_NAMES.search(source.text):
            return bool((_LINTERS - _PASS_HIDDEN).intersection(_WORDS.findall(source.text)))
    return False


def _builds_image(name: str, rest: Sequence[str]) -> bool:
    if name in _COMPOSE:
        return "build" in rest or "--build" in rest
    if name not in _IMAGES:
        return False
    return name in ("kaniko", "executor") or bool({"build", "bud", "--build", "bake"} & set(rest))


def _of_code(name: str, rest: Sequence[str], shown: str, ignored: bool) -> str:
    if name in _LINTERS:
        if ignored and name in ("black", "ruff"):
            return ""
        named = [text for text in rest if not text.startswith("-")]
        if not named or any(text in (".", "./", "*") or UNKNOWN in text for text in named):
            return f"`{shown}` may read the downloads"
    if name in _OPAQUE or (name in _SHELLS and rest) or name.endswith(_SCRIPTS):
        return f"what `{shown}` does with files of the project is not known"
    return ""

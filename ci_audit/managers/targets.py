"""What a requirement word leaves to fetch, for pip and for `uv pip`."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.managers.files import file_use
from ci_audit.managers.pins import kind_of
from ci_audit.managers.protocol import Invocation
from ci_audit.model import Answer, FileUse, Word

UNCERTAIN = "a word of the command is not known and may be an option"
NOTHING = Answer(False, "it names nothing to install")
PRINTS = Answer(False, "it only prints a text")


def network_of(targets: Sequence[Word], editable: Sequence[Word], *, no_deps: bool, no_build_isolation: bool) -> Answer:
    """Judge a command that names all that it installs: at least one target, or one behind `-e`."""
    kinds = {kind_of(word.text) for word in targets}
    kinds.update("url" if kind_of(word.text) == "url" else "project" for word in editable)
    if "package" in kinds or "url" in kinds:
        return Answer(True, "")
    if "project" in kinds:
        if not no_deps:
            return Answer(True, "")
        if no_build_isolation:
            return Answer(False, "`--no-deps` and `--no-build-isolation` leave nothing to fetch")
        return Answer(None, "`--no-deps` leaves only what the build requires")
    if "archive" not in kinds:
        return Answer(None, "what it installs is not known")
    if not no_deps or "unknown" in kinds:
        return Answer(None, "what the local files depend on may be there already")
    if no_build_isolation or all(".whl" in word.text for word in targets):
        return Answer(False, "it installs local files without what they depend on")
    return Answer(None, "`--no-deps` leaves only what the build requires")


def projects(call: Invocation, targets: Sequence[Word]) -> list[FileUse]:
    """List the local projects among the targets, where their names are known."""
    return [
        file_use(call, word, "project", text=project_folder(word.text))
        for word in targets
        if kind_of(word.text) == "project"
    ]


def project_folder(text: str) -> str:
    """Take the scheme and the extras off a local requirement: `.` for `.[test]`."""
    _, scheme, path = text.rpartition("file:")
    if scheme:
        path = path[2:] if path.startswith("//") else path
    return path.partition("[")[0]

"""Name an action or reusable workflow by commit, with the version behind it as update bots read it."""

from __future__ import annotations

import re

from ci_audit.editing import CannotEdit, Set
from ci_audit.model import Action
from ci_audit.remedies import FileChange, Remedy, Request, Skipped
from ci_audit.typed import cast

_VERSION_COMMENT = r"(?i)(?:(?:renovate:\s*)?(?:tag|pin)[ =]\s*|ratchet:\S+@|@)?v?\d+(?:\.\d+)*(?:[-+.]?\w+)*\s*\Z"
_LABEL = r"[\w.+/-]+\Z"

# Its workflows look for the tag that they are called by and fail without one: README of slsa-github-generator.
_BY_TAG_ONLY = ("slsa-framework/slsa-github-generator",)


def remedy(request: Request) -> Remedy | Skipped:
    """Replace the ref by its commit; a comment that is no version stays behind the new one."""
    action = cast(Action, request.places[0].node)
    shown = f"`{action.name}@{action.ref}`"
    if any(action.name.lower().startswith(name) for name in _BY_TAG_ONLY):
        return Skipped(f"{shown} works only when it is called by a tag")
    if request.options.pins is None:
        return Skipped(f"no commit is known for {shown}; use --online or --pins")
    from ci_audit.editing.document import Document
    from ci_audit.pins.references import COMMIT
    from ci_audit.syntax.yamltree import GITHUB, Mapping, Scalar, YamlError

    found = request.options.pins.action(action.name, action.ref)
    if isinstance(found, str):
        return Skipped(f"no commit is known for {shown}: {found}")
    commit, version = found
    version = version or action.ref
    if not re.match(COMMIT, commit) or not re.match(_LABEL, version):
        return Skipped(f"no commit is known for {shown}: the answer is none")
    source = request.where.source
    try:
        document = Document.of(source, GITHUB)
        path = document.path_at(request.where.start, request.where.end)
    except (CannotEdit, YamlError) as error:
        return Skipped(f"where it is written is not clear: {error}")
    node, parent = document.node(path), document.node(path[:-1])
    if not isinstance(node, Scalar) or node.value.strip() != action.reference.strip():
        return Skipped("the reference is not written in one piece")
    if isinstance(parent, Mapping) and source.text[parent.start : parent.start + 1] == "{":
        return Skipped("it stands between brackets, where the version has no place behind it")
    reason = ""
    if any(place.verdict.value == "branch" for place in request.places):
        reason = f"`{action.ref}` is a branch: what is added to it later is no longer run"
    change = Set(path, f"{action.name}@{commit.lower()}", comment=_comment(action, version))
    return Remedy(
        f"Pin {shown} to its commit",
        "unsafe" if reason else "safe",
        (FileChange(source.path, (change,)),),
        reason,
    )


def _comment(action: Action, version: str) -> str:
    old = action.comment.strip()
    return f"{version} # {old}" if old and not re.match(_VERSION_COMMENT, old) else version

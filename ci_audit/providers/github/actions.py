"""What `uses:` names, and what is known about it."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.model import UNKNOWN, Action
from ci_audit.patterns import regex
from ci_audit.providers.github import versions
from ci_audit.providers.github.data import load
from ci_audit.providers.github.versions import Version
from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import Scalar
from ci_audit.typed import Any, NamedTuple

_COMMENT = regex(r"[\"']?[ \t]+#[ \t]*([^\r\n]*)")


class Known(NamedTuple):
    """An entry of the data file."""

    kind: str
    """neutral, effect, or unknown (it may restore a cache or change the environment)"""
    entry: dict[str, Any]

    @property
    def simple(self) -> bool:
        """Say that a use of it changes nothing that is looked at."""
        return self.kind == "neutral" and "publishes" not in self.entry and "runs" not in self.entry

    def defaults(self, version: Version | None) -> dict[str, Any] | None:
        """Put together what holds at a version; None when it has to be known and is not."""
        table: list[dict[str, Any]] = self.entry.get("versions", [])
        if table and version is None:
            return None
        found: dict[str, Any] = {}
        for row in table:
            if version is not None and versions.parse(row["from"]) <= version:
                found.update(row)
        return found


def read(reference: str, node: Scalar, source: Source) -> Action:
    """Split a `uses:` of a step or a job into its parts."""
    kind, name, ref = _parts(reference)
    comment = _comment(source, node.end) if name else ""
    return Action(reference, Where(source, node.start, node.end), kind, name, ref, comment)


@lru_cache(1024)
def _parts(reference: str) -> tuple[str, str, str]:
    """Tell the kind, name and ref of an action."""
    # `$/path` is this repository at the running commit, `./path` what lies in the workspace.
    if reference.startswith(("./", "$/", "../", ".\\")):
        kind = "workflow" if reference.lower().endswith((".yml", ".yaml")) else "local"
        return kind, "", ""
    if reference.startswith("docker://"):
        return "docker", "", ""
    name, _, ref = reference.partition("@")
    kind = "workflow" if name.lower().endswith((".yml", ".yaml")) and "/.github/workflows/" in name else "repository"
    return kind, name, ref


def _comment(source: Source, end: int) -> str:
    """Read the comment behind a value on its line."""
    if source.text[end : end + 1] in ("\n", ""):
        return ""
    match = _COMMENT.match(source.text, end)
    return match[1].rstrip() if match else ""


@lru_cache(1024)
def known(name: str) -> Known | None:
    """Look an action up: by its full name, its repository or its owner; None when nothing is known of it."""
    table: dict[str, dict[str, Any]] = load("github_actions")["actions"]
    name = name.lower()
    parts = name.split("/")
    candidates = [name, *("/".join(parts[:size]) + "/*" for size in range(len(parts) - 1, 0, -1))]
    for candidate in candidates:
        entry = table.get(candidate)
        if entry is not None:
            return Known(entry["kind"], entry)
    return None


def version_of(action: Action) -> Version | None:
    return versions.version(action.ref, action.comment) if UNKNOWN not in action.ref else None

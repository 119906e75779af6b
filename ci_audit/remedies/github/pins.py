"""How a new step names its action: as the other steps of the file do, at a version that their runner has as well."""

from __future__ import annotations

from ci_audit.editing import Commented
from ci_audit.model import Action
from ci_audit.providers.github import actions, nodes, versions
from ci_audit.providers.github.data import load
from ci_audit.providers.github.versions import NEWEST, Version
from ci_audit.remedies.github.listing import Listing
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence
from ci_audit.typed import Any, cast


def reference(name: str, listing: Listing) -> str | Commented:
    """Write `name@…`: as the file does already, else by commit where the file pins by commit, else by tag.

    The major is the newest that runs on the same Node.js as what the file uses: a runner, or a GitHub Enterprise
    Server, that has the one has the other.
    """
    # Everything that it depends on is in the file.
    kept = listing.document.derived
    if (key := f"reference to {name}") not in kept:
        kept[key] = _reference(name, _used(listing))
    return cast("str | Commented", kept[key])


def _reference(name: str, used: list[Action]) -> str | Commented:
    own = [action for action in used if action.name.lower() == name and caches(name, actions.version_of(action))]
    if own:
        newest = max(own, key=lambda action: actions.version_of(action) or Version(0))
        text = f"{newest.name}@{newest.ref}"
        return Commented(text, newest.comment) if newest.comment and versions.is_commit(newest.ref) else text
    releases: list[dict[str, Any]] = load("pins")["actions"][name]
    node = 24 if any(_on_node24(action) for action in used) else 20
    release = [one for one in releases if one["node"] <= node][-1]
    pinned = [versions.is_commit(action.ref) for action in used]
    if sum(pinned) * 2 > len(pinned):
        return Commented(f"{name}@{release['commit']}", release["version"])
    return f"{name}@{release['version'].partition('.')[0]}"


def caches(name: str, version: Version | None) -> bool:
    """Tell whether that version of an action keeps anything with the cache service of today; False where unknown."""
    if version is None:
        return False
    for start, end in load("pins")["caching"].get(name, [["0", ""]]):
        if versions.parse(start) <= version < (versions.parse(end) if end else (*NEWEST, 1)):
            return True
    return False


def _used(listing: Listing) -> list[Action]:
    """List the actions from elsewhere that the file uses."""
    found: list[Action] = []
    waiting: list[Node] = [listing.document.root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if type(node) is Mapping:
            uses = node.get("uses")
            if isinstance(uses, Scalar):
                action = actions.read(nodes.text(uses), uses, listing.source)
                if action.kind == "repository":
                    found.append(action)
            waiting += [value for _, value in node.items() if type(value) is not Scalar]
        elif type(node) is Sequence:
            waiting += node.items
    return found


def _on_node24(action: Action) -> bool:
    major = load("pins")["node24"].get(action.name.lower())
    version = actions.version_of(action)
    return major is not None and version is not None and version.major >= major

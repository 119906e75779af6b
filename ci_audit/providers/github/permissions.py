"""The rights of a job's token."""

from __future__ import annotations

from ci_audit.providers.github import nodes
from ci_audit.syntax.yamltree import Mapping, Node, Scalar

Permissions = tuple[tuple[str, str], ...]


def read(node: Node | None) -> Permissions | None:
    """List scopes with their rights; None where nothing is said; `read-all` is the scope `all`."""
    if isinstance(node, Mapping):
        return tuple((key.value, nodes.text(item)) for key, item in node.items())
    if isinstance(node, Scalar):
        value = nodes.text(node)
        return (("all", value.removesuffix("-all")),) if value in ("read-all", "write-all") else None
    return None

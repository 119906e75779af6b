"""Reading values out of the YAML tree of a GitHub file."""

from __future__ import annotations

from ci_audit.source import Source, Where
from ci_audit.syntax import expressions
from ci_audit.syntax.expressions import Context, Value
from ci_audit.syntax.yamltree import GITHUB, Mapping, Node, Scalar, Sequence, resolve, text_of

_MAY_BE_TYPED = frozenset(("", *"0123456789+-.~nNtTfF"))


def text(node: Node | None) -> str:
    """Give a scalar's text as GitHub sees it; anything else is empty."""
    if type(node) is not Scalar:
        return ""
    value = node.value
    # Most texts are quoted, or begin with a letter that no number, null or boolean begins with.
    if node.style or (value[:1] not in _MAY_BE_TYPED and not node.tag):
        return value
    return text_of(node, GITHUB)


def mapping(node: Node | None) -> Mapping | None:
    return node if isinstance(node, Mapping) else None


def strings(node: Node | None) -> list[tuple[str, Scalar]]:
    """List the texts of a scalar or of a sequence's scalars."""
    if isinstance(node, Scalar):
        value = text_of(node, GITHUB)
        return [(value, node)] if value else []
    if isinstance(node, Sequence):
        return [(text_of(item, GITHUB), item) for item in node.items if isinstance(item, Scalar)]
    return []


def where(source: Source, node: Node) -> Where:
    return Where(source, node.start, node.end)


def value(node: Node | None, context: Context) -> Value:
    """Turn a tree into a value, its expressions evaluated."""
    if isinstance(node, Scalar):
        found = resolve(node, GITHUB)
        if isinstance(found, str) and "${{" in found:
            return expressions.whole(found, context)
        return float(found) if isinstance(found, int) and not isinstance(found, bool) else found
    if isinstance(node, Mapping):
        return {key.value: value(item, context) for key, item in node.items()}
    if isinstance(node, Sequence):
        return [value(item, context) for item in node.items]
    return None

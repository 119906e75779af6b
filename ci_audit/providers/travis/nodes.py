"""Reading values out of the YAML tree of a Travis file."""

from __future__ import annotations

from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import TRAVIS, Mapping, Node, Scalar, Sequence, resolve, text_of


def text(node: Node | None) -> str:
    """Give a scalar's text as Travis sees it; anything else is empty."""
    return text_of(node, TRAVIS) if isinstance(node, Scalar) else ""


def is_null(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and resolve(node, TRAVIS) is None)


def is_bool(node: Node | None, wanted: bool) -> bool:
    return isinstance(node, Scalar) and resolve(node, TRAVIS) is wanted


def items(node: Node | None) -> list[Node]:
    """List the items of a sequence, or the one thing that stands in its place; null is nothing."""
    if node is None or is_null(node):
        return []
    return list(node.items) if isinstance(node, Sequence) else [node]


def scalars(node: Node | None) -> list[Scalar]:
    """List the scalars of a value that may be nested lists."""
    found: list[Scalar] = []
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, Sequence):
            todo += reversed(one.items)
        elif isinstance(one, Scalar) and not is_null(one):
            found.append(one)
    return found


def where(source: Source, node: Node) -> Where:
    return Where(source, node.start, node.end)


def first_line(source: Source, node: Node) -> Where:
    """Point at a scalar, or at the first key of a mapping with what stands behind it."""
    if isinstance(node, Mapping) and node.items():
        key, value = node.items()[0]
        end = value.end if isinstance(value, Scalar) and value.start >= key.end else key.end
        return Where(source, key.start, end)
    return where(source, node)

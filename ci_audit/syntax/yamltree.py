"""YAML text to a tree of nodes with exact spans, as the host of the file reads it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ci_audit.source import Source
from ci_audit.syntax.yamlevents import (
    AliasEvent,
    DocumentStartEvent,
    LibraryError,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    YamlError,
    event_reader,
    explain,
)
from ci_audit.syntax.yamlnodes import Mapping, Node, Scalar, Sequence
from ci_audit.syntax.yamltext import block_end
from ci_audit.syntax.yamlvalues import GITHUB, GITLAB, TRAVIS, Dialect, Value, resolve, text_of
from ci_audit.typed import Any

__all__ = [
    "GITHUB",
    "GITLAB",
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_SIZE",
    "TRAVIS",
    "Dialect",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Value",
    "YamlError",
    "parse",
    "resolve",
    "text_of",
]

MAX_SIZE = 2 * 1024 * 1024
"""The most characters that are read of one file."""

MAX_DEPTH = 100
"""The most levels of nesting, aliases followed, as at GitHub (ActionManifestManager) and GitLab (Loader::Yaml)."""

MAX_NODES = 200_000
"""The most nodes in a file, those behind an alias counted at each use; GitHub stops at 50,000 (YamlObjectReader)."""


def parse(source: Source, dialect: Dialect) -> list[Node]:
    """Read a file into one root node per document, at least one; an empty document is a null scalar.

    An alias is the anchored node itself. Raises YamlError where the host, libyaml or a limit above refuses the text.
    The trees of the latest sources are kept, for whoever reads the same one next: nobody changes them.
    """
    for kept in _latest:
        if kept[0] is source and kept[1] is dialect:
            return kept[2]
    text = source.text
    if len(text) > MAX_SIZE:
        raise YamlError(f"the file has more than {MAX_SIZE} characters", MAX_SIZE)
    next_event = event_reader(text)
    try:
        roots = _build(text, dialect, next_event)
    except LibraryError as error:
        raise explain(error, text) from None
    if len(_latest) >= _MOST_KEPT:
        _latest.pop(0)
    _latest.append((source, dialect, roots))
    return roots


_MOST_KEPT = 2
_latest: list[tuple[Source, Dialect, list[Node]]] = []


def _build(text: str, dialect: Dialect, next_event: Callable[[], Any]) -> list[Node]:
    # One loop over local names: each file passes here, a few hundred events for every kilobyte.
    unique, merges = dialect.duplicate_keys_fail, dialect.merge_keys
    roots: list[Node] = []
    children, add = roots, roots.append
    open_nodes: list[tuple[list[Node], int, bool, str, str, int, int]] = []
    anchors: dict[str, tuple[Node, int, int] | None] = {}
    last = nodes = deepest = 0
    while True:
        event = next_event()
        kind = type(event)
        if kind is ScalarEvent:
            start, last_before, last = event.start_mark.index, last, event.end_mark.index
            value, style, anchor, tag = event.value, event.style, event.anchor, event.tag
            nodes += 1
            if anchor is not None or tag is not None:
                start = _after_properties(text, start, last, (anchor is not None) + (tag is not None))
            elif start == last and (start <= last_before or text[start - 1] not in ":-?"):
                start = last = _after_indicator(text, last_before, start)
            if style:
                if style == "|" or style == ">":
                    last = block_end(text, start, last, value)
            else:
                style = ""
            node: Node = Scalar(value, style, start, last, tag or "", anchor or "")
            add(node)
            if anchor is not None:
                anchors[anchor] = (node, 1, 0)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            depth = len(open_nodes)
            members = children
            children, start, flow, tag, anchor, nodes_before, deepest_before = open_nodes.pop()
            add = children.append
            if flow or not members:
                last = event.end_mark.index
            if kind is MappingEndEvent:
                keys = members[::2]
                if unique:
                    _refuse_duplicates(keys, dialect)
                node = Mapping(keys, members[1::2], start, last, tag, anchor, merges)
            else:
                node = Sequence(members, start, last, tag, anchor)
            add(node)
            if anchor and anchors[anchor] is None:
                anchors[anchor] = (node, nodes - nodes_before, deepest - depth + 1)
            if deepest_before > deepest:
                deepest = deepest_before
            continue
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            start = event.start_mark.index
            anchor, tag = event.anchor or "", event.tag or ""
            if anchor or tag:
                start = _after_properties(text, start, len(text), bool(anchor) + bool(tag))
            if anchor:
                anchors[anchor] = None
            open_nodes.append((children, start, event.flow_style, tag, anchor, nodes, deepest))
            last = start + 1 if event.flow_style else start
            children = []
            add = children.append
            deepest = len(open_nodes)
            if deepest > MAX_DEPTH:
                raise YamlError(f"more than {MAX_DEPTH} levels of nesting", start)
            nodes += 1
        elif kind is AliasEvent:
            start, last = event.start_mark.index, event.end_mark.index
            if event.anchor not in anchors:
                raise YamlError(f"the alias {event.anchor!r} has no anchor before it", start)
            anchored = anchors[event.anchor]
            if anchored is None:
                raise YamlError(f"the alias {event.anchor!r} stands inside its own anchor", start)
            node, size, height = anchored
            add(node)
            nodes += size
            if len(open_nodes) + height > deepest:
                deepest = len(open_nodes) + height
                if deepest > MAX_DEPTH:
                    raise YamlError(f"more than {MAX_DEPTH} levels of nesting, aliases followed", start)
        elif kind is DocumentStartEvent:
            anchors = {}
            last = event.end_mark.index
        elif kind is StreamEndEvent:
            return roots or [Scalar("", "", 0, 0, "", "")]
        if nodes > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES} nodes, aliases followed", last)


# Each way to match it is the only one, so that a failure behind it costs no more than going back once.
_SPACE = r"(?:[ \t\n\r\x85\u2028\u2029]|#[^\n\r\x85\u2028\u2029]*(?:[\n\r\x85\u2028\u2029]|\Z))*"
_PROPERTY = r"(?:(?:&[0-9A-Za-z_-]+|!<[^>]*>|![^\s,\[\]{}]*)" + _SPACE + ")"
_INDICATOR = _SPACE + f"(?:,{_SPACE})?[:?-]"


def _after_properties(text: str, start: int, end: int, count: int) -> int:
    """Skip an anchor and a tag, with the blanks, line ends and comments behind each, to where the value begins."""
    found = re.compile(_PROPERTY + f"{{{count}}}").match(text, start, end)
    return found.end() if found else start


def _after_indicator(text: str, start: int, end: int) -> int:
    """Place a null that the parser sees at the next token: behind its indicator, or else where its key ends."""
    found = re.compile(_INDICATOR).match(text, start, end)
    return found.end() if found else start


def _refuse_duplicates(keys: list[Node], dialect: Dialect) -> None:
    """Raise YamlError at a key that was there before, but for its case; keys that hold an expression may repeat."""
    names = {key.value.lower() for key in keys if type(key) is Scalar}
    # Only numbers, 3.1 and 3.10, are written differently and yet equal; whatever begins one sorts before ":".
    if len(names) == len(keys) and (not names or min(names) > ":"):
        return
    seen: set[str] = set()
    for key in keys:
        if type(key) is Scalar and "${{" not in key.value:
            name = text_of(key, dialect).lower()
            if name in seen:
                raise YamlError(f"the key {key.value!r} is already defined", key.start)
            seen.add(name)

"""A YAML text as a graph of nodes by a parser that shares nothing with ours: ruamel.yaml's, in pure Python."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

STANDARD = "tag:yaml.org,2002:"


class Impossible(Exception):
    """Why an operation means nothing on a text."""


class Unreadable(Exception):
    """Why the parser refuses a text."""


class Vertex:
    """A node of a graph that can be changed; what an alias stands for is the anchored node itself.

    A scalar has a set of values: those that it may have. `entries` are the pairs of a mapping or the items of a
    sequence (as pairs without a key), each a list of its own, so that it keeps its identity while others come and go.
    """

    __slots__ = ("anchor", "column", "end", "entries", "flow", "kind", "original", "start", "tag", "values")

    def __init__(self, kind: str, tag: str, values: frozenset[str] = frozenset()) -> None:
        self.kind = kind
        self.tag = tag
        self.values = values
        self.entries: list[list[Any]] = []
        self.original: list[list[Any]] = []
        self.anchor: str | None = None
        self.start = self.end = self.column = -1
        self.flow = False

    def become(self, other: Vertex) -> None:
        """Take over another node's content, but stay what aliases stand for."""
        self.kind, self.tag, self.values = other.kind, other.tag, other.values
        self.entries, self.original = other.entries, other.original


class Token(NamedTuple):
    """A token of the text: `kind` is the name of the parser's class without its ending."""

    kind: str
    start: int
    end: int
    value: str
    style: str


class Comment(NamedTuple):
    """A comment, from its `#` to the end of its line."""

    start: int
    text: str
    own_line: bool


class Text:
    """A text with its tokens, comments and graphs, one for each document; raises Unreadable."""

    def __init__(self, text: str, version: str) -> None:
        self.text = text
        try:
            with catch_warnings():
                simplefilter("ignore")
                self.tokens = _tokens(text, version)
                self.roots = [_graph(root) for root in _yaml(version).compose_all(text)]
        except (MarkedYAMLError, YAMLStreamError, RecursionError, ValueError, AttributeError, AssertionError) as error:
            raise Unreadable(" ".join(str(error).split())[:200] or type(error).__name__) from None
        self._breaks = [offset for offset, character in enumerate(text) if character == "\n"]
        self.starts = [token.start for token in self.tokens]
        self.comments = self._find_comments()

    def _find_comments(self) -> list[Comment]:
        found: list[Comment] = []
        at = 0
        for token in self.tokens:
            self._comments_between(at, token.start, found)
            if token.style in ("|", ">"):
                head = self.text[token.start : token.end].split("\n", 1)[0]
                sign = head.find("#")
                if sign >= 0:
                    found.append(Comment(token.start + sign, head[sign:].rstrip(), False))
            at = max(at, token.end)
        self._comments_between(at, len(self.text), found)
        return found

    def _comments_between(self, start: int, end: int, found: list[Comment]) -> None:
        # Between two tokens stand blanks, line ends and comments, nothing else.
        at = self.text.find("#", start, end)
        while at >= 0:
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop
            line = self.text.rfind("\n", 0, at) + 1
            found.append(Comment(at, self.text[at:stop].rstrip(), not self.text[line:at].strip()))
            at = self.text.find("#", stop, end)

    def tokens_in(self, start: int, end: int) -> list[Token]:
        """List the tokens with a width that lie in a range."""
        at = bisect_left(self.starts, start)
        found = []
        while at < len(self.tokens) and self.tokens[at].start < end:
            if self.tokens[at].end <= end:
                found.append(self.tokens[at])
            at += 1
        return found

    def line(self, offset: int) -> int:
        """Tell the number of the line of an offset, from 0."""
        return bisect_left(self._breaks, offset)


def _yaml(version: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml


def _tokens(text: str, version: str) -> list[Token]:
    found = []
    for token in _yaml(version).scan(text):
        start, end = token.start_mark.index, token.end_mark.index
        if end > start:
            value = getattr(token, "value", "")
            style = getattr(token, "style", None) or ""
            found.append(Token(type(token).__name__[:-5], start, end, value if isinstance(value, str) else "", style))
    return found


def _graph(root: Any) -> Vertex:
    known: dict[int, Vertex] = {}

    def convert(node: Any) -> Vertex:
        vertex = known.get(id(node))
        if vertex is not None:
            return vertex
        if isinstance(node, ScalarNode):
            vertex = Vertex("scalar", str(node.tag), frozenset((node.value,)))
        else:
            vertex = Vertex("mapping" if isinstance(node, MappingNode) else "sequence", str(node.tag))
        known[id(node)] = vertex
        vertex.anchor = node.anchor
        vertex.start, vertex.end, vertex.column = node.start_mark.index, node.end_mark.index, node.start_mark.column
        vertex.flow = bool(getattr(node, "flow_style", False))
        if isinstance(node, MappingNode):
            vertex.entries = [[convert(key), convert(value)] for key, value in node.value]
        elif isinstance(node, SequenceNode):
            vertex.entries = [[None, convert(item)] for item in node.value]
        vertex.original = list(vertex.entries)
        return vertex

    return convert(root)


def nodes(roots: Sequence[Vertex]) -> Iterator[Vertex]:
    """List the values of all documents, each once."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting += (entry[1] for entry in node.entries)
            yield node

"""The commands of shell text as a tree; each node has its place, and every offset is one into the text parsed."""

from __future__ import annotations

import re
from bisect import bisect_right

from ci_audit.syntax.shellword import Array, Literal, Word
from ci_audit.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from ci_audit.syntax.shellword import Part

    Node: TypeAlias = "Simple | Pipeline | AndOr | Subshell | Group | If | Loop | Case | Function | Test"


class Script:
    """Statements in the order they are written, and what had to be guessed to read them: (offset, message)."""

    __slots__ = ("end", "errors", "start", "statements")

    def __init__(self, start: int, end: int, statements: list[Node], errors: list[tuple[int, str]]) -> None:
        self.start = start
        self.end = end
        self.statements = statements
        self.errors = errors
        """Those of nested scripts stand in the outermost one."""


class Heredoc:
    """The text of a here-document: data, never commands of this script.

    `quoted` says that the delimiter was quoted, so that nothing is expanded; `body` is one quoted word over all lines
    between the operator's line and the delimiter's, without the tabs that `<<-` takes off.
    """

    __slots__ = ("body", "end", "quoted", "start")

    def __init__(self, start: int, end: int, quoted: bool, body: Word | None) -> None:
        self.start = start
        self.end = end
        self.quoted = quoted
        self.body = body


class Redirect:
    """A redirection; `fd` is None where none is written, `target` of a here-document is its delimiter."""

    __slots__ = ("end", "fd", "heredoc", "op", "start", "target")

    def __init__(
        self, start: int, end: int, fd: int | None, op: str, target: Word | None, heredoc: Heredoc | None = None
    ) -> None:
        self.start = start
        self.end = end
        self.fd = fd
        self.op = op
        self.target = target
        self.heredoc = heredoc


class Assignment:
    """A variable set before a command or by itself; `op` is `=` or `+=`, a subscript belongs to the name."""

    __slots__ = ("end", "name", "op", "start", "value")

    def __init__(self, start: int, end: int, name: str, op: str, value: Word) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.op = op
        self.value = value

    @property
    def elements(self) -> Sequence[Word] | None:
        """The words of an array literal, None where the value is not one."""
        if self.value.literal is not None:
            return None
        parts = self.value.parts
        return parts[0].words if parts and isinstance(parts[0], Array) else None


class Simple:
    """One command with its assignments and redirections.

    The span runs from the first assignment or word to the last word (of a command without words: the last
    assignment, of one without either: all redirections).
    """

    __slots__ = ("assignments", "background", "end", "redirects", "start", "words")

    def __init__(
        self,
        start: int,
        end: int,
        assignments: Sequence[Assignment],
        words: Sequence[Word],
        redirects: Sequence[Redirect],
    ) -> None:
        self.start = start
        self.end = end
        self.assignments = assignments
        self.words = words
        self.redirects = redirects
        self.background = False

    def __repr__(self) -> str:
        return f"Simple({self.start}, {self.end}, {self.words!r})"


class Pipeline:
    """Commands joined by pipes, or one command after `!`."""

    __slots__ = ("background", "commands", "end", "negated", "start")

    def __init__(self, start: int, end: int, commands: list[Node], negated: bool) -> None:
        self.start = start
        self.end = end
        self.commands = commands
        self.negated = negated
        self.background = False


class AndOr:
    """Commands joined by `&&` and `||`: pairs of the operator before a command (empty for the first) and it."""

    __slots__ = ("background", "end", "items", "start")

    def __init__(self, start: int, end: int, items: list[tuple[str, Node]]) -> None:
        self.start = start
        self.end = end
        self.items = items
        self.background = False


class Subshell:
    """Commands in parentheses."""

    __slots__ = ("background", "body", "end", "redirects", "start")

    def __init__(self, start: int, end: int, body: list[Node]) -> None:
        self.start = start
        self.end = end
        self.body = body
        self.redirects: Sequence[Redirect] = ()
        self.background = False


class Group:
    """Commands in braces."""

    __slots__ = ("background", "body", "end", "redirects", "start")

    def __init__(self, start: int, end: int, body: list[Node]) -> None:
        self.start = start
        self.end = end
        self.body = body
        self.redirects: Sequence[Redirect] = ()
        self.background = False


class If:
    """Pairs of condition and body for `if` and each `elif`, and the body of `else`."""

    __slots__ = ("background", "branches", "end", "otherwise", "redirects", "start")

    def __init__(
        self, start: int, end: int, branches: list[tuple[list[Node], list[Node]]], otherwise: list[Node] | None
    ) -> None:
        self.start = start
        self.end = end
        self.branches = branches
        self.otherwise = otherwise
        self.redirects: Sequence[Redirect] = ()
        self.background = False


class Loop:
    """A loop; `kind` is for, select, while or until.

    `words` is None for a `for` without `in`, which takes the positional parameters; the head of an arithmetic `for` is
    its only word, with an empty variable.
    """

    __slots__ = ("background", "body", "condition", "end", "kind", "redirects", "start", "variable", "words")

    def __init__(
        self,
        start: int,
        end: int,
        kind: str,
        variable: str,
        words: list[Word] | None,
        condition: list[Node],
        body: list[Node],
    ) -> None:
        self.start = start
        self.end = end
        self.kind = kind
        self.variable = variable
        self.words = words
        self.condition = condition
        self.body = body
        self.redirects: Sequence[Redirect] = ()
        self.background = False


class Case:
    """A `case` with its arms: pairs of patterns and body."""

    __slots__ = ("arms", "background", "end", "redirects", "start", "word")

    def __init__(self, start: int, end: int, word: Word | None, arms: list[tuple[list[Word], list[Node]]]) -> None:
        self.start = start
        self.end = end
        self.word = word
        self.arms = arms
        self.redirects: Sequence[Redirect] = ()
        self.background = False


class Function:
    """A function definition; the body is the compound command after its name."""

    __slots__ = ("background", "body", "end", "name", "start")

    def __init__(self, start: int, end: int, name: str, body: Node | None) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.body = body
        self.background = False


class Test:
    """`[[ … ]]` or `(( … ))`: only the words in it and what they expand are told apart."""

    __slots__ = ("background", "end", "kind", "redirects", "start", "words")
    __test__ = False

    def __init__(self, start: int, end: int, kind: str, words: list[Word]) -> None:
        self.start = start
        self.end = end
        self.kind = kind
        self.words = words
        self.redirects: Sequence[Redirect] = ()
        self.background = False


ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z_0-9]*(?:\[[^\]\n]{0,200}\])?)(\+?=)").match


def as_assignment(word: Word) -> Assignment | None:
    """Read a word like `NAME=value`, as an argument of `export`, `env` or `declare` is; None for any other."""
    parts = word.parts
    first = parts[0] if parts else None
    match = ASSIGNMENT(first.text) if isinstance(first, Literal) and not first.quoted else None
    if match is None or not isinstance(first, Literal):
        return None
    at = first.start + match.end()
    rest = first.text[match.end() :]
    kept: list[Part] = [Literal(at, first.end, rest, False)] if rest else []
    literal = word.literal[match.end() :] if word.literal is not None else None
    return Assignment(word.start, word.end, match[1], match[2], Word(at, word.end, literal, [*kept, *parts[1:]]))


def rebase(node: Any, ats: list[int], offsets: list[int]) -> None:
    """Move every place in a tree: offset `ats[i] + n` of its own text becomes `offsets[i] + n`, for the last such i."""
    if node is None or isinstance(node, (str, int)):
        return
    if isinstance(node, (list, tuple)):
        for item in node:
            rebase(item, ats, offsets)
        return
    for slot in node.__slots__:
        value = getattr(node, slot)
        if slot == "start" or slot == "end":
            index = bisect_right(ats, value) - 1
            setattr(node, slot, offsets[index] + value - ats[index])
        elif slot != "errors" and slot != "op":
            rebase(value, ats, offsets)

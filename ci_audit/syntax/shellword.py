"""The words of shell text: literal characters, quotes and expansions, each with its place."""

from __future__ import annotations

from ci_audit.source import UNKNOWN, Piece
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from ci_audit.syntax.shelltree import Script

    Part: TypeAlias = "Literal | Unknown | Quoted | Variable | Substitution | Arithmetic | Array"
    Known: TypeAlias = "str | tuple[str, ...] | Unset | None"
    Lookup: TypeAlias = Callable[[str], Known]


class Unset:
    """What a lookup answers for a variable that is known to have no value."""

    __slots__ = ()


UNSET = Unset()


class Literal:
    """Characters that stand for themselves; `text` is decoded, and as long as the span unless an escape made it.

    `quoted` ones (inside quotes, or after a backslash) are never split and never a pattern.
    """

    __slots__ = ("end", "quoted", "start", "text")

    def __init__(self, start: int, end: int, text: str, quoted: bool) -> None:
        self.start = start
        self.end = end
        self.text = text
        self.quoted = quoted


class Unknown:
    """A stretch of UNKNOWN characters: an expression that was filled in before the shell saw the text."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Quoted:
    """A quoted stretch; `quote` is `'`, `"`, `$'` or, for the body of a here-document, `<<`."""

    __slots__ = ("end", "parts", "quote", "start")

    def __init__(self, start: int, end: int, quote: str, parts: Sequence[Part]) -> None:
        self.start = start
        self.end = end
        self.quote = quote
        self.parts = parts


class Variable:
    """A parameter expansion: `$name`, or `${name op argument}`.

    `op` is the operator as written (`:-`, `-`, `:+`, `#`, `%%`, `/`, `:` …), empty for a plain expansion, `length` for
    `${#name}`, `indirect` for `${!name}` and `bad` where the name is none; a subscript belongs to the name (`arr[@]`).
    """

    __slots__ = ("argument", "end", "name", "op", "start")

    def __init__(self, start: int, end: int, name: str, op: str = "", argument: Word | None = None) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.op = op
        self.argument = argument


class Substitution:
    """Commands whose output, or a file name for it, becomes text; `kind` is `$(`, a backtick, `<(` or `>(`."""

    __slots__ = ("end", "kind", "script", "start")

    def __init__(self, start: int, end: int, kind: str, script: Script) -> None:
        self.start = start
        self.end = end
        self.kind = kind
        self.script = script


class Arithmetic:
    """An arithmetic expansion; only what is expanded inside it is told apart."""

    __slots__ = ("end", "parts", "start")

    def __init__(self, start: int, end: int, parts: Sequence[Part]) -> None:
        self.start = start
        self.end = end
        self.parts = parts


class Array:
    """The elements of an array literal, from its `(` to its `)`."""

    __slots__ = ("end", "start", "words")

    def __init__(self, start: int, end: int, words: Sequence[Word]) -> None:
        self.start = start
        self.end = end
        self.words = words


class Word:
    """One word as written; `literal` is its whole value where nothing in it is expanded or unknown, else None."""

    __slots__ = ("_parts", "end", "literal", "start")

    def __init__(self, start: int, end: int, literal: str | None, parts: Sequence[Part] | None = None) -> None:
        self.start = start
        self.end = end
        self.literal = literal
        self._parts = parts

    @property
    def parts(self) -> Sequence[Part]:
        """The parts in order; together with dropped line continuations they cover the span."""
        parts = self._parts
        if parts is None:
            # Nine words of ten are one plain literal: its part is made only when somebody looks.
            text = self.literal or ""
            parts = self._parts = (Literal(self.start, self.end, text, False),) if text else ()
        return parts

    @property
    def quoted(self) -> bool:
        """Tell whether any of it stands in quotes."""
        parts = self._parts
        return parts is not None and any(isinstance(part, Quoted) for part in parts)

    @property
    def glob(self) -> bool:
        """Tell whether unquoted characters make it a pattern, a brace expansion or a home directory."""
        parts = self.parts
        if self.literal == "[":
            return False
        first = parts[0] if parts else None
        if isinstance(first, Literal) and not first.quoted and first.text.startswith("~"):
            return True
        for part in parts:
            if isinstance(part, Literal) and not part.quoted:
                text = part.text
                if "*" in text or "?" in text or "[" in text or ("{" in text and text != "{" and "{}" not in text):
                    return True
        return False

    def pieces(self, lookup: Lookup | None = None) -> tuple[str, list[Piece]]:
        """Give the value as one string without splitting, and where in the shell text each stretch of it came from.

        What is unknown becomes one UNKNOWN each, which maps to its whole span.
        """
        out: list[str] = []
        pieces: list[Piece] = []
        _flatten(self.parts, out, pieces, 0, lookup)
        return "".join(out), pieces or [Piece(0, self.start, self.end, False)]

    def __repr__(self) -> str:
        return f"Word({self.start}, {self.end}, {self.literal!r})"


def resolve(variable: Variable, lookup: Lookup) -> str | tuple[str, ...] | Word:
    """Tell what an expansion comes to: text, the elements of an array, or the argument word that takes its place.

    POSIX XCU 2.6.2; an operator that cuts or changes a value gives UNKNOWN.
    """
    op = variable.op
    if op in ("length", "indirect", "bad"):
        return UNKNOWN
    value = lookup(variable.name)
    if value is None:
        return UNKNOWN
    argument = variable.argument
    if isinstance(value, Unset):
        if op in (":-", "-", ":=", "=") and argument is not None:
            return argument
        return UNKNOWN if op in (":?", "?") else ""
    if not op:
        return value
    if not isinstance(value, str):
        return UNKNOWN
    empty = not value and op[0] == ":"
    if op in (":-", "-", ":=", "="):
        return argument if empty and argument is not None else value
    if op in (":+", "+"):
        if op == ":+" and value and not value.replace(UNKNOWN, ""):
            return UNKNOWN
        return "" if empty or argument is None else argument
    if op in (":?", "?") and not empty:
        return value
    return UNKNOWN


def _flatten(parts: Sequence[Part], out: list[str], pieces: list[Piece], length: int, lookup: Lookup | None) -> int:
    for part in parts:
        literal = False
        if isinstance(part, Literal):
            text = part.text
            literal = len(text) == part.end - part.start
        elif isinstance(part, Quoted):
            length = _flatten(part.parts, out, pieces, length, lookup)
            continue
        elif isinstance(part, Variable) and lookup is not None:
            value = resolve(part, lookup)
            if isinstance(value, Word):
                length = _flatten(value.parts, out, pieces, length, lookup)
                continue
            text = value if isinstance(value, str) else " ".join(value)
        else:
            text = UNKNOWN
        if text:
            out.append(text)
            pieces.append(Piece(length, part.start, part.end, literal))
            length += len(text)
    return length

"""What a shell word comes to: brace, parameter and field expansion, as far as the variables are known."""

from __future__ import annotations

import re

from ci_audit.source import UNKNOWN
from ci_audit.syntax.shellword import Literal, Quoted, Unknown, Variable, Word, resolve
from ci_audit.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ci_audit.syntax.shelltree import Simple
    from ci_audit.syntax.shellword import Lookup, Part

_BRACE_LIMIT = 64
_SPACES = r"[ \t\n]+"


class Field(NamedTuple):
    """One argument as the command receives it.

    UNKNOWN stands for each stretch that is not known. `quoted` says that something in it was quoted and nothing
    unknown stands outside quotes; an unknown stretch of another field may be several arguments, or none.
    """

    text: str
    quoted: bool


class Value:
    """The arguments that a word becomes: none for an unquoted empty variable."""

    __slots__ = ("fields",)

    def __init__(self, fields: list[Field]) -> None:
        self.fields = fields

    @property
    def known(self) -> bool:
        return not any(UNKNOWN in field.text for field in self.fields)


def evaluate(word: Word, lookup: Lookup) -> Value:
    """Expand a word into fields (POSIX XCU 2.6, bash brace expansion).

    `lookup` answers the value of a variable (it may contain UNKNOWN), UNSET, or None where that is not known; for
    `name[@]` and `name[*]`, `@` and `*` it may answer a tuple of elements, and a string is taken as elements
    between blanks. Patterns and `~` stay as they are written.
    """
    literal = word.literal
    if literal is not None and "{" not in literal:
        return Value([Field(literal, word.quoted)])
    fields: list[Field] = []
    for parts in _braces(word):
        builder = _Fields(lookup)
        builder.add(parts, False, False)
        builder.close()
        fields += builder.fields
    return Value(fields)


def evaluate_text(word: Word, lookup: Lookup) -> str:
    """Expand a word into one string without splitting, as the value of an assignment is."""
    return word.pieces(lookup)[0]


def arguments(simple: Simple, lookup: Lookup) -> list[tuple[Field, Word]]:
    """Expand all words of a command: each field with the word that it came from."""
    return [(field, word) for word in simple.words for field in evaluate(word, lookup).fields]


class _Fields:
    __slots__ = ("fields", "lookup", "loose", "open", "quoted", "text")

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.fields: list[Field] = []
        self.text: list[str] = []
        self.open = False
        """A field has begun; a pair of quotes is enough for that."""
        self.quoted = False
        self.loose = False
        """Something unknown stands outside quotes."""

    def close(self) -> None:
        if self.open:
            self.fields.append(Field("".join(self.text), self.quoted and not self.loose))
        self.text = []
        self.open = self.quoted = self.loose = False

    def put(self, text: str, quoted: bool) -> None:
        self.text.append(text)
        self.open = True
        if quoted:
            self.quoted = True
        elif UNKNOWN in text:
            self.loose = True

    def split(self, text: str) -> None:
        for index, piece in enumerate(re.split(_SPACES, text)):
            if index:
                self.close()
            if piece:
                self.put(piece, False)

    def add(self, parts: Sequence[Part], quoted: bool, splits: bool) -> None:
        """Add parts; `splits` says that literal text is split too, as that of an unquoted `${x:-a b}` is."""
        for part in parts:
            if isinstance(part, Literal):
                if splits and not part.quoted:
                    self.split(part.text)
                else:
                    self.put(part.text, quoted)
            elif isinstance(part, Quoted):
                if not any(isinstance(inner, Variable) and _is_each(inner.name) for inner in part.parts):
                    self.open = self.quoted = True
                self.add(part.parts, True, False)
            elif isinstance(part, Variable):
                self.variable(part, quoted)
            else:
                self.put(UNKNOWN, quoted)

    def variable(self, variable: Variable, quoted: bool) -> None:
        value = resolve(variable, self.lookup)
        name = variable.name
        if isinstance(value, Word):
            self.add(value.parts, quoted, not quoted)
        elif isinstance(value, str) and not (_is_each(name) or _is_joined(name)):
            if quoted:
                self.put(value, True)
            else:
                self.split(value)
        elif value == UNKNOWN:
            # How many fields the elements are is unknown even inside quotes.
            self.put(UNKNOWN, quoted and _is_joined(name))
        else:
            elements = [piece for piece in re.split(_SPACES, value) if piece] if isinstance(value, str) else value
            if quoted and _is_joined(name):
                self.put(" ".join(elements), True)
                return
            for index, element in enumerate(elements):
                if index:
                    self.close()
                if quoted:
                    self.put(element, True)
                else:
                    self.split(element)


def _is_each(name: str) -> bool:
    return name == "@" or name.endswith("[@]")


def _is_joined(name: str) -> bool:
    return name == "*" or name.endswith("[*]")


class _Choice:
    __slots__ = ("alternatives",)

    def __init__(self, alternatives: list[list[Part | _Choice]]) -> None:
        self.alternatives = alternatives


def _braces(word: Word) -> list[Sequence[Part]]:
    """Expand `{a,b}` and `{1..3}` into the parts of each result; too many come to one unknown."""
    parts = word.parts
    if not any(isinstance(part, Literal) and not part.quoted and "{" in part.text for part in parts):
        return [parts]
    # A frame for each open brace: the brace and the alternatives so far.
    frames: list[tuple[Literal | None, list[list[Part | _Choice]]]] = [(None, [[]])]
    for part in parts:
        if not isinstance(part, Literal) or part.quoted:
            frames[-1][1][-1].append(part)
            continue
        at = part.start
        for text in re.findall(r"[{},]|[^{},]+", part.text):
            token = Literal(at, at + len(text), text, False)
            at += len(text)
            if text == "{":
                frames.append((token, [[]]))
                if len(frames) > _BRACE_LIMIT:
                    return [[Unknown(word.start, word.end)]]
            elif text == "," and len(frames) > 1:
                frames[-1][1].append([])
            elif text == "}" and len(frames) > 1:
                brace, alternatives = frames.pop()
                frames[-1][1][-1] += _close(brace, alternatives, token)
            else:
                frames[-1][1][-1].append(token)
    while len(frames) > 1:
        brace, alternatives = frames.pop()
        frames[-1][1][-1] += _close(brace, alternatives, None)
    results = _product(frames[0][1][0])
    return [[Unknown(word.start, word.end)]] if results is None else list(results)


def _close(
    brace: Literal | None, alternatives: list[list[Part | _Choice]], close: Literal | None
) -> list[Part | _Choice]:
    if close is not None:
        if len(alternatives) > 1:
            return [_Choice(alternatives)]
        only = alternatives[0]
        if len(only) == 1 and isinstance(only[0], Literal) and ".." in only[0].text:
            values = _sequence(only[0].text)
            if values is not None:
                place = only[0]
                return [_Choice([[Literal(place.start, place.end, value, False)] for value in values])]
    out: list[Part | _Choice] = [brace] if brace is not None else []
    for index, alternative in enumerate(alternatives):
        if index:
            at = alternative[0].start if alternative and not isinstance(alternative[0], _Choice) else 0
            out.append(Literal(max(at - 1, 0), at, ",", False))
        out += alternative
    if close is not None:
        out.append(close)
    return out


def _sequence(text: str) -> list[str] | None:
    match = re.fullmatch(r"(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})|([A-Za-z])\.\.([A-Za-z])", text)
    if match is None:
        return None
    if match[3]:
        low, high = ord(match[3]), ord(match[4])
    else:
        low, high = int(match[1]), int(match[2])
    step = 1 if low <= high else -1
    if abs(high - low) > _BRACE_LIMIT:
        return [UNKNOWN]
    numbers = range(low, high + step, step)
    if match[3]:
        return [chr(number) for number in numbers]
    padded = any(len(number.lstrip("-")) > 1 and number.lstrip("-")[0] == "0" for number in match.groups()[:2])
    width = max(len(match[1]), len(match[2])) if padded else 0
    return [str(number).zfill(width) for number in numbers]


def _product(items: list[Part | _Choice]) -> list[list[Part]] | None:
    """Multiply out the choices; None above the limit."""
    results: list[list[Part]] = [[]]
    for item in items:
        if not isinstance(item, _Choice):
            for result in results:
                result.append(item)
            continue
        options: list[list[Part]] = []
        for alternative in item.alternatives:
            inner = _product(alternative)
            if inner is None:
                return None
            options += inner
        if len(options) * len(results) > _BRACE_LIMIT:
            return None
        results = [result + option for result in results for option in options]
    return results

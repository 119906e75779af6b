"""The words of a Dockerfile line: splitting, quotes, escapes, `$` references, heredoc operators, as in BuildKit."""

from __future__ import annotations

import re
from collections.abc import Callable

from ci_audit.source import UNKNOWN, MappedText
from ci_audit.typed import NamedTuple

LONGEST_VALUE = 65536
"""A value that grows past this many characters (`ENV A=$A$A`, again and again) is unknown."""

# Most files need few of these, and compiling all would cost more than reading a file, so each is compiled at first use.
# White space is Python's here, which is Unicode's and four control characters that no Dockerfile holds.
_DEEPEST = 50
_HEREDOC_BLANKS = frozenset("\t\r ")
_FIELD = r"[^\t\v\f\r ]+"
_PLAIN = r"[^$<'\"\\`}/\s]+"
_NAME = r"[0-9]+|[@*#?$!-]|\w+"
_IN_DOUBLE_QUOTES = {"\\": r'"|\$|\\["$\\]', "`": r'"|\$|`["$`]'}
# An escape that nothing follows is no part of a word; a quote that nothing closes runs to the end.
_QUOTED_WORD = {
    escape: rf"""((?:[^\s'"{e}]+|{e}[\s\S]|'[^']*(?:'|\Z)|"[^"{e}]*(?:{e}[\s\S][^"{e}]*)*(?:"|\Z|(?={e}\Z)))+)"""
    for escape, e in (("\\", r"\\"), ("`", "`"))
}


class WordError(ValueError):
    """BuildKit refuses the word: a quote or brace is not closed, or it does not know the substitution."""


class HeredocWord(NamedTuple):
    """A heredoc operator with its word, as in `3<<-"EOF"`."""

    name: str
    expand: bool
    strip_tabs: bool
    fd: int


def expand(text: str, lookup: Callable[[str], str | None], escape: str = "\\") -> str:
    """Take off quotes and escapes and put in variables, as in an ENV, ARG, FROM, USER, WORKDIR, COPY or ADD value.

    `lookup` answers None for a variable that is not set and text with UNKNOWN for one that only a build can tell. What
    BuildKit refuses is UNKNOWN as a whole.
    """
    if "$" not in text and "\\" not in text and "'" not in text and '"' not in text and "`" not in text:
        return text
    try:
        return _Words(text, escape, lookup).scan("", False)[0]
    except WordError:
        return UNKNOWN


def heredoc_word(text: str) -> HeredocWord | None:
    """Read one word as a heredoc operator; None if it is something else. Raises WordError."""
    match = re.fullmatch(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)", text)
    if match is None or not match[3]:
        return None
    fd = int(match[1][:9] or "0")
    if match[3].isalnum():
        return HeredocWord(match[3], True, match[2] == "-", fd)
    words = _Words(match[3], "\\", None).scan("", False)[1]
    if len(words) != 1:
        return None
    written = _Words(match[3], "\\", None, keep_quotes=True).scan("", False)[1]
    return HeredocWord(words[0], _quotes(words) == _quotes(written), match[2] == "-", fd)


def heredoc_words(line: str) -> list[HeredocWord]:
    """Find the heredoc operators of a line; none if it holds an open quote or brace. Raises WordError."""
    if re.search(r"""[$'"\\]|<<\s""", line) is None:
        words = line.split()
    else:
        try:
            # The escape character of heredoc lines is the backslash, whatever the directive says.
            words = _Words(line, "\\", None, keep_quotes=True).scan("", True)[1]
        except WordError:
            return []
    return [found for word in words if "<<" in word and (found := heredoc_word(word)) is not None]


def fields(mapped: MappedText) -> list[MappedText]:
    """Split at white space alone, as FROM, COPY, ADD, EXPOSE and VOLUME do."""
    return [mapped.slice(match.start(), match.end()) for match in re.finditer(_FIELD, mapped.text)]


def quoted_words(text: str, escape: str) -> list[tuple[int, int]]:
    """Split at white space outside quotes, as ENV, ARG and LABEL do: the range of each word, quotes and all."""
    return [match.span(1) for match in re.finditer(_QUOTED_WORD[escape], text)]


def _quotes(words: list[str]) -> int:
    return words[0].count("'") + words[0].count('"')


class _Words:
    """One pass over a text; without `lookup` no variable is set and references stay as they are."""

    __slots__ = ("_at", "_budget", "_depth", "_escape", "_keep_escapes", "_keep_quotes", "_lookup", "_text", "_word")

    def __init__(
        self, text: str, escape: str, lookup: Callable[[str], str | None] | None, *, keep_quotes: bool = False
    ) -> None:
        self._text = text
        self._escape = escape
        self._lookup = lookup
        self._keep_quotes = keep_quotes
        self._keep_escapes = False
        self._at = 0
        self._depth = 0
        self._budget = LONGEST_VALUE
        self._word: list[str] = []

    def scan(self, stop: str, keep_escapes: bool) -> tuple[str, list[str]]:
        """Read up to the character `stop` or the end: the text read, and the same split into words."""
        if self._depth == _DEEPEST:
            raise WordError("nested too deep")
        self._depth += 1
        outer = self._keep_escapes
        self._keep_escapes = keep_escapes
        found = self._scan(stop)
        self._keep_escapes = outer
        self._depth -= 1
        return found

    def _scan(self, stop: str) -> tuple[str, list[str]]:
        text = self._text
        size = len(text)
        result: list[str] = []
        words: list[str] = []
        # Shared with the scan around this one, so that a word loses what stands before a `${a:-b}`: BuildKit's way.
        word = self._word
        word.clear()
        plain_at = re.compile(_PLAIN).match
        while self._at < size:
            plain = plain_at(text, self._at)
            if plain is not None:
                self._at = plain.end()
                piece = plain[0]
                word.append(piece)
            else:
                ch = text[self._at]
                if ch == stop:
                    self._at += 1
                    break
                if ch == "$":
                    piece = self._dollar()
                    self._add(piece, words)
                elif ch == "'":
                    piece = self._single_quoted()
                    word.append(piece)
                elif ch == '"':
                    piece = self._double_quoted()
                    word.append(piece)
                elif ch == "<":
                    piece = self._less_than()
                    word.append(piece)
                elif ch == self._escape:
                    piece = text[self._at + 1 : self._at + 2]
                    self._at += 2
                    if self._keep_escapes:
                        piece = ch + piece
                    word.append(piece)
                else:
                    self._at += 1
                    piece = ch
                    self._add(ch, words)
            result.append(piece)
        else:
            if stop:
                raise WordError(f"no {stop}")
        _flush(word, words)
        return "".join(result), words

    def _add(self, text: str, words: list[str]) -> None:
        word = self._word
        at = 0
        for match in re.finditer(r"\S+", text):
            if match.start() > at:
                _flush(word, words)
            word.append(match[0])
            at = match.end()
        if at < len(text):
            _flush(word, words)

    def _single_quoted(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise WordError("no closing '")
        start, self._at = self._at, end + 1
        return self._text[start : end + 1] if self._keep_quotes else self._text[start + 1 : end]

    def _double_quoted(self) -> str:
        text = self._text
        find = re.compile(_IN_DOUBLE_QUOTES[self._escape]).search
        quote = '"' if self._keep_quotes else ""
        result = [quote]
        start = self._at + 1
        match = find(text, start)
        while match is not None:
            at = match.start()
            if at > start:
                result.append(text[start:at])
            if match[0] == '"':
                self._at = at + 1
                return "".join([*result, quote])
            if match[0] == "$":
                self._at = at
                result.append(self._dollar())
                start = self._at
            else:
                if self._keep_escapes:
                    result.append(self._escape)
                result.append(match[0][-1])
                start = match.end()
            match = find(text, start)
        raise WordError('no closing "')

    def _less_than(self) -> str:
        start = self._at
        self._at += 1
        if self._text.startswith("<", self._at):
            # White space between the operator and its word belongs to the word.
            self._at += 1
            while self._text[self._at : self._at + 1] in _HEREDOC_BLANKS:
                self._at += 1
        return self._text[start : self._at]

    def _name(self) -> str:
        match = re.compile(_NAME).match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]

    def _value(self, name: str) -> str | None:
        if self._lookup is None:
            return None
        value = self._lookup(name)
        if value is not None:
            self._budget -= len(value)
            if self._budget < 0:
                raise WordError("too long")
        return value

    def _dollar(self) -> str:
        text = self._text
        start = self._at
        self._at += 1
        if not text.startswith("{", self._at):
            name = self._name()
            value = self._value(name) if name else "$"
            return value if value is not None else self._unset(f"${name}")
        self._at += 1
        if text[self._at : self._at + 1] in ("", "{", "}", ":"):
            raise WordError("bad substitution")
        name = self._name()
        operator = text[self._at : self._at + 1]
        self._at += 1
        if operator == "}":
            value = self._value(name)
            return value if value is not None else self._unset(text[start : self._at])
        if operator == "/":
            return self._replaced(name)
        if operator == ":":
            operator += text[self._at : self._at + 1]
            self._at += 1
            if operator[1:] in ("#", "%", ""):
                raise WordError("bad substitution")
        elif not operator or operator not in "+-?#%":
            raise WordError("bad substitution")
        word = self.scan("}", operator in "#%")[0]
        value = self._value(name)
        if value is None and self._lookup is None:
            return f"${{{name}{operator}{word}}}"
        return _modified(value, operator, word)

    def _unset(self, reference: str) -> str:
        return reference if self._lookup is None else ""

    def _replaced(self, name: str) -> str:
        everywhere = self._text.startswith("/", self._at)
        if everywhere:
            self._at += 1
        pattern = self.scan("/", True)[0]
        replacement = self.scan("}", True)[0]
        value = self._value(name)
        if value is None and self._lookup is None:
            return f"${{{name}/{pattern}/{replacement}}}"
        return _substituted(value or "", pattern, replacement, everywhere)


def _flush(word: list[str], words: list[str]) -> None:
    if word:
        whole = "".join(word)
        if whole:
            words.append(whole)
        word.clear()


def _modified(value: str | None, operator: str, word: str) -> str:
    action = operator[-1]
    if action in "#%":
        return _trimmed(value or "", action, word)
    if action not in "+-?":
        raise WordError("bad substitution")
    if value and not value.strip(UNKNOWN):
        # It may be unset or empty as well.
        return UNKNOWN
    there = value is not None and (bool(value) or operator[0] != ":")
    if action == "+":
        return word if there else ""
    if there:
        return value or ""
    if action == "?":
        raise WordError("a variable that has to be set is not")
    return word


def _trimmed(value: str, end: str, pattern: str) -> str:
    greedy = pattern.startswith(end)
    if greedy:
        pattern = pattern[1:]
    if end == "#":
        expression = _pattern(pattern, value, greedy)
        match = expression.match(value) if expression is not None else None
        rest = value[match.end() :] if match is not None else value
    else:
        # Only from the back is the first match the shortest.
        expression = _pattern(pattern[::-1], value, greedy)
        match = expression.match(value[::-1]) if expression is not None else None
        rest = value[: len(value) - match.end()] if match is not None else value
    return UNKNOWN if expression is None else rest


def _substituted(value: str, pattern: str, replacement: str, everywhere: bool) -> str:
    # Go has rules of its own for `$1` in a replacement and for matches of nothing.
    if not pattern or "*" in pattern or any(ch in replacement for ch in ("$", "\\", UNKNOWN)):
        return UNKNOWN
    expression = _pattern(pattern, value, True)
    if expression is None:
        return UNKNOWN
    return expression.sub(lambda _: replacement, value, count=0 if everywhere else 1)


def _pattern(pattern: str, value: str, greedy: bool) -> re.Pattern[str] | None:
    """Compile a shell pattern where that is simple: a short value, one `*` at most, no escapes."""
    if UNKNOWN in pattern or UNKNOWN in value or len(value) > 500 or pattern.count("*") > 1 or "\\" in pattern:
        return None
    star = ".*" if greedy else ".*?"
    return re.compile(re.escape(pattern).replace(r"\*", star).replace(r"\?", "."))

"""Reads what is literal in shell text: single quotes, `$'…'` and the text of here-documents (POSIX XCU 2.2, 2.7.4)."""

from __future__ import annotations

import re

from ci_audit.source import UNKNOWN
from ci_audit.syntax.shellcursor import end_of
from ci_audit.syntax.shellword import Literal, Quoted, Unknown
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from ci_audit.syntax.shellcursor import Cursor
    from ci_audit.syntax.shellword import Part

_UNKNOWN = re.compile("\0+").match
_ANSI = r"(?s)[^'\\]*(?:\\.[^'\\]*)*"
_ANSI_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def add_literal(parts: list[Part], text: str, start: int, end: int, quoted: bool) -> None:
    """Add the characters of a range as they are, but each line end as one LF."""
    while True:
        at = text.find("\r\n", start, end)
        if at < 0:
            break
        if at > start:
            parts.append(Literal(start, at, text[start:at], quoted))
        parts.append(Literal(at, at + 2, "\n", quoted))
        start = at + 2
    if end > start:
        parts.append(Literal(start, end, text[start:end], quoted))


def add_quoted(parts: list[Part], text: str, start: int, end: int) -> None:
    """Add quoted characters among which only UNKNOWN means something."""
    while True:
        at = text.find(UNKNOWN, start, end)
        if at < 0:
            break
        add_literal(parts, text, start, at, True)
        match = _UNKNOWN(text, at, end)
        start = match.end() if match is not None else end
        parts.append(Unknown(at, start))
    add_literal(parts, text, start, end, True)


def read_single(cursor: Cursor, pos: int, parts: list[Part]) -> int:
    """Read the single-quoted stretch at an offset, add it to the parts and tell where it ends."""
    close = cursor.text.find("'", pos + 1, cursor.end)
    stop = close + 1
    if close < 0:
        cursor.errors.append((pos, "unterminated single quote"))
        stop = close = cursor.end
    inner: list[Part] = []
    add_quoted(inner, cursor.text, pos + 1, close)
    parts.append(Quoted(pos, stop, "'", inner))
    return stop


def read_ansi(cursor: Cursor, pos: int, parts: list[Part]) -> int:
    """Read the `$'…'` at an offset, decode its escapes, add it to the parts and tell where it ends."""
    text = cursor.text
    close = end_of(re.compile(_ANSI).match, cursor, pos + 2)
    stop = close + 1
    if close >= cursor.end or text[close] != "'":
        cursor.errors.append((pos, "unterminated $'"))
        stop = close = cursor.end
    inner: list[Part] = []
    start = pos + 2
    at = text.find("\\", start, close)
    while 0 <= at < close - 1:
        end, value = _ansi_escape(text, at, close)
        if value is not None:
            add_quoted(inner, text, start, at)
            # A NUL would end the word in bash, and means UNKNOWN here.
            if value and value != "\0":
                inner.append(Literal(at, end, value, True))
            start = end
        at = text.find("\\", end, close)
    add_quoted(inner, text, start, close)
    parts.append(Quoted(pos, stop, "$'", inner))
    return stop


def _ansi_escape(text: str, at: int, close: int) -> tuple[int, str | None]:
    """Decode the escape at an offset: where it ends and its value, None where the backslash stays."""
    char = text[at + 1]
    if char in "\\'\"?":
        return at + 2, char
    if char in _ANSI_LETTERS:
        return at + 2, _ANSI_LETTERS[char]
    if char in "01234567":
        base, start, most = 8, at + 1, 3
    elif char in "xuU":
        base, start, most = 16, at + 2, {"x": 2, "u": 4, "U": 8}[char]
    elif char == "c" and at + 2 < close:
        return at + 3, chr(ord(text[at + 2]) & 0x1F)
    else:
        return at + 2, None
    end = start
    while end < close and end - start < most and text[end] in "0123456789abcdefABCDEF"[: 22 if base == 16 else 8]:
        end += 1
    if end == start:
        return at + 2, None
    code = int(text[start:end], base)
    return end, chr(code) if code <= 0x10FFFF else "�"


def heredoc_body(text: str, start: int, limit: int, delimiter: str, tabs: bool, nested: bool) -> tuple[int, int, bool]:
    """Find the text of a here-document that begins at an offset: where it ends, where to read on, and whether the
    delimiter is there.

    In a substitution bash also takes a delimiter that the closing parenthesis follows.
    """
    end = start
    while end < limit:
        stop = text.find("\n", end, limit)
        after = limit if stop < 0 else stop + 1
        line = text[end : limit if stop < 0 else stop]
        if line.endswith("\r"):
            line = line[:-1]
        shown = line.lstrip("\t") if tabs else line
        if shown == delimiter:
            return end, after, True
        if nested and shown.startswith(delimiter + ")"):
            return end, end + len(line) - len(shown) + len(delimiter), True
        end = after
    return limit, limit, False


def without_tabs(parts: list[Part]) -> list[Part]:
    """Take the tabs off the beginning of each line of a here-document."""
    kept: list[Part] = []
    at_line_start = True
    for part in parts:
        if not isinstance(part, Literal) or len(part.text) != part.end - part.start:
            kept.append(part)
            at_line_start = isinstance(part, Literal) and part.text == "\n"
            continue
        at = part.start
        for line in re.findall(r"[^\n]*\n|[^\n]+", part.text):
            body = line.lstrip("\t") if at_line_start else line
            if body:
                kept.append(Literal(at + len(line) - len(body), at + len(line), body, True))
            at += len(line)
            at_line_start = line.endswith("\n") or (at_line_start and not body)
    return kept

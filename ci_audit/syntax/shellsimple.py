"""Reads one simple command of shell text, token by token (POSIX XCU 2.9.1)."""

from __future__ import annotations

import re

from ci_audit.syntax.shelllexer import heredoc_delimiter, read_array, read_word
from ci_audit.syntax.shelltree import ASSIGNMENT, Assignment, Redirect, Simple
from ci_audit.syntax.shellword import Word
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from ci_audit.syntax.shellcursor import Cursor
    from ci_audit.syntax.shellword import Part

# Groups: 1 a word of plain characters; 2 only the beginning of one; 3 a redirection; 4 the end of a command; 5 a word
# that begins with something else. One match per word is most of what reading a script costs.
TOKEN = re.compile(
    r"[ \t]*(?:\\\r?\n[ \t]*)*(?:"
    r"(?!\#|[0-9]+[<>])([^ \t\n\r|&;<>()'\"\\$`\0]+)(?:(?=[ \t\n;|&)]|[<>](?!\()|\r\n|\r?\Z)|())"
    r"|([0-9]*(?=[<>](?!\()|&>))"
    r"|()(?=[\n;&|)(\#]|\r\n|\r?\Z)"
    r"|())"
).match
# Plain words with single blanks between them, up to the first character that may mean something.
_PLAIN_WORDS = re.compile(r"[^\t\n\r|&;<>()'\"\\$`\0]+").match
_OPERATORS = ("<<-", "<<<", "&>>", "<<", "<&", "<>", ">>", ">&", ">|", "&>", "<", ">")


def read_simple(cursor: Cursor, match: re.Match[str]) -> Simple:
    """Read a command from its first token on; `cursor.pos` is then at what ends it.

    That is an opening parenthesis only after the name of a function.
    """
    text, limit = cursor.text, cursor.end
    words: list[Word] = []
    assignments: list[Assignment] = []
    redirects: list[Redirect] = []
    token: re.Match[str] | None = match
    pos = match.start()
    while token is not None:
        kind = token.lastindex
        if kind == 1:
            value = token[1]
            start, pos = token.span(1)
            if not words and "=" in value and ASSIGNMENT(value):
                assignments.append(_assignment(cursor, start))
                pos = cursor.pos
            else:
                words.append(Word(start, pos, value))
                if text.startswith(" ", pos):
                    pos = _read_plain(cursor, pos, words)
        elif kind == 4:
            pos = token.end()
            if text.startswith("(", pos) and pos < limit:
                if len(words) == 1 and not assignments and parameters_end(cursor, pos) >= 0:
                    break
                cursor.errors.append((pos, "unexpected ("))
                pos += 1
            else:
                break
        elif kind == 3:
            redirects.append(read_redirect(cursor, token))
            pos = cursor.pos
        else:
            start = token.start(1) if kind == 2 else token.end()
            if not words and ASSIGNMENT(text, start, limit):
                assignments.append(_assignment(cursor, start))
            else:
                words.append(read_word(cursor, start))
            pos = cursor.pos
        token = TOKEN(text, pos, limit)
    cursor.pos = pos
    first = assignments or words or redirects
    last = words or assignments or redirects
    return Simple(first[0].start if first else pos, last[-1].end if last else pos, assignments, words, redirects)


def _read_plain(cursor: Cursor, pos: int, words: list[Word]) -> int:
    """Read the words from a blank on that hold plain characters alone, and tell where the last one ends.

    This only spares them the match of a token each: most words are such.
    """
    text, limit = cursor.text, cursor.end
    match = _PLAIN_WORDS(text, pos, limit)
    if match is None or " #" in match[0]:
        return pos
    plain = match[0]
    stop = match.end()
    if stop < limit and text[stop] not in "\n;|&)":
        # What stands at the end is no whole word, or one that means something else: `2>`, `a$b`.
        plain = plain[: plain.rfind(" ")]
    end = pos
    for value in plain.split(" "):
        if value:
            end = pos + len(value)
            words.append(Word(pos, end, value))
            pos = end
        pos += 1
    return end


def _assignment(cursor: Cursor, pos: int) -> Assignment:
    match = ASSIGNMENT(cursor.text, pos, cursor.end)
    assert match is not None
    start = match.end()
    if cursor.text.startswith("(", start) and start < cursor.end:
        parts: list[Part] = []
        end = cursor.pos = read_array(cursor, start, parts)
        value = Word(start, end, None, parts)
    else:
        value = read_word(cursor, start)
    return Assignment(pos, value.end, match[1], match[2], value)


def read_redirect(cursor: Cursor, match: re.Match[str]) -> Redirect:
    """Read the redirection whose operator was matched."""
    start = match.start(3)
    digits = match[3]
    at = match.end()
    op = next(op for op in _OPERATORS if cursor.text.startswith(op, at) and at + len(op) <= cursor.end)
    end = at + len(op)
    target = next_word(cursor, end)
    if target is None:
        cursor.errors.append((start, "no target after " + op))
        cursor.pos = end
    else:
        end = target.end
    redirect = Redirect(start, end, int(digits[:6]) if digits else None, op, target)
    if op == "<<" or op == "<<-":
        heredoc_delimiter(cursor, redirect)
    return redirect


def parameters_end(cursor: Cursor, pos: int) -> int:
    """Pass the `()` of a function definition, -1 where there is none at an offset."""
    text = cursor.text
    if not text.startswith("(", pos):
        return -1
    at = pos + 1
    while at < cursor.end and text[at] in " \t":
        at += 1
    return at + 1 if at < cursor.end and text[at] == ")" else -1


def next_word(cursor: Cursor, pos: int) -> Word | None:
    """Read the word after an offset; None, with nothing passed, where an operator or the end comes first."""
    match = TOKEN(cursor.text, pos, cursor.end)
    kind = match.lastindex if match is not None else None
    if match is None or kind == 3 or kind == 4:
        return None
    if kind == 1:
        cursor.pos = match.end(1)
        return Word(match.start(1), match.end(1), match[1])
    return read_word(cursor, match.start(1) if kind == 2 else match.end())


def read_words(cursor: Cursor, pos: int) -> list[Word]:
    """Read words up to an operator or the end of the line."""
    words = []
    cursor.pos = pos
    word = next_word(cursor, pos)
    while word is not None:
        words.append(word)
        word = next_word(cursor, cursor.pos)
    return words

"""Reads the compound commands of shell text that hold lists (POSIX XCU 2.9.4 and the common parts of bash)."""

from __future__ import annotations

from ci_audit.syntax.shelllexer import arithmetic_end, read_text, skip_separators
from ci_audit.syntax.shellsimple import TOKEN, next_word, read_words
from ci_audit.syntax.shelltree import Case, Group, If, Loop, Subshell, Test
from ci_audit.syntax.shellword import Word
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ci_audit.syntax.shellcursor import Cursor
    from ci_audit.syntax.shelltree import Node


def _if(cursor: Cursor, start: int, pos: int) -> If:
    branches: list[tuple[list[Node], list[Node]]] = []
    otherwise: list[Node] | None = None
    while True:
        condition = cursor.statements(cursor, pos, ("then", "elif", "else", "fi"))
        if _expect(cursor, "then"):
            body = cursor.statements(cursor, cursor.pos, ("elif", "else", "fi"))
        else:
            body = []
        branches.append((condition, body))
        match = TOKEN(cursor.text, cursor.pos, cursor.end)
        word = match[1] if match is not None else None
        if match is not None and word == "elif":
            pos = match.end(1)
            continue
        if match is not None and word == "else":
            otherwise = cursor.statements(cursor, match.end(1), ("fi",))
        break
    _expect(cursor, "fi")
    return If(start, cursor.pos, branches, otherwise)


def _while(cursor: Cursor, start: int, pos: int) -> Loop:
    condition = cursor.statements(cursor, pos, ("do", "done"))
    body = _do(cursor)
    kind = "while" if cursor.text.startswith("while", start) else "until"
    return Loop(start, cursor.pos, kind, "", None, condition, body)


def _for(cursor: Cursor, start: int, pos: int) -> Loop:
    text = cursor.text
    kind = "for" if text.startswith("for", start) else "select"
    name = ""
    words: list[Word] | None = None
    match = TOKEN(text, pos, cursor.end)
    at = match.end() if match is not None else pos
    if text.startswith("((", at) and at + 2 <= cursor.end:
        close = arithmetic_end(cursor, at + 2)
        if close < 0:
            cursor.errors.append((at, "unterminated (("))
            close = max(cursor.end - 2, at)
        words = [_arithmetic(cursor, at, close + 2)]
        cursor.pos = close + 2
    else:
        variable = next_word(cursor, pos)
        if variable is None:
            cursor.errors.append((pos, "no variable after " + kind))
            cursor.pos = pos
        else:
            name = variable.literal or ""
        match = TOKEN(text, skip_separators(cursor, cursor.pos), cursor.end)
        if match is not None and match[1] == "in":
            words = read_words(cursor, match.end(1))
    # A `;` may stand before `do` in any of the forms.
    match = TOKEN(text, cursor.pos, cursor.end)
    at = match.end() if match is not None and match.lastindex == 4 else cursor.pos
    if text.startswith(";", at) and at < cursor.end:
        at += 1
    cursor.pos = skip_separators(cursor, at)
    body = _do(cursor)
    return Loop(start, cursor.pos, kind, name, words, [], body)


def _do(cursor: Cursor) -> list[Node]:
    match = TOKEN(cursor.text, cursor.pos, cursor.end)
    if match is not None and match[1] == "{":
        body = cursor.statements(cursor, match.end(1), ("}",))
        _expect(cursor, "}")
        return body
    if not _expect(cursor, "do"):
        return []
    body = cursor.statements(cursor, cursor.pos, ("done",))
    _expect(cursor, "done")
    return body


def _case(cursor: Cursor, start: int, pos: int) -> Case:
    text = cursor.text
    word = next_word(cursor, pos)
    if word is None:
        cursor.pos = pos
    cursor.pos = skip_separators(cursor, cursor.pos)
    arms: list[tuple[list[Word], list[Node]]] = []
    if _expect(cursor, "in"):
        while True:
            pos = cursor.pos = skip_separators(cursor, cursor.pos)
            match = TOKEN(text, pos, cursor.end)
            if pos >= cursor.end or (match is not None and match[1] == "esac"):
                break
            patterns = _patterns(cursor, pos)
            if patterns is None:
                break
            body = cursor.statements(cursor, cursor.pos, (";;", ";&", ";;&", "esac"))
            arms.append((patterns, body))
            if not text.startswith((";;", ";&"), cursor.pos):
                break
            cursor.pos += 3 if text.startswith(";;&", cursor.pos) else 2
    _expect(cursor, "esac")
    return Case(start, cursor.pos, word, arms)


def _patterns(cursor: Cursor, pos: int) -> list[Word] | None:
    text = cursor.text
    patterns: list[Word] = []
    if text.startswith("(", pos):
        pos += 1
    while True:
        word = next_word(cursor, pos)
        if word is None:
            cursor.errors.append((pos, "no pattern"))
            cursor.pos = pos
            return None
        patterns.append(word)
        match = TOKEN(text, cursor.pos, cursor.end)
        pos = match.end() if match is not None else cursor.pos
        if text.startswith("|", pos) and pos < cursor.end:
            pos += 1
        elif text.startswith(")", pos) and pos < cursor.end:
            cursor.pos = pos + 1
            return patterns
        else:
            cursor.errors.append((pos, "no ) after a pattern"))
            return None


def _braces(cursor: Cursor, start: int, pos: int) -> Group:
    body = cursor.statements(cursor, pos, ("}",))
    _expect(cursor, "}")
    return Group(start, cursor.pos, body)


def read_parenthesis(cursor: Cursor, start: int, pos: int) -> Node:
    """Read what a parenthesis in the place of a command begins: arithmetic or a subshell."""
    if cursor.text.startswith("(", pos) and pos < cursor.end:
        close = arithmetic_end(cursor, pos + 1)
        if close >= 0:
            cursor.pos = close + 2
            return Test(start, close + 2, "((", [_arithmetic(cursor, start, close + 2)])
    body = cursor.statements(cursor, pos, (")",))
    if cursor.text.startswith(")", cursor.pos) and cursor.pos < cursor.end:
        cursor.pos += 1
    else:
        cursor.errors.append((start, "unterminated ("))
    return Subshell(start, cursor.pos, body)


def _arithmetic(cursor: Cursor, start: int, end: int) -> Word:
    return Word(start, end, None, read_text(cursor, start, end))


def _test(cursor: Cursor, start: int, pos: int) -> Test:
    words: list[Word] = []
    while True:
        word = next_word(cursor, pos)
        if word is not None:
            pos = cursor.pos
            if word.literal == "]]":
                break
            words.append(word)
            continue
        # An operator or a parenthesis, also of a regular expression; line ends do not end the test.
        at = skip_separators(cursor, pos)
        if at == pos:
            at += 1
        if at >= cursor.end:
            cursor.errors.append((start, "unterminated [["))
            pos = cursor.end
            break
        pos = at
    cursor.pos = pos
    return Test(start, pos, "[[", words)


def _expect(cursor: Cursor, word: str) -> bool:
    """Pass a reserved word, or note that it is missing."""
    match = TOKEN(cursor.text, cursor.pos, cursor.end)
    if match is not None and match[1] == word:
        cursor.pos = match.end(1)
        return True
    cursor.errors.append((cursor.pos, "no " + word))
    return False


COMPOUND: dict[str, Callable[[Cursor, int, int], Node]] = {
    "if": _if,
    "while": _while,
    "until": _while,
    "for": _for,
    "select": _for,
    "case": _case,
    "{": _braces,
    "[[": _test,
}
"""What reads a compound command, by its first word: given where it starts and where that word ends."""

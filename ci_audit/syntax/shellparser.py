"""Reads lists, pipelines and compound commands of shell text (POSIX XCU 2.10 and the common parts of bash)."""

from __future__ import annotations

import re

from ci_audit.syntax.shellcompound import COMPOUND, read_parenthesis
from ci_audit.syntax.shellcursor import Cursor
from ci_audit.syntax.shelllexer import skip_separators
from ci_audit.syntax.shellsimple import TOKEN, next_word, parameters_end, read_redirect, read_simple
from ci_audit.syntax.shelltree import (
    AndOr,
    Function,
    Pipeline,
    Script,
    Simple,
)
from ci_audit.syntax.shellword import Unknown, Word
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ci_audit.syntax.shelltree import Node, Redirect

# Compiled where they are needed, which is seldom: a pattern costs a tenth of a millisecond of every start.
_COPROC_NAME = r"[ \t]+[A-Za-z_][A-Za-z_0-9]*[ \t]+(?=[{(])"
_STRAY = r"(?s);;&?|;&|&&?|\|[|&]?|[;()]|[^ \t\r\n;&|()]+|."


def parse(text: str) -> Script:
    """Read a whole text; never raises, and what was guessed stands in `errors`."""
    cursor = Cursor(text, _script, _list)
    script = _script(cursor, 0, "")
    script.errors = cursor.errors
    return script


def _script(cursor: Cursor, pos: int, closer: str) -> Script:
    # What closes a list outside means nothing in here, and a here-document begun outside is not read in here.
    closers, cursor.closers = cursor.closers, []
    pending, cursor.pending = cursor.pending, []
    cursor.depth += 1
    statements = _list(cursor, pos, (closer,) if closer else ())
    cursor.depth -= 1
    cursor.closers = closers
    cursor.pending = pending + cursor.pending if pending else cursor.pending
    return Script(pos, cursor.pos, statements, [])


def _list(cursor: Cursor, pos: int, closers: tuple[str, ...]) -> list[Node]:
    """Read statements up to a closing token at the place of a command, which is left unread at `cursor.pos`."""
    cursor.closers.append(closers)
    text = cursor.text
    items: list[Node] = []
    while True:
        pos = skip_separators(cursor, pos)
        cursor.pos = pos
        if pos >= cursor.end:
            break
        node = _and_or(cursor, pos)
        pos = cursor.pos
        if node is None:
            match = re.compile(_STRAY).match(text, pos, cursor.end)
            token = match[0] if match is not None else ""
            if any(token in open_closers for open_closers in cursor.closers):
                break
            cursor.errors.append((pos, "unexpected " + token[:20]))
            pos += len(token)
            continue
        items.append(node)
        char = text[pos] if pos < cursor.end else ""
        if char == ";":
            if not text.startswith((";;", ";&"), pos):
                pos += 1
        elif char == "&":
            node.background = True
            pos += 1
    cursor.closers.pop()
    return items


def _and_or(cursor: Cursor, pos: int) -> Node | None:
    first = _pipeline(cursor, pos)
    pos = cursor.pos
    text = cursor.text
    if first is None or not text.startswith(("&&", "||"), pos) or pos + 2 > cursor.end:
        return first
    items = [("", first)]
    end = first.end
    while text.startswith(("&&", "||"), pos) and pos + 2 <= cursor.end:
        op = text[pos : pos + 2]
        pos = skip_separators(cursor, pos + 2)
        node = _pipeline(cursor, pos)
        if node is None:
            cursor.errors.append((pos, "no command after " + op))
            break
        items.append((op, node))
        end = node.end
        pos = cursor.pos
    return AndOr(first.start, end, items)


def _pipeline(cursor: Cursor, pos: int) -> Node | None:
    text = cursor.text
    start = pos
    negated = False
    while pos < cursor.end and text[pos] in "!t":
        after = _prefix_end(cursor, pos)
        if after < 0:
            break
        if text[pos] == "!":
            negated = not negated
        else:
            start = after
        pos = after
    first = _command(cursor, pos)
    if first is None:
        return None
    pos = cursor.pos
    if not (text.startswith("|", pos) and pos < cursor.end) and not negated:
        return first
    commands = [first]
    while text.startswith("|", pos) and pos < cursor.end and not text.startswith("||", pos):
        pos = skip_separators(cursor, pos + (2 if text.startswith("|&", pos) else 1))
        node = _command(cursor, pos)
        if node is None:
            cursor.errors.append((pos, "no command after |"))
            break
        commands.append(node)
        pos = cursor.pos
    if len(commands) == 1 and not negated:
        return first
    return Pipeline(start if negated else first.start, commands[-1].end, commands, negated)


def _prefix_end(cursor: Cursor, pos: int) -> int:
    """Tell where the command after `!` or `time` begins, -1 where the word at an offset is none of them."""
    text = cursor.text
    if text[pos] == "!":
        at = pos + 1
        return _skip_blanks(cursor, at) if text.startswith((" ", "\t", "("), at) else -1
    if not text.startswith(("time ", "time\t"), pos):
        return -1
    at = _skip_blanks(cursor, pos + 4)
    if text.startswith(("-p ", "-p\t"), at):
        at = _skip_blanks(cursor, at + 2)
    # With any other option, and with nothing to time, it is a program.
    return -1 if at >= cursor.end or text[at] in "-\n\r;|&)#" else at


def _skip_blanks(cursor: Cursor, pos: int) -> int:
    while pos < cursor.end and cursor.text[pos] in " \t":
        pos += 1
    return pos


def _command(cursor: Cursor, pos: int) -> Node | None:
    """Read one command; None, with `cursor.pos` at what stands there, where none begins."""
    text = cursor.text
    match = TOKEN(text, pos, cursor.end)
    if match is None:
        return None
    kind = match.lastindex
    if kind == 1 or kind == 2:
        word = match[1]
        if word in _RESERVED and (kind == 1 or text[match.end(1)] == "("):
            reader = _RESERVED[word]
            if reader is None:
                cursor.pos = match.start(1)
                return None
            return _compound(cursor, match.start(1), match.end(1), reader)
    elif kind == 4:
        pos = cursor.pos = match.end()
        if text.startswith("(", pos) and pos < cursor.end:
            return _compound(cursor, pos, pos + 1, read_parenthesis)
        return None
    simple = read_simple(cursor, match)
    if text.startswith("(", cursor.pos) and cursor.pos < cursor.end:
        after = parameters_end(cursor, cursor.pos)
        if after >= 0:
            return _function_body(cursor, simple.start, simple.words[0], after)
    return simple


def _compound(cursor: Cursor, start: int, pos: int, reader: Callable[[Cursor, int, int], Node]) -> Node:
    if cursor.too_deep(start):
        return _opaque(cursor, start)
    cursor.depth += 1
    node = reader(cursor, start, pos)
    cursor.depth -= 1
    redirects: list[Redirect] = []
    if not isinstance(node, (Function, Simple)):
        match = TOKEN(cursor.text, cursor.pos, cursor.end)
        while match is not None and match.lastindex == 3:
            redirects.append(read_redirect(cursor, match))
            match = TOKEN(cursor.text, cursor.pos, cursor.end)
        if redirects:
            node.redirects = redirects  # type: ignore[union-attr]
        if match is not None:
            cursor.pos = match.end() if match.lastindex == 4 else cursor.pos
    return node


def _opaque(cursor: Cursor, start: int) -> Simple:
    return Simple(start, cursor.end, (), (Word(start, cursor.end, None, (Unknown(start, cursor.end),)),), ())


def _lone(start: int, word: str) -> Simple:
    end = start + len(word)
    return Simple(start, end, (), (Word(start, end, word),), ())


def _function(cursor: Cursor, start: int, pos: int) -> Node:
    name = next_word(cursor, pos)
    if name is None:
        cursor.errors.append((pos, "no name after function"))
        cursor.pos = pos
        return _lone(start, "function")
    match = TOKEN(cursor.text, cursor.pos, cursor.end)
    at = match.end() if match is not None else cursor.pos
    after = parameters_end(cursor, at)
    return _function_body(cursor, start, name, after if after >= 0 else cursor.pos)


def _function_body(cursor: Cursor, start: int, name: Word, pos: int) -> Function:
    pos = skip_separators(cursor, pos)
    if cursor.too_deep(pos):
        return Function(start, pos, name.literal or "", _opaque(cursor, pos))
    cursor.depth += 1
    body = _command(cursor, pos)
    cursor.depth -= 1
    if body is None:
        cursor.errors.append((pos, "no body of a function"))
    return Function(start, body.end if body is not None else pos, name.literal or "", body)


def _coproc(cursor: Cursor, start: int, pos: int) -> Node:
    match = re.compile(_COPROC_NAME).match(cursor.text, pos, cursor.end)
    pos = skip_separators(cursor, pos) if match is None else match.end()
    node = _command(cursor, pos)
    return node if node is not None else _lone(start, "coproc")


_RESERVED: dict[str, Callable[[Cursor, int, int], Node] | None] = {
    **COMPOUND,
    "function": _function,
    "coproc": _coproc,
    **dict.fromkeys(("then", "elif", "else", "fi", "do", "done", "esac", "}")),
}

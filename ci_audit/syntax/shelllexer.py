"""Reads the words of shell text: quotes, expansions, array literals and here-documents (POSIX XCU 2.2 to 2.6, bash)."""

from __future__ import annotations

import re
from bisect import bisect_right

from ci_audit.source import UNKNOWN
from ci_audit.syntax.shellcursor import LOOKAHEAD, Cursor, end_of
from ci_audit.syntax.shellquote import add_literal, add_quoted, heredoc_body, read_ansi, read_single, without_tabs
from ci_audit.syntax.shelltree import Heredoc, Redirect, Script, rebase
from ci_audit.syntax.shellword import Arithmetic, Array, Literal, Quoted, Substitution, Unknown, Variable, Word
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from ci_audit.syntax.shellword import Part

# What a run of literal characters may hold, by where it stands. Patterns that few files need are compiled when one
# does: each costs a tenth of a millisecond of every start.
_WORD, _DOUBLE, _BRACE, _BRACE_DOUBLE, _TEXT = range(5)
_RUNS = (
    r"""[^ \t\n\r|&;<>()'"\\$`\0]+""",
    r"""[^"\\$`\0]+""",
    r"""[^}'"\\$`\0]+""",
    r"""[^}"\\$`\0]+""",
    r"""[^\\$`\0]+""",
)
_QUOTED = (False, True, False, True, True)
_ESCAPABLE = ("", '$`"\\', "", '$`"\\}', "$`\\")

_UNKNOWN = re.compile("\0+").match
_SPECIAL = re.compile(r"[$`\\\0\r]").search
_NAME = re.compile("[A-Za-z_][A-Za-z_0-9]*").match
_BRACED = (
    r"\$\{([#!]?)([A-Za-z_][A-Za-z_0-9]*(?:\[[^\]\n}]{0,200}\])?|[0-9]+|[@*#?$!-])"
    r"(:?[-=?+]|##?|%%?|//?|\^\^?|,,?|[@:]|(?=\}))"
)
_BACKTICKS = r"(?s)[^`\\]*(?:\\.[^`\\]*)*"
_SEPARATORS = re.compile(r"(?:[ \t\n]+|\\?\r?\n|#[^\n]*|\r\Z)*").match
_BLANKS = r"(?:[ \t]+|\\\r?\n|#[^\n]*|\r\Z)*"


def read_word(cursor: Cursor, pos: int) -> Word:
    """Read the word at an offset; `cursor.pos` is then behind it."""
    text = cursor.text
    quote = text[pos] if pos < cursor.end else ""
    if quote == '"' or quote == "'":
        # A short cut for the commonest of all: quotes around the whole word and nothing special in them.
        close = text.find(quote, pos + 1, cursor.end)
        stop = close + 1
        if close >= 0 and (stop == cursor.end or text[stop] in " \n;)"):
            value = text[pos + 1 : close]
            if not _SPECIAL(value):
                cursor.pos = stop
                parts = (Literal(pos + 1, close, value, True),) if value else ()
                return Word(pos, stop, value, (Quoted(pos, stop, quote, parts),))
    return _word(pos, _parts(cursor, pos, _WORD), cursor.pos)


def skip_separators(cursor: Cursor, pos: int) -> int:
    """Pass blanks, line ends and comments, and take in the here-documents that begin on the way."""
    if not cursor.pending:
        match = _SEPARATORS(cursor.text, pos, cursor.end)
        return match.end() if match is not None else pos
    while True:
        pos = end_of(re.compile(_BLANKS).match, cursor, pos)
        after = _line_end(cursor, pos)
        if after < 0:
            return pos
        pos = _heredocs(cursor, after)


def read_text(cursor: Cursor, start: int, end: int) -> list[Part]:
    """Read a stretch in which only `$`, backticks and backslashes are special."""
    limit = cursor.end
    cursor.end = end
    parts = _parts(cursor, start, _TEXT)
    cursor.end = limit
    return parts


def arithmetic_end(cursor: Cursor, pos: int) -> int:
    """Find the `))` that ends arithmetic begun before an offset, -1 where a subshell in a subshell was meant.

    It counts parentheses, a bounded way ahead: reading both ways to the end would take exponential time.
    """
    text = cursor.text
    limit = min(cursor.end, pos + min(LOOKAHEAD, cursor.budget))
    depth = 0
    at = pos
    while at < limit:
        char = text[at]
        if char == "(":
            depth += 1
        elif char == ")":
            if not depth:
                if text.startswith("))", at) and at + 2 <= cursor.end:
                    return at
                break
            depth -= 1
        elif char == "\\":
            at += 1
        at += 1
    cursor.budget -= at - pos
    return -1


def _line_end(cursor: Cursor, pos: int) -> int:
    """Tell where the line end at an offset ends, -1 where there is none."""
    after = pos + 2 if cursor.text.startswith("\r\n", pos) else pos + 1 if cursor.text.startswith("\n", pos) else -1
    return after if after <= cursor.end else -1


def _word(start: int, parts: list[Part], end: int) -> Word:
    return Word(start, end, _literal_value(parts), parts)


def _literal_value(parts: list[Part]) -> str | None:
    text = ""
    for part in parts:
        if isinstance(part, Literal):
            text += part.text
        elif isinstance(part, Quoted):
            inner = _literal_value(part.parts)  # type: ignore[arg-type]
            if inner is None:
                return None
            text += inner
        else:
            return None
    return text


def _parts(cursor: Cursor, pos: int, mode: int) -> list[Part]:
    """Read parts up to what ends the mode, which is left unread at `cursor.pos`."""
    text = cursor.text
    run = re.compile(_RUNS[mode]).match
    quoted = _QUOTED[mode]
    parts: list[Part] = []
    while pos < cursor.end:
        match = run(text, pos, cursor.end)
        if match is not None:
            stop = match.end()
            add_literal(parts, text, pos, stop, quoted)
            pos = stop
            if pos >= cursor.end:
                break
        char = text[pos]
        if char == "$":
            pos = _dollar(cursor, pos, mode, parts)
        elif char == '"':
            if mode == _DOUBLE:
                break
            pos = _double(cursor, pos, pos + 1, parts)
        elif char == "'":
            pos = read_single(cursor, pos, parts)
        elif char == "\\":
            pos = _escape(cursor, pos, mode, parts)
        elif char == "`":
            pos = _backticks(cursor, pos, quoted, parts)
        elif char == UNKNOWN:
            stop = end_of(_UNKNOWN, cursor, pos)
            parts.append(Unknown(pos, stop))
            pos = stop
        elif mode != _WORD:
            break
        elif char == "\r":
            if pos + 1 == cursor.end or text[pos + 1] == "\n":
                break
            parts.append(Literal(pos, pos + 1, char, False))
            pos += 1
        elif char in "<>" and text.startswith("(", pos + 1) and pos + 1 < cursor.end:
            pos = _substitution(cursor, pos, char + "(", parts)
        elif char == "(":
            stop = _parenthesis(cursor, pos, parts)
            if stop < 0:
                break
            pos = stop
        else:
            break
    cursor.pos = pos
    return parts


def _double(cursor: Cursor, start: int, pos: int, parts: list[Part]) -> int:
    inner = _parts(cursor, pos, _DOUBLE)
    stop = cursor.pos
    if stop < cursor.end:
        stop += 1
    else:
        cursor.errors.append((start, "unterminated double quote"))
    parts.append(Quoted(start, stop, '"', inner))
    return stop


def _escape(cursor: Cursor, pos: int, mode: int, parts: list[Part]) -> int:
    text = cursor.text
    if pos + 1 >= cursor.end:
        parts.append(Literal(pos, pos + 1, "\\", True))
        return pos + 1
    after = _line_end(cursor, pos + 1)
    if after >= 0:
        return after
    char = text[pos + 1]
    if _QUOTED[mode] and char not in _ESCAPABLE[mode]:
        parts.append(Literal(pos, pos + 1, "\\", True))
        return pos + 1
    if char == UNKNOWN:
        return pos + 1
    parts.append(Literal(pos, pos + 2, char, True))
    return pos + 2


def _dollar(cursor: Cursor, pos: int, mode: int, parts: list[Part]) -> int:
    text = cursor.text
    match = _NAME(text, pos + 1, cursor.end)
    if match is not None:
        parts.append(Variable(pos, match.end(), match[0]))
        return match.end()
    char = text[pos + 1] if pos + 1 < cursor.end else " "
    if char == "{":
        return _braced(cursor, pos, mode, parts)
    if char == "(":
        close = arithmetic_end(cursor, pos + 3) if text.startswith("((", pos + 1) and pos + 3 <= cursor.end else -1
        if close < 0:
            return _substitution(cursor, pos, "$(", parts)
        return _arithmetic(cursor, pos, pos + 3, close, close + 2, parts)
    if char in "0123456789@*#?$!-":
        parts.append(Variable(pos, pos + 2, char))
        return pos + 2
    if char == "[":
        # `$[…]` is the old spelling of arithmetic.
        close = text.find("]", pos, min(cursor.end, pos + 200))
        if close >= 0:
            return _arithmetic(cursor, pos, pos + 2, close, close + 1, parts)
    elif not _QUOTED[mode]:
        # Inside double quotes the dollar of `"x:$"` stands for itself and the quote closes.
        if char == "'":
            return read_ansi(cursor, pos, parts)
        if char == '"':
            return _double(cursor, pos, pos + 2, parts)
    parts.append(Literal(pos, pos + 1, "$", _QUOTED[mode]))
    return pos + 1


def _arithmetic(cursor: Cursor, pos: int, start: int, close: int, stop: int, parts: list[Part]) -> int:
    if cursor.too_deep(pos):
        return _rest(cursor, pos, parts)
    cursor.depth += 1
    inner = read_text(cursor, start, close)
    cursor.depth -= 1
    parts.append(Arithmetic(pos, stop, inner))
    return stop


def _rest(cursor: Cursor, pos: int, parts: list[Part]) -> int:
    parts.append(Unknown(pos, cursor.end))
    return cursor.end


def _braced(cursor: Cursor, pos: int, mode: int, parts: list[Part]) -> int:
    text = cursor.text
    match = re.compile(_BRACED).match(text, pos, cursor.end)
    if match is None:
        name, op, start = "", "bad", pos + 2
    else:
        name, op, start = match[2], match[3], match.end()
        if match[1]:
            op = "length" if match[1] == "#" else "indirect"
        if not match[3]:
            parts.append(Variable(pos, start + 1, name, op))
            return start + 1
    if cursor.too_deep(pos):
        return _rest(cursor, pos, parts)
    # A pattern to cut off is not quoted by the quotes around the whole expansion (POSIX XCU 2.6.2).
    inner = _BRACE_DOUBLE if _QUOTED[mode] and op[0] not in "#%/" else _BRACE
    cursor.depth += 1
    argument = _word(start, _parts(cursor, start, inner), cursor.pos)
    cursor.depth -= 1
    stop = cursor.pos
    if stop < cursor.end:
        stop += 1
    else:
        cursor.errors.append((pos, "unterminated ${"))
    parts.append(Variable(pos, stop, name, op, argument))
    return stop


def _substitution(cursor: Cursor, pos: int, kind: str, parts: list[Part]) -> int:
    if cursor.too_deep(pos):
        return _rest(cursor, pos, parts)
    script = cursor.script(cursor, pos + 2, ")")
    stop = cursor.pos
    if stop < cursor.end:
        stop += 1
    else:
        cursor.errors.append((pos, "unterminated " + kind))
    parts.append(Substitution(pos, stop, kind, script))
    return stop


def _backticks(cursor: Cursor, pos: int, quoted: bool, parts: list[Part]) -> int:
    if cursor.too_deep(pos):
        return _rest(cursor, pos, parts)
    text = cursor.text
    limit = cursor.end
    close = end_of(re.compile(_BACKTICKS).match, cursor, pos + 1)
    # A backslash as the last character of all ends the run short.
    if close >= limit or text[close] != "`":
        cursor.errors.append((pos, "unterminated backtick"))
        close = limit
    stop = min(close + 1, limit)
    escapes = '$`\\"' if quoted else "$`\\"
    at = text.find("\\", pos + 1, close)
    if at < 0:
        cursor.end = close
        script = cursor.script(cursor, pos + 1, "")
        cursor.end = limit
    else:
        script = _unescaped(cursor, pos + 1, close, at, escapes)
    parts.append(Substitution(pos, stop, "`", script))
    return stop


def _unescaped(cursor: Cursor, start: int, end: int, at: int, escapes: str) -> Script:
    """Read a script from which a level of backslashes has to be taken first, and put its places right."""
    text = cursor.text
    out: list[str] = []
    ats, offsets = [0], [start]
    length = 0
    while 0 <= at < end - 1:
        if text[at + 1] in escapes:
            out.append(text[start:at])
            length += at - start
            start = at + 1
            ats += (length, length + 1)
            offsets += (at, at + 2)
        at = text.find("\\", at + 2, end)
    out.append(text[start:end])
    nested = Cursor("".join(out), cursor.script, cursor.statements)
    nested.depth = cursor.depth
    nested.budget = cursor.budget
    script = cursor.script(nested, 0, "")
    cursor.budget = nested.budget
    rebase(script, ats, offsets)
    for offset, message in nested.errors:
        index = bisect_right(ats, offset) - 1
        cursor.errors.append((offsets[index] + offset - ats[index], message))
    return script


def _parenthesis(cursor: Cursor, pos: int, parts: list[Part]) -> int:
    """Read what an opening parenthesis inside a word begins, an array or a pattern; -1 where it ends the word."""
    last = parts[-1] if parts else None
    if not isinstance(last, Literal) or last.quoted or last.end != pos:
        return -1
    text = cursor.text
    char = text[pos - 1]
    if char == "=" and len(parts) == 1:
        return read_array(cursor, pos, parts)
    if char in "?*+@" or (char == "!" and len(last.text) > 1):
        close = text.find(")", pos, min(cursor.end, pos + 200))
        inner = text[pos : close + 1]
        if close > 0 and not any(c in inner for c in " \t\r\n;&\"'$`\\\0"):
            parts.append(Literal(pos, close + 1, inner, False))
            return close + 1
    return -1


def read_array(cursor: Cursor, pos: int, parts: list[Part]) -> int:
    """Read the array literal whose parenthesis is at an offset, add it to the parts and tell where it ends."""
    if cursor.too_deep(pos):
        return _rest(cursor, pos, parts)
    text = cursor.text
    words: list[Word] = []
    cursor.depth += 1
    at = skip_separators(cursor, pos + 1)
    while at < cursor.end and text[at] != ")":
        word = read_word(cursor, at)
        if cursor.pos == at:
            cursor.errors.append((at, "unexpected character in an array"))
            at += 1
        else:
            words.append(word)
            at = cursor.pos
        at = skip_separators(cursor, at)
    cursor.depth -= 1
    stop = min(at + 1, cursor.end)
    if at >= cursor.end:
        cursor.errors.append((pos, "unterminated array"))
    parts.append(Array(pos, stop, words))
    return stop


def heredoc_delimiter(cursor: Cursor, redirect: Redirect) -> None:
    """Make the here-document of a redirection, to be filled in at the next line end."""
    target = redirect.target
    if target is None:
        return
    written = cursor.text[target.start : target.end]
    redirect.heredoc = Heredoc(target.end, target.end, any(c in written for c in "'\"\\"), None)
    cursor.pending.append(redirect)


def _heredocs(cursor: Cursor, pos: int) -> int:
    pending, cursor.pending = cursor.pending, []
    for redirect in pending:
        heredoc, target = redirect.heredoc, redirect.target
        if heredoc is not None and target is not None:
            pos = _heredoc(cursor, pos, redirect.op == "<<-", heredoc, target)
    return pos


def _heredoc(cursor: Cursor, start: int, tabs: bool, heredoc: Heredoc, target: Word) -> int:
    text = cursor.text
    delimiter = target.literal if target.literal is not None else text[target.start : target.end]
    end, pos, found = heredoc_body(text, start, cursor.end, delimiter, tabs, cursor.closers[:1] == [(")",)])
    if not found:
        cursor.errors.append((target.start, "unterminated here-document"))
    parts: list[Part] = []
    if heredoc.quoted:
        add_quoted(parts, text, start, end)
    else:
        parts = read_text(cursor, start, end)
    if tabs:
        parts = without_tabs(parts)
    heredoc.start, heredoc.end = start, end
    heredoc.body = _word(start, [Quoted(start, end, "<<", parts)], end)
    return pos

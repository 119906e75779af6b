"""What rewritten characters make of the value of a scalar in the graph of another parser."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.editing import Rewrite
from ci_audit.editing.yamlgraph import Impossible, Text, Token, Unreadable, Vertex, nodes


def rewritten(text: Text, operation: Rewrite) -> Token:
    """Give a scalar the values that it may have after a rewrite, and tell its token; raises Impossible."""
    token = _token(text, operation)
    vertex = next((one for one in nodes(text.roots) if _is(one, token)), None)
    if vertex is None:
        raise Impossible("no value holds the text")
    vertex.values = frozenset(value for old in vertex.values for value in _changed(text.text, old, token, operation))
    return token


def _token(text: Text, operation: Rewrite) -> Token:
    for token in text.tokens:
        quotes = int(token.style in ("'", '"'))
        if token.kind == "Scalar" and token.start + quotes <= operation.start and operation.end <= token.end - quotes:
            return token
    raise Impossible("no value holds the text")


def _is(vertex: Vertex, token: Token) -> bool:
    return vertex.kind == "scalar" and vertex.start <= token.start and vertex.end == token.end


def _changed(text: str, value: str, token: Token, operation: Rewrite) -> Iterator[str]:
    new = operation.text
    if token.style == ">":
        start, end = (_folded_offset(text, value, token, offset) for offset in (operation.start, operation.end))
        before, after = value[:start], value[max(start, end) :]
        yield before + new + after
        if not new:
            # The line goes with its text, and with one of the blanks that it was folded to.
            yield (before.rstrip(" ") + after) if after.strip() else before.rstrip(" ") + after.lstrip(" ")
            yield before + after.lstrip(" ")
        return
    start, end = _offset(text, token, operation.start), _offset(text, token, operation.end)
    before, after = value[:start], value[end:]
    line = value[value.rfind("\n", 0, start) + 1 : start] + value[end:].partition("\n")[0]
    if token.style != "|" or new or line.strip() or not text[operation.start : operation.end].strip():
        yield before + new.replace("\r\n", "\n") + after
    else:
        # The line goes with its text, and with the blanks around it.
        before, after = before.rstrip(" \t"), after.lstrip(" \t")
        if before[-1:] in ("", "\n") and after[:1] in ("", "\n"):
            yield before + after[1:]
        if before[-1:] == "\n" and not after:
            yield before[:-1]


def _offset(text: str, token: Token, offset: int) -> int:
    """Map an offset in the text to one in the value, by reading the part of the scalar before it."""
    if token.style == "|":
        return _line_offset(text, token, offset)
    raw = text[token.start + (token.style in ("'", '"')) : offset].replace("\r\n", "\n")
    lines = raw.split("\n")
    read = lines[0] if len(lines) == 1 else lines[0].rstrip(" \t")
    breaks = 0
    for number, line in enumerate(lines[1:], 2):
        last = number == len(lines)
        content = line.lstrip(" \t") if last else line.strip(" \t")
        if not content and not last:
            breaks += 1
            continue
        read += ("\n" * breaks or " ") + content
        breaks = 0
    if token.style == "'":
        return len(read.replace("''", "'"))
    if token.style == '"' and "\\" in read:
        try:
            return len(Text(f'"{read}"', "1.2").tokens[0].value)
        except Unreadable:
            raise Impossible("a change begins or ends inside an escape") from None
    return len(read)


def _line_offset(text: str, token: Token, offset: int) -> int:
    """Map an offset in a literal block: every line is indented equally."""
    body = text.find("\n", token.start) + 1
    lines = text[body : token.end].split("\n")
    first = next((line for line in lines if line.strip(" \r")), "")
    own = next((line for line in token.value.split("\n") if line.strip(" ")), "")
    indent = len(first) - len(first.lstrip(" ")) - (len(own) - len(own.lstrip(" ")))
    at = 0
    for line in lines:
        length = max(len(line.rstrip("\r")) - indent, 0)
        if offset <= body + len(line):
            return at + min(max(offset - body - indent, 0), length)
        at += length + 1
        body += len(line) + 1
    return at


def _folded_offset(text: str, value: str, token: Token, offset: int) -> int:
    """Map an offset by the number of characters before it that are no blanks: folding changes none of those."""
    before = text[text.find("\n", token.start) : offset]
    count = len("".join(before.split()))
    at = 0
    while count:
        count -= not value[at].isspace()
        at += 1
    line = before.rstrip(" ")
    if not line.endswith("\n"):
        return at + len(before) - len(line)
    while at < len(value) and value[at].isspace():
        at += 1
    return at

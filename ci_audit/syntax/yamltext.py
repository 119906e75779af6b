"""Where in the file each character of a YAML scalar's value comes from."""

from __future__ import annotations

import re

from ci_audit.source import MappedText, Piece, Source

_BREAKS = "\n\r\x85\u2028\u2029"
_BREAK = "\r\n|[" + _BREAKS + "]"
_BLANKS = " \t" + _BREAKS
_KEPT_BREAKS = "\u2028\u2029"

MAX_PIECES = 100_000
"""The most pieces that a scalar is mapped in; one of two million escapes maps as a whole."""


def map_scalar(source: Source, value: str, style: str, start: int, end: int) -> MappedText:
    """Map a decoded scalar to the span that it was read from.

    A block scalar of blanks alone, whose indentation its text does not tell, maps as a whole, and so does one of more
    than MAX_PIECES pieces.
    """
    text = source.text
    if style == "" and text[start:end] == value:
        return MappedText.of(source, start, end)
    if style in ("'", '"') and text[start + 1 : end - 1] == value:
        return MappedText.of(source, start + 1, end - 1)
    if style == "|":
        mapped = _literal_lines(text, value, start, end)
    else:
        mapped = None
    if mapped is None:
        decoded = _Decoded(text)
        if style in ("|", ">"):
            decoded.block(value, style == ">", start, end)
        else:
            decoded.flow(style, start + bool(style), end - bool(style))
        mapped = decoded.pieces if "".join(decoded.parts) == value else [Piece(0, start, end, False)]
    return MappedText(source, value, mapped or [Piece(0, start, start, False)])


def block_end(text: str, start: int, end: int, value: str) -> int:
    """Tell where the content of a block scalar ends, before its last line end, given where libyaml stopped reading."""
    stop = start + len(text[start:end].rstrip(_BLANKS))
    content = value.rstrip(_BREAKS)
    if not content or content[-1] not in " \t":
        return stop
    # The content ends in blanks. Lines of blanks are never folded, so value and file have as many from here on.
    core = content.rstrip(_BLANKS)
    lines = len(_line_ends(content[len(core) :])) + (not core)
    for found in re.compile(_BREAK).finditer(text, stop, end):
        if not lines:
            return found.start()
        lines -= 1
    return end


def _indentation(text: str, value: str, body: int, end: int) -> int:
    """Compare the first line with more than spaces to the file: how far is the block scalar indented, -1 if unknown?"""
    blank = " " + _BREAKS
    at = len(value) - len(value.lstrip(blank))
    if at == len(value):
        return -1
    own = at - len(value[:at].rstrip(" "))
    raw = text[body:end]
    first = len(raw) - len(raw.lstrip(blank))
    return first - len(raw[:first].rstrip(" ")) - own


def _literal_lines(text: str, value: str, start: int, end: int) -> list[Piece] | None:
    """Map the common literal block, one piece a line: line feeds only, at most one of them after the content."""
    body = text.find("\n", start, end) + 1
    lines = text[body:end].split("\n")
    indent = _indentation(text, value, body, end) if body else -1
    if indent < 0:
        return None
    pieces: list[Piece] = []
    at, offset, size = 0, body, len(value)
    for line in lines:
        length = len(line) - indent
        if length <= 0:
            # An empty line may be shorter than the indentation: its line end alone counts.
            indented, length = offset + len(line), 0
        else:
            indented = offset + indent
        stop = at + length
        if value[at:stop] != text[indented : indented + length]:
            return None
        if stop < size:
            if value[stop] != "\n" or text[indented + length : indented + length + 1] != "\n":
                return None
            pieces.append(Piece(at, indented, indented + length + 1, True))
        elif length:
            pieces.append(Piece(at, indented, indented + length, True))
        at = stop + 1
        offset += len(line) + 1
    return pieces if at >= size else None


class _Decoded:
    """A scalar decoded once more, after libyaml's scanner, to learn where each part of it comes from."""

    __slots__ = ("length", "parts", "pieces", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0

    def literal(self, start: int, end: int) -> None:
        if end > start:
            self._add(self.text[start:end], start, end, True)

    def derived(self, value: str, start: int, end: int) -> None:
        if value:
            self._add(value, start, end, value == self.text[start:end])

    def _add(self, value: str, start: int, end: int, literal: bool) -> None:
        last = self.pieces[-1] if self.pieces else None
        if literal and last is not None and last.literal and last.end == start:
            self.pieces[-1] = Piece(last.at, last.start, end, True)
        else:
            self.pieces.append(Piece(self.length, start, end, literal))
        self.parts.append(value)
        self.length += len(value)

    def flow(self, style: str, start: int, end: int) -> None:
        """Decode what stands between the quotes, or a plain scalar."""
        text = self.text
        special = "[" + _BREAKS + "][" + _BLANKS + "]*"
        if style == '"':
            special = r"\\(?:x.{2}|u.{4}|U.{8}|[" + _BREAKS + "][" + _BLANKS + "]*|[^" + _BREAKS + "])|" + special
        elif style == "'":
            special = "''|" + special
        at = start
        for found in re.compile(special).finditer(text, start, end):
            if len(self.pieces) > MAX_PIECES:
                return
            first = found.start()
            if text[first] == "'":
                self.literal(at, first)
                self.derived("'", first, found.end())
            elif text[first] != "\\":
                # Blanks before a line end do not count.
                stop = at + len(text[at:first].rstrip(" \t"))
                self.literal(at, stop)
                self.derived(_folded(_line_ends(found[0])), stop, found.end())
            elif text[first + 1] in _BREAKS:
                self.literal(at, first)
                self.derived("".join(_line_ends(found[0])[1:]), first, found.end())
            else:
                self.literal(at, first)
                self.derived(_unescaped(found[0]), first, found.end())
            at = found.end()
        self.literal(at, end)

    def block(self, value: str, folds: bool, start: int, end: int) -> None:
        """Decode a literal or folded block scalar, and the line ends after its content that its value keeps."""
        text = self.text
        line_end = re.compile(_BREAK)
        header = line_end.search(text, start)
        if header is None:
            return
        body = header.end()
        indent = _indentation(text, value, body, end)
        if indent < 0 and value.strip(_BREAKS):
            return
        waiting: list[tuple[str, int, int]] = []
        at = body
        after_blank = after_content = False
        while at < end and len(self.pieces) <= MAX_PIECES:
            found = line_end.search(text, at, end)
            stop = found.start() if found else end
            first = at + indent
            if stop > first:
                blank = text[first] in " \t"
                self._line_ends(waiting, folds and after_content and not blank and not after_blank)
                self.literal(first, stop)
                waiting = []
                after_content, after_blank = True, blank
            if found is None:
                at = end
                break
            waiting.append((_line_end(found[0]), stop, found.end()))
            at = found.end()
        empty_lines = re.compile("\n*").match(text, at, at + len(value) - self.length)
        if empty_lines:
            self.literal(at, empty_lines.end())
            at = empty_lines.end()
        kept_line = re.compile(f"[ \t]*({_BREAK})")
        while self.length < len(value) and len(self.pieces) <= MAX_PIECES:
            kept = kept_line.match(text, at)
            if kept is None:
                return
            self.derived(_line_end(kept[1]), kept.start(1), kept.end())
            at = kept.end()

    def _line_ends(self, waiting: list[tuple[str, int, int]], folds: bool) -> None:
        """Add the line ends between two lines with content."""
        if folds and waiting[0][0] == "\n":
            if len(waiting) == 1:
                self.derived(" ", *waiting[0][1:])
            waiting = waiting[1:]
        for line_end in waiting:
            self.derived(*line_end)


def _line_end(text: str) -> str:
    """Tell what libyaml reads a line end as: all but the Unicode separators become line feeds."""
    return text if text in _KEPT_BREAKS else "\n"


def _line_ends(text: str) -> list[str]:
    return [_line_end(found) for found in re.findall(_BREAK, text)]


def _folded(line_ends: list[str]) -> str:
    first, *others = line_ends
    if first != "\n":
        return "".join(line_ends)
    return "".join(others) or " "


_ESCAPES = dict(zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True))


def _unescaped(escape: str) -> str:
    code = escape[1]
    return chr(int(escape[2:], 16)) if code in "xuU" else _ESCAPES.get(code, code)

"""A file's text and the places in it; character offsets are the only coordinates."""

from __future__ import annotations

from bisect import bisect_right

from ci_audit.typed import NamedTuple

UNKNOWN = "\x00"
"""Stands in a value for text that only a run can tell: an expression, a variable, a command's output.

No audited text holds it otherwise: decoding replaces NUL by U+FFFD.
"""


class Span(NamedTuple):
    """A half-open range of characters in a file's text."""

    start: int
    end: int


class Position(NamedTuple):
    """A place as people count it: line and column from 1, the column in characters."""

    line: int
    column: int


class Source:
    """One file: its text as decoded, and its path relative to the root, with forward slashes.

    `text` keeps the file's own line ends; a byte order mark is taken off (`bom`) and NUL and undecodable bytes
    are replaced one for one by U+FFFD (`lossy`: offsets stay right, but such a file is never edited).
    """

    __slots__ = ("_line_starts", "bom", "lossy", "path", "text")

    def __init__(self, path: str, text: str, *, bom: bool = False, lossy: bool = False) -> None:
        self.path = path
        self.text = text
        self.bom = bom
        self.lossy = lossy
        self._line_starts: list[int] | None = None

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Source:
        """Decode a file's bytes as UTF-8; never raises."""
        bom = data.startswith(b"\xef\xbb\xbf")
        if bom:
            data = data[3:]
        lossy = False
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("utf-8", "replace")
            lossy = True
        if UNKNOWN in text:
            text = text.replace(UNKNOWN, "�")
            lossy = True
        return cls(path, text, bom=bom, lossy=lossy)

    @property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins; a line ends at LF only, as editors and git count them."""
        starts = self._line_starts
        if starts is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
            self._line_starts = starts
        return starts

    def position(self, offset: int) -> Position:
        """Tell line and column of an offset between 0 and the length of the text."""
        starts = self._line_starts or self.line_starts
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line_span(self, line: int) -> Span:
        """Tell the span of a line (from 1), without its line end."""
        starts = self._line_starts or self.line_starts
        start = starts[line - 1]
        end = starts[line] - 1 if line < len(starts) else len(self.text)
        if end > start and self.text[end - 1] == "\r":
            end -= 1
        return Span(start, end)

    def release(self) -> None:
        """Forget what the text gives again: over many files the places of the lines weigh more than the text."""
        self._line_starts = None

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.text)} characters)"


class Where(NamedTuple):
    """A span in a named file: what a message points at and what a fix edits."""

    source: Source
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


class Piece(NamedTuple):
    """A run of a mapped text: where it begins there, and the characters of the file that it came from.

    `literal` pieces map character by character; others (an escape, a folded line end, a substituted value) map as a
    whole to `start`..`end`.
    """

    at: int
    start: int
    end: int
    literal: bool


class MappedText:
    """A text that was derived from a file and knows, for each of its characters, where in the file it came from.

    It is what a YAML scalar's value, a substituted expression or an unquoted shell word is to the parser that reads it
    next. Pieces are in order, the first begins at 0, and together they cover the text.
    """

    __slots__ = ("pieces", "source", "text")

    def __init__(self, source: Source, text: str, pieces: tuple[Piece, ...] | list[Piece]) -> None:
        self.source = source
        self.text = text
        self.pieces = pieces

    @classmethod
    def of(cls, source: Source, start: int, end: int) -> MappedText:
        """Take a stretch of the file as it stands."""
        return cls(source, source.text[start:end], (Piece(0, start, end, True),))

    def where(self, start: int, end: int) -> Where:
        """Map a range of this text to the range of the file that it came from."""
        return Where(self.source, self._offset(start, False), self._offset(end, True))

    def _offset(self, at: int, is_end: bool) -> int:
        pieces = self.pieces
        if len(pieces) == 1:
            index = 0
        else:
            # An end belongs to the piece before it, so that a range never reaches into what follows it.
            index = bisect_right(pieces, at - 1 if is_end and at else at, key=_piece_at) - 1
            if index < 0:
                index = 0
        piece = pieces[index]
        if piece.literal:
            return min(piece.start + at - piece.at, piece.end)
        return piece.end if is_end and at > piece.at else piece.start

    def slice(self, start: int, end: int) -> MappedText:
        """Take a range of this text, with its mapping, in time that grows with the range and not with the whole."""
        pieces = self.pieces
        if start >= end:
            at = self._offset(start, False)
            return MappedText(self.source, "", (Piece(0, at, at, False),))
        taken: list[Piece] = []
        first = 0 if len(pieces) == 1 else max(bisect_right(pieces, start, key=_piece_at) - 1, 0)
        for index in range(first, len(pieces)):
            at, begin, stop, literal = pieces[index]
            if at >= end:
                break
            if literal:
                stop = min(stop, begin + end - at)
                begin += max(start - at, 0)
            taken.append(Piece(max(at - start, 0), begin, stop, literal))
        return MappedText(self.source, self.text[start:end], taken)

    def replace(self, changes: list[tuple[int, int, str]]) -> MappedText:
        """Put other text in place of ranges, given in order and apart; each new text maps to its whole range."""
        if not changes:
            return self
        text: list[str] = []
        pieces: list[Piece] = []
        length = at = 0
        for start, end, new in changes:
            if start > at:
                length = _append(text, pieces, length, self.slice(at, start))
            if new:
                where = self.where(start, end)
                pieces.append(Piece(length, where.start, where.end, False))
                text.append(new)
                length += len(new)
            at = end
        if at < len(self.text):
            _append(text, pieces, length, self.slice(at, len(self.text)))
        if not pieces:
            pieces.append(Piece(0, self._offset(0, False), self._offset(len(self.text), True), False))
        return MappedText(self.source, "".join(text), pieces)

    @classmethod
    def join(cls, parts: list[MappedText]) -> MappedText:
        """Put mapped texts of one file behind each other; the list is not empty."""
        text: list[str] = []
        pieces: list[Piece] = []
        length = 0
        for part in parts:
            length = _append(text, pieces, length, part)
        return cls(parts[0].source, "".join(text), pieces or list(parts[0].pieces))


def _piece_at(piece: Piece) -> int:
    return piece.at


def _append(text: list[str], pieces: list[Piece], length: int, part: MappedText) -> int:
    if part.text:
        text.append(part.text)
        pieces.extend(piece._replace(at=length + piece.at) for piece in part.pieces)
    return length + len(part.text)

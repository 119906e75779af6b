"""The edits of one YAML text while they are put together, in an order in which none gets in another's way."""

from __future__ import annotations

from ci_audit.editing import CannotEdit, Edit
from ci_audit.typed import NamedTuple

COMMENT = -1_000_000
"""The depth of a comment behind a value: it comes before all that goes below its line."""


class Piece(NamedTuple):
    """One edit; of several at one place those with the smaller `rank` come first."""

    start: int
    end: int
    text: str
    rank: tuple[int, int]
    order: int


class Pieces:
    """Edits, each with the depth at which it writes: what stands deeper belongs to what is above it and comes first."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []

    def put(self, start: int, end: int, text: str, depth: int = 0, late: bool = False) -> None:
        """Add an edit; `late` puts it behind the others of its place and depth."""
        if start != end or text:
            self._pieces.append(Piece(start, end, text, (depth, int(late)), len(self._pieces)))

    def edits(self) -> tuple[Edit, ...]:
        """Give the edits in order, those that touch as one; raises CannotEdit where they overlap."""
        joined: list[Edit] = []
        for piece in sorted(self._pieces, key=lambda piece: (piece.start, piece.end > piece.start, *piece[3:])):
            last = joined[-1] if joined else None
            if last is not None and piece.start < last.end:
                raise CannotEdit("two changes overlap")
            if last is not None and piece.start == last.end:
                joined[-1] = Edit(last.start, piece.end, last.text + piece.text)
            else:
                joined.append(Edit(piece.start, piece.end, piece.text))
        return tuple(joined)

"""Ranges of mapped texts."""

from hypothesis import given
from hypothesis import strategies as st

from ci_audit.source import MappedText, Piece, Source

SOURCE = Source("f", "".join(map(chr, range(33, 127))))


@st.composite
def mapped_texts(draw: st.DrawFn) -> MappedText:
    text, pieces, offset = "", [], 0
    for _ in range(draw(st.integers(1, 5))):
        offset += draw(st.integers(0, 3))
        size = draw(st.integers(1, 4))
        if draw(st.booleans()):
            pieces.append(Piece(len(text), offset, offset + size, True))
            text += SOURCE.text[offset : offset + size]
            offset += size
        else:
            span = draw(st.integers(0, 3))
            pieces.append(Piece(len(text), offset, offset + span, False))
            text += "\t" * size
            offset += span
    return MappedText(SOURCE, text, pieces)


@given(mapped_texts(), st.data())
def test_each_character_of_a_slice_maps_as_in_the_whole(mapped: MappedText, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(mapped.text)))
    end = data.draw(st.integers(start, len(mapped.text)))
    found = mapped.slice(start, end)
    assert found.text == mapped.text[start:end]
    assert [found.where(at, at + 1) for at in range(len(found.text))] == [
        mapped.where(at, at + 1) for at in range(start, end)
    ]
    assert [piece.at for piece in found.pieces] == sorted({piece.at for piece in found.pieces})
    if start == end:
        assert found.where(0, 0).start == mapped.where(start, start).start


def test_a_slice_takes_only_the_pieces_that_it_needs() -> None:
    mapped = MappedText(SOURCE, "abcdef", [Piece(at, at * 2, at * 2 + 1, True) for at in range(6)])
    assert list(mapped.slice(2, 4).pieces) == [Piece(0, 4, 5, True), Piece(1, 6, 7, True)]

"""The lines of a file that a finding is about, with its span marked: secrets masked, controls made visible."""

from __future__ import annotations

from ci_audit.findings import Finding
from ci_audit.masking import mask_with_map, visible
from ci_audit.source import Source
from ci_audit.typed import NamedTuple

MOST_LINES = 6
"""Lines of one span that are shown; of a longer one the first and the last."""
_WIDEST = 160
"""Characters of one line that are shown."""
_LONGEST = 4000
"""A longer line is not shown: a part of it could be a part of a secret."""


class Line(NamedTuple):
    """One line of an excerpt: its number (0 for lines left out), its text, and the marks below it."""

    number: int
    text: str
    marks: str


def excerpt(source: Source, finding: Finding) -> list[Line]:
    """Give the lines of the finding's span; none when the file has changed or its lines are too long."""
    if finding.end > len(source.text):
        return []
    last = finding.end_line if finding.end_column > 1 or finding.end_line == finding.line else finding.end_line - 1
    if last == finding.line:
        return _line(source, finding, last)
    numbers = list(range(finding.line, min(last, finding.line + MOST_LINES - 1) + 1))
    if last - finding.line >= MOST_LINES:
        numbers = [*numbers[:-1], 0, last]
    return [line for number in numbers for line in _line(source, finding, number)]


def _line(source: Source, finding: Finding, number: int) -> list[Line]:
    if number == 0:
        return [Line(0, "…", "")]
    first, last = source.line_span(number)
    if last - first > _LONGEST:
        return []
    # A secret may be told by the option at the end of a continued line above it.
    before = _continued_from(source, number)
    text, moved = mask_with_map(source.text[before:last])
    offset = moved(first - before)
    start = moved(max(finding.start, first) - before) - offset
    end = moved(min(finding.end, last) - before) - offset
    text = text[offset:]
    if number != finding.line:
        start = max(start, len(text) - len(text.lstrip()))
    if len(text) > _WIDEST:
        text, start, end = _window(text, start, end)
    return [Line(number, *_aligned(text, start, max(end, start)))]


def _continued_from(source: Source, number: int) -> int:
    """Give the offset of the first line that continues, by backslashes, to a line; ten lines above it at most."""
    text = source.text
    start, *_ = source.line_span(number)
    for above in range(number - 1, max(0, number - 11), -1):
        first, last = source.line_span(above)
        if last - first > _LONGEST or not text[first:last].rstrip().endswith("\\"):
            break
        start = first
    return start


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """Cut a long line to the part around the span."""
    low = max(0, min(start - 20, len(text) - _WIDEST))
    high = low + _WIDEST
    head, tail = "…" if low else "", "…" if high < len(text) else ""
    shift = len(head) - low
    return head + text[low:high] + tail, start + shift, min(end, high) + shift


def _aligned(text: str, start: int, end: int) -> tuple[str, str]:
    """Give the text as a terminal shows it and marks that stand below the span."""
    if text.isascii() and text.isprintable() and "##[" not in text:
        return text, " " * len(text[:start]) + "^" * max(1, len(text[start:end].rstrip()))
    before, inside, after = (
        visible(part.replace("\t", "    ")) for part in (text[:start], text[start:end], text[end:])
    )
    # Once more over the whole: the span may begin inside of what `visible` takes apart.
    return visible(before + inside + after), " " * _width(before) + "^" * max(1, _width(inside.rstrip()))


def _width(text: str) -> int:
    """Count the columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)

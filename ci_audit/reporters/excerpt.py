"""The lines of a file that a finding is about, with its span marked: secrets masked, controls made visible."""

from __future__ import annotations

from collections.abc import Iterator

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
    numbers = list(range(finding.line, last + 1))
    if len(numbers) > MOST_LINES:
        numbers = [*numbers[: MOST_LINES - 1], 0, numbers[-1]]
    return [line for number in numbers for line in _line(source, finding, number)]


def _line(source: Source, finding: Finding, number: int) -> Iterator[Line]:
    if number == 0:
        yield Line(0, "…", "")
        return
    span = source.line_span(number)
    if span.end - span.start > _LONGEST:
        return
    # A secret may be told by the option at the end of a continued line above it.
    before = _continued_from(source, number)
    text, moved = mask_with_map(source.text[before : span.end])
    offset = moved(span.start - before)
    start = moved(max(finding.start, span.start) - before) - offset
    end = moved(min(finding.end, span.end) - before) - offset
    text = text[offset:]
    blank = len(text) - len(text.lstrip())
    start = max(start, blank if number != finding.line else 0)
    text, start, end = _window(text, start, end)
    yield Line(number, *_aligned(text, start, max(end, start)))


def _continued_from(source: Source, number: int) -> int:
    """Give the offset of the first line that continues, by backslashes, to a line; ten lines above it at most."""
    start = source.line_starts[number - 1]
    for above in range(number - 1, max(0, number - 11), -1):
        span = source.line_span(above)
        if span.end - span.start > _LONGEST or not source.text[span.start : span.end].rstrip().endswith("\\"):
            break
        start = span.start
    return start


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """Cut a long line to the part around the span."""
    if len(text) <= _WIDEST:
        return text, start, end
    low = max(0, min(start - 20, len(text) - _WIDEST))
    high = low + _WIDEST
    head, tail = "…" if low else "", "…" if high < len(text) else ""
    shift = len(head) - low
    return head + text[low:high] + tail, start + shift, min(end, high) + shift


def _aligned(text: str, start: int, end: int) -> tuple[str, str]:
    """Give the text as a terminal shows it and marks that stand below the span."""
    before, inside, after = (
        visible(part.replace("\t", "    ")) for part in (text[:start], text[start:end], text[end:])
    )
    return before + inside + after, " " * _width(before) + "^" * max(1, _width(inside.rstrip()))


def _width(text: str) -> int:
    """Count the columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)

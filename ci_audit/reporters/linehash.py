"""The hash of a line by which code scanning knows an alert again when lines move.

It is what github/codeql-action computes when a report brings none (src/fingerprints.ts): a polynomial hash, in 64 bits
to the base 37, over the 100 characters from the start of the line that are not blank, then a count of equal ones.
"""

from __future__ import annotations

from collections.abc import Callable

from ci_audit.source import Source

_BLOCK = 100
_BASE = 37
_MASK = (1 << 64) - 1
_END = "\uffff"
"""What stands for the end of the file."""


class LineHashes:
    """The hashes of lines, the file of the last one asked for kept at hand."""

    def __init__(self, source: Callable[[str], Source | None]) -> None:
        self._source = source
        self._path: str | None = None
        self._lines: list[tuple[bytes, int]] = []
        self._known: dict[int, str] = {}

    def of(self, path: str, line: int) -> str:
        """Give the hash of a line, or nothing when the file is not to be had."""
        if path != self._path:
            source = self._source(path)
            self._path = path
            self._known = {}
            self._lines = [] if source is None else _blocks(source)
        if not 0 < line <= len(self._lines):
            return ""
        if line not in self._known:
            block, count = self._lines[line - 1]
            value = 0
            for at in range(0, 2 * _BLOCK, 2):
                value = (value * _BASE + int.from_bytes(block[at : at + 2], "little")) & _MASK
            self._known[line] = f"{value:x}:{count}"
        return self._known[line]


def _blocks(source: Source) -> list[tuple[bytes, int]]:
    """Give, for each line, the characters from its start as UTF-16 units, and how many lines so far begin alike."""
    text = ("\ufeff" if source.bom else "") + source.text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    blocks = []
    seen: dict[bytes, int] = {}
    data = (text + _END).encode("utf-16-le", "surrogatepass")
    start = 0
    while start < len(data):
        block = data[start : start + 2 * _BLOCK]
        count = seen[block] = seen.get(block, 0) + 1
        blocks.append((block, count))
        start = _after_line(data, start)
    return blocks


def _after_line(data: bytes, start: int) -> int:
    at = start
    while True:
        at = data.find(b"\n\0", at)
        if at < 0:
            return len(data)
        if at % 2 == 0:
            return at + 2
        at += 1

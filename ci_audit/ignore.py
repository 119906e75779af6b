"""Ignore comments: `# ci-audit: ignore[rule, …] reason` and `# ci-audit: ignore-file[rule, …] reason`.

A comment counts for what stands on its line or on the line below it. "What stands there" is the whole command and,
for a comment at the head of a Dockerfile instruction or of a block scalar (`run: |`), all that belongs to it. Rules
are named by id or name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from ci_audit.facts import Context
from ci_audit.findings import Finding
from ci_audit.masking import mask
from ci_audit.source import Source, Where
from ci_audit.typed import Any, NamedTuple

# Strings, compiled at their first use: most files have no comment of ours.
_MARK = "ci-audit:"
_COMMENT = r"(?:^|(?<=\s))#+\s*ci-audit:\s*(ignore(?:-file)?)\b(?:\s*\[([^\]\n]*)\])?([^\n]*)"
_BLOCK_HEAD = r"(?:[^#\n]*[:\s-]\s*|\s*)[|>][-+0-9]{0,2}\s*(?:#.*)?\r?\Z"
_DASHES = r"\s*(?:-\s+)*"

_LONGEST_BLOCK = 5000
"""Lines above a finding in which the head of its block scalar is looked for."""


class Ignore(NamedTuple):
    """One ignore comment."""

    line: int
    rules: tuple[str, ...]
    """As written; empty when it names none, and then it ignores nothing."""
    reason: str
    whole_file: bool
    own_line: bool


class Lines(NamedTuple):
    """A range of lines, both ends included."""

    first: int
    last: int


class Unused(NamedTuple):
    """A rule in an ignore comment that suppresses nothing."""

    path: str
    line: int
    rule: str


def find(source: Source) -> tuple[Ignore, ...]:
    """Give the ignore comments of a file, in order."""
    text = source.text
    if _MARK not in text:
        return ()
    found = []
    for match in re.finditer(_COMMENT, text):
        line = source.position(match.start()).line
        start = source.line_starts[line - 1]
        found.append(
            Ignore(
                line,
                tuple(part.strip() for part in (match[2] or "").split(",") if part.strip()),
                match[3].strip(" \t\r-:—–"),
                match[1] == "ignore-file",
                not text[start : match.start()].strip(),
            )
        )
    return tuple(found)


class Ignores:
    """The ignore comments of one file, and which of them were of use."""

    def __init__(self, source: Source, ids: Mapping[str, str]) -> None:
        self._source = source
        self._ids = ids
        self.comments = find(source)
        self._first: dict[tuple[int, str], tuple[int, str]] = {}
        """The first comment of each line, and of the whole file (line 0), that names a rule: its place and the name."""
        for place, comment in enumerate(self.comments):
            for name in comment.rules:
                rule = ids.get(name.lower(), "")
                self._first.setdefault((comment.line, rule), (place, name))
                if comment.whole_file:
                    self._first.setdefault((0, rule), (place, name))
        self._lines_with = sorted({comment.line for comment in self.comments})
        self._heads: dict[int, int] = {}
        self._used: set[tuple[int, str]] = set()

    def apply(self, finding: Finding, extents: Sequence[Lines]) -> Finding:
        """Give the finding as it is or, when a comment covers it, as suppressed."""
        first, rule = self._first, finding.rule
        covering = [first[line, rule] for line in (0, *self._lines(finding, extents)) if (line, rule) in first]
        if not covering:
            return finding
        place, name = min(covering)
        comment = self.comments[place]
        self._used.add((comment.line, name))
        by = "ignore-file" if comment.whole_file else "ignore"
        return finding._replace(suppressed_by=by, reason=mask(comment.reason))

    def _lines(self, finding: Finding, extents: Sequence[Lines]) -> set[int]:
        lines: set[int] = set()
        ranges = list(extents) or [Lines(finding.line, max(finding.line, finding.end_line))]
        head = self._head(min(part.first for part in ranges))
        if head:
            ranges.append(Lines(head, head))
        for part in ranges:
            known = self._lines_with
            lines.update(known[bisect_left(known, part.first) : bisect_right(known, part.last)])
            above = part.first - 1
            while above > 0 and self._is_comment(above):
                lines.add(above)
                above -= 1
        return lines

    def _is_comment(self, line: int) -> bool:
        return _text(self._source, line).lstrip().startswith("#")

    def _head(self, line: int) -> int:
        """Give the block's head, looked for once for lines of one indentation that stand below each other."""
        heads = self._heads
        column = _column(self._source, line)
        first = line
        while column and first not in heads and first > 1 and _column(self._source, first - 1) == column:
            first -= 1
        head = heads[first] if first in heads else block_head(self._source, first)
        for each in range(first, line + 1):
            heads[each] = head
        return head

    def used(self) -> list[tuple[str, int, str]]:
        """Give the ignores that were of use: path, line and rule as written."""
        return [(self._source.path, line, name) for line, name in sorted(self._used)]

    def unused(self, active: frozenset[str]) -> list[Unused]:
        """Give what suppressed nothing, out of the rules that were on."""
        return [
            Unused(self._source.path, comment.line, name)
            for comment in self.comments
            for name in comment.rules
            if (comment.line, name) not in self._used and self._ids.get(name.lower()) in active
        ]

    def problems(self) -> list[str]:
        """Give a line for each comment that cannot work: it names no rule, or one that does not exist."""
        found = []
        for comment in self.comments:
            place = f"{self._source.path}:{comment.line}"
            if not comment.rules:
                found.append(f"{place}: the ignore comment names no rule: write `ignore[rule]`")
            for name in comment.rules:
                if name.lower() not in self._ids:
                    from ci_audit.rulebook import suggestion

                    near = suggestion(name, sorted(self._ids))
                    found.append(f"{place}: the ignore comment names no rule that exists: `{mask(name)}`{near}")
        return found


def _text(source: Source, line: int) -> str:
    span = source.line_span(line)
    return source.text[span.start : span.end]


def _column(source: Source, line: int) -> int:
    """Tell how far a line is indented; 0 for a blank one."""
    text = _text(source, line).rstrip()
    return len(text) - len(text.lstrip())


def block_head(source: Source, line: int) -> int:
    """Give the line of `run: |` when a line stands in such a block, else 0."""
    text = _text(source, line)
    indent = len(text) - len(text.lstrip())
    for above in range(line - 1, max(0, line - _LONGEST_BLOCK), -1):
        if indent == 0:
            break
        text = _text(source, above)
        if not text.strip():
            continue
        column = len(text) - len(text.lstrip())
        if column >= indent:
            continue
        if re.match(_BLOCK_HEAD, text):
            # In `- run: |` the block is part of a mapping that begins behind the dash.
            dashes = re.match(_DASHES, text)
            start = dashes.end() if dashes else column
            if text[start : start + 1] in ("|", ">") or start < indent:
                return above
        indent = column
    return 0


def extents(node: Any, context: Context, where: Where) -> list[Lines]:
    """Give the lines of the command that a finding is about, and the first line of its Dockerfile instruction.

    Nothing for a finding without a command in its own file: its own lines count then.
    """
    command = getattr(node, "command", None) or getattr(getattr(node, "install", None), "command", None)
    if command is None:
        return []
    place = command.where
    if place.source.path != where.source.path or place.start > where.end or where.start > place.end:
        return []
    position = place.source.position
    found = [Lines(position(place.start).line, position(max(place.start, place.end - 1)).line)]
    if context.step is not None and context.job is not None and context.job.place == "build":
        head = position(context.step.where.start).line
        found.append(Lines(head, head))
    return found

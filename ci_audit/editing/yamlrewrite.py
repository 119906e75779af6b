"""Characters of scalars replaced, as edits of the text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from ci_audit.editing import CannotEdit, Rewrite
from ci_audit.editing.yamllayout import Layout
from ci_audit.editing.yamlpieces import Pieces
from ci_audit.editing.yamltext import escaped
from ci_audit.source import Piece, Source
from ci_audit.syntax.yamltree import Dialect, Mapping, Scalar, YamlError, parse, resolve
from ci_audit.syntax.yamltree import Sequence as SequenceNode
from ci_audit.typed import NamedTuple


class _Part(NamedTuple):
    """A range of the file and its text, and what they are in the value."""

    start: int
    end: int
    text: str
    at: int
    until: int
    value: str


def rewrite(rewrites: Sequence[Rewrite], layout: Layout, pieces: Pieces) -> None:
    """Add the edits that put other text into scalars; raises CannotEdit where it would not be that text there."""
    groups: dict[int, tuple[Scalar, list[Rewrite]]] = {}
    for one in rewrites:
        scalar = _scalar_at(one, layout)
        groups.setdefault(id(scalar), (scalar, []))[1].append(one)
    for scalar, group in groups.values():
        parts = _parts(scalar, sorted(group), layout)
        _verify(scalar, parts, layout)
        for part in parts:
            pieces.put(part.start, part.end, part.text)


def _scalar_at(one: Rewrite, layout: Layout) -> Scalar:
    index = bisect_right(layout.scalars, one.start, key=lambda scalar: scalar.start) - 1
    for scalar in (layout.scalars[index], layout.scalars[index - 1]) if index >= 0 else ():
        quotes = int(scalar.style in ("'", '"'))
        if scalar.start + quotes <= one.start <= one.end <= scalar.end - quotes:
            if id(scalar) in layout.keys:
                raise CannotEdit("the text is a key")
            return scalar
    raise CannotEdit("the text is not inside one value")


def _parts(scalar: Scalar, group: list[Rewrite], layout: Layout) -> list[_Part]:
    mapped = scalar.mapped(layout.document.source)
    block = scalar.style in ("|", ">")
    lines = _lines(scalar, layout) if block else []
    parts: list[_Part] = []
    gone: set[int] = set()
    for start, end, text in group:
        whole = _whole_lines(start, end, lines, layout) if not text else []
        if whole:
            gone.update(whole)
            continue
        if block and start < lines[0][0]:
            raise CannotEdit("the text is not inside one value")
        at = _value_offset(mapped.pieces, start, len(scalar.value))
        until = _value_offset(mapped.pieces, end, len(scalar.value))
        folds = "\n" in layout.text[start:end] or "\n" in text
        if scalar.style == ">" and any(
            line <= place <= last and layout.text[first : first + 1] in (" ", "\t")
            for line, first, last in lines
            for place in (start, end)
        ):
            raise CannotEdit("a folded text has a line that is indented deeper")
        if folds and scalar.style not in ("|", '"'):
            raise CannotEdit("a line end would be folded")
        parts.append(_Part(start, end, _spelled(text, scalar, lines, layout), at, until, text))
    parts += _runs(sorted(gone), lines, scalar, mapped.pieces, layout)
    parts.sort()
    for one, other in pairwise(parts):
        if other.start < one.end or other.at < one.until:
            raise CannotEdit("two changes overlap")
    return parts


def _lines(scalar: Scalar, layout: Layout) -> list[tuple[int, int, int]]:
    """List the lines of a block scalar: where each begins, where its content begins and where it ends."""
    lines: list[tuple[int, int, int]] = []
    at = layout.line_end(scalar.start)
    indent = -1
    while at < scalar.end:
        start = layout.text.index("\n", at) + 1
        at = min(layout.line_end(start), scalar.end)
        if indent < 0 and layout.text[start:at].strip(" "):
            indent = len(layout.text[start:at]) - len(layout.text[start:at].lstrip(" "))
        lines.append((start, min(start + max(indent, 0), at), at))
    if not lines:
        raise CannotEdit("the text is not inside one value")
    return lines


def _whole_lines(start: int, end: int, lines: list[tuple[int, int, int]], layout: Layout) -> list[int]:
    """Tell which lines a range takes whole, but for blanks at their ends; none if it takes a part of another."""
    text = layout.text
    whole = []
    for index, (line, _, last) in enumerate(lines):
        content = text[line:last].rstrip(" \t")
        if content and start <= line + len(content) - len(content.lstrip(" \t")) and line + len(content) <= end:
            whole.append(index)
    if not whole:
        return []
    if text[start : max(start, lines[whole[0]][0])].strip() or text[lines[whole[-1]][2] : end].strip():
        return []
    return list(range(whole[0], whole[-1] + 1))


def _runs(
    gone: list[int], lines: list[tuple[int, int, int]], scalar: Scalar, mapping: Sequence[Piece], layout: Layout
) -> list[_Part]:
    """Take out whole lines: with the line end before them, or with that behind them if they are the first."""
    parts: list[_Part] = []
    while gone:
        first = last = gone.pop(0)
        while gone and gone[0] == last + 1:
            last = gone.pop(0)
        if first:
            start, end = lines[first - 1][2], lines[last][2]
        elif last + 1 < len(lines):
            start, end = lines[0][0], lines[last + 1][0]
        else:
            raise CannotEdit("nothing would be left of the text")
        at = _value_offset(mapping, start, len(scalar.value))
        parts.append(_Part(start, end, "", at, _value_offset(mapping, end, len(scalar.value)), ""))
    return parts


def _value_offset(mapping: Sequence[Piece], offset: int, length: int) -> int:
    """Map an offset in the file to one in the value; raises CannotEdit inside an escape or a folded line end."""
    for index, piece in enumerate(mapping):
        if offset < piece.start or offset == piece.start:
            return piece.at
        until = mapping[index + 1].at if index + 1 < len(mapping) else length
        if offset < piece.end:
            if not piece.literal:
                raise CannotEdit("a change begins or ends inside an escape or a line end")
            return piece.at + offset - piece.start
        if offset == piece.end:
            return until
    return length


def _spelled(text: str, scalar: Scalar, lines: list[tuple[int, int, int]], layout: Layout) -> str:
    if scalar.style == '"':
        return escaped(text)
    if scalar.style == "'":
        return text.replace("'", "''")
    if "\n" not in text:
        return text
    indent = next(first - start for start, first, last in lines if first < last)
    first_line, *others = text.split("\n")
    return layout.newline.join([first_line, *(" " * indent + line if line else "" for line in others)])


def _verify(scalar: Scalar, parts: list[_Part], layout: Layout) -> None:
    """Raise CannotEdit unless the scalar with its new text, read alone, is the value that was meant."""
    dialect = layout.document.dialect
    raw: list[str] = []
    value: list[str] = []
    at, until = scalar.start, 0
    for part in parts:
        raw += (layout.text[at : part.start], part.text)
        value += (scalar.value[until : part.at], part.value)
        at, until = part.end, part.until
    raw.append(layout.text[at : scalar.end])
    value.append(scalar.value[until:])
    meant, written = "".join(value), "".join(raw)
    read = _read(f"k: [{written}]\n" if layout.in_flow(scalar.start) else f"k: {written}\n", dialect)
    if read is None or read.style != scalar.style or read.tag or read.anchor:
        raise CannotEdit("the new text would not be read as it is meant")
    if type(resolve(read, dialect)) is not type(resolve(scalar, dialect)):
        raise CannotEdit("the new text would not be read as it is meant")
    if scalar.style in ("|", ">"):
        same = read.value.rstrip("\n") == meant.rstrip("\n")
    else:
        same = read.value == meant
    if not same:
        raise CannotEdit("the new text would not be read as it is meant")


def _read(text: str, dialect: Dialect) -> Scalar | None:
    """Read the one scalar under the key of a small document, if it is one."""
    try:
        roots = parse(Source("", text), dialect)
    except YamlError:
        return None
    root = roots[0]
    if len(roots) != 1 or type(root) is not Mapping or len(root.pairs) != 1:
        return None
    node = root.pairs[0][1]
    if type(node) is SequenceNode and len(node.items) == 1:
        node = node.items[0]
    return node if type(node) is Scalar else None

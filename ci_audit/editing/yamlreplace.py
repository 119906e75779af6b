"""A value put in place of another one, with the comment behind it, as edits of the text."""

from __future__ import annotations

from ci_audit.editing import Block, CannotEdit
from ci_audit.editing.yamllayout import Layout, Slot
from ci_audit.editing.yamlpieces import COMMENT, Pieces
from ci_audit.editing.yamlplan import Replaced
from ci_audit.editing.yamlstyle import Style
from ci_audit.editing.yamltext import bare, body, commented, flow, scalar
from ci_audit.syntax.yamltree import Scalar
from ci_audit.typed import NamedTuple


def refuse_shared(start: int, end: int, layout: Layout, keep: int = -1) -> None:
    """Raise CannotEdit where the nodes in a range are used elsewhere, but for the one that begins at `keep`."""
    for node in layout.document.aliased.values():
        inside = start <= node.start < end or node.start == node.end == end
        if inside and node.start != keep:
            raise CannotEdit("an alias elsewhere stands for what would go")


class Place(NamedTuple):
    """A slot of a block collection, with how a value below its key or dash is indented."""

    slot: Slot
    column: int
    depth: int
    style: Style
    step: int
    offset: int


def replace(place: Place, replaced: Replaced, layout: Layout, pieces: Pieces) -> None:
    """Write a value in place of the one in a slot; raises CannotEdit."""
    slot, style = place.slot, place.style
    value = bare(replaced.value)
    if not isinstance(value, Block) and isinstance(value, (dict, list, tuple)) and _fits_brackets(slot, value, layout):
        first = flow(value, style)
        lines: list[str] = []
    else:
        first, lines = body(value, style, place.step, place.offset)
        if not lines:
            first = _in_its_quotes(slot, value, style) or first
    below = "".join(layout.newline + (" " * place.column + line if line else "") for line in lines)
    line_end = layout.line_end(slot.start)
    if slot.empty or _range(slot, layout)[0] <= line_end:
        _replace_on_line(place, first, below, layout, pieces)
    else:
        _replace_below(place, first, below, layout, pieces)
    put_comment(slot, replaced.comment, style, layout, pieces, line_end)


def _fits_brackets(slot: Slot, value: object, layout: Layout) -> bool:
    """Tell whether `{}` or `[]` stays between its brackets: it does for scalars."""
    if layout.text[slot.value : slot.end].replace(" ", "") not in ("{}", "[]"):
        return False
    parts = list(value.values()) if isinstance(value, dict) else list(value)  # type: ignore[call-overload]
    return all(isinstance(part, (str, int)) or part is None for part in parts)


def _in_its_quotes(slot: Slot, value: object, style: Style) -> str:
    node = slot.node
    if isinstance(value, str) and type(node) is Scalar and not slot.alias and node.style in ("'", '"'):
        return scalar(value, style, flow=False, quote=node.style)
    return ""


def _replace_on_line(place: Place, first: str, below: str, layout: Layout, pieces: Pieces) -> None:
    """Replace a value that begins on the line of its key."""
    slot = place.slot
    start, end = _range(slot, layout)
    if layout.comment_in(start, end):
        raise CannotEdit("a comment stands inside the value")
    if slot.empty:
        line_end = layout.line_end(end)
        rest = layout.text[end:line_end]
        pieces.put(end, end if rest.strip(" \t") else line_end, " " + first if first else "", COMMENT - 1)
    elif first:
        pieces.put(start, end, first)
    else:
        start -= len(layout.text[:start]) - len(layout.text[:start].rstrip(" \t"))
        pieces.put(start, end, "")
    if below:
        line_end = layout.line_end(end)
        if end > layout.line_end(slot.start) and layout.comment_behind(end):
            raise CannotEdit("a comment stands behind the value's last line")
        pieces.put(line_end, line_end, below, -place.depth - 1)


def _replace_below(place: Place, first: str, below: str, layout: Layout, pieces: Pieces) -> None:
    """Replace a value that begins on a line below its key, as block collections do."""
    slot, line_end = place.slot, layout.line_end(place.slot.start)
    start, end = _range(slot, layout)
    head = slot.behind
    if start != slot.whole and start > line_end:
        head = slot.whole + len(layout.text[slot.whole : start].rstrip(" \t\r\n"))
        if head > line_end:
            raise CannotEdit("an anchor stands on a line of its own")
    if layout.comment_in(line_end, layout.line_end(end)):
        raise CannotEdit("a comment stands inside the value")
    rest = layout.text[head:line_end]
    pieces.put(head, head if rest.strip(" \t") else line_end, " " + first if first else "", COMMENT - 1)
    pieces.put(line_end, end, below, -place.depth - 1)


def _range(slot: Slot, layout: Layout) -> tuple[int, int]:
    """Tell what is replaced: an anchor stays, since aliases may follow it, and a tag goes."""
    node = slot.node
    if slot.alias or slot.empty:
        start = slot.value
    elif node.anchor and node.tag:
        raise CannotEdit("the value has both an anchor and a tag")
    else:
        start = slot.whole if node.tag else slot.value
    if slot.empty and node.tag and not slot.alias:
        raise CannotEdit("the value is a tag alone")
    refuse_shared(start, slot.end, layout, keep=-1 if slot.alias else slot.value)
    return start, slot.end


def replace_inline(slot: Slot, text: str, layout: Layout, pieces: Pieces) -> None:
    """Write a value on one line in place of one between brackets; raises CannotEdit."""
    start, end = _range(slot, layout)
    if layout.comment_in(start, end):
        raise CannotEdit("a comment stands inside the value")
    pieces.put(start, end, " " + text if slot.empty else text)


def put_comment(slot: Slot, comment: str, style: Style, layout: Layout, pieces: Pieces, line_end: int = -1) -> None:
    """Write the comment behind a value, or behind its key where the value stands on lines below."""
    if not comment:
        return
    if line_end < 0:
        line_end = layout.line_end(slot.end)
    found = layout.comment_behind(slot.start)
    if found is not None and found[0] <= line_end:
        if layout.text[slice(*found)] != "# " + comment:
            pieces.put(*found, commented("", comment, style).lstrip(" "))
    else:
        at = line_end
        while layout.text[at - 1] in " \t":
            at -= 1
        pieces.put(at, line_end, commented("x", comment, style)[1:], COMMENT)

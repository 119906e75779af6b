"""Changes of block collections as edits of the text."""

from __future__ import annotations

from ci_audit.editing import CannotEdit, Commented
from ci_audit.editing.yamllayout import Box, Layout
from ci_audit.editing.yamlpieces import COMMENT, Pieces
from ci_audit.editing.yamlplan import Change, New
from ci_audit.editing.yamlreplace import Place, put_comment, refuse_shared, replace
from ci_audit.editing.yamlstyle import Style, Styles
from ci_audit.editing.yamltext import entry, item
from ci_audit.syntax.yamltree import Mapping


def write_block(change: Change, layout: Layout, styles: Styles, pieces: Pieces) -> None:
    """Add the edits of a change of a block collection; raises CannotEdit."""
    box, style = change.box, styles.near(change.box)
    step, offset = (style.step, style.offset) if type(box.node) is Mapping else (style.width, style.width)
    for index, replaced in change.replaced.items():
        place = Place(box.slots[index], box.column, box.depth, style, step, offset)
        replace(place, replaced, layout, pieces)
    for index, comment in change.comments.items():
        slot = box.slots[index]
        if not slot.empty and slot.end > layout.line_end(slot.start):
            raise CannotEdit("the value does not stand behind its key")
        put_comment(slot, comment, style, layout, pieces)
    for new in change.new:
        _write_new(new, box, layout, styles, style, pieces)
    occupied = {new.at for new in change.new}
    for index in change.deleted:
        start, end = _lines(box, index, layout) if _begins_line(box, index, layout) else _head(box, layout)
        refuse_shared(start, end, layout)
        beside = occupied & {index - 1, index}
        if beside and index and layout.keeps_lines(box.slots[index - 1]):
            raise CannotEdit("a block scalar keeps the lines behind it")
        if layout.line_start(box.slots[index].start) <= start or beside:
            pieces.put(start, end, "", COMMENT)
        else:
            pieces.put(*_with_blank_lines(box, index, start, end, layout), "", COMMENT)


def _begins_line(box: Box, index: int, layout: Layout) -> bool:
    return layout.own_line(box.slots[index].start)


def _write_new(new: New, box: Box, layout: Layout, styles: Styles, style: Style, pieces: Pieces) -> None:
    if new.source is not None:
        _move(new, new.source, box, layout, styles, pieces)
        return
    value = Commented(new.value, new.comment)
    lines = entry(new.key, value, style) if type(box.node) is Mapping else item(value, style)
    _put_lines(lines, new.at, new.close_to_next, box, layout, styles, pieces)


def _put_lines(
    lines: list[str], at: int, close_to_next: bool, box: Box, layout: Layout, styles: Styles, pieces: Pieces
) -> None:
    """Put lines, written from column 0 on, behind the slot `at`; an empty line goes with them as the file has it."""
    newline, margin = layout.newline, " " * box.column
    indented = [margin + line if line else "" for line in lines]
    spaced = styles.spaced(box, at) and not (at >= 0 and layout.keeps_lines(box.slots[at]))
    if not close_to_next:
        place = layout.after(box.slots[at], box.column)
        text = "".join(newline + line for line in [""] * spaced + indented)
        pieces.put(place, place, text, -box.depth)
        return
    following = box.slots[at + 1]
    if not layout.own_line(following.start):
        # The first of a collection that begins behind a dash: it gives its place to the new one.
        text = newline.join([lines[0], *indented[1:], *[""] * spaced, margin])
        pieces.put(following.start, following.start, text, -box.depth, late=True)
        return
    line = layout.above(following, box.column)
    if not line:
        pieces.put(0, 0, newline.join([*indented, *[""] * spaced, ""]), -box.depth, late=True)
        return
    place = layout.line_end(line - 1)
    before = spaced and at >= 0 and layout.text[layout.line_start(place) : place].strip(" \t") != ""
    text = "".join(newline + line for line in [""] * before + indented + [""] * spaced)
    pieces.put(place, place, text, -box.depth, late=True)


def _lines(box: Box, index: int, layout: Layout) -> tuple[int, int]:
    """Tell the lines of a slot and its comments: from the end of the line before them to the end of the last."""
    slot = box.slots[index]
    line = layout.above(slot, box.column)
    end = layout.line_end(slot.end)
    if layout.text[slot.end : end].strip(" \t") and not layout.comment_behind(slot.end):
        raise CannotEdit("something else stands on the same line")
    if line:
        return layout.line_end(line - 1), end
    following = layout.text.find("\n", end) + 1
    if not following:
        raise CannotEdit("nothing would be left of the file")
    return 0, following


def _head(box: Box, layout: Layout) -> tuple[int, int]:
    """Tell the range of a first entry that stands behind a dash: up to the next one, which takes its place."""
    slot, following = box.slots[0], box.slots[1]
    end = layout.line_end(slot.end)
    if layout.comment_in(end, following.start):
        raise CannotEdit("a comment stands below the entry that would go")
    if layout.keeps_lines(slot):
        raise CannotEdit("a block scalar keeps the lines behind it")
    return slot.start, following.start


def _with_blank_lines(box: Box, index: int, start: int, end: int, layout: Layout) -> tuple[int, int]:
    """Take the empty lines on one side with what goes, if only those on the other side are wanted then."""
    text = layout.text
    last_text = len(text[:start].rstrip(" \t\r\n"))
    before = layout.line_end(last_text) if last_text else start
    next_text = len(text) - len(text[end:].lstrip(" \t\r\n"))
    after = layout.line_end(layout.line_start(next_text) - 1) if next_text < len(text) else end
    is_last = index == len(box.slots) - 1
    if index and layout.keeps_lines(box.slots[index - 1]):
        # It would get the lines behind as well.
        if next_text < len(text):
            return start, after
        if not text.endswith("\n"):
            raise CannotEdit("a block scalar keeps the file's last lines")
        return start, layout.line_end(len(text) - 1)
    if layout.keeps_lines(box.slots[index]):
        return start, end
    if before < start and (is_last or after > end or next_text == len(text)):
        return before, end
    if index == 0 and before == start:
        return start, after
    return start, end


def _move(new: New, index: int, box: Box, layout: Layout, styles: Styles, pieces: Pieces) -> None:
    """Cut out an item with its comments and put it before another one, unchanged."""
    slot = box.slots[index]
    if not _begins_line(box, index, layout) or layout.keeps_lines(slot):
        raise CannotEdit("the item has no lines of its own")
    start, end = _lines(box, index, layout)
    refuse_shared(start, end, layout)
    if not start:
        raise CannotEdit("the item stands at the head of the file")
    first, last = sorted((index, new.at + 1))
    lower, upper = box.slots[first].start, box.slots[min(last, len(box.slots) - 1)].end
    if any(lower <= node.start < upper for node in layout.document.aliased.values()):
        raise CannotEdit("an anchor stands among the items")
    raw = layout.text[start:end].lstrip("\r")[1:].replace("\r\n", "\n").split("\n")
    if any(line.strip(" ") and not line.startswith(" " * box.column) for line in raw):
        raise CannotEdit("a line of the item is indented less than it")
    lines = [line[box.column :] for line in raw]
    _put_lines(lines, new.at, new.close_to_next, box, layout, styles, pieces)
    pieces.put(*_with_blank_lines(box, index, start, end, layout), "", COMMENT)

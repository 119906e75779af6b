"""Changes of flow collections, `[a, b]` and `{a: b}`, as edits of the text."""

from __future__ import annotations

from ci_audit.editing import CannotEdit, Commented
from ci_audit.editing.yamllayout import Layout
from ci_audit.editing.yamlpieces import COMMENT, Pieces
from ci_audit.editing.yamlplan import Change
from ci_audit.editing.yamlreplace import put_comment, refuse_shared, replace_inline
from ci_audit.editing.yamlstyle import Styles
from ci_audit.editing.yamltext import flow, pair
from ci_audit.syntax.yamltree import Mapping


def write_flow(change: Change, layout: Layout, styles: Styles, pieces: Pieces) -> None:
    """Add the edits of a change of a flow collection; raises CannotEdit."""
    box, style = change.box, styles.near(change.box)
    slots = box.slots
    for index, replaced in change.replaced.items():
        replace_inline(slots[index], flow(replaced.value, style), layout, pieces)
        put_comment(slots[index], replaced.comment, style, layout, pieces)
    for index, comment in change.comments.items():
        put_comment(slots[index], comment, style, layout, pieces)
    if (change.new or change.deleted or change.moved) and "\n" in layout.text[box.node.start : box.node.end]:
        raise CannotEdit("brackets over several lines")
    if change.moved:
        raise CannotEdit("items between brackets do not move")
    for new in change.new:
        value = Commented(new.value, new.comment)
        text = pair(new.key, value, style) if type(box.node) is Mapping else flow(value, style)
        if not slots:
            pieces.put(box.node.start + 1, box.node.end - 1, text)
        elif new.at < 0:
            pieces.put(slots[0].start, slots[0].start, text + ", ")
        else:
            pieces.put(slots[new.at].end, slots[new.at].end, ", " + text)
    for index in change.deleted:
        if index + 1 < len(slots):
            start, end = slots[index].start, slots[index + 1].start
        else:
            start, end = slots[index - 1].end, slots[index].end
        refuse_shared(start, end, layout)
        pieces.put(start, end, "", COMMENT)

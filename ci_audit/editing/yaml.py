"""Operations on a YAML file as edits of its text."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import CannotEdit, Edit, Operation
from ci_audit.editing.document import Document
from ci_audit.editing.yamlblock import write_block
from ci_audit.editing.yamlflow import write_flow
from ci_audit.editing.yamllayout import Layout
from ci_audit.editing.yamlpieces import Pieces
from ci_audit.editing.yamlplan import Plan
from ci_audit.editing.yamlrewrite import rewrite
from ci_audit.editing.yamlstyle import Styles
from ci_audit.source import Source
from ci_audit.syntax.yamltree import Dialect, YamlError
from ci_audit.typed import cast


def edits(source: Source, dialect: Dialect, operations: Sequence[Operation]) -> tuple[Edit, ...]:
    """Turn operations on the last document of a file into edits, sorted and apart; raises CannotEdit.

    All operations mean the tree as it is in `source`: two inserts at one index keep their order, and a `Set` may go
    below a mapping that one before it makes.
    """
    try:
        document = Document.of(source, dialect)
    except YamlError as error:
        raise CannotEdit(error.message) from None
    layout, styles = _measured(document)
    plan = Plan(document, layout)
    plan.add(operations)
    plan.refuse_nested()
    pieces = Pieces()
    for change in plan.changes.values():
        if change.box.flow:
            write_flow(change, layout, styles, pieces)
        else:
            write_block(change, layout, styles, pieces)
    rewrite(plan.rewrites, layout, pieces)
    return pieces.edits()


def _measured(document: Document) -> tuple[Layout, Styles]:
    """Measure a document, once for all the fixes of a file."""
    known = document.derived.get("measured")
    if known is None:
        layout = Layout(document)
        known = document.derived["measured"] = layout, Styles(layout)
    return cast("tuple[Layout, Styles]", known)

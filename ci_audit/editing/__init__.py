"""Changes to a file: operations on its tree or its instructions, and the edits of its text that carry them out.

Nothing is ever written anew from a tree: an operation becomes the smallest edit of the text, in the file's own newline,
indentation and quoting, and everything else stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.typed import NamedTuple

__all__ = [
    "AddFlags",
    "Block",
    "CannotEdit",
    "Cut",
    "Delete",
    "Edit",
    "Insert",
    "Line",
    "Move",
    "Operation",
    "Path",
    "Rewrite",
    "Set",
    "Value",
    "apply",
    "join",
]


class CannotEdit(Exception):
    """Why an operation cannot be carried out on this text, in words that can follow a colon."""


class Edit(NamedTuple):
    """New text in place of a range of a file's characters."""

    start: int
    end: int
    text: str


Path = tuple[str | int, ...]
"""A node of a YAML document: keys and indices from its root. Aliases are followed, merge keys are not."""


class Block(NamedTuple):
    """A text of several lines, written as a literal block scalar; it ends with a line end."""

    text: str


class Commented(NamedTuple):
    """A value inside a written mapping with a comment (without `#`) behind it: a pin with the version it stands for."""

    value: object
    comment: str


Value = str | int | bool | None | Block | Commented | Sequence["Value"] | dict[str, "Value"]
"""What is written: a string stays one for the file's host (`"3.10"`, `"on"` are quoted)."""


class Set(NamedTuple):
    """Give a key of a mapping a value: replace what stands there, or add the key.

    Mappings on the way that are not there are made. A new key stands behind the sibling named `after`, before the one
    named `before`, else last. `comment` (without `#`) replaces the comment behind the value on its line.
    """

    path: Path
    value: Value
    after: str = ""
    before: str = ""
    comment: str = ""


class Insert(NamedTuple):
    """Put an item into a sequence, so that it has the index `at`; the sequence's length puts it last."""

    path: Path
    at: int
    value: Value


class Delete(NamedTuple):
    """Take out a key with its value, or an item, with the comments that belong to it."""

    path: Path


class Move(NamedTuple):
    """Put an item of a sequence before the one that has the index `at` now, with its comments and unchanged."""

    path: Path
    at: int


class Rewrite(NamedTuple):
    """Put text in place of characters of the file that lie inside one scalar or one instruction."""

    start: int
    end: int
    text: str


class Line(NamedTuple):
    """Put a line of its own before the one that holds this character of a Dockerfile; `text` has no line end."""

    offset: int
    text: str


class AddFlags(NamedTuple):
    """Put flags (`--mount=…`) behind those that the instruction of a Dockerfile has which holds this character."""

    offset: int
    flags: tuple[str, ...]


class Cut(NamedTuple):
    """Take words, a command with its operator or a whole instruction out of a Dockerfile, with the blanks before them.

    A line on which nothing is left goes too. A range that is one item of an exec form takes its quotes and comma along.
    """

    start: int
    end: int


Operation = Set | Insert | Delete | Move | Rewrite | Line | AddFlags | Cut


def join(groups: Iterable[Sequence[Edit]]) -> tuple[tuple[Edit, ...], list[int]]:
    """Put the edits of several fixes together, and tell which groups had to stay out.

    Equal edits count once. A group of which some edit overlaps or touches another group's is left out whole: two
    changes at one place are made one after the other, each on the text that the one before it left.
    """
    taken: dict[Edit, None] = {}
    left_out: list[int] = []
    for number, group in enumerate(groups):
        new = [edit for edit in dict.fromkeys(group) if edit not in taken]
        if any(_meet(edit, other) for edit in new for other in taken):
            left_out.append(number)
            continue
        taken.update(dict.fromkeys(new))
    return tuple(sorted(taken)), left_out


def _meet(one: Edit, other: Edit) -> bool:
    return one.start <= other.end and other.start <= one.end


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Carry out edits that lie apart; raises CannotEdit where they overlap or leave the text."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits):
        if not at <= edit.start <= edit.end <= len(text):
            raise CannotEdit("two changes overlap")
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)

"""The editor of Dockerfiles: flags, words and commands of an instruction, without touching anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise

from ci_audit.editing import AddFlags, CannotEdit, Cut, Edit, Line, Operation, Rewrite
from ci_audit.source import Source
from ci_audit.syntax.dockerfile import parse
from ci_audit.syntax.dockertree import Dockerfile, Instruction, JsonItem

WIDTH = 120
"""Flags that would make a line longer than this get lines of their own."""

_BLANKS = " \t"
_INDENT = "    "


def edits(source: Source, operations: Sequence[Operation]) -> tuple[Edit, ...]:
    """Turn operations into edits of a Dockerfile, in order and apart; raises CannotEdit."""
    if source.lossy:
        raise CannotEdit("the file is not valid UTF-8")
    tree = parse(source)
    found: dict[Edit, None] = {}
    flags: dict[int, tuple[Instruction, dict[str, None]]] = {}
    changes = [
        (one.start, one.end, one.text if isinstance(one, Rewrite) else "")
        for one in operations
        if isinstance(one, (Rewrite, Cut))
    ]
    for operation in operations:
        if isinstance(operation, AddFlags):
            outer = _holding(tree, operation.offset)
            flags.setdefault(outer.start, (outer, {}))[1].update(dict.fromkeys(operation.flags))
        elif isinstance(operation, Cut):
            found[_cut(tree, operation)] = None
        elif isinstance(operation, Rewrite):
            found[_rewrite(tree, operation)] = None
        elif isinstance(operation, Line):
            found[_line(tree, operation)] = None
        else:
            raise CannotEdit("a Dockerfile has no such parts")
    for outer, new in flags.values():
        own = [change for change in changes if outer.start <= change[0] < outer.end]
        found[_add_flags(source, outer, tuple(new), own)] = None
    result = tuple(sorted(found))
    for one, other in pairwise(result):
        if other.start < one.end or one[:2] == other[:2]:
            raise CannotEdit("two changes overlap")
    return result


def newline_of(source: Source, offset: int) -> str:
    """Tell how the line that holds an offset ends; the file's first line end where it is the last line without one."""
    end = source.text.find("\n", offset)
    if end < 0:
        end = source.text.find("\n")
    return "\r\n" if end > 0 and source.text[end - 1] == "\r" else "\n"


def is_continued(source: Source, instruction: Instruction) -> bool:
    """Tell whether an instruction runs over several lines, those of its here-documents left aside."""
    return "\n" in source.text[instruction.start : _head_end(instruction)]


def indent_of(source: Source, instruction: Instruction) -> str:
    """Give the blanks that the instruction's continuation lines begin with: those of the first that is no comment."""
    comments = {span.start for span in instruction.comments}
    at = source.text.find("\n", instruction.start, _head_end(instruction))
    while at >= 0:
        begin = at + 1
        size = len(source.text[begin:]) - len(source.text[begin:].lstrip(_BLANKS))
        if begin + size not in comments and source.text[begin + size : begin + size + 1] not in ("\r", "\n", ""):
            return source.text[begin : begin + size]
        at = source.text.find("\n", begin, _head_end(instruction))
    return _INDENT


def _head_end(instruction: Instruction) -> int:
    """Tell where the instruction ends, or its first here-document begins (the line end before it excluded)."""
    return instruction.heredocs[0].start - 1 if instruction.heredocs else instruction.end


def _holding(tree: Dockerfile, offset: int) -> Instruction:
    for instruction in tree.instructions:
        if instruction.start <= offset <= instruction.end:
            return instruction
    raise CannotEdit("no instruction stands there")


def _inner(outer: Instruction) -> Instruction:
    return outer.onbuild if outer.keyword == "ONBUILD" and outer.onbuild is not None else outer


def _add_flags(source: Source, outer: Instruction, flags: tuple[str, ...], changes: list[tuple[int, int, str]]) -> Edit:
    """Put flags behind the others; `changes` are those that the instruction sees besides."""
    inner = _inner(outer)
    text = source.text
    at = inner.flags[-1].end if inner.flags else inner.keyword_end
    args = inner.args.pieces[0].start if inner.args.text else at
    if not at < args:
        raise CannotEdit("the instruction has no arguments")
    gap = text[at:args]
    begin = source.line_span(source.position(at).line).start
    end = text.find("\n", at)
    stop = end if end >= 0 else len(text)
    width = len(text[begin:stop].rstrip()) + sum(len(flag) + 1 for flag in flags)
    width += sum(len(new) - (high - low) for low, high, new in changes if high <= stop and "\n" not in new)
    head = _head_end(outer)
    continued = is_continued(source, outer) or any("\n" in new and low < head for low, _, new in changes)
    if not continued and width <= WIDTH:
        return Edit(at, at, "".join(" " + flag for flag in flags))
    following = f" {inner.escape}{newline_of(source, at)}{indent_of(source, outer)}"
    # Flags that stand there share their line with what is added only when the instruction is on one line.
    lead = following if inner.flags and continued else " "
    written = lead + following.join(flags)
    if "\n" in gap:
        return Edit(at, at, written)
    return Edit(at, args, written + following)


def _json_item(inner: Instruction, start: int, end: int) -> tuple[list[JsonItem], int] | None:
    """Find the item of an exec form that holds a range."""
    for index, item in enumerate(inner.json or ()):
        where = item.mapped.where(0, len(item.mapped.text))
        if where.start <= start and end <= where.end:
            return inner.json or [], index
    return None


def _rewrite(tree: Dockerfile, operation: Rewrite) -> Edit:
    start, end, text = operation
    for directive in tree.directives.values():
        if directive.start <= start and end <= directive.end:
            if "\n" in text or "\r" in text:
                raise CannotEdit("a directive has one line")
            return Edit(start, end, text)
    outer = _holding(tree, start)
    inner = _inner(outer)
    if end > outer.end:
        raise CannotEdit("it reaches into the next instruction")
    if any(span.start <= start <= span.end or start < span.end <= end for span in outer.comments):
        raise CannotEdit("a comment stands there")
    if _json_item(inner, start, end) is not None:
        text = json.dumps(text, ensure_ascii=False)[1:-1]
    elif not any(heredoc.start <= start and end <= heredoc.end for heredoc in outer.heredocs):
        for line in text.split("\n")[:-1]:
            if not line.rstrip().endswith(tree.escape):
                raise CannotEdit("the line would end the instruction")
    return Edit(start, end, text)


def _line(tree: Dockerfile, operation: Line) -> Edit:
    source = tree.source
    outer = _holding(tree, operation.offset)
    if "\n" in source.text[outer.start : operation.offset]:
        raise CannotEdit("the line is inside an instruction")
    begin = source.line_span(source.position(outer.start).line).start
    return Edit(begin, begin, operation.text + newline_of(source, begin))


def _cut(tree: Dockerfile, operation: Cut) -> Edit:
    source = tree.source
    start, end = operation
    outer = _holding(tree, start)
    if end > outer.end or start >= end:
        raise CannotEdit("it reaches into the next instruction")
    if any(span.start < end and start < span.end for span in outer.comments):
        raise CannotEdit("a comment stands among the words that go")
    if start == outer.start and end == outer.end:
        return _whole_lines(source, start, end)
    inner = _inner(outer)
    item = _json_item(inner, start, end)
    if item is not None:
        items, index = item
        where = items[index].mapped.where(0, len(items[index].mapped.text))
        if (where.start, where.end) == (start, end):
            return _cut_item(source, items, index)
        return _cut_words(source, outer, start, end, escape=tree.escape, first=where.start)
    if any(heredoc.start <= start and end <= heredoc.end for heredoc in outer.heredocs):
        return _cut_words(source, outer, start, end, escape="\\", script=True)
    first = inner.args.pieces[0].start if inner.args.text else -1
    return _cut_words(source, outer, start, end, escape=tree.escape, first=first)


def _whole_lines(source: Source, start: int, end: int) -> Edit:
    text = source.text
    begin = source.line_span(source.position(start).line).start
    stop = text.find("\n", end)
    return Edit(begin, len(text) if stop < 0 else stop + 1, "")


def _cut_item(source: Source, items: list[JsonItem], index: int) -> Edit:
    """Take an item out of an array: from the end of the one before it to its own end, both quotes included."""

    def place(at: int) -> tuple[int, int]:
        where = items[at].mapped.where(0, len(items[at].mapped.text))
        return where.start - 1, where.end + 1

    if index:
        start, end = place(index - 1)[1], place(index)[1]
    elif len(items) > 1:
        start, end = place(0)[0], place(1)[0]
    else:
        raise CannotEdit("nothing would be left of the command")
    if "\n" in source.text[start:end]:
        raise CannotEdit("the array runs over several lines there")
    return Edit(start, end, "")


def _cut_words(
    source: Source, outer: Instruction, start: int, end: int, *, escape: str, first: int = -1, script: bool = False
) -> Edit:
    """Take words out of shell text; `first` is where that begins, and in a `script` line ends part commands."""
    text = source.text
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    if line_end < 0:
        line_end = len(text)
    after = text[end:line_end]
    blank_before = not text[line_start:start].strip(_BLANKS)
    continued = re.fullmatch(rf"[ \t]*{re.escape(escape)}[ \t]*\r?", after) is not None
    if start == first:
        return Edit(start, _next_word(outer, text, end, line_end, continued), "")
    if blank_before and continued:
        return Edit(line_start, line_end + 1, "")
    if blank_before and not after.strip():
        if script and not text[:line_start].rstrip().endswith(escape):
            return Edit(line_start, line_end + 1, "")
        return Edit(_content_before(outer, text, line_start, escape), end, "")
    if blank_before:
        return Edit(start, end + len(after) - len(after.lstrip(_BLANKS)), "")
    return Edit(len(text[:start].rstrip(_BLANKS)), end, "")


def _next_word(outer: Instruction, text: str, end: int, line_end: int, continued: bool) -> int:
    """Find where the text goes on behind its first words, on the next line if they were alone on theirs."""
    at = end
    if continued:
        at = line_end + 1
    at += len(text[at:]) - len(text[at:].lstrip(_BLANKS))
    if continued and any(span.start == at for span in outer.comments):
        raise CannotEdit("a comment stands behind the words that go")
    return at


def _content_before(outer: Instruction, text: str, line_start: int, escape: str) -> int:
    """Find the end of what stands before the last line of an instruction, its continuation mark left out."""
    at = line_start
    while at > outer.start:
        line = text.rfind("\n", 0, at - 1) + 1
        body = text[line : at - 1].rstrip()
        if not body:
            at = line
        elif any(span.start <= line + len(body) - 1 < span.end for span in outer.comments):
            raise CannotEdit("a comment stands before the words that go")
        elif body.endswith(escape):
            return line + len(body[: -len(escape)].rstrip())
        else:
            break
    raise CannotEdit("how the lines hang together is not clear")

"""The check of an edited Dockerfile: by another parser than ours, and only the operations tell old and new apart.

BuildKit's own parser (the package `dockerfile`) where it is installed, else dockerfile-parse where that reads the old
text right (docs/decisions/0002 says where it does not), else our own scanner. What an operation means for the words of
an instruction is worked out here once more, from the text and not from the editor.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence

from ci_audit.editing import AddFlags, Cut, Line, Operation, Rewrite
from ci_audit.typed import NamedTuple

_HEREDOC = re.compile(r"<<-?[ \t]*['\"]?[A-Za-z_]")
_ESCAPE = re.compile(r"\A(?:#[^\n]*\n)*?#[ \t]*escape[ \t]*=[ \t]*(\S)", re.IGNORECASE)
_LOOSE = re.compile(r" (?=[;)\"])")
"""A blank that words leave behind when they go."""
_LEADING_FLAGS = re.compile(r"((?:ONBUILD )?[A-Za-z]+(?: --[^ ]+)*)(.*)", re.DOTALL | re.IGNORECASE)


class _Item(NamedTuple):
    """An instruction as one of the parsers sees it; lines count from 0, the last one included."""

    head: str
    bodies: tuple[str, ...]
    first: int
    last: int


def check(old: str, new: str, operations: Sequence[Operation]) -> str:
    """Say how the new text differs from what the operations make of the old one; empty if it does not."""
    read = None
    for parser in (_buildkit, _dockerfile_parse):
        before = parser(old)
        if before is not None and [item[2:] for item in before] == [item[2:] for item in _own(old)]:
            read = parser
            break
    read = read or _own
    before, after = read(old), read(new)
    if before is None or after is None:
        return "the changed file cannot be parsed"
    by_item: dict[int, list[Operation]] = {}
    expected: list[tuple[str, tuple[str, ...]] | None] = [(item.head, item.bodies) for item in before]
    lines = old.split("\n")
    touched: dict[int, int] = {}
    lines_put = [operation for operation in operations if isinstance(operation, Line)]
    for operation in operations:
        if not isinstance(operation, (AddFlags, Cut, Rewrite, Line)):
            return "an operation that a Dockerfile does not have"
        start = operation.offset if isinstance(operation, (AddFlags, Line)) else operation.start
        line = old.count("\n", 0, start)
        column = start - old.rfind("\n", 0, start) - 1
        touched[line] = min(touched.get(line, column), column)
        if isinstance(operation, (Cut, Rewrite)):
            touched.update(dict.fromkeys(range(line + 1, old.count("\n", 0, operation.end) + 1), 0))
        index = next((at for at, item in enumerate(before) if item.first <= line <= item.last), None)
        if index is not None:
            by_item.setdefault(index, []).append(operation)
        elif not isinstance(operation, Rewrite) or not lines[line].lstrip().startswith("#"):
            return "an operation stands outside all instructions"
    for index, own in by_item.items():
        expected[index] = _changed(old, before[index], own)
    wanted = [item for item in expected if item is not None]
    if lines_put:
        return _with_lines(wanted, after, lines_put)
    found = [(item.head, item.bodies) for item in after]
    if len(found) != len(wanted):
        return f"there are {len(found)} instructions instead of {len(wanted)}"
    for got, want in zip(found, wanted, strict=True):
        if got != want:
            return f"`{got[0][:80]}` stands where `{want[0][:80]}` is meant"
    return _comments(old, new, touched) or _lines(old, new, before, after, by_item, touched, expected)


def _with_lines(wanted: list[tuple[str, tuple[str, ...]]], after: list[_Item], put: list[Line]) -> str:
    rest = [(item.head, item.bodies) for item in after]
    for line in put:
        own = [item for item in rest if item[0] == _collapsed(line.text)]
        if line.text.lstrip().startswith("#"):
            continue
        if not own:
            return f"`{line.text}` is not there"
        rest.remove(own[0])
    return "" if rest == wanted else "the other instructions are not as they were"


def _escape_of(text: str) -> str:
    found = _ESCAPE.match(text)
    return found[1] if found is not None else "\\"


def _collapsed(text: str) -> str:
    words = re.sub(r"[ \t\r\n\v\f]+", " ", text).strip()
    words = _LOOSE.sub("", words)
    keyword, _, rest = words.partition(" ")
    return f"{keyword.upper()} {rest}".rstrip()


def _body(text: str) -> str:
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (re.sub(r"[ \t\r]+", " ", line).strip() for line in joined.split("\n"))
    return "\n".join(_LOOSE.sub("", line) for line in lines if line)


def _joined(lines: list[str], escape: str) -> str:
    """Put the lines of an instruction together: comments and blank lines out, continuation marks off."""
    kept: list[str] = []
    for line in lines:
        bare = line.strip()
        if kept and (not bare or bare.startswith("#")):
            continue
        kept.append(bare[: -len(escape)] if bare.endswith(escape) and not bare.endswith(escape * 2) else bare)
        if not bare.startswith("#") and kept[-1] == bare:
            break
    return _collapsed(" ".join(kept))


def _buildkit(text: str) -> list[_Item] | None:
    try:
        import dockerfile  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    try:
        commands = dockerfile.parse_string(text)
    except (ValueError, dockerfile.GoParseError):
        return None
    return [
        _Item(
            _collapsed(command.original.partition("\n")[0] if command.heredocs else command.original),
            tuple(_body(heredoc.content) for heredoc in command.heredocs),
            command.start_line - 1,
            command.end_line - 1,
        )
        for command in commands
    ]


def _dockerfile_parse(text: str) -> list[_Item] | None:
    if _HEREDOC.search(text) or _escape_of(text) != "\\":
        return None
    try:
        from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return None
    structure = DockerfileParser(fileobj=io.BytesIO(text.encode())).structure
    return [
        _Item(_collapsed(f"{item['instruction']} {item['value']}"), (), item["startline"], item["endline"])
        for item in structure
        if item["instruction"] != "COMMENT"
    ]


def _own(text: str) -> list[_Item]:
    from ci_audit.source import Source
    from ci_audit.syntax.dockerfile import parse

    items = []
    for instruction in parse(Source("Dockerfile", text)).instructions:
        first, last = text.count("\n", 0, instruction.start), text.count("\n", 0, instruction.end)
        bodies = tuple(_body(heredoc.body.text) for heredoc in instruction.heredocs)
        end = instruction.heredocs[0].start if instruction.heredocs else instruction.end
        head = _joined(text[instruction.start : end].split("\n"), instruction.escape)
        items.append(_Item(head, bodies, first, last))
    return items


def _changed(old: str, item: _Item, operations: list[Operation]) -> tuple[str, tuple[str, ...]] | None:
    """Work out what the operations make of one instruction: its words and here-documents; None if it goes."""
    starts = [0]
    for line in old.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    begin, end = starts[item.first], min(starts[item.last + 1], len(old))
    text = old[begin:end]
    flags: list[str] = []
    changes: list[tuple[int, int, str]] = []
    for operation in operations:
        if isinstance(operation, AddFlags):
            flags += [flag for flag in operation.flags if flag not in flags]
        elif isinstance(operation, (Cut, Rewrite)):
            new = operation.text if isinstance(operation, Rewrite) else ""
            start, stop = operation.start - begin, operation.end - begin
            if isinstance(operation, Cut) and not (text[:start] + text[stop:]).strip():
                return None
            if _in_array(text):
                start, stop, new = _in_exec_form(text, start, stop, new, isinstance(operation, Cut))
            changes.append((start, stop, new))
    for start, stop, new in sorted(set(changes), reverse=True):
        text = text[:start] + new + text[stop:]
    lines = text.split("\n")
    escape = _escape_of(old)
    if item.bodies:
        count = next(at for at, line in enumerate(lines) if "<<" in line) + 1
        head, bodies = _joined(lines[:count], escape), _bodies(lines[count:], item)
    else:
        head, bodies = _joined_all(lines, escape), ()
    found = _LEADING_FLAGS.match(head)
    if flags and found is not None:
        head = f"{found[1]} {' '.join(flags)}{found[2]}"
    return head, bodies


def _joined_all(lines: list[str], escape: str) -> str:
    """Put all lines together: after a cut the last of them may still end in a continuation mark."""
    return _joined([line.rstrip().removesuffix(escape) + escape for line in lines if line.strip()], escape)


def _bodies(lines: list[str], item: _Item) -> tuple[str, ...]:
    """Divide the lines behind the head among the here-documents, by the names that close them."""
    if len(item.bodies) == 1:
        closing = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].strip()), len(lines))
        return (_body("\n".join(lines[:closing])),)
    return item.bodies


def _in_array(text: str) -> bool:
    return re.match(r"\s*(?:ONBUILD\s+)?[A-Z]+\s+(?:--\S+\s+)*\[", text, re.IGNORECASE) is not None


def _in_exec_form(text: str, start: int, stop: int, new: str, cut: bool) -> tuple[int, int, str]:
    if cut and text[start - 1 : start] == '"' and text[stop : stop + 1] == '"':
        before = re.search(r",\s*\Z", text[: start - 1])
        if before is not None:
            return before.start(), stop + 1, ""
        behind = re.match(r"\s*,\s*", text[stop + 1 :])
        return start - 1, stop + 1 + (behind.end() if behind is not None else 0), ""
    return start, stop, json.dumps(new, ensure_ascii=False)[1:-1]


def _comment_lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.lstrip().startswith("#")]


def _comments(old: str, new: str, touched: dict[int, int]) -> str:
    """Say which comment is gone; directives that were rewritten, and lines of here-documents that go, do not count."""
    there = _comment_lines(new)
    for number, line in enumerate(old.split("\n")):
        bare = line.strip()
        if bare.startswith("#") and number not in touched:
            if bare not in there:
                return f"the comment `{bare[:60]}` is gone"
            there.remove(bare)
    return ""


def _lines(
    old: str,
    new: str,
    before: list[_Item],
    after: list[_Item],
    by_item: dict[int, list[Operation]],
    touched: dict[int, int],
    expected: list[tuple[str, tuple[str, ...]] | None],
) -> str:
    """Compare line by line: what no operation stands on is as it was, but for a continuation mark before what went."""
    was, now = old.split("\n"), new.split("\n")
    place = 0
    at_old = at_new = 0
    for index, item in enumerate(before):
        if expected[index] is None:
            if now[at_new : at_new + item.first - at_old] != was[at_old : item.first] and not touched.keys() & set(
                range(at_old, item.first)
            ):
                return "a line between two instructions changed"
            at_new += item.first - at_old
            at_old = item.last + 1
            continue
        other = after[place]
        place += 1
        gap = [number for number in range(at_old, item.first) if number not in touched]
        if len(range(at_old, item.first)) != len(range(at_new, other.first)) or any(
            was[number] != now[at_new + number - at_old] for number in gap
        ):
            return "a line between two instructions changed"
        if index not in by_item:
            if was[item.first : item.last + 1] != now[other.first : other.last + 1]:
                return f"line {item.first + 1} changed"
        elif not _kept(was, now[other.first : other.last + 1], item, touched):
            return f"more changed in the instruction at line {item.first + 1} than was meant"
        at_old, at_new = item.last + 1, other.last + 1
    if was[at_old:] != now[at_new:]:
        return "what follows the last instruction changed"
    return ""


def _kept(was: list[str], now: list[str], item: _Item, touched: dict[int, int]) -> bool:
    """Tell whether the lines of an edited instruction are there, in order, up to where an operation stands."""
    at = 0
    for number in range(item.first, item.last + 1):
        line = was[number]
        if number in touched:
            start = line[: touched[number]].rstrip()
            if start and number != item.first:
                while at < len(now) and not now[at].startswith(start):
                    at += 1
                if at == len(now):
                    return False
            continue
        if not line.strip():
            continue
        bare = re.sub(r"[ \t]*[\\`][ \t]*(\r?)\Z", r"\1", line)
        # What follows words that went may move up to where they were.
        moved = number - 1 in touched
        while at < len(now) and now[at] not in (line, bare) and not (moved and now[at].endswith(" " + line.lstrip())):
            at += 1
        if at == len(now):
            return False
        at += 1
    return True

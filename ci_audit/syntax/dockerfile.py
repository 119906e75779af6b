"""A Dockerfile's instructions with their places, read as BuildKit reads them; nothing here raises on any text."""

from __future__ import annotations

import re

from ci_audit.patterns import regex
from ci_audit.source import MappedText, Piece, Source, Span
from ci_audit.syntax.dockerchecks import problem, stage_problem
from ci_audit.syntax.dockertree import INSTRUCTIONS, Directive, Dockerfile, Flag, Heredoc, Instruction, JsonItem
from ci_audit.syntax.dockerwords import HeredocWord, WordError, heredoc_words

__all__ = ["INSTRUCTIONS", "Directive", "Dockerfile", "Flag", "Heredoc", "Instruction", "JsonItem", "parse"]

_JSON_ARGS = frozenset(("ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"))
_HEREDOC_ARGS = frozenset(("ADD", "COPY", "RUN"))
_UPPER = {name.lower(): name for name in INSTRUCTIONS}
_LONGEST_LINE = 65535

_GAP = regex(r"[\t\v\f\r ]+")
# Compiled at first use: few files need all of them.
_FLAG = r"--([^\t\v\f\r '\"\\`=]*)(?:=([^\t\v\f\r '\"\\`]*))?(?:[\t\v\f\r ]+|\Z)"
_JSON_STRING = r'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*)"[ \t\n\r]*([,\]])[ \t\n\r]*'
_JSON_ESCAPE = r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\."
_JSON_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def parse(source: Source) -> Dockerfile:
    """Read a Dockerfile by the grammar of BuildKit's `frontend/dockerfile/parser`; never raises."""
    tree = Dockerfile(source)
    _Reader(tree).read()
    stageless = stage_problem(tree)
    if stageless is not None:
        tree.errors.append(stageless)
    tree.errors.sort()
    syntax = tree.directives.get("syntax")
    if syntax is not None:
        image = syntax.value.lower().rpartition("/")[2].partition("@")[0].partition(":")[0]
        if image not in ("dockerfile", "dockerfile-upstream"):
            tree.errors.clear()
    return tree


class _Reader:
    __slots__ = ("_at", "_errors", "_index", "_lines", "_source", "_tree")

    def __init__(self, tree: Dockerfile) -> None:
        self._tree = tree
        self._source = tree.source
        self._errors = tree.errors
        lines = tree.source.text.split("\n")
        if not lines[-1]:
            lines.pop()
        self._lines = lines
        self._index = 0
        self._at = 0

    def read(self) -> None:
        self._read_directives()
        lines = self._lines
        tree = self._tree
        if len(self._source.text) * 4 > _LONGEST_LINE:
            self._check_lengths()
        while self._index < len(lines):
            raw = lines[self._index]
            line = raw.rstrip("\r")
            body = line.lstrip()
            start = self._at + len(line) - len(body)
            if not body:
                self._next(raw)
            elif body[0] == "#":
                tree.comments.append(Span(start, self._at + len(line)))
                self._next(raw)
            else:
                self._read_instruction(raw, body, start)

    def _next(self, raw: str) -> None:
        self._index += 1
        self._at += len(raw) + 1

    def _read_directives(self) -> None:
        tree = self._tree
        lines = self._lines
        # What looks for `syntax` and `check` passes over a `#!` line and stops at blanks; the parser does the reverse.
        skip = 1 if lines and lines[0].startswith("#!") else 0
        offset = len(lines[0]) + 1 if skip else 0
        for found in self._directives(skip, offset, "#", strict=True):
            if found.name != "escape":
                tree.directives.setdefault(found.name, found)
        if "syntax" not in tree.directives:
            for found in self._directives(skip, offset, "//", strict=True):
                if found.name == "syntax":
                    tree.directives.setdefault(found.name, found)
        if "syntax" not in tree.directives and lines and lines[0].lstrip().startswith("{"):
            self._json_directive()
        read = 0
        seen = set()
        for found in self._directives(0, 0, "#", strict=False):
            read += 1
            if found.name in seen:
                self._errors.append((found.start, f"the directive {found.name} is there twice"))
                break
            seen.add(found.name)
            if found.name == "escape":
                tree.directives["escape"] = found
                if found.value in ("\\", "`"):
                    tree.escape = found.value
                else:
                    self._errors.append((found.start, f"the escape character {found.value!r} is neither \\ nor `"))
        for raw in lines[:read]:
            self._next(raw)

    def _json_directive(self) -> None:
        """Read a file that is JSON as a whole, with the frontend that reads it as its `syntax`."""
        import json

        try:
            value = json.loads(self._tree.source.text)
        except ValueError:
            return
        name = value.get("syntax") if isinstance(value, dict) else None
        if isinstance(name, str) and name:
            self._tree.directives["syntax"] = Directive(
                "syntax", name.partition(" ")[0], 0, len(self._tree.source.text)
            )

    def _directives(self, index: int, offset: int, mark: str, *, strict: bool) -> list[Directive]:
        found = []
        for raw in self._lines[index:]:
            line = raw.rstrip("\r")
            body = line if strict else line.lstrip()
            if not body.startswith(mark):
                break
            name, _, text = body[len(mark) :].partition("=")
            name = name.lstrip().rstrip("\t\f\r ").lower()
            if name not in ("syntax", "escape", "check") or not text:
                break
            value = text.strip("\t\f\r ") or text[-1]
            if name == "syntax":
                value = value.partition(" ")[0]
            end = offset + len(line)
            found.append(Directive(name, value, end - len(body), end))
            offset += len(raw) + 1
        return found

    def _check_lengths(self) -> None:
        at = 0
        for raw in self._lines:
            if len(raw) * 4 > _LONGEST_LINE and len(raw.encode("utf-8", "replace")) > _LONGEST_LINE:
                self._errors.append((at, f"a line is longer than {_LONGEST_LINE} bytes"))
                return
            at += len(raw) + 1

    def _read_instruction(self, raw: str, body: str, start: int) -> None:
        escape = self._tree.escape
        end = start + len(body)
        self._next(raw)
        stripped = body.rstrip(" \t")
        comments: list[Span] = []
        if stripped[-1] == escape and stripped[-2:-1] != escape:
            line, end = self._join(stripped[:-1], start, end, comments)
        else:
            line = MappedText(self._source, body, (Piece(0, start, end, True),))
        instruction = self._instruction(line, start, nested=False)
        instruction.start = start
        instruction.end = end
        instruction.comments = comments
        inner = instruction.onbuild or instruction
        if "<<" in line.text and inner.keyword in _HEREDOC_ARGS and inner.json is None:
            self._read_heredocs(instruction, line.text)
            inner.heredocs = instruction.heredocs
        if inner is not instruction:
            inner.end = end if not instruction.heredocs else instruction.end
            inner.comments = comments
        self._tree.instructions.append(instruction)

    def _join(self, text: str, start: int, end: int, comments: list[Span]) -> tuple[MappedText, int]:
        """Read the lines that continue an instruction: the text of all of them, and the end of the last."""
        escape = self._tree.escape
        texts = [text]
        pieces = [Piece(0, start, start + len(text), True)]
        length = len(text)
        more = True
        while more and self._index < len(self._lines):
            raw = self._lines[self._index]
            at = self._at
            self._next(raw)
            line = raw.rstrip("\r")
            end = at + len(line)
            body = line.lstrip()
            if not body:
                continue
            if body[0] == "#":
                comments.append(Span(end - len(body), end))
                continue
            stripped = line.rstrip(" \t")
            more = stripped[-1] == escape and stripped[-2:-1] != escape
            if more:
                line = stripped[:-1]
            if line:
                if length:
                    pieces.append(Piece(length, at, at + len(line), True))
                else:
                    pieces[0] = Piece(0, at, at + len(line), True)
                texts.append(line)
                length += len(line)
        self._tree.comments.extend(comments)
        return MappedText(self._source, "".join(texts), pieces), end

    def _instruction(self, line: MappedText, start: int, *, nested: bool) -> Instruction:
        text = line.text.rstrip()
        begin = len(text) - len(text.lstrip())
        size = len(text)
        gap = _GAP.search(text, begin)
        stop, at = gap.span() if gap is not None else (size, size)
        word = text[begin:stop]
        pieces = line.pieces
        if len(pieces) == 1 or stop <= pieces[1].at:
            first = pieces[0].start + begin
            last = first + stop - begin
        else:
            first, last = line.where(begin, stop).span
        flags: list[Flag] = []
        if text.startswith("--", at):
            at = _read_flags(line, text, at, self._tree.escape, flags)
        rest = text[at:].lstrip()
        args = line.slice(size - len(rest), size)
        keyword = _UPPER.get(word.lower(), word)
        found = Instruction(keyword, first, last, args, self._tree.escape)
        found.flags = flags
        if keyword in _JSON_ARGS:
            if rest.startswith("["):
                found.json = self._json(args, start)
        elif keyword == "HEALTHCHECK":
            gap = _GAP.search(rest)
            if gap is not None and rest.startswith("[", gap.end()):
                found.json = self._json(args.slice(gap.end(), len(rest)), start)
        elif keyword == "ONBUILD" and rest and not nested:
            found.onbuild = self._instruction(args, start, nested=True)
        refused = problem(found, nested)
        if refused is not None:
            self._errors.append((start, refused))
        return found

    def _json(self, args: MappedText, start: int) -> list[JsonItem] | None:
        try:
            return _json_strings(args)
        except ValueError as error:
            self._errors.append((start, str(error)))
            return None

    def _read_heredocs(self, instruction: Instruction, line: str) -> None:
        try:
            words = heredoc_words(line)
        except WordError as error:
            self._errors.append((instruction.start, f"a heredoc's name cannot be read: {error}"))
            return
        for word in words:
            instruction.heredocs.append(self._read_heredoc(word, instruction.start))
            instruction.end = instruction.heredocs[-1].end

    def _read_heredoc(self, word: HeredocWord, start: int) -> Heredoc:
        begin = self._at
        while self._index < len(self._lines):
            raw = self._lines[self._index]
            at = self._at
            self._next(raw)
            line = raw.rstrip("\r")
            if (line.lstrip("\t") if word.strip_tabs else line) == word.name:
                body = MappedText.of(self._source, begin, at)
                return Heredoc(word.name, body, begin, at + len(line), word.strip_tabs, word.expand, word.fd)
        self._errors.append((start, f"the heredoc {word.name} does not end"))
        end = len(self._source.text)
        begin = min(begin, end)
        body = MappedText.of(self._source, begin, end)
        return Heredoc(word.name, body, begin, end, word.strip_tabs, word.expand, word.fd)


def _read_flags(line: MappedText, text: str, at: int, escape: str, flags: list[Flag]) -> int:
    """Read the flags from `at` on; returns where the arguments begin."""
    match_flag = re.compile(_FLAG).match
    while text.startswith("--", at):
        match = match_flag(text, at)
        if match is not None:
            name, value = match[1], match[2]
            stop = match.end(1 if value is None else 2)
            if not name and value is None:
                return match.end()
            kept = [(at, stop)]
            after = match.end()
        else:
            kept, stop = _quoted_flag(text, at, escape)
            word = "".join([text[low:high] for low, high in kept])
            gap = _GAP.match(text, stop)
            after = gap.end() if gap is not None else stop
            if word == "--":
                return after
            name, equals, rest = word[2:].partition("=")
            value = rest if equals else None
        start, end = line.where(at, stop).span
        flags.append(Flag(name, value or "", start, end, line, None if value is None else kept))
        at = after
    return at


def _quoted_flag(text: str, at: int, escape: str) -> tuple[list[tuple[int, int]], int]:
    """Find what a flag with quotes or escapes in it keeps of its text, and its end."""
    kept = []
    quote = ""
    begin = at
    size = len(text)
    while at < size:
        ch = text[at]
        drop = ch == escape or (ch == quote if quote else ch in "'\"")
        if drop:
            if at > begin:
                kept.append((begin, at))
            begin = at + 1
            if ch == escape:
                at += 1
            else:
                quote = "" if quote else ch
        elif not quote and ch in "\t\v\f\r ":
            break
        at += 1
    end = min(at, size)
    if end > begin:
        kept.append((begin, end))
    return kept, end


def _json_strings(args: MappedText) -> list[JsonItem] | None:
    """Read an array of strings; None if the text is no JSON array. Raises ValueError for an array of other things."""
    text = args.text
    at = len(text) - len(text[1:].lstrip("\t\n\r "))
    if text[at:] == "]":
        return []
    items = []
    match_string = re.compile(_JSON_STRING).match
    while True:
        match = match_string(text, at)
        if match is None:
            if text.endswith("]") and text[at] in "-0123456789tfn[{" and _is_json(text):
                raise ValueError("an exec form holds something else than strings")
            return None
        mapped = args.slice(*match.span(1))
        if "\\" in mapped.text:
            escapes = re.finditer(_JSON_ESCAPE, mapped.text)
            mapped = mapped.replace([(found.start(), found.end(), _unescaped(found[0])) for found in escapes])
        items.append(JsonItem(mapped.text, mapped))
        at = match.end()
        if match[2] == "]":
            return items if at == len(text) else None


def _is_json(text: str) -> bool:
    # Not on the way of an ordinary file.
    from json import loads

    try:
        loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _unescaped(escape: str) -> str:
    if escape[1] != "u":
        return _JSON_PLAIN.get(escape[1], escape[1])
    code = int(escape[2:6], 16)
    if len(escape) == 12:
        return chr(0x10000 + ((code & 0x3FF) << 10 | int(escape[8:], 16) & 0x3FF))
    # NUL marks what is unknown in this program's values, so it is replaced here as it is on decoding a file.
    return "\ufffd" if code == 0 or 0xD800 <= code < 0xE000 else chr(code)

"""Match paths against `.gitignore` files as git does, without git.

The rules are those of gitignore(5) and of git's own `wildmatch`, which compares bytes: texts here are bytes read as
Latin-1, one character a byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ci_audit.patterns import regex

__all__ = ["IgnoreFile", "as_bytes_text", "glob_matcher", "is_pattern"]

_SPECIAL = regex(r"[*?\[\\]")
_END = "\x00"
"""Ends the subject for a folder, so that one expression serves files and folders; no path holds it."""

_CLASSES = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "blank": " \t",
    "cntrl": "\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@[-`{-~",
    "space": "\t-\r ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


def as_bytes_text(name: str) -> str:
    """Give a file name as the text of its bytes, one character a byte."""
    return name if name.isascii() else name.encode("utf-8", "surrogateescape").decode("latin-1")


def is_pattern(path: str) -> bool:
    return _SPECIAL.search(path) is not None


def glob_matcher(pattern: str) -> Callable[[str], bool]:
    """Compile a pattern of `*`, `?`, `[…]` and `**` over whole relative paths; what lies below a match matches too."""
    text = as_bytes_text(pattern)
    expression = _translate(text, 0, paths=True, prefixed=False)
    match = re.compile((re.escape(text) if expression is None else expression) + r"(?:/.*)?\Z", re.DOTALL).match
    # A text that every match holds spares most paths the expression.
    literal = "" if "[" in text or "\\" in text else max(re.split(r"[*?]+", text), key=len).strip("/")

    def matches(path: str) -> bool:
        subject = as_bytes_text(path)
        return literal in subject and match(subject) is not None

    return matches


class IgnoreFile:
    """The patterns of one `.gitignore`, `.git/info/exclude` or the like.

    Names and endings without wildcards, which most patterns are, are looked up; the others become one expression.
    """

    __slots__ = (
        "_for_dirs",
        "_for_files",
        "_name_patterns",
        "_name_regex",
        "_negated",
        "_path_patterns",
        "_path_regex",
    )

    def __init__(self, data: bytes) -> None:
        self._negated: list[bool] = []
        self._for_files = _Literals()
        self._for_dirs = _Literals()
        self._name_patterns: list[tuple[int, str]] = []
        self._path_patterns: list[tuple[int, str]] = []
        self._name_regex: _Combined | None = None
        self._path_regex: _Combined | None = None
        for line in data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n"):
            if line and line[0] != "#":
                # git reads a C string: what follows a NUL is not part of the pattern.
                self._add(_trimmed(line.removesuffix("\r").partition("\x00")[0]))
        self._for_files.endings = tuple(self._for_files.suffixes)
        self._for_dirs.endings = tuple(self._for_dirs.suffixes)

    def _add(self, pattern: str) -> None:
        negated = pattern.startswith("!")
        if negated:
            pattern = pattern[1:]
        only_dirs = pattern.endswith("/")
        if only_dirs:
            pattern = pattern[:-1]
        if not pattern:
            return
        at = len(self._negated)
        self._negated.append(negated)
        tables = (self._for_dirs,) if only_dirs else (self._for_dirs, self._for_files)
        if "/" not in pattern:
            if not _SPECIAL.search(pattern):
                for table in tables:
                    table.names[pattern] = at
            elif pattern[0] == "*" and not _SPECIAL.search(pattern, 1):
                for table in tables:
                    table.suffixes[pattern[1:]] = at
            elif expression := _translate(pattern, at, paths=False):
                self._name_patterns.append((at, _ended(expression, only_dirs)))
            return
        pattern = pattern.removeprefix("/")
        if not _SPECIAL.search(pattern):
            for table in tables:
                table.paths[pattern] = at
        elif expression := _translate(pattern, at, paths=True):
            self._path_patterns.append((at, _ended(expression, only_dirs)))

    def __bool__(self) -> bool:
        return bool(self._negated)

    def ignores(self, path: str, name: str, is_dir: bool) -> bool | None:
        """Tell whether the last pattern that matches ignores the path; None when no pattern matches.

        `path` is relative to the folder of the file and `name` its last part, both from `as_bytes_text`. What lies in
        an ignored folder is ignored whatever this says: ask about folders first.
        """
        literals = self._for_dirs if is_dir else self._for_files
        best = literals.names.get(name, -1)
        if literals.paths and (at := literals.paths.get(path, -1)) > best:
            best = at
        if literals.endings and name.endswith(literals.endings):
            for suffix, at in literals.suffixes.items():
                if at > best and name.endswith(suffix):
                    best = at
        if self._name_patterns:
            if self._name_regex is None:
                self._name_regex = _Combined(self._name_patterns)
            at = self._name_regex.last(name + _END if is_dir else name)
            if at > best:
                best = at
        if self._path_patterns:
            if self._path_regex is None:
                self._path_regex = _Combined(self._path_patterns)
            at = self._path_regex.last(path + _END if is_dir else path)
            if at > best:
                best = at
        return None if best < 0 else not self._negated[best]


class _Literals:
    """The patterns without a wildcard but for one at the beginning, with their places in the file."""

    __slots__ = ("endings", "names", "paths", "suffixes")

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.paths: dict[str, int] = {}
        self.suffixes: dict[str, int] = {}
        self.endings: tuple[str, ...] = ()


class _Combined:
    """Several patterns as one expression whose first alternative is the last pattern."""

    __slots__ = ("_match", "_order")

    def __init__(self, patterns: list[tuple[int, str]]) -> None:
        alternatives = []
        self._order: dict[int, int] = {}
        group = 1
        for at, expression in reversed(patterns):
            alternatives.append(f"({expression})")
            self._order[group] = at
            group += 1 + expression.count("(?P<")
        self._match = re.compile("(?:" + "|".join(alternatives) + r")\Z", re.DOTALL).match

    def last(self, subject: str) -> int:
        found = self._match(subject)
        return -1 if found is None else self._order[found.lastindex or 0]


def _trimmed(line: str) -> str:
    """Take off trailing blanks that are not escaped."""
    text = line.rstrip(" ")
    if len(text) == len(line):
        return text
    backslashes = len(text) - len(text.rstrip("\\"))
    return text + " " if backslashes % 2 else text


def _ended(expression: str, only_dirs: bool) -> str:
    return expression + (_END if only_dirs else _END + "?")


def _translate(pattern: str, at: int, *, paths: bool, prefixed: bool = True) -> str | None:
    """Turn a pattern into an expression that takes linear time for each `*`; None when it can match nothing.

    `prefixed` is git's way with `**` behind a literal beginning, see `_tokens`.

    A `*` whose text is followed by another `*` may take the first place that fits and never needs another: it is
    written as a lookahead that keeps what it found (Python 3.10 has no atomic groups).
    """
    tokens = _tokens(pattern, paths, prefixed)
    if tokens is None:
        return None
    wild = next((index for index, token in enumerate(tokens) if token in ("*", *_DEEP)), len(tokens))
    fixed = "".join(_FIXED.get(token, token) for token in tokens[:wild])
    return fixed + _wild(tokens[wild:], at, 0) if wild < len(tokens) else fixed


_FIXED = {"**": "[^\x00]*", "/": "/", "?": "[^/\x00]"}
_DEEP = {"**/": "??", "**\\/": ""}
"""The wildcards for any number of folders, and whether there may be none."""


def _wild(tokens: list[str], at: int, number: int) -> str:
    """Write tokens that begin with a wildcard, splitting first at `**/`, then at `*`."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token in _DEEP and parts != [[]]:
            parts.append([])
        parts[-1].append(token)
    out = []
    for place, part in enumerate(parts):
        optional = _DEEP.get(part[0])
        inner, number = _stars(part if optional is None else part[1:], at, number)
        if optional is None:
            out.append(inner)
        elif place + 1 < len(parts):
            number += 1
            out.append(f"(?=(?P<g{at}_{number}>(?:[^\x00]*?/){optional}{inner}))(?P=g{at}_{number})")
        else:
            out.append(f"(?:[^\x00]*/){optional[:1]}{inner}")
    return "".join(out)


def _stars(tokens: list[str], at: int, number: int) -> tuple[str, int]:
    out = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token != "*":
            out.append(_FIXED.get(token, token))
            continue
        text = ""
        while index < len(tokens) and tokens[index] not in ("*", "/", "**"):
            text += _FIXED.get(tokens[index], tokens[index])
            index += 1
        if index < len(tokens) and tokens[index] == "*":
            number += 1
            out.append(f"(?=(?P<g{at}_{number}>[^/\x00]*?{text}))(?P=g{at}_{number})")
        else:
            out.append(f"[^/\x00]*{text}")
    return "".join(out), number


def _tokens(pattern: str, paths: bool, prefixed: bool) -> list[str] | None:
    """Split a pattern into `*`, `**/`, `**\\/`, `**` (at its end), `/`, `?` and expressions for one byte each."""
    tokens: list[str] = []
    # git compares what precedes the first wildcard literally and starts `wildmatch` behind it, so that `**` there
    # counts as the beginning of the pattern: `foo**/bar` matches `foobar`.
    first = _SPECIAL.search(pattern) if prefixed else None
    start = first.start() if first else 0
    i = 0
    while i < len(pattern):
        char = pattern[i]
        if char == "*":
            end = i
            while end < len(pattern) and pattern[end] == "*":
                end += 1
            after = pattern[end : end + 1]
            if paths and end - i > 1 and (i == start or pattern[i - 1] == "/"):
                if after == "/":
                    tokens.append("**/")
                    i = end + 1
                    continue
                if not after:
                    tokens.append("**")
                    i = end
                    continue
                if pattern.startswith("\\/", end):
                    tokens.append("**\\/")
                    i = end + 2
                    continue
            if not tokens or tokens[-1] != "*":
                tokens.append("*")
            i = end
        elif char == "?":
            tokens.append("?")
            i += 1
        elif char == "[":
            read = _bracket(pattern, i)
            if read is None:
                return None
            members, i = read
            members -= {"/", "\x00"}
            if not members:
                return None
            tokens.append("[" + "".join(re.escape(member) for member in sorted(members)) + "]")
        elif char == "\\":
            if i + 1 == len(pattern):
                return None
            tokens.append("/" if pattern[i + 1] == "/" else re.escape(pattern[i + 1]))
            i += 2
        elif char == "/":
            tokens.append("/")
            i += 1
        else:
            tokens.append(re.escape(char))
            i += 1
    return tokens


def _bracket(pattern: str, i: int) -> tuple[set[str], int] | None:
    """Read a bracket expression: the bytes that it matches and where it ends; None when it is not closed."""
    members: set[str] = set()
    i += 1
    negated = pattern[i : i + 1] in ("!", "^") and i < len(pattern)
    if negated:
        i += 1
    previous = ""
    first = True
    while True:
        if i >= len(pattern):
            return None
        char = pattern[i]
        if char == "]" and not first:
            break
        first = False
        if char == "\\":
            i += 1
            if i >= len(pattern):
                return None
            char = pattern[i]
            members.add(char)
        elif char == "-" and previous and i + 1 < len(pattern) and pattern[i + 1] != "]":
            i += 1
            char = pattern[i]
            if char == "\\":
                i += 1
                if i >= len(pattern):
                    return None
                char = pattern[i]
            members.update(map(chr, range(ord(previous), ord(char) + 1)))
            char = ""
        elif char == "[" and pattern[i + 1 : i + 2] == ":":
            close = pattern.find("]", i + 2)
            if close < 0:
                return None
            if close > i + 2 and pattern[close - 1] == ":":
                ranges = _CLASSES.get(pattern[i + 2 : close - 1])
                if ranges is None:
                    return None
                members.update(filter(re.compile(f"[{_escaped(ranges)}]").match, map(chr, range(256))))
                i = close
                char = ""
            else:
                members.add("[")
        else:
            members.add(char)
        previous = char
        i += 1
    if negated:
        members = set(map(chr, range(256))) - members
    return members, i + 1


def _escaped(ranges: str) -> str:
    return ranges.replace("[", r"\[").replace("]", r"\]")

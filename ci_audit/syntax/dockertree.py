"""The parts of a Dockerfile, each with its place in the file."""

from __future__ import annotations

from ci_audit.source import MappedText, Source, Span
from ci_audit.typed import NamedTuple

_NAMES = """
ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD
RUN SHELL STOPSIGNAL USER VOLUME WORKDIR
"""
INSTRUCTIONS = frozenset(_NAMES.split())


class Directive(NamedTuple):
    """A parser directive above the first instruction; `start` and `end` enclose its line without leading blanks."""

    name: str
    value: str
    start: int
    end: int


class Flag:
    """An option before an instruction's arguments, as in `--mount=type=cache,target=/x`, with its quotes taken off.

    `start` and `end` enclose all of it, quotes included; `value` is empty where no `=` follows the name.
    """

    __slots__ = ("_kept", "_line", "end", "name", "start", "value")

    def __init__(
        self, name: str, value: str, start: int, end: int, line: MappedText, kept: list[tuple[int, int]] | None
    ) -> None:
        self.name = name
        self.value = value
        self.start = start
        self.end = end
        self._line = line
        self._kept = kept

    @property
    def mapped(self) -> MappedText | None:
        """The value with its places; None where no `=` follows the name."""
        if self._kept is None:
            return None
        word = MappedText.join([self._line.slice(start, end) for start, end in self._kept])
        return word.slice(len(word.text) - len(self.value), len(word.text))

    def __repr__(self) -> str:
        return f"Flag({self.name!r}, {self.value!r})"


class Heredoc(NamedTuple):
    """A here-document: `start` to `end` run from its first line to the end of the line that closes it.

    `body` is the text as it stands: leading tabs are still there under `strip_tabs`.
    """

    name: str
    body: MappedText
    start: int
    end: int
    strip_tabs: bool
    expand: bool
    fd: int


class JsonItem(NamedTuple):
    """A string of the exec form, its escapes resolved."""

    text: str
    mapped: MappedText


class Instruction:
    """One instruction with all its lines, from its first character to the end of its last line, heredocs included.

    `keyword` is upper case; an unknown one stays as it is written. `args` is what follows the keyword and the flags,
    with continuations, and comments and blank lines among them, taken out as BuildKit does. `json` is None in shell
    form. `comments` are the comment lines inside; `onbuild` is what an ONBUILD holds, which shares its `heredocs`.
    """

    __slots__ = (
        "args",
        "comments",
        "end",
        "escape",
        "flags",
        "heredocs",
        "json",
        "keyword",
        "keyword_end",
        "keyword_start",
        "onbuild",
        "start",
    )

    def __init__(self, keyword: str, keyword_start: int, keyword_end: int, args: MappedText, escape: str) -> None:
        self.keyword = keyword
        self.keyword_start = keyword_start
        self.keyword_end = keyword_end
        self.args = args
        self.escape = escape
        self.start = keyword_start
        self.end = keyword_end
        self.flags: list[Flag] = []
        self.heredocs: list[Heredoc] = []
        self.json: list[JsonItem] | None = None
        self.onbuild: Instruction | None = None
        self.comments: list[Span] = []

    def __repr__(self) -> str:
        return f"Instruction({self.keyword!r}, {self.args.text!r})"


class Dockerfile:
    """What was read of a file; `errors` (offset, message) is why BuildKit does not load it, in the order of the file.

    `comments` holds every comment line outside here-documents but for directives. A frontend of its own (`# syntax=`)
    may give the text another meaning, so under one nothing counts as an error.
    """

    __slots__ = ("comments", "directives", "errors", "escape", "instructions", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.escape = "\\"
        self.directives: dict[str, Directive] = {}
        self.instructions: list[Instruction] = []
        self.comments: list[Span] = []
        self.errors: list[tuple[int, str]] = []

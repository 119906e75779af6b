"""What a Dockerfile's instructions say: arguments, variables, mounts, stages and the text that a shell gets."""

from __future__ import annotations

import re

from ci_audit.source import UNKNOWN, MappedText, Piece
from ci_audit.syntax.dockertree import Dockerfile, Heredoc, Instruction
from ci_audit.syntax.dockerwords import WordError, fields, heredoc_word, quoted_words
from ci_audit.typed import NamedTuple

# Compiled at first use: few files need all of them.
_GAP = r"[\t\v\f\r ]+"
_TABS = r"^\t+"
_OPTION = r'"((?:[^"]|"")*)"(?=,|\Z)|([^,"]*)(?=,|\Z)'
_OPTION_NAMES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))
_OPERATOR = r"(?<![0-9])[0-9]*<<-?[ \t]*(?:'[^']*'|\"[^\"]*\"|[^\s<>'\"])+"
_NOT_ONE_COMMAND = r"[|&;()$`{}]"
_ASSIGNMENT = r"[A-Za-z_][A-Za-z0-9_]*="


class Pair(NamedTuple):
    """A variable or label and its value as they are written: both still go through `expand`.

    `value` is None for an ARG without a default.
    """

    name: str
    value: MappedText | None
    start: int
    end: int


class MountOption(NamedTuple):
    """One option of a mount; `value` is None where no `=` follows the name."""

    value: str | None
    start: int
    end: int


class Mount(NamedTuple):
    """The value of a `--mount` flag, its variables not yet expanded.

    `options` go by one name each (`source`, `target`, `readonly`, `readwrite`), the last of a kind counts. `valid` is
    False where the text is no comma-separated list as BuildKit reads it.
    """

    type: str
    options: dict[str, MountOption]
    valid: bool

    def get(self, name: str) -> str | None:
        """Tell the value of an option; None if it is not there or has none."""
        option = self.options.get(name)
        return None if option is None else option.value

    @property
    def readonly(self) -> bool | None:
        """Whether the command can only read: by default all but caches and tmpfs are so; None if it cannot be told."""
        switch: bool | None = self.type not in ("cache", "tmpfs")
        last = -1
        for name, meaning in (("readonly", True), ("readwrite", False)):
            option = self.options.get(name)
            if option is not None and option.start > last:
                last = option.start
                if option.value is None or option.value in _TRUE:
                    switch = meaning
                else:
                    switch = not meaning if option.value in _FALSE else None
        return switch


class Stage:
    """A FROM and what follows it; `name` is in lower case, `base` and `platform` as written, `index` counts from 0."""

    __slots__ = ("base", "base_end", "base_start", "index", "instruction", "instructions", "name", "platform")

    def __init__(self, name: str | None, index: int, base: MappedText, instruction: Instruction) -> None:
        self.name = name
        self.index = index
        self.base = base.text
        self.base_start, self.base_end = base.where(0, len(base.text)).span
        self.instruction = instruction
        self.platform: str | None = None
        self.instructions: list[Instruction] = []


def arguments(instruction: Instruction) -> list[MappedText]:
    """Split the arguments of FROM, COPY, ADD, EXPOSE or VOLUME, or the items of any exec form."""
    if instruction.json is not None:
        return [item.mapped for item in instruction.json]
    return fields(instruction.args)


def env_pairs(instruction: Instruction) -> list[Pair]:
    """Read the variables or labels of an ENV, ARG or LABEL; words that BuildKit refuses are left out.

    In an ENV all values are expanded with the variables as they are before it (`ENV A=1 B=$A` does not see its own A).
    """
    args = instruction.args
    text = args.text
    words = quoted_words(text, instruction.escape)
    if not words:
        return []
    is_arg = instruction.keyword == "ARG"
    if not is_arg and "=" not in text[slice(*words[0])]:
        gap = re.search(_GAP, text)
        if gap is None:
            return []
        place = args.where(0, len(text))
        return [Pair(text[: gap.start()], args.slice(gap.end(), len(text)), place.start, place.end)]
    pairs = []
    for start, end in words:
        name, equals, _ = text[start:end].partition("=")
        if equals or is_arg:
            place = args.where(start, end)
            value = args.slice(start + len(name) + 1, end) if equals else None
            pairs.append(Pair(name, value, place.start, place.end))
    return pairs


def parse_mount(value: MappedText) -> Mount:
    """Read the value of a `--mount` flag: comma-separated, quoted as CSV, a bind by default."""
    text = value.text
    options: dict[str, MountOption] = {}
    match_option = re.compile(_OPTION).match
    at = 0
    while True:
        match = match_option(text, at)
        if match is None:
            return Mount("bind", options, False)
        field = match[2] if match[1] is None else match[1].replace('""', '"')
        name, equals, rest = field.partition("=")
        name = name.lower()
        place = value.where(*match.span())
        options[_OPTION_NAMES.get(name, name)] = MountOption(rest if equals else None, place.start, place.end)
        at = match.end() + 1
        if at > len(text):
            break
    kind = options.get("type")
    return Mount(kind.value.lower() if kind is not None and kind.value else "bind", options, True)


def mounts(instruction: Instruction) -> list[Mount]:
    """Read the `--mount` flags of a RUN."""
    return [parse_mount(flag.mapped) for flag in instruction.flags if flag.name == "mount" and flag.mapped is not None]


def global_args(tree: Dockerfile) -> list[Instruction]:
    """Find the ARGs before the first FROM: they hold for FROM lines, and for a stage's ARGs without a default."""
    found = []
    for instruction in tree.instructions:
        if instruction.keyword == "FROM":
            break
        if instruction.keyword == "ARG":
            found.append(instruction)
    return found


def stages(tree: Dockerfile) -> list[Stage]:
    """Divide a file into its stages; one with a malformed FROM keeps what can be read of it."""
    found: list[Stage] = []
    for instruction in tree.instructions:
        if instruction.keyword == "FROM":
            found.append(_stage(instruction, len(found)))
        elif found:
            found[-1].instructions.append(instruction)
    return found


def _stage(instruction: Instruction, index: int) -> Stage:
    words = fields(instruction.args)
    name = words[2].text.lower() if len(words) == 3 and words[1].text.lower() == "as" else None
    stage = Stage(name, index, words[0] if words else instruction.args, instruction)
    for flag in instruction.flags:
        if flag.name == "platform":
            stage.platform = flag.value
    return stage


def shell_text(instruction: Instruction) -> MappedText | None:
    """Tell what a RUN, CMD or ENTRYPOINT in shell form gives to the shell; None for the exec form.

    A RUN that is nothing but a heredoc is that heredoc's text; any other keeps its operators, and the shell reads the
    heredocs (BuildKit's `dispatchRun`).
    """
    if instruction.json is not None:
        return None
    args = instruction.args
    if not instruction.heredocs:
        return args
    if _is_script(instruction):
        return _without_tabs(instruction.heredocs[0])
    parts = [args]
    for heredoc in instruction.heredocs:
        body = heredoc.body
        begin = body.pieces[0].start
        closing = heredoc.end - len(heredoc.name)
        newline = MappedText(args.source, "\n", (Piece(0, begin, begin, False),))
        name = MappedText(args.source, heredoc.name, (Piece(0, max(closing, begin), heredoc.end, False),))
        parts += [newline, body, name]
    return MappedText.join(parts)


def heredoc_interpreter(instruction: Instruction) -> str | None:
    """Name the program that reads a RUN's heredocs (`python3`, `cat`); None for the stage's own shell.

    That is the shebang of a heredoc that stands alone, or the one command that it is redirected to; UNKNOWN where
    there are several commands.
    """
    if not instruction.heredocs or instruction.json is not None:
        return None
    if _is_script(instruction):
        text = _without_tabs(instruction.heredocs[0]).text
        return _program(text[2:].partition("\n")[0].split()) if text.startswith("#!") else None
    text = re.sub(_OPERATOR, " ", instruction.args.text)
    if re.search(_NOT_ONE_COMMAND, text):
        return UNKNOWN
    return _program(text.split())


def _program(words: list[str]) -> str:
    for word in words:
        if re.match(_ASSIGNMENT, word) or word.startswith(("-", ">", "<")):
            continue
        name = word.rpartition("/")[2]
        if name != "env":
            return name
    return UNKNOWN


def _is_script(instruction: Instruction) -> bool:
    try:
        return heredoc_word(instruction.args.text) is not None
    except WordError:
        return False


def _without_tabs(heredoc: Heredoc) -> MappedText:
    body = heredoc.body
    if not heredoc.strip_tabs:
        return body
    pieces = []
    start = body.pieces[0].start
    text = body.text
    kept = []
    length = at = 0
    for match in re.finditer(_TABS, text, re.MULTILINE):
        if match.start() > at:
            kept.append(text[at : match.start()])
            pieces.append(Piece(length, start + at, start + match.start(), True))
            length += match.start() - at
        at = match.end()
    kept.append(text[at:])
    pieces.append(Piece(length, start + at, start + len(text), True))
    return MappedText(body.source, "".join(kept), pieces)

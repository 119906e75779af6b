"""Reading a command's arguments by a declared table of options."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.model import UNKNOWN, Word
from ci_audit.typed import NamedTuple


class Syntax:
    """The options of a command: those that take a value, and flags.

    Both are written as words, each an option's spellings joined by `|`, the first of which names it:
    `"--requirement|-r --constraint|-c"`. A name may be given more than once.
    """

    __slots__ = ("flags", "values")

    def __init__(self, values: str = "", flags: str = "", *, base: Syntax | None = None) -> None:
        self.values: dict[str, str] = dict(base.values) if base else {}
        self.flags: dict[str, str] = dict(base.flags) if base else {}
        for table, text in ((self.values, values), (self.flags, flags)):
            for group in text.split():
                spellings = group.split("|")
                for spelling in spellings:
                    self.values.pop(spelling, None)
                    self.flags.pop(spelling, None)
                    table[spelling] = spellings[0]


class Given(NamedTuple):
    """An option as it was given, with its value (for a flag: the word itself)."""

    name: str
    value: Word


class Arguments:
    """What was read: options in order, positional words, and the words that were left."""

    __slots__ = ("before", "doubtful", "options", "positionals", "rest", "uncertain")

    def __init__(self) -> None:
        self.options: list[Given] = []
        self.positionals: list[Word] = []
        self.before: Sequence[Word] = ()
        """What stands before the positional word at which reading stopped."""
        self.rest: Sequence[Word] = ()
        """What stands behind it."""
        self.uncertain: Word | None = None
        """An unquoted word that only a run can tell: it may be options, several words, or nothing."""
        self.doubtful: list[Word] = []
        """Positional words that may be the value of an option that is not in the table."""

    def all(self, *names: str) -> list[Word]:
        return [value for name, value in self.options if name in names] if self.options else []

    def last(self, *names: str) -> Word | None:
        if self.options:
            for name, value in reversed(self.options):
                if name in names:
                    return value
        return None

    def text(self, *names: str) -> str:
        word = self.last(*names)
        return word.text if word is not None else ""

    def has(self, *names: str) -> bool:
        return bool(self.options) and self.last(*names) is not None


def read_arguments(words: Sequence[Word], syntax: Syntax, *, until: int = 0) -> Arguments:
    """Sort words into options and positional words; stop after the `until`th positional word, if that is not 0.

    Options are not recognised by a prefix of their name. An option that the table does not hold is taken for a flag;
    the word behind it is `doubtful`.
    """
    found = Arguments()
    values, flags, options = syntax.values, syntax.flags, found.options
    index, count = 0, len(words)
    unknown_option = False
    while index < count:
        word = words[index]
        text = word.text
        index += 1
        after_unknown, unknown_option = unknown_option, False
        if text == "--":
            found.positionals.extend(words[index:])
            index = count
            break
        if not text.startswith("-") or text == "-":
            if text.startswith(UNKNOWN) and not word.quoted and found.uncertain is None and not _continued(text):
                found.uncertain = word
            found.positionals.append(word)
            if after_unknown:
                found.doubtful.append(word)
            if until and len(found.positionals) >= until:
                found.before = words[: index - 1]
                break
            continue
        name, equals, _ = text.partition("=")
        if name in values:
            if equals:
                options.append(Given(values[name], _tail(word, len(name) + 1)))
            elif index < count:
                options.append(Given(values[name], words[index]))
                index += 1
        elif name in flags:
            options.append(Given(flags[name], word))
        elif text.startswith("--"):
            options.append(Given(name, _tail(word, len(name) + 1) if equals else word))
            unknown_option = not equals
        else:
            index, unknown_option = _read_cluster(word, words, index, syntax, options)
    found.rest = words[index:]
    return found


def _read_cluster(
    word: Word, words: Sequence[Word], index: int, syntax: Syntax, options: list[Given]
) -> tuple[int, bool]:
    """Read `-Uqr file` and `-rfile`; give the next index, and whether a letter was not in the table."""
    text = word.text
    for at in range(1, len(text)):
        name = "-" + text[at]
        if name in syntax.values:
            if at + 1 < len(text):
                skip = at + 2 if text[at + 1] == "=" else at + 1
                options.append(Given(syntax.values[name], _tail(word, skip)))
            elif index < len(words):
                options.append(Given(syntax.values[name], words[index]))
                index += 1
            return index, False
        if name not in syntax.flags:
            options.append(Given(name, word))
            return index, True
        options.append(Given(syntax.flags[name], word))
    return index, False


def _tail(word: Word, skip: int) -> Word:
    """Take the word without its first characters; its place narrows with it when it is written as it reads."""
    text = word.text[skip:]
    start = word.start + skip if word.end - word.start == len(word.text) else word.start
    return Word(text, start, word.end, word.quoted)


def _continued(text: str) -> bool:
    """Tell whether an unknown start is followed by enough to show that the word is a single path or version."""
    return text.lstrip(UNKNOWN)[:1] in ("/", "\\", "=", "[", "@", ".", "<", ">", "~", "!")

"""What is found inside a wrapper, and the reading of a wrapper's own options."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ci_audit.model import Word
from ci_audit.typed import NamedTuple


class Inner(NamedTuple):
    """The command inside a wrapper: `words`, or shell text that is in `script` or arrives on standard input."""

    words: tuple[Word, ...] = ()
    script: tuple[Word, ...] = ()
    """Words that, joined by blanks, are text for `shell`."""
    shell: str = "sh"
    stdin: bool = False
    """The text is what standard input brings: a here-document."""
    settings: tuple[tuple[str, str, Word], ...] = ()
    """Variables that the wrapper sets: name, value and the word that does it."""
    unset: tuple[str, ...] = ()
    clean: bool = False
    """Variables of the caller do not reach the command, but for those in `keep`."""
    keep: tuple[str, ...] = ()
    user: str | None = None
    own_home: bool = False
    """The home directory is that of `user`, not the caller's."""
    cwd: str | None = None
    virtualenv: str | None = None
    """The environment that the command runs in, as written; UNKNOWN inside when only its name is known."""
    elsewhere: str = ""
    within: str = ""
    both: bool = False
    """The wrapper is a command of interest itself; never one that has text to run."""
    same_shell: bool = False
    """`eval`: what the text sets stays set."""


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def program(text: str) -> str:
    """Give the name of a program without its directory and `.exe`."""
    if "/" in text or "\\" in text:
        text = text.replace("\\", "/").rsplit("/", 1)[1]
    if text[-4:].lower() == ".exe":
        text = text[:-4]
    return text


MODULE = names("-m --module")


class Options:
    """Reads a program's options from left to right; `at` is the first word that is none.

    Those in `values` take one; where `flags` is given, all but those do. One in `last` ends the options.
    """

    __slots__ = ("at", "found", "words")

    def __init__(
        self,
        words: Sequence[Word],
        at: int,
        values: frozenset[str],
        flags: frozenset[str] | None = None,
        long_single: bool = False,
        last: frozenset[str] = frozenset(),
    ) -> None:
        self.words = words
        self.found: list[tuple[str, str, Word]] = []
        count = len(words)
        while at < count:
            word = words[at]
            text = word.text
            if len(text) < 2 or text[0] != "-":
                break
            at += 1
            if text == "--":
                break
            name, equals, value = text.partition("=")
            if text[1] == "-" or long_single:
                takes = name not in flags if flags is not None else name in values
                if not equals and takes and at < count:
                    value, word = words[at].text, words[at]
                    at += 1
                self.found.append((name, value, word))
                if name in last:
                    break
                continue
            ended = False
            for index in range(1, len(text)):
                letter = "-" + text[index]
                if letter in values if flags is None else letter not in flags:
                    value = text[index + 1 :]
                    if not value and at < count:
                        value, word = words[at].text, words[at]
                        at += 1
                    # `-e=A` is read as `-e A` by the option readers of Go programs.
                    self.found.append((letter, value.removeprefix("=") if flags is not None else value, word))
                    ended = letter in last
                    break
                self.found.append((letter, "", word))
            if ended:
                break
        self.at = at

    def has(self, *names: str) -> bool:
        for name, _, _ in self.found:  # noqa: SIM110  a generator would be half of what reading `sudo` costs
            if name in names:
                return True
        return False

    def value(self, *names: str) -> str | None:
        for name, value, _ in reversed(self.found):
            if name in names:
                return value
        return None

    def as_python(self) -> tuple[Word, ...]:
        """Give `-m MODULE` as the beginning of the command that it stands for, `python -m MODULE`."""
        for name, value, word in self.found:
            if name in MODULE:
                return tuple([word._replace(text=text) for text in ("python", "-m", value)])
        return ()

    @property
    def rest(self) -> tuple[Word, ...]:
        return tuple(self.words[self.at :])


def assignment(text: str) -> re.Match[str] | None:
    """Match `NAME=value`."""
    return re.match(r"(?s:([A-Za-z_][A-Za-z_0-9]*)=(.*)\Z)", text)


def assignments(words: tuple[Word, ...]) -> tuple[tuple[tuple[str, str, Word], ...], tuple[Word, ...]]:
    settings: list[tuple[str, str, Word]] = []
    at = 0
    for at, word in enumerate(words):
        match = assignment(word.text)
        if match is None:
            return tuple(settings), words[at:]
        settings.append((match[1], match[2], word))
    return tuple(settings), ()


def user_name(text: str) -> str:
    text = text.removeprefix("#").partition(":")[0]
    return "root" if text == "0" else text

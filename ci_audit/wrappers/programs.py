"""Wrappers that set variables for a command, repeat it or give it more words: `env`, `retry`, `xargs`, `find`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ci_audit.model import Word
from ci_audit.source import UNKNOWN
from ci_audit.wrappers.inner import Inner, Options, assignments, names


def _env(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, names("-u --unset -C --chdir -S --split-string"))
    rest = options.rest
    clean = options.has("-i", "--ignore-environment")
    if rest and rest[0].text == "-":
        clean, rest = True, rest[1:]
    settings, rest = assignments(rest)
    unset = tuple(value for name, value, _ in options.found if name in ("-u", "--unset"))
    cwd = options.value("-C", "--chdir")
    if options.has("-S", "--split-string"):
        first = next(word for name, _, word in options.found if name in ("-S", "--split-string"))
        if not first.text.startswith("-"):
            return Inner(script=(first, *rest), settings=settings, unset=unset, clean=clean, cwd=cwd)
        return None
    if not rest:
        return None
    return Inner(rest, settings=settings, unset=unset, clean=clean, cwd=cwd)


def _command(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, frozenset())
    if not options.rest or options.has("-v", "-V"):
        return None
    return Inner(options.rest)


def _exec(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, names("-a"))
    return Inner(options.rest, clean=options.has("-c")) if options.rest else None


def _retry(words: Sequence[Word]) -> Inner | None:
    """Skip options and leading numbers: the many programs and functions of this name take both."""
    options = Options(words, 1, names("-t -d -n -s -m -r --times --tries --delay --max --retries --sleep --until"))
    rest = options.rest
    while rest and _NUMBER(rest[0].text):
        rest = rest[1:]
    if rest and rest[0].text == "--":
        rest = rest[1:]
    return Inner(rest) if rest else None


_NUMBER = re.compile(r"[0-9.]+[smh]?\Z").match


def _xargs(words: Sequence[Word]) -> Inner | None:
    options = Options(
        words, 1, names("-I -n -P -L -s -d -a -E --arg-file --delimiter --max-args --max-procs --max-chars")
    )
    rest = options.rest
    if not rest:
        return None
    mark = options.value("-I", "--replace")
    if options.has("-i") or mark == "":
        mark = "{}"
    if mark:
        return Inner(tuple(word._replace(text=word.text.replace(mark, UNKNOWN)) for word in rest))
    return Inner((*rest, Word(UNKNOWN, words[0].start, words[0].end)))


def _find(words: Sequence[Word]) -> Inner | None:
    for at, word in enumerate(words):
        if word.text in ("-exec", "-execdir", "-ok", "-okdir"):
            rest = list(words[at + 1 :])
            for end, item in enumerate(rest):
                if item.text == ";" or (item.text == "+" and end and rest[end - 1].text == "{}"):
                    del rest[end:]
                    break
            if rest:
                cwd = UNKNOWN if word.text.endswith("dir") else None
                inner = tuple(item._replace(text=item.text.replace("{}", UNKNOWN)) for item in rest)
                return Inner(inner, cwd=cwd, both=True)
    return None


def _parallel(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, names("-j --jobs -a --arg-file -I -n --max-args --retries --joblog --colsep -S"))
    rest = []
    for word in options.rest:
        if word.text.startswith(":::"):
            break
        rest.append(word._replace(text=word.text.replace("{}", UNKNOWN)))
    if not rest:
        return None
    if any(UNKNOWN in word.text for word in rest):
        return Inner(tuple(rest))
    return Inner((*rest, Word(UNKNOWN, words[0].start, words[0].end)))


UNWRAP: dict[str, Callable[[Sequence[Word]], Inner | None]] = {
    "env": _env,
    "command": _command,
    "exec": _exec,
    **dict.fromkeys(("retry", "travis_retry", "travis_wait"), _retry),
    "xargs": _xargs,
    "find": _find,
    "parallel": _parallel,
}
"""By the name of the program."""

"""The shell's own commands that change what later commands see: `cd`, `export`, `set`, `source` and the like."""

from __future__ import annotations

import re

from ci_audit.commands.substitutions import resolved
from ci_audit.source import UNKNOWN
from ci_audit.syntax.shellvalue import evaluate
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ci_audit.commands.interpreter import Interpreter
    from ci_audit.commands.scope import Scope
    from ci_audit.model import Word
    from ci_audit.syntax.shelltree import Assignment
    from ci_audit.syntax.shellword import Word as ShellWord

    Builtin = Callable[[Interpreter, Scope, Sequence[Word], Sequence[ShellWord]], bool]

# Compiled when the first command needs them: most scans start and end without.
_DECLARED = r"([A-Za-z_][A-Za-z_0-9]*)(\+?=)"
_ACTIVATE = r"(?s:(?:(.*?)[/\\])?(?:bin|Scripts)[/\\]activate(?:\.\w+)?\Z)"
_PATTERN = frozenset("*?[")


def assign(run: Interpreter, scope: Scope, assignments: Sequence[Assignment], *, export: bool = False) -> None:
    """Carry out the assignments that stand before a command or alone."""
    for item in assignments:
        name = item.name
        value = item.value
        if value.literal is None:
            value = resolved(run, value)
        elements = item.elements
        if elements is not None:
            fields = tuple(field.text for word in elements for field in evaluate(word, scope.lookup).fields)
            if item.op == "+=":
                before = scope.lookup(name + "[@]")
                fields = (*before, *fields) if isinstance(before, tuple) else (UNKNOWN,)
            scope.assign_array(name, fields)
            continue
        if name[-1] == "]":
            scope.assign_array(name.partition("[")[0], (UNKNOWN,))
            continue
        text = value.literal if value.literal is not None else value.pieces(scope.lookup)[0]
        if text[:1] == "~" and run.text.text[value.start] == "~":
            text = scope.with_home(text)
        if item.op == "+=":
            known = scope.lookup(name)
            text = (known if isinstance(known, str) else UNKNOWN) + text
        scope.assign(name, text, run.text.where(item.start, item.end), export=export)


def _declare(run: Interpreter, scope: Scope, shell_words: Sequence[ShellWord], *, export: bool, options: str) -> None:
    for word in shell_words[1:]:
        text = word.literal if word.literal is not None else word.pieces(scope.lookup)[0]
        if text[:1] in "-+" and text:
            continue
        match = re.match(_DECLARED, text)
        where = run.text.where(word.start, word.end)
        if match is None:
            if export and text.isidentifier() and "f" not in options:
                scope.export(text, where)
            continue
        value = text[match.end() :]
        if value[:1] == "~" and run.text.text.startswith(match[0] + "~", word.start):
            value = scope.with_home(value)
        if match[2] == "+=":
            known = scope.lookup(match[1])
            value = (known if isinstance(known, str) else UNKNOWN) + value
        if "a" in options or "A" in options:
            scope.assign_array(match[1], (UNKNOWN,))
        else:
            scope.assign(match[1], value, where, export=export)


def _options(words: Sequence[Word]) -> str:
    return "".join(word.text[1:] for word in words[1:] if word.text[:1] == "-")


def _export(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    options = _options(words)
    if "n" not in options:
        _declare(run, scope, shell_words, export=True, options=options)
    return True


def _local(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    options = _options(words)
    _declare(run, scope, shell_words, export="x" in options, options=options)
    return True


def _unset(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    if "f" not in _options(words):
        for word in words[1:]:
            if word.text.isidentifier():
                scope.unset(word.text)
    return True


def _named(word: Word) -> str:
    """Give the directory that a word names; which one a pattern finds is not known."""
    return UNKNOWN if not word.quoted and not _PATTERN.isdisjoint(word.text) else word.text


def _cd(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    operands = [word for word in words[1:] if word.text == "-" or word.text[:1] != "-"]
    scope.change_directory(_named(operands[0]) if operands else "~")
    return True


def _pushd(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    operands = [word for word in words[1:] if word.text[:1] != "-"]
    if operands:
        scope.stack = (*scope.stack[-20:], scope.cwd)
        # `pushd +1` turns the stack, which holds more than what is followed here.
        scope.change_directory(UNKNOWN if operands[0].text[:1] == "+" else _named(operands[0]))
    elif scope.stack:
        *rest, top = scope.stack
        scope.stack = (*rest, scope.cwd)
        scope.cwd = top
    else:
        scope.cwd = UNKNOWN
    return True


def _popd(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    if scope.stack:
        scope.cwd = scope.stack[-1]
        scope.stack = scope.stack[:-1]
    else:
        scope.cwd = UNKNOWN
    return True


def _set(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    for index, word in enumerate(words[1:], 1):
        text = word.text
        if text == "--":
            rest = words[index + 1 :]
            known = all(item.known or item.quoted for item in rest)
            scope.parameters = tuple(item.text for item in rest) if known else None
            break
        if text[:1] not in "-+":
            scope.parameters = None
            break
        if "a" in text or (text[1:] == "o" and index + 1 < len(words) and words[index + 1].text == "allexport"):
            scope.exports = text[0] == "-"
        if text[1:].endswith("o"):
            break
    return True


def _shift(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    count = words[1].text if len(words) > 1 else "1"
    if scope.parameters is not None:
        scope.parameters = scope.parameters[int(count[:4]) :] if count.isdecimal() else None
    return True


def _source(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    if len(words) < 2:
        return True
    path = words[1].text
    match = re.match(_ACTIVATE, path)
    if match is not None:
        scope.virtualenv = scope.directory(match[1] or ("" if match[1] is None else "/"))
        return True
    if path.rsplit("/", 1)[-1] == "activate":
        return _conda(run, scope, [words[0], *words[1:]], shell_words)
    return False


def _conda(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    """Follow `conda activate`: where a named environment lies is known to conda only."""
    verb = words[1].text.rsplit("/", 1)[-1] if len(words) > 1 else ""
    if verb == "deactivate":
        scope.virtualenv = ""
    elif verb == "activate":
        name = next((word.text for word in words[2:] if word.text[:1] != "-"), "base")
        scope.virtualenv = scope.directory(name) if "/" in name else f"{UNKNOWN}/envs/{name}"
    else:
        return False
    return True


def _deactivate(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    scope.virtualenv = ""
    return True


def _read(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    for word in words[1:]:
        if word.text.isidentifier():
            scope.assign(word.text, UNKNOWN, None)
            if words[0].text != "read":
                scope.assign_array(word.text, (UNKNOWN,))
    return True


def _printf(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    if len(words) > 2 and words[1].text == "-v" and words[2].text.isidentifier():
        scope.assign(words[2].text, UNKNOWN, None)
    return False


def _exit(run: Interpreter, scope: Scope, words: Sequence[Word], shell_words: Sequence[ShellWord]) -> bool:
    scope.ended = True
    return True


BUILTINS: dict[str, Builtin] = {
    "export": _export,
    **dict.fromkeys(("declare", "typeset", "local", "readonly"), _local),
    "unset": _unset,
    "cd": _cd,
    "pushd": _pushd,
    "popd": _popd,
    "set": _set,
    "shift": _shift,
    **dict.fromkeys(("source", "."), _source),
    **dict.fromkeys(("conda", "mamba", "micromamba"), _conda),
    "deactivate": _deactivate,
    **dict.fromkeys(("read", "mapfile", "readarray", "getopts"), _read),
    "printf": _printf,
    **dict.fromkeys(("exit", "return"), _exit),
}
"""By name; each answers whether that is all there is to the command."""

"""Follows PowerShell and cmd.exe text, as far as words and simple variables go."""

from __future__ import annotations

import re

from ci_audit.commands import execution, published
from ci_audit.model import Word
from ci_audit.patterns import regex
from ci_audit.source import UNKNOWN
from ci_audit.syntax.words import split_cmd, split_powershell
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ci_audit.commands.interpreter import Interpreter
    from ci_audit.commands.scope import Scope
    from ci_audit.source import MappedText
    from ci_audit.syntax.words import PlainAssignment, PlainCommand

_PS_VARIABLE = regex(r"`.|\$\{?(env:)?([A-Za-z_][A-Za-z_0-9]*)\}?(?![A-Za-z_0-9:.\[])|\$|\(|\{|@")
_CMD_VARIABLE = regex(r"\^.|()%([A-Za-z_][A-Za-z_0-9]*)%|%|!")
_UNKNOWNS = regex(UNKNOWN + "+")
_CHANGE = frozenset(("cd", "chdir", "set-location", "sl", "push-location", "pushd"))
_BACK = frozenset(("pop-location", "popd"))
_ACTIVATE = re.compile(r"(.*?)[/\\](?:bin|Scripts)[/\\]activate(?:\.\w+)?\Z", re.DOTALL | re.IGNORECASE).match
_KEYWORDS = frozenset(
    "if elseif else foreach for while do until switch try catch finally function filter param return throw".split()
)
_HOME = frozenset(("home", "userprofile"))
_FILE = regex(r"GITHUB_(ENV|PATH)\b")
_PS_WRITE = regex(
    r"(?:^|[;{&|])[ \t]*(?:(?:echo|write-output)[ \t]+)?(\"[^\"\n]*\"|'[^'\n]*'|[^\s|>;{}\"'][^\n|>;{}\"']{0,500}?)"
    r"[ \t]*(?:>>?|\|[ \t]*(?:out-file|add-content|tee-object|tee)\b[^\n;|]{0,300}?)[ \t]*"
    r"\"?\$\{?env:GITHUB_(ENV|PATH)\}?\"?",
    re.MULTILINE | re.IGNORECASE,
)
_PS_ADD = regex(
    r"(?:add-content|ac)\b[^\n;|]{0,300}?\$\{?env:GITHUB_(ENV|PATH)\}?\"?[ \t]+(?:-value[ \t]+)?"
    r"(\"[^\"\n]*\"|'[^'\n]*')",
    re.IGNORECASE,
)
_CMD_WRITE = regex(
    r"(?:^|[&|(])[ \t]*@?echo[ \t]+([^\n>|&]{0,500}?)[ \t]*>>[ \t]*\"?%GITHUB_(ENV|PATH)%\"?",
    re.MULTILINE | re.IGNORECASE,
)


def follow(run: Interpreter, text: MappedText, shell: str) -> None:
    """Follow a text for the shell "pwsh" or "cmd"; what a condition decides about is UNKNOWN afterwards."""
    powershell = shell == "pwsh"
    commands = split_powershell(text.text) if powershell else split_cmd(text.text)
    pattern = _PS_VARIABLE if powershell else _CMD_VARIABLE
    outer = run.conditional
    for command in commands:
        run.conditional = outer or command.conditional
        for assignment in command.assignments:
            _assign(run, assignment, pattern)
        words = _words(run, command, pattern)
        if words and words[0].text.lower() not in _KEYWORDS and not _changes(run, words):
            execution.execute(run, words, run.scope, command.start, command.end)
    run.conditional = outer
    if _FILE.search(text.text):
        _publish(run, text, pattern, powershell)


def _words(run: Interpreter, command: PlainCommand, pattern: re.Pattern[str]) -> tuple[Word, ...]:
    text = run.text.text
    words = []
    for value, start, end, quoted in command.words:
        if UNKNOWN in value:
            value = _filled(run.scope, value, text[start:end], pattern)
        words.append(Word(value, start, end, quoted))
    return tuple(words)


def _filled(scope: Scope, value: str, written: str, pattern: re.Pattern[str]) -> str:
    """Put in the values of variables: the n-th unknown stretch of a value is the n-th variable that is written."""
    names = [match for match in pattern.finditer(written) if match[0][0] not in "`^"]
    if len(names) != len(_UNKNOWNS.findall(value)) or any(match[2] is None for match in names):
        return value
    known = iter([_lookup(scope, match[2], match[1] is not None) for match in names])
    return _UNKNOWNS.sub(lambda _: next(known), value)


def _lookup(scope: Scope, name: str, env: bool) -> str:
    if not env:
        value = scope.variables.get("$" + name.lower())
        if isinstance(value, str):
            return value
    else:
        setting = scope.env.get(name) or scope.env.get(name.upper())
        if setting is not None:
            return setting.value
    lower = name.lower()
    if lower in _HOME:
        return scope.home
    if (lower == "pwd" and not env) or (lower == "cd" and env):
        return scope.cwd
    return UNKNOWN


def _assign(run: Interpreter, item: PlainAssignment, pattern: re.Pattern[str]) -> None:
    scope = run.scope
    value = item.value
    if UNKNOWN in value:
        written = run.text.text[item.start : item.end].partition("=")[2]
        value = _filled(scope, value, written, pattern)
    if run.conditional or item.op != "=":
        value = UNKNOWN
    where = run.text.where(item.start, item.end)
    if not item.env:
        scope.assign("$" + item.name.lower(), value, where)
    elif value or pattern is _PS_VARIABLE:
        scope.assign(item.name.upper() if pattern is _CMD_VARIABLE else item.name, value, where, export=True)
    else:
        scope.unset(item.name.upper())


def _changes(run: Interpreter, words: Sequence[Word]) -> bool:
    """Carry out a command that changes the directory or the virtual environment."""
    scope = run.scope
    name = words[0].text.lower()
    operands = [word.text for word in words[1:] if word.text[:1] != "-" and word.text.lower() != "/d"]
    if name in _CHANGE:
        if name[:4] == "push":
            scope.stack = (*scope.stack[-20:], scope.cwd)
        if operands:
            scope.change_directory(operands[0])
    elif name in _BACK:
        scope.cwd = scope.stack[-1] if scope.stack else UNKNOWN
        scope.stack = scope.stack[:-1]
    elif name == "deactivate":
        scope.virtualenv = ""
    elif name in ("conda", "mamba", "micromamba") and operands[:1] == ["activate"]:
        environment = operands[1] if len(operands) > 1 else "base"
        scope.virtualenv = f"{UNKNOWN}/envs/{environment}"
    else:
        match = _ACTIVATE(words[1].text if name == "." and len(words) > 1 else words[0].text)
        if match is None:
            return False
        scope.virtualenv = UNKNOWN if run.conditional else scope.directory(match[1])
        return True
    if run.conditional:
        scope.cwd = UNKNOWN
    return True


def _publish(run: Interpreter, text: MappedText, pattern: re.Pattern[str], powershell: bool) -> None:
    at = depth = 0
    for start, end, file in _writes(text.text, powershell):
        depth += text.text.count("{", at, start) - text.text.count("}", at, start)
        at = start
        written = text.text[start:end]
        value = written[1:-1] if written[:1] in ('"', "'") and written[-1:] == written[:1] else written
        if written[:1] != "'":
            value = _expanded(run.scope, value, pattern)
        line = (value, text.where(start, end))
        published.write(run, "$GITHUB_" + file.upper(), [line], run.conditional or depth > 0)


def _writes(text: str, powershell: bool) -> Iterator[tuple[int, int, str]]:
    if not powershell:
        for match in _CMD_WRITE.finditer(text):
            yield match.start(1), match.end(1), match[2]
        return
    found = [(match.start(1), match.end(1), match[2]) for match in _PS_WRITE.finditer(text)]
    found += [(match.start(2), match.end(2), match[1]) for match in _PS_ADD.finditer(text)]
    yield from sorted(found)


def _expanded(scope: Scope, text: str, pattern: re.Pattern[str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0][0] in "`^":
            return match[0][1:]
        if match[2] is None:
            return UNKNOWN if match[0] in ("$", "%") else match[0]
        return _lookup(scope, match[2], match[1] is not None)

    return pattern.sub(value, text)

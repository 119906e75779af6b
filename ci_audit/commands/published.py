"""What commands write to the GitHub runner's command files: variables and search path of the steps that follow.

Source: docs.github.com, "Workflow commands for GitHub Actions", environment files.
"""

from __future__ import annotations

import re

from ci_audit.model import Setting
from ci_audit.source import UNKNOWN
from ci_audit.syntax.shelltree import Simple
from ci_audit.syntax.shellvalue import evaluate, evaluate_text
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ci_audit.commands.interpreter import Interpreter
    from ci_audit.commands.scope import Scope
    from ci_audit.model import Word
    from ci_audit.source import Where
    from ci_audit.syntax.shelltree import Node, Redirect

    Line = tuple[str, Where]

_WRITES = frozenset((">>", ">", ">|", "&>>", "&>"))
_ENV = "$GITHUB_ENV"
_PATH = "$GITHUB_PATH"
# Compiled when the first command needs them: most scans start and end without.
_FORMAT = r"%%|%[-+ #0-9.]*[a-zA-Z]"
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}
_ESCAPE = r"\\([nt\\])"
_VARIABLE = r"(?s:([A-Za-z_][A-Za-z_0-9]*)(=|<<)(.*)\Z)"


def target(redirects: Sequence[Redirect], scope: Scope) -> str:
    """Give the command file that standard output is redirected to, `$GITHUB_ENV` or `$GITHUB_PATH`, else empty."""
    for redirect in redirects:
        word = redirect.target
        if word is not None and word.literal is None and redirect.op in _WRITES and redirect.fd in (None, 1):
            text = evaluate_text(word, scope.lookup)
            if text in (_ENV, _PATH):
                return text
    return ""


def tee(node: Node, scope: Scope) -> str:
    """Give the command file that `tee` at the end of a pipeline writes, else empty."""
    if isinstance(node, Simple) and node.words and node.words[0].literal == "tee":
        for word in node.words[1:]:
            if word.literal is None:
                for field in evaluate(word, scope.lookup).fields:
                    if field.text in (_ENV, _PATH):
                        return field.text
    return ""


def record(run: Interpreter, node: Simple, words: list[Word]) -> None:
    """Take up what a command writes to a command file; of programs other than echo, printf, cat and tee, nothing."""
    name = words[0].text
    if name not in ("echo", "printf", "cat", "tee"):
        return
    file = target(node.redirects, run.scope) or (tee(node, run.scope) if name == "tee" else run.sink)
    if file:
        write(run, file, _output(run, node, words), run.conditional)


def write(run: Interpreter, file: str, lines: Sequence[Line], conditional: bool) -> None:
    """Take up lines of a command file; a value is UNKNOWN where the write may not happen."""
    published = run.published
    for text, where in lines:
        if run.delimiter and file == _ENV:
            if text == run.delimiter:
                run.delimiter = ""
            continue
        if file == _PATH:
            if text:
                before = published.get("PATH")
                rest = before.value if before is not None else UNKNOWN
                value = UNKNOWN if conditional else f"{text}:{rest}"
                published["PATH"] = Setting("PATH", value, where)
            continue
        match = re.match(_VARIABLE, text)
        if match is None:
            continue
        name, operator, value = match.groups()
        if operator == "<<":
            # The lines up to the delimiter are the value, mostly another command's output.
            run.delimiter, value = value, UNKNOWN
        published[name] = Setting(name, UNKNOWN if conditional else value, where)


def _output(run: Interpreter, node: Simple, words: list[Word]) -> list[Line]:
    name = words[0].text
    if name in ("cat", "tee"):
        return _heredoc(run, node)
    arguments = words[1:]
    escapes = name == "printf"
    if name == "echo":
        while arguments and arguments[0].text in ("-n", "-e", "-E", "-ne", "-en"):
            escapes = escapes or "e" in arguments[0].text
            arguments = arguments[1:]
    elif arguments and arguments[0].text == "--":
        arguments = arguments[1:]
    if not arguments:
        return []
    where = run.text.where(arguments[0].start, arguments[-1].end)
    text = _printf(arguments) if name == "printf" else " ".join([word.text for word in arguments])
    if escapes and "\\" in text:
        text = re.sub(_ESCAPE, lambda match: _ESCAPES[match[1]], text)
    return [(line, where) for line in text.split("\n")]


def _printf(words: Sequence[Word]) -> str:
    shape = words[0].text
    values = [word.text for word in words[1:]]
    count = sum(match[0] != "%%" for match in re.finditer(_FORMAT, shape))
    rounds = -(-len(values) // count) if count and values else 1
    following = iter(values)

    def fill(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = next(following, "")
        return value if match[0][-1] in "sdbi" else UNKNOWN

    return "".join(re.sub(_FORMAT, fill, shape) for _ in range(rounds))


def _heredoc(run: Interpreter, node: Simple) -> list[Line]:
    lines: list[Line] = []
    for redirect in node.redirects:
        body = redirect.heredoc.body if redirect.heredoc is not None else None
        if redirect.op == "<<<":
            body = redirect.target
        if body is None:
            continue
        text = run.mapped(body, run.scope)
        at = 0
        for line in text.text.split("\n"):
            lines.append((line.rstrip("\r"), text.where(at, at + len(line))))
            at += len(line) + 1
    return lines

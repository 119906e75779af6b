"""Follows the commands in substitutions, and tells the outputs that do not depend on the machine."""

from __future__ import annotations

from ci_audit.source import UNKNOWN
from ci_audit.syntax.shelltree import Simple
from ci_audit.syntax.shellword import Arithmetic, Array, Literal, Quoted, Substitution, Variable, Word
from ci_audit.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ci_audit.commands.interpreter import Interpreter
    from ci_audit.commands.scope import Scope
    from ci_audit.syntax.shelltree import Script


def resolved(run: Interpreter, word: Word) -> Word:
    """Follow the substitutions in a word; where an output is known, give the word with that in its place."""
    parts = _parts(run, word.parts)
    return word if parts is None else Word(word.start, word.end, None, parts)


def _parts(run: Interpreter, parts: Sequence[Any]) -> list[Any] | None:
    changed: list[Any] | None = None
    for index, part in enumerate(parts):
        kind = type(part)
        new: Any = None
        if kind is Quoted:
            inner = _parts(run, part.parts)
            if inner is not None:
                new = Quoted(part.start, part.end, part.quote, inner)
        elif kind is Substitution:
            new = _substitution(run, part)
        elif kind is Variable:
            if part.argument is not None:
                run.word(part.argument)
        elif kind is Arithmetic:
            _parts(run, part.parts)
        elif kind is Array:
            for word in part.words:
                run.word(word)
        if new is not None:
            changed = list(parts) if changed is None else changed
            changed[index] = new
    return changed


def _substitution(run: Interpreter, part: Substitution) -> Literal | None:
    saved, sink = run.scope, run.sink
    run.scope, run.sink = saved.fork(), ""
    run.nodes(part.script.statements)
    run.scope, run.sink = saved, sink
    output = _output(part.script, saved) if part.kind in ("$(", "`") else None
    return Literal(part.start, part.end, output, True) if output is not None else None


def _output(script: Script, scope: Scope) -> str | None:
    """Tell what the few commands print whose output does not depend on the machine."""
    if len(script.statements) != 1:
        return None
    node = script.statements[0]
    if not isinstance(node, Simple):
        return None
    words = [word.literal or "" for word in node.words]
    if words == ["pwd"]:
        return scope.cwd
    if (len(words) == 2 and words[0] == "which") or (len(words) == 3 and words[:2] == ["command", "-v"]):
        return f"{UNKNOWN}/{words[-1]}" if words[-1] else None
    return None

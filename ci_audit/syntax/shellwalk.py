"""Walks a script for its simple commands, each with the circumstances it runs in."""

from __future__ import annotations

from ci_audit.syntax.shelltree import (
    AndOr,
    Case,
    Function,
    Group,
    If,
    Loop,
    Pipeline,
    Simple,
    Subshell,
)
from ci_audit.syntax.shellword import Arithmetic, Array, Quoted, Substitution, Variable
from ci_audit.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ci_audit.syntax.shelltree import Node, Redirect, Script
    from ci_audit.syntax.shellword import Part, Word


class Context(NamedTuple):
    """The circumstances of a command."""

    conditional: bool = False
    """A condition, a `case`, a loop or `||` decides whether it runs; the right side of `&&` does not count."""
    subshell: tuple[int, ...] = ()
    """The subshells around it, outermost first, by number: what is assigned in one does not reach outside.

    Parentheses, substitutions, each command of a pipeline and what runs in the background are subshells.
    """
    function: str = ""
    """The function whose body it belongs to."""
    substitution: bool = False
    """Its output becomes text of another command."""
    pipe: bool = False
    """It reads the output of the command before it."""
    background: bool = False


def simple_commands(script: Script) -> Iterator[tuple[Simple, Context]]:
    """Give every simple command in the order of execution, what is substituted before what it is substituted into.

    A function's body stands where the function is defined.
    """
    walk = _Walk()
    walk.nodes(script.statements, Context())
    return iter(walk.found)


class _Walk:
    __slots__ = ("found", "shells")

    def __init__(self) -> None:
        self.found: list[tuple[Simple, Context]] = []
        self.shells = 0

    def inside(self, context: Context) -> Context:
        self.shells += 1
        return Context(context[0], (*context.subshell, self.shells), *context[2:])

    def nodes(self, nodes: Sequence[Node], context: Context) -> None:
        for node in nodes:
            self.node(node, context)

    def node(self, node: Node, context: Context) -> None:
        if node.background:
            context = self.inside(context)._replace(background=True)
        if isinstance(node, Simple):
            for assignment in node.assignments:
                self.word(assignment.value, context)
            for word in node.words:
                if word.literal is None:
                    self.parts(word.parts, context)
            self.redirects(node.redirects, context)
            self.found.append((node, context))
        elif isinstance(node, AndOr):
            for op, item in node.items:
                self.node(item, context._replace(conditional=True) if op == "||" else context)
        elif isinstance(node, Pipeline):
            if len(node.commands) == 1:
                self.node(node.commands[0], context)
                return
            for index, command in enumerate(node.commands):
                inner = self.inside(context)
                self.node(command, inner._replace(pipe=True) if index else inner)
        elif isinstance(node, Function):
            if node.body is not None:
                self.node(node.body, context._replace(function=node.name, conditional=False, pipe=False))
        else:
            self.redirects(node.redirects, context)
            self.compound(node, context)

    def compound(self, node: Node, context: Context) -> None:
        maybe = context if context.conditional else context._replace(conditional=True)
        if isinstance(node, Group):
            self.nodes(node.body, context)
        elif isinstance(node, Subshell):
            self.nodes(node.body, self.inside(context))
        elif isinstance(node, If):
            for index, (condition, body) in enumerate(node.branches):
                self.nodes(condition, maybe if index else context)
                self.nodes(body, maybe)
            self.nodes(node.otherwise or (), maybe)
        elif isinstance(node, Loop):
            self.words(node.words or (), context)
            self.nodes(node.condition, context)
            self.nodes(node.body, maybe)
        elif isinstance(node, Case):
            if node.word is not None:
                self.word(node.word, context)
            for patterns, body in node.arms:
                self.words(patterns, maybe)
                self.nodes(body, maybe)
        elif not isinstance(node, (Simple, AndOr, Pipeline, Function)):
            self.words(node.words, context)

    def redirects(self, redirects: Iterable[Redirect], context: Context) -> None:
        for redirect in redirects:
            if redirect.heredoc is not None:
                if redirect.heredoc.body is not None:
                    self.word(redirect.heredoc.body, context)
            elif redirect.target is not None:
                self.word(redirect.target, context)

    def words(self, words: Iterable[Word], context: Context) -> None:
        for word in words:
            self.word(word, context)

    def word(self, word: Word, context: Context) -> None:
        if word.literal is None:
            self.parts(word.parts, context)

    def parts(self, parts: Sequence[Part], context: Context) -> None:
        for part in parts:
            if isinstance(part, (Quoted, Arithmetic)):
                self.parts(part.parts, context)
            elif isinstance(part, Substitution):
                self.nodes(part.script.statements, self.inside(context)._replace(substitution=True, pipe=False))
            elif isinstance(part, Variable):
                if part.argument is not None:
                    self.word(part.argument, context)
            elif isinstance(part, Array):
                self.words(part.words, context)

"""Follows shell text as a shell would, without running anything, and collects its commands."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from ci_audit.commands import builtins, execution, published, substitutions
from ci_audit.commands.limits import DEEPEST, LONGEST_CACHED
from ci_audit.commands.scope import Scope, merge
from ci_audit.model import Command, Env, Word
from ci_audit.source import UNKNOWN, MappedText, Piece
from ci_audit.syntax.shell import parse
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
    Test,
)
from ci_audit.syntax.shellvalue import evaluate
from ci_audit.syntax.shellword import Word as ShellWord
from ci_audit.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ci_audit.commands.execution import Defined, Frame
    from ci_audit.syntax.shelltree import Node, Redirect

_EXPANDED_VALUES = 8
_TESTS = frozenset(("[", "test", "command", "which", "type", "hash", "grep", "egrep", "false"))

_parsed = lru_cache(128)(parse)
# Called directly: a word is made for each argument of each command, and by its class that takes twice as long.
_new_word = tuple.__new__
_EXPANDED = re.compile(r"""[$`'"\\{~(\0]""").search
"""Finds what makes a word other than it is written."""


class Interpreter:
    """Holds what following a text needs; `commands` and `published` are its results."""

    def __init__(
        self, scope: Scope, published: Env, functions: dict[str, Defined], text: MappedText, order: int
    ) -> None:
        self.scope = scope
        self.published = published
        self.functions = functions
        self.text = text
        self.order = order
        self.commands: list[Command] = []
        self.conditional = False
        self.elsewhere = ""
        self.within = ""
        self.sink = ""
        """The runner's command file that standard output goes to, else empty."""
        self.delimiter = ""
        """What ends the value of several lines that is being written to a command file, else empty."""
        self.depth = 0
        self.frame: Frame | None = None
        self.mute = False
        """The body of a function is followed again: only what its arguments run is new."""
        self.called: set[Defined] = set()
        self.active: set[Defined] = set()
        self._count = 0

    def run(self, text: MappedText, shell: str = "sh") -> None:
        """Follow a text in the present scope."""
        saved, self.text = self.text, text
        if shell == "sh":
            script = _parsed(text.text) if len(text.text) < LONGEST_CACHED else parse(text.text)
            self.nodes(script.statements)
        else:
            from ci_audit.commands import windows

            windows.follow(self, text, shell)
        self.text = saved

    def nodes(self, nodes: Sequence[Node]) -> None:
        if self.depth > DEEPEST:
            return
        self.depth += 1
        for node in nodes:
            self.node(node)
        self.depth -= 1

    def node(self, node: Node) -> None:
        if node.background:
            saved = self.scope
            self.scope = saved.fork()
            _FOLLOW[type(node)](self, node)
            self.scope = saved
        else:
            _FOLLOW[type(node)](self, node)

    def simple(self, node: Simple) -> None:
        scope = self.scope
        shell_words = node.words
        if not shell_words:
            words: list[Word] = []
        elif shell_words[0].literal is not None and _EXPANDED(self.text.text, node.start, node.end) is None:
            words = [_new_word(Word, (word.literal, word.start, word.end, False)) for word in shell_words]
        else:
            words, shell_words = self._expanded(shell_words)
        if node.redirects:
            self.redirects(node.redirects)
        if node.assignments:
            if not words:
                builtins.assign(self, scope, node.assignments)
                return
            scope = scope.fork()
            builtins.assign(self, scope, node.assignments, export=True)
        elif not words:
            return
        if self.sink or node.redirects:
            published.record(self, node, words)
        builtin = builtins.BUILTINS.get(words[0].text)
        if builtin is not None and builtin(self, self.scope, words, shell_words):
            return
        if self.frame is not None and execution.runs_parameters(self, node, words, scope, shell_words):
            return
        execution.execute(self, tuple(words), scope, node.start, node.end, node, shell_words)

    def _expanded(self, shell_words: Sequence[ShellWord]) -> tuple[list[Word], Sequence[ShellWord]]:
        """Give the arguments that words become, and the words with what is known of the substitutions in them."""
        scope = self.scope
        words: list[Word] = []
        given = list(shell_words)
        for index, word in enumerate(shell_words):
            literal = word.literal
            if literal is not None and "{" not in literal and literal[:1] != "~":
                words.append(_new_word(Word, (literal, word.start, word.end, word.quoted)))
                continue
            if literal is None:
                given[index] = word = substitutions.resolved(self, word)
            start, end = word.start, word.end
            fields = evaluate(word, scope.lookup).fields
            if self.text.text[start : start + 1] == "~" and fields:
                fields[0] = fields[0]._replace(text=scope.with_home(fields[0].text))
            words += [Word(text, start, end, quoted) for text, quoted in fields]
        return words, given

    def add(self, words: tuple[Word, ...], scope: Scope, start: int, end: int) -> None:
        """Add a command as one that runs."""
        if self.mute:
            return
        # A step's commands keep their places among the thousand that it has.
        order = self.order + min(self._count, 999)
        self._count += 1
        self.commands.append(
            Command(
                words,
                scope.share_env(),
                scope.cwd,
                scope.user,
                scope.home,
                self.text,
                start,
                end,
                order,
                self.conditional,
                self.elsewhere,
                self.within,
                scope.virtualenv,
            )
        )

    def placed(self, text: str, start: int, end: int) -> MappedText:
        """Give text that comes as a whole from a range of the present text."""
        where = self.text.where(start, end)
        return MappedText(where.source, text, (Piece(0, where.start, where.end, False),))

    def mapped(self, word: ShellWord, scope: Scope) -> MappedText:
        """Give a word's value with the places in the file that its characters come from."""
        text, pieces = word.pieces(scope.lookup)
        outer = self.text.pieces
        placed: list[Piece] = []
        for at, start, end, literal in pieces:
            if not literal:
                where = self.text.where(start, end)
                placed.append(Piece(at, where.start, where.end, False))
                continue
            index = max(bisect_right(outer, start, key=_place) - 1, 0)
            while index < len(outer) and outer[index].at < end:
                piece = outer[index]
                low = max(piece.at, start)
                begin = piece.start + low - piece.at if piece.literal else piece.start
                placed.append(Piece(at + low - start, begin, piece.end, piece.literal))
                index += 1
        return MappedText(self.text.source, text, placed)

    def and_or(self, node: AndOr) -> None:
        outer = self.conditional
        first = node.items[0][1]
        self.node(first)
        maybe = _is_test(first)
        for op, item in node.items[1:]:
            if op == "&&":
                unsure = maybe
                maybe = maybe or _is_test(item)
            else:
                unsure = True
                maybe = maybe and _is_test(item)
            if unsure:
                before = self.scope
                self.scope = before.fork()
                self.conditional = True
                self.node(item)
                self.scope = merge((before, self.scope))
                self.conditional = outer
            else:
                self.node(item)

    def pipeline(self, node: Pipeline) -> None:
        commands = node.commands
        if len(commands) == 1:
            self.node(commands[0])
            return
        saved, sink = self.scope, self.sink
        tee = published.tee(commands[-1], saved)
        last = len(commands) - 1
        for index, command in enumerate(commands):
            self.scope = saved.fork()
            self.sink = tee if index == last - 1 else sink if index == last else ""
            self.node(command)
        self.scope, self.sink = saved, sink

    def group(self, node: Group) -> None:
        self._redirected(node.redirects, node.body)

    def subshell(self, node: Subshell) -> None:
        saved = self.scope
        self.scope = saved.fork()
        self._redirected(node.redirects, node.body)
        self.scope = saved

    def _redirected(self, redirects: Sequence[Redirect], body: Sequence[Node]) -> None:
        sink = self._open(redirects)
        self.nodes(body)
        self.sink = sink

    def _open(self, redirects: Sequence[Redirect]) -> str:
        """Turn standard output to where redirections send it, and give where it went before."""
        sink = self.sink
        if redirects:
            self.redirects(redirects)
            self.sink = published.target(redirects, self.scope) or sink
        return sink

    def if_(self, node: If) -> None:
        sink = self._open(node.redirects)
        outer = self.conditional
        ends = []
        for condition, body in node.branches:
            self.nodes(condition)
            rest = self.scope
            self.scope = rest.fork()
            self.conditional = True
            self.nodes(body)
            ends.append(self.scope)
            self.scope = rest
        if node.otherwise:
            self.scope = self.scope.fork()
            self.nodes(node.otherwise)
        ends.append(self.scope)
        self.conditional = outer
        self.scope = merge(ends)
        self.sink = sink

    def case(self, node: Case) -> None:
        sink = self._open(node.redirects)
        if node.word is not None:
            self.word(node.word)
        outer, self.conditional = self.conditional, True
        rest = self.scope
        ends = []
        complete = False
        for patterns, body in node.arms:
            self.scope = rest.fork()
            for pattern in patterns:
                self.word(pattern)
                complete = complete or pattern.literal == "*"
            self.nodes(body)
            ends.append(self.scope)
        if not complete:
            ends.append(rest)
        self.conditional = outer
        self.scope = merge(ends)
        self.sink = sink

    def loop(self, node: Loop) -> None:
        sink = self._open(node.redirects)
        if node.kind == "for":
            self._for(node)
        else:
            for word in node.words or ():
                self.word(word)
            if node.variable:
                self.scope.assign(node.variable, UNKNOWN, None)
            self.nodes(node.condition)
            self._maybe(node.body)
        self.sink = sink

    def _maybe(self, body: Sequence[Node]) -> None:
        """Follow commands that may run or not."""
        outer, self.conditional = self.conditional, True
        before = self.scope
        self.scope = before.fork()
        self.nodes(body)
        self.scope = merge((before, self.scope))
        self.conditional = outer

    def _for(self, node: Loop) -> None:
        values = self._values(node)
        name = node.variable
        if not values or not name:
            if name:
                self.scope.assign(name, UNKNOWN, None)
            self._maybe(node.body)
            return
        text = self.text.text
        used = text.find("$" + name, node.start, node.end) >= 0 or text.find("${" + name, node.start, node.end) >= 0
        cost = (len(values) - 1) * (node.end - node.start)
        allowance = self.scope.allowance
        if not used or len(values) > _EXPANDED_VALUES or cost > allowance.repeats:
            self.scope.assign(name, UNKNOWN, None)
            self.nodes(node.body)
            return
        allowance.repeats -= cost
        first = len(self.commands)
        for value in values:
            self.scope.assign(name, value, None)
            self.nodes(node.body)
        self._drop_repeated(first)

    def _values(self, node: Loop) -> list[str] | None:
        if node.words is None:
            return list(self.scope.parameters or ())
        values: list[str] = []
        for word in node.words:
            self.word(word)
            if word.glob and "{" not in (word.literal or ""):
                return None
            values += [field.text for field in evaluate(word, self.scope.lookup).fields]
        return None if any(UNKNOWN in value for value in values) else values

    def _drop_repeated(self, first: int) -> None:
        """Leave out commands that a loop's next value does not change."""
        seen = set()
        kept = []
        for command in self.commands[first:]:
            where = command.where
            key = (where.start, where.end, tuple([word.text for word in command.words]), command.cwd)
            if key not in seen:
                seen.add(key)
                kept.append(command)
        self.commands[first:] = kept

    def function(self, node: Function) -> None:
        if node.body is not None and node.name:
            text = self.text.text
            once = len(text) < LONGEST_CACHED and text.count(node.name) <= 2
            self.functions[node.name] = execution.Defined(node.body, self.text, once)

    def test(self, node: Test) -> None:
        self.redirects(node.redirects)
        for word in node.words:
            self.word(word)

    def redirects(self, redirects: Sequence[Redirect]) -> None:
        """Follow the substitutions in redirections."""
        for redirect in redirects:
            if redirect.heredoc is not None:
                if redirect.heredoc.body is not None:
                    self.word(redirect.heredoc.body)
            elif redirect.target is not None:
                self.word(redirect.target)

    def word(self, word: ShellWord) -> None:
        """Follow the substitutions in a word."""
        if word.literal is None:
            substitutions.resolved(self, word)


def _place(piece: Piece) -> int:
    return piece.at


_FOLLOW: dict[type, Callable[[Interpreter, Any], None]] = {
    Simple: Interpreter.simple,
    AndOr: Interpreter.and_or,
    Pipeline: Interpreter.pipeline,
    Group: Interpreter.group,
    Subshell: Interpreter.subshell,
    If: Interpreter.if_,
    Loop: Interpreter.loop,
    Case: Interpreter.case,
    Function: Interpreter.function,
    Test: Interpreter.test,
}


def _is_test(node: Node) -> bool:
    """Tell whether a command only asks something, so that what `&&` joins to it depends on the answer."""
    if isinstance(node, Simple):
        return bool(node.words) and node.words[0].literal in _TESTS
    if isinstance(node, Pipeline):
        return node.negated or _is_test(node.commands[-1])
    return isinstance(node, Test)

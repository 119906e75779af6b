"""Gets at the commands inside wrappers and at the texts that shells are given to run."""

from __future__ import annotations

from ci_audit.commands.limits import DEEPEST
from ci_audit.model import Word
from ci_audit.paths import normalise
from ci_audit.source import UNKNOWN, MappedText
from ci_audit.typed import TYPE_CHECKING, NamedTuple
from ci_audit.wrappers import unwrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ci_audit.commands.interpreter import Interpreter
    from ci_audit.commands.scope import Scope
    from ci_audit.syntax.shelltree import Node, Simple
    from ci_audit.syntax.shellword import Word as ShellWord
    from ci_audit.wrappers import Inner


_EACH_PARAMETER = frozenset(('"$@"', "$@", '"$*"', "$*", '"${@}"', "${@}", '"${*}"'))


class Defined(NamedTuple):
    """A function that the text defines."""

    body: Node
    text: MappedText
    once: bool
    """It is named in one other place, so its parameters are those of that call."""


class Frame(NamedTuple):
    """The call of a function that is being followed."""

    words: tuple[Word, ...]
    text: MappedText
    start: int
    end: int
    conditional: bool


def execute(
    run: Interpreter,
    words: tuple[Word, ...],
    scope: Scope,
    start: int,
    end: int,
    node: Simple | None = None,
    shell_words: Sequence[ShellWord] = (),
) -> None:
    """Take the wrappers off a command and add what is inside, or follow the text or function that it runs."""
    elsewhere, within = run.elsewhere, run.within
    for _ in range(12):
        function = run.functions.get(words[0].text)
        if function is not None and function not in run.active:
            call(run, function, words, scope, start, end)
            break
        inner = unwrap(words)
        if inner is None:
            run.add(words, scope, start, end)
            break
        if inner.both:
            run.add(words, scope, start, end)
        if inner.script or inner.stdin:
            text = _text(run, inner, node, shell_words, scope)
            if text is None or run.depth > DEEPEST:
                run.add(words, scope, start, end)
                break
            _follow(run, inner, text, scope)
            break
        words = inner.words
        scope = enter(run, inner, scope)
    run.elsewhere, run.within = elsewhere, within


def enter(run: Interpreter, inner: Inner, outer: Scope) -> Scope:
    """Make the scope that a wrapper gives its command."""
    scope = outer.fork()
    if inner.elsewhere:
        scope.clear(())
        scope.home, scope.stack = "~", ()
        run.elsewhere = inner.elsewhere
    elif inner.clean:
        scope.clear(inner.keep)
    if inner.within:
        run.within = inner.within
    if inner.user is not None:
        if inner.own_home and (inner.user == "root" or inner.user != scope.user):
            scope.home = _home_of(inner.user, scope.home)
        scope.user = inner.user
    for name in inner.unset:
        scope.unset(name)
    for name, value, word in inner.settings:
        scope.assign(name, value, run.text.where(word.start, word.end), export=True)
    if inner.cwd is not None:
        base = UNKNOWN if inner.elsewhere else scope.cwd
        scope.cwd = normalise(inner.cwd, cwd=base, home=scope.home)
    if inner.virtualenv is not None:
        scope.virtualenv = scope.directory(inner.virtualenv) if inner.virtualenv else ""
    return scope


def _follow(run: Interpreter, inner: Inner, text: MappedText, outer: Scope) -> None:
    if inner.same_shell:
        run.run(text)
        return
    saved, functions, sink, frame = run.scope, run.functions, run.sink, run.frame
    scope = enter(run, inner, outer)
    # A new shell has the environment, but neither variables that are not exported nor functions.
    scope.variables = {}
    scope.parameters = None
    run.scope, run.functions, run.frame = scope, {}, None
    run.sink = "" if inner.elsewhere else sink
    run.run(text, inner.shell)
    run.scope, run.functions, run.sink, run.frame = saved, functions, sink, frame


def _text(
    run: Interpreter, inner: Inner, node: Simple | None, shell_words: Sequence[ShellWord], scope: Scope
) -> MappedText | None:
    """Give the text that a shell is to run, with the places in the file that its characters come from."""
    if inner.stdin:
        for redirect in node.redirects if node is not None else ():
            body = redirect.heredoc.body if redirect.heredoc is not None else None
            if redirect.op == "<<<":
                body = redirect.target
            if body is not None:
                return run.mapped(body, scope)
        return None
    texts: list[MappedText] = []
    at_place = {item.start: item for item in shell_words}
    for word in inner.script:
        if texts:
            texts.append(run.placed(" ", word.start, word.start))
        written = at_place.get(word.start)
        text = run.mapped(written, scope) if written is not None else None
        if text is None or text.text != word.text:
            text = run.placed(word.text, word.start, word.end)
        texts.append(text)
    return MappedText.join(texts)


def _home_of(user: str, home: str) -> str:
    if user == "root":
        return "/var/root" if home.startswith("/Users/") else "/root"
    return UNKNOWN


def call(run: Interpreter, function: Defined, words: tuple[Word, ...], scope: Scope, start: int, end: int) -> None:
    """Follow a function: its own commands at the first call, the commands given as its arguments at each."""
    again = function in run.called
    allowance = scope.allowance
    size = function.body.end - function.body.start
    if run.depth > DEEPEST or (again and allowance.repeats < size):
        return
    if again:
        allowance.repeats -= size
    run.called.add(function)
    # One that calls itself is not followed a second time.
    run.active.add(function)
    saved = (run.scope, run.text, run.frame, run.mute)
    parameters = scope.parameters
    known = function.once or len(words) == 1
    scope.parameters = tuple([word.text for word in words[1:]]) if known else None
    run.frame = Frame(words[1:], run.text, start, end, run.conditional)
    run.mute = run.mute or again
    run.scope, run.text = scope, function.text
    run.depth += 1
    run.node(function.body)
    run.depth -= 1
    run.active.discard(function)
    after = run.scope
    run.scope, run.text, run.frame, run.mute = saved
    if scope is run.scope:
        run.scope = after
    after.parameters = parameters
    after.ended = False


def runs_parameters(
    run: Interpreter, node: Simple, words: list[Word], scope: Scope, shell_words: Sequence[ShellWord]
) -> bool:
    """Follow a command with `"$@"` in a function, at each call: one that is all in the arguments stands at the call."""
    frame = run.frame
    if frame is None or not frame.words:
        return False
    text = run.text.text
    place = next((word for word in node.words if text[word.start : word.end] in _EACH_PARAMETER), None)
    if place is None:
        return False
    before = [word for word in words if word.start < place.start]
    after = [word for word in words if word.start > place.start]
    given = [Word(word.text, place.start, place.end, True) for word in frame.words]
    elsewhere, within = run.elsewhere, run.within
    saved = (run.text, run.conditional, run.mute, run.frame)
    run.mute, run.frame = False, None
    inner_scope = scope
    command: tuple[Word, ...] = (*before, *frame.words)
    for _ in range(6):
        if command[0] is frame.words[0]:
            run.text, run.conditional = frame.text, frame.conditional
            execute(run, command, inner_scope, frame.start, frame.end)
            break
        inner = unwrap(command)
        if inner is None or not (inner.words or inner.script):
            execute(run, (*before, *given, *after), scope, node.start, node.end, node, shell_words)
            break
        command = inner.words or inner.script
        inner_scope = enter(run, inner, inner_scope)
    run.text, run.conditional, run.mute, run.frame = saved
    run.elsewhere, run.within = elsewhere, within
    return True

"""Turns the text of a script into commands, each with the variables, directory and user that it runs under."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from ci_audit.commands.scope import Allowance, Scope
from ci_audit.model import Command, Env
from ci_audit.source import MappedText
from ci_audit.typed import TYPE_CHECKING, Any, NamedTuple
from ci_audit.wrappers.inner import program

if TYPE_CHECKING:
    from ci_audit.commands.execution import Defined

__all__ = ["ShellState", "kind", "read"]


class ShellState(NamedTuple):
    """What a shell knows when a text begins or ends.

    A shell that is started anew for each text (a step) begins with the machine's own state and the variables that
    earlier ones `published`; one that goes on (the lines of a job's script) with the state that the last text ended
    with.
    """

    env: Env
    cwd: str
    user: str
    home: str
    virtualenv: str = ""
    published: Env = {}  # noqa: RUF012  never changed in place
    """Written to the file that `$GITHUB_ENV` names, and `PATH` from `$GITHUB_PATH`; a value is UNKNOWN where the
    write depends on a condition."""
    variables: Mapping[str, Any] = {}
    """Variables that are not exported."""
    functions: Mapping[str, Defined] = {}


_KINDS = {
    **dict.fromkeys(("", "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"), "sh"),
    **dict.fromkeys(("pwsh", "powershell"), "pwsh"),
    "cmd": "cmd",
}


@lru_cache(64)
def kind(shell: str) -> str:
    """Tell how a shell's text is read: as "sh", "pwsh" or "cmd"; empty for one that is not."""
    return _KINDS.get(program(shell.partition(" ")[0]).lower(), "")


def read(text: MappedText, state: ShellState, *, shell: str, order: int) -> tuple[list[Command], ShellState]:
    """Give the commands of a text in the order they run, and the state after it; never raises.

    A function's commands stand where it is first called, a loop's once for each value that is known. The text of a
    shell that is not read has no commands.
    """
    reader = kind(shell)
    if not reader:
        return [], state
    from ci_audit.commands.interpreter import Interpreter

    scope = Scope(state.env, dict(state.variables), Allowance())
    scope.cwd, scope.home, scope.user, scope.virtualenv = state.cwd, state.home, state.user, state.virtualenv
    if not scope.virtualenv and "PATH" in state.env:
        scope.find_virtualenv(state.env["PATH"].value)
    published = dict(state.published)
    run = Interpreter(scope, published, dict(state.functions), text, order)
    # Of a text that nests everything in everything, what was met before the deepest place stands.
    with suppress(RecursionError):
        run.run(text, reader)
    end = run.scope
    return run.commands, ShellState(
        end.share_env(), end.cwd, state.user, end.home, end.virtualenv, published, end.variables, run.functions
    )

"""Splits PowerShell and cmd.exe text into commands and words: enough to recognise a command, not to run one."""

from __future__ import annotations

from ci_audit.typed import NamedTuple


class PlainWord(NamedTuple):
    """One argument: its value, in which UNKNOWN stands for each variable and nested command, and its place."""

    text: str
    start: int
    end: int
    quoted: bool


class PlainAssignment(NamedTuple):
    """A variable that is set; `env` says that commands see it; `op` is `=` or `+=` or the like."""

    name: str
    op: str
    value: str
    start: int
    end: int
    env: bool


class PlainCommand(NamedTuple):
    """A command or an assignment, from its first to its last word.

    `joined` is the operator before it (`|`, `&&`, `||`, `&`, `;` or empty); `conditional` commands stand in a block,
    after `if` or after `||`.
    """

    words: list[PlainWord]
    assignments: list[PlainAssignment]
    start: int
    end: int
    joined: str
    conditional: bool


def split_powershell(text: str) -> list[PlainCommand]:
    """Split PowerShell text; commands nested in `(…)`, `$(…)` and `{…}` stand beside the command around them.

    An expression (a string, a variable) that is not called with `&` is no command.
    """
    from ci_audit.syntax.powershell import PowerShell

    return PowerShell(text).read()


def split_cmd(text: str) -> list[PlainCommand]:
    """Split the text of a batch file; `@`, `call` and the conditions of `if` and `for` are taken off a command."""
    from ci_audit.syntax.batch import Batch

    return Batch(text).read()

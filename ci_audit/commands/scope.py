"""What a running shell knows: its variables, directory, user, home and virtual environment."""

from __future__ import annotations

from ci_audit.commands.limits import COPIES, LONGEST_DIRECTORY, LONGEST_VALUE, MOST_ELEMENTS, REPEATS
from ci_audit.model import Env, Setting, known_value
from ci_audit.paths import normalise
from ci_audit.source import UNKNOWN
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ci_audit.source import Where
    from ci_audit.syntax.shellword import Known

FILES = {name: "$" + name for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE")}
"""The runner's command files, whose names stand for themselves."""


class Allowance:
    """What one text may still cost; shared by all its scopes."""

    __slots__ = ("copies", "repeats")

    def __init__(self) -> None:
        self.copies = COPIES
        self.repeats = REPEATS


class Scope:
    """The state of a shell, or of a subshell; a fork shares the dictionaries until one of the two changes them."""

    __slots__ = (
        "_own_env",
        "_own_variables",
        "allowance",
        "cwd",
        "ended",
        "env",
        "exports",
        "home",
        "parameters",
        "previous",
        "stack",
        "user",
        "variables",
        "virtualenv",
    )

    def __init__(self, env: Env, variables: dict[str, Known], allowance: Allowance) -> None:
        self.env = env
        self.variables = variables
        self.allowance = allowance
        self._own_env = self._own_variables = False
        self.cwd = self.previous = self.home = self.user = self.virtualenv = ""
        self.stack: tuple[str, ...] = ()
        self.exports = False
        """`set -a`: every variable that is set is exported."""
        self.ended = False
        """`exit` or `return` has been met."""
        self.parameters: tuple[str, ...] | None = None
        """The positional parameters, None where they are not known."""

    def fork(self) -> Scope:
        self._own_env = self._own_variables = False
        new = Scope(self.env, self.variables, self.allowance)
        new.cwd, new.previous, new.home, new.user = self.cwd, self.previous, self.home, self.user
        new.virtualenv, new.stack, new.exports = self.virtualenv, self.stack, self.exports
        new.parameters = self.parameters
        return new

    def share_env(self) -> Env:
        """Give the environment away, so that the next change makes a copy."""
        self._own_env = False
        return self.env

    def lookup(self, name: str) -> Known:
        """Tell a variable's value; None where only the machine knows it."""
        value = self.variables.get(name)
        if value is not None:
            if isinstance(value, str):
                return known_value(Setting(name, value))
            return value[0] if isinstance(value, tuple) and value and name[-1] not in "]@*" else value
        setting = self.env.get(name)
        if setting is not None:
            return known_value(setting)
        if name == "HOME":
            return self.home
        if name == "PWD":
            return self.cwd
        if name in ("@", "*"):
            return self.parameters
        if name.isdigit():
            return self._parameter(int(name[:4]))
        if name == "VIRTUAL_ENV" and self.virtualenv:
            return self.virtualenv
        if name == "OLDPWD" and self.previous:
            return self.previous
        return FILES.get(name)

    def _parameter(self, number: int) -> Known:
        if self.parameters is None or not number:
            return None
        if number <= len(self.parameters):
            return self.parameters[number - 1]
        from ci_audit.syntax.shellword import UNSET

        return UNSET

    def assign(self, name: str, value: str, where: Where | None, *, export: bool = False) -> None:
        """Set a variable; one that is in the environment stays there."""
        if len(value) > LONGEST_VALUE:
            value = UNKNOWN
        if name in self.env or export or self.exports:
            env = self._writable_env()
            if env is not None:
                env[name] = Setting(name, value, where)
            if name in self.variables:
                self._forget(name)
        else:
            self._put(name, value)
        if name == "HOME":
            self.home = value
        elif name == "PATH":
            self.find_virtualenv(value)

    def export(self, name: str, where: Where | None) -> None:
        """Move a variable that is known here to the environment."""
        value = self.variables.get(name)
        if isinstance(value, str):
            self.assign(name, value, where, export=True)

    def assign_array(self, name: str, values: tuple[str, ...]) -> None:
        if len(values) > MOST_ELEMENTS:
            values = (UNKNOWN,)
        self._put(name, values)
        self._put(name + "[@]", values)
        self._put(name + "[*]", values)

    def unset(self, name: str) -> None:
        from ci_audit.syntax.shellword import UNSET

        if name in self.env:
            env = self._writable_env()
            if env is not None:
                del env[name]
        self._put(name, UNSET)

    def clear(self, keep: Sequence[str]) -> None:
        self.env = {name: self.env[name] for name in keep if name in self.env}
        self.variables = {}
        self._own_env = self._own_variables = True

    def change_directory(self, path: str) -> None:
        if path == "-":
            self.cwd, self.previous = self.previous or UNKNOWN, self.cwd
            return
        directory = self.directory(path)
        self.previous, self.cwd = self.cwd, directory if len(directory) <= LONGEST_DIRECTORY else UNKNOWN

    def directory(self, path: str) -> str:
        """Make a path absolute here; what the text does not tell is UNKNOWN."""
        return normalise(path, cwd=self.cwd, home=self.home) if path else self.cwd

    def with_home(self, text: str) -> str:
        """Put the home directory in place of a leading `~`, which stands outside quotes."""
        return self.home + text[1:] if text == "~" or text.startswith("~/") else text

    def find_virtualenv(self, path: str) -> None:
        """Take the directory that a PATH begins with for a virtual environment, if its name says so."""
        path = path.replace("\\", "/")
        # The colon of a drive separates nothing.
        drive = path[:2] if path[1:3] == ":/" else ""
        first = drive + path[len(drive) :].partition(";")[0].partition(":")[0].rstrip("/")
        for suffix in ("/bin", "/Scripts"):
            if first.endswith(suffix):
                directory = self.directory(first[: -len(suffix)])
                named = self.env.get("VIRTUAL_ENV")
                name = directory.rsplit("/", 1)[-1].lower()
                if "venv" in name or "virtualenv" in name or (named is not None and named.value == directory):
                    self.virtualenv = directory

    def _writable_env(self) -> Env | None:
        if not self._own_env:
            if self.allowance.copies < 0:
                return None
            self.allowance.copies -= len(self.env) + 1
            self.env = dict(self.env)
            self._own_env = True
        return self.env

    def _writable_variables(self) -> dict[str, Known] | None:
        if not self._own_variables:
            if self.allowance.copies < 0:
                return None
            self.allowance.copies -= len(self.variables) + 1
            self.variables = dict(self.variables)
            self._own_variables = True
        return self.variables

    def _put(self, name: str, value: Known) -> None:
        variables = self._writable_variables()
        if variables is not None:
            variables[name] = value

    def _forget(self, name: str) -> None:
        variables = self._writable_variables()
        if variables is not None:
            del variables[name]


def merge(ends: Sequence[Scope]) -> Scope:
    """Join what several ways through a text end with: what they do not agree on is UNKNOWN.

    A way that ended the shell counts only when all did.
    """
    ends = [end for end in ends if not end.ended] or ends
    first = ends[0]
    if len(ends) == 1:
        return first
    new = first.fork()
    for other in ends[1:]:
        if other.env is not new.env:
            new.env = _merge_env(new, other)
            new._own_env = True
        if other.variables is not new.variables:
            new.variables = _merge_variables(new, other)
            new._own_variables = True
        if other.cwd != new.cwd:
            new.cwd = UNKNOWN
        if other.previous != new.previous:
            new.previous = UNKNOWN
        if other.home != new.home:
            new.home = UNKNOWN
        if other.virtualenv != new.virtualenv:
            new.virtualenv = UNKNOWN
        if other.stack != new.stack:
            new.stack = ()
        if other.parameters != new.parameters:
            new.parameters = None
        new.exports = new.exports or other.exports
    new.ended = first.ended
    return new


def _merge_env(one: Scope, other: Scope) -> Env:
    if one.allowance.copies < 0:
        return one.env
    one.allowance.copies -= len(one.env) + len(other.env)
    merged = dict(one.env)
    for name, setting in other.env.items():
        mine = merged.get(name)
        if mine is None or (mine is not setting and mine.value != setting.value):
            merged[name] = Setting(name, UNKNOWN, setting.where)
    for name, setting in one.env.items():
        if name not in other.env:
            merged[name] = Setting(name, UNKNOWN, setting.where)
    return merged


def _merge_variables(one: Scope, other: Scope) -> dict[str, Known]:
    if one.allowance.copies < 0:
        return one.variables
    one.allowance.copies -= len(one.variables) + len(other.variables)
    merged = dict(one.variables)
    for name in {**one.variables, **other.variables}:
        if one.variables.get(name) != other.variables.get(name):
            merged[name] = UNKNOWN
    return merged

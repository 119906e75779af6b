"""The virtual environments that a command is known to work in."""

from __future__ import annotations

from ci_audit.managers.folders import below, resolve, setting
from ci_audit.managers.protocol import Invocation
from ci_audit.model import Directory, Word

_PROJECT_RUNNERS = frozenset(("uv run", "poetry run", "pdm run", "pipenv run", "rye run"))


def virtual_environments(call: Invocation, python: Word | None = None) -> list[Directory]:
    """List the virtual environments that the command is known to work in."""
    place, command = call.place, call.command
    found: list[Directory] = []
    if python is not None and ("/" in python.text or "\\" in python.text):
        path = resolve(place, python.text)
        found.append(Directory(environment_of(path) or path, "`--python` is given", command.where_of(python)))
    elif call.folder:
        path = resolve(place, call.folder, expands=True)
        environment = environment_of(below(path, "python"))
        if environment:
            found.append(Directory(environment, "the program stands there", command.where))
    if command.virtualenv:
        found.append(Directory(command.virtualenv, "it is activated"))
    if command.within in _PROJECT_RUNNERS:
        found.append(Directory(resolve(place, ".venv"), f"`{command.within}` may work there"))
    variable = setting(command.env, "VIRTUAL_ENV")
    if variable is not None:
        found.append(Directory(resolve(place, variable.value), "VIRTUAL_ENV is set", variable.where))
    return found


_PLAIN = frozenset(("pip", "pip3", "python", "python3", "uv"))


def interpreter_of(call: Invocation) -> list[Directory]:
    """List the folder of the interpreter that `actions/setup-python` put first, which it names in `pythonLocation`."""
    found = setting(call.command.env, "pythonLocation")
    if found is None or call.command.user not in ("", call.machine.user):
        return []
    # `pip3.8` may belong to another one.
    return [Directory(found.value, "", found.where)] if call.command.words[0].text in _PLAIN else []


def environment_of(path: str) -> str:
    """Give the virtual environment that an interpreter's path lies in; empty for a system's own."""
    folder = path.rpartition("/")[0]
    root, _, last = folder.rpartition("/")
    if last.lower() in ("bin", "scripts") and root not in ("", "/usr", "/usr/local"):
        return root
    return ""

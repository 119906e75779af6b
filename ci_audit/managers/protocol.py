"""What a manager module is given and what it gives back."""

from __future__ import annotations

from ci_audit.model import Cleanup, Command, Directory, Env, Install, Machine, Switch, Word
from ci_audit.paths import WORKSPACE
from ci_audit.repository import Repository
from ci_audit.typed import NamedTuple, Protocol


class Place(NamedTuple):
    """What decides where a program keeps its files."""

    env: Env
    os: str
    """linux, macos, windows or empty"""
    home: str
    cwd: str = WORKSPACE
    user: str = ""


class Invocation(NamedTuple):
    """A command whose program is known to be a manager."""

    command: Command
    program: str
    """Its name without folder, version and suffix: "pip" for `/opt/venv/bin/pip3.11`."""
    folder: str
    """The folder that the program, or the interpreter that runs it, was named in; empty when it was looked up."""
    words: tuple[Word, ...]
    """Its arguments."""
    machine: Machine
    repository: Repository
    place: Place
    beside: tuple[str, ...] = ()
    """Names of packages that were installed with it for this very run (`uvx --with tox-uv tox`)."""


class Storage(NamedTuple):
    """Where downloads go, and what is in the way of keeping them there."""

    downloads: tuple[Directory, ...]
    switch: Switch | None = None
    gap: str = ""


def either(first: Storage, second: Storage, gap: str) -> Storage:
    """Give the directories of both where it is not known which of two a command writes to, and why."""
    return Storage((*first.downloads, *second.downloads), gap=gap)


class Manager(Protocol):
    """A module that knows how a manager's commands download."""

    def read(self, call: Invocation) -> tuple[Install | Cleanup, ...]:
        """Tell what the command installs or cleans up; nothing when it does neither."""

    def directories(self, place: Place, manager: str) -> tuple[Directory, ...]:
        """Tell where downloads go under these variables; `manager` is one of the names that the module serves."""

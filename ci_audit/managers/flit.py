"""Flit: `install`.

Facts: Flit's documentation (cmdline) and `flit/install.py`: it gives what the project requires to `pip install`.
"""

from __future__ import annotations

from ci_audit.managers import pip_cache
from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.files import file_use, nearest
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import Answer, Cleanup, Directory, FileUse, Install

SYNTAX = Syntax(
    "--ini-file|-f --deps --extras --python",
    "--symlink|-s --pth-file --user --env --only-deps --debug --help|-h --version",
)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    if [word.text for word in arguments.positionals[:1]] != ["install"]:
        return ()
    network = Answer(True, "")
    deps = arguments.last("--deps")
    if arguments.has("--help", "--version"):
        network = PRINTS
    elif deps is not None and deps.text == "none":
        network = Answer(False, "`--deps none` leaves nothing to fetch", call.command.where_of(deps))
    given = arguments.last("--ini-file")
    if given is not None:
        files: tuple[FileUse, ...] = (file_use(call, given, "project"),)
    else:
        project = nearest(call, "pyproject.toml")
        files = (FileUse(project, "project"),) if project else ()
    kept = pip_cache.storage(call)
    return (
        Install(
            call.command,
            "flit",
            "install",
            network,
            pip_cache.index_url(call),
            kept.downloads,
            tuple(virtual_environments(call, arguments.last("--python"))),
            kept.switch,
            files=files,
            gap=kept.gap,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (pip_cache.directory(place),)

"""Pipenv: `install`, `sync`, `update`, `upgrade`, `lock`, `--clear`.

Facts: Pipenv's documentation (configuration) and `pipenv/environments.py`, `pipenv/utils/pip.py`.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.files import configured, file_use, lock_state, nearest, root_of, tables
from ci_audit.managers.folders import below, in_home, named, setting, user_cache
from ci_audit.managers.indexes import PYPI, index_from, index_name
from ci_audit.managers.pins import kind_of, package
from ci_audit.managers.pip_cache import storage as pip_storage
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import Answer, Cleanup, Directory, Install

SYNTAX = Syntax(
    "--python --pypi-mirror --requirements|-r --index|-i --categories --extra-pip-args --editable|-e --extras",
    "--dev|-d --deploy --system --ignore-pipfile --skip-lock --pre --clear --verbose|-v --quiet|-q --site-packages"
    " --keep-outdated --selective-upgrade --sequential --bare --no-deps --outdated --dry-run --three --two --rm"
    " --help|-h --version --where --venv --py --envs --support --lock-only --dev-only",
)

_VERBS = frozenset(("install", "sync", "update", "upgrade", "lock"))

VARIABLES = {"pipenv": "PIPENV_CACHE_DIR"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    words = [word.text for word in arguments.positionals]
    verb = words[0] if words else ""
    if verb == "run":
        return ()
    if not verb and arguments.has("--clear"):
        return (Cleanup(call.command, ("pipenv", "pip")),)
    if verb not in _VERBS:
        return ()
    locked, files = lock_state(call, "Pipfile.lock", "Pipfile")
    uses = tuple(file_use(call, word, "requirements") for word in arguments.all("--requirements"))
    named_words = [*arguments.positionals[1:], *arguments.all("--editable")] if verb in ("install", "upgrade") else []
    packages = [package(call, word) for word in named_words if kind_of(word.text) != "project"]
    kept = pip_storage(call)
    return (
        Install(
            call.command,
            "pipenv",
            verb,
            _network(arguments),
            _index(call, arguments),
            directories(call.place, "pipenv"),
            _environments(call) if verb != "lock" and not arguments.has("--system") else (),
            # It names its own directory to pip, which a variable that turns pip's cache off still beats.
            kept.switch if kept.switch is not None and "PIP_NO_CACHE_DIR" in kept.switch.reason else None,
            tuple(one for one in packages if one is not None),
            (*files, *uses),
            locked,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (named(place, VARIABLES["pipenv"]) or user_cache(place, "pipenv", "pipenv", "pipenv", "Cache"),)


def _network(arguments: Arguments) -> Answer:
    if arguments.has("--help", "--version"):
        return PRINTS
    if arguments.has("--dry-run", "--outdated"):
        return Answer(None, "it only looks what is newer")
    return Answer(True, "")


def _environments(call: Invocation) -> tuple[Directory, ...]:
    place = call.place
    project = nearest(call, "Pipfile")
    root = root_of(call, project)
    found = virtual_environments(call._replace(folder=""))
    found.append(Directory(below(root, ".venv")))
    in_project = setting(place.env, "PIPENV_VENV_IN_PROJECT")
    if in_project is None or in_project.value.lower() in ("0", "false", "no", "off"):
        shared = (".virtualenvs",) if place.os == "windows" else (".local", "share", "virtualenvs")
        found.append(named(place, "WORKON_HOME", expands=True) or Directory(in_home(place, *shared)))
    return tuple(found)


def _index(call: Invocation, arguments: Arguments) -> str:
    if arguments.has("--pypi-mirror"):
        return index_name(arguments.text("--pypi-mirror"))
    from_env = index_from(call.command.env, "PIPENV_PYPI_MIRROR", "PIP_INDEX_URL")
    if from_env:
        return from_env
    project = nearest(call, "Pipfile")
    for source in tables(configured(call, project, "source")):
        url = source.get("url")
        if isinstance(url, str):
            return index_name(url)
    return PYPI

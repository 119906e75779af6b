"""Poetry: `install`, `sync`, `add`, `update`, `lock`, `self …`, `cache clear`.

Facts: Poetry's documentation (configuration) and `poetry/config/config.py`.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.files import configured, inside, lock_state, moved, nearest, parent, root_of, tables
from ci_audit.managers.folders import (
    below,
    local_app_data,
    named,
    resolve,
    setting,
    truthy,
    unknown_system,
    user_cache,
)
from ci_audit.managers.indexes import PYPI, index_name
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.managers.tools import named_package
from ci_audit.model import Answer, Cleanup, Directory, Install, Switch

SYNTAX = Syntax(
    "--directory|-C --project|-P --with --without --only --extras|-E --group|-G --source --python --platform --markers",
    "--no-root --no-dev --dev|-D --sync --dry-run --all-extras --all-groups --no-interaction|-n --no-cache"
    " --quiet|-q --verbose|-v|-vv|-vvv --ansi --no-ansi --no-plugins --help|-h --version|-V --remove-untracked"
    " --only-root --compile --no-directory --lock --no-update --regenerate --allow-prereleases --optional"
    " --editable|-e --all --develop --check --strict",
)

_VERBS = frozenset(("install", "sync", "add", "update", "lock"))

VARIABLES = {"poetry": "POETRY_CACHE_DIR"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    words = [word.text for word in arguments.positionals]
    if words[:2] == ["cache", "clear"]:
        whole = arguments.has("--all")
        return (Cleanup(call.command, ("poetry",)),) if whole else ()
    at_self = words[:1] == ["self"]
    verb = words[1] if at_self and len(words) > 1 else words[0] if words else ""
    if verb not in _VERBS or arguments.has("--check"):
        return ()
    inner = moved(call, arguments.last("--directory", "--project"))
    locked, files = lock_state(inner, "poetry.lock", "pyproject.toml")
    named_words = arguments.positionals[2 if at_self else 1 :] if verb == "add" else []
    packages = [named_package(call, word) for word in named_words]
    return (
        Install(
            call.command,
            "poetry",
            f"self {verb}" if at_self else verb,
            _network(call, arguments),
            _index(inner),
            _downloads(inner),
            () if at_self or verb == "lock" else _environments(inner),
            _switch(call, arguments),
            tuple(one for one in packages if one is not None),
            () if at_self else files,
            None if at_self else locked,
            gap=_configured_by_command(call),
        ),
    )


def _configured_by_command(call: Invocation) -> str:
    """Say that `poetry config` sets the directory: what it leaves behind for later commands is not followed."""
    if "poetry config cache-dir" in call.command.text.source.text:
        return "`poetry config cache-dir` says where its downloads go"
    return ""


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    base = _variable(place) or _default(place)
    return tuple(base._replace(path=below(base.path, name)) for name in ("cache", "artifacts"))


def _variable(place: Place) -> Directory | None:
    return named(place, VARIABLES["poetry"], expands=True)


def _default(place: Place) -> Directory:
    if not place.os:
        return unknown_system("pypoetry")
    if place.os == "windows":
        return local_app_data(place, "pypoetry", "Cache")
    return user_cache(place, "pypoetry")


def _base(call: Invocation) -> Directory:
    found = _variable(call.place)
    if found is not None:
        return found
    configured = _configured(call).get("cache-dir")
    if isinstance(configured, str):
        return Directory(resolve(call.place, configured, expands=True), "poetry.toml sets it")
    return _default(call.place)


def _downloads(call: Invocation) -> tuple[Directory, ...]:
    base = _base(call)
    return tuple(base._replace(path=below(base.path, name)) for name in ("cache", "artifacts"))


def _configured(call: Invocation) -> dict[str, object]:
    """Read `poetry.toml` beside the project."""
    project = nearest(call, "pyproject.toml")
    return (call.repository.toml(inside(parent(project), "poetry.toml")) if project else None) or {}


def _environments(call: Invocation) -> tuple[Directory, ...]:
    """List where Poetry may put the project's environment.

    `.venv` is always among them: `poetry config virtualenvs.in-project true`, run earlier, leaves no trace here.
    """
    place = call.place
    project = nearest(call, "pyproject.toml")
    root = root_of(call, project)
    found = virtual_environments(call._replace(folder=""))
    found.append(Directory(below(root, ".venv")))
    variable = setting(place.env, "POETRY_VIRTUALENVS_IN_PROJECT")
    if variable is not None and truthy(variable.value):
        return tuple(found)
    base = _base(call)
    own = named(place, "POETRY_VIRTUALENVS_PATH", expands=True)
    found.append(own or base._replace(path=below(base.path, "virtualenvs")))
    return tuple(found)


def _network(call: Invocation, arguments: Arguments) -> Answer:
    if arguments.has("--help", "--version"):
        return PRINTS
    alone = arguments.last("--only-root")
    if alone is not None:
        return Answer(False, "`--only-root` installs nothing but the project", call.command.where_of(alone))
    dry = arguments.last("--dry-run")
    if dry is not None:
        return Answer(None, "`--dry-run` fetches what it needs to resolve, and not more", call.command.where_of(dry))
    return Answer(True, "")


def _switch(call: Invocation, arguments: Arguments) -> Switch | None:
    word = arguments.last("--no-cache")
    if word is None:
        return None
    return Switch("`--no-cache` turns Poetry's cache off", call.command.where_of(word))


def _index(call: Invocation) -> str:
    """Name the index: the first primary source of the project takes PyPI's place."""
    project = nearest(call, "pyproject.toml")
    for source in tables(configured(call, project, "tool", "poetry", "source")):
        primary = source.get("priority", "primary") in ("primary", "default") and not source.get("secondary")
        url = source.get("url")
        if primary and isinstance(url, str):
            return index_name(url)
    return PYPI

"""PDM: `install`, `sync`, `add`, `update`, `lock`, `cache clear`.

Facts: PDM's documentation (usage/uv, reference/configuration) and `pdm/project/config.py`.
"""

from __future__ import annotations

from ci_audit.managers import uv_cache
from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.files import configured, inside, lock_state, moved, nearest, parent, root_of, tables
from ci_audit.managers.folders import below, named, setting, truthy, user_cache
from ci_audit.managers.indexes import PYPI, index_from, index_name
from ci_audit.managers.protocol import Invocation, Place, Storage
from ci_audit.managers.targets import PRINTS
from ci_audit.managers.tools import named_package
from ci_audit.model import Answer, Cleanup, Directory, Install, Switch

SYNTAX = Syntax(
    "--group|-G|--with --without --project|-p --lockfile|-L --config|-c --skip|-k --venv --override --exclude-newer"
    " --config-setting|-C --editable|-e --python --platform --implementation --strategy|-S",
    "--global|-g --prod|--production --dev|-d --no-default --no-self --no-editable --no-isolation --frozen-lockfile"
    "|--no-lock --check --dry-run --clean --no-clean --clean-unselected|--only-keep --reinstall --fail-fast|-x"
    " --quiet|-q --verbose|-v --help|-h --version|-V --no-cache|-n --update-reuse --update-all --save-exact"
    " --refresh --no-sync --top --unconstrained|-u --plugins --non-interactive --append --no-static-urls",
)

_VERBS = frozenset(("install", "sync", "add", "update", "lock"))

VARIABLES = {"pdm": "PDM_CACHE_DIR"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    words = [word.text for word in arguments.positionals]
    if words[:2] == ["cache", "clear"] and len(words) == 2:
        return (Cleanup(call.command, ("pdm",)),)
    verb = words[0] if words else ""
    if verb == "self" and words[1:2] == ["add"]:
        verb = "self add"
    if verb not in _VERBS and verb != "self add":
        return ()
    inner = moved(call, arguments.last("--project"))
    locked, files = lock_state(inner, "pdm.lock", "pyproject.toml")
    kept = _storage(inner, arguments)
    named_words = arguments.positionals[2 if verb == "self add" else 1 :] if verb.endswith("add") else []
    packages = [named_package(call, word) for word in named_words]
    project = nearest(inner, "pyproject.toml")
    root = root_of(inner, project)
    environments = [
        *virtual_environments(call._replace(folder="")),
        Directory(below(root, ".venv")),
        Directory(below(root, "__pypackages__")),
    ]
    return (
        Install(
            call.command,
            "pdm",
            verb,
            _network(call, arguments, verb),
            _index(inner),
            kept.downloads,
            tuple(environments) if verb in _VERBS and verb != "lock" else (),
            kept.switch,
            tuple(one for one in packages if one is not None),
            files if verb in _VERBS else (),
            locked if verb in _VERBS else None,
            gap=kept.gap,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (named(place, VARIABLES["pdm"]) or user_cache(place, "pdm", "pdm", "pdm", "Cache"),)


def _storage(call: Invocation, arguments: Arguments) -> Storage:
    project = nearest(call, "pyproject.toml")
    config = (call.repository.toml(inside(parent(project), "pdm.toml")) if project else None) or {}
    variable = setting(call.command.env, "PDM_USE_UV")
    if config.get("use_uv") is True or (variable is not None and truthy(variable.value)):
        return uv_cache.storage(call)
    word = arguments.last("--no-cache")
    if word is not None:
        off = Switch(f"`{word.text}` turns PDM's cache off", call.command.where_of(word))
        return Storage(directories(call.place, "pdm"), off)
    variable = setting(call.command.env, "PDM_NO_CACHE")
    if variable is not None and truthy(variable.value):
        return Storage(directories(call.place, "pdm"), Switch("PDM_NO_CACHE turns PDM's cache off", variable.where))
    return Storage(directories(call.place, "pdm"))


def _network(call: Invocation, arguments: Arguments, verb: str) -> Answer:
    if arguments.has("--help", "--version"):
        return PRINTS
    if verb == "lock" and arguments.has("--check"):
        return Answer(False, "it only compares the lock file")
    dry = arguments.last("--dry-run")
    if dry is not None:
        return Answer(None, "`--dry-run` fetches what it needs to resolve, and not more", call.command.where_of(dry))
    return Answer(True, "")


def _index(call: Invocation) -> str:
    from_env = index_from(call.command.env, "PDM_PYPI_URL")
    if from_env:
        return from_env
    project = nearest(call, "pyproject.toml")
    for source in tables(configured(call, project, "tool", "pdm", "source")):
        url = source.get("url")
        if source.get("name") == "pypi" and isinstance(url, str):
            return index_name(url)
    return PYPI

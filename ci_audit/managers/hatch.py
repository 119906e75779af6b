"""Hatch: `run`, `test`, `fmt`, `build`, `env create`, and what else makes an environment.

Facts: Hatch's documentation (config/hatch, plugins/environment/virtual) and `hatch/env/internal/`: its own environments
for tests and formatting use uv, any other one pip unless its `installer` says otherwise.
"""

from __future__ import annotations

from ci_audit.managers import pip_cache, uv_cache
from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.files import configured, inside, nearest, parent
from ci_audit.managers.folders import below, in_home, local_app_data, named, xdg_data
from ci_audit.managers.protocol import Invocation, Place, Storage
from ci_audit.managers.targets import PRINTS
from ci_audit.model import Answer, Cleanup, Directory, FileUse, Install

SYNTAX = Syntax(
    "--env|-e --project|-p --data-dir --cache-dir --config --include|-i --exclude|-x --filter|-f --target|-t"
    " --python|-py",
    "--verbose|-v --quiet|-q --color --no-color --interactive --no-interactive --help|-h --version --force-continue"
    " --ignore-compat --all|-a --randomize|-r --parallel|-p --cover|-c --cover-quiet --check --sync --clean"
    " --clean-hooks-after --clean-only --ext --no-hooks --show|-s",
)

_UV_VERBS = frozenset(("test", "fmt", "check"))


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    head = read_arguments(call.words, SYNTAX, until=1)
    if not head.positionals:
        return ()
    verb = head.positionals[0].text
    rest = read_arguments(head.rest, SYNTAX, until=1)
    first = rest.positionals[0].text if rest.positionals else ""
    if verb == "env" and first in ("create", "run"):
        name = read_arguments(rest.rest, SYNTAX, until=1)
        target = name.positionals[0].text if first == "create" and name.positionals else name.text("--env")
        verb = f"env {first}"
    elif verb == "run":
        target = first.partition(":")[0] if ":" in first else ""
    elif verb in _UV_VERBS or verb in ("build", "shell"):
        target = ""
    else:
        return ()
    target = target or head.text("--env") or "default"
    kept = _storage(call, verb, target)
    network = Answer(True, "")
    if head.has("--help", "--version") or rest.has("--help") or (verb == "test" and rest.has("--show")):
        network = PRINTS
    project = nearest(call, "hatch.toml", "pyproject.toml")
    return (
        Install(
            call.command,
            "hatch",
            verb,
            network,
            pip_cache.index_url(call),
            kept.downloads,
            _environments(call.place, head),
            kept.switch,
            files=(FileUse(project, "project"),) if project else (),
            gap=kept.gap,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (pip_cache.directory(place),)


def _storage(call: Invocation, verb: str, target: str) -> Storage:
    """Choose between pip's and uv's cache by the installer of the environment."""
    if verb in _UV_VERBS:
        return uv_cache.storage(call)
    installers = _installers(call)
    own = installers.get(target)
    inherited = own or (installers.get("default") if target != "default" else None)
    if verb == "build" and "hatch-build" not in installers:
        return pip_cache.storage(call)
    if inherited == "uv":
        return uv_cache.storage(call)
    kept = pip_cache.storage(call)
    if own is None and "uv" in installers.values() and target != "default":
        return kept._replace(gap=f"whether hatch fills `{target}` with pip or uv is not known")
    return kept


def _installers(call: Invocation) -> dict[str, str]:
    """Read which environments name an installer, from `hatch.toml` or `[tool.hatch.envs]`."""
    project = nearest(call, "pyproject.toml", "hatch.toml")
    if not project:
        return {}
    folder = parent(project)
    found = {}
    for table in (
        configured(call, inside(folder, "pyproject.toml"), "tool", "hatch", "envs"),
        configured(call, inside(folder, "hatch.toml"), "envs"),
    ):
        for name, settings in table.items() if isinstance(table, dict) else ():
            installer = settings.get("installer") if isinstance(settings, dict) else None
            if isinstance(installer, str):
                found[name] = installer
    return found


def _environments(place: Place, head: Arguments) -> tuple[Directory, ...]:
    found = named(place, "HATCH_DATA_DIR", "env")
    if found is not None:
        return (found,)
    if place.os == "macos":
        return (Directory(in_home(place, "Library", "Application Support", "hatch", "env")),)
    if place.os == "windows":
        return (local_app_data(place, "hatch", "env"),)
    data = xdg_data(place, "hatch")
    return (data._replace(path=below(data.path, "env")),)

"""Pixi: `install`, `reinstall`, `update`, `add`, `run`, `shell`, `clean cache`.

Facts: Pixi's documentation (reference/environment_variables, advanced cleaning) and rattler's `default_cache_dir`.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import lock_state, nearest, root_of
from ci_audit.managers.folders import below, in_home, local_app_data, named, setting, unknown_system, xdg_cache
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, Install

SYNTAX = Syntax(
    "--manifest-path|-m --environment|-e --color --platform|-p --feature|-f --channel|-c --spec|-s --with|-w"
    " --auth-file --concurrent-downloads --concurrent-solves --pinning-strategy --tls-root-certs",
    "--locked --frozen --all|-a --no-progress --quiet|-q --verbose|-v --help|-h --version|-V --no-install"
    " --no-lockfile-update --pypi --force-reinstall --skip-deps --clean-env --as-is --dry-run|-n",
)

_VERBS = {"install": "install", "i": "install", "add": "add", "a": "add", "update": "update", "reinstall": "reinstall"}
_USES = {"run": "run", "r": "run", "shell": "shell", "s": "shell", "shell-hook": "shell-hook"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    head = read_arguments(call.words, SYNTAX, until=1)
    spelled = head.positionals[0].text if head.positionals else ""
    if spelled == "clean":
        return (Cleanup(call.command, ("pixi",)),) if head.rest and head.rest[0].text == "cache" else ()
    verb = _VERBS.get(spelled) or _USES.get(spelled, "")
    if not verb:
        return ()
    arguments = read_arguments(head.rest, SYNTAX, until=1 if verb == "run" else 0)
    network = Answer(True, "")
    if head.has("--help", "--version") or arguments.has("--help"):
        network = PRINTS
    elif arguments.has("--no-install", "--dry-run"):
        network = Answer(None, "it fetches what it needs to resolve, and not more")
    elif verb not in _VERBS.values():
        network = Answer(None, "its environment may be there already")
    locked, files = lock_state(call, "pixi.lock", "pixi.toml")
    root = root_of(call, nearest(call, "pixi.toml") or nearest(call, "pyproject.toml"))
    return (
        Install(
            call.command,
            "pixi",
            verb,
            network,
            "conda's channels",
            directories(call.place, "pixi"),
            (Directory(below(root, ".pixi")),),
            files=files,
            locked=locked,
            ecosystem="conda",
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    for variable in ("PIXI_CACHE_DIR", "RATTLER_CACHE_DIR"):
        found = named(place, variable)
        if found is not None:
            return (found,)
    if setting(place.env, "XDG_CACHE_HOME") is not None:
        return (Directory(below(UNKNOWN, "rattler"), "which folder of XDG_CACHE_HOME it is depends on what is there"),)
    if place.os == "linux":
        cache = xdg_cache(place, "rattler")
        return (cache._replace(path=below(cache.path, "cache")),)
    if place.os == "macos":
        return (Directory(in_home(place, "Library", "Caches", "rattler", "cache")),)
    if place.os == "windows":
        return (local_app_data(place, "rattler", "cache"),)
    return (unknown_system("rattler"),)

"""Composer: `install`, `update`, `require`, `clear-cache`.

Facts: Composer's documentation (config, `cache-dir`): outside Windows and macOS the default depends on the system.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import lock_state, moved
from ci_audit.managers.folders import below, in_home, local_app_data, named
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, Install, Switch

SYNTAX = Syntax(
    "--working-dir|-d --prefer-install --ignore-platform-req --apcu-autoloader-prefix --minimum-stability",
    "--no-dev --no-interaction|-n --prefer-dist --prefer-source --no-progress --optimize-autoloader|-o --no-scripts"
    " --no-plugins --no-autoloader --classmap-authoritative|-a --ignore-platform-reqs --quiet|-q"
    " --verbose|-v|-vv|-vvv --ansi --no-ansi --no-cache --dry-run --dev --no-suggest --help|-h --version|-V"
    " --download-only --lock --with-dependencies|-w --with-all-dependencies|-W --prefer-stable --prefer-lowest"
    " --no-audit --no-update",
)

_VERBS = {
    "install": "install",
    "i": "install",
    "update": "update",
    "u": "update",
    "upgrade": "update",
    "require": "require",
}

VARIABLES = {"composer": "COMPOSER_CACHE_DIR"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    words = arguments.positionals
    if words[:1] and words[0].text == "global":
        words = words[1:]
    spelled = words[0].text if words else ""
    if spelled in ("clear-cache", "clearcache", "cc"):
        return (Cleanup(call.command, ("composer",)),)
    verb = _VERBS.get(spelled, "")
    if not verb:
        return ()
    inner = moved(call, arguments.last("--working-dir"))
    network = Answer(True, "")
    if arguments.has("--help", "--version"):
        network = PRINTS
    elif arguments.has("--dry-run", "--no-update", "--lock"):
        network = Answer(None, "it fetches what it needs to resolve, and not more")
    off = arguments.last("--no-cache")
    switch = Switch("`--no-cache` turns Composer's cache off", call.command.where_of(off)) if off is not None else None
    locked, files = lock_state(inner, "composer.lock", "composer.json")
    return (
        Install(
            call.command,
            "composer",
            verb,
            network,
            "Packagist",
            directories(inner.place, "composer"),
            (Directory(below(inner.place.cwd, "vendor")),) if "global" not in call.words[0].text else (),
            switch,
            files=files,
            locked=locked,
            ecosystem="composer",
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    own = named(place, VARIABLES["composer"], expands=True)
    if own is not None:
        return (own,)
    if place.os == "macos":
        return (Directory(in_home(place, "Library", "Caches", "composer")),)
    if place.os == "windows":
        return (local_app_data(place, "Composer"),)
    return (Directory(below(UNKNOWN, "composer"), "where Composer keeps packages depends on the system"),)

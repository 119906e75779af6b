"""Bun: `install`, `add`, `update`, `ci`, `x` and bunx, `pm cache rm`.

Facts: Bun's documentation (install/cache): the same directory on every system.
"""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import lock_state, moved
from ci_audit.managers.folders import below, in_home, named, resolve
from ci_audit.managers.node import node_packages, run_of
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import Answer, Cleanup, Directory, Install, Switch, Word

SYNTAX = Syntax(
    "--config|-c --cwd --cache-dir --backend --registry --network-concurrency --concurrent-scripts --omit --filter"
    " --linker",
    "--frozen-lockfile --production|-p --no-save --save --dry-run --force|-f --no-cache --silent --verbose"
    " --no-progress --no-summary --no-verify --ignore-scripts --global|-g --dev|-d|--development --exact|-E"
    " --optional --yarn|-y --help|-h --trust --save-text-lockfile --lockfile-only --latest",
)

_VERBS = {"install": "install", "i": "install", "add": "add", "a": "add", "update": "update", "ci": "ci"}

VARIABLES = {"bun": "BUN_INSTALL_CACHE_DIR"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "bunx":
        return _run(call, call.words)
    arguments = read_arguments(call.words, SYNTAX)
    words = arguments.positionals
    if words and words[0].text == "x":
        return _run(call, [word for word in call.words if word is not words[0]])
    if [word.text for word in words] == ["pm", "cache", "rm"]:
        return (Cleanup(call.command, ("bun",)),)
    verb = _VERBS.get(words[0].text, "") if words else ""
    if not verb:
        return ()
    inner = moved(call, arguments.last("--cwd"))
    network = Answer(True, "")
    if arguments.has("--help"):
        network = PRINTS
    elif arguments.has("--dry-run", "--lockfile-only"):
        network = Answer(None, "it fetches what it needs to resolve, and not more")
    everywhere = arguments.has("--global")
    locked, files = (None, ()) if everywhere else lock_state(inner, "bun.lock", "package.json")
    if locked is False:
        locked, files = lock_state(inner, "bun.lockb", "package.json")
    downloads = directories(inner.place, "bun")
    given = arguments.last("--cache-dir")
    if given is not None:
        path = resolve(inner.place, given.text)
        downloads = (Directory(path, "`--cache-dir` is given", call.command.where_of(given)),)
    off = arguments.last("--no-cache")
    switch = Switch("`--no-cache` turns Bun's cache off", call.command.where_of(off)) if off is not None else None
    return (
        Install(
            call.command,
            "bun",
            verb,
            network,
            "the npm registry",
            downloads,
            () if everywhere else (Directory(below(inner.place.cwd, "node_modules")),),
            switch,
            node_packages(call, words[1:]),
            files,
            locked,
            "npm",
        ),
    )


def _run(call: Invocation, words: Sequence[Word]) -> tuple[Install, ...]:
    found = run_of(call, words)
    if found is None:
        return ()
    network, packages = found
    kept = directories(call.place, "bun")
    install = Install(call.command, "bun", "x", network, "the npm registry", kept, packages=packages)
    return (install._replace(ecosystem="npm"),)


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    own = named(place, VARIABLES["bun"]) or named(place, "BUN_INSTALL", "install", "cache")
    return (own or Directory(in_home(place, ".bun", "install", "cache")),)

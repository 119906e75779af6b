"""pnpm: `install`, `add`, `update`, `fetch`, `dlx`.

Facts: pnpm's documentation (settings, `storeDir`).
"""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import lock_state, moved
from ci_audit.managers.folders import below, in_home, local_app_data, named, resolve, unknown_system
from ci_audit.managers.node import node_packages
from ci_audit.managers.npm import npmrc
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import Answer, Cleanup, Directory, Install

SYNTAX = Syntax(
    "--dir|-C --store-dir --filter|-F --registry --reporter --loglevel --lockfile-dir --modules-dir"
    " --virtual-store-dir --package-import-method --network-concurrency --child-concurrency --cpu --os --package",
    "--frozen-lockfile --no-frozen-lockfile --global|-g --prod|-P|--production --dev|-D --save-dev --save-exact|-E"
    " --save-prod --offline --prefer-offline --ignore-scripts --shamefully-hoist --silent|-s --recursive|-r --force"
    " --no-optional --fix-lockfile --lockfile-only --strict-peer-dependencies --help|-h --version|-v --latest|-L"
    " --workspace-root|-w --ignore-workspace --no-lockfile --prefer-frozen-lockfile --use-store-server --no-color",
)

_VERBS = {
    **dict.fromkeys(("install", "i"), "install"),
    **dict.fromkeys(("update", "up", "upgrade"), "update"),
    **{verb: verb for verb in ("add", "fetch", "dlx")},
}

VARIABLES = {"pnpm": "npm_config_store_dir"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    words = arguments.positionals
    if call.program == "pnpx" and words:
        words = [words[0]._replace(text="dlx"), *words]
    verb = _VERBS.get(words[0].text, "") if words else ""
    if not verb:
        return ()
    inner = moved(call, arguments.last("--dir"))
    network = Answer(True, "")
    if arguments.has("--help", "--version"):
        network = PRINTS
    elif arguments.has("--offline"):
        network = Answer(False, "`--offline` keeps pnpm away from the registry")
    elif arguments.has("--lockfile-only"):
        network = Answer(None, "it fetches what it needs to resolve, and not more")
    everywhere = arguments.has("--global")
    locked, files = (None, ()) if everywhere else lock_state(inner, "pnpm-lock.yaml", "package.json")
    downloads = directories(inner.place, "pnpm")
    given = arguments.last("--store-dir")
    configured = npmrc(inner, "store-dir") if given is None and not downloads[0].reason else ""
    if given is not None:
        path = resolve(inner.place, given.text, expands=True)
        downloads = (Directory(path, "`--store-dir` is given", call.command.where_of(given)),)
    elif configured:
        downloads = (Directory(resolve(inner.place, configured, expands=True), "`.npmrc` sets it"),)
    return (
        Install(
            call.command,
            "pnpm",
            verb,
            network,
            "the npm registry",
            downloads,
            () if everywhere or verb == "dlx" else (Directory(below(inner.place.cwd, "node_modules")),),
            packages=node_packages(call, words[1:] if verb != "dlx" else words[1:2]),
            files=files,
            locked=locked,
            ecosystem="npm",
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    for variable in (VARIABLES["pnpm"], "NPM_CONFIG_STORE_DIR", "PNPM_CONFIG_STORE_DIR", "pnpm_config_store_dir"):
        found = named(place, variable, expands=True)
        if found is not None:
            return (found,)
    own = named(place, "PNPM_HOME", "store") or named(place, "XDG_DATA_HOME", "pnpm", "store")
    if own is not None:
        return (own,)
    if place.os == "macos":
        return (Directory(in_home(place, "Library", "pnpm", "store")),)
    if place.os == "windows":
        return (local_app_data(place, "pnpm", "store"),)
    if place.os == "linux":
        return (Directory(in_home(place, ".local", "share", "pnpm", "store")),)
    return (unknown_system("pnpm"),)

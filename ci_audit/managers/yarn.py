"""Yarn: `install`, `add`, `global add`, `upgrade`, `cache clean`.

Facts: Yarn's documentation: version 1 keeps a cache for the user; version 4 too, elsewhere; 2 and 3 one in the project.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import lock_state, moved, nearest
from ci_audit.managers.folders import below, in_home, local_app_data, named, resolve
from ci_audit.managers.node import node_packages
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, Install

SYNTAX = Syntax(
    "--cwd --cache-folder --modules-folder --network-timeout --registry --mutex --network-concurrency --mode"
    " --prefix --global-folder --otp --tag",
    "--frozen-lockfile --immutable --immutable-cache --check-cache --production|--prod --non-interactive"
    " --silent|-s --dev|-D --exact|-E --tilde|-T --peer|-P --offline --prefer-offline --ignore-scripts"
    " --ignore-engines --force --pure-lockfile --no-lockfile --check-files --verbose --no-progress --help|-h"
    " --version|-v --inline-builds --ignore-optional --ignore-workspace-root-check|-W --json --latest --all --mirror"
    " --flat --har --link-duplicates",
)

_VERBS = frozenset(("install", "add", "upgrade", "up", "import", "dlx"))

VARIABLES = {"yarn": "YARN_CACHE_FOLDER"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    words = arguments.positionals
    if not words and arguments.has("--help", "--version"):
        return ()
    verb = words[0].text if words else "install"
    if verb == "cache":
        whole = [word.text for word in words[1:]] in (["clean"], ["clear"])
        return (Cleanup(call.command, ("yarn",)),) if whole else ()
    everywhere = verb == "global"
    if everywhere:
        words = words[1:]
        verb = words[0].text if words else ""
    if verb not in _VERBS:
        return ()
    inner = moved(call, arguments.last("--cwd"))
    network = Answer(True, "")
    if arguments.has("--help", "--version"):
        network = PRINTS
    elif arguments.has("--offline"):
        network = Answer(False, "`--offline` keeps Yarn away from the registry")
    locked, files = (None, ()) if everywhere else lock_state(inner, "yarn.lock", "package.json")
    given = arguments.last("--cache-folder")
    downloads = _downloads(inner)
    if given is not None:
        path = resolve(inner.place, given.text)
        downloads = (Directory(path, "`--cache-folder` is given", call.command.where_of(given)),)
    return (
        Install(
            call.command,
            "yarn",
            f"global {verb}" if everywhere else verb,
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
    return (named(place, VARIABLES["yarn"]) or _classic(place),)


def _classic(place: Place) -> Directory:
    """Give the cache of Yarn 1."""
    if place.os == "linux":
        return named(place, "XDG_CACHE_HOME", "yarn") or Directory(in_home(place, ".cache", "yarn"))
    if place.os == "macos":
        return Directory(in_home(place, "Library", "Caches", "Yarn"))
    if place.os == "windows":
        return local_app_data(place, "Yarn", "Cache")
    return Directory(below(UNKNOWN, "yarn"), "the operating system is not known")


def _downloads(call: Invocation) -> tuple[Directory, ...]:
    found = named(call.place, VARIABLES["yarn"])
    if found is not None:
        return (found,)
    if nearest(call, ".yarnrc.yml"):
        return (
            Directory(below(UNKNOWN, "yarn"), "where Yarn 2 and later keep packages depends on version and settings"),
        )
    return (_classic(call.place),)

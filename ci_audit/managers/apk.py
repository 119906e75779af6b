"""apk: `add`, `upgrade`, `fix`, `cache clean`."""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.folders import resolve
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.system import system_install
from ci_audit.managers.targets import NOTHING
from ci_audit.model import Answer, Cleanup, Directory, Install, Package, Switch, Word

SYNTAX = Syntax(
    "--virtual|-t --repository|-X --root|-p --arch --cache-dir --cache-max-age --keys-dir --repositories-file"
    " --wait --timeout --progress-fd",
    "--no-cache --update-cache|-U --update|-u --quiet|-q --verbose|-v --force|-f --interactive|-i --no-interactive"
    " --upgrade --latest|-l --available|-a --simulate|-s --no-network --no-progress --allow-untrusted --no-scripts"
    " --help|-h --version|-V --initdb --purge --no-check-certificate --clean-protected",
)

_VERBS = frozenset(("add", "upgrade", "fix"))


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    verb = arguments.positionals[0].text if arguments.positionals else ""
    words = arguments.positionals[1:]
    if verb == "cache":
        whole = [word.text for word in words[:1]] in (["clean"], ["purge"])
        return (Cleanup(call.command, ("apk",)),) if whole else ()
    if verb not in _VERBS:
        return ()
    network = Answer(True, "")
    silent = arguments.last("--help", "--version", "--simulate", "--no-network")
    if silent is not None:
        network = Answer(False, f"`{silent.text}` fetches nothing", call.command.where_of(silent))
    elif verb == "add" and not words:
        network = NOTHING
    elif words and all(word.text.endswith(".apk") for word in words):
        network = Answer(None, "what the local files depend on may be there already")
    switch = None
    off = arguments.last("--no-cache")
    if off is not None:
        switch = Switch("`--no-cache` turns apk's cache off", call.command.where_of(off))
    downloads = directories(call.place, "apk")
    given = arguments.last("--cache-dir")
    if given is not None:
        path = resolve(call.place, given.text)
        downloads = (Directory(path, "`--cache-dir` is given", call.command.where_of(given)),)
    packages = tuple(_package(call, word) for word in words if not word.text.startswith("!"))
    return (system_install(call, "apk", verb, network, downloads, packages, switch=switch),)


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (Directory("/var/cache/apk"),)


def _package(call: Invocation, word: Word) -> Package:
    name, equals, version = word.text.partition("=")
    where = call.command.where_of(word)
    if not word.known:
        return Package(name, equals + version, None, "it is not known", where, "system")
    if equals and not name.endswith(("<", ">", "~")):
        return Package(name, equals + version, True, f"`={version}` names one version", where, "system")
    return Package(name, equals + version, False, "it names no version", where, "system")

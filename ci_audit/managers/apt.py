"""apt, apt-get and aptitude: `install`, `upgrade` and its kin, `clean`."""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.system import system_install
from ci_audit.managers.targets import NOTHING
from ci_audit.model import Answer, Cleanup, Directory, Install, Package, Word

SYNTAX = Syntax(
    "--option|-o --target-release|-t|--default-release --config-file|-c --host-architecture|-a --with-source",
    "--yes|-y|--assume-yes --quiet|-q|-qq --no-install-recommends --install-recommends --simulate|-s|--just-print"
    "|--dry-run|--recon|--no-act --download-only|-d --no-download --print-uris --fix-broken|-f --fix-missing|-m"
    " --allow-unauthenticated --force-yes --reinstall --no-upgrade --only-upgrade --allow-downgrades"
    " --allow-remove-essential --allow-change-held-packages --show-upgraded|-u --verbose-versions|-V --help|-h"
    " --version|-v --no-remove --auto-remove --purge --trivial-only --ignore-hold --ignore-missing --update",
)

_VERBS = frozenset(
    ("install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "source", "download", "reinstall")
)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    verb = arguments.positionals[0].text if arguments.positionals else ""
    if verb == "clean":
        return (Cleanup(call.command, ("apt",)),)
    if verb not in _VERBS:
        return ()
    words = arguments.positionals[1:]
    network = Answer(True, "")
    silent = arguments.last("--help", "--version", "--simulate", "--no-download", "--print-uris")
    if silent is not None:
        network = Answer(False, f"`{silent.text}` installs nothing new", call.command.where_of(silent))
    elif verb == "install" and not words:
        network = NOTHING
    elif words and all(word.text.endswith(".deb") for word in words):
        network = Answer(None, "what the local files depend on may be there already")
    gap = ""
    if any("dir::" in word.text.lower() for word in arguments.all("--option")):
        gap = "an option moves apt's directories"
    packages = tuple(_package(call, word) for word in words if not word.text.endswith(".deb"))
    return (system_install(call, "apt", verb, network, directories(call.place, "apt"), packages, gap=gap),)


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (Directory("/var/cache/apt"), Directory("/var/lib/apt"))


def _package(call: Invocation, word: Word) -> Package:
    name, equals, version = word.text.partition("=")
    where = call.command.where_of(word)
    if not word.known:
        return Package(name, equals + version, None, "it is not known", where, "system")
    if equals and "*" not in version:
        return Package(name, equals + version, True, f"`={version}` names one version", where, "system")
    return Package(name, equals + version, False, "it names no version", where, "system")

"""What installs without pip's command line: `easy_install`, `setup.py install|develop|test`, `get-pip.py`."""

from __future__ import annotations

from ci_audit.managers import pip
from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.pins import kind_of, package
from ci_audit.managers.pip_cache import directory, index_url, offline, storage
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.model import Answer, Cleanup, Directory, Install

SYNTAX = Syntax(
    "--prefix --root --install-lib --install-dir|-d --script-dir|-s --index-url|-i --find-links|-f --record --home"
    " --install-scripts --install-data --cache-dir",
    "--user --upgrade|-U --no-deps|-N --quiet|-q --verbose|-v --help|-h --version --always-unzip|-Z"
    " --multi-version|-m --single-version-externally-managed --no-cache-dir --no-index --no-setuptools --no-wheel"
    " --editable|-e --force",
)

_VERBS = frozenset(("install", "develop", "test", "easy_install"))

_GAP = "setuptools keeps no cache of what it downloads"


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "get-pip.py":
        return _get_pip(call)
    arguments = read_arguments(call.words, SYNTAX)
    if arguments.has("--help", "--version"):
        return ()
    if call.program == "easy_install":
        verb, words = "easy_install", arguments.positionals
    else:
        verb = next((word.text for word in arguments.positionals if word.text in _VERBS), "")
        words = arguments.positionals[1:] if verb == "easy_install" else []
    if not verb:
        return ()
    network = Answer(None, "what the project depends on may be there already")
    if verb == "easy_install":
        remote = any(kind_of(word.text) in ("package", "url") for word in words)
        network = Answer(True, "") if remote else Answer(None, "what it installs is not known")
    packages = [package(call, word) for word in words]
    return (
        Install(
            call.command,
            "setuptools",
            verb,
            network,
            index_url(call, arguments.text("--index-url")),
            (),
            tuple(virtual_environments(call)),
            packages=tuple(one for one in packages if one is not None),
            gap=_GAP,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (directory(place),) if manager == "get-pip.py" else ()


def _get_pip(call: Invocation) -> tuple[Install, ...]:
    """Read `python get-pip.py [pip==…] [pip's options]`: it runs `pip install` on itself."""
    arguments = read_arguments(call.words, pip.SYNTAX)
    if arguments.has("--help", "--version"):
        return ()
    kept = storage(call, option=arguments.last("--cache-dir"), no_cache=arguments.last("--no-cache-dir"))
    network = Answer(True, "")
    if arguments.has("--no-index") or offline(call) is not None:
        network = Answer(False, "`--no-index` keeps pip away from indexes")
    packages = [package(call, word, upgrade=True) for word in arguments.positionals]
    return (
        Install(
            call.command,
            "pip",
            "get-pip",
            network,
            index_url(call, arguments.text("--index-url")),
            kept.downloads,
            tuple(virtual_environments(call)),
            kept.switch,
            tuple(one for one in packages if one is not None),
            gap=kept.gap,
        ),
    )

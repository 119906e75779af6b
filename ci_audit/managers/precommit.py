"""pre-commit and prek: `run`, `install --install-hooks`, `install-hooks`, `try-repo`, `autoupdate`, `clean`.

Facts: `pre_commit/store.py` (the same directory on every system) and prek's documentation (PREK_HOME).
"""

from __future__ import annotations

import re

from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.files import here, relative
from ci_audit.managers.folders import local_app_data, named, windows_or, xdg_cache
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, FileUse, Install
from ci_audit.patterns import regex

SYNTAX = Syntax(
    "--config|-c --hook-stage|--stage --from-ref|--source|-s --to-ref|--origin|-o --remote-branch --local-branch"
    " --commit-msg-filename --hook-type|-t --remote-name --remote-url --checkout-type --color --repo --ref|--rev"
    " --jobs|-j --skip --directory|-d --cd|-C --commit-object-name --prepare-commit-message-source --rewrite-command",
    "--all-files|-a --verbose|-v --show-diff-on-failure --install-hooks|--prepare-hooks --overwrite|-f --help|-h"
    " --version|-V --bleeding-edge --freeze --allow-missing-config --fail-fast --last-commit --dry-run --quiet|-q"
    " --no-progress --refresh --is-squash-merge",
)

_REPOSITORY = regex(r"^\s*-?\s*[\"']?repo[\"']?\s*[:=]\s*[\"']?([^\s\"'#,}]+)", re.MULTILINE)
_LANGUAGE = regex(r"^\s*-?\s*language\s*:\s*[\"']?([a-z_]+)", re.MULTILINE)
_LOCAL_LANGUAGES = frozenset(("system", "script", "fail", "pygrep", "unsupported", "unsupported_script"))

_SOURCE = "the repositories of its hooks"

VARIABLES = {"pre-commit": "PRE_COMMIT_HOME", "prek": "PREK_HOME"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    verb = arguments.positionals[0].text if arguments.positionals else ("run" if call.program == "prek" else "")
    if verb == "clean" or (verb == "cache" and [w.text for w in arguments.positionals[1:2]] == ["clean"]):
        return (Cleanup(call.command, (call.program,)),)
    if verb == "install" and not arguments.has("--install-hooks"):
        return ()
    if arguments.has("--version") and not verb:
        return ()
    if verb not in ("run", "install", "install-hooks", "prepare-hooks", "try-repo", "autoupdate", "auto-update"):
        return ()
    network, path = _network(call, arguments, verb)
    return (
        Install(
            call.command,
            call.program,
            verb,
            network,
            _SOURCE,
            directories(call.place, call.program),
            files=(FileUse(path, "project"),) if path else (),
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    if manager == "prek":
        own = windows_or(place, local_app_data(place, "prek"), xdg_cache(place, "prek"), "prek")
        return (named(place, VARIABLES["prek"]) or own,)
    return (named(place, VARIABLES["pre-commit"]) or xdg_cache(place, "pre-commit"),)


def _network(call: Invocation, arguments: Arguments, verb: str) -> tuple[Answer, str]:
    if arguments.has("--help", "--version"):
        return PRINTS, ""
    if verb in ("autoupdate", "auto-update"):
        return Answer(None, "it asks the repositories of the hooks for newer versions"), ""
    if verb == "try-repo":
        return Answer(True, ""), ""
    given = arguments.text("--config")
    names = (given,) if given else (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")
    for name in names:
        path = relative(call.place, name) if given else here(call, name)
        source = call.repository.source(path) if path and UNKNOWN not in path else None
        if source is not None and path:
            return _network_of(source.text), path
    return Answer(None, "its configuration is not here"), ""


def _network_of(text: str) -> Answer:
    """Judge a configuration: hooks of local repositories in languages without an environment fetch nothing."""
    repositories = set(_REPOSITORY.findall(text))
    local = bool(repositories) and repositories <= {"local", "meta", "builtin"}
    if local and set(_LANGUAGE.findall(text)) <= _LOCAL_LANGUAGES:
        return Answer(False, "its hooks are local and need no environment")
    return Answer(True, "")

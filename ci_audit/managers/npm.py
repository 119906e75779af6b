"""npm: `install`, `ci`, `update`, `install-test`, `exec` and npx, `cache clean`.

Facts: npm's documentation (config, `cache`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.files import here, lock_state, moved, relative
from ci_audit.managers.folders import below, in_home, local_app_data, named, resolve, setting, windows_or
from ci_audit.managers.indexes import index_name
from ci_audit.managers.node import RUN, node_packages, run_of
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, FileUse, Install, Word

SYNTAX = Syntax(
    "--prefix|-C --registry --cache --workspace|-w --omit --include --loglevel --tag --userconfig --globalconfig"
    " --install-strategy --cpu --os --libc --fetch-retries --fetch-timeout --network-timeout --maxsockets --before",
    "--global|-g --save|-S --save-dev|-D|--dev --save-prod|-P --save-exact|-E --save-optional|-O --no-save"
    " --legacy-peer-deps --force|-f --production --no-audit --no-fund --no-optional --ignore-scripts --silent|-s"
    " --quiet|-q|-d --verbose --offline --prefer-offline --dry-run --no-package-lock --package-lock-only"
    " --frozen-lockfile --unsafe-perm --workspaces|-ws --no-bin-links --no-progress --yes|-y --help|-h --version|-v"
    " --strict-peer-deps --audit --fund --include-workspace-root --no-shrinkwrap --only-production"
    " --no-update-notifier --foreground-scripts",
)

_VERBS = {
    **dict.fromkeys(("install", "i", "add", "in", "ins", "inst", "isntall"), "install"),
    **dict.fromkeys(("ci", "clean-install", "ic", "install-clean"), "ci"),
    **dict.fromkeys(("install-test", "it"), "install-test"),
    **dict.fromkeys(("install-ci-test", "cit", "sit"), "install-ci-test"),
    **dict.fromkeys(("update", "up", "upgrade"), "update"),
}

VARIABLES = {"npm": "npm_config_cache"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "npx":
        return _run(call, call.words)
    arguments = read_arguments(call.words, SYNTAX)
    spelled = arguments.positionals[0].text if arguments.positionals else ""
    if spelled in ("exec", "x"):
        return _run(call, [word for word in call.words if word is not arguments.positionals[0]])
    words = arguments.positionals[1:]
    if spelled == "cache":
        whole = [word.text for word in words] in (["clean"], ["clear"], ["rm"])
        return (Cleanup(call.command, ("npm",)),) if whole else ()
    verb = _VERBS.get(spelled, "")
    if not verb:
        return ()
    everywhere = arguments.has("--global")
    inner = moved(call, arguments.last("--prefix") if not everywhere else None)
    locked, files = (None, ()) if everywhere else lock_state(inner, "package-lock.json", "package.json")
    if not everywhere and not locked and here(inner, "npm-shrinkwrap.json"):
        locked = True
        files = (*files, FileUse(relative(inner.place, "npm-shrinkwrap.json"), "lock"))
    return (
        Install(
            call.command,
            "npm",
            verb,
            _network(inner, arguments, bool(words) or everywhere),
            _registry(inner, arguments),
            _downloads(inner, arguments),
            () if everywhere else (Directory(below(inner.place.cwd, "node_modules")),),
            packages=node_packages(call, words) if verb in ("install", "update") else (),
            files=files,
            locked=locked,
            ecosystem="npm",
        ),
    )


def _run(call: Invocation, words: Sequence[Word]) -> tuple[Install, ...]:
    found = run_of(call, words)
    if found is None:
        return ()
    network, packages = found
    arguments = read_arguments(words, RUN, until=1)
    install = Install(
        call.command, "npm", "exec", network, _registry(call, arguments), _downloads(call, arguments), packages=packages
    )
    return (install._replace(ecosystem="npm"),)


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    for variable in (VARIABLES["npm"], "NPM_CONFIG_CACHE"):
        found = named(place, variable, expands=True)
        if found is not None:
            return (found,)
    return (windows_or(place, local_app_data(place, "npm-cache"), Directory(in_home(place, ".npm")), "npm"),)


def _downloads(call: Invocation, arguments: Arguments) -> tuple[Directory, ...]:
    given = arguments.last("--cache")
    if given is not None:
        path = resolve(call.place, given.text, expands=True)
        return (Directory(path, "`--cache` is given", call.command.where_of(given)),)
    found = directories(call.place, "npm")
    configured = npmrc(call, "cache")
    if configured and not found[0].reason:
        return (Directory(resolve(call.place, configured, expands=True), "`.npmrc` sets it"),)
    return found


def npmrc(call: Invocation, key: str) -> str:
    """Read a key of the `.npmrc` in the current folder."""
    path = here(call, ".npmrc")
    source = call.repository.source(path) if path else None
    for line in source.text.splitlines() if source is not None else ():
        name, equals, value = line.partition("=")
        if equals and name.strip() == key:
            value = value.strip().strip("\"'")
            return UNKNOWN if "${" in value else value
    return ""


def _network(call: Invocation, arguments: Arguments, complete: bool) -> Answer:
    if arguments.has("--help", "--version"):
        return PRINTS
    offline = arguments.last("--offline")
    if offline is not None:
        return Answer(False, "`--offline` keeps npm away from the registry", call.command.where_of(offline))
    if arguments.has("--dry-run", "--package-lock-only"):
        return Answer(None, "it fetches what it needs to resolve, and not more")
    if not complete and here(call, "package.json") == "":
        return Answer(None, "there is no package.json in this folder")
    return Answer(True, "")


def _registry(call: Invocation, arguments: Arguments) -> str:
    given = arguments.text("--registry")
    variable = setting(call.command.env, "npm_config_registry", "NPM_CONFIG_REGISTRY")
    url = given or (variable.value if variable is not None else "") or npmrc(call, "registry")
    return index_name(url) if url else "the npm registry"

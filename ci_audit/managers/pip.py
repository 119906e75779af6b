"""pip: `install`, `download`, `wheel`, `lock`, and `cache purge`."""

from __future__ import annotations

from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.environments import interpreter_of, virtual_environments
from ci_audit.managers.files import file_use, relative
from ci_audit.managers.folders import resolve, setting
from ci_audit.managers.pins import Constraints, constraints_of, package
from ci_audit.managers.pip_cache import VARIABLE, directory, index_url, offline, storage, user_base
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import NOTHING, PRINTS, UNCERTAIN, addressed, local_links, network_of, projects
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, FileUse, Install, Package, Word

SYNTAX = Syntax(
    "--requirement|-r --constraint|-c --editable|-e --target|-t --index-url|-i|--pypi-url --find-links|-f"
    " --config-settings|--config-setting|-C --cache-dir --extra-index-url --build-constraint --group --prefix --root"
    " --src|--source|--source-dir|--source-directory --dest|--destination-dir|--destination-directory|-d"
    " --wheel-dir|-w --output|-o --platform --python-version --implementation --abi --upgrade-strategy"
    " --global-option --build-option --install-option --no-binary --only-binary --progress-bar --root-user-action"
    " --report --python --log --log-file --local-log --proxy --retries --timeout --default-timeout --exists-action"
    " --trusted-host --cert --client-cert --use-feature --use-deprecated --keyring-provider --resume-retries"
    " --requirements-from-script --uploaded-prior-to --build|-b --build-dir --build-directory",
    "--upgrade|-U --force-reinstall --ignore-installed|-I --no-deps|--no-dependencies --no-build-isolation --pre"
    " --no-index --no-cache-dir|--no-cache --quiet|-q --verbose|-v --user --no-user --dry-run --require-hashes"
    " --no-clean --no-compile --compile --break-system-packages --disable-pip-version-check --no-input --isolated"
    " --require-virtualenv --require-venv --no-warn-script-location --no-warn-conflicts --prefer-binary --no-color"
    " --debug --ignore-requires-python --check-build-dependencies --process-dependency-links --egg --use-pep517"
    " --no-use-pep517 --use-wheel --no-use-wheel --help|-h --version|-V --build-isolation --eager"
    " --no-require-hashes --no-python-version-warning --override-externally-managed",
)

_VERBS = frozenset(("install", "download", "wheel", "lock"))

VARIABLES = {"pip": VARIABLE}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    verb, words = _verb(arguments)
    if verb == "cache":
        return _cleanup(call, words)
    if verb not in _VERBS:
        return ()
    isolated = arguments.has("--isolated")
    kept = storage(
        call,
        option=arguments.last("--cache-dir"),
        no_cache=arguments.last("--no-cache-dir"),
        isolated=isolated,
    )
    constraints = constraints_of(call, arguments.all("--constraint"), *(() if isolated else ("PIP_CONSTRAINT",)))
    install = Install(
        call.command,
        "pip",
        verb,
        _network(call, arguments, verb, words, isolated),
        _index(call, arguments, isolated),
        kept.downloads,
        _environments(call, arguments, verb),
        kept.switch,
        _packages(call, arguments, words, constraints),
        (*_files(call, arguments, words), *constraints),
        gap=kept.gap or (UNCERTAIN if arguments.uncertain is not None else ""),
    )
    targets = (*words, *arguments.all("--editable"))
    return (addressed(install, targets, no_deps=arguments.has("--no-deps")),)


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (directory(place),)


def _verb(arguments: Arguments) -> tuple[str, list[Word]]:
    """Find the first positional word that is known, and what stands behind it."""
    for index, word in enumerate(arguments.positionals):
        if word.known:
            return word.text, arguments.positionals[index + 1 :]
    return "", []


def _cleanup(call: Invocation, words: list[Word]) -> tuple[Cleanup, ...]:
    action = [word.text for word in words]
    if action[:1] == ["purge"] or (action[:1] == ["remove"] and "*" in action[1:]):
        return (Cleanup(call.command, ("pip",)),)
    return ()


def _network(call: Invocation, arguments: Arguments, verb: str, words: list[Word], isolated: bool) -> Answer:
    where = call.command.where_of
    if arguments.has("--help", "--version"):
        return PRINTS
    no_index = arguments.last("--no-index")
    if no_index is not None:
        return Answer(False, "`--no-index` keeps pip away from indexes", where(no_index))
    variable = offline(call, isolated=isolated)
    if variable is not None:
        return Answer(False, "PIP_NO_INDEX keeps pip away from indexes", variable.where)
    from_files = arguments.all("--requirement", "--group", "--requirements-from-script")
    targets = [*words, *arguments.all("--editable")]
    if not targets and not from_files:
        if verb == "lock" or (not isolated and setting(call.command.env, "PIP_REQUIREMENT")):
            return Answer(True, "")
        return NOTHING
    if arguments.uncertain is not None:
        return Answer(None, UNCERTAIN, where(arguments.uncertain))
    dry = arguments.last("--dry-run")
    if dry is not None:
        return Answer(None, "`--dry-run` fetches what it needs to resolve, and not more", where(dry))
    if from_files:
        return Answer(True, "")
    links = local_links(arguments, targets)
    if links is not None:
        return links
    return network_of(
        [word for word in words if word not in arguments.doubtful] or words,
        arguments.all("--editable"),
        no_deps=arguments.has("--no-deps"),
        no_build_isolation=arguments.has("--no-build-isolation"),
    )


def _index(call: Invocation, arguments: Arguments, isolated: bool) -> str:
    given = arguments.text("--index-url")
    if not given:
        for word in arguments.all("--requirement"):
            path = relative(call.place, word.text)
            file = call.repository.requirements(path) if UNKNOWN not in path else None
            found = file.options.get("index-url") if file is not None else None
            if found:
                given = found[-1]
    return index_url(call, given, isolated=isolated)


def _packages(
    call: Invocation, arguments: Arguments, words: list[Word], constraints: list[FileUse]
) -> tuple[Package, ...]:
    pins = Constraints(call, constraints)
    if arguments.uncertain is not None:
        pins.known = False
    upgrade = arguments.has("--upgrade")
    found = [
        package(call, word, pins, upgrade=upgrade, doubtful=word in arguments.doubtful)
        for word in (*words, *arguments.all("--editable"))
    ]
    return tuple(one for one in found if one is not None)


def _files(call: Invocation, arguments: Arguments, words: list[Word]) -> list[FileUse]:
    uses = []
    for word in arguments.all("--requirement"):
        name = word.text.replace("\\", "/").rpartition("/")[2]
        lock = name.startswith("pylock.") and name.endswith(".toml")
        uses.append(file_use(call, word, "lock" if lock else "requirements"))
    for word in arguments.all("--group"):
        path, colon, _ = word.text.rpartition(":")
        uses.append(file_use(call, word, "project", text=path if colon else "pyproject.toml"))
    return [*uses, *projects(call, (*words, *arguments.all("--editable")))]


def _environments(call: Invocation, arguments: Arguments, verb: str) -> tuple[Directory, ...]:
    """List the folders that the packages end up in."""
    place, where = call.place, call.command.where_of
    if verb != "install":
        word = arguments.last("--dest")
        return (Directory(resolve(place, word.text, expands=True), "`--dest` is given", where(word)),) if word else ()
    for option in ("--target", "--prefix", "--root"):
        word = arguments.last(option)
        if word is not None:
            return (Directory(resolve(place, word.text, expands=True), f"`{option}` is given", where(word)),)
    if arguments.has("--force-reinstall", "--ignore-installed"):
        return ()
    python = arguments.last("--python")
    found = virtual_environments(call, python)
    if not found and python is None and not arguments.has("--user"):
        found = interpreter_of(call)
    if not found or arguments.has("--user"):
        found.append(user_base(place))
    return tuple(found)

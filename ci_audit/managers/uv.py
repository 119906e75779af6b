"""uv: `pip install|sync|compile`, `sync`, `run`, `add`, `lock`, `build`, `tool`, `uvx`, `venv --seed`, `cache`."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.managers import uv_cache
from ci_audit.managers.arguments import Arguments, read_arguments
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.files import file_use, folders_up, lock_state, moved, nearest, relative, root_of
from ci_audit.managers.folders import below, named, setting, truthy, xdg_data
from ci_audit.managers.pins import kind_of, package
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import NOTHING, addressed
from ci_audit.managers.tools import named_package, run_tool
from ci_audit.managers.uv_common import COMMON, GLOBAL, RUN, install_of, silenced
from ci_audit.managers.uv_pip import read_pip
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, FileUse, Install, Package, Word
from ci_audit.patterns import regex
from ci_audit.pep508 import normalise_name

_COMMA = regex(r",(?=\s*[A-Za-z0-9])(?![^\[]*\])")

_PROJECT_VERBS = ("sync", "run", "add", "lock", "remove")

VARIABLES = dict.fromkeys(("uv", "uvx"), uv_cache.VARIABLE)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "uvx":
        return _tool_run(call, call.words, [])
    head = read_arguments(call.words, GLOBAL, until=1)
    if not head.positionals or not head.positionals[0].known:
        return ()
    verb = head.positionals[0].text
    given = list(head.before)
    if verb in ("pip", "tool", "cache"):
        second = read_arguments(head.rest, GLOBAL, until=1)
        if not second.positionals:
            return ()
        action = second.positionals[0].text
        given += second.before
        words = [*given, *second.rest]
        if verb == "cache":
            return _cleanup(call, action, words)
        if verb == "pip":
            return read_pip(call, action, words) if action in ("install", "sync", "compile") else ()
        if action == "run":
            return _tool_run(call, second.rest, given)
        return _tool_install(call, action, words) if action in ("install", "upgrade") else ()
    words = [*given, *head.rest]
    if verb in _PROJECT_VERBS:
        return _project(call, verb, words)
    arguments = read_arguments(words, COMMON)
    if verb == "build" or (verb == "venv" and arguments.has("--seed")):
        return (install_of(call, arguments, verb, silenced(call, arguments) or Answer(True, "")),)
    if verb == "clean":
        return _cleanup(call, verb, words)
    return ()


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (uv_cache.directory(place),)


def _cleanup(call: Invocation, action: str, words: list[Word]) -> tuple[Cleanup, ...]:
    arguments = read_arguments(words, COMMON)
    if action == "prune":
        # Without `--ci` only entries that nothing uses any more are deleted.
        return (Cleanup(call.command, ("uv",), prunes=True),) if arguments.has("--ci") else ()
    return (Cleanup(call.command, ("uv",)),) if action == "clean" and not arguments.positionals else ()


def _project(call: Invocation, verb: str, words: list[Word]) -> tuple[Install, ...]:
    arguments = read_arguments(words, RUN, until=1) if verb == "run" else read_arguments(words, COMMON)
    inner = moved(call, arguments.last("--directory", "--project"))
    script = _script(inner, verb, arguments)
    network = silenced(call, arguments) or _project_network(inner, verb, arguments, bool(script))
    if network is None:
        return ()
    locked: bool | None
    if script:
        environments = []
        locked = inner.repository.exists(f"{script}.lock") if UNKNOWN not in script else None
        files: tuple[FileUse, ...] = (FileUse(script, "project"),)
    else:
        environments = _project_environments(inner, arguments)
        locked, files = lock_state(inner, "uv.lock", "pyproject.toml")
    packages = [package(call, word) for word in arguments.positionals] if verb == "add" else []
    packages += [named_package(call, word) for word in _split(arguments.all("--with"))]
    lists = arguments.all("--with-requirements", "--requirement")
    install = install_of(
        inner,
        arguments,
        verb,
        network,
        tuple(environments),
        tuple(one for one in packages if one is not None),
        (*files, *(file_use(inner, word, "requirements") for word in lists)),
        locked,
    )
    words = [*arguments.positionals, *_split(arguments.all("--with"))] if verb == "add" else []
    return (addressed(install._replace(command=call.command), words),)


def _script(call: Invocation, verb: str, arguments: Arguments) -> str:
    """Give the path of the script whose own requirements are meant (PEP 723); empty for the project's."""
    if verb != "run":
        word = arguments.last("--script")
        return relative(call.place, word.text) if word is not None else ""
    text = arguments.positionals[0].text if arguments.positionals else ""
    if not text.endswith(".py"):
        return ""
    path = relative(call.place, text)
    source = call.repository.source(path) if UNKNOWN not in path else None
    return path if source is not None and "# /// script" in source.text else ""


def _project_environments(call: Invocation, arguments: Arguments) -> list[Directory]:
    """List the environments that the command fills; what `--with` adds goes to none of them."""
    if arguments.has("--with", "--with-requirements", "--isolated"):
        return []
    root = root_of(call, nearest(call, "uv.lock") or nearest(call, "pyproject.toml"))
    own = named(call.place._replace(cwd=root), "UV_PROJECT_ENVIRONMENT")
    found = [own or Directory(below(root, ".venv"))]
    return [*found, *virtual_environments(call._replace(folder=""))] if arguments.has("--active") else found


def _project_network(call: Invocation, verb: str, arguments: Arguments, script: bool) -> Answer | None:
    """Judge a command that works on the project; None when it fetches nothing that could be meant."""
    if verb == "remove" or arguments.has("--check"):
        return None
    extra = arguments.has("--with", "--with-requirements", "--with-editable")
    if extra or verb in ("add", "lock"):
        return Answer(True, "")
    no_sync = arguments.last("--no-sync")
    variable = setting(call.command.env, "UV_NO_SYNC")
    if verb == "run" and no_sync is not None:
        return Answer(False, "`--no-sync` leaves the environment as it is", call.command.where_of(no_sync))
    if verb == "run" and variable is not None and truthy(variable.value):
        return Answer(False, "UV_NO_SYNC leaves the environment as it is", variable.where)
    if verb != "run" or script:
        return Answer(True, "")
    without = arguments.has("--no-project") or (folders_up(call.place) and not nearest(call, "pyproject.toml"))
    return None if without else Answer(True, "")


def _tool_run(call: Invocation, words: Sequence[Word], given: list[Word]) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments([*given, *words], COMMON, until=1)
    if not arguments.positionals:
        return ()
    tool = arguments.positionals[0]
    extra = _split(arguments.all("--with"))
    source = arguments.last("--from") or tool
    packages = _tool_packages(call, source, extra)
    network = silenced(call, arguments)
    if network is None:
        network = Answer(True, "") if source.known or "==" in source.text else Answer(None, "what it runs is not known")
        if kind_of(source.text) in ("project", "archive"):
            network = Answer(True, "") if kind_of(source.text) == "project" else Answer(None, "it runs a local file")
    files = tuple(file_use(call, word, "requirements") for word in arguments.all("--with-requirements"))
    install = addressed(install_of(call, arguments, "tool run", network, (), packages, files), [source, *extra])
    return (install, *run_tool(call, tool, arguments.rest, tuple(word.text for word in extra), "uvx"))


def _tool_packages(call: Invocation, tool: Word, extra: list[Word]) -> tuple[Package, ...]:
    """Read the packages of a tool run; one that `--with` names again is limited there."""
    limits = [one for one in (named_package(call, word) for word in extra) if one is not None]
    names = {normalise_name(one.name) for one in limits}
    own = named_package(call, tool)
    return (own, *limits) if own is not None and normalise_name(own.name) not in names else tuple(limits)


def _tool_install(call: Invocation, action: str, words: list[Word]) -> tuple[Install, ...]:
    arguments = read_arguments(words, COMMON)
    wanted = arguments.positionals
    network = silenced(call, arguments) or Answer(True, "")
    if not wanted and not arguments.has("--all"):
        network = NOTHING
    elif wanted and not any(kind_of(word.text) in ("package", "url", "project") for word in wanted):
        network = Answer(None, "what it installs is not known")
    source = arguments.last("--from")
    named_words = [source] if source is not None else wanted
    every = (*named_words, *_split(arguments.all("--with")))
    packages = [named_package(call, word) for word in every]
    tools = named(call.place, "UV_TOOL_DIR") or below_data(call.place)
    found = tuple(one for one in packages if one is not None)
    install = install_of(call, arguments, f"tool {action}", network, (tools and (tools,)) or (), found)
    return (addressed(install, every),)


def below_data(place: Place) -> Directory | None:
    """Give the folder of `uv tool install` where no variable names it."""
    if place.os in ("linux", "macos"):
        data = xdg_data(place, "uv")
        return data._replace(path=below(data.path, "tools"))
    if place.os == "windows":
        return named(place, "APPDATA", "uv", "data", "tools")
    return None


def _split(words: list[Word]) -> list[Word]:
    """Part the values of `--with`, which may name several packages."""
    found = []
    for word in words:
        literal = word.end - word.start == len(word.text)
        at = 0
        for text in _COMMA.split(word.text):
            start = word.start + at if literal else word.start
            found.append(Word(text, start, start + len(text) if literal else word.end, word.quoted))
            at += len(text) + 1
    return found

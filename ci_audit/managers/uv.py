"""uv: `pip install|sync|compile`, `sync`, `run`, `add`, `lock`, `build`, `tool`, `uvx`, `venv --seed`, `cache`."""

import re
from collections.abc import Sequence

from ci_audit.managers import uv_cache
from ci_audit.managers.arguments import Arguments, read_arguments
from ci_audit.managers.directories import below, named, resolve, setting, truthy, xdg_data
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.files import file_use, folders_up, lock_state, nearest, parent, relative
from ci_audit.managers.pins import kind_of, package
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import NOTHING
from ci_audit.managers.tools import named_package, run_tool
from ci_audit.managers.uv_common import COMMON, GLOBAL, RUN, install_of, silenced
from ci_audit.managers.uv_pip import read_pip
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, Install, Word
from ci_audit.paths import WORKSPACE

_COMMA = re.compile(r",(?=\s*[A-Za-z0-9])(?![^\[]*\])")

_PROJECT_VERBS = ("sync", "run", "add", "lock", "remove")


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "uvx":
        return _tool_run(call, call.words, [])
    head = read_arguments(call.words, GLOBAL, until=1)
    if not head.positionals or not head.positionals[0].known:
        return ()
    verb = head.positionals[0].text
    given = [word for word in call.words[: len(call.words) - len(head.rest)] if word is not head.positionals[0]]
    if verb in ("pip", "tool", "cache"):
        second = read_arguments(head.rest, GLOBAL, until=1)
        if not second.positionals:
            return ()
        action = second.positionals[0].text
        given += [word for word in head.rest[: len(head.rest) - len(second.rest)] if word is not second.positionals[0]]
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
    folder = arguments.last("--directory", "--project")
    inner = call
    if folder is not None:
        inner = call._replace(command=call.command._replace(cwd=resolve(call.place, folder.text)))
    locked, files = lock_state(inner, "uv.lock", "pyproject.toml")
    network = silenced(call, arguments) or _project_network(inner, verb, arguments)
    if network is None:
        return ()
    project = nearest(inner, "uv.lock") or nearest(inner, "pyproject.toml")
    root = (
        below(WORKSPACE, parent(project)) if project and parent(project) else WORKSPACE if project else inner.place.cwd
    )
    environments = [named(inner.place._replace(cwd=root), "UV_PROJECT_ENVIRONMENT") or Directory(below(root, ".venv"))]
    if arguments.has("--active"):
        environments += virtual_environments(call._replace(folder=""))
    packages = []
    if verb == "add":
        packages = [package(call, word) for word in arguments.positionals]
    packages += [named_package(call, word) for word in _split(arguments.all("--with"))]
    if arguments.has("--with", "--with-requirements", "--isolated"):
        environments = []
    files += tuple(
        file_use(call, word, "requirements") for word in arguments.all("--with-requirements", "--requirement")
    )
    found = tuple(one for one in packages if one is not None)
    return (
        install_of(inner, arguments, verb, network, tuple(environments), found, files, locked)._replace(
            command=call.command
        ),
    )


def _project_network(call: Invocation, verb: str, arguments: Arguments) -> Answer | None:
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
    if verb == "run":
        script = arguments.positionals[0].text if arguments.positionals else ""
        path = relative(call.place, script) if script.endswith(".py") else ""
        source = call.repository.source(path) if path and UNKNOWN not in path else None
        if source is not None and "# /// script" in source.text:
            return Answer(True, "")
        if arguments.has("--no-project"):
            return None
        if folders_up(call.place) and not nearest(call, "pyproject.toml"):
            return None
    return Answer(True, "")


def _tool_run(call: Invocation, words: Sequence[Word], given: list[Word]) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments([*given, *words], COMMON, until=1)
    if not arguments.positionals:
        return ()
    tool = arguments.positionals[0]
    extra = _split(arguments.all("--with"))
    source = arguments.last("--from") or tool
    packages = [named_package(call, word) for word in (source, *extra)]
    network = silenced(call, arguments)
    if network is None:
        network = Answer(True, "") if source.known or "==" in source.text else Answer(None, "what it runs is not known")
        if kind_of(source.text) in ("project", "archive"):
            network = Answer(True, "") if kind_of(source.text) == "project" else Answer(None, "it runs a local file")
    found = tuple(one for one in packages if one is not None)
    files = tuple(file_use(call, word, "requirements") for word in arguments.all("--with-requirements"))
    install = install_of(call, arguments, "tool run", network, (), found, files)
    return (install, *run_tool(call, tool, arguments.rest, tuple(word.text for word in extra), "uvx"))


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
    packages = [named_package(call, word) for word in (*named_words, *_split(arguments.all("--with")))]
    tools = named(call.place, "UV_TOOL_DIR") or below_data(call.place)
    found = tuple(one for one in packages if one is not None)
    return (install_of(call, arguments, f"tool {action}", network, (tools and (tools,)) or (), found),)


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

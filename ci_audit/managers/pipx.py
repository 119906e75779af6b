"""pipx: `install`, `install-all`, `inject`, `upgrade`, `run`."""

from __future__ import annotations

from ci_audit.managers import pip_cache, uv_cache
from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.folders import below, in_home, named, setting, xdg_data
from ci_audit.managers.pins import kind_of
from ci_audit.managers.protocol import Invocation, Place, Storage
from ci_audit.managers.targets import NOTHING, PRINTS, addressed
from ci_audit.managers.tools import named_package, run_tool
from ci_audit.model import Answer, Cleanup, Directory, Install, Word

SYNTAX = Syntax(
    "--spec --python --index-url|-i --pip-args --suffix --with --backend --preinstall --fetch-python --skip",
    "--force|-f --editable|-e --system-site-packages --include-deps --include-apps --with-apps --verbose|-v --quiet|-q"
    " --no-cache --pypackages --path --global --help|-h --version --include-injected --fetch-missing-python -U"
    "",
)

_VERBS = frozenset(("install", "install-all", "inject", "upgrade", "upgrade-all", "run", "reinstall", "reinstall-all"))


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    head = read_arguments(call.words, SYNTAX, until=1)
    if not head.positionals or head.positionals[0].text not in _VERBS:
        return ()
    verb = head.positionals[0].text
    arguments = read_arguments(head.rest, SYNTAX, until=1 if verb == "run" else 0)
    words = arguments.positionals[1:] if verb == "inject" else arguments.positionals
    spec = arguments.last("--spec")
    named_words = [spec] if spec is not None else words
    every = (*named_words, *arguments.all("--with", "--preinstall"))
    packages = [named_package(call, word) for word in every]
    kept = _storage(call, arguments, verb)
    install = Install(
        call.command,
        "pipx",
        verb,
        _network(verb, arguments, named_words),
        pip_cache.index_url(call, arguments.text("--index-url")),
        kept.downloads,
        _environments(call.place, arguments) if verb != "run" else (),
        kept.switch,
        tuple(one for one in packages if one is not None),
        gap=kept.gap,
    )
    install = addressed(install, every)
    if verb != "run" or not arguments.positionals:
        return (install,)
    beside = tuple(word.text for word in arguments.all("--with"))
    return (install, *run_tool(call, arguments.positionals[0], arguments.rest, beside, "pipx run"))


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (pip_cache.directory(place),)


def _network(verb: str, arguments: Arguments, words: list[Word]) -> Answer:
    if arguments.has("--help", "--version"):
        return PRINTS
    if "--no-index" in arguments.text("--pip-args"):
        return Answer(False, "`--no-index` keeps pip away from indexes", None)
    if not words:
        return Answer(True, "") if verb.endswith("-all") else NOTHING
    kinds = {kind_of(word.text) for word in words}
    if kinds & {"package", "url", "project"}:
        return Answer(True, "")
    if kinds == {"archive"}:
        return Answer(None, "what the local files depend on may be there already")
    return Answer(None, "what it installs is not known")


def _storage(call: Invocation, arguments: Arguments, verb: str) -> Storage:
    """Follow the installer that pipx is told to use; left alone it takes pip where it finds no uv."""
    backend = arguments.text("--backend")
    variable = setting(call.command.env, "PIPX_DEFAULT_BACKEND")
    if backend == "uv" or (not backend and variable is not None and variable.value == "uv"):
        return uv_cache.storage(call)
    given = arguments.last("--pip-args")
    off = given if given is not None and "--no-cache-dir" in given.text else None
    kept = pip_cache.storage(call, no_cache=off)
    return (
        kept._replace(gap="`--pip-args` sets the cache directory")
        if "--cache-dir" in (given.text if given else "") and off is None
        else kept
    )


def _environments(place: Place, arguments: Arguments) -> tuple[Directory, ...]:
    if arguments.has("--global"):
        return (named(place, "PIPX_GLOBAL_HOME", "venvs") or Directory("/opt/pipx/venvs"),)
    home = named(place, "PIPX_HOME", "venvs", expands=True)
    if home is not None:
        return (home,)
    old = Directory(in_home(place, ".local", "pipx", "venvs"))
    if place.os == "linux":
        data = xdg_data(place, "pipx")
        # Older versions, and newer ones where that folder is there already, use the second.
        return (data._replace(path=below(data.path, "venvs")), old)
    return (old,) if place.os == "macos" else ()

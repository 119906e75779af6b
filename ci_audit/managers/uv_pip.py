"""uv: `pip install`, `pip sync`, `pip compile`."""

from __future__ import annotations

from ci_audit.managers.arguments import Arguments, read_arguments
from ci_audit.managers.environments import interpreter_of, virtual_environments
from ci_audit.managers.files import file_use, moved
from ci_audit.managers.folders import resolve, setting, truthy
from ci_audit.managers.pins import Constraints, constraints_of, package
from ci_audit.managers.protocol import Invocation
from ci_audit.managers.targets import NOTHING, UNCERTAIN, addressed, local_links, network_of, projects
from ci_audit.managers.uv_common import COMMON, install_of, silenced
from ci_audit.model import Answer, Directory, FileUse, Install, Package, Word


def read_pip(call: Invocation, action: str, words: list[Word]) -> tuple[Install, ...]:
    """Read `uv pip install|sync|compile` with its words, global options included."""
    arguments = read_arguments(words, COMMON)
    inner = moved(call, arguments.last("--directory"))
    targets = [*arguments.positionals, *arguments.all("--editable")]
    from_files = arguments.all("--requirement", "--group")
    constraints = constraints_of(inner, arguments.all("--constraint"), "UV_CONSTRAINT")
    files: list[FileUse] = [file_use(inner, word, "requirements") for word in arguments.all("--requirement")]
    packages: tuple[Package, ...] = ()
    if action == "install":
        packages = _packages(inner, arguments, targets, constraints)
        files += projects(inner, targets)
    else:
        files += [file_use(inner, word, "requirements") for word in arguments.positionals]
    install = install_of(
        inner,
        arguments,
        f"pip {action}",
        silenced(inner, arguments) or _network(inner, arguments, action, targets, bool(from_files)),
        _environments(inner, arguments) if action != "compile" else (),
        packages,
        (*files, *constraints),
    )._replace(command=call.command)
    return (addressed(install, targets, no_deps=arguments.has("--no-deps")) if action == "install" else install,)


def _network(call: Invocation, arguments: Arguments, action: str, targets: list[Word], from_files: bool) -> Answer:
    if not targets and not from_files:
        return NOTHING
    if arguments.uncertain is not None:
        return Answer(None, UNCERTAIN, call.command.where_of(arguments.uncertain))
    if action != "install" or from_files:
        return Answer(True, "")
    words = arguments.positionals
    links = local_links(arguments, targets)
    if links is not None:
        return links
    return network_of(
        [word for word in words if word not in arguments.doubtful] or words,
        arguments.all("--editable"),
        no_deps=arguments.has("--no-deps"),
        no_build_isolation=arguments.has("--no-build-isolation"),
    )


def _packages(
    call: Invocation, arguments: Arguments, targets: list[Word], constraints: list[FileUse]
) -> tuple[Package, ...]:
    pins = Constraints(call, constraints)
    pins.known = pins.known and arguments.uncertain is None
    upgrade = arguments.has("--upgrade")
    found = [package(call, word, pins, upgrade=upgrade, doubtful=word in arguments.doubtful) for word in targets]
    return tuple(one for one in found if one is not None)


def _environments(call: Invocation, arguments: Arguments) -> tuple[Directory, ...]:
    place, where = call.place, call.command.where_of
    for option in ("--target", "--prefix"):
        word = arguments.last(option)
        if word is not None:
            return (Directory(resolve(place, word.text), f"`{option}` is given", where(word)),)
    found = virtual_environments(call._replace(folder=""), arguments.last("--python"))
    variable = setting(place.env, "UV_SYSTEM_PYTHON")
    system = arguments.has("--system") or (variable is not None and truthy(variable.value) is not False)
    if not found and system:
        return tuple(interpreter_of(call))
    if not found:
        found.append(Directory(resolve(place, ".venv"), "uv looks for it there"))
    return tuple(found)

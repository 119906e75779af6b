"""nox: every command that makes its environments.

Facts: nox's documentation (config, usage): sessions use virtualenv and pip unless `venv_backend` says otherwise, and
see all variables.
"""

from __future__ import annotations

from ci_audit.managers import pip_cache, uv_cache
from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.files import here, relative
from ci_audit.managers.folders import below, named, resolve, setting
from ci_audit.managers.protocol import Invocation, Place, Storage, either
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, FileUse, Install
from ci_audit.patterns import regex

SYNTAX = Syntax(
    "--session|-s|-e|--sessions --python|-p|--pythons --keywords|-k --tags|-t --noxfile|-f --envdir"
    " --default-venv-backend|-db --force-venv-backend|-fb --extra-pythons|--extra-python --force-python|-P"
    " --download-python --report --reuse-venv",
    "--list|-l|--list-sessions --reuse-existing-virtualenvs|-r --no-reuse-existing-virtualenvs|-N -R --no-install"
    " --no-venv --error-on-missing-interpreters|-x --no-error-on-missing-interpreters --stop-on-first-error"
    " --non-interactive|-i --verbose|-v --add-timestamp|-ts --color --no-color --json --help|-h --version"
    " --install-only --error-on-external-run",
)

_BACKEND = regex(r"venv_backend\s*=\s*([\"'])([a-z|]+)\1")


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    if arguments.has("--help", "--version", "--list"):
        return ()
    network = Answer(True, "")
    if arguments.has("--no-venv"):
        return ()
    if arguments.has("-R", "--no-install"):
        network = Answer(None, "`--no-install` leaves environments that are there as they are")
    given = arguments.text("--noxfile")
    path = relative(call.place, given) if given else here(call, "noxfile.py")
    source = call.repository.source(path) if path and UNKNOWN not in path else None
    kept = _storage(call, arguments, source.text if source is not None else None)
    envdir = arguments.text("--envdir")
    environment = Directory(resolve(call.place, envdir), "`--envdir` is given") if envdir else None
    return (
        Install(
            call.command,
            "nox",
            "run",
            network,
            pip_cache.index_url(call),
            kept.downloads,
            (environment or named(call.place, "NOX_ENVDIR") or Directory(below(call.place.cwd, ".nox")),),
            kept.switch,
            files=(FileUse(path, "project"),) if source is not None and path else (),
            gap=kept.gap,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (pip_cache.directory(place),)


def _storage(call: Invocation, arguments: Arguments, text: str | None) -> Storage:
    """Choose the cache of the installer that the sessions use."""
    variable = setting(call.command.env, "NOX_DEFAULT_VENV_BACKEND", "NOX_FORCE_VENV_BACKEND")
    given = arguments.text("--force-venv-backend", "--default-venv-backend") or (variable.value if variable else "")
    backends = {given} if given else {match[2] for match in _BACKEND.finditer(text or "")}
    if not backends:
        kept = pip_cache.storage(call)
        return kept if text is not None else either(kept, uv_cache.storage(call), "its noxfile is not here")
    if backends == {"uv"}:
        return uv_cache.storage(call)
    if backends <= {"virtualenv", "venv"}:
        return pip_cache.storage(call)
    if backends == {"none"}:
        return pip_cache.storage(call)._replace(gap="its sessions run without environments of their own")
    gap = "which of its backends nox uses here is not known"
    if {name for backend in backends for name in backend.split("|")} <= {"uv", "virtualenv", "venv"}:
        return either(pip_cache.storage(call), uv_cache.storage(call), gap)
    return Storage((), gap=gap)

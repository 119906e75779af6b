"""`python -m build` and cibuildwheel: builds that fetch what they require into environments of their own."""

from __future__ import annotations

from ci_audit.managers import pip_cache, uv_cache
from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import file_use, relative
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.model import Answer, Cleanup, Directory, FileUse, Install

SYNTAX = Syntax(
    "--outdir|-o --config-setting|-C --installer --config-json --env-impl --dependency-constraints",
    "--sdist|-s --wheel|-w --no-isolation|-n --skip-dependency-check|-x --verbose|-v --quiet|-q --help|-h"
    " --version|-V --metadata",
)

CIBUILDWHEEL = Syntax(
    "--platform --archs --output-dir --config-file --only --package-dir --enable",
    "--print-build-identifiers --help|-h --allow-empty --debug-traceback --clean-cache",
)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "cibuildwheel":
        return _cibuildwheel(call)
    arguments = read_arguments(call.words, SYNTAX)
    if arguments.has("--help", "--version"):
        return ()
    network = Answer(True, "")
    alone = arguments.last("--no-isolation")
    if alone is not None:
        network = Answer(False, "`--no-isolation` builds with what is there", call.command.where_of(alone))
    uv = arguments.text("--installer") == "uv" or arguments.text("--env-impl") == "venv+uv"
    kept = uv_cache.storage(call) if uv else pip_cache.storage(call)
    words = arguments.positionals[:1]
    files = tuple(file_use(call, word, "project") for word in words) or (
        FileUse(relative(call.place, "pyproject.toml"), "project"),
    )
    return (
        Install(
            call.command,
            "build",
            "build",
            network,
            uv_cache.index_url(call) if uv else pip_cache.index_url(call),
            kept.downloads,
            switch=kept.switch,
            files=files,
            gap=kept.gap,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (pip_cache.directory(place),) if manager != "cibuildwheel" else ()


def _cibuildwheel(call: Invocation) -> tuple[Install, ...]:
    arguments = read_arguments(call.words, CIBUILDWHEEL)
    if arguments.has("--print-build-identifiers", "--help", "--clean-cache"):
        return ()
    gap = "cibuildwheel builds in containers and interpreters of its own"
    return (Install(call.command, "cibuildwheel", "build", Answer(True, ""), "PyPI", (), gap=gap),)

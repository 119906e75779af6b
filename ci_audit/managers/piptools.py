"""pip-tools: `pip-sync`, `pip-compile`.

Facts: pip-tools' documentation (reference) and `piptools/scripts/sync.py`: `pip-sync` runs `pip install`.
"""

from __future__ import annotations

from ci_audit.managers import pip_cache
from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.environments import virtual_environments
from ci_audit.managers.files import file_use, relative
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import Answer, Cleanup, Directory, FileUse, Install

SYNTAX = Syntax(
    "--find-links|-f --index-url|-i --extra-index-url --trusted-host --python-executable --cert --client-cert"
    " --pip-args --config --output-file|-o --extra --upgrade-package|-P --cache-dir --resolver --annotation-style"
    " --unsafe-package --constraint|-c --newline --build-deps-for",
    "--dry-run|-n --ask|-a --force --no-index --quiet|-q --verbose|-v --user --no-config --version --help|-h"
    " --upgrade|-U --rebuild|-r --generate-hashes --allow-unsafe --strip-extras --no-strip-extras --pre --all-extras"
    " --no-header --no-annotate --no-emit-index-url --all-build-deps --only-build-deps",
)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    if call.program == "pip-tools":
        # `python -m piptools sync`
        verb = arguments.positionals[0].text if arguments.positionals else ""
        words = arguments.positionals[1:]
    else:
        verb, words = call.program.removeprefix("pip-"), arguments.positionals
    if verb not in ("sync", "compile"):
        return ()
    network = Answer(True, "")
    offline = arguments.last("--no-index")
    if arguments.has("--help", "--version"):
        network = PRINTS
    elif offline is not None:
        network = Answer(False, "`--no-index` keeps pip away from indexes", call.command.where_of(offline))
    elif verb == "compile" or arguments.has("--dry-run"):
        network = Answer(None, "it fetches what it needs to resolve, and not more")
    files = tuple(file_use(call, word, "requirements") for word in words)
    if not files and verb == "sync":
        files = (FileUse(relative(call.place, "requirements.txt"), "requirements"),)
    pip_args = arguments.last("--pip-args")
    kept = pip_cache.storage(
        call, no_cache=pip_args if pip_args is not None and "--no-cache-dir" in pip_args.text else None
    )
    return (
        Install(
            call.command,
            "pip-tools",
            verb,
            network,
            pip_cache.index_url(call, arguments.text("--index-url")),
            kept.downloads,
            tuple(virtual_environments(call, arguments.last("--python-executable"))) if verb == "sync" else (),
            kept.switch,
            files=files if verb == "sync" else (),
            gap=kept.gap,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (pip_cache.directory(place),)

"""What all commands of uv have in common: options, cache, index, and what keeps them off the network."""

from __future__ import annotations

from ci_audit.managers import uv_cache
from ci_audit.managers.arguments import Arguments, Syntax
from ci_audit.managers.folders import setting, truthy
from ci_audit.managers.protocol import Invocation
from ci_audit.managers.targets import PRINTS, UNCERTAIN
from ci_audit.model import Answer, Directory, FileUse, Install, Package

GLOBAL = Syntax(
    "--cache-dir --directory --project --config-file --color --python-preference --allow-insecure-host"
    " --preview-features --python-fetch --trusted-host --insecure-host",
    "--no-cache|-n|--no-cache-dir --offline --no-config --quiet|-q --verbose|-v --native-tls --no-progress"
    " --help|-h --version|-V --no-python-downloads --managed-python --no-managed-python --preview --no-preview"
    " --system-certs",
)

COMMON = Syntax(
    "--requirement|-r|--requirements --constraint|-c|--constraints --editable|-e --override|--overrides --exclude"
    " --build-constraint|-b|--build-constraints --default-index --index --index-url|-i --extra-index-url"
    " --find-links|-f --python|-p --target --prefix --python-version --python-platform --resolution --prerelease"
    " --exclude-newer --exclude-newer-package --link-mode --config-setting|-C|--config-settings"
    " --config-settings-package --index-strategy --keyring-provider --upgrade-package|-P --reinstall-package"
    " --refresh-package --no-build-package --no-binary-package --no-build-isolation-package --no-binary"
    " --only-binary --extra --group --only-group --no-group --no-extra --package --script --with|-w --with-editable"
    " --with-requirements --env-file --output-file|-o --output-format --fork-strategy --torch-backend --branch --tag"
    " --rev --bounds --no-install-package --from --annotation-style --custom-compile-command --module|-m --format"
    " --out-dir --marker --no-sources-package --only-install-package --optional",
    "--upgrade|-U --system --no-deps --no-build-isolation --no-index --dry-run --frozen --locked --no-sync"
    " --inexact --exact --active --isolated --no-project --all-extras --all-groups --no-dev --only-dev --dev"
    " --no-default-groups --no-install-project --no-install-workspace --no-install-local --no-editable --reinstall"
    " --refresh --compile-bytecode --no-build --break-system-packages --require-hashes --no-verify-hashes"
    " --all-packages --user --strict --force --no-sources --no-env-file --gui-script --raw --check --seed --clear"
    " --allow-existing --all --universal --generate-hashes --no-header --no-annotate --no-strip-extras"
    " --no-strip-markers --sdist --wheel --pre --no-emit-project --emit-index-url --workspace --no-workspace --ci"
    " --lfs --no-lfs",
    base=GLOBAL,
)

RUN = Syntax("", "--script|-s --module|-m", base=COMMON)


def install_of(
    call: Invocation,
    arguments: Arguments,
    verb: str,
    network: Answer,
    environments: tuple[Directory, ...] = (),
    packages: tuple[Package, ...] = (),
    files: tuple[FileUse, ...] = (),
    locked: bool | None = None,
) -> Install:
    kept = uv_cache.storage(call, option=arguments.last("--cache-dir"), no_cache=arguments.last("--no-cache"))
    gap = kept.gap
    if arguments.uncertain is not None and verb.startswith("pip"):
        gap = UNCERTAIN
    index = uv_cache.index_url(call, arguments.text("--default-index", "--index-url"), pip=verb.startswith("pip"))
    return Install(
        call.command,
        "uv",
        verb,
        network,
        index,
        kept.downloads,
        environments,
        kept.switch,
        packages,
        files,
        locked,
        gap=gap,
    )


def silenced(call: Invocation, arguments: Arguments) -> Answer | None:
    """Give what keeps the command off the network, None when nothing does."""
    if arguments.has("--help", "--version"):
        return PRINTS
    for flag in ("--offline", "--no-index"):
        word = arguments.last(flag)
        if word is not None:
            return Answer(False, f"`{flag}` keeps uv away from indexes", call.command.where_of(word))
    variable = setting(call.command.env, "UV_OFFLINE")
    if variable is not None and truthy(variable.value):
        return Answer(False, "UV_OFFLINE keeps uv away from indexes", variable.where)
    dry = arguments.last("--dry-run")
    if dry is not None:
        return Answer(None, "`--dry-run` fetches what it needs to resolve, and not more", call.command.where_of(dry))
    return None

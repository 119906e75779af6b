"""conda, mamba and micromamba: `install`, `create`, `update`, `env create|update`, `clean`; `conda-lock install`.

Facts: conda's documentation (`pkgs_dirs`, specifications of packages), micromamba's (MAMBA_ROOT_PREFIX), conda-lock's.
"""

from __future__ import annotations

import re

from ci_audit.managers import pip_cache
from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.files import file_use, relative
from ci_audit.managers.folders import below, named, resolve, setting
from ci_audit.managers.indexes import without_credentials
from ci_audit.managers.pins import package_in_file
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import NOTHING, PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, FileUse, Install, Package, Word
from ci_audit.patterns import regex
from ci_audit.source import Source, Where

SYNTAX = Syntax(
    "--name|-n --prefix|-p --channel|-c --file|-f --solver --revision --repodata-fn --subdir|--platform"
    " --root-prefix|-r --rc-file --log-level --clone --experimental --category --relocate-prefix --cacert-path",
    "--yes|-y --quiet|-q --verbose|-v --json --dry-run|-d --force|--force-remove --force-reinstall"
    " --update-all|--all|-a --override-channels --no-deps --only-deps --no-pin --copy --offline --download-only"
    " --freeze-installed --update-deps --update-specs --prune --use-local --no-default-packages"
    " --strict-channel-priority --no-channel-priority --use-index-cache|-C --insecure|-k --help|-h --version|-V"
    " --index-cache|-i --tarballs|-t --packages|-p --tempfiles --logfiles|-l --locks --no-rc --no-env"
    " --safety-checks --live --satisfied-skip-solve|-S --file-lock --mkdir --dev --show-channel-urls",
)
COMMON = Syntax("--prefix|-p", "", base=SYNTAX)
CLEAN = Syntax("--tempfiles|-c", "--all|-a --packages|-p --tarballs|-t --index-cache|-i --yes|-y", base=SYNTAX)

_SPEC = regex(r"(?:[^\s:]+::)?([A-Za-z0-9_][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)$", re.DOTALL)
_EXACT = regex(r"(?:==\s*[^\s=*|,<>!]+|=[0-9][^\s=*|,<>!]*=[^\s=]+|=[0-9]+(?:\.[0-9A-Za-z]+){2,})$")
_PIP_LIST = regex(r"^(\s*)-\s+pip\s*:\s*(?:#.*)?$")
_ITEM = regex(r"^(\s*)-\s+([\"']?)(.+?)\2\s*(?:\s#.*)?$")

VARIABLES = dict.fromkeys(("conda", "mamba", "micromamba"), "CONDA_PKGS_DIRS")


LOCK = Syntax(
    "--name|-n --prefix|-p --conda --log-level --extras|-E --force-platform --pypi_to_conda_lookup_file --file|-f"
    " --platform --lockfile",
    "--mamba --no-mamba --micromamba --no-micromamba --copy --auth --dev --no-dev --dev-dependencies"
    " --no-dev-dependencies --validate-platform --no-validate-platform --help|-h --version",
)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "conda-lock":
        return _locked(call)
    head = read_arguments(call.words, COMMON, until=1)
    verb = head.positionals[0].text if head.positionals else ""
    given = list(head.before)
    if verb == "clean":
        arguments = read_arguments(head.rest, CLEAN)
        whole = arguments.has("--all", "--packages", "--tarballs")
        return (Cleanup(call.command, ("conda",)),) if whole and not arguments.has("--dry-run") else ()
    rest = head.rest
    if verb == "env":
        second = read_arguments(rest, COMMON, until=1)
        action = second.positionals[0].text if second.positionals else ""
        if action not in ("create", "update"):
            return ()
        given += second.before
        verb, rest = f"env {action}", second.rest
    elif verb not in ("install", "create", "update", "upgrade"):
        return ()
    arguments = read_arguments([*given, *rest], COMMON)
    return _installs(call, arguments, verb)


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    found = setting(place.env, VARIABLES["conda"])
    if found is not None:
        first = found.value.partition(",")[0]
        return (Directory(resolve(place, first, expands=True), "CONDA_PKGS_DIRS is set", found.where),)
    root = named(place, "MAMBA_ROOT_PREFIX", "pkgs") if manager != "conda" else None
    return (root or named(place, "CONDA", "pkgs") or Directory(below(UNKNOWN, "pkgs"), "its root is not known"),)


def _installs(call: Invocation, arguments: Arguments, verb: str) -> tuple[Install, ...]:
    words = arguments.positionals if not verb.startswith("env") else []
    files = arguments.all("--file")
    if verb.startswith("env") and not files:
        named_file = [word for word in arguments.positionals if word.text.endswith((".yml", ".yaml"))]
        files = named_file or [Word("environment.yml", 0, 0)]
    uses = tuple(_use(call, word) for word in files)
    packages = tuple(one for one in (_package(call, word) for word in words) if one is not None)
    install = Install(
        call.command,
        "conda",
        verb,
        _network(call, arguments, bool(words or files)),
        ", ".join(without_credentials(word.text) for word in arguments.all("--channel")) or "conda's channels",
        _downloads(call),
        _environments(call, arguments),
        packages=packages,
        files=uses,
        ecosystem="conda",
    )
    found = [install]
    for use in uses:
        source = call.repository.source(use.path) if UNKNOWN not in use.path else None
        requirements = _pip_list(call, source) if source is not None else None
        if requirements is not None:
            kept = pip_cache.storage(call)
            found.append(
                Install(
                    call.command,
                    "pip",
                    verb,
                    install.network,
                    pip_cache.index_url(call),
                    kept.downloads,
                    install.environments,
                    kept.switch,
                    requirements,
                    (use,),
                    gap=kept.gap,
                )
            )
    return tuple(found)


def _locked(call: Invocation) -> tuple[Install, ...]:
    """Read `conda-lock install`, which has conda, mamba or micromamba make the environment that the lock file lists."""
    arguments = read_arguments(call.words, LOCK)
    words = arguments.positionals
    if not words or words[0].text != "install":
        return ()
    files = tuple(file_use(call, word, "lock") for word in words[1:])
    return (
        Install(
            call.command,
            "conda",
            "lock install",
            PRINTS if arguments.has("--help", "--version") else Answer(True, ""),
            "conda's channels",
            directories(call.place, "micromamba" if arguments.has("--micromamba") else "conda"),
            _environments(call, arguments),
            files=files or (FileUse(relative(call.place, "conda-lock.yml"), "lock"),),
            locked=True,
            ecosystem="conda",
        ),
    )


def _use(call: Invocation, word: Word) -> FileUse:
    kind = "lock" if "lock" in word.text or "explicit" in word.text else "requirements"
    if not word.end:
        return FileUse(relative(call.place, word.text), kind)
    return file_use(call, word, kind)


def _downloads(call: Invocation) -> tuple[Directory, ...]:
    found = directories(call.place, call.program)
    root, _, last = call.folder.rpartition("/")
    if found[0].path.startswith(UNKNOWN) and root and last in ("bin", "condabin", "Scripts"):
        path = resolve(call.place, root, expands=True)
        return (Directory(below(path, "pkgs"), "the program stands in that installation", call.command.where),)
    return found


def _environments(call: Invocation, arguments: Arguments) -> tuple[Directory, ...]:
    word = arguments.last("--prefix")
    if word is None:
        return ()
    path = resolve(call.place, word.text, expands=True)
    return (Directory(path, "`--prefix` is given", call.command.where_of(word)),)


def _network(call: Invocation, arguments: Arguments, names_something: bool) -> Answer:
    if arguments.has("--help", "--version"):
        return PRINTS
    for flag in ("--offline", "--clone"):
        word = arguments.last(flag)
        if word is not None:
            return Answer(False, f"`{flag}` uses what is there", call.command.where_of(word))
    dry = arguments.last("--dry-run")
    if dry is not None:
        return Answer(None, "`--dry-run` fetches what it needs to resolve, and not more", call.command.where_of(dry))
    if not names_something and not arguments.has("--update-all"):
        return NOTHING
    return Answer(True, "")


def _package(call: Invocation, word: Word) -> Package | None:
    match = _SPEC.match(word.text)
    if match is None or "/" in word.text:
        return None
    specifier = (match[2] or "") + match[3].strip()
    where = call.command.where_of(word)
    if UNKNOWN in word.text:
        return Package(match[1], specifier, None, "its version is not known", where, "conda")
    if _EXACT.match(specifier):
        return Package(match[1], specifier, True, f"`{specifier}` names one version", where, "conda")
    reason = f"`{specifier}` leaves the version open" if specifier else "it names no version"
    return Package(match[1], specifier, False, reason, where, "conda")


def _pip_list(call: Invocation, source: Source) -> tuple[Package, ...] | None:
    """Read the list below `- pip:` in an environment file; None when there is none."""
    found: list[Package] | None = None
    indent = -1
    offset = 0
    for line in source.text.split("\n"):
        text = line.rstrip("\r")
        start = offset
        offset += len(line) + 1
        opening = _PIP_LIST.match(text)
        if opening is not None:
            found = []
            indent = len(opening[1])
            continue
        item = _ITEM.match(text)
        if found is None or indent < 0 or not text.strip() or text.lstrip().startswith("#"):
            continue
        if item is None or len(item[1]) <= indent:
            indent = -1
            continue
        where = Where(source, start + item.start(3), start + item.end(3))
        package = package_in_file(item[3], where)
        if package is not None:
            found.append(package)
    return tuple(found) if found is not None else None

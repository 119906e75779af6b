"""Cargo: `install`, `fetch`, and what fetches a project's crates on its way: `build`, `test`, `chef cook`, …

Facts: Cargo's documentation (guide/cargo-home): the registry's files and the clones of repositories.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import file_use, folders_up, lock_state, nearest
from ci_audit.managers.folders import below, in_home, named, setting
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, FileUse, Install, Package, Word

SYNTAX = Syntax(
    "--version|--vers --git --branch --tag --rev --path --root --index --registry --features|-F --target"
    " --target-dir --profile --bin --example --jobs|-j --color --config -Z --manifest-path -C --message-format",
    "--locked --frozen --offline --force|-f --debug --all-features --no-default-features --quiet|-q --verbose|-v"
    " --list --bins --examples --no-track --keep-going --ignore-rust-version --timings --help|-h -V --dry-run|-n",
)


_SHORT = {"b": "build", "c": "check", "d": "doc", "r": "run", "t": "test"}
_PROJECT = frozenset(("bench", "build", "check", "clippy", "doc", "fetch", "run", "rustc", "test"))
"""The verbs that need the crates of the project in the folder: the first of them fetches for all."""


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    words = arguments.positionals
    if words and words[0].text.startswith("+"):
        words = words[1:]
    verb = words[0].text if words else ""
    verb = _SHORT.get(verb, verb)
    if verb == "chef" and [word.text for word in words[1:2]] == ["cook"]:
        verb = "chef cook"
    project = verb in _PROJECT or verb == "chef cook"
    if not (project or verb == "install") or arguments.has("--list"):
        return ()
    words = words[1:] if verb == "install" else []
    network = _crates(call, verb, arguments.has("--manifest-path")) if project else Answer(True, "")
    if arguments.has("--help"):
        network = PRINTS
    for flag in ("--offline", "--frozen"):
        word = arguments.last(flag)
        if word is not None:
            network = Answer(False, f"`{flag}` keeps Cargo away from the registry", call.command.where_of(word))
    variable = setting(call.command.env, "CARGO_NET_OFFLINE")
    if variable is not None and variable.value == "true":
        network = Answer(False, "CARGO_NET_OFFLINE keeps Cargo away from the registry", variable.where)
    path = arguments.last("--path")
    files: tuple[FileUse, ...] = (file_use(call, path, "project"),) if path is not None else ()
    locked = None
    if project:
        locked, files = lock_state(call, "Cargo.lock", "Cargo.toml")
    git = arguments.last("--git")
    packages = (
        ()
        if path is not None or git is not None
        else tuple(_package(call, word, arguments.last("--version")) for word in words)
    )
    return (
        Install(
            call.command,
            "cargo",
            verb,
            network,
            arguments.text("--registry") or "crates.io",
            directories(call.place, "cargo"),
            _installed(call.place) if verb == "install" else (),
            packages=packages,
            files=files,
            locked=locked,
            ecosystem="cargo",
        ),
    )


def _crates(call: Invocation, verb: str, elsewhere: bool) -> Answer:
    """Tell whether the project has crates to fetch, by its lock file."""
    if verb in ("fetch", "chef cook"):
        return Answer(True, "")
    lock = nearest(call, "Cargo.lock") if not elsewhere else ""
    if not lock and not folders_up(call.place):
        # In an image build the project is a copy, most likely of the whole checkout.
        lock = "Cargo.lock"
    source = call.repository.source(lock) if lock else None
    if source is None:
        return Answer(None, "its Cargo.lock is not here")
    if "source = " not in source.text:
        return Answer(False, "its Cargo.lock names nothing that comes from elsewhere")
    return Answer(True, "")


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    home = named(place, "CARGO_HOME") or Directory(in_home(place, ".cargo"))
    return (home._replace(path=below(home.path, "registry")),)


def _installed(place: Place) -> tuple[Directory, ...]:
    home = named(place, "CARGO_HOME") or Directory(in_home(place, ".cargo"))
    return (home._replace(path=below(home.path, "bin")),)


def _package(call: Invocation, word: Word, version: Word | None) -> Package:
    name, at, own = word.text.partition("@")
    specifier = own if at else version.text if version is not None else ""
    where = call.command.where_of(word)
    if UNKNOWN in name or UNKNOWN in specifier:
        return Package(name, specifier, None, "its version is not known", where, "cargo")
    exact = specifier.lstrip("=").strip()
    # A bare version with all three parts is exact here, unlike in a manifest.
    if exact[:1].isdigit() and exact.partition("-")[0].count(".") == 2 and not any(sign in exact for sign in "*,<>^~"):
        return Package(name, specifier, True, f"`{specifier}` names one version", where, "cargo")
    reason = f"`{specifier}` leaves the version open" if specifier else "it names no version"
    return Package(name, specifier, False, reason, where, "cargo")

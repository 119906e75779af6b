"""RubyGems and Bundler: `gem install`, `bundle install|update`.

Where gems are kept depends on the Ruby that runs; only a folder that is named is known.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Arguments, Syntax, read_arguments
from ci_audit.managers.files import lock_state
from ci_audit.managers.folders import below, named, resolve
from ci_audit.managers.indexes import without_credentials
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import NOTHING, PRINTS
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, Install, Package, Word

GEM = Syntax(
    "--version|-v --install-dir|-i --bindir|-n --platform --source|-s --file|-g --trust-policy|-P --document|--doc"
    " --http-proxy|-p --without --build-root",
    "--no-document|-N --no-rdoc --no-ri --user-install --no-user-install --force|-f --local|-l --remote|-r"
    " --both|-b --prerelease|--pre --conservative --quiet|-q --verbose|-V --silent --help|-h --minimal-deps"
    " --update|-u --wrappers|-w --ignore-dependencies --env-shebang|-E --development --clear-sources"
    " --no-update-sources --default",
)
BUNDLE = Syntax(
    "--path --jobs|-j --retry --gemfile --without --with --binstubs --standalone --trust-policy --shebang"
    " --group|-g --source",
    "--deployment --frozen --quiet|-q --local --no-cache --no-prune --system --clean --force --redownload --verbose"
    " --help|-h --prefer-local --all --patch --minor --major --strict --conservative --full-index",
)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    if call.program == "gem":
        arguments = read_arguments(call.words, GEM)
        verb = arguments.positionals[0].text if arguments.positionals else ""
        return (_gem(call, arguments, verb),) if verb in ("install", "i", "update") else ()
    arguments = read_arguments(call.words, BUNDLE)
    if not arguments.positionals and arguments.has("--help", "--version", "-v"):
        return ()
    verb = arguments.positionals[0].text if arguments.positionals else "install"
    return (_bundle(call, arguments, verb),) if verb in ("install", "i", "update", "add") else ()


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    if manager == "gem":
        found = named(place, "GEM_HOME", "cache")
    else:
        found = named(place, "BUNDLE_PATH") or named(place, "GEM_HOME")
    return (found or Directory(below(UNKNOWN, manager), "where gems are kept depends on the Ruby that runs"),)


def _gem(call: Invocation, arguments: Arguments, verb: str) -> Install:
    words = arguments.positionals[1:]
    network = Answer(True, "")
    local = arguments.last("--local")
    if arguments.has("--help"):
        network = PRINTS
    elif local is not None:
        network = Answer(False, "`--local` keeps gem away from the index", call.command.where_of(local))
    elif verb != "update" and not words and not arguments.has("--file"):
        network = NOTHING
    elif words and all(word.text.endswith(".gem") for word in words):
        network = Answer(None, "what the local files depend on may be there already")
    version = arguments.last("--version")
    packages = tuple(_package(call, word, version) for word in words if not word.text.endswith(".gem"))
    return Install(
        call.command,
        "gem",
        "update" if verb == "update" else "install",
        network,
        without_credentials(arguments.text("--source")) or "RubyGems",
        directories(call.place, "gem"),
        packages=packages,
        ecosystem="gem",
    )


def _package(call: Invocation, word: Word, version: Word | None) -> Package:
    name, colon, own = word.text.partition(":")
    specifier = own if colon else version.text if version is not None else ""
    where = call.command.where_of(word)
    if UNKNOWN in name or UNKNOWN in specifier:
        return Package(name, specifier, None, "its version is not known", where, "gem")
    exact = specifier.strip().lstrip("=").strip()
    if exact[:1].isdigit() and "," not in exact:
        return Package(name, specifier, True, f"`{specifier}` names one version", where, "gem")
    reason = f"`{specifier}` leaves the version open" if specifier else "it names no version"
    return Package(name, specifier, False, reason, where, "gem")


def _bundle(call: Invocation, arguments: Arguments, verb: str) -> Install:
    network = Answer(True, "")
    local = arguments.last("--local")
    if arguments.has("--help"):
        network = PRINTS
    elif local is not None:
        network = Answer(False, "`--local` keeps Bundler away from the index", call.command.where_of(local))
    path = arguments.last("--path")
    downloads = directories(call.place, "bundle")
    if path is not None:
        given = resolve(call.place, path.text)
        downloads = (Directory(given, "`--path` is given", call.command.where_of(path)),)
    locked, files = lock_state(call, "Gemfile.lock", "Gemfile")
    vendored = Directory(below(call.place.cwd, "vendor", "bundle"), "a configured path is there by custom")
    return Install(
        call.command,
        "bundle",
        "install" if verb == "i" else verb,
        network,
        "RubyGems",
        downloads,
        (vendored,),
        files=files,
        locked=locked,
        ecosystem="gem",
    )

"""dnf, yum, microdnf and zypper: `install`, `upgrade` and its kin, `clean all`.

Which directory they use depends on the version that the image holds, so it is not known; none of them keeps packages
after a successful installation unless its configuration says so. One that is told to on the command line keeps them in
one of a few directories (dnf.conf(5), dnf5-caching(7), microdnf's `dnf/dnf-main.c`): a cache of any of them counts.
"""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.folders import below
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.system import system_install
from ci_audit.managers.targets import NOTHING
from ci_audit.model import UNKNOWN, Answer, Cleanup, Directory, Install, Package
from ci_audit.patterns import regex

SYNTAX = Syntax(
    "--config|-c --enablerepo --disablerepo --repo|--repoid|-r --from --setopt --exclude|-x --installroot"
    " --releasever --forcearch --advisory --disableplugin --enableplugin --debuglevel|-d --errorlevel|-e"
    " --repofrompath --root|-R",
    "--assumeyes|-y|--non-interactive|-n|--no-confirm --quiet|-q --verbose|-v --best --allowerasing --nodocs"
    " --nogpgcheck --no-gpg-checks --skip-broken --cacheonly|-C --downloadonly|--download-only --assumeno --help|-h"
    " --version --no-recommends --refresh --gpg-auto-import-keys --nobest --auto-agree-with-licenses|-l --dry-run|-D"
    " --force --security",
)

_KEEPS = regex(r"keepcache=(?:1|[Tt]rue|yes|on)\Z")
_KEPT = ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum")

_VERBS = frozenset(
    (
        *("install", "in", "localinstall", "groupinstall", "reinstall", "builddep", "module"),
        *("update", "up", "upgrade", "dup", "dist-upgrade", "distro-sync"),
    )
)


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    verb = arguments.positionals[0].text if arguments.positionals else ""
    words = arguments.positionals[1:]
    if verb == "clean":
        whole = call.program == "zypper" or any(word.text in ("all", "packages") for word in words)
        return (Cleanup(call.command, ("dnf", "yum", "microdnf", "zypper")),) if whole else ()
    if verb == "module" and [word.text for word in words[:1]] != ["install"]:
        return ()
    if verb not in _VERBS:
        return ()
    network = Answer(True, "")
    silent = arguments.last("--help", "--version", "--cacheonly", "--assumeno", "--dry-run")
    if silent is not None:
        network = Answer(False, f"`{silent.text}` fetches nothing", call.command.where_of(silent))
    elif verb in ("install", "in", "localinstall") and not words:
        network = NOTHING
    manager = "dnf" if call.program == "dnf5" else call.program
    packages = tuple(
        Package(
            word.text, "", None, "whether its name holds a version is not known", call.command.where_of(word), "system"
        )
        for word in words
        if not word.text.endswith(".rpm")
    )
    downloads = directories(call.place, manager)
    if manager != "zypper" and any(_KEEPS.match(word.text) for word in arguments.all("--setopt")):
        downloads = tuple(Directory(path) for path in _KEPT)
    return (system_install(call, manager, verb, network, downloads, packages),)


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    return (Directory(below(UNKNOWN, manager), f"where {manager} keeps packages depends on its version"),)

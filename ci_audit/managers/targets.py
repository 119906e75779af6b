"""What a requirement word leaves to fetch, for pip and for `uv pip`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.managers.arguments import Arguments
from ci_audit.managers.files import file_use
from ci_audit.managers.pins import kind_of
from ci_audit.managers.protocol import Invocation
from ci_audit.model import Answer, FileUse, Install, Word
from ci_audit.patterns import regex

_WHEEL = regex(r"\.whl(?:#.*)?$")

UNCERTAIN = "a word of the command is not known and may be an option"
NOTHING = Answer(False, "it names nothing to install")
PRINTS = Answer(False, "it only prints a text")


def network_of(targets: Sequence[Word], editable: Sequence[Word], *, no_deps: bool, no_build_isolation: bool) -> Answer:
    """Judge a command that names all that it installs: at least one target, or one behind `-e`."""
    kinds = {kind_of(word.text) for word in targets}
    kinds.update("url" if kind_of(word.text) == "url" else "project" for word in editable)
    if "package" in kinds or "url" in kinds:
        return Answer(True, "")
    if "project" in kinds:
        if not no_deps:
            return Answer(True, "")
        if no_build_isolation:
            return Answer(False, "`--no-deps` and `--no-build-isolation` leave nothing to fetch")
        return Answer(None, "`--no-deps` leaves only what the build requires")
    if "archive" not in kinds:
        return Answer(None, "what it installs is not known")
    if not no_deps or "unknown" in kinds:
        return Answer(None, "what the local files depend on may be there already")
    if no_build_isolation or all(".whl" in word.text for word in targets):
        return Answer(False, "it installs local files without what they depend on")
    return Answer(None, "`--no-deps` leaves only what the build requires")


def local_links(arguments: Arguments, targets: Sequence[Word]) -> Answer | None:
    """Say that a folder of `--find-links` may hold all that is named; None where there is none, or more is asked."""
    for word in arguments.all("--find-links"):
        if "://" not in word.text and all(kind_of(target.text) == "package" for target in targets):
            return Answer(None, "the folder of `--find-links` may hold what it names")
    return None


def addressed(install: Install, words: Iterable[Word], *, no_deps: bool = False) -> Install:
    """Note the hosts of the words that are addresses, and what is left to ask the index for."""
    urls = [word.text for word in words if ":" in word.text and kind_of(word.text) == "url"]
    if not urls:
        return install
    hosts = tuple(dict.fromkeys(_host(url) for url in urls))
    named = len(install.packages) > len(urls) or any(use.kind != "constraints" for use in install.files)
    rest = "names" if named else "" if no_deps and all(_WHEEL.search(url) for url in urls) else "dependencies"
    return install._replace(hosts=hosts, asks_index=rest)


def _host(url: str) -> str:
    """Give the server of an address, without user, password and port."""
    _, scheme, rest = url.rpartition("://")
    if not scheme:
        rest = url.partition("+")[2]
    return rest.partition("/")[0].partition("?")[0].rpartition("@")[2].partition(":")[0]


def projects(call: Invocation, targets: Sequence[Word]) -> list[FileUse]:
    """List the local projects among the targets, where their names are known."""
    return [
        file_use(call, word, "project", text=project_folder(word.text))
        for word in targets
        if kind_of(word.text) == "project"
    ]


def project_folder(text: str) -> str:
    """Take the scheme and the extras off a local requirement: `.` for `.[test]`."""
    _, scheme, path = text.rpartition("file:")
    if scheme:
        path = path[2:] if path.startswith("//") else path
    return path.partition("[")[0]

"""Words that name Python packages, and whether they pin what is installed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ci_audit.managers.files import relative
from ci_audit.managers.indexes import without_credentials
from ci_audit.managers.protocol import Invocation
from ci_audit.model import UNKNOWN, FileUse, Package, Word
from ci_audit.patterns import regex
from ci_audit.pep508 import is_pinned, normalise_name, parse_requirement
from ci_audit.source import Where

_URL = regex(r"[A-Za-z][A-Za-z0-9+.-]*://|git\+|hg\+|svn\+|bzr\+")
_ARCHIVE = regex(r"\.(?:whl|zip|tgz|tar|tar\.(?:gz|bz2|xz|lzma|Z))(?:\[[^\]]*\])?$")
_ARCHIVE_ENDS = (".whl", ".zip", ".tgz", ".tar", ".gz", ".bz2", ".xz", ".lzma", ".Z", "]")
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")

INSTALLERS = frozenset(("pip", "setuptools", "wheel"))


@lru_cache(256)
def kind_of(text: str) -> str:
    """Tell what a requirement word names: package, url, archive (a local file), project (a local folder) or unknown."""
    name, at, target = text.partition("@")
    if at and _NAME.match(name) and _URL.match(target.strip()):
        text = target.strip()
    if text.startswith("file:"):
        return "archive" if _ARCHIVE.search(text.partition("#")[0]) else "project"
    if (":" in text or "+" in text) and _URL.match(text):
        return "url"
    head = text.partition(";")[0].rstrip()
    if head.endswith(_ARCHIVE_ENDS) and _ARCHIVE.search(head):
        return "archive"
    if head.startswith((".", "~")) or "/" in head or "\\" in head:
        return "archive" if "*" in head.replace("\\", "/").rpartition("/")[2] else "project"
    return "unknown" if text.startswith(UNKNOWN) or not text else "package"


class Constraints:
    """What the constraints files of a command pin."""

    __slots__ = ("known", "pins")

    def __init__(self, call: Invocation, uses: Iterable[FileUse]) -> None:
        self.pins: dict[str, bool | None] = {}
        self.known = True
        waiting = [use.path for use in uses]
        if not waiting:
            return
        from ci_audit.requirements import Requirement, pins_of

        lines: list[Requirement] = []
        seen: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            file = call.repository.requirements(path) if UNKNOWN not in path else None
            if file is None:
                self.known = False
                continue
            lines.extend(file.requirements)
            waiting.extend(use.path for use in (*file.includes, *file.constraints))
        self.pins = pins_of(lines)


def package(
    call: Invocation,
    word: Word,
    constraints: Constraints | None = None,
    *,
    upgrade: bool = False,
    doubtful: bool = False,
) -> Package | None:
    """Read a requirement on the command line; None for a word that names no package of an index or a repository."""
    found = _read(word.text, call.command.where_of(word))
    if found is None:
        return None
    if doubtful and found.pinned is False:
        found = found._replace(pinned=None, reason="it may be the value of the option before it")
    if found.pinned is False and constraints is not None:
        pin = constraints.pins.get(normalise_name(found.name), False)
        if pin:
            found = found._replace(pinned=True, reason="a constraints file pins it")
        elif pin is None or not constraints.known:
            found = found._replace(pinned=None, reason="what constrains it is not known")
    return found._replace(tool_upgrade=True) if upgrade and normalise_name(found.name) in INSTALLERS else found


def package_in_file(text: str, where: Where) -> Package | None:
    """Read a requirement that stands in a file which is not a requirements file; None for an option or a path."""
    found = _read(text, where) if not text.startswith("-") else None
    return found._replace(from_file=where.source.path) if found is not None else None


def _read(text: str, where: Where) -> Package | None:
    if kind_of(text) not in ("package", "url"):
        return None
    parsed = parse_requirement(text)
    if parsed is None:
        return None
    answer = is_pinned(parsed)
    return Package(parsed.name or without_credentials(parsed.url), parsed.specifier, answer.value, answer.reason, where)


def constraints_of(call: Invocation, words: Iterable[Word], *variables: str) -> list[FileUse]:
    """List the constraints files of the options and of the variables, whose names stand apart by spaces."""
    place = call.place
    uses = [FileUse(relative(place, word.text), "constraints", call.command.where_of(word)) for word in words]
    for variable in variables:
        found = call.command.env.get(variable)
        if found is not None:
            uses += [FileUse(relative(place, path), "constraints", found.where) for path in found.value.split()]
    return uses

"""Requirements files as pip reads them (pip, docs/html/reference/requirements-file-format.md), with their includes."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left, bisect_right

from ci_audit.model import Answer, FileUse
from ci_audit.patterns import regex
from ci_audit.pep508 import (
    ParsedRequirement,
    is_address,
    is_pinned,
    normalise_name,
    parse_editable,
    parse_requirement,
)
from ci_audit.readers import normalise
from ci_audit.source import UNKNOWN, Source, Where
from ci_audit.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ci_audit.repository import Repository

__all__ = [
    "FileOption",
    "ParsedRequirement",
    "Requirement",
    "RequirementsFile",
    "ResolvedRequirements",
    "is_pinned",
    "normalise_name",
    "parse_editable",
    "parse_file",
    "parse_requirement",
    "pins_of",
    "resolve",
]


class Requirement(NamedTuple):
    """One requirement of a file; `where` leaves its options and comments out."""

    name: str
    extras: tuple[str, ...]
    specifier: str
    url: str
    marker: str
    hashes: int
    """How many hashes of a kind that pip accepts stand with it."""
    editable: bool
    pinned: bool | None
    reason: str
    where: Where


class FileOption(NamedTuple):
    """An option line of a file: its long name without dashes, its value with variables as UNKNOWN ("" for a flag)."""

    name: str
    value: str
    where: Where


class RequirementsFile:
    """A requirements or constraints file: what its own lines say."""

    __slots__ = ("constraints", "includes", "requirements", "settings", "source")

    def __init__(
        self,
        source: Source,
        requirements: tuple[Requirement, ...],
        includes: tuple[FileUse, ...],
        constraints: tuple[FileUse, ...],
        settings: tuple[FileOption, ...],
    ) -> None:
        self.source = source
        self.requirements = requirements
        self.includes = includes
        self.constraints = constraints
        self.settings = settings

    @property
    def options(self) -> dict[str, list[str]]:
        """The options by name, such as `index-url`, with their values in order; a flag has [""]."""
        options: dict[str, list[str]] = {}
        for setting in self.settings:
            options.setdefault(setting.name, []).append(setting.value)
        return options

    @property
    def generator(self) -> str:
        """The tool that wrote the file, as its header names it (`pip-compile`, `uv`, `PDM`), else ""."""
        found = re.search(_GENERATED, self.source.text[:1000])
        return found[1] if found else ""


_GENERATED = r"(?m)^#.*?(?:\bauto-?generated|@generated) by (pip-compile|uv|PDM|pdm)\b"


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = rb"#.*?coding[:=]\s*([-\w.]+)"
_TEXT_CODEC = r"(?i)ascii|us-ascii|utf|latin|l1|iso|cp\d|windows|mac|koi8|shift|sjis|euc|gb|big5"
_UTF8 = r"(?i)utf-?_?8(?:-sig)?\Z"


def has_other_encoding(source: Source) -> bool:
    """Tell whether a file that was read as UTF-8 may say that it is in another encoding."""
    return source.lossy or "coding" in source.text[:400]


def source_of(path: str, data: bytes) -> Source:
    """Decode a requirements file as pip does: after its byte order mark, else its PEP 263 comment, else UTF-8.

    A file in another encoding counts as lossy: it is not written back.
    """
    encoding, start = "", 0
    for bom, name in _BOMS:
        if data.startswith(bom):
            encoding, start = name, len(bom)
            break
    else:
        for line in data.split(b"\n", 2)[:2]:
            if found := re.match(_CODING, line):
                encoding = found[1].decode("ascii", "replace")
                break
    if encoding and re.match(_TEXT_CODEC, encoding) and not re.match(_UTF8, encoding):
        try:
            return Source(path, data[start:].decode(encoding).replace(UNKNOWN, "�"), lossy=True)
        except (LookupError, UnicodeError):
            pass
    return Source.from_bytes(path, data)


_VALUED = (
    "all-releases",
    "allow-external",
    "allow-unverified",
    "config-settings",
    "constraint",
    "editable",
    "extra-index-url",
    "find-links",
    "global-option",
    "hash",
    "index-url",
    "install-option",
    "no-binary",
    "only-binary",
    "only-final",
    "pypi-url",
    "requirement",
    "trusted-host",
    "use-feature",
)
_FLAGS = (
    "allow-all-external",
    "always-unzip",
    "no-index",
    "no-require-hashes",
    "no-use-wheel",
    "pre",
    "prefer-binary",
    "process-dependency-links",
    "require-hashes",
    "use-wheel",
)
_SHORT = {
    "C": "config-settings",
    "Z": "always-unzip",
    "c": "constraint",
    "e": "editable",
    "f": "find-links",
    "i": "index-url",
    "r": "requirement",
}
_ALIASES = {"config-setting": "config-settings", "pypi-url": "index-url"}

_COMMENT = regex(r"(?:^|\s)#")
_FIRST_OPTION = regex(r"(?:^|(?<=[ \t]))-")
_WORD = regex(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+""", re.DOTALL)
# Strings are compiled when they are first needed, which in most runs is never.
_QUOTED = r"""(?s)\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'"""
_VARIABLE = r"\$\{[A-Z0-9_]+\}"
_ACCEPTED_HASH = ("sha256:", "sha384:", "sha512:")


class _Line:
    """A logical line: its text, and where it, or each of the physical lines that it was joined from, begins."""

    __slots__ = ("joints", "offset", "source", "text")

    def __init__(self, source: Source, text: str, offset: int, joints: list[tuple[int, int]] | None = None) -> None:
        self.source = source
        self.text = text
        self.offset = offset
        self.joints = joints

    def where(self, start: int, end: int) -> Where:
        if self.joints is None:
            return Where(self.source, self.offset + start, self.offset + end)
        at, offset = self.joints[bisect_right(self.joints, start, key=_joint_at) - 1]
        last_at, last_offset = self.joints[max(bisect_left(self.joints, end, key=_joint_at) - 1, 0)]
        return Where(self.source, offset + start - at, last_offset + end - last_at)


def _joint_at(joint: tuple[int, int]) -> int:
    return joint[0]


def _logical_lines(source: Source) -> Iterable[_Line]:
    """Join lines that end in a backslash; a line that is a comment ends the joining."""
    text: list[str] = []
    joints: list[tuple[int, int]] = []
    length = offset = 0
    for line, whole in zip(source.text.splitlines(), source.text.splitlines(keepends=True), strict=True):
        start = offset
        offset += len(whole)
        bare = line.lstrip()
        comment = bare.startswith("#")
        if line.endswith("\\") and not comment:
            joints.append((length, start))
            text.append(line.rstrip("\\"))
            length += len(text[-1])
        elif joints:
            # A comment ends joined lines too, and must not become part of the word before it.
            joints.append((length, start))
            text.append("" if comment else line)
            yield _Line(source, "".join(text), 0, joints)
            text, joints, length = [], [], 0
        elif bare and not comment:
            yield _Line(source, line, start)
    if joints:
        yield _Line(source, "".join(text), 0, joints)


def parse_file(source: Source) -> RequirementsFile:
    """Parse a requirements or constraints file; never raises.

    A line that pip would refuse becomes a requirement without a name that is not known to be pinned.
    """
    requirements: list[Requirement] = []
    includes: list[FileUse] = []
    constraints: list[FileUse] = []
    settings: list[FileOption] = []
    for line in _logical_lines(source):
        text = line.text
        if "#" in text and (comment := _COMMENT.search(text)):
            text = text[: comment.start()]
        text = text.rstrip()
        start = len(text) - len(text.lstrip())
        if start == len(text):
            continue
        first = _FIRST_OPTION.search(text, start) if "-" in text else None
        if first is None:
            requirements.append(_requirement(text[start:], 0, line.where(start, len(text))))
            continue
        options = _read_options(line, text, first.start())
        if asked := text[start : first.start()].rstrip():
            hashes = sum(option.name == "hash" and option.value.startswith(_ACCEPTED_HASH) for option in options)
            requirements.append(_requirement(asked, hashes, line.where(start, start + len(asked))))
            continue
        asked_for = {option.name: option for option in reversed(options)}
        if option := asked_for.get("editable"):
            requirements.append(_editable(option))
        elif option := asked_for.get("requirement"):
            includes.append(FileUse(_beside(source.path, option.value), "requirements", option.where))
        elif option := asked_for.get("constraint"):
            constraints.append(FileUse(_beside(source.path, option.value), "constraints", option.where))
        else:
            settings.extend(options)
    return RequirementsFile(source, tuple(requirements), tuple(includes), tuple(constraints), tuple(settings))


def _requirement(text: str, hashes: int, where: Where) -> Requirement:
    return _judged(parse_requirement(_expanded(text)), hashes, False, where)


def _editable(option: FileOption) -> Requirement:
    return _judged(parse_editable(option.value), 0, True, option.where)


def _judged(parsed: ParsedRequirement | None, hashes: int, editable: bool, where: Where) -> Requirement:
    if parsed is None:
        return Requirement("", (), "", "", "", hashes, editable, None, "it is not a requirement that pip reads", where)
    pinned = is_pinned(parsed, hashes)
    return Requirement(*parsed, hashes, editable, pinned.value, pinned.reason, where)


def _expanded(text: str) -> str:
    """Replace variables, which are written `${UPPER_CASE}` only, by UNKNOWN."""
    return re.sub(_VARIABLE, UNKNOWN, text) if "${" in text else text


def _read_options(line: _Line, text: str, start: int) -> list[FileOption]:
    """Read options from a place in a line to its end; one that pip does not know there ends the reading."""
    options: list[FileOption] = []
    words = _WORD.finditer(text, start)
    for word in words:
        begin, end = word.span()
        written = _unquoted(word[0])
        if written.startswith("--"):
            long, equals, value = written[2:].partition("=")
            name = _long_name(long)
            attached = bool(equals)
        elif written.startswith("-"):
            name, value = _SHORT.get(written[1:2], ""), written[2:]
            attached = bool(value)
        else:
            continue
        if not name:
            break
        following = None
        if name in _VALUED and not attached:
            following = next(words, None)
            if following is None:
                break
            end = following.end()
            value = _unquoted(following[0])
        where = line.where(end - len(following[0]) if name == "editable" and following else begin, end)
        options.append(FileOption(_ALIASES.get(name, name), _expanded(value), where))
    return options


def _long_name(name: str) -> str:
    """Find a long option by its name or, as pip's option parser allows, the beginning of just one name."""
    if name in _VALUED or name in _FLAGS:
        return name
    found = {_ALIASES.get(known, known) for known in (*_VALUED, *_FLAGS) if known.startswith(name)} if name else set()
    return found.pop() if len(found) == 1 else ""


def _unquoted(word: str) -> str:
    if '"' not in word and "'" not in word and "\\" not in word:
        return word
    return re.sub(_QUOTED, lambda found: found[1] or found[2] or found[3] or "", word)


def _beside(path: str, target: str) -> str:
    """Give the path of a file that another file names, relative to the root; addresses stay as they are."""
    if is_address(target) or target.startswith("/"):
        return target
    joined = path[: path.rfind("/") + 1] + target
    normal = None if UNKNOWN in joined else normalise(joined)
    return joined if normal is None else normal


class ResolvedRequirements(NamedTuple):
    """What a requirements file asks for together with all files that it includes."""

    requirements: tuple[Requirement, ...]
    constraints: tuple[Requirement, ...]
    missing: tuple[FileUse, ...]
    """Files that are named and could not be read."""
    pinned: Answer
    """Whether every requirement gives the same files each time; a name that a constraint pins does."""
    hash_mode: bool
    """Whether pip checks a hash of every file."""
    files: tuple[str, ...]


def resolve(repository: Repository, path: str, constraints: Iterable[str] = ()) -> ResolvedRequirements:
    """Read a requirements file with its includes and constraints, and further constraints files (`-c` of a command).

    As in pip, `-r` in a constraints file asks for requirements. Each file is read once, so a cycle ends.
    """
    requirements: list[Requirement] = []
    limits: list[Requirement] = []
    missing: list[FileUse] = []
    seen: dict[tuple[str, str], bool] = {}
    hash_mode = False
    asked = [*((file, "constraints") for file in constraints), (path, "requirements")]
    waiting = [FileUse(normalise(file) or file, kind) for file, kind in asked]
    while waiting:
        use = waiting.pop()
        if (use.path, use.kind) in seen:
            continue
        file = repository.requirements(use.path)
        seen[use.path, use.kind] = file is not None
        if file is None:
            missing.append(use)
            continue
        (limits if use.kind == "constraints" else requirements).extend(file.requirements)
        hash_mode = hash_mode or any(setting.name == "require-hashes" for setting in file.settings)
        waiting.extend(reversed((*file.includes, *file.constraints)))
    hash_mode = hash_mode or any(requirement.hashes for requirement in requirements)
    pinned = _all_pinned(requirements, pins_of(limits), missing)
    files = tuple(dict.fromkeys(name for (name, _), found in seen.items() if found))
    return ResolvedRequirements(tuple(requirements), tuple(limits), tuple(missing), pinned, hash_mode, files)


def pins_of(constraints: Iterable[Requirement]) -> dict[str, bool | None]:
    """Tell for each name of constraints (PEP 503) whether all of its lines pin it."""
    pins: dict[str, bool | None] = {}
    for constraint in constraints:
        name = normalise_name(constraint.name)
        if name not in pins or _CERTAINTY[constraint.pinned] < _CERTAINTY[pins[name]]:
            pins[name] = constraint.pinned
    return pins


_CERTAINTY = {False: 0, None: 1, True: 2}


def _all_pinned(requirements: list[Requirement], pins: dict[str, bool | None], missing: list[FileUse]) -> Answer:
    # A constraints file that is not here may pin what nothing else does.
    otherwise = None if any(use.kind == "constraints" for use in missing) else False
    unknown: Answer | None = None
    floating: list[Requirement] = []
    for requirement in requirements:
        if requirement.pinned:
            continue
        named = requirement.name and not requirement.url
        limited = pins.get(normalise_name(requirement.name), otherwise) if named else False
        if limited:
            continue
        if requirement.pinned is None or limited is None:
            unknown = unknown or Answer(None, f"`{_shown(requirement)}`: {requirement.reason}", requirement.where)
        else:
            floating.append(requirement)
    if floating:
        first = floating[0]
        count = f"{len(floating)} of {len(requirements)} requirements are not pinned, the first "
        return Answer(False, f"{count}`{_shown(first)}`: {first.reason}", first.where)
    for use in missing:
        if use.kind == "requirements":
            return Answer(None, f"`{use.path.replace(UNKNOWN, '…')}` could not be read", use.where)
    return unknown or Answer(True, "all requirements are pinned")


def _shown(requirement: Requirement) -> str:
    return " ".join(requirement.where.text.replace("\\\n", " ").split())

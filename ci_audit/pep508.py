"""One requirement as pip takes it, on a command line or in a file: its parts, and whether it is pinned.

The grammar is that of PEP 508, and what pip takes besides: addresses and local paths. What counts as pinned: `==` and
`===` (pip, "Repeatable Installs"), a hash, one commit.
"""

from __future__ import annotations

import re

from ci_audit.model import Answer
from ci_audit.patterns import regex
from ci_audit.source import UNKNOWN
from ci_audit.typed import NamedTuple

__all__ = ["ParsedRequirement", "is_address", "is_pinned", "normalise_name", "parse_editable", "parse_requirement"]


class ParsedRequirement(NamedTuple):
    """The parts of a requirement; `url` is an address or a local path, and `name` is "" where neither tells it."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    url: str = ""
    marker: str = ""


_NAME = r"[A-Za-z0-9\x00](?:[A-Za-z0-9._\x00-]*[A-Za-z0-9\x00])?"
_NAMED = regex(rf"({_NAME})\s*(?:\[([^\]]*)\])?\s*", re.DOTALL)
_COMPARED = r"(?:==|~=|!=|<=|>=|<|>)\s*(?:[^\s,;()<>=!~]|!(?!=))+"
_CLAUSE = regex(rf"(?:===\s*[^\s,;()]+|{_COMPARED})\Z")
_PLAIN = regex(rf"({_NAME})\s*({_COMPARED}(?:\s*,\s*{_COMPARED})*)\s*(?:;(.*))?\Z", re.DOTALL)
"""The form of most requirements, for speed alone: a name and versions."""
_BLANK = regex(r"\s")
_URL = regex(r"[a-z][a-z0-9+.-]*://|file:|(?:git|hg|svn|bzr)\+", re.IGNORECASE)
# Strings are compiled when they are first needed, which in most runs is never.
_EXTRA = rf"{_NAME}\Z"
_VCS = r"(?i)(git|hg|svn|bzr)\+"
_ARCHIVES = tuple(".whl .zip .tgz .tbz .txz .tlz .tar .tar.gz .tar.bz2 .tar.xz .tar.lz .tar.lzma".split())
_EGG = r"[#&]egg=([^&\[\]]+)(?:\[([^\]]*)\])?"


def normalise_name(name: str) -> str:
    """Give the name by which an index knows a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_address(text: str) -> bool:
    """Tell whether a text is an address, or one under version control (`git+…`), rather than a path or a name."""
    # Every address has one of the two, and the expression is not compiled for texts without.
    return (":" in text or "+" in text) and _URL.match(text) is not None


def parse_requirement(text: str) -> ParsedRequirement | None:
    """Parse one requirement: a PEP 508 name, an address or a local path; None when it is none of them."""
    text = text.strip()
    if text.isascii() and text.replace("-", "_").isidentifier() and text[0].isalpha() and text[-1].isalnum():
        return ParsedRequirement(text)
    if plain := _PLAIN.match(text):
        name, specifier, marker = plain.groups("")
        return ParsedRequirement(name, (), specifier, "", marker.strip())
    if is_address(text):
        url, _, marker = _partition(text, r";\s|\s;")
        return _addressed(url, marker)
    named = _NAMED.match(text)
    if named:
        name, extras = named[1], named[2]
        rest = text[named.end() :]
        if rest.startswith("@"):
            url, _, marker = _partition(rest[1:].lstrip(), r"\s;|;\s")
            if _looks_local(url) or is_address(url) or UNKNOWN in url:
                return None if " " in url else _with_extras(name, extras, "", url, marker)
        elif not _looks_local(text.partition(";")[0].rstrip()):
            specifier, _, marker = rest.partition(";")
            specifier = specifier.strip()
            if specifier.startswith("(") and specifier.endswith(")"):
                specifier = specifier[1:-1].strip()
            return _with_extras(name, extras, specifier, "", marker) if _is_specifier(specifier) else None
    path, _, marker = text.partition(";")
    path = path.strip()
    return _addressed(path, marker) if _looks_local(path) else None


def parse_editable(text: str) -> ParsedRequirement | None:
    """Parse the value of `-e`: an address under version control, or a folder even where its name has no slash."""
    text = text.strip()
    if not text or text.startswith("-"):
        return None
    if is_address(text) or " @ " in text:
        return parse_requirement(text)
    path, _, marker = text.partition(";")
    return _addressed(path.strip(), marker)


def _partition(text: str, pattern: str) -> tuple[str, str, str]:
    found = re.search(pattern, text)
    return (text[: found.start()].strip(), ";", text[found.end() :]) if found else (text.strip(), "", "")


def _looks_local(path: str) -> bool:
    if path.startswith("."):
        return True
    return ("/" in path or "\\" in path or path.lower().endswith(_ARCHIVES)) and not _BLANK.search(path)


def _addressed(url: str, marker: str) -> ParsedRequirement:
    name = extras = ""
    if url.endswith("]") and not is_address(url):
        url, _, extras = url[:-1].rpartition("[")
        url = url.rstrip()
    if found := re.search(_EGG, url):
        name, extras = found[1], found[2] or extras
    else:
        name = _wheel_name(url)
    return ParsedRequirement(name, _extras(extras) or (), "", url, marker.strip())


def _wheel_name(url: str) -> str:
    file = url.partition("#")[0].partition("?")[0].replace("\\", "/").rpartition("/")[2]
    parts = file.split("-")
    return parts[0] if file.endswith(".whl") and len(parts) in (5, 6) else ""


def _with_extras(name: str, extras: str | None, specifier: str, url: str, marker: str) -> ParsedRequirement | None:
    names = _extras(extras or "")
    return None if names is None else ParsedRequirement(name, names, specifier, url, marker.strip())


def _extras(text: str) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in text.split(",")) if text.strip() else ()
    return names if all(re.match(_EXTRA, name) for name in names) else None


def _is_specifier(text: str) -> bool:
    """Tell whether a text is a list of version clauses; one with something unknown may be."""
    return not text or all(_CLAUSE.match(clause.strip()) or UNKNOWN in clause for clause in text.split(","))


def is_pinned(parsed: ParsedRequirement, hashes: int = 0) -> Answer:
    """Tell whether a requirement always gives the same files; `hashes` is how many stand with it.

    A local path is pinned itself, whatever its dependencies are.
    """
    if hashes:
        return Answer(True, "its hash is given")
    if parsed.url:
        return _pinned_url(parsed.url)
    unknown = UNKNOWN in parsed.name
    for clause in parsed.specifier.split(","):
        clause = clause.strip()
        if not clause.startswith("=="):
            unknown = unknown or (UNKNOWN in clause and not _CLAUSE.match(clause))
        elif UNKNOWN in clause:
            unknown = True
        elif clause.startswith("===") or not clause.endswith(".*"):
            return Answer(True, f"`{clause}` is one version")
    if unknown:
        return Answer(None, "its version is not known")
    if not parsed.specifier:
        return Answer(False, "no version is given")
    return Answer(False, f"`{parsed.specifier.replace(UNKNOWN, '…')}` allows more than one version")


_URL_HASH = r"[#&](?:sha512|sha384|sha256|sha224|sha1|md5)=[0-9a-fA-F]{32}"
_COMMIT = r"(?i)(?:[0-9a-f]{40}|[0-9a-f]{64})\Z"
_SHORT_COMMIT = r"(?i)(?=.*[a-f])[0-9a-f]{7,39}\Z"
_COMMIT_ARCHIVE = r"(?i)/(?:archive|tarball|zipball|zip|tar\.gz)/[0-9a-f]{40}(?:\.zip|\.tar\.gz)?\Z"


def _pinned_url(url: str) -> Answer:
    if vcs := re.match(_VCS, url):
        return _pinned_revision(vcs[1].lower(), url[vcs.end() :])
    if re.search(_URL_HASH, url):
        return Answer(True, "its address carries a hash")
    if url.startswith(UNKNOWN):
        return Answer(None, "its address is not known")
    if not is_address(url) or url[:5].lower() == "file:":
        return Answer(True, "it is a local path")
    path = url.partition("#")[0].partition("://")[2].rpartition("@")[2]
    if UNKNOWN in path:
        return Answer(None, "its address is not known")
    if re.search(_COMMIT_ARCHIVE, path.partition("?")[0]):
        return Answer(True, "its address names one commit")
    return Answer(False, "its address carries no hash, so the file there can change")


def _pinned_revision(vcs: str, url: str) -> Answer:
    """Judge the part after the last `@` of a path; one before the path belongs to the user's name."""
    url = url.partition("#")[0]
    if "://" in url:
        path = url.partition("://")[2].partition("/")[2]
    else:
        path = url.partition(":")[2] or url.partition("/")[2]
    revision = path.rpartition("@")[2] if "@" in path else ""
    if UNKNOWN in (revision or path) or (not path and UNKNOWN in url):
        return Answer(None, "its revision is not known")
    if not revision:
        return Answer(False, "no commit is given, so the default branch is taken")
    if re.match(_COMMIT, revision):
        return Answer(True, "it names one commit")
    if vcs in ("svn", "bzr") and revision.isdigit():
        return Answer(True, f"it names revision {revision}")
    if re.match(_SHORT_COMMIT, revision):
        return Answer(None, f"`{revision}` may be a shortened commit, a tag or a branch")
    return Answer(False, f"`{revision}` is a tag or a branch, which can be moved")

"""Hide passwords, tokens and the user part of addresses, and make control characters visible, in all that is shown.

Patterns are compiled at their first use, by the cache of `re`: most scans need few of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from ci_audit.typed import NamedTuple

MASK = "***"

# A value that only refers to a secret is none: `${{ secrets.X }}`, `$TOKEN`, `%TOKEN%`, `$(cat file)`; nor are words
# that stand for a switch or a permission (`id-token: write`), nor small numbers.
_REFERENCE = (
    r"""(?i:["']?(?:\$\{\{|\$\(|(?:\$env:\w+|\$\w+|\$\{\w+\}|%\w+%|<[^>]*>|[:…\0*])*["']?\Z"""
    r"""|(?:true|false|yes|no|on|off|null|none|read|write|inherit|required|-?\d{1,3})["']?\Z))"""
)

_PROVIDER_PREFIXES = (
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glptt-",
    "pypi-",
    "npm_",
    "dckr_pat_",
    "xox",
    "sk-",
    "sk_live",
    "akia",
    "asia",
    "aiza",
    "hf_",
    "rubygems_",
    "eyj",
)
_NAMES = (
    "passw",
    "passphrase",
    "token",
    "secret",
    "credential",
    "api_key",
    "apikey",
    "api-key",
    "access_key",
    "access-key",
    "private_key",
    "private-key",
    "auth_key",
)


class _Shape(NamedTuple):
    """A way of writing a secret."""

    hints: tuple[str, ...]
    """Texts in lower case one of which is there whenever the pattern can match: most lines cost no more than this."""
    pattern: str
    """The group `hide` is the secret."""
    flags: int = re.IGNORECASE
    needs: str = ""
    """A further text in lower case that is there whenever the pattern can match."""


_SHAPES = (
    _Shape(("://",), r"\b[a-z][a-z0-9+.-]{0,20}://(?P<hide>[^\s/@\"'<>`|]{1,1000})@(?=[\w\[$%{.-])", needs="://"),
    _Shape(
        _PROVIDER_PREFIXES,
        r"(?<![\w-])(?P<hide>gh[pousr]_\w{16,}|github_pat_\w{16,}|gl(?:pat|dt|rt|cbt|ptt)-[\w.-]{16,}|pypi-AgE[\w-]{8,}"
        r"|npm_\w{20,}|dckr_pat_[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|sk-[\w-]{20,}|sk_live_\w{16,}|A[KS]IA[0-9A-Z]{16}"
        r"|AIza[\w-]{30,}|hf_\w{20,}|rubygems_\w{20,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)",
        0,
    ),
    _Shape(
        _NAMES,
        r"(?<![\w.-])(?P<name>[\w.-]{0,80}?(?:passwo?r?d|passphrase|token|secrets?|credentials?|auth_key"
        r"|(?:api|access|private)[_-]?key)[\w.-]{0,80})"
        r"(?P<separator>[\"']?[ \t]{0,8}[=:](?!=)[ \t]{0,8}|[\"'][ \t]{0,8},[ \t]{0,8}"
        r"|[ \t]{1,8}(?:\\\r?\n[ \t]{0,80})?)"
        r"(?P<hide>\"[^\"\n]*\"|'[^'\n]*'|\$\{[^}\n]*\}+|[^\s\"'|;&,)}\]]+|[\"'][^\"'\n]+(?=\n|\Z))",
    ),
    _Shape(("bearer ", "basic "), r"\b(?:bearer|basic)[ \t]{1,4}(?P<hide>[\w.~+/=-]{4,})"),
    _Shape(("authorization",), r"\bauthorization:[ \t]{0,4}token[ \t]{1,4}(?P<hide>[^\s\"']+)"),
    _Shape(
        ("login", "twine", "publish", "upload", "mysql", "sshpass"),
        r"\b(?:login|twine|publish|upload|mysql\w*|sshpass)\b[^|;&\n]{0,200}?"
        r"[ \t\"]-p(?:[ \t]{1,4}|=|\"[, ]+|(?=[^\s-]))"
        r"(?P<hide>\"[^\"\n]*\"|'[^'\n]*'|[^\s\"']+)",
        needs="-p",
    ),
    _Shape(("pypi-token.",), r"\bpypi-token\.[\w-]+[ \t]{1,4}(?P<hide>[^\s\"']+)"),
    _Shape(
        ("config",),
        r"\bconfig(?:ure)?(?:[ \t]{1,4}(?:set|--global|--local|--user))*[ \t]{1,4}"
        r"[\w./:-]{0,80}?(?:passwo?r?d|token|secret|_key|api-?key)[\w-]{0,20}[ \t]{1,4}(?P<hide>[^\s|;&-][^\s|;&]*)",
    ),
    # Where the path of a channel holds the token: docs.anaconda.com, "Using tokens".
    _Shape(("/t/",), r"/t/(?P<hide>[a-z]{2}-[\w-]{8,}|[\w-]{20,})(?=/|\Z|[\s\"'])"),
    _Shape(("http-basic.",), r"\bhttp-basic\.[\w-]+[ \t]{1,4}[^\s]+[ \t]{1,4}(?P<hide>[^\s]+)"),
    _Shape(
        ("-u", "--user", "--proxy-user"),
        r"(?<!\S)(?:-u|--user|--proxy-user)[ \t=]{0,4}[\"']?[\w.@\\$%{}-]{1,100}:(?!\d+\b)(?P<hide>[^\s\"']+)",
    ),
    # A line of a key in PEM form; checksums are hexadecimal and stay.
    _Shape(("mi",), r"(?m)^[ \t]*(?P<hide>(?=\S*[g-zG-Z+/])[A-Za-z0-9+/]{60,}={0,2})[ \t]*\r?$", 0),
)


_HINTS = tuple(dict.fromkeys(hint for shape in _SHAPES for hint in shape.hints))


def _spans(text: str) -> list[tuple[int, int]]:
    lowered = text.lower()
    for hint in _HINTS:
        if hint in lowered:
            break
    else:
        return []
    found: list[tuple[int, int]] = []
    for shape in _SHAPES:
        if shape.needs not in lowered or not any(hint in lowered for hint in shape.hints):
            continue
        pattern = re.compile(shape.pattern, shape.flags)
        at = 0
        while match := pattern.search(text, at):
            start, end = match.span("hide")
            at = max(end, at + 1)
            value = text[start:end]
            if "separator" in pattern.groupindex and not _names_a_secret(match):
                # What was no value may be a name: `env=TOKEN PASSWORD=x`.
                at = start
                continue
            if re.match(_REFERENCE, value) or value == "git":
                continue
            if any(low <= match.start() < high or low <= start < high for low, high in found):
                continue
            if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]:
                start, end = start + 1, end - 1
            found.append((start, end))
    found.sort()
    return found


def _names_a_secret(match: re.Match[str]) -> bool:
    """Tell `--password x`, `TOKEN=x` and `token: x` from a word in running text and from the name of something else."""
    name, separator = match["name"].lower(), match["separator"]
    if name.endswith(("path", "file", "_url", "-url", "_name", "-name", "_id", "-id")):
        # A place where a secret lies is none.
        return False
    if "=" in separator or ":" in separator:
        return True
    return name.startswith("--") and not match["hide"].lstrip("\"'").startswith("-")


@lru_cache(1024)
def mask(text: str) -> str:
    """Give the text with every secret replaced by `***`."""
    return mask_with_map(text)[0]


@lru_cache(256)
def mask_with_map(text: str) -> tuple[str, Callable[[int], int]]:
    """Give the masked text and a function from offsets in the text to offsets in the masked one."""
    spans = _spans(text)
    if not spans:
        return text, _same
    parts: list[str] = []
    edits: list[tuple[int, int, int]] = []
    at = length = 0
    for start, end in spans:
        if end <= at:
            continue
        start = max(start, at)
        parts += (text[at:start], MASK)
        length += start - at
        edits.append((start, end, length))
        length += len(MASK)
        at = end
    parts.append(text[at:])

    def moved(offset: int) -> int:
        shift = 0
        for start, end, new in edits:
            if offset <= start:
                break
            if offset < end:
                return new
            shift = new + len(MASK) - end
        return offset + shift

    return "".join(parts), moved


def _same(offset: int) -> int:
    return offset


# C0 and C1 controls, DEL, line and paragraph separators, and the marks that reorder text on a screen.
_CONTROL = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"


def visible(text: str, keep: str = "") -> str:
    """Write control characters as escapes, so that audited text cannot drive a terminal; `keep` lists exceptions.

    Nor can it drive GitHub's runner, which takes `##[name]` for a command anywhere in a line (actions/runner,
    ActionCommand.cs).
    """
    if not (text.isascii() and text.isprintable()):
        text = re.sub(_CONTROL, lambda match: match[0] if match[0] in keep else _escape(match[0]), text)
    return text.replace("##[", "##\\x5b")


def listed(names: Sequence[str], most: int = 0, last: str = "and") -> str:
    """Give names as a sentence has them: `a, b and c`, or `a, b and 7 more` where only so many are shown."""
    if most and len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

"""Values as YAML text: the lines that stand for them in a file of a given style."""

from __future__ import annotations

from ci_audit.editing import Block, CannotEdit, Commented, Value
from ci_audit.editing.yamlstyle import Style
from ci_audit.patterns import regex
from ci_audit.syntax.yamltree import GITHUB, GITLAB, Scalar, resolve

_UNPRINTABLE = regex("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")
_UNSAFE_PLAIN = regex(r"\A[-?:](?:\s|\Z)|\A[\s,\[\]{}#&*!|>'\"%@`]|:(?:\s|\Z)|\s#|\s\Z|\A(?:---|\.\.\.)")
_UNSAFE_IN_FLOW = regex(r"[,\[\]{}:?]|\A-")
_READ_OTHERWISE = regex(
    r"(?i:y|n|yes|no|on|off|true|false|null|nan|inf)|[=~]|<<|:.*|[-+]?[.0-9][-+0-9a-fA-FxXoO_.,:]*|\d{4}-\d\d?-\d\d?.*"
)
_NEWLINE = "\n"


def bare(value: object) -> Value:
    """Give a value without its comment."""
    return value.value if isinstance(value, Commented) else value  # type: ignore[return-value]


def scalar(value: str | int | bool | None, style: Style, *, flow: bool, quote: str = "") -> str:
    """Write a scalar on one line; `quote` is the character that the value it replaces was quoted with."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not quote and is_plain(value, flow):
        return value
    return _quoted(value, quote or style.quote)


def is_plain(text: str, flow: bool) -> bool:
    """Tell whether a text stays that text, for every host, when it is written without quotes."""
    if not text or _UNPRINTABLE.search(text) or _UNSAFE_PLAIN.search(text) or _READ_OTHERWISE.fullmatch(text):
        return False
    if flow and _UNSAFE_IN_FLOW.search(text):
        return False
    plain = Scalar(text, "", 0, len(text), "", "")
    return isinstance(resolve(plain, GITHUB), str) and isinstance(resolve(plain, GITLAB), str)


def _quoted(text: str, quote: str) -> str:
    if _UNPRINTABLE.search(text):
        quote = '"'
    elif quote == '"' and ('"' in text or "\\" in text):
        quote = "'"
    elif quote == "'" and "'" in text and '"' not in text and "\\" not in text:
        quote = '"'
    if quote == "'":
        return "'" + text.replace("'", "''") + "'"
    return '"' + escaped(text) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def escaped(text: str) -> str:
    """Write a text as it stands between double quotes."""
    return "".join(
        _ESCAPES.get(character) or (_code(ord(character)) if _UNPRINTABLE.search(character) else character)
        for character in text
    )


def _code(number: int) -> str:
    if 0xD800 <= number < 0xE000:
        raise CannotEdit("a text holds half a character")
    return f"\\x{number:02X}" if number < 0x100 else f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def flow(value: object, style: Style) -> str:
    """Write a value on one line, between brackets if it has parts; raises CannotEdit where that cannot be."""
    if isinstance(value, Commented):
        if value.comment:
            raise CannotEdit("a comment does not fit between brackets")
        value = value.value
    if isinstance(value, Block):
        raise CannotEdit("a text of several lines does not fit between brackets")
    if isinstance(value, dict):
        return "{" + ", ".join(pair(key, inner, style) for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item, style) for item in value) + "]"
    return scalar(value, style, flow=True)  # type: ignore[arg-type]


def pair(key: str, value: object, style: Style) -> str:
    """Write an entry of a flow mapping."""
    return f"{scalar(key, style, flow=True)}: {flow(value, style)}"


def entry(key: str, value: object, style: Style) -> list[str]:
    """Write an entry of a block mapping as lines, the first with its key in the column 0."""
    comment = value.comment if isinstance(value, Commented) else ""
    first, lines = body(value, style, style.step, style.offset)
    head = scalar(key, style, flow=False) + ":" + (" " + first if first else "")
    return [commented(head, comment, style), *lines]


def item(value: object, style: Style) -> list[str]:
    """Write an item of a block sequence as lines, the first with its dash in the column 0."""
    comment = value.comment if isinstance(value, Commented) else ""
    value = bare(value)
    dash = "-".ljust(style.width)
    if isinstance(value, dict) and value:
        lines = [line for key, inner in value.items() for line in entry(key, inner, style)]
    elif isinstance(value, (list, tuple)) and value and not isinstance(value, Block):
        lines = [line for inner in value for line in item(inner, style)]
    else:
        first, lines = body(value, style, style.width, style.width)
        return [commented(dash + first, comment, style), *lines]
    return [commented(dash + lines[0], comment, style), *indented(lines[1:], style.width)]


def body(value: object, style: Style, step: int, offset: int) -> tuple[str, list[str]]:
    """Write a value as what stands behind its key and the lines below, indented relative to the key's column."""
    value = bare(value)
    if isinstance(value, Block):
        return _literal(value.text, step)
    if isinstance(value, dict):
        if not value:
            return "{}", []
        return "", indented([line for key, inner in value.items() for line in entry(key, inner, style)], step)
    if isinstance(value, (list, tuple)):
        if not value:
            return "[]", []
        return "", indented([line for inner in value for line in item(inner, style)], offset)
    return scalar(value, style, flow=False), []  # type: ignore[arg-type]


def _literal(text: str, step: int) -> tuple[str, list[str]]:
    lines = text.removesuffix(_NEWLINE).split(_NEWLINE)
    if not lines[-1].strip(" \t") or any(_UNPRINTABLE.search(line.replace("\t", " ")) for line in lines):
        raise CannotEdit("a text does not fit into a block")
    first = next(line for line in lines if line.strip(" "))
    if first[0] in " \t" or any(line.isspace() for line in lines):
        raise CannotEdit("a text begins with blanks")
    return "|" if text.endswith(_NEWLINE) else "|-", indented(lines, step)


def indented(lines: list[str], amount: int) -> list[str]:
    """Indent lines, the empty ones not."""
    return [" " * amount + line if line else line for line in lines]


def commented(line: str, comment: str, style: Style) -> str:
    """Put a comment behind a line."""
    if _UNPRINTABLE.search(comment):
        raise CannotEdit("a comment has one line")
    return f"{line}{style.gap}# {comment}" if comment else line

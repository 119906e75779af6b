"""What a YAML scalar means to the host that reads it."""

from __future__ import annotations

import re

from ci_audit.patterns import regex
from ci_audit.syntax.yamlnodes import Scalar
from ci_audit.typed import NamedTuple


class Dialect(NamedTuple):
    """YAML as one host takes it."""

    name: str
    version: str
    duplicate_keys_fail: bool
    merge_keys: bool


GITHUB = Dialect("github", "1.2", duplicate_keys_fail=True, merge_keys=False)
"""The 1.2 core schema; keys that differ only in case are equal (actions/runner: YamlObjectReader, TemplateReader)."""

GITLAB = Dialect("gitlab", "1.1", duplicate_keys_fail=False, merge_keys=True)
"""Ruby's Psych over libyaml (gitlabhq: Gitlab::Config::Loader::Yaml)."""

TRAVIS = Dialect("travis", "1.1", duplicate_keys_fail=False, merge_keys=True)
"""Psych with a scanner that leaves decimals, times, yes, no, on and off as text (travis-yml: support/yaml.rb)."""

Value = bool | int | float | str | None

_STANDARD = "tag:yaml.org,2002:"
_TYPED_TAGS = frozenset(_STANDARD + name for name in ("null", "bool", "int", "float"))

_CORE_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

_CORE_NUMBER = regex(
    r"(?P<decimal>[-+]?[0-9]+)|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<other>0x[0-9a-fA-F]+|0o[0-7]+)"
)
_LAST_OF_NUMBER = frozenset("0123456789.abcdefABCDEF")

_PSYCH_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null")),
    **dict.fromkeys(("yes", "true", "on"), True),
    **dict.fromkeys(("no", "false", "off"), False),
    **dict.fromkeys((".inf", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


def resolve(scalar: Scalar, dialect: Dialect) -> Value:
    """Tell the value that the host gives to a scalar; dates, times and symbols stay text."""
    value, tag = scalar.value, scalar.tag
    if scalar.style or (tag and tag not in _TYPED_TAGS and (tag == "!" or tag.startswith(_STANDARD))):
        return value
    if dialect.version == "1.2":
        return value if tag and tag not in _TYPED_TAGS else _core(value)
    return _psych(value, dialect.name == "travis")


def text_of(scalar: Scalar, dialect: Dialect) -> str:
    """Tell the text that the host makes of a scalar where it wants a string: 3.10 becomes 3.1, null nothing."""
    value = resolve(scalar, dialect)
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return value
    return _dotnet_number(value) if dialect.version == "1.2" else _ruby_number(value)


def _core(value: str) -> Value:
    if value in _CORE_WORDS:
        return _CORE_WORDS[value]
    if value[0] not in "0123456789+-.":
        return value
    whole, point, part = value.partition(".")
    if value.isascii() and (whole + part).isdecimal():
        # Most numbers have this form, and no expression has to be compiled for it.
        return float(value) if point else _integer(value, 10)
    if "." in part or value[-1] not in _LAST_OF_NUMBER:
        return value
    found = _CORE_NUMBER.fullmatch(value)
    if found is None:
        return value
    if found.lastgroup == "float":
        return float(value)
    return _integer(value, 10) if found.lastgroup == "decimal" else int(value, 0)


def _integer(digits: str, base: int) -> int | float:
    # Python refuses to convert very long decimals; as a float they are infinite, which is as good as any value here.
    return int(digits, base) if len(digits) < 1000 else float(digits)


def _psych(value: str, keeps_text: bool) -> Value:
    word = value.lower()
    if word in _PSYCH_WORDS:
        return value if keeps_text and value in ("yes", "no", "on", "off") else _PSYCH_WORDS[word]
    if value[0] not in "0123456789+-.":
        return value
    if re.fullmatch(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}(?:\.[0-9_]*)?", value):
        return _base_60(value.replace("_", ""))
    if re.fullmatch(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?", value):
        if keeps_text or not re.match(r"[-+]?\.?[0-9]", value):
            return value
        return float(value.replace(",", "").replace("_", ""))
    digits = value.replace(",", "").replace("_", "")
    if re.fullmatch(r"[-+]?0b[_,]*[01][01_,]*", value):
        return int(digits, 2)
    if re.fullmatch(r"[-+]?0[_,]*[0-7][0-7_,]*", value):
        return int(digits, 8)
    if re.fullmatch(r"[-+]?(?:0|[1-9](?:[0-9]|,[0-9]|_[0-9])*)", value):
        return _integer(digits, 10)
    if re.fullmatch(r"[-+]?0x[_,]*[0-9a-fA-F][0-9a-fA-F_,]*", value):
        return int(digits, 16)
    return value


def _base_60(value: str) -> int | float:
    # Psych takes hours first whatever the number of parts: 1:30 is an hour and a half in seconds.
    total: int | float = 0
    for at, part in enumerate(value.split(":")):
        total += (float(part) if "." in value else _integer(part, 10)) * 60 ** (2 - at)
    return total


def _dotnet_number(value: int | float) -> str:
    """Write a number as GitHub does: a double with 15 digits (NumberToken's `G15`)."""
    number = float(value)
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    return format(number, ".15g").upper()


def _ruby_number(value: int | float) -> str:
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    if text in ("inf", "-inf"):
        return text.replace("inf", "Infinity")
    if text == "nan":
        return "NaN"
    mantissa, exponent, power = text.partition("e")
    return text if "." in mantissa else f"{mantissa}.0{exponent}{power}"

"""What plain scalars mean to GitHub (YAML 1.2 core), GitLab (Psych) and Travis (Psych, its own scanner)."""

import math

import pytest
import yaml

from ci_audit.source import Source
from ci_audit.syntax.yamltree import GITHUB, GITLAB, TRAVIS, Scalar, parse, resolve, text_of

SAME = object()


def scalar(text: str) -> Scalar:
    (node,) = parse(Source("a", f"a: {text}\n"), GITLAB)
    return node.get("a")


@pytest.mark.parametrize(
    ("text", "github", "gitlab", "travis"),
    [
        ("", None, None, None),
        ("~", None, None, None),
        ("null", None, None, None),
        ("Null", None, None, None),
        ("nUll", SAME, None, None),
        ("true", True, True, True),
        ("False", False, False, False),
        ("tRue", SAME, True, True),
        ("yes", SAME, True, SAME),
        ("no", SAME, False, SAME),
        ("on", SAME, True, SAME),
        ("off", SAME, False, SAME),
        ("Yes", SAME, True, True),
        ("OFF", SAME, False, False),
        ("y", SAME, SAME, SAME),
        ("3.10", 3.1, 3.1, SAME),
        ("3.12.1", SAME, SAME, SAME),
        ("3.x", SAME, SAME, SAME),
        ("+1.5", 1.5, 1.5, SAME),
        ("-.5", -0.5, -0.5, SAME),
        ("1.", 1.0, 1.0, SAME),
        ("1.5e+3", 1500.0, 1500.0, SAME),
        ("1.5e3", 1500.0, SAME, SAME),
        ("1e3", 1000.0, SAME, SAME),
        ("1,000.5", SAME, 1000.5, SAME),
        (".", SAME, SAME, SAME),
        ("12", 12, 12, 12),
        ("-12", -12, -12, -12),
        ("+12", 12, 12, 12),
        ("010", 10, 8, 8),
        ("08", 8, SAME, SAME),
        ("0o17", 15, SAME, SAME),
        ("0x1F", 31, 31, 31),
        ("-0x1F", SAME, -31, -31),
        ("0b101", SAME, 5, 5),
        ("1_000", SAME, 1000, 1000),
        ("1,000", SAME, 1000, 1000),
        ("22:22", SAME, 80520, 80520),
        ("1:30:05", SAME, 5405, 5405),
        ("1:30.5", SAME, 5430.0, 5430.0),
        ("1:60", SAME, SAME, SAME),
        (".inf", math.inf, math.inf, math.inf),
        ("-.INF", -math.inf, -math.inf, -math.inf),
        ("+.inf", math.inf, math.inf, math.inf),
        ("2024-01-31", SAME, SAME, SAME),
        ("2024-01-31 10:00:00", SAME, SAME, SAME),
        ("-", SAME, SAME, SAME),
        ("+", SAME, SAME, SAME),
        ("--upgrade", SAME, SAME, SAME),
        ("3 apples", SAME, SAME, SAME),
        (":sym", SAME, SAME, SAME),
        ("'3.10'", "3.10", "3.10", "3.10"),
        ('"true"', "true", "true", "true"),
        ("|-\n  3.10", "3.10", "3.10", "3.10"),
        ("!!str 3.10", "3.10", "3.10", "3.10"),
        ("!!float 3.10", 3.1, 3.1, "3.10"),
        ("! 3.10", "3.10", "3.10", "3.10"),
        ("!custom 12", "12", 12, 12),
        ("!!binary 12", "12", "12", "12"),
    ],
)
def test_resolve(text, github, gitlab, travis):
    if text == "-":
        node = Scalar("-", "", 0, 1, "", "")
    else:
        node = scalar(text)
    for dialect, expected in ((GITHUB, github), (GITLAB, gitlab), (TRAVIS, travis)):
        value = resolve(node, dialect)
        expected = node.value if expected is SAME else expected
        assert (type(value), value) == (type(expected), expected), dialect.name


def test_resolve_not_a_number():
    for dialect in (GITHUB, GITLAB, TRAVIS):
        assert math.isnan(resolve(scalar(".nan"), dialect))
        assert text_of(scalar(".NaN"), dialect) == "NaN"


@pytest.mark.parametrize(
    ("text", "github", "gitlab", "travis"),
    [
        ("3.10", "3.1", "3.1", "3.10"),
        ("3.0", "3", "3.0", "3.0"),
        ("'3.10'", "3.10", "3.10", "3.10"),
        ("true", "true", "true", "true"),
        ("True", "true", "true", "true"),
        ("off", "off", "false", "off"),
        ("", "", "", ""),
        ("null", "", "", ""),
        ("0123", "123", "83", "83"),
        ("12345678901234567890", "1.23456789012346E+19", "12345678901234567890", "12345678901234567890"),
        ("1e-7", "1E-07", "1e-7", "1e-7"),
        ("0.00001", "1E-05", "1.0e-05", "0.00001"),
        ("1000000000000000000000.5", "1E+21", "1.0e+21", "1000000000000000000000.5"),
        (".inf", "Infinity", "Infinity", "Infinity"),
        ("-.inf", "-Infinity", "-Infinity", "-Infinity"),
        ("pip install tox", "pip install tox", "pip install tox", "pip install tox"),
    ],
)
def test_text_of(text, github, gitlab, travis):
    node = scalar(text)
    assert [text_of(node, dialect) for dialect in (GITHUB, GITLAB, TRAVIS)] == [github, gitlab, travis]


def test_very_long_numbers_do_not_fail():
    for text in ("9" * 6000, "9" * 6000 + ":30", "-" + "9" * 6000, "9" * 6000 + ".0"):
        for dialect in (GITHUB, GITLAB, TRAVIS):
            assert text_of(scalar(text), dialect)


@pytest.mark.parametrize("text", ["true", "12", "3.14", "null", "~", "x", "0x1F", "yes", "-7", "1_000", ".5", "010"])
def test_psych_agrees_with_yaml_1_1_where_they_are_the_same(text):
    assert resolve(scalar(text), GITLAB) == yaml.safe_load(text)

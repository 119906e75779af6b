"""Versions and specifiers, held against packaging."""

import itertools

import pytest
from packaging.specifiers import SpecifierSet

from ci_audit.pins.versions import newest, satisfies

VERSIONS = ("1", "1.0", "1.0.1", "1.1", "1.10", "2.0", "1.0.post1", "0.9", "1.1.post2", "2024.1")
BOUNDS = ("1", "1.0", "1.1", "1.0.post1", "1.10", "2")
SIGNS = ("==", "!=", ">=", "<=", "<", ">", "~=", "===")


@pytest.mark.parametrize("sign", SIGNS)
def test_one_clause(sign: str) -> None:
    for version, bound in itertools.product(VERSIONS, BOUNDS):
        if sign == "~=" and ("." not in bound or "post" in bound):
            assert satisfies(version, sign + bound) is None
            continue
        assert satisfies(version, sign + bound) == SpecifierSet(sign + bound).contains(version), (version, sign, bound)


@pytest.mark.parametrize("specifier", ["==1.*", "!=1.*", "==1.0.*", "!=1.1.*,>=1", ">=1,<2", " >= 1 , != 1.1 ", ""])
def test_more(specifier: str) -> None:
    for version in VERSIONS:
        assert satisfies(version, specifier) == SpecifierSet(specifier).contains(version), version


def test_what_is_not_certain() -> None:
    for version, specifier in (("1.0rc1", ">=0.9"), ("1.0", ">=1.0rc1"), ("1.0+local", ">=1"), ("1.0", "=>1")):
        assert satisfies(version, specifier) is None
    assert satisfies("1.0rc1", "<0.1,>=1") is None


def test_the_newest() -> None:
    assert newest(["1.9", "1.10", "2.0", "1.11rc1"], "<2") == "1.10"
    assert newest(["1.0"], ">1") == ""

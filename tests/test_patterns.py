"""Patterns that are compiled at their first use."""

import re

import pytest

from ci_audit.patterns import regex


def test_all_that_a_pattern_does() -> None:
    words = regex(r"(?P<first>[a-z])\w*", re.IGNORECASE)
    real = re.compile(r"(?P<first>[a-z])\w*", re.IGNORECASE)
    text = "One two, 3 four"
    assert words.findall(text) == real.findall(text)
    assert [match.span() for match in words.finditer(text, 4)] == [match.span() for match in real.finditer(text, 4)]
    assert words.sub(r"<\1>", text) == real.sub(r"<\1>", text)
    assert words.split(text) == real.split(text)
    assert words.fullmatch("two") is not None
    assert words.match(text, 9) is None
    assert words.search(text, 9) is not None
    assert (words.pattern, words.groups, words.groupindex) == (real.pattern, real.groups, real.groupindex)


def test_nothing_is_compiled_before_it_is_used() -> None:
    broken = regex("(")
    with pytest.raises(re.error):
        broken.match("")

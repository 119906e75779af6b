"""Options are read by their table: values, flags, clusters, and what cannot be known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.model import UNKNOWN, Word

SYNTAX = Syntax("--requirement|-r --index-url|-i|--pypi-url --python|-p -mod", "--upgrade|-U --quiet|-q --no-deps")


def words_of(line: str) -> list[Word]:
    words = []
    at = 0
    for text in line.split(" "):
        words.append(Word(text.replace("?", UNKNOWN), at, at + len(text)))
        at += len(text) + 1
    return words


@pytest.mark.parametrize(
    ("line", "options", "positionals"),
    [
        ("-r file x", [("--requirement", "file")], ["x"]),
        ("-rfile", [("--requirement", "file")], []),
        ("-r=file", [("--requirement", "file")], []),
        ("--requirement=file", [("--requirement", "file")], []),
        ("--requirement file", [("--requirement", "file")], []),
        ("--pypi-url u", [("--index-url", "u")], []),
        ("-Uqr file x", [("--upgrade", "-Uqr"), ("--quiet", "-Uqr"), ("--requirement", "file")], ["x"]),
        ("-qrfile", [("--quiet", "-qrfile"), ("--requirement", "file")], []),
        ("-mod=vendor", [("-mod", "vendor")], []),
        ("a -U b -- -r c", [("--upgrade", "-U")], ["a", "b", "-r", "c"]),
        ("-", [], ["-"]),
        ("-r", [], []),
        ("--index-url= x", [("--index-url", "")], ["x"]),
        ("--require file", [("--require", "--require")], ["file"]),
    ],
)
def test_reading(line, options, positionals):
    found = read_arguments(words_of(line), SYNTAX)
    assert [(name, word.text) for name, word in found.options] == options
    assert [word.text for word in found.positionals] == positionals


@pytest.mark.parametrize("line", ["-rfile", "--requirement=file", "-r file", "-r=file", "-Urfile"])
def test_a_value_has_its_own_place(line):
    word = read_arguments(words_of(line), SYNTAX).last("--requirement")
    assert word is not None
    assert line[word.start : word.end] == "file"


def test_a_value_that_is_not_written_as_it_reads_keeps_the_place_of_the_word():
    word = Word("--requirement=a b", 3, 22, True)
    found = read_arguments([word], SYNTAX).last("--requirement")
    assert found == Word("a b", 3, 22, True)


def test_stopping_leaves_the_rest():
    found = read_arguments(words_of("-q run -U x"), SYNTAX, until=1)
    assert [word.text for word in found.before] == ["-q"]
    assert [word.text for word in found.positionals] == ["run"]
    assert [word.text for word in found.rest] == ["-U", "x"]


@pytest.mark.parametrize(
    ("line", "uncertain"),
    [
        ("?", True),
        ("x ?", True),
        ("-r ?", False),
        ("?/x.whl", False),
        ("?==1", False),
        ("?[test]", False),
        ("x==?", False),
        ("??", True),
        ("?-r", True),
    ],
)
def test_an_unknown_word_may_be_options(line, uncertain):
    assert (read_arguments(words_of(line), SYNTAX).uncertain is not None) is uncertain


def test_a_quoted_unknown_word_is_one_word():
    assert read_arguments([Word(UNKNOWN, 0, 4, True)], SYNTAX).uncertain is None


def test_the_word_behind_an_undeclared_option_is_doubtful():
    found = read_arguments(words_of("--new a b --new=c d -Z e"), SYNTAX)
    assert [word.text for word in found.doubtful] == ["a", "e"]
    assert [word.text for word in found.positionals] == ["a", "b", "d", "e"]


def test_the_word_behind_a_declared_option_is_not_doubtful():
    for line in ("-Ur file x", "-rfile x", "-U x", "--requirement file x"):
        assert read_arguments(words_of(line), SYNTAX).doubtful == []


def test_a_later_table_wins():
    syntax = Syntax("", "--requirement|-r", base=SYNTAX)
    assert [word.text for word in read_arguments(words_of("-r x"), syntax).positionals] == ["x"]
    assert SYNTAX.values["-r"] == "--requirement"


PIECES = st.sampled_from(
    ["-r", "-rf", "--requirement", "--requirement=f", "-U", "-Uq", "--", "x", "?", "-?", "--n", "-"]
)


@given(st.lists(PIECES, max_size=8), st.integers(0, 2))
def test_every_word_is_accounted_for(pieces, until):
    line = " ".join(pieces)
    words = words_of(line) if pieces else []
    found = read_arguments(words, SYNTAX, until=until)
    known = {id(word) for word in words}
    assert all(id(word) in known for word in (*found.positionals, *found.before, *found.rest))
    if until and len(found.positionals) >= until and "--" not in pieces:
        assert [*found.before, found.positionals[-1], *found.rest] == words
    for _, word in found.options:
        assert 0 <= word.start <= word.end <= len(line)

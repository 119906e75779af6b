import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_audit.source import UNKNOWN, MappedText, Source
from ci_audit.syntax.dockerwords import (
    LONGEST_VALUE,
    HeredocWord,
    WordError,
    expand,
    fields,
    heredoc_word,
    heredoc_words,
    quoted_words,
)

VALUES = {"V": "3.12", "EMPTY": "", "PATH": "/a/b/c", "DARK": UNKNOWN, "HALF": f"x{UNKNOWN}", "_9": "n"}


def lookup(name: str) -> str | None:
    return VALUES.get(name)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("python", "python"),
        ("$V", "3.12"),
        ("${V}x", "3.12x"),
        ("$Vx", ""),
        ("$V.1", "3.12.1"),
        ("$_9-", "n-"),
        ("$1V", "V"),
        ("a${NONE}b", "ab"),
        ("${V:-x}", "3.12"),
        ("${NONE:-x}", "x"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY-x}", ""),
        ("${NONE-x}", "x"),
        ("${NONE:-}", ""),
        ("${V:+x}", "x"),
        ("${EMPTY:+x}", ""),
        ("${EMPTY+x}", "x"),
        ("${NONE+x}", ""),
        ("${V:?text}", "3.12"),
        ("${EMPTY?text}", ""),
        ("${NONE:-$V}", "3.12"),
        ("${NONE:-${EMPTY:-${V}-slim}}", "3.12-slim"),
        ('${NONE:-"a b}"}', "a b}"),
        ("${NONE:-a\\}b}", "a}b"),
        ('"$V"', "3.12"),
        ("'$V'", "$V"),
        ("\\$V", "$V"),
        ('"\\$V"', "$V"),
        ('"\\\\"', "\\"),
        ('"a\\b"', "a\\b"),
        ("a\\b\\ c", "ab c"),
        ("'a\\'", "a\\"),
        ('"a\\"b"', 'a"b'),
        ('a"b c"d', "ab cd"),
        ('"it\'s"', "it's"),
        ("a\\", "a"),
        ("a$", "a$"),
        ("$.", "$."),
        ("$$V", "V"),
        ("`$V`", "`3.12`"),
        ("a<b<<c", "a<b<<c"),
        ("${PATH#*/}", "a/b/c"),
        ("${PATH##*/}", "c"),
        ("${PATH%/*}", "/a/b"),
        ("${PATH%%/*}", ""),
        ("${PATH#/?/}", "b/c"),
        ("${PATH%c}", "/a/b/"),
        ("${PATH#x}", "/a/b/c"),
        ("${NONE#x}", ""),
        ("${V/./-}", "3-12"),
        ("${PATH/b/B}", "/a/B/c"),
        ("${PATH//?b/}", "/a/c"),
        ("${PATH/x/y}", "/a/b/c"),
    ],
)
def test_expand_gives_the_value_that_buildkit_gives(text: str, value: str) -> None:
    assert expand(text, lookup) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a${DARK}b", f"a{UNKNOWN}b"),
        ("${DARK:-x}", UNKNOWN),
        ("${DARK-x}", UNKNOWN),
        ("${DARK:+x}", UNKNOWN),
        ("${DARK+x}", UNKNOWN),
        ("${HALF:-y}", f"x{UNKNOWN}"),
        ("${HALF:+y}", "y"),
        ("${NONE:-$DARK}", UNKNOWN),
        ("${V:-$DARK}", "3.12"),
        ("${HALF%y}", UNKNOWN),
        ("${PATH%$DARK}", UNKNOWN),
        ("${PATH#*/*/}", UNKNOWN),
        ("${PATH/a*/b}", UNKNOWN),
        ("${PATH//\\//-}", UNKNOWN),
    ],
)
def test_expand_never_guesses(text: str, value: str) -> None:
    assert expand(text, lookup) == value


@pytest.mark.parametrize(
    "text",
    """it's "a "a\\" ${ ${} ${:-a} ${V ${V:-a ${V:a} ${V@a} ${V:#a} ${V: ${.}
    ${NONE:?text} ${EMPTY:?text} ${NONE?} ${V/a} a${{V}}""".split(),
)
def test_expand_knows_nothing_of_what_buildkit_refuses(text: str) -> None:
    assert expand(text, lookup) == UNKNOWN


def test_expand_honours_the_escape_directive() -> None:
    assert expand("c:\\dir\\`$V `a", lookup, "`") == "c:\\dir\\$V a"
    assert expand('"`"\\"', lookup, "`") == '"\\'


def test_expand_stops_values_that_double() -> None:
    value = "x"
    for _ in range(22):
        value = expand("$A$A", {"A": value}.get)
    assert len(value) <= 2 * LONGEST_VALUE
    assert UNKNOWN in value


def test_expand_stops_at_deep_nesting() -> None:
    assert expand("${NONE:-" * 5000 + "}" * 5000, lookup) == UNKNOWN


literals = st.text("ab /.", max_size=4)
references = st.recursive(
    st.one_of(
        literals.map(lambda text: (text, text)),
        literals.map(lambda text: (f"'{text}$V'", f"{text}$V")),
        st.sampled_from([("$V", "3.12"), ("${PATH}", "/a/b/c"), ("\\$", "$"), ("${NONE}", "")]),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: (two[0][0] + "/" + two[1][0], two[0][1] + "/" + two[1][1])),
        inner.map(lambda one: (f"${{NONE:-{one[0]}}}", one[1])),
        inner.map(lambda one: (f"${{V:+{one[0]}}}", one[1])),
        inner.map(lambda one: (f"${{V:-{one[0]}}}", "3.12")),
        inner.map(lambda one: (f"${{EMPTY+{one[0]}}}", one[1])),
    ),
    max_leaves=8,
)


@given(references)
def test_expand_resolves_nested_references(case: tuple[str, str]) -> None:
    text, value = case
    assert expand(text, lookup) == value


@given(st.text("ab$ {}:-+?#%/'\"\\`<\x00", max_size=30), st.sampled_from("\\`"))
def test_expand_never_raises(text: str, escape: str) -> None:
    expand(text, lookup, escape)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a  b\tc", ["a", "b", "c"]),
        ("a=\"b c\" d='e f'", ['a="b c"', "d='e f'"]),
        ("a\\ b c", ["a\\ b", "c"]),
        ('a="b \\" c" d', ['a="b \\" c"', "d"]),
        ("a='b\\' c", ["a='b\\'", "c"]),
        ('a="b c', ['a="b c']),
        ("a b\\", ["a", "b"]),
        ('a "b\\', ["a", '"b']),
        ("\\", []),
        ('""', ['""']),
        ("", []),
    ],
)
def test_quoted_words_split_outside_quotes(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in quoted_words(text, "\\")] == words


def test_quoted_words_honour_the_escape_directive() -> None:
    text = 'a=c:\\ b=`"x y` z'
    assert [text[start:end] for start, end in quoted_words(text, "`")] == ["a=c:\\", 'b=`"x', "y` z"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("RUN <<EOF", [HeredocWord("EOF", True, False, 0)]),
        ("RUN <<-EOF cat", [HeredocWord("EOF", True, True, 0)]),
        ("RUN 3<<'E F'", [HeredocWord("E F", False, False, 3)]),
        ('COPY <<a <<"b" /d/', [HeredocWord("a", True, False, 0), HeredocWord("b", False, False, 0)]),
        ("RUN cat << EOF", [HeredocWord("EOF", True, False, 0)]),
        ("RUN cat <<- EOF", []),
        ("RUN cat <<<EOF", []),
        ("RUN a<<EOF", []),
        ("RUN echo '<<EOF'", []),
        ("RUN echo it's <<EOF", []),
        ("RUN echo \\' <<EOF", [HeredocWord("EOF", True, False, 0)]),
        ("RUN <<$X.y", [HeredocWord("$X.y", True, False, 0)]),
        ("RUN ${A:-b} <<EOF", [HeredocWord("EOF", True, False, 0)]),
        ("RUN ${A <<EOF", []),
        ("RUN << ", []),
    ],
)
def test_heredoc_words_finds_the_operators(line: str, found: list[HeredocWord]) -> None:
    assert heredoc_words(line) == found


def test_heredoc_word_raises_for_an_open_quote() -> None:
    with pytest.raises(WordError):
        heredoc_word("<<'E")


def test_fields_split_at_white_space() -> None:
    source = Source("f", "x a\t b ")
    found = fields(MappedText.of(source, 2, 7))
    assert [(word.text, word.where(0, 1).start) for word in found] == [("a", 2), ("b", 5)]

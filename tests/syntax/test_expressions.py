"""GitHub's expressions: finding, parsing, evaluating with what is known."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit.source import UNKNOWN
from ci_audit.syntax.expressions import (
    Context,
    Open,
    condition,
    evaluate,
    find,
    is_known,
    parse,
    references,
    references_of,
    substitute,
    text_of,
    truth,
    whole,
)

CONTEXT: Context = {
    "matrix": {"os": "ubuntu-latest", "python-version": 3.1, "list": ["a", "B"], "flag": False},
    "env": Open(KNOWN="yes", PART=f"py-{UNKNOWN}"),
    "github": Open(event_name="push", workspace="/w"),
    "inputs": {"empty": "", "objects": [{"name": "x"}, {"name": "y"}]},
}


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("a ${{ b }} c", ["b"]),
        ("${{a}}${{ b }}", ["a", "b"]),
        ("${{ format('}}', 'it''s') }}x", ["format('}}', 'it''s')"]),
        ("no ${{ end", []),
        ("$ {{ a }}", []),
        ("${{ 'open }}", ["'open"]),
    ],
)
def test_find(text: str, inner: list[str]) -> None:
    found = find(text)
    assert [item[2] for item in found] == inner
    for start, end, _ in found:
        assert text[start : start + 3] == "${{"
        assert text[end - 2 : end] == "}}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("null", None),
        ("'it''s'", "it's"),
        ("0x10", 16.0),
        ("-1.5e1", -15.0),
        ("1 == '1'", True),
        ("true == 1", True),
        ("null == ''", True),
        ("'A' == 'a'", True),
        ("'a' != 'b'", True),
        ("'abc' == 1", False),
        ("'a' < 'B'", True),
        ("2 >= 10", False),
        ("'2' > 10", False),
        ("!true", False),
        ("!''", True),
        ("true && 'x' || 'y'", "x"),
        ("false && 'x' || 'y'", "y"),
        ("'' || 'default'", "default"),
        ("(1 < 2) == true", True),
        ("matrix.os", "ubuntu-latest"),
        ("matrix['OS']", "ubuntu-latest"),
        ("MATRIX.Os", "ubuntu-latest"),
        ("matrix.absent", None),
        ("matrix.list[1]", "B"),
        ("matrix.list[9]", None),
        ("contains(matrix.list, 'b')", True),
        ("contains('Hello', 'ELL')", True),
        ("startsWith(matrix.os, 'Ubuntu')", True),
        ("endsWith(matrix.os, 'macos')", False),
        ("format('{0}-{1} {{x}}', matrix.os, 2)", "ubuntu-latest-2 {x}"),
        ("join(matrix.list, '-')", "a-B"),
        ("join(inputs.objects.*.name)", "x,y"),
        ("toJSON('x')", '"x"'),
        ("fromJSON('[1, \"b\"]')[1]", "b"),
        ('fromJSON(\'{"a": {"b": 2}}\').a.b', 2.0),
        ("case(false, 'a', true, 'b', 'c')", "b"),
        ("case(false, 'a', 'c')", "c"),
        ("success() && always()", True),
    ],
)
def test_evaluate(text: str, value: object) -> None:
    assert evaluate(text, CONTEXT) == value


@pytest.mark.parametrize(
    "text",
    [
        "secrets.TOKEN",
        "env.OTHER",
        "github.sha",
        "steps.x.outputs.y",
        "hashFiles('**/requirements.txt')",
        "failure()",
        "cancelled()",
        "toJSON(github)",
        "github.*",
        "fromJSON(needs.a.outputs.matrix)",
        "github.sha && 'a' || 'b'",
        "secrets.A == 'x'",
        "join(env, ',')",
        "this is wrong",
        "(1",
        "'open",
        "",
    ],
)
def test_unknown(text: str) -> None:
    assert not is_known(evaluate(text, CONTEXT))


def test_a_known_part_of_a_text_decides_a_comparison() -> None:
    assert evaluate("env.PART == 'go-1'", CONTEXT) is False
    assert evaluate("env.PART != 'go-1'", CONTEXT) is True
    assert not is_known(evaluate("env.PART == 'py-1'", CONTEXT))
    assert evaluate("startsWith(env.PART, 'py')", CONTEXT) is True
    assert evaluate("startsWith(env.PART, 'go')", CONTEXT) is False
    assert not is_known(evaluate("endsWith(env.PART, 'x')", CONTEXT))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("false", False),
        ("${{ false }}", False),
        ("${{ false }} ", False),
        ("", True),
        ("${{ false }} && true", True),
        ("github.event_name == 'push'", True),
        ("github.sha == 'x' && false", False),
        ("github.sha == 'x' || true", True),
        ("github.sha == 'x'", None),
        ("!(github.sha == 'x')", None),
        ("failure()", None),
        ("always() && matrix.flag", False),
        ("env.PART", True),
        ("matrix.os = 'x'", None),
    ],
)
def test_condition(text: str, answer: bool | None) -> None:
    assert condition(text, CONTEXT) is answer


def test_substitute_keeps_what_is_not_an_expression() -> None:
    assert substitute("x ${{ matrix.os }} ${{ secrets.A }}.", CONTEXT) == f"x ubuntu-latest {UNKNOWN}."
    assert substitute("plain", CONTEXT) == "plain"


def test_whole_keeps_the_type() -> None:
    assert whole("${{ matrix.list }}", CONTEXT) == ["a", "B"]
    assert whole("a-${{ matrix.flag }}", CONTEXT) == "a-false"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.1, "3.1"), (3.0, "3"), (True, "true"), (None, ""), (math.nan, "NaN"), (math.inf, "Infinity"), (1e20, "1E+20")],
)
def test_text_of(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("value", "answer"),
    [(UNKNOWN, None), (f"a{UNKNOWN}", True), ("", False), (0.0, False), (math.nan, False), ([], True), ("false", True)],
)
def test_truth(value: object, answer: bool | None) -> None:
    assert truth(value) is answer


def test_references() -> None:
    text = "${{ matrix.OS }} ${{ contains(matrix['py'], env.X) && matrix[github.ref] }} ${{ toJSON(matrix) }}"
    assert references(text) == {
        ("matrix", "os"),
        ("matrix", "py"),
        ("env", "x"),
        ("matrix", "*"),
        ("github", "ref"),
        ("matrix",),
    }
    assert references_of("steps.a.outputs.b == 'x'") == {("steps", "a", "outputs", "b")}


def expressions() -> st.SearchStrategy[str]:
    """Generate expressions from the grammar, with values that Python's own operators can check."""
    leaf = st.one_of(
        st.sampled_from(["true", "false", "null", "github.sha", "matrix.os", "matrix.list", "env.KNOWN", "''"]),
        st.integers(-99, 99).map(str),
        st.text("ab' .", max_size=4).map(lambda text: "'" + text.replace("'", "''") + "'"),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["&&", "||", "==", "!=", "<", ">="]), inner).map(" ".join),
            inner.map(lambda one: f"!({one})"),
            inner.map(lambda one: f"({one})"),
            st.tuples(inner, inner).map(lambda two: f"contains({two[0]}, {two[1]})"),
            inner.map(lambda one: f"format('{{0}}', {one})"),
        ),
        max_leaves=8,
    )


@given(expressions())
@settings(max_examples=200)
def test_generated_expressions_parse_and_agree_with_their_negation(text: str) -> None:
    assert parse(text) is not None
    answer = condition(text, CONTEXT)
    assert condition(f"!({text})", CONTEXT) is (None if answer is None else not answer)
    assert find(f"a ${{{{ {text} }}}} b")[0][2] == text.strip()


@given(expressions(), st.sampled_from([True, False]))
@settings(max_examples=100)
def test_what_is_decided_does_not_change_when_more_is_known(text: str, sha: bool) -> None:
    answer = condition(text, CONTEXT)
    github = CONTEXT["github"]
    assert isinstance(github, dict)
    more = {**CONTEXT, "github": Open(github, sha=sha)}
    if answer is not None:
        assert condition(text, more) is answer


@given(st.text("${}()[].,'\"!=<>&| abm0*\n" + UNKNOWN, max_size=40))
@settings(max_examples=300)
def test_nothing_raises(text: str) -> None:
    for start, end, _ in find(text):
        assert 0 <= start < end <= len(text)
    evaluate(text, CONTEXT)
    condition(text, CONTEXT)
    substitute(text, CONTEXT)
    references(text)


def test_deep_nesting_ends() -> None:
    assert evaluate("(" * 5000 + "1" + ")" * 5000, {}) == UNKNOWN
    assert evaluate("!" * 5000 + "1", {}) == UNKNOWN
    chain = "github.a" + " || github.a" * 5000
    assert evaluate(chain, {}) == UNKNOWN
    assert condition(chain, {}) is None
    assert references_of(chain) <= {("github", "a")}

"""Tests for what words come to, and where each stretch of a value came from."""

import pytest

from ci_audit.source import UNKNOWN, MappedText, Source
from ci_audit.syntax.shell import UNSET, Simple, Unset, Word, arguments, evaluate, evaluate_text, parse

KNOWN: dict[str, str | tuple[str, ...] | Unset] = {
    "X": "x",
    "PKGS": " a  b\tc\n",
    "EMPTY": "",
    "NONE": UNSET,
    "HALF": f"a {UNKNOWN}b",
    "MAYBE": UNKNOWN,
    "ARR[@]": ("a b", "c"),
    "ARR[*]": ("a b", "c"),
    "STR[@]": "a b",
    "NIL[@]": (),
    "@": ("1", "2"),
}


def look_up(name: str) -> str | tuple[str, ...] | Unset | None:
    return KNOWN.get(name)


def word(written: str) -> Word:
    script = parse(f"echo {written}")
    (simple,) = script.statements
    assert isinstance(simple, Simple)
    return simple.words[1]


def fields(written: str) -> list[str]:
    return [field.text.replace(UNKNOWN, "¿") for field in evaluate(word(written), look_up).fields]


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("a'b c'\\ d", ["ab c d"]),
        ("''", [""]),
        ("$X", ["x"]),
        ("${X}y", ["xy"]),
        ("$PKGS", ["a", "b", "c"]),
        ("y$PKGS", ["y", "a", "b", "c"]),
        ("${X}${PKGS}z", ["x", "a", "b", "c", "z"]),
        ('"$PKGS"', [" a  b\tc\n"]),
        ("$EMPTY", []),
        ('"$EMPTY"', [""]),
        ("a$EMPTY", ["a"]),
        ("$NONE", []),
        ('"$NONE"', [""]),
        ("$OTHER", ["¿"]),
        ('a"$OTHER"b', ["a¿b"]),
        ("$HALF", ["a", "¿b"]),
        ("${X:-d}", ["x"]),
        ("${NONE:-d}", ["d"]),
        ("${NONE:-d e}", ["d", "e"]),
        ("${NONE:-'d e' f}", ["d e", "f"]),
        (f"${{NONE:-'d {UNKNOWN} e'}}", ["d ¿ e"]),
        ('"${NONE:-d e}"', ["d e"]),
        ("${NONE:-$X}", ["x"]),
        ("${NONE:-$OTHER}", ["¿"]),
        ("${NONE:-}", []),
        ("${OTHER:-d}", ["¿"]),
        ("${EMPTY:-d}", ["d"]),
        ("${EMPTY-d}", []),
        ("${NONE-d}", ["d"]),
        ("${NONE:=d}", ["d"]),
        ("${MAYBE:-d}", ["¿"]),
        ("${X:+d}", ["d"]),
        ("${NONE:+d}", []),
        ("${EMPTY:+d}", []),
        ("${EMPTY+d}", ["d"]),
        ("${OTHER:+d}", ["¿"]),
        ("${MAYBE:+d}", ["¿"]),
        ("${HALF:+d}", ["d"]),
        ("${X:?no}", ["x"]),
        ("${NONE:?no}", ["¿"]),
        ("${EMPTY:?no}", ["¿"]),
        ("${X%.*}", ["¿"]),
        ("${X/a/b}", ["¿"]),
        ("${#X}", ["¿"]),
        ("${!X}", ["¿"]),
        ("${NONE%.*}", []),
        ("$(a)b", ["¿b"]),
        ("`a`", ["¿"]),
        ("$((1+1))", ["¿"]),
        ("<(a)", ["¿"]),
        ('"${ARR[@]}"', ["a b", "c"]),
        ('x"${ARR[@]}"y', ["xa b", "cy"]),
        ("${ARR[@]}", ["a", "b", "c"]),
        ('"${ARR[*]}"', ["a b c"]),
        ('"${STR[@]}"', ["a", "b"]),
        ('"${NIL[@]}"', []),
        ('"${OTHER[@]}"', ["¿"]),
        ('"$@"', ["1", "2"]),
        ('"${ARR[@]:1}"', ["¿"]),
        ("{x,{1..9}{1..9}}", ["¿"]),
        ("{a,b}", ["a", "b"]),
        ("x{a,'b c',$X}y", ["xay", "xb cy", "xxy"]),
        ("{a,b{c,d}}{1,2}", ["a1", "a2", "bc1", "bc2", "bd1", "bd2"]),
        ("{,a}", ["a"]),
        ("x{,a}", ["x", "xa"]),
        ("{1..3}", ["1", "2", "3"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{08..10}", ["08", "09", "10"]),
        ("{a..c}", ["a", "b", "c"]),
        ("{1..9999}", ["¿"]),
        ("{a..1}", ["{a..1}"]),
        ("{a}", ["{a}"]),
        ("{}", ["{}"]),
        ("{a,b", ["{a,b"]),
        ("x{{a,b}", ["x{a", "x{b"]),
        ("a,b}", ["a,b}"]),
        ("'{a,b}'", ["{a,b}"]),
        ("\\{a,b}", ["{a,b}"]),
        ("foo[a,b]{1,2}", ["foo[a,b]1", "foo[a,b]2"]),
        ("{a,b}" * 10, ["¿"]),
        ("{" * 100 + "a,b" + "}" * 100, ["¿"]),
        ("*.whl", ["*.whl"]),
        ("~/x", ["~/x"]),
    ],
)
def test_fields(written: str, values: list[str]) -> None:
    assert fields(written) == values


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("a", False),
        ("'a'", True),
        ("$OTHER", False),
        ('"$OTHER"', True),
        ("$OTHER'a'", False),
        ('"$OTHER"a', True),
        ('"${OTHER[@]}"', False),
        (UNKNOWN, False),
        (f'"{UNKNOWN}"', True),
    ],
)
def test_a_field_is_quoted_when_nothing_unknown_in_it_can_split(written: str, quoted: bool) -> None:
    (field,) = evaluate(word(written), look_up).fields
    assert field.quoted is quoted


def test_known() -> None:
    assert evaluate(word("a$X"), look_up).known
    assert not evaluate(word("a$OTHER"), look_up).known


def test_arguments_name_their_word() -> None:
    (simple,) = parse("pip install $PKGS 'd e'").statements
    assert isinstance(simple, Simple)
    found = [(field.text, source.start) for field, source in arguments(simple, look_up)]
    assert found == [("pip", 0), ("install", 4), ("a", 12), ("b", 12), ("c", 12), ("d e", 18)]


def test_text_is_not_split() -> None:
    assert evaluate_text(word("$PKGS"), look_up) == " a  b\tc\n"
    assert evaluate_text(word('"${ARR[@]}"'), look_up) == "a b c"
    assert evaluate_text(word("${NONE:-'a'b}"), look_up) == "ab"


@pytest.mark.parametrize(
    "written",
    [
        "plain",
        "'pip install x'",
        '"pip install \\"x\\" $OTHER y"',
        "a\\ b'c'\"d\"",
        "$'a\\tb'",
        f'"x {UNKNOWN * 5} y"',
        '"${NONE:-d e}f"',
        "'a\r\nb'",
    ],
)
def test_pieces_map_a_value_to_its_place(written: str) -> None:
    text = f"echo {written} end"
    (simple,) = parse(text).statements
    assert isinstance(simple, Simple)
    value, pieces = simple.words[1].pieces(look_up)
    mapped = MappedText(Source("x.sh", text), value, pieces)
    assert value == evaluate_text(simple.words[1], look_up)
    assert [piece.at for piece in pieces] == sorted({piece.at for piece in pieces})
    for at, char in enumerate(value):
        where = mapped.where(at, at + 1)
        if char not in f"\t\n{UNKNOWN}":
            assert where.text.removeprefix("\\") == char
        assert 5 <= where.start < where.end <= 5 + len(written)


def test_a_script_inside_a_word_keeps_its_places() -> None:
    text = "bash -c 'cd a && pip install \"x y\"'"
    (simple,) = parse(text).statements
    assert isinstance(simple, Simple)
    value, pieces = simple.words[2].pieces()
    mapped = MappedText(Source("x.sh", text), value, pieces)
    (inner,) = parse(value).statements
    assert mapped.where(inner.start, inner.end).text == 'cd a && pip install "x y"'


def test_pieces_of_an_empty_word() -> None:
    value, pieces = word("''").pieces()
    assert value == ""
    assert pieces == [(0, 5, 7, False)]

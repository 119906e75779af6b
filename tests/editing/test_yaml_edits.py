"""Operations on YAML files: what is written, where, and what is refused."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from ci_audit.editing import (
    Block,
    CannotEdit,
    Commented,
    Delete,
    Edit,
    Insert,
    Line,
    Move,
    Operation,
    Rewrite,
    Set,
    apply,
)
from ci_audit.editing.yaml import edits
from ci_audit.editing.yamlcheck import check
from ci_audit.source import Source
from ci_audit.syntax.yamltree import GITHUB, GITLAB, Dialect


def edited(text: str, *operations: Operation, dialect: Dialect = GITHUB) -> str:
    """Edit a text; what comes out is what the other parser makes of the operations, too."""
    found = edits(Source("x.yml", text), dialect, operations)
    for one, other in pairwise(found):
        assert one.end < other.start
    new = apply(text, found)
    assert check(text, new, operations, version=dialect.version) == ""
    return new


def refused(text: str, *operations: Operation, dialect: Dialect = GITHUB) -> str:
    with pytest.raises(CannotEdit) as caught:
        edits(Source("x.yml", text), dialect, operations)
    return str(caught.value)


def rewrite(text: str, old: str, new: str) -> Rewrite:
    at = text.index(old)
    return Rewrite(at, at + len(old), new)


STEPS = ("jobs", "test", "steps")
WORKFLOW = """\
name: CI
on: [push]

jobs:
  test: # all of them
    runs-on: ubuntu-24.04
    steps:
      # get it
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5 # v5.1
        with:
          python-version: "3.12" # the newest
          # cache: pip
      - run: |
          pip install a
          pip install b

          pytest
      # done
"""


def changed(operation: Operation, old: str, new: str) -> None:
    assert WORKFLOW.count(old) == 1
    assert edited(WORKFLOW, operation) == WORKFLOW.replace(old, new)


def test_a_new_key_stands_behind_the_line_of_its_sibling_and_before_comments() -> None:
    changed(Set((*STEPS, 1, "with", "cache"), "pip"), "newest\n", "newest\n          cache: pip\n")


def test_a_new_key_with_the_mapping_that_it_is_in() -> None:
    changed(
        Set((*STEPS, 0, "with", "a", "b"), 1),
        "checkout@v4\n",
        "checkout@v4\n        with:\n          a:\n            b: 1\n",
    )


def test_a_comment_that_is_indented_deeper_belongs_to_the_value_before_it() -> None:
    changed(Set((*STEPS, 1, "id"), "py"), "# cache: pip\n", "# cache: pip\n        id: py\n")


def test_after_and_before() -> None:
    changed(Set((*STEPS, 1, "id"), "py", after="uses"), "# v5.1\n", "# v5.1\n        id: py\n")
    changed(Set((*STEPS, 1, "id"), "py", before="with"), "# v5.1\n", "# v5.1\n        id: py\n")
    changed(Set((*STEPS, 1, "id"), "py", after="no", before="with"), "# v5.1\n", "# v5.1\n        id: py\n")
    changed(
        Set((*STEPS, 1, "id"), "py", before="uses"),
        "- uses: actions/setup-python",
        "- id: py\n        uses: actions/setup-python",
    )
    changed(Set(("jobs", "test", "env", "A"), "b", after="runs-on"), "24.04\n", "24.04\n    env:\n      A: b\n")


def test_new_keys_at_one_place_keep_their_order() -> None:
    with_ = (*STEPS, 1, "with")
    new = edited(WORKFLOW, Set((*with_, "a"), 1), Set((*with_, "b"), 2), Set((*with_, "c"), 3, after="a"))
    assert "newest\n          a: 1\n          c: 3\n          b: 2\n          # cache" in new
    new = edited(
        WORKFLOW, Set((*with_, "a"), 1, before="python-version"), Set((*with_, "b"), 2, before="python-version")
    )
    assert 'with:\n          a: 1\n          b: 2\n          python-version: "3.12"' in new


def test_set_below_a_mapping_that_another_one_makes() -> None:
    env = ("jobs", "test", "env")
    new = edited(
        WORKFLOW,
        Set(env, {"A": "1"}, after="runs-on"),
        Set((*env, "B"), "2", comment="why"),
        Set((*env, "C"), "3", before="A"),
    )
    assert '24.04\n    env:\n      C: "3"\n      A: "1"\n      B: "2" # why\n    steps' in new


def test_what_stands_deeper_comes_first_at_one_place() -> None:
    text = "jobs:\n  test:\n    steps:\n    - uses: a\n      with:\n        b: c\n"
    new = edited(
        text,
        Set(("jobs", "other"), {"d": "e"}),
        Set(("jobs", "test", "env"), {"d": "e"}),
        Insert(STEPS, 1, {"run": "x"}),
        Set((*STEPS, 0, "id"), "i"),
        Set((*STEPS, 0, "with", "f"), "g"),
    )
    assert new == (text + "        f: g\n      id: i\n    - run: x\n    env:\n      d: e\n  other:\n    d: e\n")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("pip", "pip"),
        ("3.10", '"3.10"'),
        ("3", '"3"'),
        ("0o7", '"0o7"'),
        ("1e3", '"1e3"'),
        ("1_000", '"1_000"'),
        ("12:30", '"12:30"'),
        ("2024-01-31", '"2024-01-31"'),
        ("on", '"on"'),
        ("No", '"No"'),
        ("y", '"y"'),
        ("true", '"true"'),
        ("null", '"null"'),
        ("~", '"~"'),
        ("", '""'),
        ("<<", '"<<"'),
        ("=", '"="'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("a #b", '"a #b"'),
        ("a#b:c", "a#b:c"),
        (" a", '" a"'),
        ("a ", '"a "'),
        ("*a", '"*a"'),
        ("&a", '"&a"'),
        ("!a", '"!a"'),
        ("%a", '"%a"'),
        ("@a", '"@a"'),
        ("`a", '"`a"'),
        ("|", '"|"'),
        ("{a", '"{a"'),
        ("[a", '"[a"'),
        ("#a", '"#a"'),
        ("- a", '"- a"'),
        ("-a", "-a"),
        ("-", '"-"'),
        ("?", '"?"'),
        (":a", '":a"'),
        ("---", '"---"'),
        ("${{ a }}", "${{ a }}"),
        ("~/.cache/pip", "~/.cache/pip"),
        ("$CI_PROJECT_DIR/.cache", "$CI_PROJECT_DIR/.cache"),
        ("3.12-dev", "3.12-dev"),
        ("v4.1.1", "v4.1.1"),
        ('say "a": b', "'say \"a\": b'"),
        ('it\'s "a": b', "'it''s \"a\": b'"),
        ("a\nb", '"a\\nb"'),
        ("a\tb", '"a\\tb"'),
        ("\x07", '"\\x07"'),
        ("\u2028", '"\\u2028"'),
        ("\U0001f40d x", "\U0001f40d x"),
        (3, "3"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
        (Commented("a", "b"), "a # b"),
    ],
)
def test_scalars(value: str, written: str) -> None:
    text = 'a: "x"\n'
    assert edited(text, Set(("b",), value)) == f"{text}b: {written}\n"
    assert edited(text, Set(("b",), value), dialect=GITLAB) == f"{text}b: {written}\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("pip", "pip"),
        ("a,b", '"a,b"'),
        ("${{ a }}", '"${{ a }}"'),
        ("a:b", '"a:b"'),
        ("-a", '"-a"'),
        (["a", {"b": "c"}], "[a, {b: c}]"),
        (None, "null"),
    ],
)
def test_values_between_brackets(value: str, written: str) -> None:
    assert edited("a: {x: y}\n", Set(("a", "b"), value)) == f"a: {{x: y, b: {written}}}\n"
    assert edited("a: [x]\n", Insert(("a",), 0, value)) == f"a: [{written}, x]\n"


def test_keys_are_quoted_where_they_must_be() -> None:
    assert edited("a: 1\n", Set(("on",), "x"), Set(("b: c",), "x")) == 'a: 1\n"on": x\n"b: c": x\n'


def test_the_quote_that_the_file_uses_more() -> None:
    assert edited("a: 'b'\nc: 'd'\ne: \"f\"\n", Set(("g",), "3.10")) == "a: 'b'\nc: 'd'\ne: \"f\"\ng: '3.10'\n"


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("false", "pip", "pip"),
        ("'false'", "pip", "'pip'"),
        ('"false"', 'p"q', "'p\"q'"),
        ("|\n  a\n  b", "pip", "pip"),
        (">-\n  a\n  b", "3.10", '"3.10"'),
        ('"a\n  b"', "pip", '"pip"'),
        ("[a, b]", "pip", "pip"),
        ("\n  - a\n  - b", "pip", "pip"),
        ("\n- a\n- b", ["c"], "\n- c"),
        ("\n  a: b\n  c:\n    d", ["e", {"f": "g", "h": 1}], "\n  - e\n  - f: g\n    h: 1"),
        ("pip", {"a": ["b"]}, "\n  a:\n    - b"),
        ("pip", Block("a\n\n b\n"), "|\n  a\n\n   b"),
        ("pip", Block("a"), "|-\n  a"),
        ("{}", {"a": "b"}, "{a: b}"),
        ("{ }", {"a": {"b": "c"}}, "\n  a:\n    b: c"),
        ("[]", ["a", "b"], "[a, b]"),
        ("!!str 3", "4", '"4"'),
        ("&a 3", 4, "&a 4"),
    ],
)
def test_a_value_in_place_of_another(old: str, value: str, new: str) -> None:
    before = f"x: {old}\ny: 1\n".replace(": \n", ":\n")
    after = f"x: {new}\ny: 1\n".replace(": \n", ":\n")
    assert edited(before, Set(("x",), value)) == after
    assert edited(after, Set(("x",), value)) == after


@pytest.mark.parametrize("null", ["x:", "x: ", "x: # why", "x:   # why", "x: &a"])
def test_a_value_in_place_of_nothing(null: str) -> None:
    head = null.rstrip() if "#" not in null else "x:"
    tail = null[2:] if "#" in null else ""
    assert edited(f"{null}\ny: 1\n", Set(("x",), "pip")) == f"{head} pip{tail}\ny: 1\n"
    new = edited(f"{null}\ny: 1\n", Set(("x", "a"), "b"))
    assert new.replace(" \n", "\n").replace("\t\n", "\n") == f"{head}{tail}\n  a: b\ny: 1\n"
    new = edited(f"{null}\ny: 1\n", Insert(("x",), 0, "a"), Insert(("x",), 0, "b"))
    assert new.replace(" \n", "\n").replace("\t\n", "\n") == f"{head}{tail}\n  - a\n  - b\ny: 1\n"


def test_the_comment_behind_a_value_stays() -> None:
    text = "a: false # why\nb:\n  - c\n"
    assert edited(text, Set(("a",), "pip")) == text.replace("false", "pip")
    assert edited(text, Set(("a",), ["pip"])) == text.replace("a: false # why", "a: # why\n  - pip")
    assert edited(text, Set(("a",), Block("x\n"))) == text.replace("a: false # why", "a: | # why\n  x")


def test_another_comment() -> None:
    text = "a: b # v1\nc: d  \ne:\n  f: g\n"
    assert edited(text, Set(("a",), "x", comment="v2")) == text.replace("b # v1", "x # v2")
    assert edited(text, Set(("a",), "b", comment="v2")) == text.replace("v1", "v2")
    assert edited(text, Set(("a",), "b", comment="v1")) == text
    assert edited(text, Set(("c",), "d", comment="v2")) == text.replace("d  ", "d # v2")
    assert edited(text, Set(("e", "h"), "i", comment="new")) == text + "  h: i # new\n"
    assert edited(text, Set(("e", "h"), {"i": "j"}, comment="new")) == text + "  h: # new\n    i: j\n"
    assert edited(text, Set(("a",), Commented("x", "v2"))) == text.replace("b # v1", "x # v2")


def test_as_many_blanks_before_a_comment_as_the_file_has() -> None:
    assert edited("a: b  # c\nd: e\n", Set(("d",), "f", comment="g")) == "a: b  # c\nd: f  # g\n"


def test_a_set_that_changes_nothing() -> None:
    for text, value in (
        ("a: 'pip'\n", "pip"),
        ("a: {b: [c]}\n", {"b": ["c"]}),
        ("a: |\n  b\n", Block("b\n")),
        ("a: true\n", True),
    ):
        assert edits(Source("x", text), GITHUB, [Set(("a",), value)]) == ()
    assert edited("a: 3.10\n", Set(("a",), "3.10")) == 'a: "3.10"\n'
    assert edited("a: on\n", Set(("a",), "on"), dialect=GITLAB) == 'a: "on"\n'


def test_indentation_is_that_of_the_file() -> None:
    wide = "jobs:\n    test:\n        steps:\n        -   uses: a\n            with:\n                b: c\n"
    new = edited(wide, Insert(STEPS, 1, {"uses": "d", "with": {"e": ["f"]}}), Set(("jobs", "test", "env", "g"), "h"))
    assert new == (
        wide + "        -   uses: d\n            with:\n                e:\n                -   f\n"
        "        env:\n            g: h\n"
    )


def test_a_sequence_is_indented_as_others_are() -> None:
    assert edited("a:\n- b\nc: d\n", Set(("e",), ["f"])) == "a:\n- b\nc: d\ne:\n- f\n"
    assert edited("a:\n  - b\nc: d\n", Set(("e",), ["f"])) == "a:\n  - b\nc: d\ne:\n  - f\n"


def test_line_ends_are_those_of_the_file() -> None:
    text = WORKFLOW.replace("\n", "\r\n")
    new = edited(
        text,
        Insert(STEPS, 1, {"run": Block("a\nb\n")}),
        Set((*STEPS, 1, "with", "cache"), ["a"]),
        Delete((*STEPS, 0)),
        rewrite(text, "pip install b", "x\ny"),
    )
    assert new.count("\r\n") == new.count("\n") > text.count("\n")


def test_a_file_without_a_last_line_end() -> None:
    assert edited("a:\n  - b: c", Insert(("a",), 1, "d"), Set(("a", 0, "e"), "f")) == "a:\n  - b: c\n    e: f\n  - d"
    assert edited("a: |\n  b", Set(("c",), "d")) == "a: |\n  b\nc: d"
    assert edited("a: |+\n  b\n\n", Set(("c",), "d")) == "a: |+\n  b\n\nc: d\n"


def test_empty_lines_that_a_block_scalar_keeps() -> None:
    text = "a: |+\n  b\n\n\nc: d\n"
    assert edited(text, Set(("e",), "f", after="a")) == "a: |+\n  b\n\n\ne: f\nc: d\n"
    assert edited(text, Delete(("c",))) == "a: |+\n  b\n\n\n"


def test_items_are_inserted_with_the_comments_of_their_neighbours_left_alone() -> None:
    step = {"run": "x"}
    changed(Insert(STEPS, 0, step), "      # get it\n", "      - run: x\n      # get it\n")
    changed(Insert(STEPS, 1, step), "v4\n", "v4\n      - run: x\n")
    changed(Insert(STEPS, 2, step), "# cache: pip\n", "# cache: pip\n      - run: x\n")
    changed(Insert(STEPS, 3, step), "pytest\n", "pytest\n      - run: x\n")


def test_items_inserted_at_one_index_keep_their_order() -> None:
    assert edited("a:\n  - b\n", Insert(("a",), 0, "x"), Insert(("a",), 0, "z")) == "a:\n  - x\n  - z\n  - b\n"
    assert edited("a: [b]\n", Insert(("a",), 1, "x"), Insert(("a",), 1, "z")) == "a: [b, x, z]\n"


SPACED = """\
steps:
  # one
  - a: 1

  - b: 2
    # deep

  # three
  - c: 3
# end
"""


def test_empty_lines_between_items() -> None:
    item = {"x": 0}
    assert edited(SPACED, Insert(("steps",), 0, item)) == SPACED.replace("  # one", "  - x: 0\n\n  # one")
    assert edited(SPACED, Insert(("steps",), 1, item)) == SPACED.replace("  - b", "  - x: 0\n\n  - b")
    assert edited(SPACED, Insert(("steps",), 2, item)) == SPACED.replace("  # three", "  - x: 0\n\n  # three")
    assert edited(SPACED, Insert(("steps",), 3, item)) == SPACED.replace("c: 3\n", "c: 3\n\n  - x: 0\n")
    assert edited("a: 1\n\nb: 2\n\nc: 3\n", Set(("d",), 4)) == "a: 1\n\nb: 2\n\nc: 3\n\nd: 4\n"
    assert edited("a: 1\n\nb: 2\n\nc: 3\n", Set(("d",), 4, after="a")) == "a: 1\n\nd: 4\n\nb: 2\n\nc: 3\n"
    assert edited("a: 1\n\nb: 2\n\nc: 3\n", Set(("d",), 4, before="a")) == "d: 4\n\na: 1\n\nb: 2\n\nc: 3\n"


def test_one_item_is_separated_as_those_of_other_sequences_are() -> None:
    text = "a:\n  steps:\n    - x\n\n    - y\nb:\n  steps:\n    - z\n"
    assert edited(text, Insert(("b", "steps"), 1, "new")) == text + "\n    - new\n"


def test_delete() -> None:
    assert edited(SPACED, Delete(("steps", 0))) == SPACED.replace("  # one\n  - a: 1\n\n", "")
    assert edited(SPACED, Delete(("steps", 1))) == SPACED.replace("\n  - b: 2\n", "\n").replace(
        "1\n\n    #", "1\n\n    #"
    )
    assert edited(SPACED, Delete(("steps", 2))) == SPACED.replace("\n  # three\n  - c: 3\n", "")
    assert edited("a:\n  - b: 1 # x\n    c: 2\n", Delete(("a", 0, "b"))) == "a:\n  - c: 2\n"
    assert edited("# head\na: 1\nb: 2\n", Delete(("a",))) == "# head\nb: 2\n"
    assert edited("a: 1\nb: 2\n", Delete(("a",))) == "b: 2\n"
    assert edited("a: 1\nb: 2", Delete(("b",))) == "a: 1"
    assert edited("a: [b, c, d]\n", Delete(("a", 0))) == "a: [c, d]\n"
    assert edited("a: [b, c, d]\n", Delete(("a", 2))) == "a: [b, c]\n"
    assert edited("a: {b: 1, c: 2}\n", Delete(("a", "b"))) == "a: {c: 2}\n"
    assert edited("a:\n  b: 1\n  c: |\n    x\n  d: 2\n", Delete(("a", "c"))) == "a:\n  b: 1\n  d: 2\n"


def test_delete_and_insert_at_one_place() -> None:
    assert edited("a:\n  - b\n  - c\n", Delete(("a", 0)), Insert(("a",), 0, "x")) == "a:\n  - x\n  - c\n"
    assert edited("a:\n  - b\n  - c\n", Delete(("a", 1)), Insert(("a",), 1, "x")) == "a:\n  - b\n  - x\n"


def test_move() -> None:
    text = "steps:\n  # one\n  - a: 1\n    b: |\n      x\n\n      y\n  - c\n  # d\n  - d # d\n"
    one, two, three = "  # one\n  - a: 1\n    b: |\n      x\n\n      y\n", "  - c\n", "  # d\n  - d # d\n"
    head = "steps:\n"
    assert text == head + one + two + three
    assert edited(text, Move(("steps", 2), 0)) == head + three + one + two
    assert edited(text, Move(("steps", 0), 2)) == head + two + one + three
    assert edited(text, Move(("steps", 0), 3)) == head + two + three + one
    assert edited(text, Move(("steps", 0), 1)) == text
    assert edited(text, Move(("steps", 2), 1), Insert(("steps",), 1, "x")) == head + one + three + "  - x\n" + two
    assert edited(text, Insert(("steps",), 1, "x"), Move(("steps", 2), 1)) == head + one + "  - x\n" + three + two
    assert edited(text[:-1], Move(("steps", 2), 0)) == (head + three + one + two)[:-1]


@pytest.mark.parametrize(
    ("text", "old", "new", "result"),
    [
        ("a: pip install b\n", "pip", "uv pip", "a: uv pip install b\n"),
        ("a: 'pip install b'\n", "pip", "it's", "a: 'it''s install b'\n"),
        ('a: "pip install b"\n', "pip", 'x"\\\ny', 'a: "x\\"\\\\\\ny install b"\n'),
        ("a: |\n  b\n  c d\n", "c", "x", "a: |\n  b\n  x d\n"),
        ("a: |\n  b\n  c d\n", "c", "x\n\ny", "a: |\n  b\n  x\n\n  y d\n"),
        ("a: |\n  b\n  c\n  d\n", "c", "", "a: |\n  b\n  d\n"),
        ("a: |\n  b\n  c\n  d\n", "b", "", "a: |\n  c\n  d\n"),
        ("a: |\n  b\n  c\n  d\n", "d", "", "a: |\n  b\n  c\n"),
        ("a: |\n  b\n  c\n  d\n", "b\n  c", "", "a: |\n  d\n"),
        ("a: |\n  b\n  c\n  d\n", "c\n  d", "", "a: |\n  b\n"),
        ("a: |\n  b\n  c\n  d\n", "  c\n", "", "a: |\n  b\n  d\n"),
        ("a: |\n  b --x c\n", "--x ", "", "a: |\n  b c\n"),
        ("a: |\n  b \\\n    --c \\\n    --d\n", "--c \\", "", "a: |\n  b \\\n    --d\n"),
        ("a: |\n  b\n    c  \n  d\n", "c", "", "a: |\n  b\n  d\n"),
        ("a: |\n  b\n    c\n", "c", "", "a: |\n  b\n"),
        ("a: >-\n  b\n  c d\n  e\n", "c d", "x", "a: >-\n  b\n  x\n  e\n"),
        ("a: >-\n  b\n  c\n  d\n", "c", "", "a: >-\n  b\n  d\n"),
        ("a: [pip install b, c]\n", "pip", "uv", "a: [uv install b, c]\n"),
        ("a:\n  - b c\n    d e\n", "d", "x", "a:\n  - b c\n    x e\n"),
        ("a: &x pip b\nc: *x\n", "pip", "uv", "a: &x uv b\nc: *x\n"),
    ],
)
def test_rewrite(text: str, old: str, new: str, result: str) -> None:
    assert edited(text, rewrite(text, old, new)) == result


def test_rewrites_of_one_scalar() -> None:
    text = "a: |\n  b c\n  d\n  e\n  f\n"
    operations = [rewrite(text, "b", "x"), rewrite(text, "d", ""), rewrite(text, "e", ""), rewrite(text, "f", "g")]
    assert edited(text, *operations, operations[0]) == "a: |\n  x c\n  g\n"


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("a: pip b\n", "pip", "x: "),
        ("a: pip b\n", "pip b", "3.10"),
        ("a: pip b\n", "pip", "&x"),
        ("a: pip b\n", "b", "#b"),
        ("a: pip b\n", "b", "c\nd"),
        ("a: pip b\n", "pip b", ""),
        ("a: 3.1\n", "3.1", "3.x"),
        ("a: [pip b]\n", "pip", "x, y"),
        ("a: 'pip b'\n", "pip", "x\ny"),
        ("a: >\n  b c\n  d\n", "b", "x\ny"),
        ("a: >\n  b c\n  d\n", "c\n  d", "x"),
        ('a: "b\\nc"\n', "n", "x"),
        ("a: |\n  b\n    c\n", "b", ""),
        ("a: |\n  b\n", "b", ""),
        ("a: |\n  b\n", "|", ">"),
        ("a: b # c\n", "c", "x"),
        ("a: b\n", "a", "x"),
        ("a: b\nc: d\n", "b\nc", "x"),
        ("d:\n  a: |2\n     b\n     c\n", "c", "x"),
    ],
)
def test_rewrites_that_are_refused(text: str, old: str, new: str) -> None:
    assert refused(text, rewrite(text, old, new))


def test_aliases_are_followed() -> None:
    text = "a: &a\n  b: 1\nc: *a\nd: &d [x]\ne: *d\n"
    assert edited(text, Set(("c", "f"), 2), dialect=GITLAB) == text.replace("b: 1\n", "b: 1\n  f: 2\n")
    assert edited(text, Insert(("e",), 0, "z"), dialect=GITLAB) == text.replace("[x]", "[z, x]")
    assert edited(text, Set(("c",), "x"), dialect=GITLAB) == text.replace("c: *a", "c: x")
    assert edited(text, Set(("a",), "x"), dialect=GITLAB) == text.replace("a: &a\n  b: 1", "a: &a x")


def test_the_last_document_is_edited() -> None:
    text = "spec:\n  a: b\n---\nc: d\n"
    assert edited(text, Set(("e",), "f"), dialect=GITLAB) == text + "e: f\n"
    assert edited(text, Set(("spec",), "f"), dialect=GITLAB) == text + "spec: f\n"


MERGED = ".a: &a\n  cache: x\n  image: y\ntest:\n  image: z\n  <<: *a\n  script: b\n"


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("? a\n: b\n", Set(("c",), "d")),
        ("a: {b: c,\n  d: e}\n", Set(("a", "f"), "g")),
        ("a: [b,\n  c]\n", Delete(("a", 0))),
        ("a: [b: c]\n", Set(("a", 0, "d"), "e")),
        ("a: [b, c]\n", Move(("a", 1), 0)),
        ("a: {b: c}\n", Set(("a", "f"), Block("g\nh\n"))),
        ("a: {b: c}\n", Set(("a", "f"), "g", comment="h")),
        ("a:\n  - b # why\n  - c\n", Set(("a",), "x")),
        ("a:\n  # why\n  - c\n", Set(("a",), "x")),
        ("a: | # why\n  b\n", Set(("a",), "x")),
        ("a: &b\n  c: &d e\nf: *d\n", Set(("a",), "x")),
        ("a: &b c\nf: *b\n", Delete(("a",))),
        ("a: !!map &b {}\nf: *b\n", Set(("a",), "x")),
        ("a:\n  b: c\n", Delete(("a", "b"))),
        ("a:\n  - c\n", Delete(("a", 0))),
        ("a: b\n", Delete(())),
        ("a: b\n", Delete(("c",))),
        ("a: b\n", Set((), "c")),
        ("a: b\n", Set(("a", "c"), "d")),
        ("a: [b]\n", Set(("a", "c"), "d")),
        ("a: [b]\n", Set(("a", 1), "d")),
        ("a: b\n", Insert(("a",), 0, "d")),
        ("a: [b]\n", Insert(("a",), 2, "d")),
        ("a:\n", Insert(("a",), 1, "d")),
        ("a: b\n", Insert(("c",), 0, "d")),
        ("a:\n  b: c\nd: e\n", Move(("a", "b"), 0)),
        ("a:\n- b\n- c\n", Move(("a", 0), 3)),
        ("a:\n- &x b\n- *x\n- c\n", Move(("a", 0), 3)),
        ("a:\n-\tb: c\n", Set(("a", 0, "d"), "e")),
        ("A: b\n", Set(("a",), "c")),
        ("a: b\n", Set(("c",), Block(""))),
        ("a: b\n", Set(("c",), Block("  x\n"))),
        ("a: b\n", Set(("c",), Block("x\n\n"))),
        ("a: b\n", Set(("c",), "x", comment="y\nz")),
        ("a: b\x85c: d\n", Set(("c",), "x")),
        ("a: b\n", Line(0, "x")),
        ("a: [\n", Set(("c",), "x")),
    ],
)
def test_refused(text: str, operation: Operation) -> None:
    assert refused(text, operation)


@pytest.mark.parametrize(
    "operation",
    [
        Set(("test", "cache", "key"), "x"),
        Set(("test", "cache"), "x", after="image"),
        Set(("test", "image"), "x"),
        Delete(("test", "image")),
        Set(("test", "image", "name"), "x"),
    ],
)
def test_merge_keys_in_between(operation: Operation) -> None:
    assert "merge key" in refused(MERGED, operation, dialect=GITLAB)


def test_a_key_of_its_own_hides_a_merged_one() -> None:
    assert edited(MERGED, Set(("test", "cache"), "x"), dialect=GITLAB) == MERGED + "  cache: x\n"


@pytest.mark.parametrize(
    "operations",
    [
        [Set((*STEPS, 1, "with"), "x"), Set((*STEPS, 1, "with", "cache"), "pip")],
        [Set((*STEPS, 1, "with", "cache"), "pip"), Set((*STEPS, 1, "with"), "x")],
        [Set((*STEPS, 1, "with", "cache"), "pip"), Set((*STEPS, 1, "with", "cache"), "uv")],
        [Set((*STEPS, 1, "uses"), "x"), Set((*STEPS, 1, "uses"), "y")],
        [Set((*STEPS, 1, "with", "cache"), "pip"), Delete((*STEPS, 1))],
        [Set((*STEPS, 1, "with", "cache"), "pip"), Delete((*STEPS, 1, "with"))],
        [Set((*STEPS, 1, "uses"), "x"), Delete((*STEPS, 1, "uses"))],
        [Move((*STEPS, 1), 0), Delete((*STEPS, 1))],
        [Move((*STEPS, 1), 0), Set((*STEPS, 1, "uses"), "x")],
        [Move((*STEPS, 1), 0), Move((*STEPS, 1), 3)],
        [Set((*STEPS, 2, "run"), "x"), rewrite(WORKFLOW, "pip install a", "y")],
        [Delete((*STEPS, 2)), rewrite(WORKFLOW, "pip install a", "y")],
        [rewrite(WORKFLOW, "pip install a", "y"), rewrite(WORKFLOW, "install a", "z")],
        [Delete((*STEPS, 0)), Delete((*STEPS, 1)), Delete((*STEPS, 2))],
    ],
)
def test_changes_that_exclude_each_other(operations: Sequence[Operation]) -> None:
    assert refused(WORKFLOW, *operations)


def test_equal_operations_count_once() -> None:
    operations: list[Operation] = [
        Set((*STEPS, 1, "with", "cache"), "pip"),
        Set((*STEPS, 1, "uses"), "x"),
        Delete((*STEPS, 0)),
    ]
    assert edited(WORKFLOW, *operations, *operations) == edited(WORKFLOW, *operations)


def test_what_touches_is_one_edit() -> None:
    text = "a:\n  b: c\n"
    found = edits(Source("x", text), GITHUB, [Set(("a", "d"), 1), Set(("a", "e"), 2)])
    assert found == (Edit(len(text) - 1, len(text) - 1, "\n  d: 1\n  e: 2"),)


def test_tabs_behind_a_colon() -> None:
    text = "a:\tfalse\t# why\nb:\t# why\n"
    operations = [Set(("a",), "pip"), Set(("b",), "x")]
    assert apply(text, edits(Source("x", text), GITHUB, operations)) == "a:\tpip\t# why\nb: x\t# why\n"


def test_quoted_keys() -> None:
    text = "\"on\": push\n'jobs':\n  a: b\n"
    assert edited(text, Set(("on",), "x"), Set(("jobs", "c"), "d")) == "\"on\": x\n'jobs':\n  a: b\n  c: d\n"


def test_behind_one_key_comes_before_ahead_of_the_next() -> None:
    text = "a: 1\nb: 2\n"
    assert edited(text, Set(("x",), 3, before="b"), Set(("z",), 4, after="a")) == "a: 1\nz: 4\nx: 3\nb: 2\n"


def test_indentation_is_that_of_the_same_depth() -> None:
    text = (
        "jobs:\n    test:\n        steps:\n          - uses: a\n            with:\n              b: c\n"
        "    other:\n        steps:\n          - uses: a\n"
    )
    new = edited(text, Set(("jobs", "other", "steps", 0, "with", "b"), "c"), Set(("jobs", "other", "env", "d"), "e"))
    assert new == text + "            with:\n              b: c\n        env:\n            d: e\n"


def test_a_comment_between_two_new_keys() -> None:
    text = "a:\n  - b: 1\n  # c\n  - d: 2\n"
    new = edited(text, Set(("a", 0, "x"), 3), Set(("a", 1, "z"), 4, before="d"))
    assert new == "a:\n  - b: 1\n    x: 3\n  # c\n  - z: 4\n    d: 2\n"


def test_a_block_scalar_with_a_comment_at_the_end_of_the_file() -> None:
    assert edited("a: > # why\n  b", Set(("c",), "d")) == "a: > # why\n  b\nc: d"
    assert edited("a: | # why\n  b\n  c\n", Rewrite(13, 14, "x")) == "a: | # why\n  x\n  c\n"


def test_what_goes_or_comes_behind_lines_that_a_block_scalar_keeps() -> None:
    text = "a:\n  - |+\n    b\n\n  - c\n\n  - d\n"
    assert edited(text, Delete(("a", 1))) == "a:\n  - |+\n    b\n\n  - d\n"
    assert edited(text, Insert(("a",), 1, "x")) == "a:\n  - |+\n    b\n\n  - x\n  - c\n\n  - d\n"
    assert refused(text, Delete(("a", 1)), Insert(("a",), 2, "x"))

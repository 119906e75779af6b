"""The tree's shape, spans and limits, and every trap of the parsers below it."""

import pytest

from ci_audit.source import Source
from ci_audit.syntax import yamlevents
from ci_audit.syntax.yamltree import (
    GITHUB,
    GITLAB,
    MAX_DEPTH,
    MAX_NODES,
    MAX_SIZE,
    TRAVIS,
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlError,
    parse,
)

WORKFLOW = """\
# A workflow.
name: "build \\u2713"
on: [push, pull_request]   # twice
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-24.04, 'macos-15']
        python: ["3.10", 3.11]
    steps:
    - uses: actions/checkout@v4
    - name: install
      run: |
        pip install -r requirements.txt

        pip install \\
          tox
      # a remark

    - run: >-
        python -m
        pip install
          --upgrade pip

        wheel
    - {name: flow, run: "echo 'a'", env: {A: , B: null}}
    - plain: several words
        over two lines
"""

GITLAB_FILE = """\
.defaults: &defaults
  image: python:3.12
  before_script: &setup
    - pip install poetry
    - poetry install
variables: {PIP_CACHE_DIR: "$CI_PROJECT_DIR/.cache"}
test:
  <<: *defaults
  script:
    - *setup
    - !reference [.defaults, before_script]
    - !!str 3.10
empty:
"""

FIXTURES = [WORKFLOW, GITLAB_FILE, WORKFLOW.replace("\n", "\r\n"), "", "# nothing\n", "a", "---\na: 1\n---\n- b\n...\n"]


def root(text: str, dialect=GITLAB) -> Node:
    (node,) = parse(Source("ci.yml", text), dialect)
    return node


def under(text: str, node: Node) -> str:
    return text[node.start : node.end]


def plain(node: Node):
    """Strip a tree to lists, dicts of pairs and texts."""
    if isinstance(node, Mapping):
        return [(plain(key), plain(value)) for key, value in node.pairs]
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def every_node(node: Node) -> list[Node]:
    nodes = [node]
    if isinstance(node, Mapping):
        for pair in node.pairs:
            nodes += every_node(pair[0]) + every_node(pair[1])
    elif isinstance(node, Sequence):
        for item in node.items:
            nodes += every_node(item)
    return nodes


def fails(text: str, dialect=GITLAB) -> YamlError:
    with pytest.raises(YamlError) as caught:
        parse(Source("ci.yml", text), dialect)
    assert 0 <= caught.value.offset <= len(text)
    assert caught.value.message == str(caught.value) != ""
    return caught.value


@pytest.fixture
def pure(monkeypatch):
    monkeypatch.setattr(yamlevents, "Parser", yamlevents._pure_parser())


def described(node: Node) -> tuple:
    style = node.style if isinstance(node, Scalar) else type(node).__name__
    return (style, node.start, node.end, node.tag, node.anchor, plain(node))


@pytest.mark.parametrize("text", FIXTURES)
@pytest.mark.parametrize("dialect", [GITHUB, GITLAB, TRAVIS])
def test_pure_parser_gives_the_same_tree(text, dialect, monkeypatch):
    compiled = [described(node) for node in map(every_node, parse(Source("a", text), dialect)) for node in node]
    assert yamlevents.Parser.__module__ == "yaml._yaml"
    monkeypatch.setattr(yamlevents, "Parser", yamlevents._pure_parser())
    assert [described(node) for node in map(every_node, parse(Source("a", text), dialect)) for node in node] == compiled


def test_workflow_values_and_spans():
    tree = root(WORKFLOW, GITHUB)
    steps = tree.get("jobs").get("test").get("steps")
    assert under(WORKFLOW, tree.get("name")) == '"build \\u2713"'
    assert tree.get("name").value == "build ✓"
    assert under(WORKFLOW, tree.get("on")) == "[push, pull_request]"
    assert [under(WORKFLOW, item) for item in tree.get("on").items] == ["push", "pull_request"]
    assert under(WORKFLOW, tree.get("jobs").get("test").get("runs-on")) == "${{ matrix.os }}"
    assert under(WORKFLOW, tree.key("jobs")) == "jobs"
    assert under(WORKFLOW, steps).startswith("- uses: actions/checkout@v4\n")
    assert under(WORKFLOW, steps.items[0]) == "uses: actions/checkout@v4"
    assert under(WORKFLOW, steps.items[1]).endswith("pip install \\\n          tox")
    assert steps.items[2].get("run").value == "python -m pip install\n  --upgrade pip\n\nwheel"
    assert under(WORKFLOW, steps.items[3]) == "{name: flow, run: \"echo 'a'\", env: {A: , B: null}}"
    assert under(WORKFLOW, steps.items[4].get("plain")) == "several words\n        over two lines"
    assert tree.end == steps.end == len(WORKFLOW) - 1


def test_blocks_end_where_their_last_value_ends():
    text = "a:\n  b:\n    - c\n\n# remark\n\nd: [e,\n f]  # g\n"
    tree = root(text)
    assert under(text, tree.get("a")) == "b:\n    - c"
    assert under(text, tree) == text.rstrip("\n").removesuffix("  # g")


def test_block_ends_with_an_alias():
    text = "- &a x\n- k: *a\n\n# remark\n"
    assert under(text, root(text).items[1]) == "k: *a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&a x", "x"),
        ("!t x", "x"),
        ("!t &a x", "x"),
        ("&a !t x", "x"),
        ("&a !<tag:x,y> 'x'", "'x'"),
        ("! 'x'", "'x'"),
        ("&a\n  # remark\n\n  x", "x"),
        ("&a # remark\n  x y", "x y"),
        ("&a |\n  x\n", "|\n  x"),
        ("&a [x]", "[x]"),
        ("!t {x: y}", "{x: y}"),
        ("&a\n  - x\n  - y\n", "- x\n  - y"),
        ("&a\n  &b k: v\n", "&b k: v"),
        ("&a", ""),
        ("!t\n", ""),
    ],
)
def test_start_is_the_value_not_its_anchor_or_tag(text, expected):
    text = f"key: {text}"
    value = root(text).get("key")
    assert under(text, value) == expected
    assert value.anchor == ("a" if "&a" in text else "")
    assert value.tag == next((tag for tag in ("!t", "tag:x,y") if tag in text), "!" if "! " in text else "")


@pytest.mark.parametrize("chomping", ["", "-", "+"])
@pytest.mark.parametrize(
    ("content", "rest"),
    [
        ("|{}\n  x\n", "b: c\n"),
        ("|{}\n  x\n\n  \n\n", "b: c\n"),
        ("|{}\n  x", ""),
        ("|{}\n  x\n", "# remark\n"),
        ("|{} # remark\n\n  x\n   y\n\n", "b: c\n"),
        (">{}\n  x\n  y\n\n", "b: c\n"),
    ],
)
def test_block_scalar_ends_with_its_content(chomping, content, rest):
    text = "a: " + content.format(chomping) + rest
    for newline in ("\n", "\r\n"):
        written = text.replace("\n", newline)
        assert under(written, root(written).get("a")) == content.format(chomping).rstrip().replace("\n", newline)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: |\n  x  \n\nb: c\n", "|\n  x  "),
        ("a: |\n  x\n     \n\n\nb: c\n", "|\n  x\n     "),
        ("a: |\r\n  x\r\n\r\n     \r\n\r\nb: c\r\n", "|\r\n  x\r\n\r\n     "),
        ("a: |2\n     \n\nb: c\n", "|2\n     "),
        ("a: >\n  x\n\n     ", ">\n  x\n\n     "),
        ("a: |\n\n\nb: c\n", "|"),
        ("a: |+\n", "|+"),
        ("a: |\n  x\t\nb: c", "|\n  x\t"),
    ],
)
def test_block_scalar_keeps_blanks_that_are_content(text, expected):
    assert under(text, root(text).get("a")) == expected


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("a:\nb: 1", [2]),
        ("a:   # remark\nb: 1", [2]),
        ("-\n- 1", [1]),
        ("? a\n\n? b\n", [3, 8]),
        ("{a , b: , c: 1}", [2, 7]),
        ("{a: 1, ? , b: # :\n }", [8, 8, 13]),
        ("x: {? }", [5, 5]),
        ("? a # : b\n:   # c\nd: 1", [11]),
        ("? \n: 1", [1]),
        ("{a" + " " * 500 + ", b" + "\n # # #" * 500 + "\n}", [2, 505]),
        ("---\n--- # x\n...\n", [3, 7]),
    ],
)
def test_null_stands_behind_what_implies_it(text, offsets):
    nodes = [node for doc in parse(Source("a", text), GITLAB) for node in every_node(doc)]
    assert [(node.start, node.end) for node in nodes if plain(node) == ""] == [(at, at) for at in offsets]


def test_documents():
    assert [plain(node) for node in parse(Source("a", "a: 1\n---\n- b\n--- |\n x\n"), GITLAB)] == [
        [("a", "1")],
        ["b"],
        "x\n",
    ]
    for empty in ("", "\n", "# remark\n", "---\n", "---\n...\n"):
        (node,) = parse(Source("a", empty), GITLAB)
        assert (type(node), node.value, node.style) == (Scalar, "", "")
    assert fails("--- &a x\n--- *a\n").offset == 13


def test_alias_is_the_node_itself():
    tree = root(GITLAB_FILE)
    assert tree.get("test").get("script").items[0] is tree.get(".defaults").get("before_script")
    assert tree.get("test").get("script").items[1].tag == "!reference"
    assert tree.get("test").get("script").items[2].tag == "tag:yaml.org,2002:str"
    assert plain(root("- &a x\n- &a y\n- *a\n")) == ["x", "y", "y"]


def test_merge_keys_follow_psych():
    text = """\
a: &a {x: 1, y: 1}
b: &b {y: 2, z: 2}
after: {x: 0, <<: *a}
before: {<<: *a, x: 0}
list: {<<: [*a, *b], z: 0}
nested: {<<: {<<: *b, q: 4}}
quoted: {"<<": *a}
tagged: {!!str "<<": *a}
scalar: {<<: x}
broken: {<<: [*a, x]}
"""
    tree = root(text)
    merged = {key.value: {k.value: plain(v) for k, v in value.items()} for key, value in tree.items()}
    assert merged["after"] == {"x": "1", "y": "1"}
    assert merged["before"] == {"x": "0", "y": "1"}
    assert merged["list"] == {"x": "1", "y": "1", "z": "0"}
    assert merged["nested"] == {"y": "2", "z": "2", "q": "4"}
    assert merged["quoted"] == {"x": "1", "y": "1"}
    assert merged["scalar"] == {"<<": "x"}
    assert list(merged["tagged"]) == list(merged["broken"]) == ["<<"]
    assert tree.get("before").key("y") is tree.get("a").key("y")
    assert [plain(key) for key, _ in tree.get("before").pairs] == ["<<", "x"]
    assert root(text, GITHUB).get("before").get("y") is None
    assert [key.value for key, _ in root(text, GITHUB).get("before").items()] == ["<<", "x"]


def test_lookups():
    tree = root("a: 1\n? [b, c]\n: 2\nd: 3\na: 4\n")
    assert (tree.get("a").value, tree.key("a").start, tree.get("x"), tree.key("x")) == ("4", 23, None, None)
    assert [(key.value, plain(value)) for key, value in tree.items()] == [("a", "4"), ("d", "3")]
    assert [plain(key) for key, _ in tree.pairs] == ["a", ["b", "c"], "d", "a"]
    empty = root("{}")
    assert (empty.items(), empty.pairs, empty.get("a"), under("{}", empty)) == ([], [], None, "{}")


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a: 1\na: 2\n", 5),
        ("a: 1\nb: 1\nA: 2\n", 10),
        ("a: {b: 1, 'b': 2}\n", 10),
        ("3.1: a\n3.10: b\n", 7),
        ("1: a\n'1': b\n", 5),
        ("<<: a\n<<: b\n", 6),
        ("- &a x\n- {*a : 1, x: 2}\n", 18),
    ],
)
def test_github_refuses_duplicate_keys(text, offset):
    assert fails(text, GITHUB).offset == offset
    assert isinstance(root(text, GITLAB), (Mapping, Sequence))
    assert isinstance(root(text, TRAVIS), (Mapping, Sequence))


@pytest.mark.parametrize("text", ["${{ a }}: 1\n${{ a }}: 2\n", "? [a]\n: 1\n? [a]\n: 2\n", "3.1: a\n'3.10': b\n"])
def test_github_accepts_other_equal_keys(text):
    assert len(root(text, GITHUB).pairs) == 2


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a: 1\n\tb: 2\n", 5),
        ("a:\n\tb: 2\n", 3),
        ("a: [1, 2\nb: 3\n", 10),
        ("a: 'x\n", 6),
        ("a: b: c\n", 4),
        ("a: *b\n", 3),
        ("é: *b\n", 3),
        ("a: x\x00y\n", 4),
        ("a: é\x7f\n", 4),
        ("a: ✓𝒳\x08\n", 5),
        ("a: \ud800\n", 3),
        ("%YAML 3.0\n---\na\n", 0),
        ("- a\nb\n", 6),
        ("a: &x [*x]\n", 7),
        ("a: &x\n  b: {c: *x}\n", 15),
    ],
)
def test_errors_name_their_place(text, offset):
    assert fails(text).offset == offset


@pytest.mark.usefixtures("pure")
@pytest.mark.parametrize(("text", "offset"), [("a: é\x7f\n", 4), ("a: x\x00y\n", 4), ("a: *b\n", 3), ("a: b: c\n", 4)])
def test_errors_of_the_pure_parser_name_their_place(text, offset):
    assert fails(text).offset == offset


def test_control_character_is_named():
    assert fails("a: \x7f").message == "the character U+007F is not allowed in YAML"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_other_line_ends_do_not_shift_spans(separator):
    text = f'a: "x{separator}y"\nb: |\n  p{separator}  q\n# {separator}c: d\n'
    tree = root(text)
    assert under(text, tree.get("b")) == f"|\n  p{separator}  q"
    for node in every_node(tree):
        if isinstance(node, Scalar):
            assert node.mapped(Source("a", text)).text == node.value
    assert under(text, tree.get("c")) == "d"


def test_byte_order_mark_does_not_shift_spans():
    assert under("a: b", parse(Source.from_bytes("a", b"\xef\xbb\xbfa: b"), GITLAB)[0].get("a")) == "b"
    text = "\ufeffa: b\n"
    assert under(text, root(text).get("a")) == "b"
    assert fails("\ufeffa: *b\n").offset == 4


def test_depth_is_capped_in_the_text_and_through_aliases():
    assert plain(root("[" * MAX_DEPTH + "]" * MAX_DEPTH))
    assert fails("[" * 50_000).offset == MAX_DEPTH
    for opener in ("{a: ", "- ", "? ", "[\n", "- - "):
        assert "nesting" in fails(opener * 50_000).message
    half = MAX_DEPTH // 2
    text = f"- &a {'[' * half}{']' * half}\n- {'[' * (MAX_DEPTH - half - 1)}*a{']' * (MAX_DEPTH - half - 1)}\n"
    assert root(text)
    assert "aliases" in fails(text.replace("[*a]", "[[*a]]")).message
    chain = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 200))
    assert "aliases" in fails(chain).message
    many = "".join(f"a{n}: &a{n} [x]\n" for n in range(500))
    assert len(root(many).pairs) == 500


def test_deep_sibling_does_not_count_for_a_shallow_one():
    deep = "[" * 60 + "]" * 60
    text = f"- &deep {deep}\n- &flat\n  - x\n- {'[' * 90}*flat{']' * 90}\n"
    assert len(root(text).items) == 3


def test_alias_bomb_is_refused():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert str(MAX_NODES) in fails(bomb).message
    assert root("".join(bomb.splitlines(keepends=True)[:4]))


def test_node_count_is_capped():
    assert str(MAX_NODES) in fails("- a\n" * (MAX_NODES + 1)).message
    assert len(root("- a\n" * (MAX_NODES - 1)).items) == MAX_NODES - 1


def test_size_is_capped():
    error = fails("#" * (MAX_SIZE + 1))
    assert str(MAX_SIZE) in error.message
    assert root("#" * MAX_SIZE)


def test_many_tag_directives_are_refused():
    assert "%TAG" in fails("".join(f"%TAG !a{n}! x\n" for n in range(2000)) + "---\na").message
    assert root("%TAG !a! tag:x/\n---\n!a!b c").tag == "tag:x/b"


@pytest.mark.parametrize("text", ["a: |\n  x\n", "a: 'b\n  c'\n", "a: b\n  c\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_newline_gives_the_same_values(text, newline):
    assert plain(root(text.replace("\n", newline))) == plain(root(text))

"""The independent check of a changed YAML text refuses whatever is not what the operations mean."""

from collections.abc import Sequence

import pytest

from ci_audit.editing import Block, Delete, Insert, Line, Move, Operation, Rewrite, Set, apply
from ci_audit.editing.yaml import edits
from ci_audit.editing.yamlcheck import check
from ci_audit.source import Source
from ci_audit.syntax.yamltree import GITLAB

OLD = """\
# The pipeline.
.base: &base # shared
  image: python:3.12
  variables:
    # for pip
    PIP_NO_INPUT: "1"
    LEVEL: 3

lint: # quick
  <<: *base
  needs: []
  script:
    # first
    - pip install ruff # the linter
    - |
      ruff check
      ruff format

test:
  <<: *base
  cache: {key: a, paths: [x]} # why
  script:
    - pip install -r requirements.txt
    - 'pytest -x'
    # last
    - coverage report
# The end.
"""


def rewrite(old: str, new: str) -> Rewrite:
    at = OLD.index(old)
    return Rewrite(at, at + len(old), new)


OPERATIONS: list[Operation] = [
    Set((".base", "variables", "PIP_CACHE_DIR"), "$CI_PROJECT_DIR/.cache/pip"),
    Set(("lint", "cache"), {"key": "pip-3.10", "paths": [".cache/pip"], "when": "on"}, after="needs"),
    Set(("test", "cache", "key"), "b"),
    Insert(("test", "script"), 1, "pip check"),
    Insert(("lint", "script"), 0, Block("one\ntwo\n")),
    Set(("test", "image"), "python:3.13", comment="newer"),
    rewrite("ruff check", "ruff check ."),
]
NEW = """\
# The pipeline.
.base: &base # shared
  image: python:3.12
  variables:
    # for pip
    PIP_NO_INPUT: "1"
    LEVEL: 3
    PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip

lint: # quick
  <<: *base
  needs: []
  cache:
    key: pip-3.10
    paths:
      - .cache/pip
    when: "on"
  script:
    - |
      one
      two
    # first
    - pip install ruff # the linter
    - |
      ruff check .
      ruff format

test:
  <<: *base
  cache: {key: b, paths: [x]} # why
  script:
    - pip install -r requirements.txt
    - pip check
    - 'pytest -x'
    # last
    - coverage report
  image: python:3.13 # newer
# The end.
"""


def test_what_is_right() -> None:
    assert apply(OLD, edits(Source(".gitlab-ci.yml", OLD), GITLAB, OPERATIONS)) == NEW
    assert check(OLD, NEW, OPERATIONS, version="1.1") == ""
    assert check(OLD, NEW, OPERATIONS, version="1.2") == ""
    assert check(OLD, OLD, []) == ""


MUTATIONS = {
    "nothing done": (NEW, OLD),
    "a written key deeper": ("    PIP_CACHE_DIR", "     PIP_CACHE_DIR"),
    "a written key less deep": ("    PIP_CACHE_DIR", "   PIP_CACHE_DIR"),
    "a written key a level up": ("    PIP_CACHE_DIR", "  PIP_CACHE_DIR"),
    "a written key at the top": ("    PIP_CACHE_DIR", "PIP_CACHE_DIR"),
    "a written item deeper": ("      - .cache/pip", "       - .cache/pip"),
    "a written item in the wrong column": ("    - pip check", "   - pip check"),
    "a written item as text": ("    - pip check", "      - pip check"),
    "a neighbour deeper": ("    LEVEL: 3", "     LEVEL: 3"),
    "a neighbour less deep": ("  needs: []", " needs: []"),
    "a job deeper": ("lint: #", " lint: #"),
    "a comment deeper": ("    # for pip", "     # for pip"),
    "a comment dropped": ("    # for pip\n", ""),
    "the first comment dropped": ("# The pipeline.\n", ""),
    "the last comment dropped": ("# The end.\n", ""),
    "a comment behind a key dropped": ("lint: # quick", "lint:"),
    "a comment behind a value dropped": ("ruff # the linter", "ruff"),
    "a comment behind brackets dropped": ("} # why", "}"),
    "a comment dropped beside a written item": ("    # first\n", ""),
    "a comment changed": ("# quick", "# quickly"),
    "a comment doubled": ("    # last\n", "    # last\n    # last\n"),
    "a comment moved up": ("    LEVEL: 3\n", "    LEVEL: 3\n    # last\n"),
    "a comment behind another value": ("needs: []", "needs: [] # quick"),
    "a comment on a line of its own": ("lint: # quick", "# quick\nlint:"),
    "two comments exchanged": ("# shared", "# quick"),
    "a comment on the wrong side": ("    # first\n    - pip install ruff #", "    - pip install ruff #"),
    "a written comment forgotten": (" # newer", ""),
    "another comment written": ("# newer", "# older"),
    "a comment made part of a value": ("ruff # the linter", "ruff# the linter"),
    "a line stolen": ("    - coverage report\n", ""),
    "a line of a block stolen": ("      ruff format\n", ""),
    "a neighbour's key stolen": ("    LEVEL: 3\n", ""),
    "an empty line stolen": ("/pip\n\nlint", "/pip\nlint"),
    "an edit doubled": ("    - pip check\n", "    - pip check\n    - pip check\n"),
    "a key doubled": ('    when: "on"\n', '    when: "on"\n    when: "on"\n'),
    "a mapping doubled": ("  image: python:3.13 # newer\n", "  image: python:3.13 # newer\n  image: python:3.13\n"),
    "an item at the wrong index": (
        "    - pip check\n    - 'pytest -x'\n",
        "    - 'pytest -x'\n    - pip check\n",
    ),
    "an item in another job": ("    - pip check\n", ""),
    "a key in the wrong place": ("  needs: []\n  cache:", "  cache:"),
    "a wrong key": ("PIP_CACHE_DIR", "PIP_CACHE"),
    "a key in another case": ("PIP_CACHE_DIR", "pip_cache_dir"),
    "a wrong value": ("$CI_PROJECT_DIR/.cache/pip", "$CI_PROJECT_DIR/.cache"),
    "a value not quoted": ('when: "on"', "when: on"),
    "a version not quoted": ("key: pip-3.10", "key: 3.10"),
    "a neighbour's value": ("LEVEL: 3", "LEVEL: 4"),
    "a neighbour's type": ("LEVEL: 3", 'LEVEL: "3"'),
    "a neighbour's quotes": ('PIP_NO_INPUT: "1"', "PIP_NO_INPUT: 1"),
    "a neighbour's quotes, though nothing else": ("'pytest -x'", "pytest -x"),
    "a neighbour's list": ("needs: []", "needs: [x]"),
    "a neighbour between brackets": ("paths: [x]", "paths: [y]"),
    "a blank more between brackets": ("needs: []", "needs: [ ]"),
    "brackets made lines": ("  needs: []\n", "  needs:\n    []\n"),
    "an anchor renamed": ("*base\n  needs", "*bass\n  needs"),
    "an anchor dropped": ("&base ", ""),
    "an alias resolved": ("lint: # quick\n  <<: *base", "lint: # quick\n  image: python:3.12"),
    "a merge key dropped": ("  <<: *base\n  cache:", "  cache:"),
    "another style of block": ("    - |\n      ruff", "    - >\n      ruff"),
    "another end of a block": ("    - |\n      ruff", "    - |-\n      ruff"),
    "a block one line longer": ("      ruff format\n", "      ruff format\n      ruff\n"),
    "a block deeper inside": ("      ruff format\n", "       ruff format\n"),
    "the wrong text rewritten": ("ruff check .\n      ruff format", "ruff check\n      ruff format ."),
    "a text rewritten twice": ("ruff check .", "ruff check . ."),
    "a written block changed": ("      one\n      two", "      one two"),
    "jobs exchanged": ("test:\n", "tests:\n"),
    "a job dropped": (NEW[NEW.index("\nlint") : NEW.index("\ntest")], ""),
    "another document": ("# The end.\n", "# The end.\n---\na: b\n"),
    "the line ends": ("\n", "\r\n"),
    "one line end": ("needs: []\n", "needs: []\r\n"),
    "blanks behind a line": ("needs: []\n", "needs: []  \n"),
    "a tab": ("    LEVEL", "\tLEVEL"),
    "no YAML any more": ("needs: []", "needs: ["),
    "a tag": ("LEVEL: 3", "LEVEL: !x 3"),
    "nothing left": (NEW, ""),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_refused(name: str) -> None:
    old, new = MUTATIONS[name]
    mutated = NEW.replace(old, new)
    assert mutated != NEW
    assert check(OLD, mutated, OPERATIONS, version="1.1") != ""


def test_what_is_text_in_one_version_is_a_boolean_in_the_other() -> None:
    operations = [Set(("a",), "on")]
    assert check("a: b\n", "a: on\n", operations, version="1.1") != ""
    assert check("a: b\n", "a: on\n", operations, version="1.2") == ""


def test_there_are_enough_mutations() -> None:
    assert len(MUTATIONS) >= 50


TAKEN_OUT = [Delete(("lint", "script", 0)), Delete(("test", "cache")), Delete(("test", "script", 2))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("    # for pip\n", ""),
        ("# The end.\n", ""),
        ("      ruff check\n", ""),
        ("    - 'pytest -x'\n", ""),
        ("lint: # quick", "lint:"),
    ],
)
def test_deleting_takes_no_more_than_it_may(old: str, new: str) -> None:
    right = apply(OLD, edits(Source("x", OLD), GITLAB, TAKEN_OUT))
    mutated = right.replace(old, new)
    assert "# first" not in right
    assert "# why" not in right
    assert "# last" not in right
    assert (check(OLD, mutated, TAKEN_OUT, version="1.1") == "") == (mutated == right)


@pytest.mark.parametrize(("at", "right"), [(0, True), (1, False), (3, False)])
def test_moving_elsewhere(at: int, right: bool) -> None:
    text = apply(OLD, edits(Source("x", OLD), GITLAB, [Move(("test", "script", 2), 0)]))
    assert (check(OLD, text, [Move(("test", "script", 2), at)]) == "") is right


@pytest.mark.parametrize(
    "operations",
    [
        [Delete(())],
        [Delete(("test", "no"))],
        [Delete(("no", "no"))],
        [Insert(("test", "script"), 4, "x")],
        [Insert(("test",), 0, "x")],
        [Insert(("no",), 0, "x")],
        [Move(("test", "script", 5), 0)],
        [Move(("test", "script"), 0)],
        [Move((), 0)],
        [Set(("test", 0), "x")],
        [Set(("test", "script", "x"), "x")],
        [Rewrite(0, 3, "x")],
        [Line(0, "x")],
    ],
)
def test_operations_that_mean_nothing(operations: Sequence[Operation]) -> None:
    assert check(OLD, OLD, operations) != ""


def test_a_text_that_the_other_parser_refuses() -> None:
    assert "old text" in check("a: [", "a: [", [])
    assert "new text" in check("a: b", "a: [", [])
    assert check("", "a: b", [Set(("a",), "b")]) != ""


def test_a_line_of_blanks_left_behind_is_refused() -> None:
    old = "a: |\n  b\n    c\n  d\n"
    wanted = [Rewrite(old.index("c"), old.index("c") + 1, "")]
    assert check(old, "a: |\n  b\n  d\n", wanted) == ""
    assert check(old, "a: |\n  b\n    \n  d\n", wanted) != ""
    assert check(old, "a: |\n  b\n\n  d\n", wanted) != ""


def test_a_rewrite_of_the_same_text_elsewhere_is_refused() -> None:
    old = "a: |\n  x y x\n  x\nb: 'x''x x'\nc: >\n  x x\n  x\n"
    at = old.index("x\nb")
    wanted = [Rewrite(at, at + 1, "z")]
    assert check(old, "a: |\n  x y x\n  z\nb: 'x''x x'\nc: >\n  x x\n  x\n", wanted) == ""
    assert check(old, "a: |\n  x y z\n  x\nb: 'x''x x'\nc: >\n  x x\n  x\n", wanted) != ""
    at = old.index("x x'")
    wanted = [Rewrite(at, at + 1, "z")]
    assert check(old, old.replace("''x x'", "''z x'"), wanted) == ""
    assert check(old, old.replace("''x x'", "''x z'"), wanted) != ""
    at = old.index(">\n  x x\n  x") + 6
    wanted = [Rewrite(at, at + 1, "z")]
    assert check(old, old.replace(">\n  x x", ">\n  x z"), wanted) == ""
    assert check(old, old.replace(">\n  x x\n  x", ">\n  x x\n  z"), wanted) != ""


def test_an_anchor_stays_where_its_value_is_replaced() -> None:
    assert check("a: &x b\n", "a: &x c\n", [Set(("a",), "c")]) == ""
    assert check("a: &x b\n", "a: c\n", [Set(("a",), "c")]) != ""
    assert check("a: &x b\n", "a: &y c\n", [Set(("a",), "c")]) != ""

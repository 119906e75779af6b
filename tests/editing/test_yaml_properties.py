"""Operations on invented YAML files in many styles: both parsers agree, and nothing else changes."""

from itertools import pairwise
from random import Random

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ci_audit.editing import CannotEdit, Insert, Set, apply
from ci_audit.editing.document import Document
from ci_audit.editing.yaml import edits
from ci_audit.editing.yamlcheck import check
from ci_audit.editing.yamltext import is_plain
from ci_audit.source import Source
from ci_audit.syntax.yamltree import GITHUB, GITLAB, TRAVIS, Dialect, Mapping, Scalar, parse, resolve
from tests.editing.yaml_documents import files, operations

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(files(), st.integers(0, 2**32), st.integers(1, 4))
def test_both_parsers_agree(file: tuple[Source, Dialect], seed: int, count: int) -> None:
    source, dialect = file
    chosen = operations(source, dialect, Random(seed), count)
    try:
        found = edits(source, dialect, chosen)
    except CannotEdit as error:
        event(f"refused: {error}"[:40])
        return
    event("edited")
    new = apply(source.text, found)
    assert all(one.end < other.start for one, other in pairwise(found))
    parse(Source("ci.yml", new), dialect)
    assert check(source.text, new, chosen, version=dialect.version) == ""


@SETTINGS
@given(files(), st.integers(0, 2**32))
def test_one_operation_is_nearly_always_possible(file: tuple[Source, Dialect], seed: int) -> None:
    source, dialect = file
    root = Document(source, dialect).root
    assert isinstance(root, Mapping)
    random = Random(seed)
    job = random.choice(
        [key.value for key, value in root.pairs if isinstance(key, Scalar) and isinstance(value, Mapping)]
    )
    operation = Set((job, "new"), {"a": ["b"]})
    found = edits(source, dialect, [operation])
    assert all(one.start == one.end for one in found)
    new = apply(source.text, found)
    assert check(source.text, new, [operation], version=dialect.version) == ""
    assert edits(Source("ci.yml", new), dialect, [operation]) == ()


@SETTINGS
@given(files(), st.integers(0, 2**32))
def test_what_is_added_takes_nothing_away(file: tuple[Source, Dialect], seed: int) -> None:
    source, dialect = file
    chosen = [
        one
        for one in operations(source, dialect, Random(seed), 6)
        if isinstance(one, Insert) or (isinstance(one, Set) and str(one.path[-1]).startswith("new"))
    ]
    try:
        found = edits(source, dialect, chosen)
    except CannotEdit:
        return
    new = apply(source.text, found)
    there = iter(new.replace("\r\n", "\n"))
    assert all(character in there for character in source.text.replace("\r\n", "\n").replace("{}", ""))
    assert ("\r\n" in new) == ("\r\n" in source.text) or "\n" not in source.text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.sampled_from((GITHUB, GITLAB, TRAVIS)), st.booleans())
def test_a_plain_text_is_read_as_that_text(text: str, dialect: Dialect, flow: bool) -> None:
    if is_plain(text, flow):
        root = parse(Source("x", f"a: [{text}, b]\n" if flow else f"a: {text} # b\n"), dialect)[0]
        assert isinstance(root, Mapping)
        node = root.get("a")
        node = (
            node
            if isinstance(node, Scalar)
            else node.items[0]
            if node is not None and not isinstance(node, Mapping)
            else None
        )
        assert isinstance(node, Scalar)
        assert resolve(node, dialect) == text
        assert (node.style, node.anchor, node.tag) == ("", "", "")


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.sampled_from((GITHUB, GITLAB)))
def test_any_text_can_be_written(text: str, dialect: Dialect) -> None:
    operation = Set(("b",), text)
    old = "a: 'x'\n"
    new = apply(old, edits(Source("x", old), dialect, [operation]))
    root = parse(Source("x", new), dialect)[0]
    assert isinstance(root, Mapping)
    node = root.get("b")
    assert isinstance(node, Scalar)
    assert resolve(node, dialect) == text
    assert check(old, new, [operation], version=dialect.version) == ""

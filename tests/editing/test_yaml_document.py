"""Looking things up in a document by path and by place."""

import pytest

from ci_audit.editing import CannotEdit
from ci_audit.editing.document import Document
from ci_audit.source import Source
from ci_audit.syntax.yamltree import GITHUB, GITLAB, Scalar

TEXT = """\
.base: &base
  image: python
  list: [1, &null , *null]
test:
  <<: *base
  script:
    - pip install a
    - |
      one
      two
copy: *base
"""


def document(text: str = TEXT) -> Document:
    return Document.of(Source(".gitlab-ci.yml", text), GITLAB)


def test_one_document_for_one_source() -> None:
    source = Source("x", "a: 1\n")
    assert Document.of(source, GITLAB) is Document.of(source, GITLAB)
    assert Document.of(source, GITHUB) is not Document.of(source, GITLAB)
    assert Document.of(Source("x", "a: 1\n"), GITLAB) is not Document.of(source, GITLAB)


def test_the_last_document_counts() -> None:
    found = document("spec: 1\n---\ntest: 2\n")
    assert found.node(("spec",)) is None
    assert found.node(("test",)) is not None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("test", "script", 0), "pip install a"),
        (("copy", "image"), "python"),
        (("copy", "list", 0), "1"),
        (("test", "image"), None),
        (("test", "script", 2), None),
        (("test", "script", -1), None),
        (("test", "script", "0"), None),
        ((".base", 0), None),
        (("no", "no"), None),
    ],
)
def test_node(path: tuple[str | int, ...], value: str | None) -> None:
    node = document().node(path)
    assert (node.value if isinstance(node, Scalar) else None) == value


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("pip install a", ("test", "script", 0)),
        ("two", ("test", "script", 1)),
        ("pip install a\n    - |\n      one", ("test", "script")),
        ("image", (".base",)),
        ("python", (".base", "image")),
        ("1", (".base", "list", 0)),
        ("*base\n  script", ("test",)),
        ("copy", ()),
    ],
)
def test_path_at(text: str, path: tuple[str | int, ...]) -> None:
    start = TEXT.index(text)
    assert document().path_at(start, start + len(text)) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("test:", ("test",)),
        ("script:", ("test", "script")),
        ("copy", ("copy",)),
        ("python", (".base", "image")),
        ("- pip", ("test", "script")),
    ],
)
def test_key_path_at(text: str, path: tuple[str | int, ...]) -> None:
    assert document().key_path_at(TEXT.index(text)) == path


def test_a_key_that_is_written_twice_has_no_path() -> None:
    text = "test:\n  script: a\ntest:\n  script: b\n"
    found = document(text)
    assert found.path_at(text.index("b\n"), text.index("b\n") + 1) == ("test", "script")
    with pytest.raises(CannotEdit, match="twice"):
        found.path_at(text.index("a\n"), text.index("a\n") + 1)
    with pytest.raises(CannotEdit, match="twice"):
        found.key_path_at(0)


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ((".base",), True),
        ((".base", "image"), True),
        ((".base", "new", "newer"), True),
        (("copy", "list"), True),
        (("test",), False),
        (("test", "script", 0), False),
        ((), False),
    ],
)
def test_is_shared(path: tuple[str | int, ...], shared: bool) -> None:
    assert document().is_shared(path) is shared


def test_an_anchor_that_nothing_uses_is_not_shared() -> None:
    assert not document("a: &x\n  b: 1\n").is_shared(("a", "b"))

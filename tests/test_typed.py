"""The stand-ins for `typing`: a named tuple does what one of `typing` does."""

from __future__ import annotations

import ast
import copy
import pickle
import typing
from pathlib import Path

import pytest

from ci_audit import typed


class Ours(typed.NamedTuple):
    """A record."""

    name: str
    size: int = 0
    parts: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.name}:{self.size}"


class Theirs(typing.NamedTuple):
    """A record."""

    name: str
    size: int = 0
    parts: tuple[str, ...] = ()


MAKER: typing.Any = type(typed.NamedTuple)
Forty = MAKER("Forty", (typed.NamedTuple,), {"__annotations__": {f"field{n}": "int" for n in range(40)}})


def test_values() -> None:
    assert Ours("a") == ("a", 0, ())
    assert tuple(Ours("a")) == tuple(Theirs("a"))
    assert hash(Ours("a", 1)) == hash(Theirs("a", 1))
    assert Ours(size=2, name="a") < Ours("b")
    name, size, parts = Ours("a", parts=("x",))
    assert (name, size, parts) == ("a", 0, ("x",))
    assert Ours("a", 3).label == "a:3"


@pytest.mark.parametrize("arguments", [((), {}), (("a", 1, (), 2), {}), (("a",), {"name": "b"}), (("a",), {"no": 1})])
def test_wrong_arguments(arguments: tuple[tuple[typing.Any, ...], dict[str, typing.Any]]) -> None:
    for kind in (Ours, Theirs):
        with pytest.raises(TypeError):
            kind(*arguments[0], **arguments[1])


def test_replacing() -> None:
    changed = Ours("a", 1)._replace(size=2)
    assert type(changed) is Ours
    assert changed == ("a", 2, ())
    with pytest.raises(ValueError, match="no"):
        Ours("a")._replace(no=1)  # type: ignore[call-arg]


def test_copies() -> None:
    value = Ours("a", 1)
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert type(other) is Ours
        assert other == value


def test_looks() -> None:
    assert repr(Ours("a")) == repr(Theirs("a")).replace("Theirs", "Ours")
    assert Ours("a")._asdict() == Theirs("a")._asdict()
    assert Ours._fields == Theirs._fields
    assert Ours.__match_args__ == Theirs.__match_args__
    assert Ours.__doc__ == "A record."
    assert not hasattr(Ours("a"), "__dict__")


def test_many_fields() -> None:
    value = Forty(*range(40))
    assert value == tuple(range(40))
    assert value.field39 == 39
    assert value._replace(field7=0)[6:9] == (6, 0, 8)


def test_annotations_are_never_evaluated() -> None:
    package = Path(typed.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "from ci_audit.typed import" in text:
            names = [node.module for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
            assert "__future__" in names, path

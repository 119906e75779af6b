"""The names of `typing` that the scan path uses at run time, and named tuples that cost little to define.

Loading `typing` takes 5 ms and each class of its `NamedTuple` 0.1 ms, because every one is compiled from text: with the
hundred of them here, a third of a short scan. To a type checker the names below are those of `typing`; at run time they
are stand-ins that do nothing, except for `NamedTuple`. It makes the same classes from ready-made constructors.

The stand-ins are never evaluated as types, so a module that uses them begins with `from __future__ import annotations`.
"""

from __future__ import annotations

from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any as Any
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import cast as cast

try:
    from _collections import _tuplegetter as _field  # type: ignore[import-not-found]
except ImportError:  # pragma: no cover  an interpreter without the private module
    from operator import itemgetter

    def _field(index: int, doc: str) -> property:
        return property(itemgetter(index), doc=doc)


_new = tuple.__new__

# One for each number of fields: a class takes the code of its own and gives the arguments the names of its fields.
# fmt: off
_CONSTRUCTORS = (
    lambda _: _new(_, ()),
    lambda _, a: _new(_, (a,)),
    lambda _, a, b: _new(_, (a, b)),
    lambda _, a, b, c: _new(_, (a, b, c)),
    lambda _, a, b, c, d: _new(_, (a, b, c, d)),
    lambda _, a, b, c, d, e: _new(_, (a, b, c, d, e)),
    lambda _, a, b, c, d, e, f: _new(_, (a, b, c, d, e, f)),
    lambda _, a, b, c, d, e, f, g: _new(_, (a, b, c, d, e, f, g)),
    lambda _, a, b, c, d, e, f, g, h: _new(_, (a, b, c, d, e, f, g, h)),
    lambda _, a, b, c, d, e, f, g, h, i: _new(_, (a, b, c, d, e, f, g, h, i)),
    lambda _, a, b, c, d, e, f, g, h, i, j: _new(_, (a, b, c, d, e, f, g, h, i, j)),
    lambda _, a, b, c, d, e, f, g, h, i, j, k: _new(_, (a, b, c, d, e, f, g, h, i, j, k)),
    lambda _, a, b, c, d, e, f, g, h, i, j, k, q: _new(_, (a, b, c, d, e, f, g, h, i, j, k, q)),
    lambda _, a, b, c, d, e, f, g, h, i, j, k, q, m: _new(_, (a, b, c, d, e, f, g, h, i, j, k, q, m)),
    lambda _, a, b, c, d, e, f, g, h, i, j, k, q, m, n: _new(_, (a, b, c, d, e, f, g, h, i, j, k, q, m, n)),
    lambda _, a, b, c, d, e, f, g, h, i, j, k, q, m, n, o: _new(_, (a, b, c, d, e, f, g, h, i, j, k, q, m, n, o)),
    lambda _, a, b, c, d, e, f, g, h, i, j, k, q, m, n, o, p: _new(_, (a, b, c, d, e, f, g, h, i, j, k, q, m, n, o, p)),
)
# fmt: on


def _constructor(fields: tuple[str, ...]) -> FunctionType:
    if len(fields) < len(_CONSTRUCTORS):
        code = _CONSTRUCTORS[len(fields)].__code__
        return FunctionType(code.replace(co_varnames=("_cls", *fields), co_name="__new__"), globals())
    # The few large ones are compiled as `typing` does it.
    names = ", ".join(fields)
    function: FunctionType = eval(f"lambda _cls, {names}: _new(_cls, ({names}))")
    return function


class _Shared(tuple):  # type: ignore[type-arg]
    """The methods that all named tuples have."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _places: dict[str, int] = {}  # noqa: RUF012  each class has its own

    def __repr__(self) -> str:
        pairs = zip(self._fields, self, strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)

    def _asdict(self) -> dict[str, object]:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, /, **changes: object) -> _Shared:
        places = self._places
        values = list(self)
        try:
            for name, value in changes.items():
                values[places[name]] = value
        except KeyError:
            unknown = [name for name in changes if name not in places]
            raise ValueError(f"no field is called {', '.join(unknown)}") from None
        changed: _Shared = _new(type(self), values)
        return changed


class _Maker(type):
    """Make a class with fields out of a class body with annotations; it is no metaclass of what it makes."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, object]) -> type:
        fields: tuple[str, ...] = tuple(body["__annotations__"])  # type: ignore[arg-type]
        constructor = _constructor(fields)
        constructor.__defaults__ = tuple(body[field] for field in fields if field in body)
        constructor.__qualname__ = f"{name}.__new__"
        for index, field in enumerate(fields):
            body[field] = _field(index, "")
        body["__slots__"] = ()
        body["__new__"] = constructor
        body["__match_args__"] = body["_fields"] = fields
        body["_places"] = {field: index for index, field in enumerate(fields)}
        return type(name, (_Shared,), body)


if not TYPE_CHECKING:
    Any = object
    NoReturn = None

    class Protocol:
        """Stand in for the base that has a meaning for type checkers alone."""

    def cast(kind, value):
        """Give the value."""
        return value

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})

"""Regular expressions that are compiled when they are first used.

A scan of one file uses a quarter of those that its modules name, and compiling one takes 0.1 to 0.5 ms.
"""

from __future__ import annotations

import re

from ci_audit.typed import Any, cast

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub")


class _Pattern:
    """Stand in for an `re.Pattern`; its slots are empty until the first use and its methods afterwards."""

    __slots__ = ("_flags", "_source", *_METHODS)

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._source, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """Give a regular expression; a wrong one raises `re.error` when it is first used."""
    return cast("re.Pattern[str]", _Pattern(source, flags))

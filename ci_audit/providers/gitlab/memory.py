"""What many jobs share is read once: the same value under the same variables comes to the same."""

from __future__ import annotations

from collections.abc import Callable

from ci_audit.model import Env, Setting
from ci_audit.providers.gitlab import variables
from ci_audit.providers.gitlab.tree import Value
from ci_audit.typed import Any

_REMEMBERED = 8
"""Sets of variables under which the same value is remembered."""


class Asked:
    """The variables of a job, and a note of those that were asked for."""

    __slots__ = ("_env", "noted")

    def __init__(self, env: Env) -> None:
        self._env = env
        self.noted: dict[str, Setting | None] = {}

    def get(self, name: str) -> Setting | None:
        found = self.noted[name] = self._env.get(name)
        return found

    def value(self, name: str) -> str | None:
        found = self.get(name)
        return None if found is None else found.value

    def expanded(self, text: str) -> str:
        """Put the variables in place that a text names, UNKNOWN where one is not known."""
        return variables.expanded(text, self.value)


class Memory:
    """What was read for the jobs of one pipeline."""

    def __init__(self) -> None:
        # The value is kept along with the answer, so that its id stays its own.
        self._known: dict[tuple[object, ...], list[tuple[Value, dict[str, Setting | None], Any]]] = {}

    def read(self, kind: str, value: Value, env: Env, reader: Callable[[Value, Asked], Any]) -> Any:
        """Give what `reader` makes of a value; it must not depend on anything but the variables it asks for."""
        known = self._known.setdefault((kind, id(value)), [])
        for _, noted, answer in known:
            if all(env.get(name) == setting for name, setting in noted.items()):
                return answer
        asked = Asked(env)
        answer = reader(value, asked)
        if len(known) < _REMEMBERED:
            known.append((value, asked.noted, answer))
        return answer

"""The variables of a job, with what GitLab expands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ci_audit.model import Env, Setting
from ci_audit.paths import WORKSPACE
from ci_audit.patterns import regex
from ci_audit.providers.gitlab.tree import List, Missing, Table, Text, Value, texts
from ci_audit.source import UNKNOWN, Where

Lookup = Callable[[str], str | None]
Inherits = Callable[[str], bool]

_VARIABLE = regex(r"\$\$|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\}")

_DEEPEST = 50
_LONGEST = 10_000
"""Limits for variables within variables."""

_MOST = 1_000_000
"""How many variables are copied, all jobs together; what is beyond is left open."""

_ITEMS = 10_000
"""How many items of a list are read, those of the lists in it included."""

PREDEFINED = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": WORKSPACE}


def expanded(text: str, lookup: Lookup) -> str:
    """Put values in place of `$NAME` and `${NAME}`, UNKNOWN where `lookup` has none; `$$` is a dollar sign."""
    if "$" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if not name:
            return "$"
        known = lookup(name)
        return UNKNOWN if known is None else known

    return _VARIABLE.sub(value, text)


def names(text: str) -> list[str]:
    """List the variables that a text names."""
    return [one or other for one, other in _VARIABLE.findall(text) if one or other]


class _Written:
    """A variable as it is written."""

    __slots__ = ("expands", "text", "where")

    def __init__(self, text: str, where: Where, expands: bool = True) -> None:
        self.text = text
        self.where = where
        self.expands = expands


class Globals:
    """The variables that all jobs of a pipeline may inherit."""

    def __init__(self, root: Table, forwarded: Env, names_job: bool) -> None:
        self.forwarded = forwarded
        """Those that a parent pipeline hands on; they win over all that is written here."""
        self.names_job = names_job
        """The job's name is used as a variable somewhere."""
        self._written: dict[str, _Written] = {}
        self._gap = _collect(root.get("variables"), self._written)
        self._named = {name for written in self._written.values() for name in names(written.text)}
        self._by_rules = _by_rules(root.get("workflow"))
        self._env: Env = {name: Setting(name, value) for name, value in PREDEFINED.items()}
        self._env.update(forwarded)
        self._resolved = dict(self._env)
        _resolve({name: found for name, found in self._written.items() if name not in forwarded}, self._resolved)
        self._shared = self._changed(self._resolved, self._by_rules)
        self._copied = 0

    def of(self, job: Table, own: Mapping[str, tuple[str, Where | None]]) -> tuple[Env, Missing | None]:
        """Give the variables of a job, and what leaves further ones open; `own` are those of its matrix."""
        variables = job.get("variables")
        by_rules = _by_rules(job)
        everything = job.get("inherit") is None
        if everything and variables is None and not own and not by_rules:
            return self._shared, self._gap
        # Those of the job itself are expanded as well, which takes longer than a copy.
        self._copied += len(self._shared) + (4 * len(variables.entries) if isinstance(variables, Table) else 0)
        if self._copied > _MOST:
            return self._shared, Missing("there are more variables than are read", job.where)
        written: dict[str, _Written] = {}
        gap = _collect(variables, written) or self._gap
        set_here = {name: Setting(name, value, where) for name, (value, where) in own.items()}
        if everything and self._named.isdisjoint(written) and self._named.isdisjoint(set_here):
            env = {**self._resolved, **set_here}
        else:
            inherits = inheritance(job, "variables")
            kept = {name: found for name, found in self._written.items() if inherits(name)}
            written = {**kept, **written}
            env = {**self._env, **set_here}
        for name in (*set_here, *self.forwarded):
            written.pop(name, None)
            if name in self.forwarded:
                env[name] = self.forwarded[name]
        _resolve(written, env)
        return self._changed(env, self._by_rules + by_rules), gap

    def _changed(self, env: Env, by_rules: list[tuple[str, Where]]) -> Env:
        """Leave open what rules may set to something else."""
        changed = {name: Setting(name, UNKNOWN, where) for name, where in by_rules if name not in self.forwarded}
        return {**env, **changed} if changed else env


def _resolve(written: Mapping[str, _Written], env: Env) -> None:
    """Expand variables in each other and put them into the environment, in place of what is there."""
    for name in written:
        env.pop(name, None)
    open_: set[str] = set()

    def lookup(name: str) -> str | None:
        setting = env.get(name)
        if setting is not None:
            return setting.value
        found = written.get(name)
        if found is None or name in open_ or len(open_) >= _DEEPEST:
            return None
        open_.add(name)
        value = expanded(found.text, lookup) if found.expands else found.text
        open_.discard(name)
        if len(value) > _LONGEST:
            value = UNKNOWN
        env[name] = Setting(name, value, found.where)
        return value

    for name in written:
        lookup(name)


def _collect(value: Value | None, written: dict[str, _Written]) -> Missing | None:
    if isinstance(value, Missing):
        return value
    if not isinstance(value, Table):
        return None
    for name, (_, item) in value.entries.items():
        expands = True
        if isinstance(item, Table):
            expands = item.text("expand") != "false"
            inner = item.get("value")
            if inner is None:
                continue
            item = inner
        if isinstance(item, Text):
            written[name] = _Written(item.text, item.where, expands)
        elif isinstance(item, Missing):
            written[name] = _Written(UNKNOWN, item.where)
    return value.gap


def _by_rules(table: Value | None) -> list[tuple[str, Where]]:
    """List the variables that rules may set to something else."""
    rules = table.get("rules") if isinstance(table, Table) else None
    found = []
    for rule in flat(rules):
        variables = rule.get("variables") if isinstance(rule, Table) else None
        if isinstance(variables, Table):
            found += [(name, entry.key) for name, entry in variables.entries.items()]
    return found


def flat(value: Value | None) -> list[Value]:
    """List the items of a list with those of the lists in it; where there are too many, the last tells so."""
    if value is None:
        return []
    if not isinstance(value, List):
        return [value]
    found: list[Value] = []
    todo = value.items[::-1]
    lists = 0
    while todo:
        item = todo.pop()
        # Lists that hold nothing but lists multiply as well.
        if len(found) >= _ITEMS or lists >= 10 * _ITEMS:
            found.append(Missing(f"only the first {_ITEMS:,} items of this list are read", value.where))
            break
        if isinstance(item, List):
            lists += 1
            todo += reversed(item.items)
        else:
            found.append(item)
    return found


def inheritance(job: Table, kind: str) -> Inherits:
    """Tell which of the defaults, or of the global variables, a job inherits: `inherit:` is a flag or a list."""
    inherit = job.get("inherit")
    value = inherit.get(kind) if isinstance(inherit, Table) else None
    if isinstance(value, Text):
        answer = value.value is not False
        return lambda name: answer
    if value is None:
        return lambda name: True
    listed = {item.text for item in texts(value)}
    return lambda name: name in listed

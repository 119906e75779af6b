"""The variables of a build: `env` in all its forms."""

from __future__ import annotations

import re
from collections.abc import Callable

from ci_audit import commands
from ci_audit.commands import ShellState
from ci_audit.model import Env, Setting
from ci_audit.patterns import regex
from ci_audit.providers.travis import nodes
from ci_audit.source import UNKNOWN, MappedText, Piece, Source
from ci_audit.syntax.yamltree import Mapping, Node, Scalar

_PARTS = ("global", "jobs", "matrix")


def global_of(node: Node | None) -> list[Node]:
    """List the variables that all jobs have."""
    return nodes.items(node.get("global")) if _is_parted(node) and isinstance(node, Mapping) else []


def rows_of(node: Node | None) -> list[Node]:
    """List the values that `env` multiplies the jobs by; each is a string, or a mapping of variables."""
    if _is_parted(node) and isinstance(node, Mapping):
        rows = node.get("jobs")
        node = node.get("matrix") if rows is None else rows
    return [item for item in nodes.items(node) if not _is_secure(item)]


def _is_parted(node: Node | None) -> bool:
    return isinstance(node, Mapping) and any(node.get(name) is not None for name in _PARTS)


def _is_secure(node: Node) -> bool:
    return isinstance(node, Mapping) and [key.value for key, _ in node.items()] == ["secure"]


def apply(items: list[Node], state: ShellState, source: Source) -> ShellState:
    """Export variables in a shell, as Travis does before the first phase: `NAME=value …` or a mapping."""
    for item in items:
        if isinstance(item, Scalar):
            state = _export(item, state, source)
        elif isinstance(item, Mapping) and not _is_secure(item):
            state = state._replace(env=_mapping(item, state, source))
    return state


def _export(item: Scalar, state: ShellState, source: Source) -> ShellState:
    if "=" not in item.value:
        return state
    start = Piece(0, item.start, item.start, False)
    text = MappedText.join([MappedText(source, "export ", (start,)), item.mapped(source)])
    _, after = commands.read(text, state, shell="bash", order=-1000)
    return state._replace(env=after.env)


def _mapping(item: Mapping, state: ShellState, source: Source) -> Env:
    env = dict(state.env)
    for key, value in item.items():
        if not isinstance(value, Scalar):
            env[key.value] = Setting(key.value, UNKNOWN, nodes.where(source, value))
            continue

        def lookup(name: str) -> str | None:
            return env[name].value if name in env else {"HOME": state.home, "PWD": state.cwd}.get(name)

        env[key.value] = Setting(key.value, expanded(nodes.text(value), lookup), nodes.where(source, value))
    return env


_VARIABLE = regex(r"\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\}")


def expanded(text: str, lookup: Callable[[str], str | None]) -> str:
    """Put values in place of `$NAME` and `${NAME}`, UNKNOWN where `lookup` has none."""

    def value(found: re.Match[str]) -> str:
        known = lookup(found[1] or found[2])
        return UNKNOWN if known is None else known

    return _VARIABLE.sub(value, text) if "$" in text else text


def shown(node: Node) -> str:
    """Name a row of `env` in the label of a variant."""
    if isinstance(node, Mapping):
        return " ".join(f"{key.value}={nodes.text(value)}" for key, value in node.items())
    return " ".join(nodes.text(node).split())

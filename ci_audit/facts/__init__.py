"""What is known about a node: typed functions that rules name in their `match`, each usable by every rule.

A fact takes a node and its context and returns verdicts: none when it does not apply, several when a node has several
places to point at. Its modules mirror the families of `rules/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ci_audit.model import Evidence, Job, Pipeline, Step
from ci_audit.repository import Repository
from ci_audit.source import Where
from ci_audit.typed import Any, NamedTuple

ECOSYSTEMS = ("pypi", "conda", "npm", "gem", "cargo", "go", "composer", "system")


class Verdict(NamedTuple):
    """One answer of a fact about a node."""

    value: str | bool
    cause: str = ""
    """The closed list of `caching.CAUSES` for installs, else empty."""
    reason: str = ""
    where: Where | None = None
    """What a finding points at; None: the node's own place."""
    evidence: tuple[Evidence, ...] = ()
    values: dict[str, str] = {}  # noqa: RUF012  never changed in place
    """Further fields for the message."""
    confidence: str = "high"


class Context(NamedTuple):
    """What a node belongs to."""

    pipeline: Pipeline
    job: Job | None
    step: Step | None
    repository: Repository


Fact = Callable[[Any, Context], tuple[Verdict, ...]]
Field = Callable[[Any, Context], str]


class Kind(NamedTuple):
    """A kind of node: how to find them, where one is, what can be asked of it."""

    nodes: Callable[[Pipeline, Repository], Iterator[tuple[Any, Context]]]
    where: Callable[[Any, Context], Where]
    fields: dict[str, Field]
    """Plain values: for `match` and for messages."""
    facts: dict[str, Fact]
    values: dict[str, tuple[str, ...]]
    """The values that a fact or a field can take, where they are a closed list: for the card schema."""


def kinds() -> dict[str, Kind]:
    """Give every kind of node by its name; the one place where kinds, fields and facts are registered."""
    from ci_audit.facts import actions, caches, files, images, installs, packages

    return {
        "install": installs.KIND,
        "package": packages.KIND,
        "requirements": packages.REQUIREMENTS,
        "action": actions.KIND,
        "image": images.KIND,
        "cache": caches.KIND,
        "file": files.KIND,
    }

"""`deploy`: the scripts that it runs, and whether a job releases something."""

from __future__ import annotations

from ci_audit.managers.publishing import published
from ci_audit.model import Answer, Step
from ci_audit.providers.travis import nodes
from ci_audit.source import Source
from ci_audit.syntax.yamltree import Mapping, Node, Scalar

_PACKAGES = frozenset(
    "bintray cargo chef-supermarket ecr hackage npm nuget packagecloud puppetforge pypi releases rubygems snap".split()
)
"""Those that others install from; the others put up a site or files (travis-ci/travis-yml: schema/def/deploy)."""


def scripts(node: Node | None) -> list[Scalar]:
    """List the commands of the deployments with the provider `script`; each runs in a shell of its own."""
    found: list[Scalar] = []
    for item in nodes.items(node):
        if isinstance(item, Mapping) and _provider(item) == "script":
            found += nodes.scalars(item.get("script"))
    return found


def publishes(node: Node | None, steps: list[Step], source: Source) -> Answer:
    """Tell whether a job releases something: by a command, or by a deployment to a place for packages."""
    for step in steps:
        for command in step.commands:
            name = published(command)
            if name:
                return Answer(True, f"`{name}` publishes", command.where)
    for item in nodes.items(node):
        name = _provider(item)
        if name in _PACKAGES and not _now_and_then(item):
            named = item.get("provider") if isinstance(item, Mapping) else item
            return Answer(True, f"`deploy` with the provider `{name}` publishes", nodes.where(source, named or item))
    return Answer(False, "")


def _now_and_then(item: Node) -> bool:
    """Tell whether a deployment has conditions (`on: {tags: true}`): most runs of the job are then tests alone."""
    return isinstance(item, Mapping) and any(name in ("on", "true") for name in map(_name, item.items()))


def _name(pair: tuple[Scalar, Node]) -> str:
    # YAML 1.1 takes a bare `on` for true.
    return pair[0].value.lower()


def _provider(item: Node) -> str:
    """Name the provider of a deployment, which may be all that is written."""
    named = item.get("provider") if isinstance(item, Mapping) else item
    return nodes.text(named).lower().replace("_", "-") if isinstance(named, Scalar) else ""

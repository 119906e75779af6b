"""What starts a workflow: `on:`."""

from __future__ import annotations

from ci_audit.model import Trigger
from ci_audit.providers.github import nodes
from ci_audit.source import Source
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence


def read(node: Node | None, source: Source) -> tuple[Trigger, ...]:
    """List the events with their filters on branches and tags; an ignore list is no filter that names any."""
    if isinstance(node, Scalar):
        name = nodes.text(node)
        return (Trigger(name, nodes.where(source, node)),) if name else ()
    if isinstance(node, Sequence):
        return tuple(Trigger(nodes.text(item), nodes.where(source, item)) for item in node.items)
    if isinstance(node, Mapping):
        found = []
        for key, item in node.items():
            filters = item if isinstance(item, Mapping) else None
            branches, tags = _filter(filters, "branches"), _filter(filters, "tags")
            found.append(Trigger(key.value, nodes.where(source, key), branches, tags))
        return tuple(found)
    return ()


def _filter(node: Mapping | None, name: str) -> tuple[str, ...] | None:
    item = node.get(name) if node is not None else None
    return tuple(text for text, _ in nodes.strings(item)) if item is not None else None


def tags_only(triggers: tuple[Trigger, ...]) -> bool:
    """Tell whether pushes start it for tags only."""
    pushes = [trigger for trigger in triggers if trigger.name == "push"]
    return bool(pushes) and all(trigger.tags is not None and trigger.branches is None for trigger in pushes)

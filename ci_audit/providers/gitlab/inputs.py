"""`spec:` headers and the `$[[ inputs.… ]]` that they declare."""

from __future__ import annotations

from ci_audit.patterns import regex
from ci_audit.providers.gitlab.tree import Entry, List, Reference, Table, Text, Value
from ci_audit.source import UNKNOWN, MappedText, Source, Where
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence

Inputs = dict[str, Value | None]
"""What `$[[ inputs.name ]]` stands for; None where only the file that includes this one knows."""

_INTERPOLATION = regex(r"\$\[\[([^\]]*)\]\]")
_INPUT = regex(r"\s*inputs\.([A-Za-z0-9_-]+)\s*\Z")


def split(documents: list[Node]) -> tuple[Mapping | None, Node]:
    """Part a file into its header, where it has one, and its configuration."""
    head = documents[0]
    if len(documents) > 1 and isinstance(head, Mapping) and head.get("spec") is not None:
        return head, documents[1]
    return None, head


def declared(header: Mapping | None, source: Source, given: Table | None) -> Inputs | None:
    """Give the inputs of a file as the one that includes it sets them, else by their defaults; None without any."""
    if header is None:
        return None
    spec = header.get("spec")
    inputs = spec.get("inputs") if isinstance(spec, Mapping) else None
    found: Inputs = {}
    if isinstance(inputs, Mapping):
        for key, item in inputs.items():
            default = item.get("default") if isinstance(item, Mapping) else None
            found[key.value] = None if default is None else Converter(source, None).value(default)
    if given is not None:
        found.update((name, entry.value) for name, entry in given.entries.items())
    return found


class Converter:
    """Turns the nodes of one file into values."""

    def __init__(self, source: Source, inputs: Inputs | None) -> None:
        self.source = source
        self.inputs = inputs
        self.references = False
        """A `!reference` was met."""
        self._anchored: dict[int, Value] = {}

    def value(self, node: Node) -> Value:
        # What is anchored stays one object, however often an alias names it.
        if not node.anchor:
            return self._convert(node)
        found = self._anchored.get(id(node))
        if found is None:
            found = self._anchored[id(node)] = self._convert(node)
        return found

    def _convert(self, node: Node) -> Value:
        source = self.source
        if isinstance(node, Scalar):
            if self.inputs is not None and "$[[" in node.value:
                return self._interpolated(node, self.inputs)
            return Text(node, source)
        if isinstance(node, Sequence):
            if node.tag == "!reference":
                self.references = True
                path = tuple(item.value for item in node.items if isinstance(item, Scalar))
                return Reference(path, Where(source, node.start, node.end))
            return List([self.value(item) for item in node.items], source, node.start, node.end)
        entries = {}
        for key, item in node.items():
            name = key.value
            if self.inputs is not None and "$[[" in name:
                name = _substituted(key.mapped(source), self.inputs).text
            entries[name] = Entry(Where(source, key.start, key.end), self.value(item))
        return Table(entries, source, node.start, node.end)

    def _interpolated(self, node: Scalar, inputs: Inputs) -> Value:
        whole = _INTERPOLATION.fullmatch(node.value.strip())
        if whole is not None:
            name = _INPUT.match(whole[1])
            value = inputs.get(name[1]) if name else None
            if value is not None and not isinstance(value, Text):
                return value
        return Text(node, self.source, _substituted(node.mapped(self.source), inputs))


def _substituted(mapped: MappedText, inputs: Inputs) -> MappedText:
    changes = []
    for found in _INTERPOLATION.finditer(mapped.text):
        name = _INPUT.match(found[1])
        value = inputs.get(name[1]) if name else None
        changes.append((found.start(), found.end(), value.text if isinstance(value, Text) else UNKNOWN))
    return mapped.replace(changes)

"""The nodes of a YAML tree, each with the span of what it stands for in the file."""

from __future__ import annotations

from collections.abc import Callable

from ci_audit.source import MappedText, Source
from ci_audit.syntax.yamltext import map_scalar

_STRING_TAG = "tag:yaml.org,2002:str"


class Scalar:
    """A scalar: its decoded text and how it is written.

    `start`..`end` is the value itself, quotes and block header included, anchor and tag not; a block scalar ends
    before the line end of its last line with content. `style` is "" (plain), "'", '"', "|" or ">".
    """

    __slots__ = ("_mapped", "anchor", "end", "start", "style", "tag", "value")

    def __init__(self, value: str, style: str, start: int, end: int, tag: str, anchor: str) -> None:
        self.value = value
        self.style = style
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor
        self._mapped: MappedText | None = None

    def mapped(self, source: Source) -> MappedText:
        """Map the value to the characters of the file that it was decoded from; `source` is the file parsed."""
        mapped = self._mapped
        if mapped is None:
            mapped = self._mapped = map_scalar(source, self.value, self.style, self.start, self.end)
        return mapped

    def __repr__(self) -> str:
        return f"Scalar({self.value!r}, {self.start}..{self.end})"


class Mapping:
    """A mapping: `pairs` as it is written, merge keys among them; `get`, `key` and `items` as the host sees it.

    A block mapping ends where its last value ends.
    """

    __slots__ = ("_entries", "_keys", "_values", "anchor", "end", "get", "start", "tag")

    get: Callable[[str], Node | None]
    """Look up the value that the host sees under a key."""

    def __init__(
        self, keys: list[Node], values: list[Node], start: int, end: int, tag: str, anchor: str, merges: bool
    ) -> None:
        self._keys = keys
        self._values = values
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor
        self._entries: dict[str, tuple[Scalar, Node]] | None = None
        # A provider looks a dozen keys up in each mapping: the method of a dictionary does it in a third of the time
        # that one of ours takes.
        try:
            names = [key.value for key in keys]  # type: ignore[union-attr]
        except AttributeError:
            names = ["<<"]
        if "<<" in names:
            entries = self._entries = _host_entries(keys, values, merges)
            self.get = {name: entry[1] for name, entry in entries.items()}.get
        else:
            self.get = dict(zip(names, values)).get  # noqa: B905  of equal length, and strict costs more

    @property
    def pairs(self) -> list[tuple[Node, Node]]:
        """List keys and values in file order, as they are written."""
        return list(zip(self._keys, self._values, strict=True))

    def key(self, name: str) -> Scalar | None:
        """Look up the key node of the value that `get` gives."""
        entry = self._index().get(name)
        return None if entry is None else entry[0]

    def items(self) -> list[tuple[Scalar, Node]]:
        """List keys and values as the host sees them; keys that are not scalars are left out."""
        return list(self._index().values())

    def _index(self) -> dict[str, tuple[Scalar, Node]]:
        entries = self._entries
        if entries is None:
            # Only scalars among the keys, or it would be there.
            pairs = zip(self._keys, self._values)  # noqa: B905
            entries = self._entries = {pair[0].value: pair for pair in pairs}  # type: ignore[union-attr,misc]
        return entries

    def __repr__(self) -> str:
        return f"Mapping({len(self._keys)} pairs, {self.start}..{self.end})"


def _host_entries(keys: list[Node], values: list[Node], merges: bool) -> dict[str, tuple[Scalar, Node]]:
    """Put merge keys in, where the host knows them, and leave keys out that are not scalars."""
    entries: dict[str, tuple[Scalar, Node]] = {}
    for key, value in zip(keys, values, strict=True):
        if type(key) is not Scalar:
            continue
        if merges and key.value == "<<" and key.tag != _STRING_TAG:
            # Psych merges in file order (psych: ToRuby#revive_hash): a merged key replaces one written before
            # it, unlike what the merge key's specification says; of a list, the first mapping wins.
            sources = list(reversed(value.items)) if type(value) is Sequence else [value]
            if all(type(source) is Mapping for source in sources):
                for source in sources:
                    entries.update(source._index())  # type: ignore[union-attr]
                continue
        entries[key.value] = (key, value)
    return entries


class Sequence:
    """A sequence; a block sequence ends where its last item ends."""

    __slots__ = ("anchor", "end", "items", "start", "tag")

    def __init__(self, items: list[Node], start: int, end: int, tag: str, anchor: str) -> None:
        self.items = items
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor

    def __repr__(self) -> str:
        return f"Sequence({len(self.items)} items, {self.start}..{self.end})"


Node = Scalar | Mapping | Sequence


def described(node: Node) -> str:
    """Say what stands there instead of what was expected: nothing, a single value, a list or a mapping."""
    if isinstance(node, Scalar):
        return "a single value" if node.value else "nothing"
    return "a list" if isinstance(node, Sequence) else "a mapping"

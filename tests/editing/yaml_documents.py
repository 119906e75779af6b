"""Invented YAML files in many styles of writing, and operations on them, for property tests."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from ci_audit.editing import Block, Delete, Insert, Move, Operation, Path, Rewrite, Set, Value
from ci_audit.editing.document import Document
from ci_audit.source import Source
from ci_audit.syntax.yamltree import GITHUB, GITLAB, Dialect, Mapping, Node, Scalar, Sequence

WORDS = ("pip", "install", "uv", "cache", "python", "test", "requirements.txt", "--no-deps", "it's", "a#b", "x:y")
VERSIONS = ("3.10", "on", "3", "true", "~", "1:30", "0x1", "", "null", "no")


class Writer:
    """Writes one file; all of its choices come from one source of chance."""

    def __init__(self, random: Random, dialect: Dialect) -> None:
        self._random = random
        self._dialect = dialect
        self._step = random.choice((2, 2, 4))
        self._offset = random.choice((0, self._step))
        self._dash = random.choice(("- ", "- ", "-   "))
        self._spaced = random.random() < 0.4
        self._anchors: list[str] = []
        self._newline = random.choice(("\n", "\n", "\r\n"))

    def text(self) -> str:
        lines: list[str] = []
        if self._chance(0.3):
            lines += ["# A file.", ""] if self._chance(0.5) else ["# A file."]
        lines += self._github() if self._dialect is GITHUB else self._gitlab()
        if self._chance(0.2):
            lines.append("# The end.")
        return self._newline.join(lines) + ("" if self._chance(0.2) else self._newline)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _github(self) -> list[str]:
        jobs = [(f"job{number}", self._job()) for number in range(self._random.randint(1, 3))]
        top = [
            ("name", self._scalar()),
            ("on", ["[push, pull_request]"]),
            ("jobs", ["", *self._mapping(jobs, self._step)]),
        ]
        return self._mapping(top, 0)

    def _gitlab(self) -> list[str]:
        entries: list[tuple[str, list[str]]] = []
        for number in range(self._random.randint(1, 4)):
            pairs = [("image", self._scalar()), ("script", self._sequence(self._script()))]
            if self._chance(0.4):
                pairs.append(("cache", self._nested()))
            if self._anchors and self._chance(0.5):
                pairs.append(("variables", [f"*{self._random.choice(self._anchors)}"]))
            elif self._chance(0.5):
                name = f"a{number}"
                pairs.append(("variables", self._anchored(name, self._nested())))
                self._anchors.append(name)
            self._random.shuffle(pairs) if not self._anchors else None
            entries.append((f"job{number}", ["", *self._mapping(pairs, self._step)]))
        return self._mapping(entries, 0)

    def _anchored(self, name: str, value: list[str]) -> list[str]:
        return [f"&{name} {value[0]}".rstrip(), *value[1:]]

    def _job(self) -> list[str]:
        pairs = [
            ("runs-on", ["ubuntu-24.04"]),
            ("steps", self._sequence([self._item() for _ in range(self._random.randint(1, 4))])),
        ]
        if self._chance(0.4):
            pairs.insert(1, ("env", self._nested()))
        if self._chance(0.2):
            pairs.append(("needs", [""]))
        return ["", *self._mapping(pairs, self._step)]

    def _script(self) -> list[list[str]]:
        return [self._scalar() for _ in range(self._random.randint(1, 4))]

    def _item(self) -> list[str]:
        pairs = [("uses", self._scalar())] if self._chance(0.5) else [("run", self._scalar())]
        if self._chance(0.5):
            pairs.append(("with", self._nested()))
        if self._chance(0.3):
            pairs.insert(0, ("name", self._scalar()))
        return ["", *self._mapping(pairs, 0, first_comment=False)]

    def _nested(self) -> list[str]:
        kind = self._random.randint(0, 5)
        if kind == 0:
            return ["{}"]
        if kind == 1:
            return ["{a: b, c: [1, 'x']}"]
        if kind == 2:
            return [""]
        pairs = [(name, self._scalar()) for name in ("KEY", "other", "'quoted'")[: self._random.randint(1, 3)]]
        if kind == 3:
            pairs.append(("paths", self._sequence(self._script())))
        return ["", *self._mapping(pairs, self._step)]

    def _scalar(self) -> list[str]:
        words = " ".join(self._random.choice(WORDS[:6]) for _ in range(self._random.randint(1, 3)))
        kind = self._random.randint(0, 9)
        comment = " # why" if self._chance(0.2) else ""
        if kind < 4:
            return [words + comment]
        if kind == 4:
            return ["'it''s " + words + "'" + comment]
        if kind == 5:
            return ['"a\\t' + words + '"' + comment]
        if kind == 6:
            return [self._random.choice(("3.10", "on", "5", "~", "'3.9'")) + comment]
        if kind == 7:
            return [words, " " * self._step + words]
        head = self._random.choice(("|", "|", ">-", "|-", ">", "|+"))
        lines = [words, words + " #x"] if kind == 8 else [words, "", "  " + words, words]
        return [head + comment, *(" " * self._step + line if line else "" for line in lines)]

    def _mapping(self, pairs: list[tuple[str, list[str]]], indent: int, first_comment: bool = True) -> list[str]:
        """Write entries; a value is what stands behind the colon and the lines below, indented relative to the key."""
        lines: list[str] = []
        for number, (key, value) in enumerate(pairs):
            if number and self._spaced and self._chance(0.9):
                lines.append("")
            if (number or first_comment) and self._chance(0.15):
                lines.append(f"# about {key}{self._random.randint(0, 99)}")
            head = f"{key}: {value[0]}".rstrip()
            if not value[0] and self._chance(0.2):
                head += " # why"
            lines += [head, *value[1:]]
        return [" " * indent + line if line else "" for line in lines]

    def _sequence(self, items: list[list[str]]) -> list[str]:
        lines: list[str] = []
        for number, item in enumerate(items):
            if number and self._spaced:
                lines.append("")
            if self._chance(0.2):
                lines.append(f"# item {self._random.randint(0, 99)}")
            first, *others = item if item[0] or len(item) == 1 else item[1:]
            if item[0]:
                lines.append(self._dash + first)
                lines += others
            else:
                lines.append(self._dash + first)
                lines += [" " * len(self._dash) + line if line else "" for line in others]
        return ["", *(" " * self._offset + line if line else "" for line in lines)]


def files() -> st.SearchStrategy[tuple[Source, Dialect]]:
    """Give files, each with the dialect that it is written for."""

    def write(seed: int, dialect: Dialect) -> tuple[Source, Dialect]:
        return Source("ci.yml", Writer(Random(seed), dialect).text()), dialect

    return st.builds(write, st.integers(0, 2**32), st.sampled_from((GITHUB, GITLAB)))


def _nodes(node: Node, path: Path, seen: set[int]) -> list[tuple[Path, Node]]:
    found: list[tuple[Path, Node]] = [(path, node)]
    if id(node) in seen:
        return found
    seen.add(id(node))
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            assert isinstance(key, Scalar)
            found += _nodes(value, (*path, key.value), seen)
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            found += _nodes(item, (*path, index), seen)
    return found


def operations(source: Source, dialect: Dialect, random: Random, count: int) -> list[Operation]:
    """Choose operations on what a file holds."""
    nodes = _nodes(Document(source, dialect).root, (), set())
    chosen: list[Operation] = []
    while len(chosen) < count:
        path, node = random.choice(nodes)
        kind = random.choice(("new", "new", "below", "replace", "insert", "insert", "delete", "move", "rewrite"))
        if isinstance(node, Mapping) and kind == "new":
            names = ["", *(key.value for key, _ in node.pairs if isinstance(key, Scalar))]
            place = {random.choice(("after", "before")): random.choice(names)}
            comment = random.choice(("", "", "new comment"))
            chosen.append(Set((*path, f"new{len(chosen)}"), _value(random), comment=comment, **place))
        elif kind == "below" and (isinstance(node, Mapping) or (isinstance(node, Scalar) and node.start == node.end)):
            chosen.append(Set((*path, "fresh", f"new{len(chosen)}"), _value(random)))
        elif kind == "replace" and path:
            chosen.append(Set(path, _value(random), comment=random.choice(("", "", "new comment"))))
        elif isinstance(node, Sequence) and kind == "insert":
            chosen.append(Insert(path, random.randint(0, len(node.items)), _value(random)))
        elif kind == "delete" and path:
            chosen.append(Delete(path))
        elif kind == "move" and path and isinstance(path[-1], int):
            chosen.append(Move(path, random.choice([at for at in range(path[-1] + 4) if at - path[-1] not in (0, 1)])))
        elif kind == "rewrite" and isinstance(node, Scalar) and node.end - node.start > 2:
            start = random.randint(node.start, node.end - 1)
            end = random.randint(start, min(node.end, start + 12))
            chosen.append(Rewrite(start, end, random.choice(("", "word", "two words", "it's", "a: b"))))
    return chosen


def _value(random: Random) -> Value:
    simple: list[Value] = [*WORDS, *VERSIONS, 3, True, None, "a: b", "- x", "two words", "x # y", "{a}", "a\nb"]
    kind = random.randint(0, 7)
    if kind < 5:
        return random.choice(simple)
    if kind == 5:
        return [random.choice(simple), {"a": random.choice(simple), "b": ["c"]}]
    if kind == 6:
        return {"a": random.choice(simple), "b": {"c": random.choice(simple)}, "d": [random.choice(simple)]}
    return Block("one\n\n  two\nthree\n")

"""One configuration out of a file and all that it includes."""

from __future__ import annotations

import re

from ci_audit.model import Action, Gap
from ci_audit.providers.gitlab.inputs import Converter, declared, split
from ci_audit.providers.gitlab.references import followed
from ci_audit.providers.gitlab.templates import adds_only_jobs, component_adds_only_jobs
from ci_audit.providers.gitlab.tree import List, Missing, Table, Text, Value, merged_all
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN, Source, Where
from ci_audit.syntax.yamlnodes import described
from ci_audit.syntax.yamltree import GITLAB, Mapping, YamlError
from ci_audit.syntax.yamltree import parse as parse_yaml
from ci_audit.typed import NamedTuple

MAX_INCLUDES = 150
"""The most files that GitLab includes (docs.gitlab.com/ci/yaml: `include`)."""

_DEEPEST = 20


class Config(NamedTuple):
    """A configuration with everything merged into it that is here."""

    root: Table
    sources: tuple[Source, ...]
    """The file itself, then those that it includes."""
    gaps: tuple[Gap, ...]
    """A note for each include that is not here."""
    actions: tuple[Action, ...]
    missing: Missing | None
    """The first of those includes that could change a job of the others."""
    problem: tuple[int, str] | None = None
    """Why GitLab would not load the file itself: offset and message."""


def load(source: Source, repository: Repository) -> Config:
    """Read a file and follow its local includes; raises YamlError for the file itself."""
    loader = _Loader(repository)
    root, problem = loader.file(source, None, 0)
    if root is None:
        return Config(Table({}, source, 0, 0), (source,), (), (), None, problem)
    if loader.references:
        root = followed(root)
    missing = loader.missing
    return Config(root, tuple(loader.sources), tuple(loader.gaps), tuple(loader.actions), missing)


class _Loader:
    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.sources: list[Source] = []
        self.gaps: list[Gap] = []
        self.actions: list[Action] = []
        self.missing: Missing | None = None
        self.references = False
        self.open: list[str] = []
        """The files that are being read, so that a cycle ends."""
        self.count = 0

    def file(self, source: Source, given: Table | None, depth: int) -> tuple[Table | None, tuple[int, str] | None]:
        """Read one file with its own includes; None and the reason when it is no configuration."""
        header, body = split(parse_yaml(source, GITLAB))
        if not isinstance(body, Mapping):
            if body.start == body.end:
                return None, (0, "the file is empty")
            return None, (body.start, f"expected a mapping of jobs and keywords, found {described(body)}")
        converter = Converter(source, declared(header, source, given))
        table = converter.value(body)
        assert isinstance(table, Table)
        self.references = self.references or converter.references
        if source not in self.sources:
            self.sources.append(source)
        include = table.entries.get("include")
        if include is None:
            return table, None
        self.open.append(source.path)
        below: list[Table] = []
        for item in include.value.items if isinstance(include.value, List) else [include.value]:
            below += self._include(item, depth)
        self.open.pop()
        return merged_all([*below, table]), None

    def _include(self, item: Value, depth: int) -> list[Table]:
        if isinstance(item, Text):
            if not item.text:
                return []
            kind = "remote" if item.text.startswith(("http://", "https://")) else "local"
            return self._one(kind, item.text, item.where, None, depth)
        if not isinstance(item, Table):
            if not isinstance(item, List):
                self._note("an include that is known only at run time", item.where)
            return []
        if _never(item):
            return []
        for kind in ("local", "project", "remote", "template", "component"):
            value = item.get(kind)
            if isinstance(value, Text):
                return self._one(kind, value.text, item.first, item, depth)
        return []

    def _one(self, kind: str, name: str, where: Where, item: Table | None, depth: int) -> list[Table]:
        if kind == "local":
            return self._local(name, where, item, depth)
        shown = name.replace(UNKNOWN, "…")
        ref = item.text("ref") if item is not None else ""
        reference = f"{name}@{ref}" if ref else name
        if kind == "component":
            name, _, ref = name.rpartition("@")
        elif kind == "remote" and item is not None:
            ref = item.text("integrity")
        self.actions.append(Action(reference, where, "include", name or reference, ref))
        if kind == "project":
            self._note(f"the project `{shown}`, whose files are not here, is included", where)
        elif kind == "remote":
            self._note(f"`{shown}`, which is not here, is included", where)
        elif kind == "component":
            if not component_adds_only_jobs(name):
                self._note(f"the component `{shown}`, which is not here, is included", where)
        elif not adds_only_jobs(name):
            self._note(f"what the template `{shown}` sets is not known here", where)
        return []

    def _note(self, reason: str, where: Where) -> None:
        self.gaps.append(Gap(reason, where, ("cache", "env", "commands", "image")))
        if self.missing is None:
            self.missing = Missing(reason, where)

    def _local(self, name: str, where: Where, item: Table | None, depth: int) -> list[Table]:
        self.actions.append(Action(name, where, "local", name))
        shown = name.replace(UNKNOWN, "…")
        path = name.lstrip("/")
        if UNKNOWN in path or "$" in path:
            self._note(f"which file `{shown}` includes is known only at run time", where)
            return []
        paths = matching(self.repository, path) if "*" in path else [path]
        given = item.get("inputs") if item is not None else None
        found = []
        for one in paths:
            if one in self.open:
                continue
            self.count += 1
            source = self.repository.source(one) if self.count <= MAX_INCLUDES and depth < _DEEPEST else None
            if source is None:
                self._note(f"the included file `{one}` is not here", where)
                continue
            try:
                table, _ = self.file(source, given if isinstance(given, Table) else None, depth + 1)
            except YamlError as error:
                self._note(f"the included file `{one}` is not valid: {error.message}", where)
                continue
            if table is not None:
                found.append(table)
        return found


def _never(item: Table) -> bool:
    """Tell whether the rules of an include leave it out whatever happens."""
    rules = item.get("rules")
    if not isinstance(rules, List) or not rules.items:
        return False
    return all(isinstance(rule, Table) and rule.text("when") == "never" for rule in rules.items)


def matching(repository: Repository, pattern: str) -> list[str]:
    """List the files that a wildcard of `include:local` names: `*` within a folder, `**` through folders."""
    folder = pattern[: pattern.index("*")].rpartition("/")[0]
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    names = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    expression = re.compile("".join(names.get(part) or re.escape(part) for part in parts) + r"\Z")
    return [path for path in repository.files_under(folder) if expression.match(path)]

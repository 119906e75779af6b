"""Read a Travis configuration into the neutral pipeline."""

from __future__ import annotations

from ci_audit.model import Action, Gap, Job, Pipeline
from ci_audit.providers import ParseError
from ci_audit.providers.travis import matrix, nodes
from ci_audit.providers.travis.jobs import Reader
from ci_audit.repository import Repository
from ci_audit.source import Source
from ci_audit.syntax.yamlnodes import described
from ci_audit.syntax.yamltree import TRAVIS, Mapping, Node, Scalar, YamlError
from ci_audit.syntax.yamltree import parse as parse_yaml


def parse(source: Source, repository: Repository) -> Pipeline:
    """Read a file; raises ParseError where Travis could not load it either."""
    try:
        root = parse_yaml(source, TRAVIS)[0]
    except YamlError as error:
        raise ParseError(error.message, error.offset) from None
    if not isinstance(root, Mapping):
        if nodes.is_null(root):
            return Pipeline(source, "travis", ())
        raise ParseError(f"expected a mapping such as `language: python`, found {described(root)}", root.start)
    actions, gaps = _imports(root.get("import"), source)
    if nodes.is_bool(root.get("if"), False):
        return Pipeline(source, "travis", (), gaps=tuple(gaps), actions=tuple(actions))
    reader = Reader(source, root, repository, gaps)
    used = _used(root, source)
    found = [reader.read(row, used) for row in matrix.rows(root, used)]
    return Pipeline(source, "travis", tuple(_distinct(found)), gaps=tuple(gaps), actions=tuple(actions))


def _used(root: Mapping, source: Source) -> frozenset[str]:
    """List the expansion keys that tell jobs apart here."""
    # A path in a cache or a command may name the version by itself: `~/virtualenv/python3.12`.
    version = "PYTHON_VERSION" in source.text or "virtualenv/python" in source.text
    return frozenset(("os", "env", "python")) if version else frozenset(("os", "env"))


def _distinct(jobs: list[Job]) -> list[Job]:
    """Drop jobs of the product that are named and read the same."""
    found: dict[tuple[str, str, int], Job] = {}
    for job in jobs:
        found.setdefault((job.name, job.variant, job.where.start), job)
    return list(found.values())


def _imports(node: Node | None, source: Source) -> tuple[list[Action], list[Gap]]:
    """List the configurations that are merged into this one; none of them is read."""
    actions: list[Action] = []
    gaps: list[Gap] = []
    for item in nodes.items(node):
        named = item.get("source") if isinstance(item, Mapping) else item
        if not isinstance(named, Scalar) or not named.value:
            continue
        where = nodes.first_line(source, item)
        reference = nodes.text(named)
        name, _, ref = reference.partition("@")
        actions.append(Action(reference, where, "include", name, ref))
        reason = f"the configuration `{reference}`, which is not read, is imported"
        gaps.append(Gap(reason, where, ("cache", "env", "commands")))
    return actions, gaps

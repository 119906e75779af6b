"""What a whole file is: one that its provider refuses, or one that holds something that cannot be audited."""

from collections.abc import Iterator
from typing import NamedTuple

from ci_audit.facts import Context, Kind
from ci_audit.model import Pipeline
from ci_audit.repository import Repository
from ci_audit.source import Where


class FileNode(NamedTuple):
    """One thing to say about a file as such."""

    state: str
    """invalid or unknown"""
    reason: str
    where: Where


def nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[FileNode, Context]]:
    context = Context(pipeline, None, None, repository)
    source = pipeline.source
    for offset, message in pipeline.errors:
        yield FileNode("invalid", message, rest_of_line(pipeline, offset)), context
    for gap in pipeline.gaps:
        yield FileNode("unknown", gap.reason, gap.where or Where(source, 0, source.line_span(1).end)), context


def rest_of_line(pipeline: Pipeline, offset: int) -> Where:
    """Point from an offset to the end of its line."""
    source = pipeline.source
    offset = min(max(offset, 0), len(source.text))
    return Where(source, offset, max(offset, source.line_span(source.position(offset).line).end))


KIND = Kind(
    nodes=nodes,
    where=lambda node, context: node.where,
    fields={
        "state": lambda node, context: node.state,
        "reason": lambda node, context: node.reason,
        "provider": lambda node, context: context.pipeline.provider,
    },
    facts={},
    values={"state": ("invalid", "unknown"), "provider": ("github", "gitlab", "travis", "dockerfile")},
)

"""What a whole file is: one that its provider refuses, or one that holds something that cannot be audited."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.facts import Context, Kind
from ci_audit.model import Pipeline
from ci_audit.providers import PROVIDERS, TITLES
from ci_audit.repository import Repository
from ci_audit.source import Where
from ci_audit.typed import NamedTuple


class FileNode(NamedTuple):
    """One thing to say about a file as such."""

    state: str
    """invalid or unknown"""
    reason: str
    where: Where


def nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[FileNode, Context]]:
    context = Context(pipeline, None, None, repository)
    source = pipeline.source
    for offset, message in pipeline.errors[:1]:
        # A service stops at its first error, and what follows is often a consequence of it.
        where = rest_of_line(pipeline, offset)
        if is_template(source.text):
            yield FileNode("unknown", "it is a template, and what it becomes is not known", where), context
        else:
            yield FileNode("invalid", message, where), context
    for gap in pipeline.gaps:
        yield FileNode("unknown", gap.reason, gap.where or Where(source, 0, source.line_span(1).end)), context


def is_template(text: str) -> bool:
    """Tell whether a text holds tags of a template language (Jinja, ERB), apart from GitHub's own `${{ }}`."""
    return "{%" in text or "<%" in text or any(before[-1:] != "$" for before in text.split("{{")[:-1])


def rest_of_line(pipeline: Pipeline, offset: int) -> Where:
    """Point from an offset to the end of its line."""
    source = pipeline.source
    offset = min(max(offset, 0), len(source.text))
    line = source.line_span(source.position(offset).line)
    if not source.text[offset : line.end].strip():
        # An error at the end of a line, or of the file, is shown with what leads up to it.
        while line.start > 0 and not source.text[line.start : line.end].strip():
            line = source.line_span(source.position(line.start - 1).line)
        offset = line.start + len(source.text[line.start : line.end]) - len(source.text[line.start : line.end].lstrip())
    return Where(source, offset, max(offset, line.end))


def _service(provider: str) -> str:
    # What builds a Dockerfile has a name of its own.
    return "BuildKit" if provider == "dockerfile" else TITLES[provider]


KIND = Kind(
    nodes=nodes,
    where=lambda node, context: node.where,
    fields={
        "state": lambda node, context: node.state,
        "service": lambda node, context: _service(context.pipeline.provider),
        "reason": lambda node, context: node.reason,
        "provider": lambda node, context: context.pipeline.provider,
    },
    facts={},
    values={"state": ("invalid", "unknown"), "provider": PROVIDERS},
)

"""Writing ignore comments for findings, only where a comment changes nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ci_audit.discover import Found
from ci_audit.engine import Settings, audit
from ci_audit.findings import Finding
from ci_audit.ignore import block_head
from ci_audit.repository import OverlayReader, Reader, Repository
from ci_audit.source import Source
from ci_audit.syntax import dockerfile, yamltree
from ci_audit.typed import NamedTuple


class Skipped(NamedTuple):
    """A finding for which no comment could be written, and why."""

    finding: Finding
    reason: str


class Commented(NamedTuple):
    """A file with ignore comments."""

    text: str
    added: int
    """Findings that a comment now covers."""
    skipped: tuple[Skipped, ...]


class _Insertion(NamedTuple):
    offset: int
    text: str


def comment(root: str, reader: Reader, source: Source, found: Sequence[Found], settings: Settings) -> Commented:
    """Put a comment at every finding in one file; `found` are the files that are audited to find them.

    Each comment is tried: the findings that it is for must be suppressed and none may come, and what the file says
    must be the same without the comment.
    """
    settings = settings._replace(processes=1)
    text, added = source.text, 0
    skipped: dict[tuple[str, str], Skipped] = {}

    def findings_in(text: str) -> list[Finding]:
        data = text.encode("utf-8", "surrogatepass")
        repository = Repository(
            root, OverlayReader(reader, {source.path: b"\xef\xbb\xbf" + data if source.bom else data})
        )
        return [finding for finding in audit(repository, found, settings).findings if finding.path == source.path]

    findings = findings_in(text)
    while True:
        pending = [finding for finding in findings if _key(finding) not in skipped]
        if not pending:
            return Commented(text, added, tuple(skipped.values()))
        first = pending[0]
        group = [finding for finding in pending if finding.line == first.line]
        for insertion in _places(Source(source.path, text), group):
            new = text[: insertion.offset] + insertion.text + text[insertion.offset :]
            if not _says_the_same(source.path, text, new, insertion.text.strip()):
                continue
            after = findings_in(new)
            left = {_key(finding) for finding in findings} - {_key(finding) for finding in group}
            # Further findings of the same rule on the same command or in the same block may go as well.
            if {_key(finding) for finding in after} <= left:
                added += len(findings) - len(after)
                text, findings = new, after
                break
        else:
            for finding in group:
                skipped[_key(finding)] = Skipped(finding, "a comment cannot stand there")


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.fingerprint


def _places(source: Source, group: Sequence[Finding]) -> Iterator[_Insertion]:
    """Give the places for a comment, the nearest first: above the line, above its command, at the head of its block."""
    names = dict.fromkeys(finding.name for finding in sorted(group, key=lambda finding: finding.rule))
    comment = f"# ci-audit: ignore[{', '.join(names)}]"
    first = group[0].line
    line = first
    # A comment would end a command that goes on over several lines.
    while line > 1 and _line(source, line - 1).rstrip().endswith(("\\", "`", "^")):
        line -= 1
    yield _above(source, line, comment)
    yield _behind(source, group[0].end_line, comment)
    head = block_head(source, first)
    if head:
        yield _behind(source, head, comment)
        yield _above(source, head, comment)


def _line(source: Source, line: int) -> str:
    span = source.line_span(line)
    return source.text[span.start : span.end]


def _above(source: Source, line: int, comment: str) -> _Insertion:
    text = _line(source, line)
    indent = text[: len(text) - len(text.lstrip())]
    start = source.line_starts[line - 1]
    newline = "\r\n" if "\r\n" in source.text else "\n"
    return _Insertion(start, f"{indent}{comment}{newline}")


def _behind(source: Source, line: int, comment: str) -> _Insertion:
    return _Insertion(source.line_span(line).end, f"  {comment}")


def _says_the_same(path: str, old: str, new: str, comment: str) -> bool:
    """Tell whether two texts differ for their host in nothing but a comment, also one inside a script."""
    name = path.rpartition("/")[2].lower()
    if name.endswith((".yml", ".yaml")):
        # The dialects differ in what values mean, not in where comments may stand.
        try:
            before = yamltree.parse(Source(path, old), yamltree.GITLAB)
            after = yamltree.parse(Source(path, new), yamltree.GITLAB)
        except yamltree.YamlError:
            return False
        return [_content(node, comment) for node in before] == [_content(node, comment) for node in after]
    if name.endswith(".txt"):
        return True
    return _instructions(path, old, comment) == _instructions(path, new, comment)


def _content(root: yamltree.Node, comment: str) -> list[object]:
    """Flatten a tree to what it says; a comment line in a literal block is left out, nothing else is."""
    flat: list[object] = []
    stack: list[yamltree.Node | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            flat.append(node)
        elif isinstance(node, yamltree.Scalar):
            value = node.value
            if node.style == "|" and comment in value:
                value = _without(value, comment)
            flat.append((node.tag, node.style, value))
        elif isinstance(node, yamltree.Mapping):
            flat.append((node.tag, len(node.pairs)))
            stack += [part for pair in reversed(node.pairs) for part in reversed(pair)]
        else:
            flat.append((node.tag, len(node.items)))
            stack += reversed(node.items)
    return flat


def _without(text: str, comment: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if line.strip() != comment)


def _instructions(path: str, text: str, comment: str) -> list[object]:
    """Give what a Dockerfile says, without a comment line in a here-document."""
    return [
        (
            instruction.keyword,
            [(flag.name, flag.value) for flag in instruction.flags],
            instruction.args.text,
            [_without(heredoc.body.text, comment) for heredoc in instruction.heredocs],
        )
        for instruction in dockerfile.parse(Source(path, text)).instructions
    ]

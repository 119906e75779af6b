"""The editor and the independent check for each provider's kind of file."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import Edit, Operation
from ci_audit.source import Source


def edits(provider: str, source: Source, operations: Sequence[Operation]) -> tuple[Edit, ...]:
    """Turn operations into edits of the text; raises CannotEdit."""
    if provider == "dockerfile":
        from ci_audit.editing import docker

        return docker.edits(source, operations)
    from ci_audit.editing import yaml
    from ci_audit.syntax.yamltree import GITHUB, GITLAB, TRAVIS

    return yaml.edits(source, {"github": GITHUB, "gitlab": GITLAB, "travis": TRAVIS}[provider], operations)


def check(provider: str, old: str, new: str, operations: Sequence[Operation]) -> str:
    """Say how a changed text differs from what the operations mean, by a parser that is not ours; empty: not at all."""
    if provider == "dockerfile":
        from ci_audit.editing import dockercheck

        return dockercheck.check(old, new, operations)
    from ci_audit.editing import yamlcheck

    return yamlcheck.check(old, new, operations, version="1.2" if provider == "github" else "1.1")

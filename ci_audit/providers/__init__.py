"""Providers: how each host's configuration becomes the neutral pipeline."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ci_audit.model import Pipeline
from ci_audit.repository import Repository
from ci_audit.source import Source
from ci_audit.typed import cast

TITLES = {"github": "GitHub Actions", "gitlab": "GitLab CI", "travis": "Travis CI", "dockerfile": "Dockerfile"}
"""What people call each provider's files; the one list of providers."""

PROVIDERS = tuple(TITLES)


class ParseError(Exception):
    """A file that its provider could not load either; `offset` is the character where it goes wrong."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def parse(provider: str, source: Source, repository: Repository) -> Pipeline:
    """Read a file of one of `PROVIDERS`; raises ParseError."""
    # Only the providers that a scan meets are loaded.
    module = import_module(f"ci_audit.providers.{provider}.parse")
    return cast(Callable[[Source, Repository], Pipeline], module.parse)(source, repository)

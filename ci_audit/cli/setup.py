"""What every command that looks at files begins with: the root, the configuration, the files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from ci_audit import config, discover
from ci_audit.cli import UsageError
from ci_audit.config import Config
from ci_audit.discover import Found
from ci_audit.engine import Failed, path_matcher
from ci_audit.repository import DiskReader, OverlayReader, Reader, Repository
from ci_audit.typed import Any, NamedTuple

STDIN = "-"
_STDIN_NAME = "stdin"


class Setup(NamedTuple):
    """Where to work, and on what."""

    root: str
    config: Config
    repository: Repository
    found: list[Found]
    failed: list[Failed]
    """Paths that were named and cannot be audited."""
    on_disk: bool = True
    """False when standard input is among the files."""


def read_config(options: Mapping[str, Any]) -> tuple[str, Config]:
    """Give the root and its configuration.

    Raises UsageError, ConfigError.
    """
    root = options["root"]
    if root is None:
        root = discover.find_root(_start(options.get("paths") or ()), config.has_config)
    elif not os.path.isdir(root):
        raise UsageError(f"{root}: no such folder")
    root = os.path.abspath(root)
    if options["isolated"] and options["config"] is None:
        return root, Config()
    return root, config.load(root, options["config"] or "")


def _start(paths: Sequence[str]) -> str:
    """Give the folder from which the root is looked for: the one that holds all paths."""
    folders = []
    for path in paths:
        if path != STDIN:
            full = os.path.abspath(path)
            folders.append(full if os.path.isdir(full) else os.path.dirname(full))
    try:
        return os.path.commonpath(folders) if folders else os.getcwd()
    except ValueError:
        raise UsageError("the paths lie on different drives; name one repository at a time") from None


def prepare(options: Mapping[str, Any]) -> Setup:
    """Work out the root, read the configuration and find the files.

    Raises UsageError, ConfigError.
    """
    root, settings = read_config(options)
    reader: Reader = DiskReader(root)
    paths: tuple[str, ...] = options["paths"]
    overlay: dict[str, bytes] = {}
    if STDIN in paths:
        name = _stdin_name(root, options["stdin_filename"])
        overlay[name] = sys.stdin.buffer.read()
        reader = OverlayReader(reader, overlay)
    repository = Repository(root, reader)
    named = [path for path in paths if path != STDIN]
    found: dict[str, Found] = {}
    failed: list[Failed] = []
    if named or not overlay:
        discovered = discover.discover(repository, named, options["as"] or "")
        found = {file.path: file for file in discovered.found}
        left_out = _left_out(settings, options) if discovered.problems else None
        failed = [
            Failed(path, 1, reason)
            for path, reason in discovered.problems
            if path in named or left_out is None or not left_out(f"{path}/")
        ]
    for name in overlay:
        provider = options["as"] or discover.provider_of(name) or _by_content(repository, name)
        if provider:
            found[name] = Found(name, provider)
        else:
            failed.append(Failed(name, 1, "neither a name nor its content tells its CI system; say `--as`"))
    files = [found[path] for path in sorted(found)]
    return Setup(root, settings, repository, files, failed, not overlay)


def _left_out(settings: Config, options: Mapping[str, Any]) -> Callable[[str], bool] | None:
    """Give a test of what is excluded, so that a folder that nobody may read can be."""
    patterns = settings.exclude + tuple(options["exclude"] or ())
    return path_matcher(patterns) if patterns else None


def _by_content(repository: Repository, path: str) -> str | None:
    source = repository.source(path)
    return discover.provider_by_content(source.text) if source is not None else None


def _stdin_name(root: str, given: str | None) -> str:
    if given is None:
        return _STDIN_NAME
    path = os.path.relpath(os.path.abspath(given), root).replace(os.sep, "/")
    if path.startswith("../"):
        raise UsageError(f"{given}: lies outside {root}")
    return path

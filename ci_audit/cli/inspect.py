"""The command `inspect`."""

from __future__ import annotations

from collections.abc import Mapping

from ci_audit.cli import FAILED, OK, UsageError
from ci_audit.cli.output import is_colored, warn, write
from ci_audit.cli.setup import prepare
from ci_audit.inspection import inspect
from ci_audit.reporters import install_reporter
from ci_audit.typed import Any


def run(options: Mapping[str, Any]) -> int:
    """Show what is understood of every install; gives the exit status."""
    setup = prepare(options)
    exclude = setup.config.exclude + tuple(options["exclude"] or ())
    inspection = inspect(setup.repository, setup.found, exclude)
    failed = (*setup.failed, *inspection.failed)
    inspection = inspection._replace(failed=failed)
    path, format = options["output"], options["format"] or "text"
    if format == "json":
        for one in failed:
            warn(f"failed {one.path}: {one.message}")
    try:
        write(install_reporter(format).render(inspection, is_colored(options["color"], path)), path)
    except OSError as error:
        if path is None:
            raise
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    return FAILED if failed else OK

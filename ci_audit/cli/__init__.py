"""The command line: reads what is asked and runs the command.

Exit status: 0 nothing found, 1 findings, 2 a usage or configuration error, 3 a file could not be audited.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from ci_audit import options
from ci_audit.cli.output import close_quietly, warn, write

OK, FOUND, USAGE, FAILED = 0, 1, 2, 3


class UsageError(Exception):
    """What was asked cannot be done, said in one line."""


def run(argv: Sequence[str]) -> int:
    """Run the command line and give its exit status."""
    invocation = _read(argv)
    return invocation if isinstance(invocation, int) else execute(invocation)


def _read(argv: Sequence[str]) -> options.Invocation | int:
    if "_CI_AUDIT_COMPLETE" not in os.environ:
        if list(argv) == ["--version"]:
            from ci_audit import __version__

            write([f"ci-audit {__version__}\n"])
            return OK
        invocation = options.read(argv)
        if invocation is not None:
            return invocation
    from ci_audit.cli import app

    return app.read(argv)


def execute(invocation: options.Invocation) -> int:
    """Run a command that has been read and give its exit status."""
    from ci_audit.config import ConfigError
    from ci_audit.rulebook import UnknownRule

    try:
        if invocation.command == "scan":
            from ci_audit.cli import scan

            return scan.run(invocation.options)
        if invocation.command == "inspect":
            from ci_audit.cli import inspect

            return inspect.run(invocation.options)
        if invocation.command == "explain":
            from ci_audit.cli import explain

            return explain.run(invocation.options)
        from ci_audit.cli import rules

        return rules.COMMANDS[invocation.command](invocation.options)
    except (UsageError, ConfigError, UnknownRule) as error:
        warn(f"ci-audit: error: {error}")
        return USAGE
    except OSError as error:
        # The report cannot be written: a full disk, a device that takes nothing.
        warn(f"ci-audit: error: {error.strerror or error}")
        close_quietly()
        return FAILED

"""The command `ci-audit`, also run as `python -m ci_audit`."""

from __future__ import annotations

import sys

from ci_audit.typed import NoReturn


def main() -> NoReturn:
    """Run the command line and exit with its status: 130 when it is interrupted."""
    try:
        from ci_audit.cli import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()

"""A progress bar on a terminal, for work that takes longer than a second."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType

from ci_audit.typed import Any

_PATIENCE = 1.0
"""Seconds after which a bar appears."""
_STEP = 0.1
"""Seconds between two drawings."""


class Progress:
    """Called with what is done and what there is; loads rich only when there is something to show."""

    def __init__(self) -> None:
        self._next = monotonic() + _PATIENCE if sys.stderr is not None and sys.stderr.isatty() else float("inf")
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, total: int) -> None:
        if monotonic() < self._next:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            # Without a thread of its own, since a process with threads must not fork.
            self._bar = Bar(console=Console(stderr=True), transient=True, auto_refresh=False)
            self._bar.start()
            self._task = self._bar.add_task("auditing", total=total)
        self._bar.update(self._task, completed=done)
        self._bar.refresh()
        self._next = monotonic() + _STEP

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

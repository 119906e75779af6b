"""Several processes for one audit: forked, so that what is loaded is shared and nothing starts anew."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from ci_audit.typed import TYPE_CHECKING, Any

try:
    # The C module alone: what is around it costs a short run 5 ms.
    from _pickle import UnpicklingError, dumps, loads
except ImportError:  # pragma: no cover  an interpreter without the private module
    from pickle import UnpicklingError, dumps, loads

if TYPE_CHECKING:
    from typing import TypeVar

    Item = TypeVar("Item")
    Result = TypeVar("Result")

_PICKLE_PROTOCOL = 5
_BATCH = 16
"""Results that a process sends at a time: one by one would cost more, and many are lost when it dies."""


def run(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int,
    progress: Callable[[int, int], None] | None,
    died: Callable[[Item], Result],
) -> list[Result]:
    """Give the result for each item, in order; the items are dealt out like cards, this process takes its share.

    An item whose process dies gets what `died` says; the others are done all the same.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    shares = [list(range(first, len(items), processes)) for first in range(processes)]
    children = [_Child(work, items, share) for share in shares[1:]]
    results: dict[int, Result] = {}
    for done, index in enumerate(shares[0], 1):
        results[index] = work(items[index])
        # A pipe holds 64 KiB: unread, it would stop a child until this process has done its own share.
        for child in children:
            child.take()
        if progress is not None:
            progress(min(done * processes, len(items)), len(items))
    for share, child in zip(shares[1:], children, strict=True):
        received = child.finish()
        results.update(zip(share, received, strict=False))
        for index in share[len(received) :]:
            # Whatever killed the process would kill this one as well: each item in one of its own.
            again = _Child(work, items, [index]).finish()
            results[index] = again[0] if again else died(items[index])
    return [results[index] for index in range(len(items))]


class _Child:
    """A forked process that works on a share, and what it has sent so far: records, each after its length."""

    def __init__(self, work: Callable[[Item], Result], items: Sequence[Item], share: Sequence[int]) -> None:
        self._data = bytearray()
        self._pipe, write = os.pipe()
        self._process = os.fork()
        if self._process:
            os.close(write)
            os.set_blocking(self._pipe, False)
            return
        # The child never returns: no `finally` of the parent's may run twice.
        try:
            os.close(self._pipe)
            with open(write, "wb") as pipe:
                for first in range(0, len(share), _BATCH):
                    record = dumps([work(items[index]) for index in share[first : first + _BATCH]], _PICKLE_PROTOCOL)
                    pipe.write(len(record).to_bytes(8, "big") + record)
                    pipe.flush()
            os._exit(0)
        finally:
            os._exit(1)

    def take(self) -> None:
        """Take in what is there, without waiting."""
        try:
            while chunk := os.read(self._pipe, 1 << 16):
                self._data += chunk
        except BlockingIOError:
            pass

    def finish(self) -> list[Any]:
        """Wait for the end of the process and give the results that it sent until then."""
        os.set_blocking(self._pipe, True)
        self.take()
        os.close(self._pipe)
        os.waitpid(self._process, 0)
        received: list[Any] = []
        at = 0
        while at < len(self._data):
            end = at + 8 + int.from_bytes(self._data[at : at + 8], "big")
            try:
                received += loads(memoryview(self._data)[at + 8 : end])
            except (EOFError, UnpicklingError):
                # It died in the midst of a record.
                break
            at = end
        return received

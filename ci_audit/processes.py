"""Several processes for one audit: forked, so that what is loaded is shared and nothing starts anew."""

from __future__ import annotations

import io
import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


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
    children = [_start(work, items, share) for share in shares[1:]]
    # A pipe holds 64 KiB: unread, it would stop a child until this process has done its own share.
    readers = [_Reader(pipe) for _, pipe in children]
    results: dict[int, Result] = {}
    for done, index in enumerate(shares[0], 1):
        results[index] = work(items[index])
        if progress is not None:
            progress(min(done * processes, len(items)), len(items))
    for share, (process, _), reader in zip(shares[1:], children, readers, strict=True):
        received = _finish(process, reader)
        results.update(zip(share, received, strict=False))
        for index in share[len(received) :]:
            # Whatever killed the process would kill this one as well: each item in one of its own.
            process, pipe = _start(work, items, [index])
            again = _finish(process, _Reader(pipe))
            results[index] = again[0] if again else died(items[index])
    return [results[index] for index in range(len(items))]


def _start(work: Callable[[Item], Result], items: Sequence[Item], share: Sequence[int]) -> tuple[int, int]:
    """Fork a process for a share; gives its id and the pipe that its results come from."""
    read, write = os.pipe()
    process = os.fork()
    if process:
        os.close(write)
        return process, read
    # The child never returns: no `finally` of the parent's may run twice.
    try:
        os.close(read)
        with open(write, "wb") as pipe:
            pending: list[Result] = []
            for index in share:
                pending.append(work(items[index]))
                # A record at a time would cost a pickler each; a large batch would lose much when a process dies.
                if len(pending) == 16:
                    pickle.dump(pending, pipe, pickle.HIGHEST_PROTOCOL)
                    pending = []
            pickle.dump(pending, pipe, pickle.HIGHEST_PROTOCOL)
        os._exit(0)
    finally:
        os._exit(1)


class _Reader(threading.Thread):
    """Reads a pipe to its end beside other work."""

    def __init__(self, pipe: int) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self.data = b""
        self.start()

    def run(self) -> None:
        with open(self._pipe, "rb") as stream:
            self.data = stream.read()


def _finish(process: int, reader: _Reader) -> list[Any]:
    """Give the results that a process sent until its end."""
    reader.join()
    os.waitpid(process, 0)
    received: list[Any] = []
    stream = io.BytesIO(reader.data)
    while True:
        try:
            received += pickle.load(stream)
        except (EOFError, pickle.UnpicklingError):
            return received

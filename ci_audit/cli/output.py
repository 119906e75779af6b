"""Where text goes: standard output or a file, in bytes, so that no terminal or code page can make it fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from ci_audit.masking import mask, visible

_CHUNK = 1 << 16


def write(pieces: Iterable[str], path: str | None = None) -> None:
    """Write the pieces to a file, or to standard output in its own encoding.

    When who reads standard output has seen enough (`ci-audit scan | head`), the rest goes nowhere. Raises OSError.
    """
    if path is not None:
        # Written in place, not by renaming: the path may be a device or a pipe.
        with open(path, "wb") as file:
            for piece in pieces:
                file.write(piece.encode("utf-8", "backslashreplace"))
        return
    try:
        _write_out(pieces)
    except BrokenPipeError:
        close_quietly()


def write_bytes(data: bytes) -> None:
    """Write a file's bytes to standard output as they are. Raises OSError."""
    try:
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            sys.stdout.write(data.decode("utf-8", "backslashreplace"))
        else:
            stream.write(data)
            stream.flush()
    except BrokenPipeError:
        close_quietly()


def _write_out(pieces: Iterable[str]) -> None:
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write("".join(pieces))
        return
    encoding = sys.stdout.encoding or "utf-8"
    pending: list[str] = []
    size = 0
    for piece in pieces:
        pending.append(piece)
        size += len(piece)
        if size > _CHUNK:
            stream.write("".join(pending).encode(encoding, "backslashreplace"))
            pending, size = [], 0
    stream.write("".join(pending).encode(encoding, "backslashreplace"))
    stream.flush()


def warn(line: str) -> None:
    """Write a line to standard error; where that is closed, nowhere."""
    try:
        data = (visible(mask(line)) + "\n").encode(getattr(sys.stderr, "encoding", None) or "utf-8", "backslashreplace")
        stream = getattr(sys.stderr, "buffer", None)
        if stream is None:
            sys.stderr.write(data.decode())
        else:
            stream.write(data)
            stream.flush()
    except (OSError, ValueError, AttributeError):
        pass


def close_quietly() -> None:
    """Let nothing be written to a closed pipe any more, also not when the interpreter ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def is_colored(choice: str | None, path: str | None) -> bool:
    """Decide on colour: as asked, else on a terminal that wants it (no-color.org, force-color.org)."""
    if choice in ("always", "never"):
        return choice == "always"
    if path is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()

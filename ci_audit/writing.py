"""Files put in the place of others at once, so that whatever happens either the old one or the new one is there."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import IO

try:
    import fcntl
except ImportError:  # pragma: no cover  Windows
    fcntl = None  # type: ignore[assignment]


def replace(root: str, path: str, old: bytes | None, new: bytes) -> None:
    """Give a file below the root another content, its mode and owner kept; a link stays, and what it names is changed.

    `old` is what it must still hold, None for a file that must not be there yet. Raises OSError: also for a file that
    has changed since it was read, and for one that a link leads out of the root to.
    """
    real_root = os.path.realpath(root)
    full = os.path.realpath(os.path.join(root, path))
    if os.path.commonpath((real_root, full)) != real_root:
        raise OSError(0, "a link leads out of the repository")
    if old is None:
        os.makedirs(os.path.dirname(full), exist_ok=True)
        temporary = _temporary(full, new)
        try:
            os.chmod(temporary, 0o666 & ~_umask())
            # Unlike a rename, a link fails where another file has come up meanwhile.
            os.link(temporary, full)
        finally:
            os.unlink(temporary)
        return
    with open(full, "rb") as file:
        _lock(file)
        status = os.fstat(file.fileno())
        if not os.path.samestat(status, os.stat(full)) or file.read() != old:
            raise OSError(0, "it has changed in the meantime")
        if not os.access(full, os.W_OK):
            raise PermissionError(13, "it is read-only")
        temporary = _temporary(full, new)
        try:
            _take_over(temporary, status)
            os.replace(temporary, full)
        except BaseException:
            os.unlink(temporary)
            raise


def _lock(file: IO[bytes]) -> None:
    """Wait for another process that is about to replace the same file; it goes on only when that one is done."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX)


def _temporary(full: str, data: bytes) -> str:
    handle, temporary = tempfile.mkstemp(prefix=".ci-audit-", dir=os.path.dirname(full))
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            # A file that was renamed before its content reached the disk is empty after a power cut.
            os.fsync(handle)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _umask() -> int:
    """Tell what new files are not given; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _take_over(temporary: str, status: os.stat_result) -> None:
    if hasattr(os, "chown") and (os.geteuid(), os.getegid()) != (status.st_uid, status.st_gid):
        # Only the owner and root may give a file away; the content is what matters.
        with suppress(PermissionError):
            os.chown(temporary, status.st_uid, status.st_gid)
    # After the owner: a file that is given away loses its set-id bits.
    os.chmod(temporary, status.st_mode & 0o7777)

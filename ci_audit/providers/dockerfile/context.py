"""Which files of the repository lie where in an image: what COPY, ADD and bind mounts bring into it."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.model import UNKNOWN
from ci_audit.paths import normalise
from ci_audit.repository import Repository
from ci_audit.typed import NamedTuple


class _Brought(NamedTuple):
    target: str
    source: str
    is_file: bool | None
    """False: a folder; None: what it is depends on the repository."""


_LOOKS = 500_000
"""How often one file may compare a path with what was copied: past it, no further file is found."""


class ImageFiles:
    """The files of the build context that a stage has at a point of its build.

    The context is the Dockerfile's own folder or the root: whichever holds the file that is asked for.
    """

    __slots__ = ("_brought", "_folders", "_looks", "_outer", "_repository")

    def __init__(self, repository: Repository, dockerfile: str) -> None:
        folder = dockerfile.rpartition("/")[0]
        self._folders = (folder + "/", "") if folder else ("",)
        self._repository = repository
        self._brought: list[_Brought] = []
        self._outer: tuple[ImageFiles, int] | None = None
        """What these files lie on top of, and how much of it was there."""
        self._looks = [_LOOKS]

    def layer(self) -> ImageFiles:
        """Lay what a stage that is built from this one, or a RUN, has besides on top of these files."""
        other = ImageFiles.__new__(ImageFiles)
        other._folders = self._folders
        other._repository = self._repository
        other._brought = []
        other._outer = (self, len(self._brought))
        other._looks = self._looks
        return other

    def _newest_first(self) -> Iterator[_Brought]:
        layer, count = self, len(self._brought)
        while True:
            for at in range(count - 1, -1, -1):
                yield layer._brought[at]
            if layer._outer is None:
                return
            layer, count = layer._outer
            self._looks[0] -= 1

    def add(self, sources: tuple[str, ...], target: str, cwd: str) -> None:
        """Note a COPY or ADD from the context."""
        into = target.endswith("/") or target in (".", "..") or len(sources) > 1
        base = normalise(target, cwd=cwd)
        for source in sources:
            clean = _clean(source)
            if UNKNOWN in clean or "://" in clean:
                continue
            if not clean or source.endswith("/"):
                self._brought.append(_Brought(base, clean, False))
            elif any(char in clean for char in "*?["):
                self._brought.append(_Brought(base, clean.rpartition("/")[0], False))
            else:
                name = clean.rpartition("/")[2]
                self._brought.append(_Brought(f"{base.rstrip('/')}/{name}" if into else base, clean, True))
                self._brought.append(_Brought(base, clean, False))

    def find(self, path: str) -> str | None:
        """Tell the path in the repository of a file at a normalised path in the image; None if it is not known."""
        if UNKNOWN in path:
            return None
        for brought in self._newest_first():
            self._looks[0] -= 1
            if self._looks[0] < 0:
                return None
            if path == brought.target:
                candidate = brought.source
            elif brought.is_file is not True and path.startswith(brought.target.rstrip("/") + "/"):
                candidate = f"{brought.source}/{path[len(brought.target.rstrip('/')) + 1 :]}".lstrip("/")
            else:
                continue
            # To ask the disk takes some fifty times as long as to compare.
            self._looks[0] -= 50
            for folder in self._folders:
                if candidate and self._repository.exists(folder + candidate):
                    return folder + candidate
        return None


def _clean(source: str) -> str:
    parts = [part for part in source.split("/") if part not in ("", ".")]
    return UNKNOWN if ".." in parts else "/".join(parts)

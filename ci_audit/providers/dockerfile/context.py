"""Which files of the repository lie where in an image: what COPY, ADD and bind mounts bring into it."""

from __future__ import annotations

from ci_audit.model import UNKNOWN
from ci_audit.paths import normalise
from ci_audit.repository import Repository
from ci_audit.typed import NamedTuple


class _Brought(NamedTuple):
    target: str
    source: str
    is_file: bool | None
    """False: a folder; None: what it is depends on the repository."""


class ImageFiles:
    """The files of the build context that a stage has at a point of its build.

    The context is the Dockerfile's own folder or the root: whichever holds the file that is asked for.
    """

    __slots__ = ("_brought", "_folders", "_repository")

    def __init__(self, repository: Repository, dockerfile: str) -> None:
        folder = dockerfile.rpartition("/")[0]
        self._folders = (folder + "/", "") if folder else ("",)
        self._repository = repository
        self._brought: list[_Brought] = []

    def copy(self) -> ImageFiles:
        """Make one for a stage that is built from this one."""
        other = ImageFiles.__new__(ImageFiles)
        other._folders = self._folders
        other._repository = self._repository
        other._brought = list(self._brought)
        return other

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
        for brought in reversed(self._brought):
            if path == brought.target:
                candidate = brought.source
            elif brought.is_file is not True and path.startswith(brought.target.rstrip("/") + "/"):
                candidate = f"{brought.source}/{path[len(brought.target.rstrip('/')) + 1 :]}".lstrip("/")
            else:
                continue
            for folder in self._folders:
                if candidate and self._repository.exists(folder + candidate):
                    return folder + candidate
        return None


def _clean(source: str) -> str:
    parts = [part for part in source.split("/") if part not in ("", ".")]
    return UNKNOWN if ".." in parts else "/".join(parts)

"""Where a snapshot takes its files from: a disk, memory, or memory over another reader.

What cannot be read is a value with its reason, not an exception. Paths are relative to the root, with forward slashes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence

from ci_audit.source import UNKNOWN
from ci_audit.typed import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ci_audit.gitignore import IgnoreFile

    _Rules = tuple[tuple[int, IgnoreFile], ...]
    """Ignore files, the nearest first, each with the length of its folder's path in bytes."""

MAX_TEXT = 2 << 20
"""The largest file that is read, in bytes."""
MAX_LOCK = 32 << 20
"""The largest lock file that is read, in bytes."""
MAX_IGNORE = 64 << 10
"""The largest `.gitignore` that is obeyed, in bytes: compiling takes up to 100 µs a pattern."""

_LOCKS = ("conda-lock.yml", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "Gemfile.lock", "go.sum")
_VENDORED = frozenset((".git", ".nox", ".tox", "__pycache__", "node_modules", "site-packages"))
"""Folders of other people's files, never walked even when git does not ignore them."""
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)


class Unreadable(NamedTuple):
    """A file that is there and is not read, and why, in words that can follow a colon."""

    reason: str


OUTSIDE = Unreadable("it lies outside the repository")
NOT_A_FILE = Unreadable("it is not a regular file")


class Reader(Protocol):
    """Where a snapshot takes its files from; paths are normalised."""

    def read(self, path: str) -> bytes | Unreadable | None:
        """Give a file's content; None when there is no such file."""

    def exists(self, path: str) -> bool:
        """Tell whether there is a regular file."""

    def is_folder(self, path: str) -> bool:
        """Tell whether there is a folder; "" is the root."""

    def unlisted(self) -> Mapping[str, str]:
        """Give the folders that could not be listed so far, each with the reason; "" is the root."""

    def files(self, under: str = "") -> Sequence[str]:
        """List the files in a folder and below, sorted, without git-ignored ones."""


def normalise(path: str) -> str | None:
    """Bring a path to its shortest form ("" is the root itself); None when it leaves the root or cannot be a path."""
    if UNKNOWN in path:
        return None
    if os.sep != "/":
        path = path.replace(os.sep, "/")
        if ":" in path:
            return None
    parts = path.split("/")
    if "" not in parts and "." not in parts and ".." not in parts:
        return path
    if path.startswith("/"):
        return None
    kept: list[str] = []
    for part in parts:
        if part == "..":
            if not kept:
                return None
            kept.pop()
        elif part and part != ".":
            kept.append(part)
    return "/".join(kept)


def size_limit(path: str) -> int:
    """Give the number of bytes above which a file of this name is not read."""
    name = path[path.rfind("/") + 1 :]
    is_lock = name.endswith(".lock") or name in _LOCKS or (name.startswith("pylock.") and name.endswith(".toml"))
    return MAX_LOCK if is_lock else MAX_TEXT


def _within_limit(path: str, data: bytes) -> bytes | Unreadable:
    limit = size_limit(path)
    return data if len(data) <= limit else _too_large(limit)


def _too_large(limit: int) -> Unreadable:
    return Unreadable(f"it is larger than {limit >> 20} MiB")


class DiskReader:
    """Read the files below a folder.

    Links are followed while they stay below it. Only regular files are opened, so that a pipe or a device never blocks.
    """

    __slots__ = ("_folders", "_unlisted", "root")

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._unlisted: dict[str, str] = {}
        self._folders: dict[str, str | Unreadable | None] = {"": self.root}

    def read(self, path: str) -> bytes | Unreadable | None:
        located = self._locate(path)
        return read_file(located, size_limit(path)) if isinstance(located, str) else located

    def exists(self, path: str) -> bool:
        return isinstance(self._locate(path), str)

    def is_folder(self, path: str) -> bool:
        real = self._folder(path)
        return isinstance(real, str) and os.path.isdir(real)

    def _locate(self, path: str) -> str | Unreadable | None:
        """Find the regular file that a path leads to, links resolved."""
        folder, _, name = path.rpartition("/")
        real = self._folder(folder)
        if not isinstance(real, str):
            return real
        file = os.path.join(real, name)
        try:
            mode = os.lstat(file).st_mode
            if stat.S_ISLNK(mode):
                file = os.path.realpath(file)
                if not self._holds(file):
                    return OUTSIDE
                mode = os.lstat(file).st_mode
        except OSError as error:
            return _refused(error)
        return file if stat.S_ISREG(mode) else NOT_A_FILE

    def _folder(self, path: str) -> str | Unreadable | None:
        """Resolve the links in a folder's path, once for all of its files."""
        if path in self._folders:
            return self._folders[path]
        parent, _, name = path.rpartition("/")
        real = self._folder(parent) if path.count("/") < 200 else None
        if isinstance(real, str):
            real = os.path.join(real, name)
            try:
                if stat.S_ISLNK(os.lstat(real).st_mode):
                    real = os.path.realpath(real)
                    if not self._holds(real):
                        real = OUTSIDE
            except OSError as error:
                real = _refused(error)
        self._folders[path] = real
        return real

    def _holds(self, real: str) -> bool:
        return real == self.root or real.startswith(os.path.join(self.root, ""))

    def files(self, under: str = "") -> list[str]:
        start = self._folder(under)
        if not isinstance(start, str):
            return []
        prefix = f"{under}/" if under else ""
        found: list[str] = []
        stack = [(start, prefix, self._inherited_rules(under))]
        while stack:
            folder, prefix, rules = stack.pop()
            try:
                with os.scandir(folder) as scan:
                    entries = list(scan)
            except OSError as error:
                refused = _refused(error)
                if refused is not None:
                    self._unlisted[prefix[:-1]] = refused.reason
                continue
            names = {entry.name for entry in entries}
            if folder != start and (".git" in names or "pyvenv.cfg" in names):
                continue
            if ".gitignore" in names:
                rules = _with_rules(rules, os.path.join(folder, ".gitignore"), prefix)
            for entry in entries:
                name = entry.name
                path = prefix + name
                try:
                    is_dir = entry.is_dir(follow_symlinks=False)
                    if is_dir:
                        if name in _VENDORED:
                            continue
                    elif not entry.is_file():
                        continue
                except OSError:
                    continue
                if rules and _ignored(rules, path, name, is_dir):
                    continue
                if is_dir:
                    stack.append((entry.path, path + "/", rules))
                else:
                    found.append(path)
        found.sort()
        return found

    def unlisted(self) -> Mapping[str, str]:
        return self._unlisted

    def _inherited_rules(self, under: str) -> _Rules:
        """Collect the patterns that hold in a folder from the folders above it."""
        rules = _with_rules((), os.path.join(self.root, ".git", "info", "exclude"), "")
        parts = under.split("/") if under else []
        for depth in range(len(parts)):
            folder = self._folder("/".join(parts[:depth]))
            if isinstance(folder, str):
                rules = _with_rules(rules, os.path.join(folder, ".gitignore"), "".join(f"{p}/" for p in parts[:depth]))
        return rules


def _with_rules(rules: _Rules, file: str, prefix: str) -> _Rules:
    data = read_file(file, MAX_IGNORE)
    if not isinstance(data, bytes):
        return rules
    from ci_audit.gitignore import IgnoreFile, as_bytes_text

    if patterns := IgnoreFile(data):
        return ((len(as_bytes_text(prefix)), patterns), *rules)
    return rules


def _ignored(rules: _Rules, path: str, name: str, is_dir: bool) -> bool:
    if not path.isascii():
        from ci_audit.gitignore import as_bytes_text

        path, name = as_bytes_text(path), as_bytes_text(name)
    for length, patterns in rules:
        verdict = patterns.ignores(path[length:], name, is_dir)
        if verdict is not None:
            return verdict
    return False


def read_file(file: str, limit: int) -> bytes | Unreadable | None:
    """Read a regular file that is no link; what changes under our hands is refused, not waited for."""
    try:
        if not stat.S_ISREG(os.lstat(file).st_mode):
            return NOT_A_FILE
        descriptor = os.open(file, _FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return NOT_A_FILE
            if status.st_size > limit:
                return _too_large(limit)
            chunks = []
            left = limit + 1
            # A file of /proc, or one that grows, is larger than it says.
            size = max(status.st_size + 1, 64 << 10)
            while left > 0 and (chunk := os.read(descriptor, min(size, left))):
                chunks.append(chunk)
                left -= len(chunk)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _refused(error)
    return b"".join(chunks) if left > 0 else _too_large(limit)


def _refused(error: OSError) -> Unreadable | None:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return None
    return Unreadable((error.strerror or type(error).__name__).lower())


class MemoryReader:
    """Serve files out of a mapping: batches, standard input, tests. All of them are listed, `.gitignore` or not."""

    __slots__ = ("_files", "_folders")

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._files = {normalise(path) or path: _encoded(content) for path, content in files.items()}
        self._folders: set[str] | None = None

    def read(self, path: str) -> bytes | Unreadable | None:
        data = self._files.get(path)
        if data is None:
            return NOT_A_FILE if self.is_folder(path) else None
        return _within_limit(path, data)

    def exists(self, path: str) -> bool:
        return path in self._files

    def is_folder(self, path: str) -> bool:
        if self._folders is None:
            self._folders = {""}
            for file in self._files:
                while (cut := file.rfind("/")) > 0:
                    file = file[:cut]
                    if file in self._folders:
                        break
                    self._folders.add(file)
        return path in self._folders

    def files(self, under: str = "") -> list[str]:
        return sorted(below(self._files, under))

    def unlisted(self) -> Mapping[str, str]:
        return {}


class OverlayReader:
    """Serve some files from memory and all others from another reader: the unsaved texts of an editor."""

    __slots__ = ("_base", "_overlay")

    def __init__(self, base: Reader, overlay: Mapping[str, bytes | str]) -> None:
        self._base = base
        self._overlay = MemoryReader(overlay)

    def read(self, path: str) -> bytes | Unreadable | None:
        return self._overlay.read(path) if self._overlay.exists(path) else self._base.read(path)

    def exists(self, path: str) -> bool:
        return self._overlay.exists(path) or self._base.exists(path)

    def is_folder(self, path: str) -> bool:
        return self._overlay.is_folder(path) or self._base.is_folder(path)

    def files(self, under: str = "") -> list[str]:
        return sorted({*self._base.files(under), *self._overlay.files(under)})

    def unlisted(self) -> Mapping[str, str]:
        return self._base.unlisted()


def _encoded(content: bytes | str) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")


def below(files: Iterable[str], under: str) -> Iterable[str]:
    if not under:
        return files
    prefix = f"{under}/"
    return (file for file in files if file.startswith(prefix))

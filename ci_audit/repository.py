"""The snapshot of a repository: every file that an audit looks at, read once, and never from outside its root."""

from __future__ import annotations

import os

from ci_audit.readers import (
    NOT_A_FILE,
    OUTSIDE,
    DiskReader,
    MemoryReader,
    OverlayReader,
    Reader,
    Unreadable,
    below,
    normalise,
)
from ci_audit.source import UNKNOWN, Source
from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ci_audit.requirements import RequirementsFile

__all__ = ["DiskReader", "MemoryReader", "OverlayReader", "Reader", "Repository", "Unreadable", "normalise"]


def _key(path: str) -> str:
    """Give the name under which answers about a path are kept: its shortest form, where it has one."""
    normal = normalise(path)
    return path if normal is None else normal


class Repository:
    """A root and what its files say; every file is read at most once, so that all answers are about one state.

    `root` is the folder on disk, or "" for a snapshot in memory.
    """

    __slots__ = (
        "_exists",
        "_files",
        "_globs",
        "_inis",
        "_problems",
        "_reader",
        "_requirements",
        "_sources",
        "_tomls",
        "reads",
        "root",
    )

    def __init__(self, root: str, reader: Reader | None = None) -> None:
        self.root = root
        self.reads: set[str] = set()
        """The paths that were read or asked for, present or not, and the patterns that were looked up."""
        self._reader: Reader = DiskReader(root) if reader is None else reader
        self._sources: dict[str, Source | None] = {}
        self._problems: dict[str, str] = {}
        self._exists: dict[str, bool] = {}
        self._tomls: dict[str, dict[str, object] | None] = {}
        self._inis: dict[str, dict[str, dict[str, str]] | None] = {}
        self._requirements: dict[str, RequirementsFile | None] = {}
        self._globs: dict[str, tuple[str, ...]] = {}
        self._files: dict[str, tuple[str, ...]] = {}

    def source(self, path: str) -> Source | None:
        """Give a file's text; None when it is absent, outside the root, not a regular file or unreadable."""
        normal = normalise(path)
        if normal is None:
            self._problems[path] = "its name is not known" if UNKNOWN in path else OUTSIDE.reason
            return None
        self.reads.add(normal)
        if normal not in self._sources:
            data = self._read(normal)
            self._sources[normal] = None if data is None else Source.from_bytes(normal, data)
        return self._sources[normal]

    def data(self, path: str) -> bytes | None:
        """Give a file's bytes as they are; None as for `source`."""
        normal = normalise(path)
        return None if normal is None else self._read(normal)

    def _read(self, path: str) -> bytes | None:
        data = self._reader.read(path) if path else NOT_A_FILE
        if isinstance(data, bytes):
            return data
        self._problems[path] = "there is no such file" if data is None else data.reason
        return None

    def release(self, path: str) -> None:
        """Forget of a file what its text gives again; the text stays, since the snapshot is of one state."""
        source = self._sources.get(_key(path))
        if source is not None:
            source.release()

    def problem(self, path: str) -> str:
        """Tell why a file that was asked for could not be read, in words that can follow a colon; "" if it could."""
        return self._problems.get(_key(path), "")

    def exists(self, path: str) -> bool:
        """Tell whether there is a regular file below the root, without reading it."""
        found = self._exists.get(path)
        if found is not None:
            self.reads.add(path)
            return found
        normal = normalise(path)
        if not normal:
            return False
        self.reads.add(normal)
        found = self._exists.get(normal)
        if found is None:
            found = self._exists[normal] = self._sources.get(normal) is not None or self._reader.exists(normal)
        return found

    def is_folder(self, path: str) -> bool:
        """Tell whether there is a folder below the root, or the root itself."""
        normal = normalise(path)
        return normal is not None and self._reader.is_folder(normal)

    @property
    def files(self) -> tuple[str, ...]:
        """All files, sorted; those that git ignores, other repositories and vendored packages left out."""
        return self.files_under("")

    def files_under(self, folder: str) -> tuple[str, ...]:
        """List the files of one folder and below; the rest of the repository is not walked for it."""
        normal = normalise(folder)
        if normal is None:
            return ()
        self.reads.add(f"{normal}/**" if normal else "**")
        if normal not in self._files:
            found = tuple(below(self._files.get("", ()), normal))
            # A folder that is ignored is listed all the same when it is asked for by name.
            self._files[normal] = found or tuple(self._reader.files(normal))
        return self._files[normal]

    def unlisted(self) -> Mapping[str, str]:
        """Give the folders that could not be listed so far, each with the reason."""
        return self._reader.unlisted()

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Find files as `hashFiles` of GitHub Actions does: `*`, `?`, `[…]` and `**`, hidden files too.

        What lies in a folder that matches is found with it (github.com/actions/toolkit, packages/glob). A pattern that
        is not known, or leads out of the root, finds nothing.
        """
        normal = normalise(pattern)
        if normal is None:
            return ()
        self.reads.add(normal)
        if normal not in self._globs:
            self._globs[normal] = self._glob(normal)
        return self._globs[normal]

    def _glob(self, pattern: str) -> tuple[str, ...]:
        from ci_audit.gitignore import glob_matcher, is_pattern

        if is_pattern(pattern):
            return tuple(filter(glob_matcher(pattern), self.files))
        if self.exists(pattern):
            return (pattern,)
        return self.files_under(pattern) if self.is_folder(pattern) else ()

    def toml(self, path: str) -> dict[str, object] | None:
        """Parse a TOML file; None when it is absent or broken, which `problem` then tells apart."""
        normal = _key(path)
        self.reads.add(normal)
        if normal not in self._tomls:
            self._tomls[normal] = self._parse_toml(normal)
        return self._tomls[normal]

    def _parse_toml(self, path: str) -> dict[str, object] | None:
        source = self.source(path)
        if source is None:
            return None
        import tomli

        try:
            return tomli.loads(source.text)
        except (ValueError, RecursionError) as error:
            self._problems[path] = f"it is not valid TOML: {error}"
            return None

    def ini(self, path: str) -> dict[str, dict[str, str]] | None:
        """Parse an INI file (`tox.ini`, `setup.cfg`, `pip.conf`) into its sections, with `[DEFAULT]` merged into each.

        Keys are in lower case, and of two equal ones the last counts. None when the file is absent or broken, which
        `problem` then tells apart.
        """
        normal = _key(path)
        self.reads.add(normal)
        if normal not in self._inis:
            self._inis[normal] = self._parse_ini(normal)
        return self._inis[normal]

    def _parse_ini(self, path: str) -> dict[str, dict[str, str]] | None:
        source = self.source(path)
        if source is None:
            return None
        import configparser

        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        try:
            parser.read_string(source.text)
        except configparser.Error as error:
            self._problems[path] = f"it is not a valid INI file: {error.message.splitlines()[0]}"
            return None
        return {name: {key: value or "" for key, value in parser.items(name)} for name in parser.sections()}

    def requirements(self, path: str) -> RequirementsFile | None:
        """Parse a pip requirements or constraints file; None when it cannot be read."""
        normal = _key(path)
        self.reads.add(normal)
        if normal not in self._requirements:
            self._requirements[normal] = self._parse_requirements(normal)
        return self._requirements[normal]

    def _parse_requirements(self, path: str) -> RequirementsFile | None:
        source = self.source(path)
        if source is None:
            return None
        from ci_audit.requirements import has_other_encoding, parse_file, source_of

        if has_other_encoding(source) and (data := self._read(path)) is not None:
            source = source_of(path, data)
        return parse_file(source)

    def overlaid(self, texts: Mapping[str, bytes]) -> Repository:
        """Give this snapshot with other contents of some files; what was read of all others is shared."""
        new = Repository(self.root, OverlayReader(self._reader, texts))
        for name in ("_sources", "_problems", "_tomls", "_inis", "_requirements"):
            # Copied whole: this is done for every file with a fix, and there are as many entries as files.
            known = getattr(self, name).copy()
            for path in texts:
                known.pop(path, None)
            setattr(new, name, known)
        if all(self.exists(path) for path in texts):
            new._exists, new._files, new._globs = dict(self._exists), dict(self._files), dict(self._globs)
        return new

    def relative(self, path: str) -> str | None:
        """Bring a path as a user names it (from the current folder) below the root; None when it lies outside."""
        if not self.root:
            return normalise(path)
        if UNKNOWN in path:
            return None
        for place in (os.path.abspath, os.path.realpath):
            root, full = place(self.root), place(path)
            if full == root:
                return ""
            if full.startswith(inside := os.path.join(root, "")):
                return full[len(inside) :].replace(os.sep, "/")
        return None

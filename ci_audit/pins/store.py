"""Answers of the network kept on disk for a day, in the user's cache folder."""

from __future__ import annotations

import json
import os
import tempfile
import time
from hashlib import sha256
from typing import Any

MAX_AGE = 24 * 60 * 60
"""Seconds for which an answer counts."""


class Store:
    """A file for each answer; whatever goes wrong with one, there is then just no answer."""

    def __init__(self, folder: str = "", *, outside: str = "") -> None:
        self._folder = folder or default_folder()
        if outside and _is_below(self._folder, outside):
            # A cache folder below the audited root would be read from what strangers may have written there.
            self._folder = ""

    def get(self, kind: str, name: str) -> Any:
        """Give what was answered at most a day ago; None when nothing was."""
        try:
            with open(self._path(kind, name), "rb") as file:
                entry = json.load(file)
            age = time.time() - entry["at"]
            fresh = 0 <= age <= MAX_AGE and entry["kind"] == kind and entry["name"] == name
            return entry["value"] if fresh else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def put(self, kind: str, name: str, value: Any) -> None:
        """Keep an answer; the file appears whole or not at all."""
        if not self._folder:
            return
        entry = {"at": time.time(), "kind": kind, "name": name, "value": value}
        temporary = ""
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entry, file)
            os.replace(temporary, self._path(kind, name))
        except OSError:
            if temporary and os.path.exists(temporary):
                os.unlink(temporary)

    def _path(self, kind: str, name: str) -> str:
        if not self._folder:
            raise FileNotFoundError
        return os.path.join(self._folder, sha256(f"{kind} {name}".encode()).hexdigest() + ".json")


def default_folder() -> str:
    """Give the folder for the answers: below XDG_CACHE_HOME, LOCALAPPDATA on Windows, or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.environ.get("LOCALAPPDATA", "") if os.name == "nt" else ""
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "ci-audit", "pins") if os.path.isabs(base) else ""


def _is_below(path: str, root: str) -> bool:
    path, root = os.path.realpath(path), os.path.realpath(root)
    # A home folder under version control holds the cache folder as well.
    return path.startswith(os.path.join(root, "")) and root != os.path.realpath(os.path.expanduser("~"))

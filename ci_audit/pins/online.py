"""Pins from the network: each question is asked once, and what has no answer is noted in one line."""

from __future__ import annotations

import json
import os
import re
import urllib.parse
from typing import Any

from ci_audit.pep508 import normalise_name
from ci_audit.pins import git, registry
from ci_audit.pins.references import COMMIT, DIGEST, canonical
from ci_audit.pins.store import Store
from ci_audit.pins.transport import Refused, Transport
from ci_audit.pins.versions import newest

GITHUB = "https://github.com"
PYPI = "https://pypi.org"

_REPOSITORY = r"[A-Za-z0-9][\w.-]*/[\w.-]+\Z"
_VERSION = r"[0-9][\w.+!]*\Z"


class Online:
    """Tags and branches from git hosts, digests from registries, versions from PyPI.

    `server` is the git host of actions: GITHUB_SERVER_URL on an Enterprise Server, else github.com.
    """

    def __init__(
        self, transport: Transport, store: Store, problems: list[str], *, server: str = "", pypi: str = PYPI
    ) -> None:
        self.problems = problems
        self._transport = transport
        self._store = store
        self._server = (server or os.environ.get("GITHUB_SERVER_URL") or GITHUB).rstrip("/")
        self._pypi = pypi.rstrip("/")
        self._refs: dict[str, git.Refs | str] = {}
        self._answers: dict[tuple[str, ...], str] = {}
        self._noted: set[str] = set()

    def action(self, name: str, ref: str) -> tuple[str, str] | str:
        """Give commit and version of an action's tag or branch, or why there is none."""
        repository = "/".join(name.split("/")[:2])
        if not re.match(_REPOSITORY, repository, re.ASCII):
            return self._note(f"{name}@{ref}", "it names no repository")
        url = f"{self._server}/{repository}"
        known = self._refs.get(url)
        if known is None:
            known = self._refs[url] = self._listed(url)
        found = known if isinstance(known, str) else git.resolve(known, ref)
        return found if isinstance(found, tuple) else self._note(f"{name}@{ref}", found)

    def _listed(self, url: str) -> git.Refs | str:
        kept = self._store.get("refs", url)
        if isinstance(kept, dict) and all(isinstance(one, str) and re.match(COMMIT, one) for one in kept.values()):
            return kept
        try:
            found = git.refs(self._transport, url)
        except Refused as error:
            return str(error)
        self._store.put("refs", url, found)
        return found

    def image(self, reference: str) -> str:
        """Give the digest of an image, or why there is none."""
        key = canonical(reference)
        if key is None:
            return self._note(reference, "it is no image reference")
        if key not in self._answers:
            self._answers[key] = self._digest(key)
        found = self._answers[key]
        return found if re.match(DIGEST, found) else self._note(reference, found)

    def _digest(self, key: tuple[str, str, str]) -> str:
        name = f"{key[0]}/{key[1]}:{key[2]}"
        kept = self._store.get("digest", name)
        if isinstance(kept, str) and re.match(DIGEST, kept):
            return kept
        try:
            found = registry.digest(self._transport, *key)
        except Refused as error:
            return str(error)
        self._store.put("digest", name, found)
        return found

    def package(self, ecosystem: str, name: str, specifier: str) -> tuple[str, str] | str:
        """Give the newest release on PyPI that a specifier allows, or why there is none."""
        if ecosystem != "pypi":
            return f"only PyPI is asked, not the index of {ecosystem}"
        name = normalise_name(name)
        content = self._project(name)
        if isinstance(content, str):
            return self._note(f"{name}{specifier}", content)
        version = newest(content, specifier) if specifier else (content or [""])[0]
        if not version:
            return self._note(f"{name}{specifier}", "PyPI has no release of which that is certain")
        return version, "PyPI"

    def _project(self, name: str) -> list[str] | str:
        """List the releases of a project that are not withdrawn, the one that PyPI shows first."""
        kept = self._store.get("releases", name)
        if _is_releases(kept):
            return list(kept)
        key = ("pypi", name)
        if key in self._answers:
            return self._answers[key]
        try:
            answer = self._transport.request(f"{self._pypi}/pypi/{urllib.parse.quote(name)}/json")
            if answer.status != 200:
                raise Refused("PyPI has no such project" if answer.status == 404 else f"status {answer.status}")
            found = _releases(json.loads(answer.body))
        except (Refused, ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, Refused) else "the answer of PyPI cannot be read"
            self._answers[key] = reason
            return reason
        self._store.put("releases", name, found)
        return found

    def _note(self, what: str, reason: str) -> str:
        line = f"`{what}` could not be resolved: {reason}"
        if line not in self._noted:
            self._noted.add(line)
            self.problems.append(line)
        return reason


def _is_releases(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and re.match(_VERSION, one) for one in value)


def _releases(content: Any) -> list[str]:
    """Read PyPI's JSON; raises ValueError when it has another form."""
    if not isinstance(content, dict) or not isinstance(content.get("info"), dict):
        raise ValueError
    releases = content.get("releases")
    usable = [
        version
        for version, files in (releases.items() if isinstance(releases, dict) else ())
        if isinstance(files, list) and any(isinstance(file, dict) and not file.get("yanked") for file in files)
    ]
    shown = content["info"].get("version")
    usable.sort(key=lambda version: version != shown)
    if not usable or usable[0] != shown:
        raise ValueError
    return [version for version in usable if re.match(_VERSION, version)]

"""A mapping of references to what they stand for: one table of strings, in the configuration or in a file.

`owner/action@v4 = "<commit> # v4.2.2"`, `python:3.12 = "sha256:…"`, `pypi:ruff = "0.6.0"`: the value tells what the
key names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ci_audit.config import ConfigError
from ci_audit.facts import ECOSYSTEMS
from ci_audit.pep508 import normalise_name
from ci_audit.pins.references import COMMIT, DIGEST, canonical

_COMMENTED = r"([0-9a-fA-F]+)(?:\s+#\s*(\S.*?))?\s*\Z"
_ACTION = r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)+@[^\s@]+\Z"
_VERSION = r"[A-Za-z0-9][\w.+!-]*\Z"
_LABEL = r"[\w.+/-]+\Z"


def read(path: str) -> dict[str, str]:
    """Read a mapping file, JSON, TOML or YAML by the end of its name; raises ConfigError."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not valid UTF-8") from None
    return checked(_loaded(path, text), path)


def _loaded(path: str, text: str) -> Any:
    if path.endswith(".json"):
        import json

        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: not valid JSON: {error}") from None
    if path.endswith(".toml"):
        import tomli

        try:
            return tomli.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: not valid TOML: {error}") from None
    if path.endswith((".yml", ".yaml")):
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            return YAML(typ="safe", pure=True).load(text)
        except (YAMLError, ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    raise ConfigError(f"{path}: its name ends in none of .json, .toml, .yaml and .yml")


def checked(table: Any, where: str) -> dict[str, str]:
    """Give the pins of a table; raises ConfigError that names the first entry of no known form."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: it is no table of references and what they stand for")
    pins: dict[str, str] = {}
    for key, value in table.items():
        problem = _problem(key, value)
        if problem:
            raise ConfigError(f"{where}: `{key}`: {problem}")
        pins[key] = value
    return pins


def _problem(key: object, value: object) -> str:
    """Say what is wrong with an entry; empty if nothing is."""
    if not isinstance(key, str) or not isinstance(value, str):
        return "both the reference and what it stands for are strings"
    if value.startswith("sha256:"):
        if not re.match(DIGEST, value):
            return f"`{value}` is no digest, `sha256:` and 64 lower-case hexadecimal digits"
        return "" if canonical(key) else "it is no image, `name:tag`"
    if key.partition(":")[0] in ECOSYSTEMS and ":" in key:
        if not key.partition(":")[2]:
            return "it names no package"
        return "" if re.match(_VERSION, value) else f"`{value}` is no version"
    if re.match(_ACTION, key):
        found = re.match(_COMMENTED, value)
        if found is None or not re.match(COMMIT, found[1]):
            return f"`{value}` is no commit of 40 or 64 hexadecimal digits, with ` # version` behind it or without"
        return "" if not found[2] or re.match(_LABEL, found[2]) else f"`{found[2]}` is no version"
    return (
        "it is none of `owner/action@ref` with a commit, `image:tag` with `sha256:…`, `ecosystem:name` with a version"
    )


class Mapped:
    """The pins of a checked table."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._actions: dict[tuple[str, str], tuple[str, str]] = {}
        self._images: dict[tuple[str, str, str], str] = {}
        self._packages: dict[tuple[str, str], str] = {}
        for key, value in table.items():
            image = canonical(key)
            if value.startswith("sha256:") and image is not None:
                self._images[image] = value
            elif key.partition(":")[0] in ECOSYSTEMS and ":" in key:
                self._packages[_package(*key.split(":", 1))] = value
            elif found := re.match(_COMMENTED, value):
                name, _, ref = key.partition("@")
                self._actions[_repository(name), ref] = found[1].lower(), found[2] or ""

    def action(self, name: str, ref: str) -> tuple[str, str] | str:
        """Give the commit of a repository's ref; what lies in a folder of it has the same."""
        return self._actions.get((_repository(name), ref), f"the mapping has no `{name}@{ref}`")

    def image(self, reference: str) -> str:
        """Give the digest, however long the name is written."""
        key = canonical(reference)
        return (self._images.get(key, "") if key else "") or f"the mapping has no `{reference}`"

    def package(self, ecosystem: str, name: str, specifier: str) -> tuple[str, str] | str:
        """Give the version; whoever asked compares it with the specifier."""
        version = self._packages.get(_package(ecosystem, name))
        return (version, "the mapping") if version else f"the mapping has no `{ecosystem}:{name}`"


def _repository(name: str) -> str:
    return "/".join(name.lower().split("/")[:2])


def _package(ecosystem: str, name: str) -> tuple[str, str]:
    return ecosystem, normalise_name(name) if ecosystem == "pypi" else name

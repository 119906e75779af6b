"""The configuration: `[tool.ci-audit]` in pyproject.toml, or `.ci-audit.toml`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from ci_audit.masking import listed
from ci_audit.typed import Any, NamedTuple

STANDALONE = ".ci-audit.toml"
PYPROJECT = "pyproject.toml"

# Cheap proof that a pyproject.toml has no table of ours, so that most scans load no TOML parser.
_MENTION = b"ci-audit"


class ConfigError(Exception):
    """A configuration that cannot be used, said in one line."""


class Config(NamedTuple):
    """What the configuration file says; the defaults where it says nothing."""

    path: str = ""
    """The file it was read from, empty without one."""
    extends: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str = "warning"
    rules: tuple[str, ...] = ()
    builder: str = "auto"
    format: str = "text"
    show_suppressed: bool = False
    statistics: bool = False
    pins: tuple[tuple[str, str], ...] = ()
    """References and what they stand for: `ci_audit.pins.mapping` knows the forms."""
    online_hosts: tuple[str, ...] = ()
    """The hosts that `--online` may contact; empty for the defaults."""


def has_config(folder: str) -> bool:
    """Tell whether a folder holds a configuration."""
    return _find(folder) is not None


def load(root: str, path: str = "") -> Config:
    """Read the configuration of a root, or the file given by name; the defaults when there is none.

    Raises ConfigError.
    """
    if path:
        data = _read(path)
        if data is None:
            raise ConfigError(f"{path}: cannot be read")
        return _checked(_table(path, data), path)
    found = _find(root)
    return Config() if found is None else _checked(found[1], found[0])


def _find(folder: str) -> tuple[str, Mapping[str, Any]] | None:
    path = os.path.join(folder, STANDALONE)
    data = _read(path)
    if data is not None:
        return path, _table(path, data)
    path = os.path.join(folder, PYPROJECT)
    data = _read(path)
    if data is None or _MENTION not in data or not re.search(rb"(?m)^\s*\[?\s*[\"']?tool\b", data):
        return None
    try:
        tool = _toml(path, data).get("tool")
    except ConfigError:
        # A broken pyproject.toml is no configuration of ours; what installs from it says so itself.
        return None
    table = tool.get("ci-audit") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: `tool.ci-audit` is no table")
    return path, table


def _read(path: str) -> bytes | None:
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _toml(path: str, data: bytes) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def _table(path: str, data: bytes) -> Mapping[str, Any]:
    content = _toml(path, data)
    tool = content.get("tool")
    if isinstance(tool, dict) and isinstance(tool.get("ci-audit"), dict):
        table: dict[str, Any] = tool["ci-audit"]
        return table
    return {} if os.path.basename(path) == PYPROJECT else content


def schema() -> dict[str, Any]:
    """Load the JSON Schema of the configuration."""
    import json

    path = os.path.join(os.path.dirname(__file__), "data", "config.schema.json")
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        data = __loader__.get_data(path)  # type: ignore[name-defined]
    loaded: dict[str, Any] = json.loads(data)
    return loaded


def _checked(table: Mapping[str, Any], path: str) -> Config:
    for problem in problems(table, schema()):
        raise ConfigError(f"{path}: {problem}")
    values: dict[str, Any] = {"path": path}
    for key, value in table.items():
        name = key.replace("-", "_")
        if key == "per-file-ignores":
            value = tuple((pattern, tuple(rules)) for pattern, rules in value.items())
        elif key == "pins":
            value = tuple(value.items())
        elif key == "extends":
            value = (value,) if isinstance(value, str) else tuple(value)
        elif isinstance(value, list):
            value = tuple(value)
        values[name] = value
    if "rules" in values:
        # Cards are named from where the configuration stands.
        values["rules"] = tuple(_beside(path, rule) for rule in values["rules"])
    return Config(**values)


def _beside(path: str, rule: str) -> str:
    beside = os.path.join(os.path.dirname(path), rule)
    return beside if os.path.exists(beside) else rule


_TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "array": list, "object": dict, "boolean": bool}


def problems(value: Any, schema: Mapping[str, Any], name: str = "") -> Iterator[str]:
    """Check a value by the part of JSON Schema that our schema uses; jsonschema takes 80 ms to load, this nothing.

    A test holds it against jsonschema.
    """
    options = schema.get("anyOf")
    if options is not None:
        if all(next(problems(value, option, name), None) is not None for option in options):
            # The option of the right type says best what is wrong.
            fitting = [option for option in options if isinstance(value, _TYPES[option["type"]])]
            yield next(problems(value, (fitting or options)[0], name))
        return
    wanted = schema.get("type")
    if wanted is not None and not isinstance(value, _TYPES[wanted]):
        yield f"`{name}` is {_kind(value)}, not {_a(wanted)}"
        return
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        yield f"`{name}` is `{value}`{_meant(str(value), allowed)}, not one of {listed(allowed, last='or')}"
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{name}[{number}]")
    elif isinstance(value, dict):
        known = schema.get("properties", {})
        others = schema.get("additionalProperties", {})
        for key, item in value.items():
            full = f"{name}.{key}" if name else key
            if key in known:
                yield from problems(item, known[key], full)
            elif others is False:
                yield f"there is no key `{full}`{_meant(key, list(known))}"
            else:
                yield from problems(item, others, full)


def _meant(wrong: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(wrong.replace("_", "-"), names, 1)
    return f" (did you mean `{near[0]}`?)" if near else ""


def _kind(value: object) -> str:
    for name, types in _TYPES.items():
        if isinstance(value, types):
            return _a(name)
    return _a(type(value).__name__)


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"

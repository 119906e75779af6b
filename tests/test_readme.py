"""What the README says of the configuration is what the schema says."""

from pathlib import Path
from typing import Any

from ci_audit.config import Config, schema
from ci_audit.masking import listed

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def values(part: dict[str, Any]) -> str:
    """Say what a key takes."""
    if "anyOf" in part:
        return ", or ".join(values(option) for option in part["anyOf"])
    if "enum" in part:
        return listed([f"`{value}`" for value in part["enum"]], last="or")
    if part["type"] == "array":
        return "a list of them" if "enum" in part["items"] else "a list"
    if part["type"] == "object":
        return "a table of lists" if part["additionalProperties"]["type"] == "array" else "a table of strings"
    return {"boolean": "`true` or `false`", "string": "a string"}[part["type"]]


def default(key: str) -> str:
    """Say what holds when a key is not there."""
    value = getattr(Config(), key.replace("-", "_"))
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if isinstance(value, str) else "–"


def test_every_key_of_the_configuration_has_its_row() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `") and line.count("|") == 5]
    assert rows == [
        f"| `{key}` | {values(each)} | {default(key)} | {each['description']} |"
        for key, each in schema()["properties"].items()
    ]

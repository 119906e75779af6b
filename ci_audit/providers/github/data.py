"""The dated data files of this provider, loaded when first needed."""

from __future__ import annotations

from importlib import import_module

from ci_audit.typed import Any


def load(name: str) -> dict[str, Any]:
    """Give what stands in a data file of the package, `github_actions` or `runners`."""
    data: dict[str, Any] = import_module(f"ci_audit.data.{name}").DATA
    return data

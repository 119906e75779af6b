"""The dated data files of this provider, loaded when first needed."""

from __future__ import annotations

import os
from functools import lru_cache

from ci_audit.typed import Any

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "data")


@lru_cache
def load(name: str) -> dict[str, Any]:
    """Read a data file of the package, also from a zipapp."""
    import json

    path = os.path.join(_FOLDER, name)
    # The loader reads from inside an archive too, and importlib.resources would cost several milliseconds.
    data: dict[str, Any] = json.loads(__loader__.get_data(path))  # type: ignore[name-defined]
    return data

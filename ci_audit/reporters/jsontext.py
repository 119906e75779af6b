"""JSON in ASCII in which nothing audited is a command to the runner that shows it."""

from __future__ import annotations

import json


def dumps(value: object) -> str:
    """Write a value on one line.

    `##[`, which GitHub's runner takes for a command anywhere in a line (actions/runner, ActionCommand.cs), is written
    with an escape; outside of strings it cannot stand.
    """
    text = json.dumps(value)
    return text.replace("##[", "##\\u005b") if "##[" in text else text

"""JSON in ASCII that every parser takes, and in which nothing audited is a command to the runner that shows it."""

from __future__ import annotations

import json
import re

# A pair of surrogates, a lone one (a byte of a file's name that is not UTF-8), or any other escape.
_ESCAPE = r"\\(?:ud[89ab]\w\w\\ud[c-f]\w\w|(ud[89a-f]\w\w)|.)"


def dumps(value: object) -> str:
    """Write a value on one line.

    A lone surrogate, which strict parsers refuse (RFC 8259, section 8.2), becomes U+FFFD; `##[`, which GitHub's runner
    takes for a command anywhere in a line (actions/runner, ActionCommand.cs), is written with an escape.
    """
    text = json.dumps(value)
    if "\\ud" in text:
        text = re.sub(_ESCAPE, lambda match: "\\ufffd" if match[1] else match[0], text)
    return text.replace("##[", "##\\u005b") if "##[" in text else text

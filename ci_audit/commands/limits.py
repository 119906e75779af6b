"""How far following a text goes, so that no text costs more than a small multiple of its length."""

from __future__ import annotations

DEEPEST = 60
"""Nested texts, functions and calls."""

LONGEST_CACHED = 20_000
"""Characters of a text whose tree is kept, for the same text in another variant of the job."""

LONGEST_VALUE = 4096
"""Characters of a variable's value that are followed, before it is UNKNOWN: one that a text adds to again and again
would cost the square of the text's length."""

LONGEST_DIRECTORY = 512
"""The same for the working directory."""

MOST_ELEMENTS = 256
"""Elements of an array."""

COPIES = 300_000
"""Dictionary entries that one text may copy: one that changes a variable between any two of thousands of commands
would otherwise cost memory with the square of its length. Past it, changes are not followed."""

REPEATS = 100_000
"""Characters of one text that may be followed again, for a loop's next value or a function's next call."""

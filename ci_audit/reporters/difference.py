"""What a fix changes, as a unified diff."""

from __future__ import annotations

from collections.abc import Iterator


def unified(path: str, old: str | None, new: str, context: int = 3) -> Iterator[str]:
    """Give the lines of a unified diff that `patch` and `git apply` take; None: there is no such file yet."""
    from difflib import unified_diff

    before, after = _lines(old or ""), _lines(new)
    names = ("/dev/null" if old is None else _quoted(f"a/{path}"), _quoted(f"b/{path}"))
    for line in unified_diff(before, after, *names, n=context):
        if line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n\\ No newline at end of file\n"


def _quoted(name: str) -> str:
    """Write a name with controls as git does: a tab would end it, a line end the line."""
    if not any(character < " " or character == "\x7f" for character in name):
        return name
    text = name.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\{ord(one):03o}" if one < " " or one == "\x7f" else one for one in text) + '"'


def changed_lines(path: str, old: str, new: str, context: int) -> Iterator[str]:
    """Give the hunks of the diff alone, without line ends."""
    for number, line in enumerate(unified(path, old, new, context)):
        if number >= 2:
            yield line.rstrip("\r\n")


def _lines(text: str) -> list[str]:
    # Only LF ends a line here: `splitlines` would part lines at form feeds and others that editors do not count.
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines

"""What reading a shell text needs to remember."""

from __future__ import annotations

from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from ci_audit.syntax.shelltree import Node, Redirect, Script

DEPTH_LIMIT = 40
"""How deep commands and expansions nest before the rest of the text is unknown: a level takes a dozen Python frames."""

LOOKAHEAD = 4096
"""How many characters may be read ahead to tell arithmetic from a subshell in a subshell."""

LOOKAHEAD_BUDGET = 200_000
"""How many characters of one text may be read ahead in vain; arithmetic is not recognised beyond."""


class Cursor:
    """What reading a text needs to remember; nothing is read twice but within the budget for looking ahead."""

    __slots__ = ("budget", "closers", "depth", "end", "errors", "pending", "pos", "script", "statements", "text")

    def __init__(
        self,
        text: str,
        script: Callable[[Cursor, int, str], Script],
        statements: Callable[[Cursor, int, tuple[str, ...]], list[Node]],
    ) -> None:
        self.text = text
        self.end = len(text)
        self.pos = 0
        self.depth = 0
        self.errors: list[tuple[int, str]] = []
        self.pending: list[Redirect] = []
        """Here-documents whose text begins after the next line end."""
        self.closers: list[tuple[str, ...]] = []
        """For each list of statements being read, what ends it."""
        self.script = script
        """Reads a nested script from an offset up to a closing token, and leaves `pos` there."""
        self.statements = statements
        """Reads the statements from an offset up to one of several closing tokens, and leaves `pos` there."""
        self.budget = LOOKAHEAD_BUDGET

    def too_deep(self, pos: int) -> bool:
        """Tell whether nesting is at its limit, and if so leave the rest of the text unread."""
        if self.depth < DEPTH_LIMIT:
            return False
        self.errors.append((pos, "nested too deeply"))
        self.pos = self.end
        return True


def end_of(pattern: Callable[[str, int, int], re.Match[str] | None], cursor: Cursor, pos: int) -> int:
    """Tell how far a pattern that matches anything reaches from an offset."""
    match = pattern(cursor.text, pos, cursor.end)
    return match.end() if match is not None else pos

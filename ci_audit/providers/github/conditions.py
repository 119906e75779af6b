"""Whether a step runs: its `if`, as far as it can be known."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.syntax import expressions
from ci_audit.syntax.expressions import Context, Open
from ci_audit.typed import NamedTuple


class Decision(NamedTuple):
    """Whether a condition holds, and which cache's exact hit makes it false."""

    runs: bool | None
    skipped_on_hit: str = ""
    text: str = ""
    """The condition, where it is not known."""


ALWAYS = Decision(True)
_LONGEST = 200
_DECIDED = {True: ALWAYS, False: Decision(False)}


def constant(text: str) -> Decision | None:
    """Decide an `if` that asks for nothing but the state of the job (`always()`); None where it asks for more."""
    if not text:
        return ALWAYS
    # The references of a text that nests too deeply are not all known.
    return _constant(text) if len(text) < _LONGEST else None


@lru_cache(1024)
def _constant(text: str) -> Decision | None:
    return None if _references(text) else decide(text, {}, set(), "")


def decide(text: str, context: Context, caches: set[str], prefix: str) -> Decision:
    """Evaluate an `if`; when it asks whether one of the caches was hit, as if it was not.

    `caches` are the ids of cache steps so far, each with the prefix of the action that it stands in.
    """
    if not text:
        return ALWAYS
    answer = expressions.condition(text, context)
    if answer is not None:
        return _DECIDED[answer]
    shown = _bare(text)
    asked: list[str] = []
    if caches:
        paths = [path for path in _references(text) if path[0] == "steps" and path[2:] == ("outputs", "cache-hit")]
        asked = [path[1] for path in paths if prefix + path[1] in caches]
    if asked:
        hit = expressions.condition(text, _with_hits(context, asked, "true"))
        missed = expressions.condition(text, _with_hits(context, asked, ""))
        if hit is False and missed is not False:
            return Decision(missed, prefix + sorted(asked)[0], "" if missed else shown)
    return Decision(None, "", shown)


def _bare(text: str) -> str:
    """Write a condition without `${{ }}`, so that equal ones compare equal."""
    text = text.strip()
    found = expressions.find(text)
    if len(found) == 1 and found[0][:2] == (0, len(text)):
        text = found[0][2]
    return " ".join(text.split())


def _references(text: str) -> frozenset[tuple[str, ...]]:
    return expressions.references(text) if "${{" in text else expressions.references_of(text.strip())


def _with_hits(context: Context, steps: list[str], value: str) -> Context:
    return {**context, "steps": Open((step, Open(outputs=Open({"cache-hit": value}))) for step in steps)}

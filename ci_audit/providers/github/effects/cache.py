"""actions/cache with its restore and save parts."""

from __future__ import annotations

import re

from ci_audit import paths
from ci_audit.model import UNKNOWN, Cache, CacheKey, Kept
from ci_audit.patterns import regex
from ci_audit.providers.github import keys
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.effects.setup_python import PYTHON_LOCATION
from ci_audit.providers.github.uses import Use
from ci_audit.source import MappedText, Where
from ci_audit.syntax.expressions import evaluate, find, text_of
from ci_audit.syntax.yamltree import Scalar

_TOOLCACHE = regex(
    r"(?:/opt|/Users/runner|C:)/hostedtoolcache(?:/windows)?/Python(?:/([^/]+)(?:/[^/]+)?)?(?:/lib(?:/python[^/]*)?(?:/site-packages)?)?\Z",
    re.IGNORECASE,
)
_WORDS = {
    "pip": "pip",
    "uv": "uv",
    "poetry": "poetry",
    "pipenv": "pipenv",
    "pdm": "pdm",
    "hatch": "hatch",
    "tox": "tox",
    "nox": "nox",
    "conda": "conda",
    "mamba": "conda",
    "micromamba": "conda",
    "npm": "npm",
    "yarn": "yarn",
    "pnpm": "pnpm",
    "cargo": "cargo",
    "go": "go",
    "pre-commit": "pre-commit",
    "precommit": "pre-commit",
}


def cache(use: Use, known: Known) -> None:
    _cache(use, "actions/cache", True)


def cache_restore(use: Use, known: Known) -> None:
    _cache(use, "actions/cache/restore", False)


def cache_save(use: Use, known: Known) -> None:
    kept, follows = _kept(use)
    use.job.saved.append(Cache("actions/cache/save", use.action.where, kept, follows=follows, order=use.order))


def _cache(use: Use, kind: str, saves: bool) -> None:
    if use.text("lookup-only").lower() == "true":
        return
    kept, follows = _kept(use)
    if not kept and not follows:
        return
    key = _key(use)
    managers = _named(key.text) if key is not None else ()
    use.cache(kind, None, paths=kept, follows=follows, key=key, managers=managers, saves=saves)


def _kept(use: Use) -> tuple[tuple[Kept, ...], tuple[str, ...]]:
    """Read `path`, a pattern a line; a line that is what a step asked a manager follows that manager."""
    node = use.node("path")
    if not isinstance(node, Scalar):
        return (), ()
    text = node.mapped(use.scope.source)
    kept: list[Kept] = []
    follows: list[str] = []
    at = 0
    for line in text.text.split("\n"):
        found = _line(use, line, text, at)
        at += len(line) + 1
        kept += [item for item in found if isinstance(item, Kept)]
        follows += [item for item in found if isinstance(item, str)]
    return tuple(kept), tuple(follows)


def _line(use: Use, line: str, text: MappedText, at: int) -> list[Kept | str]:
    stripped = line.strip()
    if not stripped or stripped.startswith("#"):
        return []
    start = at + line.index(stripped)
    where = text.where(start, start + len(stripped))
    manager = _asked(use, stripped)
    if manager:
        return [manager]
    if "${{" in stripped:
        changes = [(s, e, text_of(evaluate(inner, use.context))) for s, e, inner in find(stripped)]
        for s, e, new in reversed(changes):
            stripped = stripped[:s] + new + stripped[e:]
    # A value of several lines gives several patterns.
    return [_pattern(use, part.strip(), where) for part in stripped.split("\n") if part.strip()]


def _asked(use: Use, line: str) -> str:
    """Tell the manager whose directory an expression holds, because a step asked for it."""
    found = find(line)
    if len(found) != 1 or found[0][:2] != (0, len(line)):
        return ""
    parts = found[0][2].split(".")
    if len(parts) == 4 and parts[0] == "steps" and parts[2] == "outputs":
        ask = use.job.asks.get((use.scope.prefix + parts[1], parts[3]))
    elif len(parts) == 2 and parts[0] == "env":
        ask = use.job.asks.get(("env", parts[1]))
    else:
        return ""
    return ask.manager if ask is not None else ""


def _pattern(use: Use, pattern: str, where: Where) -> Kept:
    exclude = pattern.startswith("!")
    pattern = pattern.lstrip("!").strip()
    if pattern.startswith(PYTHON_LOCATION):
        return Kept(PYTHON_LOCATION, where, exclude)
    path = paths.normalise(pattern, home=use.job.home)
    if UNKNOWN not in path and (match := _TOOLCACHE.match(path)):
        # What is installed for the interpreter lies in its own directory; a version may be that of another one.
        path = f"{PYTHON_LOCATION}/{match[1]}" if match[1] else PYTHON_LOCATION
    return Kept(path, where, exclude)


def _key(use: Use) -> CacheKey | None:
    node = use.node("key")
    if not isinstance(node, Scalar):
        return None
    restore = use.node("restore-keys")
    lines: tuple[str, ...] = ()
    if isinstance(restore, Scalar):
        lines = tuple(line.strip() for line in restore.value.split("\n") if line.strip())
    source = use.scope.source
    restore_where = Where(source, restore.start, restore.end) if restore is not None else None
    where = Where(source, node.start, node.end)
    return CacheKey(node.value, where, lines, restore_where, keys.varies(use, node.value))


def _named(key: str) -> tuple[str, ...]:
    """Find the managers that a key names outside its expressions."""
    at = 0
    words: list[str] = []
    for start, end, _ in find(key):
        words += re.findall(r"pre-commit|[a-z]+", key[at:start].lower())
        at = end
    words += re.findall(r"pre-commit|[a-z]+", key[at:].lower())
    return tuple(dict.fromkeys(_WORDS[word] for word in words if word in _WORDS))

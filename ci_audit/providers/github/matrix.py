"""The variants of a job with a matrix, over the keys that matter to it."""

from __future__ import annotations

from collections.abc import Iterable

from ci_audit.providers.github import nodes
from ci_audit.source import UNKNOWN
from ci_audit.syntax.expressions import Context, Open, Value, is_known, text_of
from ci_audit.syntax.yamltree import Mapping, Node

MAX_JOBS = 256
"""The most jobs that GitHub makes of one matrix."""

Path = tuple[str, ...]


def variants(node: Node | None, used: Iterable[Path], context: Context) -> list[tuple[str, dict[str, Value]]]:
    """List the distinct variants as (label, `matrix` context), telling apart only the values at the used paths."""
    paths = sorted(_covering(used))
    if not paths:
        return [("", Open())]
    if not isinstance(node, Mapping):
        # `matrix: ${{ fromJSON(…) }}`
        found = nodes.value(node, context)
        combinations = _of_value(found) if isinstance(found, dict) and not isinstance(found, Open) else [Open()]
    else:
        combinations = _combinations(node, None if () in paths else {path[0] for path in paths}, context)
    distinct: dict[str, tuple[str, dict[str, Value]]] = {}
    for combination in combinations:
        values = [(path, _at(combination, path)) for path in paths]
        identity = repr([value for _, value in values])
        if identity not in distinct:
            distinct[identity] = (_label(values), _context(values))
    return list(distinct.values())


def _covering(used: Iterable[Path]) -> set[Path]:
    """Drop what lies below another used path; a computed key uses all that it may name."""
    paths = {path[: path.index("*")] if "*" in path else path for path in used}
    return {path for path in paths if not any(path[:size] in paths for size in range(len(path)))}


def _combinations(node: Mapping, keys: set[str] | None, context: Context) -> list[dict[str, Value]]:
    """Expand a matrix over some of its keys, or all: without include and exclude the others only repeat these."""
    include = nodes.value(node.get("include"), context) if node.get("include") is not None else []
    exclude = nodes.value(node.get("exclude"), context) if node.get("exclude") is not None else []
    vectors: dict[str, list[Value]] = {}
    left_out = False
    for key, item in node.items():
        name = key.value
        if name in ("include", "exclude"):
            continue
        if keys is not None and not include and not exclude and name.lower() not in keys:
            left_out = True
            continue
        found = nodes.value(item, context)
        vectors[name] = found if isinstance(found, list) else [found if found == UNKNOWN else UNKNOWN]
    if left_out and not vectors:
        return [{}]
    return _expanded(vectors, include, exclude)


def _of_value(matrix: dict[str, Value]) -> list[dict[str, Value]]:
    vectors: dict[str, list[Value]] = {
        name: item if isinstance(item, list) else [UNKNOWN]
        for name, item in matrix.items()
        if name not in ("include", "exclude")
    }
    return _expanded(vectors, matrix.get("include", []), matrix.get("exclude", []))


def _expanded(vectors: dict[str, list[Value]], include: Value, exclude: Value) -> list[dict[str, Value]]:
    """Combine as GitHub does: the product, less what an exclude matches in part, then the includes."""
    combinations: list[dict[str, Value]] = [{}] if vectors else []
    for name, items in vectors.items():
        combinations = [{**one, name: item} for one in combinations for item in items][: MAX_JOBS * 16]
    if isinstance(exclude, list):
        combinations = [one for one in combinations if not any(_matches(pattern, one) for pattern in exclude)]
    combinations = combinations[:MAX_JOBS]
    if not isinstance(include, list):
        return [Open(one) for one in combinations] or [Open()]
    added: list[dict[str, Value]] = []
    results = [dict(one) for one in combinations]
    for item in include[:MAX_JOBS]:
        if not isinstance(item, dict):
            added.append(Open())
            continue
        shared = {name: value for name, value in item.items() if name in vectors}
        hits = [at for at, one in enumerate(combinations) if all(_same(one[n], v) for n, v in shared.items())]
        for at in hits:
            results[at].update(item)
        if not hits:
            added.append(dict(item))
    return (results + added)[:MAX_JOBS] or [Open()]


def _matches(pattern: Value, combination: dict[str, Value]) -> bool:
    return (
        isinstance(pattern, dict)
        and bool(pattern)
        and all(name in combination and _same(combination[name], value) for name, value in pattern.items())
    )


def _same(value: Value, wanted: Value) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(name in value and _same(value[name], v) for name, v in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(value, list)
            and len(value) == len(wanted)
            and all(_same(one, other) for one, other in zip(value, wanted, strict=True))
        )
    if isinstance(value, (dict, list)) or not is_known(value) or not is_known(wanted):
        return False
    return text_of(value) == text_of(wanted)


def _at(combination: Value, path: Path) -> Value:
    for name in path:
        if isinstance(combination, dict):
            missing: Value = UNKNOWN if isinstance(combination, Open) else None
            combination = next((item for key, item in combination.items() if key.lower() == name), missing)
        else:
            return UNKNOWN if combination == UNKNOWN else None
    return combination


def _label(values: list[tuple[Path, Value]]) -> str:
    parts = []
    for path, value in values:
        if value is None or value == "" or isinstance(value, (dict, list)) or not is_known(value):
            continue
        parts.append(f"{'.'.join(path)}={' '.join(text_of(value).split())}")
    return ", ".join(parts)


def _context(values: list[tuple[Path, Value]]) -> dict[str, Value]:
    """Build the `matrix` context of a variant: what is not told apart in it is not known."""
    if len(values) == 1 and values[0][0] == ():
        whole = values[0][1]
        return whole if isinstance(whole, dict) else Open()
    root = Open()
    for path, value in values:
        at: dict[str, Value] = root
        for name in path[:-1]:
            below = at.setdefault(name, Open())
            assert isinstance(below, dict)
            at = below
        at[path[-1]] = value
    return root

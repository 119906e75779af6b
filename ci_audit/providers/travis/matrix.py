"""The jobs of a build: the product of its expansion keys, and `jobs.include`."""

from __future__ import annotations

from ci_audit.providers.travis import env, nodes
from ci_audit.syntax.yamltree import Mapping, Node
from ci_audit.typed import NamedTuple

MAX_JOBS = 200
"""The most jobs of one build."""

_EXPANDED = (
    "os dist arch python env compiler node_js rvm ruby jdk go php perl julia rust ghc scala r elixir otp_release"
    " osx_image gemfile d dart"
).split()


class Row(NamedTuple):
    """One job: what it is made of."""

    values: dict[str, Node]
    """The value that it takes of each expansion key."""
    entry: Mapping | None
    """The item of `jobs.include` that it comes from; None for one of the product."""


def jobs_node(root: Mapping) -> Node | None:
    """Give `jobs`, which was `matrix` in older files."""
    found = root.get("jobs")
    return root.get("matrix") if found is None else found


def included(root: Mapping) -> list[Mapping]:
    """List the items of `jobs.include`; a condition that never holds leaves an item out."""
    node = jobs_node(root)
    items = node.get("include") if isinstance(node, Mapping) else node
    return [
        item
        for item in nodes.items(items)
        if isinstance(item, Mapping) and item.pairs and not nodes.is_bool(item.get("if"), False)
    ]


def rows(root: Mapping, used: frozenset[str]) -> list[Row]:
    """List the jobs, apart only in the keys that matter.

    Included jobs take the first value of each key that they do not set; with nothing to multiply they are all there is
    (travis-ci/travis-yml: lib/travis/yml/matrix.rb).
    """
    values = {key: _values(root, key) for key in _EXPANDED}
    excluded = _excluded(root)
    named = {key.value for pattern in excluded for key, _ in pattern.items()}
    product: list[dict[str, Node]] = [{}]
    total = 1
    for key, options in values.items():
        if not options:
            continue
        total *= len(options)
        taken = options if key in used or key in named else options[:1]
        product = [{**row, key: option} for row in product for option in taken][: MAX_JOBS * 4]
    entries = included(root)
    if entries and total == 1:
        product = []
    product = [row for row in product if not any(_matches(pattern, row) for pattern in excluded)]
    first = {key: options[0] for key, options in values.items() if options}
    found = [Row(row, None) for row in product[:MAX_JOBS]]
    for entry in entries[:MAX_JOBS]:
        own = {key: _values(entry, key) for key in _EXPANDED}
        found.append(Row({**first, **{key: options[0] for key, options in own.items() if options}}, entry))
    return found


def _values(mapping: Mapping, key: str) -> list[Node]:
    node = mapping.get(key)
    return env.rows_of(node) if key == "env" else nodes.items(node)


def _excluded(root: Mapping) -> list[Mapping]:
    node = jobs_node(root)
    items = node.get("exclude") if isinstance(node, Mapping) else None
    return [item for item in nodes.items(items) if isinstance(item, Mapping) and item.pairs]


def _matches(pattern: Mapping, row: dict[str, Node]) -> bool:
    """Tell whether an item of `jobs.exclude` takes a job out; keys that do not multiply are not compared."""
    for key, value in pattern.items():
        ours = row.get(key.value)
        if ours is None:
            return False
        theirs = env.rows_of(value)[:1] if key.value == "env" else nodes.items(value)[:1]
        if not theirs or env.shown(theirs[0]) != env.shown(ours):
            return False
    return True

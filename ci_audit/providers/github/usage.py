"""Which values of a context matter to what is judged in a job, so that only they make variants."""

from __future__ import annotations

from ci_audit.providers.github import actions, nodes
from ci_audit.repository import Repository
from ci_audit.syntax.expressions import references, references_of
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence

Path = tuple[str, ...]


def used(job: Mapping, context: str, repository: Repository) -> set[Path]:
    """List the paths below a context (`matrix`, `inputs`) that runner, container, shells, variables, caches,
    conditions and commands use.
    """
    found: set[Path] = set()
    for key in ("runs-on", "container", "env", "defaults"):
        collect(job.get(key), context, found)
    _steps(job.get("steps"), context, found, repository, 0)
    return found


def _steps(node: Node | None, context: str, found: set[Path], repository: Repository, depth: int) -> None:
    if not isinstance(node, Sequence):
        return
    for step in node.items:
        if not isinstance(step, Mapping):
            continue
        nested = step.get("parallel")
        if isinstance(nested, Sequence):
            _steps(nested, context, found, repository, depth)
            continue
        uses = step.get("uses")
        if isinstance(uses, Scalar) and not _uses(step, nodes.text(uses), context, found, repository, depth):
            continue
        for key in ("env", "run", "shell", "working-directory"):
            collect(step.get(key), context, found)
        _condition(step.get("if"), context, found)


def _uses(step: Mapping, reference: str, context: str, found: set[Path], repository: Repository, depth: int) -> bool:
    """Add the inputs of an action that matter; tell whether the step matters at all."""
    inputs = step.get("with")
    if reference.startswith(("./", "$/")):
        collect(inputs, context, found)
        from ci_audit.providers.github import local

        # A composite action may name the matrix of its caller itself.
        source = local.find(repository, reference[2:].strip("/")) if depth < 5 else None
        if source is not None and context in source.text and context == "matrix":
            root = local.tree(source)
            runs = root.get("runs") if isinstance(root, Mapping) else None
            if isinstance(runs, Mapping):
                _steps(runs.get("steps"), context, found, repository, depth + 1)
        return True
    known = actions.known(reference.partition("@")[0])
    if known is None:
        return True
    matters = {*known.entry.get("inputs", ()), known.entry.get("runs", "")}
    if isinstance(inputs, Mapping):
        for key, item in inputs.items():
            if key.value.lower() in matters:
                collect(item, context, found)
    return known.kind != "neutral" or "runs" in known.entry


def collect(node: Node | None, context: str, found: set[Path]) -> None:
    if isinstance(node, Scalar):
        if "${{" in node.value:
            found.update(path[1:] for path in references(node.value) if path[0] == context)
    elif isinstance(node, Mapping):
        for _, item in node.items():
            collect(item, context, found)
    elif isinstance(node, Sequence):
        for item in node.items:
            collect(item, context, found)


def _condition(node: Node | None, context: str, found: set[Path]) -> None:
    text = nodes.text(node)
    if context in text.lower():
        paths = references(text) if "${{" in text else references_of(text.strip())
        found.update(path[1:] for path in paths if path[0] == context)

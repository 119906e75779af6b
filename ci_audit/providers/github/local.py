"""Actions of the repository itself: composite ones are read where they are used."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.model import UNKNOWN
from ci_audit.providers.github import images, nodes, steps
from ci_audit.providers.github.state import Scope
from ci_audit.providers.github.uses import Use
from ci_audit.repository import Repository
from ci_audit.source import Source
from ci_audit.syntax.expressions import Value, references, substitute
from ci_audit.syntax.yamltree import GITHUB, Mapping, Node, Scalar, YamlError, parse


def follow(use: Use) -> None:
    """Read the steps of a local composite action in place; say so when that is not possible."""
    job, scope = use.job, use.scope
    reference = use.action.reference
    folder = _folder(use)
    source = find(job.workflow.repository, folder) if folder is not None else None
    if source is None:
        use.gap(f"the action `{reference.replace(UNKNOWN, '…')}` is not in this repository")
        return
    root = tree(source)
    runs = root.get("runs") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or not isinstance(runs, Mapping):
        use.gap(f"`{source.path}` could not be read")
        return
    using = nodes.text(runs.get("using")).lower()
    if using == "docker":
        image = nodes.text(runs.get("image"))
        if image.startswith("docker://"):
            job.images.append(images.image(image, nodes.where(source, runs.get("image") or runs), "step"))
        return
    if using != "composite":
        use.gap(f"`{source.path}` is a program: what it does is not known")
        return
    if scope.depth >= steps.MAX_DEPTH or source.path in scope.inside:
        return
    inner = Scope(
        source,
        _inputs(use, root),
        {name: item for name, item in use.env.items() if job.env.get(name) is not item},
        f"{scope.prefix}{use.step_id or use.order}/",
        f"$WORKSPACE/{folder}".rstrip("/"),
        use.decision.runs is None,
        use.decision.text,
        scope.depth + 1,
        (*scope.inside, source.path),
    )
    steps.read_steps(job, runs.get("steps"), inner)
    _pass_outputs(use, root, inner)


def _folder(use: Use) -> str | None:
    """Give the path of an action in the repository; None when it lies elsewhere."""
    reference = use.action.reference.replace("\\", "/")
    if UNKNOWN in reference or "${{" in reference or use.action.kind == "workflow":
        return None
    parts = [part for part in reference.split("/")[1:] if part not in ("", ".")]
    if ".." in parts:
        return None
    folder = "/".join(parts)
    if reference.startswith("$/"):
        return folder
    for checkout in reversed(use.job.checkouts):
        if checkout is None:
            continue
        # The checkout may lie in a folder of the workspace, or be another repository's.
        path = nodes.text(checkout.get("path")).removeprefix("./").strip("/")
        other = checkout.get("repository") is not None
        if path and (folder == path or folder.startswith(path + "/")):
            return None if other else folder[len(path) :].strip("/")
        if not path and other:
            return None
    return folder


def find(repository: Repository, folder: str) -> Source | None:
    for name in ("action.yml", "action.yaml"):
        source = repository.source(f"{folder}/{name}" if folder else name)
        if source is not None:
            return source
    return None


@lru_cache(64)
def tree(source: Source) -> Node | None:
    """Parse another file of the repository; None when it is no YAML."""
    try:
        return parse(source, GITHUB)[0]
    except YamlError:
        return None


def _inputs(use: Use, root: Mapping) -> Value:
    """Give the inputs that the action sees: what the step passes, else their defaults."""
    declared = root.get("inputs")
    found: dict[str, Value] = {}
    if isinstance(declared, Mapping):
        for key, item in declared.items():
            default = item.get("default") if isinstance(item, Mapping) else None
            found[key.value.lower()] = substitute(nodes.text(default), use.context)
    if use.inputs is not None:
        for key, item in use.inputs.items():
            if isinstance(item, Scalar):
                found[key.value.lower()] = substitute(nodes.text(item), use.context)
    return found


def _pass_outputs(use: Use, root: Mapping, inner: Scope) -> None:
    """Let the job see what a step of the action asked a manager, under the action's own output."""
    declared = root.get("outputs")
    if not use.step_id or not isinstance(declared, Mapping):
        return
    for key, item in declared.items():
        value = nodes.text(item.get("value")) if isinstance(item, Mapping) else ""
        for path in references(value):
            if len(path) == 4 and path[0] == "steps" and path[2] == "outputs":
                ask = use.job.asks.get((inner.prefix + path[1], path[3]))
                if ask is not None:
                    use.job.asks[use.scope.prefix + use.step_id, key.value] = ask
                if path[3] == "cache-hit" and inner.prefix + path[1] in use.job.cache_ids and key.value == "cache-hit":
                    use.job.cache_ids.add(use.scope.prefix + use.step_id)

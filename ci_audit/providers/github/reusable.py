"""A reusable workflow as the other workflows of the repository call it."""

from __future__ import annotations

from ci_audit.providers.github import nodes, usage
from ci_audit.providers.github.matrix import variants
from ci_audit.providers.github.state import Workflow
from ci_audit.syntax.expressions import Context, Open, Value, is_known, substitute, text_of
from ci_audit.syntax.yamltree import GITHUB, Mapping, Node, Scalar, resolve

_FOLDER = ".github/workflows/"
_MAX_CALLS = 64


def inputs(workflow: Workflow, on: Node | None, contexts: Context) -> list[dict[str, Value]]:
    """List the distinct inputs of all calls; without a call the defaults; not known when other events start it too."""
    if "workflow_call" not in workflow.events or len(workflow.events) > 1:
        return [Open()]
    call = on.get("workflow_call") if isinstance(on, Mapping) else None
    declared = call.get("inputs") if isinstance(call, Mapping) else None
    if not isinstance(declared, Mapping) or not declared.pairs:
        return [{}]
    if "inputs" not in workflow.source.text.partition("jobs:")[2]:
        return [Open()]
    defaults = {key.value.lower(): _default(item) for key, item in declared.items()}
    types = {
        key.value.lower(): nodes.text(item.get("type")) for key, item in declared.items() if isinstance(item, Mapping)
    }
    found: list[dict[str, Value]] = []
    for given in _calls(workflow, contexts):
        values = dict(defaults)
        values.update((name, _typed(value, types.get(name, ""))) for name, value in given.items())
        if values not in found:
            found.append(values)
        if len(found) == _MAX_CALLS:
            break
    return found or [{name: value if value is not None else "\x00" for name, value in defaults.items()}]


def _default(item: Node | None) -> Value:
    if not isinstance(item, Mapping):
        return None
    default = item.get("default")
    kind = nodes.text(item.get("type"))
    if not isinstance(default, Scalar):
        return False if kind == "boolean" else None
    value = resolve(default, GITHUB)
    return _typed(nodes.text(default), kind) if not isinstance(value, bool) else value


def _typed(value: str, kind: str) -> Value:
    if kind == "boolean" and is_known(value):
        return value.lower() == "true"
    if kind == "number" and is_known(value):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _calls(workflow: Workflow, contexts: Context) -> list[dict[str, str]]:
    """List what each job that calls this workflow passes, a matrix of the caller expanded."""
    path = workflow.source.path
    if not path.startswith(_FOLDER):
        return []
    from ci_audit.providers.github import local

    name = path[len(_FOLDER) :]
    found: list[dict[str, str]] = []
    for other in workflow.repository.files:
        if not other.startswith(_FOLDER) or other == path or not other.endswith((".yml", ".yaml")):
            continue
        source = workflow.repository.source(other)
        if source is None or name not in source.text:
            continue
        root = local.tree(source)
        jobs = root.get("jobs") if isinstance(root, Mapping) else None
        if not isinstance(jobs, Mapping):
            continue
        for _, job in jobs.items():
            if isinstance(job, Mapping) and nodes.text(job.get("uses")) in (f"./{path}", f"$/{path}"):
                found += _passed(job, contexts)
    return found


def _passed(job: Mapping, contexts: Context) -> list[dict[str, str]]:
    given = job.get("with")
    if not isinstance(given, Mapping):
        return [{}]
    used: set[usage.Path] = set()
    usage.collect(given, "matrix", used)
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, Mapping) else None
    found = []
    for _, values in variants(matrix, used, contexts) if matrix is not None else [("", Open())]:
        context: Context = {"matrix": values}
        found.append({key.value.lower(): substitute(nodes.text(item), context) for key, item in given.items()})
    return found


def label(values: dict[str, Value], used: set[usage.Path]) -> str:
    """Name the inputs that tell a variant apart."""
    names = sorted({path[0] for path in used if path})
    shown = [(name, values.get(name)) for name in names]
    return ", ".join(
        f"inputs.{name}={text_of(value)}"
        for name, value in shown
        if value is not None and value != "" and is_known(value)
    )

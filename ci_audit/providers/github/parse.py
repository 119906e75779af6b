"""GitHub's YAML files: workflows and actions."""

from __future__ import annotations

from ci_audit.model import Job, Pipeline
from ci_audit.paths import WORKSPACE
from ci_audit.providers import ParseError
from ci_audit.providers.github import jobs, nodes, permissions, reusable, runners, triggers
from ci_audit.providers.github.state import JobState, Scope, Workflow, read_env, shown
from ci_audit.providers.github.steps import read_steps
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN, Source, Where
from ci_audit.syntax.expressions import Open
from ci_audit.syntax.yamlnodes import described
from ci_audit.syntax.yamltree import GITHUB, Mapping, Node, Scalar, Sequence, YamlError
from ci_audit.syntax.yamltree import parse as parse_yaml


def parse(source: Source, repository: Repository) -> Pipeline:
    """Read a workflow or an action; raises ParseError where GitHub could not load the file either."""
    try:
        root = parse_yaml(source, GITHUB)[0]
    except YamlError as error:
        raise ParseError(error.message, error.offset) from None
    if not isinstance(root, Mapping):
        if isinstance(root, Scalar) and not root.value:
            raise ParseError("the file is empty", 0)
        expected = "a mapping with `runs`" if _is_action_name(source) else "a mapping with `on` and `jobs`"
        raise ParseError(f"expected {expected}, found {described(root)}", root.start)
    if _is_action(source, root):
        return _action(source, repository, root)
    return _workflow(source, repository, root)


def _is_action(source: Source, root: Mapping) -> bool:
    if root.get("jobs") is not None:
        return False
    return root.get("runs") is not None or _is_action_name(source)


def _is_action_name(source: Source) -> bool:
    return source.path.rpartition("/")[2].lower() in ("action.yml", "action.yaml")


def _workflow(source: Source, repository: Repository, root: Mapping) -> Pipeline:
    # A YAML 1.1 tool may have written the key `on` as `true`.
    on = root.get("on") if root.get("on") is not None else root.get("true")
    if root.key("on") is None and root.key("true") is None:
        raise ParseError("expected the events that start the workflow under `on`, found no such key", root.start)
    node = root.get("jobs")
    if not isinstance(node, Mapping) or not node.pairs:
        there = "no such key" if node is None else "none" if isinstance(node, Mapping) else described(node)
        raise ParseError(f"expected a mapping of jobs under `jobs`, found {there}", _start(root, "jobs"))
    found = triggers.read(on, source)
    events = tuple(trigger.name for trigger in found)
    bare = Workflow(source, repository, events, triggers.tags_only(found), {}, jobs.defaults(root.get("defaults")))
    inputs = reusable.inputs(bare, on, {})
    contexts = jobs.base_contexts(bare, inputs[0] if len(inputs) == 1 else Open())
    env, _ = read_env(root.get("env"), source, {}, {**contexts, "env": Open()})
    workflow = bare._replace(env=env, shown_env=shown(env))
    rights = permissions.read(root.get("permissions"))
    errors: list[tuple[int, str]] = []
    read: list[Job] = []
    for key, item in node.items():
        problem = _problem(key, item)
        if problem is not None:
            errors.append(problem)
        if isinstance(item, Mapping):
            read += jobs.read(workflow, key, item, rights, inputs)
    if len(node.pairs) > 1 and any(job.publishes.value for job in read):
        from ci_audit.providers.github import handing

        read = handing.marked(read, node, source)
    return Pipeline(source, "github", tuple(read), found, errors=tuple(errors), ignores_in=_others(source, read))


def _start(root: Mapping, name: str) -> int:
    key = root.key(name)
    return key.start if key is not None else root.start


def _problem(key: Scalar, node: Node) -> tuple[int, str] | None:
    """Say where and why GitHub refuses a job."""
    name = key.value
    if not isinstance(node, Mapping):
        expected = "a mapping with `runs-on` and `steps`"
        return key.start, f"for the job `{name}`, expected {expected}, found {described(node)}"
    if node.get("uses") is not None:
        return None
    if node.get("runs-on") is None:
        return key.start, f"the job `{name}` has neither `runs-on` nor `uses`"
    steps = node.get("steps")
    if steps is None:
        return key.start, f"the job `{name}` has neither `steps` nor `uses`"
    if not isinstance(steps, Sequence):
        return key.start, f"for the job `{name}`, expected a list under `steps`, found {described(steps)}"
    return _bad_step(steps)


_STEP_KEYS = frozenset("continue-on-error env id if name shell timeout-minutes with working-directory".split())
"""What a step may have besides what it does: `run`, `uses`, and since 2026 `wait`, `wait-all`, `cancel`, `parallel`."""


def _bad_step(steps: Sequence) -> tuple[int, str] | None:
    """Find the first step that says nothing to do; one with a key that is not known yet is let pass."""
    for step in steps.items:
        if isinstance(step, Mapping) and step.get("uses") is None and step.get("run") is None:
            keys = {key.value for key, _ in step.items()}
            if _STEP_KEYS.issuperset(keys):
                return step.start, "expected `run` or `uses` in this step, found neither"
    return None


def _action(source: Source, repository: Repository, root: Mapping) -> Pipeline:
    """Read an action on its own; what its steps do to a job is judged in the workflows that use it."""
    runs = root.get("runs")
    key = root.key("runs")
    if not isinstance(runs, Mapping) or key is None:
        return Pipeline(source, "github", ())
    workflow = Workflow(source, repository, (), False, {}, ("", ""))
    runner = runners.runner([], False, None)
    reason = "the workflows that use this action decide what is kept"
    runner = runner._replace(machine=runner.machine._replace(persists=runner.machine.persists._replace(reason=reason)))
    contexts = jobs.base_contexts(workflow, UNKNOWN)
    job = JobState(workflow, runner, runners.variables(runner), contexts, {}, {})
    where = Where(source, key.start, key.end)
    folder = source.path.rpartition("/")[0]
    errors: tuple[tuple[int, str], ...] = ()
    if nodes.text(runs.get("using")).lower() == "composite":
        scope = Scope(source, Open(), action_path=f"{WORKSPACE}/{folder}".rstrip("/"), depth=1, inside=(source.path,))
        steps = runs.get("steps")
        read_steps(job, steps, scope)
        problem = _bad_step(steps) if isinstance(steps, Sequence) else None
        errors = (problem,) if problem is not None else ()
    elif nodes.text(runs.get("image")).startswith("docker://"):
        from ci_audit.providers.github.images import image

        node = runs.get("image")
        assert node is not None
        job.images.append(image(nodes.text(node), nodes.where(source, node), "step"))
    name = nodes.text(root.get("name")) or folder.rpartition("/")[2] or "runs"
    made = jobs.finished(job, name, "", where, None)
    return Pipeline(source, "github", (made,), errors=errors, ignores_in=_others(source, [made]))


def _others(source: Source, read: list[Job]) -> tuple[Source, ...]:
    """List the other files that steps were read from."""
    found: dict[str, Source] = {}
    for job in read:
        for action in job.actions:
            other = action.where.source
            if other is not source:
                found[other.path] = other
        for step in job.steps:
            if step.where.source is not source:
                found[step.where.source.path] = step.where.source
    return tuple(found.values())

"""A job of a workflow, once for every variant of it that matters."""

from __future__ import annotations

from ci_audit.model import Cache, Env, Gap, Image, Job
from ci_audit.paths import WORKSPACE, normalise
from ci_audit.providers.github import (
    actions,
    images,
    nodes,
    permissions,
    publishing,
    reusable,
    runners,
    usage,
)
from ci_audit.providers.github.matrix import variants
from ci_audit.providers.github.plans import settings
from ci_audit.providers.github.runners import Runner
from ci_audit.providers.github.state import JobState, Memo, Plans, Scope, Workflow, read_env
from ci_audit.providers.github.steps import read_steps
from ci_audit.source import UNKNOWN, Where
from ci_audit.syntax import expressions
from ci_audit.syntax.expressions import Context, Open, Value, substitute
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence
from ci_audit.typed import NamedTuple


def read(
    workflow: Workflow,
    key: Scalar,
    node: Mapping,
    rights: permissions.Permissions | None,
    inputs: list[dict[str, Value]],
) -> list[Job]:
    """Read a job into its variants; a job that never runs gives none."""
    contexts = base_contexts(workflow, inputs[0])
    condition = nodes.text(node.get("if"))
    if condition and expressions.condition(condition, contexts) is False:
        return []
    own = permissions.read(node.get("permissions"))
    rights = own if own is not None else rights
    uses = node.get("uses")
    if isinstance(uses, Scalar):
        return [_call(workflow, key, uses, rights)]
    calls: list[tuple[str, dict[str, Value]]] = [("", inputs[0])]
    if len(inputs) > 1:
        used = usage.used(node, "inputs", workflow.repository)
        by_label: dict[str, dict[str, Value]] = {reusable.label(values, used): values for values in reversed(inputs)}
        calls = sorted(by_label.items(), key=lambda item: inputs.index(item[1])) if used else calls
    strategy = node.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, Mapping) else None
    written = _written(workflow, key, node, rights)
    jobs: list[Job] = []
    for call, values in calls:
        contexts = base_contexts(workflow, values)
        found: list[tuple[str, dict[str, Value]]] = [("", Open())]
        if matrix is not None:
            found = variants(matrix, usage.used(node, "matrix", workflow.repository), contexts)
        for variant, combination in found:
            label = ", ".join(part for part in (call, variant) if part)
            jobs.append(_variant(written, label, contexts, combination))
    return jobs


class _Written(NamedTuple):
    """What a job says before a variant of it is chosen, and what was read of it for one and holds for others."""

    workflow: Workflow
    name: str
    where: Where
    node: Mapping
    rights: permissions.Permissions | None
    settings: Env | None
    """The variables of `env` when none of them holds an expression."""
    shell: str
    directory: str
    checks_out: bool
    memo: Memo
    plans: Plans


def _written(workflow: Workflow, key: Scalar, node: Mapping, rights: permissions.Permissions | None) -> _Written:
    source = workflow.source
    shell, directory = defaults(node.get("defaults"))
    return _Written(
        workflow,
        key.value,
        Where(source, key.start, key.end),
        node,
        rights,
        settings(node.get("env"), source),
        shell or workflow.defaults[0],
        directory or workflow.defaults[1],
        _checks_out(node.get("steps")),
        {},
        {},
    )


def _call(workflow: Workflow, key: Scalar, uses: Scalar, rights: permissions.Permissions | None) -> Job:
    """Describe a job that calls a reusable workflow: that workflow's file is judged on its own."""
    action = actions.read(nodes.text(uses), uses, workflow.source)
    machine = runners.runner([], False, None).machine
    where = Where(workflow.source, key.start, key.end)
    return Job(key.value, "", where, "run", machine, actions=(action,), permissions=rights)


def base_contexts(workflow: Workflow, inputs: Value) -> Context:
    """Give the contexts that are the same for every step."""
    github = Open(workspace=WORKSPACE)
    if len(workflow.events) == 1 and workflow.events[0] != "workflow_call":
        github["event_name"] = workflow.events[0]
    return {"github": github, "inputs": inputs}


def _variant(written: _Written, label: str, contexts: Context, combination: dict[str, Value]) -> Job:
    workflow, node, where = written.workflow, written.node, written.where
    contexts = {**contexts, "matrix": combination}
    host = _host(node.get("runs-on"), workflow, contexts)
    contexts["env"] = workflow.shown_env
    if written.settings is None:
        env, open_env = read_env(node.get("env"), workflow.source, workflow.env, contexts)
    else:
        env, open_env = workflow.env | written.settings, False
    runner, pulled, env = _place(node, workflow, host, env, contexts)
    if not runner.machine.home_owner and "HOME" in env:
        home = normalise(env["HOME"].value)
        runner = runner._replace(machine=runner.machine._replace(home=home))
    contexts["runner"] = Open(os=runner.os_name, temp=runner.temp)
    job = JobState(workflow, runner, {**runners.variables(runner), **env}, contexts, written.memo, written.plans)
    job.images += pulled
    if open_env:
        job.gaps.append(Gap("the variables of the job are known only at run time", where, ("env",)))
    job.default_shell, job.default_directory = written.shell, written.directory
    job.checks_out_later = written.checks_out
    read_steps(job, node.get("steps"), Scope(workflow.source))
    return finished(job, written.name, label, where, written.rights)


def finished(job: JobState, name: str, label: str, where: Where, rights: permissions.Permissions | None) -> Job:
    return Job(
        name,
        label,
        where,
        "run",
        job.runner.machine,
        tuple(job.steps),
        tuple(_settled(job)),
        tuple(job.images),
        tuple(job.actions),
        (),
        tuple(job.gaps),
        publishing.publishes(job, rights),
        publishing.untrusted(job),
        rights,
    )


def defaults(node: Node | None) -> tuple[str, str]:
    """Read `shell` and `working-directory` of `defaults.run`."""
    run = node.get("run") if isinstance(node, Mapping) else None
    if not isinstance(run, Mapping):
        return "", ""
    return nodes.text(run.get("shell")), nodes.text(run.get("working-directory"))


def _host(node: Node | None, workflow: Workflow, contexts: Context) -> Runner:
    """Tell the machine that `runs-on` names."""
    group = False
    where = nodes.where(workflow.source, node) if node is not None else None
    if isinstance(node, Mapping):
        group = node.get("group") is not None
        node = node.get("labels")
    labels: list[str] = []
    if isinstance(node, Scalar):
        value = nodes.value(node, contexts)
        items = value if isinstance(value, list) else [value]
        labels = [item if isinstance(item, str) else UNKNOWN for item in items if item is not None]
    elif isinstance(node, Sequence):
        labels = [substitute(text, contexts) for text, _ in nodes.strings(node)]
    return runners.runner(labels, group, where)


def _place(
    node: Mapping, workflow: Workflow, host: Runner, env: Env, contexts: Context
) -> tuple[Runner, list[Image], Env]:
    """Put the job into its container, if it has one, with the container's variables; list the images that it pulls."""
    source = workflow.source
    pulled: list[Image] = []
    services = node.get("services")
    if isinstance(services, Mapping):
        for _, service in services.items():
            image = service.get("image") if isinstance(service, Mapping) else service
            name = substitute(nodes.text(image), contexts)
            if name and image is not None:
                pulled.append(images.image(name, nodes.where(source, image), "service"))
    container = node.get("container")
    options = ""
    if isinstance(container, Mapping):
        options = substitute(nodes.text(container.get("options")), contexts)
        variables, _ = read_env(container.get("env"), source, {}, contexts)
        env = {**variables, **env}
        container = container.get("image")
    if not isinstance(container, Scalar):
        return host, pulled, env
    reference = nodes.value(container, contexts)
    if isinstance(reference, dict):
        # `container: ${{ matrix.container }}` may stand for the whole mapping.
        reference = reference.get("image")
    if not isinstance(reference, str) or not reference:
        return host, pulled, env
    pulled.insert(0, images.image(reference, nodes.where(source, container), "container"))
    home = normalise(env["HOME"].value) if "HOME" in env else None
    return runners.contained(host, reference, options, home), pulled, env


def _checks_out(node: Node | None) -> bool:
    if not isinstance(node, Sequence):
        return False
    return any("checkout" in nodes.text(step.get("uses")) for step in node.items if isinstance(step, Mapping))


def _settled(job: JobState) -> list[Cache]:
    """Settle what only the whole job tells: whether a restored cache is also saved."""
    if all(cache.saves or cache.kind != "actions/cache/restore" for cache in job.caches):
        return job.caches
    paths = {item.path for saved in job.saved for item in saved.paths}
    followed = {manager for saved in job.saved for manager in saved.follows}
    elsewhere: str | None = None
    found = []
    for cache in job.caches:
        if not cache.saves and cache.kind == "actions/cache/restore":
            saved = any(item.path in paths for item in cache.paths) or not followed.isdisjoint(cache.follows)
            if not saved:
                # Another job or workflow may save it under the same key.
                if elsewhere is None:
                    elsewhere = _saving(job)
                saved = any(item.where is not None and item.where.text.strip() in elsewhere for item in cache.paths)
            cache = cache._replace(saves=saved)
        found.append(cache)
    return found


def _saving(job: JobState) -> str:
    """Put together the text of every step in the repository's workflows and actions that saves a cache."""
    workflow = job.workflow
    texts = [workflow.source.text]
    for path in workflow.repository.files:
        if path.startswith(".github/") and path.endswith((".yml", ".yaml")) and path != workflow.source.path:
            source = workflow.repository.source(path)
            if source is not None:
                texts.append(source.text)
    # A step ends where the next one uses something.
    steps = [step.lstrip(" \"'") for text in texts if "actions/cache" in text for step in text.split("uses:")[1:]]
    return "\n".join(step for step in steps if step.startswith(("actions/cache/save@", "actions/cache@")))

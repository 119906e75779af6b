"""The steps of a job or of a composite action, in order."""

from __future__ import annotations

from ci_audit import paths
from ci_audit.commands import ShellState, kind
from ci_audit.managers.mentions import matters
from ci_audit.model import UNKNOWN, Action, Cleanup, Command, Env, Gap, Install, Setting, Step
from ci_audit.patterns import regex
from ci_audit.providers.github import actions, images, nodes, outputs, publishing, shells
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.conditions import ALWAYS, Decision, decide
from ci_audit.providers.github.state import JobState, Scope, changes_in, read_env
from ci_audit.providers.github.uses import Use
from ci_audit.providers.github.versions import Version
from ci_audit.providers.steps import Later, read_step
from ci_audit.source import MappedText, Source, Where
from ci_audit.syntax.expressions import Context, Open, spliced, substitute
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence

MAX_DEPTH = 10
"""The most composite actions within each other that GitHub follows."""

_VENV_ON_PATH = regex(
    r"""(?P<base>\$\{?(?:PWD|HOME|GITHUB_WORKSPACE)\}?/|\$\(pwd\)/|~/|\./|)(?P<name>[\w.-]*venv[\w.-]*)/(?:bin|Scripts)"""
    r"""[^\n]*GITHUB_PATH"""
)


class Plan:
    """What a step says before any variant or caller is known: read once, used in every variant."""

    __slots__ = (
        "action",
        "condition",
        "dynamic",
        "inputs",
        "known",
        "name",
        "node",
        "run",
        "step_id",
        "version",
        "where",
    )

    def __init__(self, node: Mapping, source: Source) -> None:
        self.node = node
        self.where = Where(source, node.start, node.end)
        self.condition = nodes.text(node.get("if"))
        self.step_id = nodes.text(node.get("id"))
        self.name = nodes.text(node.get("name")) or self.step_id
        self.dynamic = "${{" in source.text[node.start : node.end]
        uses = node.get("uses")
        run = node.get("run")
        self.run = run if isinstance(run, Scalar) and not isinstance(uses, Scalar) else None
        with_node = node.get("with")
        self.inputs = with_node if isinstance(with_node, Mapping) else None
        self.action: Action | None = None
        self.known: Known | None = None
        self.version: Version | None = None
        if isinstance(uses, Scalar):
            self.action = actions.read(nodes.text(uses), uses, source)
            self.version = actions.version_of(self.action)
            if self.action.kind == "repository":
                self.known = actions.known(self.action.name)


def read_steps(job: JobState, node: Node | None, scope: Scope) -> None:
    """Read a list of steps into the job; `parallel:` steps are read one after the other."""
    if not isinstance(node, Sequence):
        return
    plans = job.plans
    for item in node.items:
        plan = plans.get(id(item))
        if plan is None:
            if not isinstance(item, Mapping):
                continue
            nested = item.get("parallel")
            if isinstance(nested, Sequence):
                read_steps(job, nested, scope)
                continue
            plan = plans[id(item)] = Plan(item, scope.source)
        if plan.action is not None or plan.run is not None:
            _step(job, plan, scope)


def _step(job: JobState, plan: Plan, scope: Scope) -> None:
    outer = {**job.env, **scope.env} if scope.env else job.env
    decision = ALWAYS
    if plan.condition:
        decision = decide(plan.condition, job.context(scope, outer), job.cache_ids, scope.prefix)
        if decision.runs is False:
            return
    if scope.conditional:
        text = f"{scope.condition} && {decision.text}" if decision.text else scope.condition
        decision = Decision(None, decision.skipped_on_hit, text)
    env = outer
    variables = plan.node.get("env")
    if variables is not None:
        context = job.context(scope, outer) if plan.dynamic else {}
        env, open_env = read_env(variables, scope.source, outer, context)
        if open_env:
            reason = "the variables of this step are known only at run time"
            job.gaps.append(Gap(reason, plan.where, ("env",), job.position * 1000))
    if plan.action is not None:
        _use(job, plan, plan.action, env, decision, scope)
    elif plan.run is not None:
        _run(job, plan, plan.run, env, decision, scope)


def _use(job: JobState, plan: Plan, action: Action, env: Env, decision: Decision, scope: Scope) -> None:
    job.actions.append(action)
    order = job.next_order()
    known = plan.known
    if known is not None and known.simple:
        job.names.append(action.name)
        return
    use = Use(action, plan.version, plan.inputs, job, scope, env, decision, order, plan.step_id)
    if action.kind == "docker":
        job.images.append(images.image(action.reference, action.where, "step"))
        return
    if action.kind in ("local", "workflow"):
        # It stands in a module of its own because it comes back to this one.
        from ci_audit.providers.github import local

        local.follow(use)
        return
    job.names.append(action.name)
    if known is None:
        if UNKNOWN not in action.name:
            use.gap(f"`{action.name}` is not known to ci-audit: it may restore a cache")
        return
    entry = known.entry
    publishing.by_action(use, entry)
    if known.kind == "unknown":
        use.gap(
            entry.get("note", f"`{action.name}` may restore a cache"), tuple(entry.get("affects", ("cache", "env")))
        )
    elif known.kind == "effect":
        from ci_audit.providers.github import effects

        effects.apply(entry["effect"], use, known)
    if "runs" in entry:
        _input_as_run(use, entry)


def _input_as_run(use: Use, entry: dict[str, str]) -> None:
    """Read the input that an action runs as a shell script."""
    node = use.node(entry["runs"])
    if isinstance(node, Scalar) and node.value:
        job, scope = use.job, use.scope
        text = node.mapped(scope.source)
        shell = shells.name(use.text("shell")) or shells.default(job.runner.machine.os, False)
        read_text(use, f"`{entry['runs']}` of {use.action.name}", text, shell, entry.get("elsewhere", ""))


def read_text(use: Use, name: str, text: MappedText, shell: str, elsewhere: str = "") -> None:
    """Read a script that an action runs."""
    job, scope = use.job, use.scope
    text = text.replace(changes_in(text.text, _run_context(job.context(scope, use.env), shell)))
    state = ShellState(use.env, paths.WORKSPACE, "", _home(job, use.env), job.virtualenv)
    step, after = _read(job, name, use.action.where, text, state, shell, use.order)
    if elsewhere:
        step = step._replace(
            commands=tuple(command._replace(elsewhere=elsewhere) for command in step.commands),
            installs=(),
            cleanups=(),
        )
    _finish(job, step, after, use.decision)


def _run(job: JobState, plan: Plan, run: Scalar, env: Env, decision: Decision, scope: Scope) -> None:
    shell, directory = nodes.text(plan.node.get("shell")), nodes.text(plan.node.get("working-directory"))
    if not scope.depth:
        shell = shell or job.default_shell
        directory = directory or job.default_directory
    script = run.value
    changes: list[tuple[int, int, str]] = []
    context: Context = {}
    if plan.dynamic or "${{" in shell or "${{" in directory:
        context = job.context(scope, env)
        shell, directory = substitute(shell, context), substitute(directory, context)
    program = shells.name(shell) if shell else job.implied_shell
    if "${{" in script:
        changes = changes_in(script, _run_context(context, program))
        script = "".join(spliced(script, changes))
    home = _home(job, env)
    cwd = paths.normalise(directory, home=home) if directory else paths.WORKSPACE
    order = job.next_order()
    state = ShellState(env, cwd, "", home, job.virtualenv)

    def read() -> tuple[Step, ShellState]:
        text = run.mapped(scope.source).replace(changes)
        return _read(job, plan.name or _name(script), plan.where, text, state, program, order)

    if kind(program) == "sh" and not matters(script, env):
        job.says(script)
        _add(job, Step(plan.name or _name(script), plan.where, order, Later(lambda: read()[0].commands)), decision)
        return
    key = (id(run), script, program, cwd, home, job.virtualenv, job.runner.machine, order)
    found = next((found for known_env, found in job.memo.get(key, ()) if known_env == env), None)
    if found is None:
        found = read()
        job.memo.setdefault(key, []).append((env, found))
    step, after = found
    job.says(script)
    if "GITHUB_" in script or "::set-output" in script:
        outputs.remember(job, scope.prefix + plan.step_id if plan.step_id else "", script)
        _venv_on_path(job, script, cwd)
    if step.gap:
        job.gaps.append(Gap(step.gap, step.where, ("commands",), order))
    _finish(job, step, after, decision)


def _read(
    job: JobState, name: str, where: Where, text: MappedText, state: ShellState, shell: str, order: int
) -> tuple[Step, ShellState]:
    machine, repository = job.runner.machine, job.workflow.repository
    return read_step(name, where, text, state, shell=shell, machine=machine, repository=repository, order=order)


def _finish(job: JobState, step: Step, after: ShellState, decision: Decision) -> None:
    publishing.by_commands(job, step)
    _add(job, step, decision)
    if after.published:
        published = after.published
        if decision.runs is None:
            published = {
                name: setting if name in job.env and job.env[name].value == setting.value else _unsure(setting)
                for name, setting in published.items()
            }
        job.env = {**job.env, **published}


def _add(job: JobState, step: Step, decision: Decision) -> None:
    if decision.runs is None:
        step = conditional(step)
    if decision is not ALWAYS:
        step = step._replace(skipped_on_hit=decision.skipped_on_hit, condition=decision.text)
    job.steps.append(step)


def _unsure(setting: Setting) -> Setting:
    return setting._replace(value=UNKNOWN)


def conditional(step: Step) -> Step:
    """Mark all that a step does as depending on a condition."""
    if isinstance(step.commands, Later):
        commands = step.commands
        return step._replace(commands=Later(lambda: tuple(item._replace(conditional=True) for item in commands)))
    if not step.commands:
        return step
    marked: dict[int, Command] = {id(command): command._replace(conditional=True) for command in step.commands}

    def mark(command: Command) -> Command:
        return marked.get(id(command)) or command._replace(conditional=True)

    installs: tuple[Install, ...] = tuple(item._replace(command=mark(item.command)) for item in step.installs)
    cleanups: tuple[Cleanup, ...] = tuple(item._replace(command=mark(item.command)) for item in step.cleanups)
    return step._replace(commands=tuple(marked.values()), installs=installs, cleanups=cleanups)


def _home(job: JobState, env: Env) -> str:
    setting = env.get("HOME")
    return paths.normalise(setting.value) if setting is not None else job.home


def _run_context(context: Context, shell: str) -> Context:
    """Let a script name the checkout by the variable that holds it, so that its shell does not expand our root."""
    if shell in ("pwsh", "powershell", "cmd"):
        return context
    github = context["github"]
    assert isinstance(github, dict)
    return {**context, "github": Open(github, workspace="$GITHUB_WORKSPACE")}


def _name(script: str) -> str:
    return script.strip().partition("\n")[0].replace(UNKNOWN, "…")


def _venv_on_path(job: JobState, text: str, cwd: str) -> None:
    """Notice a virtual environment that is put on the path of the steps that follow."""
    match = _VENV_ON_PATH.search(text)
    if match is None:
        return
    base = match["base"]
    if "HOME" in base or base == "~/":
        folder = job.home
    elif "WORKSPACE" in base:
        folder = paths.WORKSPACE
    else:
        folder = cwd
    job.virtualenv = paths.normalise(match["name"], cwd=folder)

"""The steps of a job or of a composite action, in order."""

from __future__ import annotations

from functools import lru_cache, partial

from ci_audit import paths
from ci_audit.commands import ShellState, kind
from ci_audit.managers.mentions import matters
from ci_audit.model import UNKNOWN, Action, Command, Env, Gap, Machine, Setting, Step
from ci_audit.patterns import regex
from ci_audit.providers.github import effects, images, outputs, publishing, shells
from ci_audit.providers.github.conditions import ALWAYS, Decision, decide
from ci_audit.providers.github.plans import Plan
from ci_audit.providers.github.state import JobState, Scope, changes_in, read_env
from ci_audit.providers.github.uses import Use
from ci_audit.providers.steps import Later, read_step
from ci_audit.repository import Repository
from ci_audit.source import MappedText, Source, Where
from ci_audit.syntax.expressions import Context, Open, spliced, substitute
from ci_audit.syntax.yamltree import Mapping, Node, Scalar, Sequence

MAX_DEPTH = 10
"""The most composite actions within each other that GitHub follows."""

_kind = lru_cache(64)(kind)

_VENV_ON_PATH = regex(
    r"""(?P<base>\$\{?(?:PWD|HOME|GITHUB_WORKSPACE)\}?/|\$\(pwd\)/|~/|\./|)(?P<name>[\w.-]*venv[\w.-]*)/(?:bin|Scripts)"""
    r"""[^\n]*GITHUB_PATH"""
)


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
    decision = plan.decision
    if decision is None:
        decision = decide(plan.condition, job.context(scope, outer), job.cache_ids, scope.prefix)
    if decision.runs is False:
        return
    if scope.conditional:
        text = f"{scope.condition} && {decision.text}" if decision.text else scope.condition
        decision = Decision(None, decision.skipped_on_hit, text)
    env = outer
    if plan.settings:
        env = outer | plan.settings
    elif plan.variables is not None and plan.settings is None:
        env, open_env = read_env(plan.variables, scope.source, outer, job.context(scope, outer))
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
    if plan.simple:
        job.names.append(action.name)
        return
    known = plan.known
    use = Use(plan, action, job, scope, env, decision, order)
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
    machine, repository = job.runner.machine, job.workflow.repository
    step, after = read_step(
        name, use.action.where, text, state, shell=shell, machine=machine, repository=repository, order=use.order
    )
    if elsewhere:
        step = step._replace(
            commands=tuple(command._replace(elsewhere=elsewhere) for command in step.commands),
            installs=(),
            cleanups=(),
        )
    publishing.by_commands(job, step)
    _add(job, _under(step, use.decision), after, use.decision)


def _run(job: JobState, plan: Plan, run: Scalar, env: Env, decision: Decision, scope: Scope) -> None:
    shell, directory, script = plan.shell, plan.directory, run.value
    if not scope.depth:
        shell = shell or job.default_shell
        directory = directory or job.default_directory
    changes: list[tuple[int, int, str]] = []
    context: Context = {}
    if plan.dynamic or "${{" in shell or "${{" in directory:
        context = job.context(scope, env)
        shell, directory = substitute(shell, context), substitute(directory, context)
    program = shells.name(shell) if shell else job.implied_shell
    if plan.dynamic:
        changes = changes_in(script, _run_context(context, program))
        script = "".join(spliced(script, changes))
    home = _home(job, env)
    cwd = paths.normalise(directory, home=home) if directory else paths.WORKSPACE
    order = job.next_order()
    state = ShellState(env, cwd, "", home, job.virtualenv)
    machine, repository = job.runner.machine, job.workflow.repository
    name = plan.name or _name(script)
    read = partial(_script, run, scope.source, changes, name, plan.where, order, state, program, machine, repository)
    job.says(script)
    if _kind(program) == "sh" and not matters(script, env):
        job.steps.append(_under(Step(name, plan.where, order, Later(lambda: read()[0].commands)), decision))
        return
    key = (id(run), script, program, cwd, home, job.virtualenv, machine, order, decision)
    found = next((found for known_env, found in job.memo.get(key, ()) if known_env == env), None)
    if found is None:
        step, after = read()
        found = (step, _under(step, decision), after)
        job.memo.setdefault(key, []).append((env, found))
    step, under, after = found
    if "GITHUB_" in script or "::set-output" in script:
        outputs.remember(job, scope.prefix + plan.step_id if plan.step_id else "", script)
        _venv_on_path(job, script, cwd)
    if step.gap:
        job.gaps.append(Gap(step.gap, step.where, ("commands",), order))
    publishing.by_commands(job, step)
    _add(job, under, after, decision)


def _script(
    run: Scalar,
    source: Source,
    changes: list[tuple[int, int, str]],
    name: str,
    where: Where,
    order: int,
    state: ShellState,
    shell: str,
    machine: Machine,
    repository: Repository,
) -> tuple[Step, ShellState]:
    text = run.mapped(source).replace(changes)
    return read_step(name, where, text, state, shell=shell, machine=machine, repository=repository, order=order)


def _add(job: JobState, step: Step, after: ShellState, decision: Decision) -> None:
    """Add a step with what it leaves to those that follow."""
    job.steps.append(step)
    if after.published:
        published = after.published
        if decision.runs is None:
            published = {
                name: setting if name in job.env and job.env[name].value == setting.value else _unsure(setting)
                for name, setting in published.items()
            }
        job.env = {**job.env, **published}


def _unsure(setting: Setting) -> Setting:
    return setting._replace(value=UNKNOWN)


def _under(step: Step, decision: Decision) -> Step:
    """Put a step under its condition, with all that it does when that is not known."""
    if decision is ALWAYS:
        return step
    commands, installs, cleanups = step.commands, step.installs, step.cleanups
    if decision.runs is not None:
        pass
    elif isinstance(commands, Later):
        read = commands
        commands = Later(lambda: tuple(item._replace(conditional=True) for item in read))
    elif commands:
        marked: dict[int, Command] = {id(command): command._replace(conditional=True) for command in commands}

        def mark(command: Command) -> Command:
            return marked.get(id(command)) or command._replace(conditional=True)

        commands = tuple(marked.values())
        installs = tuple(item._replace(command=mark(item.command)) for item in installs)
        cleanups = tuple(item._replace(command=mark(item.command)) for item in cleanups)
    # A call with all fields takes a third of the time of `_replace`.
    return Step(
        step.name,
        step.where,
        step.order,
        commands,
        installs,
        cleanups,
        step.caches,
        step.gap,
        decision.skipped_on_hit,
        decision.text,
    )


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

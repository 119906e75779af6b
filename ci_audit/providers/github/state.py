"""A job while its steps are read: what they have changed so far and what they leave."""

from __future__ import annotations

from ci_audit.commands import ShellState
from ci_audit.model import Action, Cache, Env, Gap, Image, Setting, Step, known_value
from ci_audit.providers.github import nodes, shells
from ci_audit.providers.github.runners import Runner
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN, Source, Where
from ci_audit.syntax import expressions
from ci_audit.syntax.expressions import Context, Open, Value
from ci_audit.syntax.yamltree import Mapping, Node, Scalar
from ci_audit.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ci_audit.providers.github.plans import Plan


_MAX_TEXTS = 300
_MAX_TEXT = 20_000


class Workflow(NamedTuple):
    """What the jobs of one file share."""

    source: Source
    repository: Repository
    events: tuple[str, ...]
    """What starts it; empty for an action."""
    tags_only: bool
    """A push starts it for tags only."""
    env: Env
    defaults: tuple[str, str]
    """`shell` and `working-directory` of `defaults.run`."""
    shown_env: Open = Open()
    """The variables as expressions see them."""


class Scope(NamedTuple):
    """Where a list of steps stands: in the job itself or in a composite action that it uses."""

    source: Source
    inputs: Value = UNKNOWN
    env: Env = {}  # noqa: RUF012  never changed in place
    """What the step that uses the action sets for it."""
    prefix: str = ""
    """Keeps the ids of an action's steps apart from those of the job."""
    action_path: str = UNKNOWN
    conditional: bool = False
    condition: str = ""
    depth: int = 0
    inside: tuple[str, ...] = ()
    """The actions that it stands in, so that a cycle ends."""


class Ask(NamedTuple):
    """What an output or a variable holds that a step computed: the directory of a manager."""

    manager: str


class JobState:
    """A variant of a job, filled step by step."""

    __slots__ = (
        "actions",
        "asks",
        "cache_ids",
        "caches",
        "checkouts",
        "checks_out_later",
        "contexts",
        "default_directory",
        "default_shell",
        "env",
        "gaps",
        "home",
        "images",
        "implied_shell",
        "memo",
        "names",
        "plans",
        "position",
        "publishes",
        "runner",
        "saved",
        "shown_env",
        "steps",
        "texts",
        "texts_cut",
        "untrusted",
        "virtualenv",
        "workflow",
    )

    def __init__(
        self, workflow: Workflow, runner: Runner, env: Env, contexts: Context, memo: Memo, plans: Plans
    ) -> None:
        self.workflow = workflow
        self.runner = runner
        self.env = env
        self.contexts = contexts
        self.memo = memo
        self.plans = plans
        self.implied_shell = shells.default(runner.machine.os, bool(runner.machine.home_owner))
        self.home = runner.machine.home
        self.virtualenv = ""
        self.default_shell = ""
        self.default_directory = ""
        self.position = 0
        self.steps: list[Step] = []
        self.caches: list[Cache] = []
        self.saved: list[Cache] = []
        """Paths that `actions/cache/save` keeps."""
        self.cache_ids: set[str] = set()
        self.actions: list[Action] = []
        self.images: list[Image] = []
        self.gaps: list[Gap] = []
        self.asks: dict[tuple[str, str], Ask] = {}
        """By (step id, output), or ("env", variable)."""
        self.checkouts: list[Mapping | None] = []
        """The `with` of each checkout so far."""
        self.checks_out_later = False
        self.texts: list[str] = []
        """The text of each `run` so far, as `says` keeps it."""
        self.texts_cut = False
        self.shown_env: tuple[Env, Open] = ({}, Open())
        self.names: list[str] = []
        """The name of each action so far."""
        self.publishes: tuple[str, Where | None] | None = None
        self.untrusted: tuple[str, Where | None] | None = None

    def next_order(self) -> int:
        """Take the place of the next step."""
        order = self.position * 1000
        self.position += 1
        return order

    def context(self, scope: Scope, env: Env) -> Context:
        """Give the expression contexts of a step."""
        context = dict(self.contexts)
        if self.shown_env[0] is not env:
            self.shown_env = (env, shown(env))
        context["env"] = self.shown_env[1]
        if scope.depth:
            context["inputs"] = scope.inputs
            github = context["github"]
            assert isinstance(github, dict)
            context["github"] = Open(github, action_path=scope.action_path)
        return context

    def says(self, text: str) -> None:
        """Remember the text of a script; of a job with very many or very long ones not all."""
        if len(self.texts) < _MAX_TEXTS and len(text) < _MAX_TEXT:
            self.texts.append(text)
        else:
            self.texts_cut = True

    def set(self, name: str, value: str, where: Where | None = None) -> None:
        """Set a variable for the steps that follow."""
        self.env = {**self.env, name: Setting(name, value, where)}


Memo = dict[tuple[object, ...], list[tuple[Env, tuple[Step, Step, ShellState]]]]
"""Steps already read in another variant of the job, by what they depend on besides the variables: each as it is without
its condition, with it, and the state of the shell after it."""

Plans = dict[int, "Plan"]
"""What each step says, by the identity of its node."""


def shown(env: Env) -> Open:
    """Give the variables as expressions see them."""
    return Open({name: known_value(setting) for name, setting in env.items()})


def read_env(node: Node | None, source: Source, env: Env, context: Context) -> tuple[Env, bool]:
    """Add an `env` map to the variables; the flag says that it is an expression of which nothing is known."""
    if isinstance(node, Scalar):
        value = nodes.value(node, context)
        if not isinstance(value, dict) or isinstance(value, Open):
            return env, value == UNKNOWN or isinstance(value, Open)
        where = Where(source, node.start, node.end)
        return env | {name: Setting(name, expressions.text_of(item), where) for name, item in value.items()}, False
    if not isinstance(node, Mapping) or not node.pairs:
        return env, False
    found = dict(env)
    for key, item in node.items():
        if isinstance(item, Scalar):
            value = expressions.substitute(nodes.text(item), context)
            found[key.value] = Setting(key.value, value, Where(source, item.start, item.end))
    return found, False


def changes_in(text: str, context: Context) -> list[tuple[int, int, str]]:
    """Give the place of each expression in a text, start and end, and what it comes to."""
    return [
        (start, end, expressions.text_of(expressions.evaluate(inner, context)))
        for start, end, inner in expressions.find(text)
    ]

"""What a step says before any variant or caller is known: read once, used in every variant."""

from __future__ import annotations

from ci_audit.model import Action, Setting
from ci_audit.providers.github import actions, conditions, nodes
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.versions import Version
from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import Mapping, Node, Scalar

Inputs = dict[str, tuple[Scalar, Node]]
"""The inputs that a step passes to an action by their names in lower case, each with its key."""


class Plan:
    """A step as it is written."""

    __slots__ = (
        "action",
        "condition",
        "decision",
        "directory",
        "dynamic",
        "given",
        "inputs",
        "known",
        "name",
        "node",
        "run",
        "settings",
        "shell",
        "simple",
        "step_id",
        "variables",
        "version",
        "where",
    )

    def __init__(self, node: Mapping, source: Source) -> None:
        get = node.get
        # It must not go before the plan does: plans are found by the identity of their nodes.
        self.node = node
        self.where = Where(source, node.start, node.end)
        self.condition = nodes.text(get("if"))
        self.decision = conditions.constant(self.condition)
        """What the condition comes to, where that is the same in every variant."""
        self.step_id = nodes.text(get("id"))
        self.name = nodes.text(get("name")) or self.step_id
        self.variables = get("env")
        self.settings = settings(self.variables, source) if self.variables is not None else None
        """The variables of `env` when none of them holds an expression."""
        self.run: Scalar | None = None
        self.action: Action | None = None
        uses = get("uses")
        if isinstance(uses, Scalar):
            self._read_use(uses, get("with"), source)
            return
        run = get("run")
        if isinstance(run, Scalar):
            self.run = run
            self.shell = nodes.text(get("shell"))
            self.directory = nodes.text(get("working-directory"))
            self.dynamic = "${{" in run.value

    def _read_use(self, uses: Scalar, inputs: Node | None, source: Source) -> None:
        action = self.action = actions.read(nodes.text(uses), uses, source)
        self.version: Version | None = None
        self.known: Known | None = actions.known(action.name) if action.kind == "repository" else None
        self.simple = self.known is not None and self.known.simple
        """A use of it changes nothing that is looked at."""
        if self.simple:
            return
        self.version = actions.version_of(action)
        self.inputs = inputs if isinstance(inputs, Mapping) else None
        self.given: Inputs = {}
        if self.inputs is not None:
            self.given = {pair[0].value.lower(): pair for pair in self.inputs.items()}


def settings(node: Node | None, source: Source) -> dict[str, Setting] | None:
    """Read an `env` map without expressions; None where something in it has to be evaluated first."""
    if not isinstance(node, Mapping):
        return None
    found: dict[str, Setting] = {}
    for key, item in node.items():
        if isinstance(item, Scalar):
            if "${{" in item.value:
                return None
            found[key.value] = Setting(key.value, nodes.text(item), Where(source, item.start, item.end))
    return found

"""One use of an action by a step, as the code that knows the action sees it."""

from __future__ import annotations

from ci_audit.model import Action, Cache, Env, Gap, Problem
from ci_audit.providers.github import nodes
from ci_audit.providers.github.conditions import Decision
from ci_audit.providers.github.state import JobState, Scope
from ci_audit.providers.github.versions import Version
from ci_audit.source import Where
from ci_audit.syntax.expressions import Context, substitute
from ci_audit.syntax.yamltree import Mapping, Node
from ci_audit.typed import Any


class Use:
    """A step that uses an action: its inputs, and the job that it changes."""

    __slots__ = ("_inputs", "action", "decision", "env", "inputs", "job", "order", "scope", "step_id", "version")

    def __init__(
        self,
        action: Action,
        version: Version | None,
        inputs: Mapping | None,
        job: JobState,
        scope: Scope,
        env: Env,
        decision: Decision,
        order: int,
        step_id: str,
    ) -> None:
        self.action = action
        self.version = version
        self.inputs = inputs
        self.job = job
        self.scope = scope
        self.env = env
        self.decision = decision
        self.order = order
        self.step_id = step_id
        self._inputs: dict[str, Node] | None = None

    @property
    def context(self) -> Context:
        return self.job.context(self.scope, self.env)

    def node(self, name: str) -> Node | None:
        """Look up what is written for an input; names are compared without case."""
        if self.inputs is None:
            return None
        if self._inputs is None:
            self._inputs = {key.value.lower(): item for key, item in self.inputs.items()}
        return self._inputs.get(name)

    def text(self, name: str, default: str = "") -> str:
        """Give an input with its expressions evaluated; an empty one is as good as none."""
        written = nodes.text(self.node(name))
        if not written:
            return default
        return substitute(written, self.context).strip() or default

    def where(self, name: str) -> Where:
        """Point at an input, key and value, or else at the action."""
        if self.inputs is not None:
            for key, item in self.inputs.items():
                if key.value.lower() == name:
                    return Where(self.scope.source, key.start, max(key.end, item.end))
        return self.action.where

    def gap(self, reason: str, affects: tuple[str, ...] = ("cache", "env")) -> None:
        self.job.gaps.append(Gap(reason, self.action.where, affects, self.order))

    def cache(
        self, kind: str, where: Where | None = None, problems: list[Problem] | None = None, **fields: Any
    ) -> None:
        """Add a cache that this step restores, under the condition of the step."""
        step = self.scope.prefix + self.step_id if self.step_id else ""
        if step:
            self.job.cache_ids.add(step)
        self.job.caches.append(
            Cache(
                kind,
                where or self.action.where,
                env=self.env,
                order=self.order,
                problems=tuple(problems or ()),
                conditional=self.decision.runs is None,
                condition=self.decision.text,
                step=step,
                **fields,
            )
        )

"""One use of an action by a step, as the code that knows the action sees it."""

from __future__ import annotations

from ci_audit.model import Action, Cache, Env, Gap, Problem
from ci_audit.providers.github import nodes
from ci_audit.providers.github.conditions import Decision
from ci_audit.providers.github.plans import Plan
from ci_audit.providers.github.state import JobState, Scope
from ci_audit.source import Where
from ci_audit.syntax.expressions import Context, substitute
from ci_audit.syntax.yamltree import Node
from ci_audit.typed import Any


class Use:
    """A step that uses an action: its inputs, and the job that it changes."""

    __slots__ = ("_given", "action", "decision", "env", "inputs", "job", "order", "scope", "step_id", "version")

    def __init__(
        self,
        plan: Plan,
        action: Action,
        job: JobState,
        scope: Scope,
        env: Env,
        decision: Decision,
        order: int,
    ) -> None:
        self.action = action
        self.version = plan.version
        self.inputs = plan.inputs
        self.step_id = plan.step_id
        self.job = job
        self.scope = scope
        self.env = env
        self.decision = decision
        self.order = order
        self._given = plan.given

    @property
    def context(self) -> Context:
        return self.job.context(self.scope, self.env)

    def node(self, name: str) -> Node | None:
        """Look up what is written for an input; names are compared without case."""
        found = self._given.get(name)
        return None if found is None else found[1]

    def text(self, name: str, default: str = "") -> str:
        """Give an input with its expressions evaluated; an empty one is as good as none."""
        found = self._given.get(name)
        if found is None:
            return default
        written = nodes.text(found[1])
        if "${{" in written:
            written = substitute(written, self.context)
        return written.strip() or default

    def where(self, name: str) -> Where:
        """Point at an input, key and value, or else at the action."""
        found = self._given.get(name)
        if found is None:
            return self.action.where
        key, item = found
        return Where(self.scope.source, key.start, max(key.end, item.end))

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

"""When a job runs, as far as it decides what is judged."""

from __future__ import annotations

from ci_audit.providers.gitlab.tree import List, Table
from ci_audit.providers.gitlab.variables import flat

_CONDITIONS = ("if", "changes", "exists")


def never(job: Table) -> bool:
    """Tell whether a job runs in no pipeline: its first rules always hold and say so."""
    rules = job.get("rules")
    if not isinstance(rules, List):
        return False
    items = flat(rules)
    for rule in items:
        if not isinstance(rule, Table):
            return False
        if rule.text("when") != "never":
            return False
        if not any(rule.get(name) is not None for name in _CONDITIONS):
            return True
    return bool(items)

"""When a job runs, as far as it decides what is judged."""

from __future__ import annotations

from ci_audit.patterns import regex
from ci_audit.providers.gitlab.tree import List, Table, Text, Value, texts
from ci_audit.providers.gitlab.variables import flat

_CONDITIONS = ("if", "changes", "exists")
_TAG = regex(r"\$\{?CI_COMMIT_TAG\b(?!\}?\s*(?:==\s*(?:null|\"\"|'')|!~))")
_NO_TAG = regex(r"\|\||!\s*\$CI_COMMIT_TAG")


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


def tags_only(job: Table) -> bool:
    """Tell whether a job runs in pipelines for tags only."""
    rules = [rule for rule in flat(job.get("rules")) if isinstance(rule, Table) and rule.text("when") != "never"]
    if rules:
        return all(_of_tag(rule.text("if")) for rule in rules)
    only, excluded = _refs(job.get("only")), _refs(job.get("except"))
    if only and all(ref == "tags" for ref in only):
        return True
    return bool(only) and all(ref == "tags" or ref.startswith("/") for ref in only) and "branches" in excluded


def _of_tag(condition: str) -> bool:
    return _TAG.search(condition) is not None and _NO_TAG.search(condition) is None


def _refs(value: Value | None) -> list[str]:
    if isinstance(value, Table):
        value = value.get("refs")
    return [item.text for item in texts(value)] if isinstance(value, (Text, List)) else []

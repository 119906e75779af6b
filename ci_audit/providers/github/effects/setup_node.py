"""actions/setup-node: `cache`, and from v5 on the package manager that package.json names."""

from __future__ import annotations

from ci_audit.model import UNKNOWN, Problem
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.uses import Use
from ci_audit.repository import Repository

_MANAGERS = ("npm", "yarn", "pnpm")


def setup_node(use: Use, known: Known) -> None:
    value = use.text("cache").lower()
    where = use.where("cache")
    if UNKNOWN in value:
        problem = Problem("unknown", "the value of `cache` is known only at run time", where)
        use.cache("setup-node", where, [problem], managers=_MANAGERS, follows=_MANAGERS)
        return
    if value:
        use.cache("setup-node", where, managers=(value,), follows=(value,))
        return
    defaults = known.defaults(use.version)
    automatic = None if defaults is None else defaults.get("automatic", [])
    if automatic != [] and use.text("package-manager-cache", "true").lower() != "false":
        named = _package_manager(use.job.workflow.repository)
        if named and (automatic is None or named in automatic):
            problems = []
            if automatic is None:
                problems = [Problem("unknown", "which version of `actions/setup-node` runs is not known")]
            use.cache("setup-node", None, problems, managers=(named,), follows=(named,))
            return
    reason = "`actions/setup-node` stands here without its `cache` input"
    use.cache("setup-node", problems=[Problem("absent", reason, use.action.where)], managers=_MANAGERS)


def _package_manager(repository: Repository) -> str:
    """Read the package manager that package.json names."""
    source = repository.source("package.json")
    if source is None:
        return ""
    import json

    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    engines = data.get("devEngines")
    engine = engines.get("packageManager") if isinstance(engines, dict) else None
    name = engine.get("name") if isinstance(engine, dict) else data.get("packageManager")
    return name.partition("@")[0].lstrip("^") if isinstance(name, str) else ""

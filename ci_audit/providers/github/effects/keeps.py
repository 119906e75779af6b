"""Actions that keep directories in a way that the data file can describe."""

from __future__ import annotations

from ci_audit import paths
from ci_audit.model import UNKNOWN, Kept, Problem
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.uses import Use
from ci_audit.typed import Any

_OFF = frozenset(("", "false", "no", "off", "0", "none"))


def keeps(use: Use, known: Known) -> None:
    """Keep what the entry names: `paths`, or the directories of `follows`; `input` switches it, from `default`.

    Where `named` is set, the value of the input is the manager.
    """
    defaults = known.defaults(use.version)
    entry: dict[str, Any] = {**known.entry, **(defaults or {})}
    kind: str = entry["as"]
    for name, value in entry.get("sets", {}).items():
        use.job.set(name, value if value.startswith("$") else paths.normalise(value, home=use.job.home))
    switch = entry.get("input")
    problems: list[Problem] = []
    follows, managers = tuple(entry.get("follows", ())), tuple(entry.get("managers", ()))
    where = None
    if switch:
        value = use.text(switch, entry.get("default", ""))
        if value.lower() in _OFF and not (defaults is None and not use.text(switch)):
            if "default" in entry or managers:
                reason = f"`{use.action.name}` stands here with its `{switch}` switched off"
                use.cache(kind, problems=[Problem("absent", reason, use.where(switch))], managers=managers)
            return
        where = use.where(switch)
        if defaults is None and not use.text(switch):
            problems.append(Problem("unknown", f"which version of `{use.action.name}` runs is not known", where))
        elif UNKNOWN in value:
            problems.append(Problem("unknown", f"the value of `{switch}` is known only at run time", where))
        elif entry.get("named"):
            follows = managers = (value.lower(),)
    home = use.job.home
    kept = tuple(Kept(paths.normalise(path, home=home), where) for path in entry.get("paths", ()))
    use.cache(kind, where, problems, paths=kept, follows=follows, managers=managers)

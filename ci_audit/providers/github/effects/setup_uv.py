"""astral-sh/setup-uv: whether it caches, where, and what it takes out before it saves, by version."""

from __future__ import annotations

from ci_audit import paths
from ci_audit.model import UNKNOWN, Kept, Problem
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.uses import Use
from ci_audit.providers.github.versions import NEWEST
from ci_audit.source import Where
from ci_audit.typed import Any

_KIND = "setup-uv"


def setup_uv(use: Use, known: Known) -> None:
    defaults = known.defaults(use.version)
    where = use.where("enable-cache")
    enabled, reason = _enabled(use, defaults)
    follows: tuple[str, ...] = ()
    directory, own = _directory(use, defaults or known.defaults(NEWEST) or {})
    if own and (enabled is not False or (defaults is not None and defaults["sets-directory"] == "always")):
        use.job.set("UV_CACHE_DIR", directory, use.where("cache-local-path"))
    if use.text("activate-environment").lower() == "true":
        folder = use.text("working-directory") or paths.WORKSPACE
        venv = paths.normalise(use.text("venv-path", ".venv"), cwd=paths.normalise(folder), home=use.job.home)
        use.job.set("VIRTUAL_ENV", venv, use.where("activate-environment"))
    if use.text("restore-cache").lower() == "false":
        enabled, reason = False, "`restore-cache` is off"
    if enabled is False:
        use.cache(_KIND, problems=[Problem("absent", reason, where)], managers=("uv",))
        return
    problems: list[Problem] = []
    if enabled is None:
        problems.append(Problem("unknown", reason, where))
    else:
        problems += _pruned(use, defaults)
    if not own:
        follows = ("uv",)
    kept = (Kept(directory, use.where("cache-local-path")),) if own else ()
    saves = use.text("save-cache").lower() != "false"
    # The action sees the directory that it sets itself.
    use.env = {**use.env, **{key: use.job.env[key] for key in ("UV_CACHE_DIR",) if key in use.job.env}}
    use.cache(_KIND, where, problems, managers=("uv",), paths=kept, follows=follows, saves=saves)


def _enabled(use: Use, defaults: dict[str, Any] | None) -> tuple[bool | None, str]:
    value = use.text("enable-cache")
    if UNKNOWN in value:
        return None, "the value of `enable-cache` is known only at run time"
    if not value:
        if defaults is None:
            return None, f"which version of `{use.action.name}` runs is not known"
        value = defaults["enable-cache"]
    if value.lower() == "true":
        return True, ""
    if value.lower() != "auto":
        return False, f"`{use.action.name}` stands here with its cache off"
    hosted = use.job.runner.hosted
    if hosted is None:
        return None, "setup-uv caches on runners that GitHub hosts, and whether this is one is not known"
    if not hosted:
        return False, "setup-uv keeps its cache off on self-hosted runners"
    risky = (defaults or {}).get("off-for", [])
    workflow = use.job.workflow
    events = [event for event in workflow.events if event != "workflow_dispatch"]
    off = [event for event in events if event in risky or (event == "push" and workflow.tags_only and risky)]
    if events and len(off) == len(events):
        return False, f"setup-uv keeps its cache off for {' and '.join(off)}"
    return True, ""


def _directory(use: Use, defaults: dict[str, Any]) -> tuple[str, bool]:
    """Tell where the cache lies; the flag says that setup-uv sets UV_CACHE_DIR to it."""
    given = use.text("cache-local-path")
    runner = use.job.runner
    if given:
        return paths.normalise(given, home=use.job.home), True
    if defaults["reads-directory"]:
        if _configured(use):
            return "", False
        setting = use.env.get("UV_CACHE_DIR")
        if setting is not None:
            return paths.normalise(setting.value, home=use.job.home), True
    if runner.hosted is False and defaults["at-home"]:
        if runner.machine.os == "windows":
            return paths.normalise("~/AppData/Roaming/uv/cache", home=use.job.home), True
        return paths.normalise("~/.cache/uv", home=use.job.home), True
    return paths.normalise(runner.temp + "/setup-uv-cache", home=use.job.home), True


def _configured(use: Use) -> bool:
    """Tell whether a configuration file of uv names the cache directory."""
    repository = use.job.workflow.repository
    for path, keys in (("uv.toml", ()), ("pyproject.toml", ("tool", "uv"))):
        source = repository.source(path)
        if source is None or "cache-dir" not in source.text:
            continue
        table: Any = repository.toml(path)
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict) and "cache-dir" in table:
            return True
    return False


def _pruned(use: Use, defaults: dict[str, Any] | None) -> list[Problem]:
    value = use.text("prune-cache").lower()
    where: Where | None = use.where("prune-cache")
    if not value:
        if defaults is None:
            reason = f"which version of `{use.action.name}` runs is not known, and older ones take out the wheels"
            return [Problem("unknown", reason, where)]
        value = defaults["prune-cache"]
    if value == "true":
        return [Problem("pruned", "setup-uv takes the downloaded wheels out of the cache before it saves it", where)]
    return (
        [Problem("unknown", "the value of `prune-cache` is known only at run time", where)] if UNKNOWN in value else []
    )


def setup_cached_uv(use: Use, known: Known) -> None:
    """hynek/setup-cached-uv: a directory of its own, kept by actions/cache after `uv cache prune --ci`."""
    windows = use.job.runner.machine.os == "windows"
    default = "D:/a/_temp/scu-uv-cache" if windows else "/tmp/scu-uv-cache"
    given = use.text("uv-cache-path")
    directory = paths.normalise(default if given in ("", "NOT_SET") else given, home=use.job.home)
    use.job.set("UV_CACHE_DIR", directory, use.where("uv-cache-path"))
    switch = use.text("use-cache-if", "true")
    if switch != "true" and UNKNOWN not in switch:
        use.cache(_KIND, problems=[Problem("absent", "`use-cache-if` is off", use.action.where)], managers=("uv",))
        return
    if UNKNOWN in switch:
        problem = Problem("unknown", "`use-cache-if` is known only at run time", use.where("use-cache-if"))
    else:
        reason = "setup-cached-uv takes the downloaded wheels out of the cache before it saves it"
        problem = Problem("pruned", reason, use.action.where)
    use.cache("setup-cached-uv", None, [problem], managers=("uv",), paths=(Kept(directory, use.action.where),))

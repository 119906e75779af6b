"""Where uv keeps its downloads, for uv itself and for the tools that run it.

Facts: uv's documentation (concepts/cache, reference/storage, reference/environment) and `uv-cache/src/cli.rs`.
"""

from __future__ import annotations

from ci_audit.managers.files import configured, folders_up, inside, relative, tables
from ci_audit.managers.folders import below, local_app_data, named, resolve, setting, truthy, windows_or, xdg_cache
from ci_audit.managers.indexes import PYPI, index_from, index_name
from ci_audit.managers.protocol import Invocation, Place, Storage
from ci_audit.model import UNKNOWN, Directory, Switch, Word
from ci_audit.paths import WORKSPACE

VARIABLE = "UV_CACHE_DIR"


def directory(place: Place) -> Directory:
    """Give uv's cache directory under these variables."""
    return named(place, VARIABLE) or _default(place)


def _default(place: Place) -> Directory:
    return windows_or(place, local_app_data(place, "uv", "cache"), xdg_cache(place, "uv"), "uv")


def storage(call: Invocation, *, option: Word | None = None, no_cache: Word | None = None) -> Storage:
    """Tell where uv keeps downloads when this command runs it, and whether its cache is off."""
    place = call.place
    where = call.command.where_of
    config, folder = configuration(call)
    chosen: Directory | None
    if option is not None:
        chosen = Directory(resolve(place, option.text), "`--cache-dir` is given", where(option))
    else:
        chosen = named(place, VARIABLE)
    configured = config.get("cache-dir")
    if chosen is None and isinstance(configured, str):
        base = place._replace(cwd=below(WORKSPACE, folder) if folder else WORKSPACE)
        # What a relative path starts from is not documented; outside the root it matters.
        path = resolve(base, configured) if not folder or configured.startswith("/") else UNKNOWN
        chosen = Directory(path, "uv's configuration sets it")
    if chosen is None:
        chosen = _default(place)
    if no_cache is not None:
        return Storage((chosen,), Switch(f"`{no_cache.text}` turns uv's cache off", where(no_cache)))
    variable = setting(place.env, "UV_NO_CACHE")
    if variable is not None:
        off = truthy(variable.value)
        if off is None:
            return Storage((chosen,), gap="what UV_NO_CACHE is set to is not known")
        if off:
            return Storage((chosen,), Switch(f"UV_NO_CACHE={variable.value} turns uv's cache off", variable.where))
    elif config.get("no-cache") is True:
        return Storage((chosen,), Switch("`no-cache = true` in uv's configuration turns its cache off"))
    return Storage((chosen,))


def configuration(call: Invocation) -> tuple[dict[str, object], str]:
    """Read the nearest `uv.toml` or `[tool.uv]`, and the folder that it stands in."""
    env = call.command.env
    disabled = setting(env, "UV_NO_CONFIG")
    if disabled is not None and truthy(disabled.value):
        return {}, ""
    chosen = setting(env, "UV_CONFIG_FILE")
    if chosen is not None:
        path = relative(call.place, chosen.value)
        return (call.repository.toml(path) or {}) if UNKNOWN not in path else {}, ""
    for folder in folders_up(call.place):
        own = call.repository.toml(inside(folder, "uv.toml"))
        if own is not None:
            return own, folder
        table = configured(call, inside(folder, "pyproject.toml"), "tool", "uv")
        if isinstance(table, dict):
            return table, folder
    return {}, ""


def index_url(call: Invocation, given: str = "", *, pip: bool = False) -> str:
    """Name the default index: an option before a variable before the configuration."""
    if given:
        return index_name(given.partition("=")[2] if "=" in given.partition("://")[0] else given)
    from_env = index_from(call.command.env, "UV_DEFAULT_INDEX", "UV_INDEX_URL")
    if from_env:
        return from_env
    config, _ = configuration(call)
    own = config.get("pip")
    for table in (own, config) if pip and isinstance(own, dict) else (config,):
        url = table.get("index-url")
        if isinstance(url, str):
            return index_name(url)
    for index in tables(config.get("index")):
        url = index.get("url")
        if index.get("default") is True and isinstance(url, str):
            return index_name(url)
    return PYPI

"""Where pip keeps its downloads, for pip itself and for the tools that run it.

Facts: pip's documentation (topics/caching, topics/configuration) and `pip/_internal/cli/cmdoptions.py`.
"""

from __future__ import annotations

from ci_audit.managers.files import relative
from ci_audit.managers.folders import in_home, local_app_data, named, resolve, setting, unknown_system, user_cache
from ci_audit.managers.indexes import PYPI, index_from, index_name
from ci_audit.managers.protocol import Invocation, Place, Storage
from ci_audit.model import UNKNOWN, Directory, Env, Setting, Switch, Word
from ci_audit.paths import covers

_BOOLEANS = frozenset(("y", "yes", "t", "true", "on", "1", "n", "no", "f", "false", "off", "0"))

VARIABLE = "PIP_CACHE_DIR"


def default_directory(place: Place) -> Directory:
    """Give pip's own choice of a cache directory."""
    if place.os == "windows":
        return local_app_data(place, "pip", "Cache")
    return user_cache(place, "pip") if place.os else unknown_system("pip")


def directory(place: Place) -> Directory:
    """Give pip's cache directory under these variables."""
    return named(place, VARIABLE, expands=True) or default_directory(place)


def storage(
    call: Invocation, *, option: Word | None = None, no_cache: Word | None = None, isolated: bool = False
) -> Storage:
    """Tell where pip keeps downloads when this command runs it, and whether its cache is off.

    `option` is the value of `--cache-dir`, `no_cache` the word `--no-cache-dir`; `isolated` ignores the variables.
    """
    place = call.place
    config = {} if isolated else _configuration(call)
    chosen: Directory | None = None
    switch: Switch | None = None
    gap = ""
    if option is not None:
        where = call.command.where_of(option)
        chosen = Directory(resolve(place, option.text, expands=True), "`--cache-dir` is given", where)
    if no_cache is not None:
        flag = no_cache.text if no_cache.text.startswith("--no-cache") and no_cache.known else "--no-cache-dir"
        switch = Switch(f"`{flag}` turns pip's cache off", call.command.where_of(no_cache))
    elif option is None and not isolated:
        switch, gap = _switched_off(place.env, config)
    if chosen is None and not isolated:
        chosen = named(place, VARIABLE, expands=True)
        if chosen is None and config.get("cache-dir"):
            chosen = Directory(resolve(place, config["cache-dir"], expands=True), "the file of PIP_CONFIG_FILE sets it")
    if chosen is None:
        chosen = default_directory(place)
    return Storage((chosen,), switch or _disowned(call, chosen), gap)


def _switched_off(env: Env, config: dict[str, str]) -> tuple[Switch | None, str]:
    """Read PIP_NO_CACHE_DIR: every boolean word turns the cache off, `0` and `off` too."""
    found = setting(env, "PIP_NO_CACHE_DIR")
    if found is not None:
        if UNKNOWN in found.value:
            return None, "what PIP_NO_CACHE_DIR is set to is not known"
        if found.value.strip().lower() in _BOOLEANS:
            return Switch(f"PIP_NO_CACHE_DIR={found.value} turns pip's cache off{_surprise(found)}", found.where), ""
        return None, ""
    value = config.get("no-cache-dir", "").strip()
    if value.lower() in _BOOLEANS:
        return Switch(f"`no-cache-dir = {value}` in the file of PIP_CONFIG_FILE turns pip's cache off"), ""
    return None, ""


def _surprise(found: Setting) -> str:
    return ", whatever the word" if found.value.strip().lower() in ("n", "no", "f", "false", "off", "0") else ""


def _disowned(call: Invocation, chosen: Directory) -> Switch | None:
    """Notice that root works in a home of somebody else: pip then uses no cache there."""
    place, machine = call.place, call.machine
    if place.user not in ("root", "0") or place.os == "windows" or not covers(place.home, chosen.path):
        return None
    same_home = place.home == machine.home
    owner = machine.home_owner if same_home else ""
    if not owner and same_home and machine.user not in ("", "root", "0"):
        owner = machine.user
    if owner in ("", "root", "0"):
        return None
    return Switch(f"pip run by root does not use a cache in `{place.home}`, which root does not own", chosen.where)


def _configuration(call: Invocation) -> dict[str, str]:
    """Read the file that PIP_CONFIG_FILE names, when it is part of the repository."""
    found = setting(call.command.env, "PIP_CONFIG_FILE")
    if found is None or UNKNOWN in found.value:
        return {}
    sections = call.repository.ini(relative(call.place, found.value))
    if not sections:
        return {}
    merged = dict(sections.get("global", {}))
    merged.update(sections.get("install", {}))
    return {key.replace("_", "-"): value for key, value in merged.items()}


def index_url(call: Invocation, given: str = "", *, isolated: bool = False) -> str:
    """Name the index that pip asks: an option before a variable before a configuration file."""
    if given:
        return index_name(given)
    if isolated:
        return PYPI
    from_env = index_from(call.command.env, "PIP_INDEX_URL", "PIP_PYPI_URL")
    if from_env:
        return from_env
    configured = _configuration(call).get("index-url", "")
    return index_name(configured) if configured else PYPI


def offline(call: Invocation, *, isolated: bool = False) -> Setting | None:
    """Find the variable that keeps pip away from indexes."""
    found = setting(call.command.env, "PIP_NO_INDEX")
    if found is None or isolated:
        return None
    return found if found.value.strip().lower() in ("1", "true", "yes", "on", "y", "t") else None


def filtered(call: Invocation, names: tuple[str, ...]) -> Invocation:
    """Take the command with only those variables that match a name, or a name's start when that ends in `*`."""
    whole = frozenset(name for name in names if not name.endswith("*"))
    starts = tuple(name[:-1] for name in names if name.endswith("*"))
    env = {name: value for name, value in call.command.env.items() if name in whole or name.startswith(starts)}
    return call._replace(command=call.command._replace(env=env), place=call.place._replace(env=env))


def user_base(place: Place) -> Directory:
    """Give the folder that `pip install --user` fills."""
    base = named(place, "PYTHONUSERBASE")
    if base is not None:
        return base
    if place.os == "macos":
        return Directory(in_home(place, "Library", "Python"))
    if place.os == "windows":
        return Directory(in_home(place, "AppData", "Roaming", "Python"))
    return Directory(in_home(place, ".local", "lib"))

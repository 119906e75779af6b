"""Where programs keep their caches, by variables and operating system."""

from __future__ import annotations

from functools import lru_cache

from ci_audit.managers.protocol import Place
from ci_audit.model import UNKNOWN, Directory, Env, Setting
from ci_audit.paths import WORKSPACE, normalise

_UNKNOWN_SYSTEM = "the operating system is not known"


def setting(env: Env, *names: str) -> Setting | None:
    """Find the first of the variables that is set to something."""
    for name in names:
        found = env.get(name)
        if found is not None and found.value:
            return found
    return None


def resolve(place: Place, path: str, *, expands: bool = False) -> str:
    """Make a path absolute; `expands`: the program itself puts the home in place of a `~`."""
    if path.startswith("~") and not expands:
        return UNKNOWN + path[1:]
    return _normalise(path, place.cwd, place.home)


@lru_cache(1024)
def _normalise(path: str, cwd: str, home: str) -> str:
    return normalise(path, cwd=cwd, home=home)


def below(path: str, *parts: str) -> str:
    """Name something in a directory."""
    return "/".join([path.rstrip("/"), *parts])


def named(place: Place, variable: str, *parts: str, expands: bool = False) -> Directory | None:
    """Give the directory that a variable names, or one below it; None when it is not set."""
    found = setting(place.env, variable)
    if found is None:
        return None
    path = resolve(place, found.value, expands=expands)
    return Directory(below(path, *parts) if parts else path, f"{variable} is set", found.where)


def in_home(place: Place, *parts: str) -> str:
    return _normalise(below(place.home or "~", *parts), WORKSPACE, "~")


def xdg_cache(place: Place, name: str) -> Directory:
    """Follow the XDG convention, as a program does that keeps to it on this system."""
    return named(place, "XDG_CACHE_HOME", name, expands=False) or Directory(in_home(place, ".cache", name))


def xdg_data(place: Place, name: str) -> Directory:
    return named(place, "XDG_DATA_HOME", name) or Directory(in_home(place, ".local", "share", name))


def local_app_data(place: Place, *parts: str) -> Directory:
    """Give a folder of a Windows user's local application data."""
    return named(place, "LOCALAPPDATA", *parts) or Directory(in_home(place, "AppData", "Local", *parts))


def user_cache(place: Place, name: str, *windows: str) -> Directory:
    """Give the user's cache directory as platformdirs and appdirs choose it.

    Whether XDG_CACHE_HOME counts on macOS depends on the version of platformdirs: where it is set there, the
    directory is not known.
    """
    if place.os == "linux":
        return xdg_cache(place, name)
    if place.os == "macos":
        if setting(place.env, "XDG_CACHE_HOME") is not None:
            return Directory(
                below(UNKNOWN, name), f"whether XDG_CACHE_HOME counts on macOS depends on {name}'s version"
            )
        return Directory(in_home(place, "Library", "Caches", name))
    if place.os == "windows":
        return local_app_data(place, *windows)
    return unknown_system(name)


def unknown_system(name: str) -> Directory:
    return Directory(below(UNKNOWN, name), _UNKNOWN_SYSTEM)


def windows_or(place: Place, windows: Directory, other: Directory, name: str) -> Directory:
    """Choose between the directory on Windows and the one everywhere else."""
    if place.os == "windows":
        return windows
    return other if place.os else unknown_system(name)


def truthy(value: str) -> bool | None:
    """Read a variable as a switch that can be on or off; None when only a run can tell."""
    if UNKNOWN in value:
        return None
    return value.strip().lower() in ("1", "true", "yes", "on", "y", "t")

"""Which machine a job runs on, and whether it is there again for the next run."""

from __future__ import annotations

import re
from functools import lru_cache

from ci_audit.masking import listed
from ci_audit.model import UNKNOWN, Answer, Env, Machine, Setting
from ci_audit.paths import WORKSPACE
from ci_audit.providers.github.data import load
from ci_audit.providers.images import runs_as_root, split_reference
from ci_audit.source import Where
from ci_audit.typed import NamedTuple

_HOMES = {"linux": "/home/runner", "macos": "/Users/runner", "windows": "C:/Users/runneradmin"}
_TEMPS = {"linux": "/home/runner/work/_temp", "macos": "/Users/runner/work/_temp", "windows": "D:/a/_temp"}
_NAMES = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}

CONTAINER_HOME = "/github/home"


class Runner(NamedTuple):
    """A machine with what the `runner` context and its variables say about it."""

    machine: Machine
    temp: str
    hosted: bool | None

    @property
    def os_name(self) -> str:
        return _NAMES.get(self.machine.os, UNKNOWN)


@lru_cache
def _hosted() -> dict[str, str]:
    """Map each label of a machine that GitHub hosts to its operating system."""
    return {label: os for os, labels in load("runners")["hosted"].items() for label in labels}


def runner(labels: list[str], group: bool, where: Where | None) -> Runner:
    """Tell the machine behind the labels of `runs-on`; a runner group or a label that is not known may be any."""
    lowered = [label.strip().lower() for label in labels]
    hosted = _hosted()
    if "self-hosted" in lowered:
        return _other(_system(lowered), Answer(True, "a self-hosted runner keeps its files", where), False)
    if len(lowered) == 1 and not group and lowered[0] in hosted:
        os = hosted[lowered[0]]
        persists = Answer(False, f"`{labels[0].strip()}` starts empty on every run", where)
        user = "runneradmin" if os == "windows" else "runner"
        return Runner(Machine(os, _HOMES[os], WORKSPACE, user, persists), _TEMPS[os], True)
    named = listed([f"`{label.replace(UNKNOWN, '…')}`" for label in labels])
    if group:
        reason = "the runners of a group are not known"
    elif not named or any(UNKNOWN in label for label in labels):
        reason = "the runner is known only at run time"
    else:
        reason = f"{named} is no runner that GitHub hosts: what it keeps is not known"
    return _other(_system(lowered), Answer(None, reason, where), None)


def _other(os: str, persists: Answer, hosted: bool | None) -> Runner:
    return Runner(Machine(os, "~", WORKSPACE, "", persists), UNKNOWN, hosted)


def _system(labels: list[str]) -> str:
    """Tell the operating system of a runner that GitHub does not host, if one of its labels names it."""
    words = {word for label in labels for word in re.split(r"[^a-z]+", label)}
    found = [
        os
        for os, names in (
            ("linux", {"linux", "ubuntu", "debian"}),
            ("windows", {"windows", "win"}),
            ("macos", {"macos", "mac", "darwin", "osx"}),
        )
        if words & names
    ]
    return found[0] if len(found) == 1 else ""


def contained(host: Runner, image: str, options: str, home: str | None) -> Runner:
    """Put the steps of a job into its container.

    GitHub mounts a home there that belongs to the runner's user, whoever runs the steps (actions/runner:
    ContainerOperationProvider); `home` is a HOME that the job sets itself.
    """
    persists = host.machine.persists
    if persists.value:
        persists = Answer(None, "what a self-hosted runner keeps of a container is not known", persists.where)
    user = _user(image, options)
    owner = "" if home is not None else "other"
    machine = Machine("linux", CONTAINER_HOME if home is None else home, WORKSPACE, user, persists, owner)
    if UNKNOWN in image:
        # The container may not be there at all.
        machine = machine._replace(home="~", home_owner="")
    return Runner(machine, "/__w/_temp", host.hosted)


def _user(image: str, options: str) -> str:
    """Tell who runs the steps in a container: `--user`, else the image's own, root where that is known."""
    match = re.search(r"(?:^|\s)(?:--user|-u)[=\s]\s*[\"']?([^\s\"':]+)", options)
    if match:
        return "root" if match[1] == "0" else match[1].replace(UNKNOWN, "")
    if UNKNOWN in options or UNKNOWN in image:
        return ""
    return "root" if runs_as_root(split_reference(image.removeprefix("docker://"))[0]) else ""


def variables(runner: Runner) -> Env:
    """Give the variables that the runner itself sets, as far as they name directories or the system."""
    return _variables(runner.temp, runner.os_name)


@lru_cache(32)
def _variables(temp: str, os_name: str) -> Env:
    values = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": WORKSPACE,
        "RUNNER_TEMP": temp,
        "RUNNER_OS": os_name,
    }
    return {name: Setting(name, value) for name, value in values.items()}

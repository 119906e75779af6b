"""Which machine a job runs on, and whether it is there again for the next run."""

from __future__ import annotations

from ci_audit.masking import listed
from ci_audit.model import UNKNOWN, Answer, Machine
from ci_audit.paths import WORKSPACE, normalise
from ci_audit.patterns import regex
from ci_audit.providers.gitlab.memory import Asked
from ci_audit.source import Where

_STARTS_EMPTY = "GitLab keeps nothing of a job but its caches and artifacts"

_HOSTED = regex(r"(?:saas-(?:linux|macos|windows)|gitlab-org|shared-windows|shared-macos)\b")
_CONTAINERS = regex(r"(?:^|[-_ ])(?:docker|dind|kubernetes|k8s)(?:$|[-_ ])")
_WINDOWS = regex(r"(?:^|[-_. ])(?:windows|win(?:10|11|32|64)?|powershell)(?:$|[-_. ])")
_MACOS = regex(r"(?:^|[-_. ])(?:macos|mac|osx|darwin|ios|xcode)(?:\d*$|\d*[-_. ])")
_WINDOWS_IMAGE = regex(r"windowsservercore|nanoserver|windows/server|mcr\.microsoft\.com/windows")
_KEEPS_FILES = regex(r"-e\b|none\b|--exclude")


def machine(tags: list[str], image: str | None, where: Where | None, env: Asked) -> Machine:
    """Tell the machine of a job by the tags of its runner and its image, None without one."""
    named = [tag.lower() for tag in tags]
    os = "linux"
    if any(map(_WINDOWS.search, named)) or (image and _WINDOWS_IMAGE.search(image)):
        os = "windows"
    elif any(map(_MACOS.search, named)):
        os = "macos"
    elif any(UNKNOWN in tag for tag in named) and not image:
        os = ""
    home = env.get("HOME")
    persists = _persists(named, image, where, env)
    return Machine(os, "~" if home is None else normalise(home.value), WORKSPACE, "", persists)


def _persists(tags: list[str], image: str | None, where: Where | None, env: Asked) -> Answer:
    for name in ("GIT_CLEAN_FLAGS", "GIT_STRATEGY"):
        setting = env.get(name)
        if setting is not None and _KEEPS_FILES.search(setting.value):
            return Answer(None, f"{name} may leave files for the next job on the same runner", setting.where)
    if image is None and tags and not any(_HOSTED.match(tag) or _CONTAINERS.search(tag) for tag in tags):
        shown = listed([f"`{tag.replace(UNKNOWN, '…')}`" for tag in tags])
        return Answer(None, f"what the runner with the tags {shown} keeps is not known", where)
    return Answer(False, _STARTS_EMPTY)

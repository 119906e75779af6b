"""actions/setup-python: its `cache` input, and all that makes it fail or be ignored."""

from __future__ import annotations

from ci_audit import paths
from ci_audit.masking import listed
from ci_audit.model import UNKNOWN, Kept, Problem
from ci_audit.providers.github import nodes
from ci_audit.providers.github.actions import Known
from ci_audit.providers.github.made import may_make
from ci_audit.providers.github.uses import Use

PYTHON_LOCATION = "$PYTHON_LOCATION"
"""Stands for the directory of the interpreter that setup-python puts on the path (`env.pythonLocation`)."""

_MANAGERS = ("pip", "pipenv", "poetry")
_BOOLEANS = frozenset(("1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off"))

# What a script does that can make files appear: then it is not known which ones are there.


def setup_python(use: Use, known: Known) -> None:
    value = use.text("cache")
    if use.text("update-environment", "true").lower() != "false":
        use.job.set("pythonLocation", PYTHON_LOCATION)
    where = use.where("cache")
    if not value:
        reason = "`actions/setup-python` stands here without its `cache` input"
        use.cache("setup-python", problems=[Problem("absent", reason, use.action.where)], managers=_MANAGERS)
    elif UNKNOWN in value:
        problem = Problem("unknown", "the value of `cache` is known only at run time", where)
        use.cache("setup-python", where, [problem], managers=_MANAGERS, follows=("pip", "poetry"))
    else:
        found = _problem(use, known, value)
        problems = [] if found is None else [found]
        if value == "pipenv":
            # It is this folder whatever PIPENV_VENV_IN_PROJECT or WORKON_HOME say (src/cache-distributions).
            folder = "~/.virtualenvs" if use.job.runner.machine.os == "windows" else "~/.local/share/virtualenvs"
            kept = (Kept(paths.normalise(folder, home=use.job.home), where),)
            use.cache("setup-python", where, problems, managers=("pipenv",), paths=kept)
        else:
            follows = (value,) if value in _MANAGERS else ()
            use.cache("setup-python", where, problems, managers=(value,), follows=follows)


def _problem(use: Use, known: Known, manager: str) -> Problem | None:
    """Find what makes the input fail or be ignored, the first that holds."""
    where = use.where("cache")
    defaults = known.defaults(use.version)
    if manager not in _MANAGERS:
        return Problem("unsaved", f"setup-python takes pip, pipenv or poetry as its cache, not `{manager}`", where)
    if defaults is not None and manager not in defaults["cache"]:
        reason = f"`{use.action.reference}` is too old: it knows no `cache: {manager}`"
        return Problem("unsaved", reason, use.action.where)
    if defaults is not None and defaults["python-version"] == "" and not _has_version(use):
        reason = "setup-python ignores `cache` when neither an input nor a `.python-version` file names a version"
        return Problem("unsaved", reason, where)
    for check in (_checkout, _files) if defaults is not None else (_checkout,):
        found = check(use, manager, defaults or {})
        if found is not None:
            return found
    return _tool(use, manager)


def _has_version(use: Use) -> bool:
    for name in ("python-version", "python-version-file"):
        if nodes.text(use.node(name)).strip():
            return True
    return use.job.workflow.repository.exists(".python-version") or may_make(use, ".python-version")


def _checkout(use: Use, manager: str, defaults: dict[str, object]) -> Problem | None:
    job = use.job
    if job.checkouts or job.gaps or use.scope.depth or job.runner.hosted is not True:
        return None
    if not job.checks_out_later and (job.texts or job.actions[:-1]):
        return None
    if may_make(use, ""):
        return None
    reason = "setup-python finds no dependency file because it runs before the checkout, and fails"
    return Problem("unsaved", reason, use.where("cache"))


def _files(use: Use, manager: str, defaults: dict[str, object]) -> Problem | None:
    """Check that a dependency file is there: without one the action fails."""
    job = use.job
    given = use.text("cache-dependency-path")
    if UNKNOWN in given:
        return None
    others = [with_ for with_ in job.checkouts if with_ is not None]
    if any(with_.get("repository") is not None or with_.get("sparse-checkout") is not None for with_ in others):
        return None
    files = defaults["files"]
    assert isinstance(files, dict)
    patterns = [line.strip() for line in given.split("\n") if line.strip()] or list(files[manager])
    if manager == "pip":
        patterns += files["fallback"]
    folders = [nodes.text(with_.get("path")).removeprefix("./").strip("/") for with_ in others]
    repository = job.workflow.repository
    inside = [pattern.removeprefix(paths.WORKSPACE + "/").removeprefix("./") for pattern in patterns]
    for folder in filter(None, folders):
        inside += [pattern.removeprefix(folder + "/") for pattern in inside if pattern.startswith(folder + "/")]
    # Looking for one file is cheap, matching a pattern may have to list the whole repository.
    if any(_is_plain(name) and repository.exists(name) for name in (item.removeprefix("**/") for item in inside)):
        return None
    if any(may_make(use, pattern.rpartition("/")[2]) for pattern in patterns):
        return None
    if any(not _is_plain(pattern) and repository.glob(pattern) for pattern in inside):
        return None
    named = listed([f"`{pattern}`" for pattern in patterns[:3]], last="or")
    where = use.where("cache-dependency-path") if given else use.where("cache")
    return Problem("unsaved", f"setup-python fails because no file matches {named}", where)


def _is_plain(pattern: str) -> bool:
    return not any(char in pattern for char in "*?[")


def _tool(use: Use, manager: str) -> Problem | None:
    """Check that the manager can be asked for its directory."""
    job = use.job
    machine = job.runner.machine
    if manager == "poetry":
        there = machine.home_owner or job.runner.hosted is not True or job.gaps or use.scope.depth or job.texts_cut
        if not there and not any("poetry" in text for text in job.texts + job.names):
            reason = "setup-python asks poetry for its directory, and poetry is not installed yet: the step fails"
            return Problem("unsaved", reason, use.where("cache"))
    if manager == "pip":
        switch = use.env.get("PIP_NO_CACHE_DIR")
        if switch is not None and switch.value.strip().lower() in _BOOLEANS:
            reason = "PIP_NO_CACHE_DIR is set, so `pip cache dir` fails and setup-python with it"
            return Problem("unsaved", reason, switch.where)
        moved = "PIP_CACHE_DIR" in use.env or "XDG_CACHE_HOME" in use.env
        if machine.home_owner and not moved:
            if machine.user == "root":
                reason = "pip has no cache as root in a home that root does not own, so setup-python fails"
                return Problem("unsaved", reason, use.where("cache"))
            if not machine.user:
                return Problem("unknown", "who runs the steps in the container is not known", use.where("cache"))
    return None

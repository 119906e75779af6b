"""tox: every command that makes its environments.

Facts: tox's documentation (`pass_env`), `tox/tox_env/api.py` and `tox_uv/_venv.py`: of the variables that decide where
downloads go, HOME and PIP_* reach pip, UV_* only with tox-uv, XDG_CACHE_HOME only where `pass_env` says so.
"""

from __future__ import annotations

from ci_audit.managers import pip_cache, uv_cache
from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import nearest
from ci_audit.managers.folders import below, named, resolve
from ci_audit.managers.protocol import Invocation, Place, Storage, either
from ci_audit.model import Answer, Cleanup, Directory, FileUse, Install

SYNTAX = Syntax(
    "-e --conf|-c --root --workdir --toxworkdir|--work-dir --runner --result-json --hashseed --discover -m -f"
    " --parallel|-p --override|-x --installpkg --index-url|-i --force-dep --skip-env --colored --stderr-color"
    " --default-runner --exit-and-dump-after",
    "--recreate|-r --notest|-n --sdistonly|-b --parallel-live|-o --parallel-no-spinner --skip-missing-interpreters"
    " --no-recreate-pkg --no-recreate-provision --develop --skip-pkg-install --no-list-dependencies --quiet|-q"
    " --verbose|-v --help|-h --version --listenvs|-l --listenvs-all|-a --showconfig --devenv --sitepackages"
    " --alwayscopy --no-provision --fail-fast --pkg-only --help-ini --pre --no-deps",
)

_PASSED = ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "TEMP", "TMP", "TMPDIR", "PIP_*", "VIRTUALENV_*")

_VERBS = {
    "r": "run",
    "run-parallel": "run-parallel",
    "p": "run-parallel",
    "devenv": "devenv",
    "d": "devenv",
    "exec": "exec",
    "e": "exec",
}
_SILENT = frozenset(("list", "l", "config", "c", "depends", "de", "quickstart", "q", "schema", "man"))


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    arguments = read_arguments(call.words, SYNTAX)
    verb = call.words[0].text if call.words else ""
    if verb in _SILENT or arguments.has("--listenvs", "--listenvs-all", "--showconfig", "--help-ini"):
        return ()
    if arguments.has("--help", "--version"):
        return ()
    config = arguments.last("--conf")
    path = nearest(call, config.text) if config is not None else nearest(call, "tox.ini", "tox.toml", "pyproject.toml")
    text = _text(call, path)
    kept = _storage(call, text)
    return (
        Install(
            call.command,
            "tox",
            _VERBS.get(verb, "run"),
            Answer(True, ""),
            pip_cache.index_url(call, arguments.text("--index-url")),
            kept.downloads,
            _environments(call.place, arguments.text("--workdir", "--toxworkdir")),
            kept.switch,
            files=(FileUse(path, "project"),) if path else (),
            gap=kept.gap,
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    env = {name: value for name, value in place.env.items() if name.startswith("PIP_") or name in _PASSED}
    return (pip_cache.directory(place._replace(env=env)),)


def _text(call: Invocation, path: str) -> str:
    source = call.repository.source(path) if path else None
    return source.text if source is not None else ""


def _storage(call: Invocation, text: str) -> Storage:
    """Choose between pip's and uv's cache, with the variables that tox lets through."""
    passed = list(_PASSED)
    if "XDG_" in text or "passenv = *" in text or "pass_env = *" in text or "passenv=*" in text:
        passed.append("XDG_*")
    given = pip_cache.filtered(call, (*passed, "UV_*"))
    if "tox-uv" in call.beside or _names_uv(text):
        return uv_cache.storage(given)
    if _installed_beside(call):
        pip = pip_cache.storage(pip_cache.filtered(call, tuple(passed)))
        return either(uv_cache.storage(given), pip, "whether tox-uv is installed with tox is not known")
    kept = pip_cache.storage(pip_cache.filtered(call, tuple(passed)))
    if "PIP_CACHE_DIR" in text or "PIP_NO_CACHE_DIR" in text:
        return kept._replace(gap="tox's configuration sets variables of pip's cache")
    return kept


def _names_uv(text: str) -> bool:
    return any(line.partition("#")[0].find("tox-uv") >= 0 for line in text.splitlines() if "tox-uv" in line)


def _installed_beside(call: Invocation) -> bool:
    """Look for tox-uv in the CI file itself, and in the lock file of the project that runs tox."""
    if "tox-uv" in call.command.text.source.text or any(name.startswith("tox-uv") for name in call.beside):
        return True
    if call.command.within not in ("uv run", "poetry run", "pdm run", "hatch run"):
        return False
    return any("tox-uv" in _text(call, nearest(call, name)) for name in ("uv.lock", "pyproject.toml", "poetry.lock"))


def _environments(place: Place, given: str) -> tuple[Directory, ...]:
    if given:
        return (Directory(resolve(place, given), "`--workdir` is given"),)
    found = named(place, "TOX_WORK_DIR") or named(place, "TOXWORKDIR")
    return (found or Directory(below(place.cwd, ".tox")),)

"""Whether an install downloads again on every run: the comparison of where downloads go with what persists.

The manager says where the downloads go, the provider what is there again for the next run; the answer is one of a
closed list of causes, the first that holds.
"""

from __future__ import annotations

from ci_audit import managers
from ci_audit.facts import Verdict
from ci_audit.masking import listed
from ci_audit.model import UNKNOWN, Cache, Cleanup, Command, Directory, Evidence, Install, Job, Step
from ci_audit.paths import covers, shown
from ci_audit.source import Where
from ci_audit.typed import NamedTuple

CAUSES = (
    "unknown",
    "local",
    "unwanted",
    "off",
    "late",
    "unsaved",
    "misplaced",
    "pruned",
    "absent",
    "kept",
)

CACHED = dict.fromkeys(("unwanted", "off", "late", "unsaved", "misplaced", "pruned", "absent", "local"), "no") | {
    "unknown": "unknown",
    "kept": "yes",
}
"""The answer to "is it cached?" that each cause gives; `local` has nothing to cache."""


_OF_A_PROJECT = frozenset(("sync", "run", "install"))
"""What uv, pdm and poetry do with the project of the folder: once done, the environment is there."""


_OF_PIXI = frozenset(("install", "reinstall", "update"))
"""What makes an environment of Pixi."""


class _Earlier:
    """The first commands of a job, in one folder and by one manager, that can leave nothing to download for others."""

    __slots__ = ("crates", "pixi", "prepared", "project", "same")

    def __init__(self) -> None:
        self.same: dict[tuple[tuple[str, ...], str], Install] = {}
        self.pixi: dict[tuple[str, ...], Install] = {}
        self.prepared: Install | None = None
        self.project: Install | None = None
        self.crates: Install | None = None

    def add(self, install: Install, step: Step) -> None:
        words = _words(install.command)
        self.same.setdefault((words, install.command.virtualenv), install)
        if install.verb in _OF_PIXI:
            self.pixi.setdefault(words[2:], install)
        if "--notest" in words:
            self.prepared = self.prepared or install
        if install.verb in _OF_A_PROJECT:
            self.project = self.project or install
        if install.verb != "install" and not step.caches:
            self.crates = self.crates or install

    def before(self, install: Install, crates: bool) -> Install | None:
        """Find the first that serves an install and stands before it."""
        words, manager = _words(install.command), install.manager
        found = [self.same.get((words, install.command.virtualenv))]
        if manager == "pixi":
            found.append(self.pixi.get(words[2:]))
        elif manager == "tox":
            found.append(self.prepared)
        elif manager in ("uv", "pdm") and install.verb == "run" and not install.packages:
            found.append(self.project)
        if crates:
            found.append(self.crates)
        order = install.command.order
        earlier = [one for one in found if one is not None and one.command.order < order]
        return min(earlier, key=lambda one: one.command.order) if earlier else None


_earlier: list[tuple[Job | None, dict[tuple[str, str], _Earlier]]] = [(None, {})]
"""Those of the job that was asked about last: every install of it asks, and looking through all each time is square."""


def _done_before(install: Install, job: Job) -> Install | None:
    """Find an earlier command of the job that left nothing to download for this one."""
    crates = install.manager == "cargo" and install.verb != "install"
    if job.place != "run" and not crates:
        return None
    if _earlier[0][0] is not job:
        index: dict[tuple[str, str], _Earlier] = {}
        for step in job.steps:
            for other in step.installs if not step.condition else ():
                if not other.command.conditional:
                    index.setdefault((other.manager, other.command.cwd), _Earlier()).add(other, step)
        _earlier[0] = (job, index)
    known = _earlier[0][1].get((install.manager, install.command.cwd))
    return known.before(install, crates) if known is not None else None


def _words(command: Command) -> tuple[str, ...]:
    return tuple(word.text for word in command.words)


class _Match(NamedTuple):
    """How a cache relates to an install."""

    cache: Cache
    covers: bool | None
    """Whether it keeps all that the install needs; None when its paths or the install's are not known."""
    environment: bool
    """It keeps what the install makes, so that a switch that turns the download cache off does no harm."""
    meant: bool
    """It is meant for the manager of this install, or attached to its command."""


def judge(install: Install, step: Step, job: Job) -> Verdict:
    """Decide the cause for one install in one variant of a job."""
    if install.network.value is False:
        return _verdict("local", install.network.reason, install.network.where)
    if install.command.elsewhere:
        return _verdict("unknown", f"it runs {install.command.elsewhere}")
    if job.place not in install.places:
        return _verdict("unknown", f"{install.manager} is judged in image builds only")
    earlier = _done_before(install, job)
    if earlier is not None:
        return _verdict("local", f"`{earlier.command.shown}` has installed the same before in this job")
    matches = [_match(cache, install, step, job, True) for cache in step.caches]
    matches += [_match(cache, install, step, job, False) for cache in job.caches]
    if not install.gap or _whichever(matches, install, job):
        kept = _kept(matches, install, step, job)
        if kept is not None:
            return kept
    unsure = _unsure(matches, install, job)
    if unsure is not None:
        return unsure
    return _not_kept(matches, install, step, job)


def _verdict(cause: str, reason: str, where: Where | None = None, *evidence: Evidence) -> Verdict:
    found = tuple(evidence)
    if where is not None:
        found = (Evidence(where, reason), *found)
    return Verdict(cause, cause, reason, evidence=found)


def _kept(matches: list[_Match], install: Install, step: Step, job: Job) -> Verdict | None:
    """Judge the caches that do keep the right directory; None when there is none."""
    if step.skipped_on_hit:
        for cache in job.caches:
            if cache.step == step.skipped_on_hit and _restores(cache, install):
                return _found_again(cache, f"it runs only when {cache.kind} did not restore what it makes")
    covering = [match for match in matches if match.covers]
    if covering:
        # The best cache decides: one that is restored in time and saved makes the others harmless. Where each keeps one
        # of the directories that it could be, they all have to.
        verdicts = [_state(match, install, step, job) for match in covering]
        best = (max if install.gap else min)(
            verdicts, key=lambda verdict: (_BEST.index(verdict.cause), is_lost(verdict))
        )
        if job.machine.persists.value is False or not is_lost(best):
            return best
    if job.machine.persists.value and not install.switch:
        return _verdict("kept", job.machine.persists.reason, job.machine.persists.where)
    return None


def _whichever(matches: list[_Match], install: Install, job: Job) -> bool:
    """Tell whether all the directories are kept that the downloads may go to, where it is not known which it is."""
    return bool(install.downloads) and all(
        any(_covered(match.cache, directory.path, job) for match in matches) for directory in install.downloads
    )


def _restores(cache: Cache, install: Install) -> bool:
    """Tell whether a cache is there before the install and is saved."""
    return cache.order < install.command.order and not any(problem.cause == "unsaved" for problem in cache.problems)


_BEST = ("kept", "unknown", "pruned", "off", "misplaced", "unsaved", "late")
_PROBLEMS = frozenset(("unsaved", "pruned", "misplaced", "unknown"))


def _state(match: _Match, install: Install, step: Step, job: Job) -> Verdict:
    cache = match.cache
    here = Evidence(cache.where, f"{cache.kind} keeps {_paths(cache, install)}")
    if cache.conditional is not False and (not cache.condition or cache.condition != step.condition):
        return _verdict("unknown", f"a condition decides whether {cache.kind} is there", cache.where)
    for problem in cache.problems:
        if problem.cause in _PROBLEMS:
            return _verdict(problem.cause, problem.reason, problem.where or cache.where)
    if cache.order > install.command.order:
        return _verdict("late", f"{cache.kind} restores the downloads only after this command has run", cache.where)
    if not match.environment and install.switch is not None:
        return _verdict("off", install.switch.reason, install.switch.where, here)
    deleted = _deleted(match, install, step, job)
    if deleted is not None:
        cause = "pruned" if deleted.prunes else "off"
        return _verdict(cause, f"`{deleted.command.shown}` deletes the downloads", deleted.command.where, here)
    return _found_again(cache, here.message)


def _found_again(cache: Cache, reason: str) -> Verdict:
    """Give `kept`; where its key is never found again, the rule about the cache says so, and none about the install."""
    volatile = volatility(cache)
    if not volatile:
        return _verdict("kept", reason, cache.where)
    key = f"the key is {volatile}"
    place = Evidence((cache.key.where if cache.key is not None else None) or cache.where, key)
    return _verdict("kept", f"{reason}, but no run finds it again: {key}", None, place)._replace(values=_LOST)


_LOST = {"cached": "no"}


def is_lost(verdict: Verdict) -> bool:
    """Tell whether what is kept is never found again."""
    return verdict.values == _LOST


def volatility(cache: Cache) -> str:
    """Say how the key of a cache differs from run to run with no way back; empty if it does not, or it is not known."""
    key = cache.key
    if key is None or key.restore_keys or "unknown" in key.varies:
        return ""
    for what in ("commit", "run"):
        if what in key.varies:
            return f"another one for every {what}, and there is no key to fall back on"
    return ""


def _deleted(match: _Match, install: Install, step: Step, job: Job) -> Cleanup | None:
    """Find the command that deletes what was downloaded before it is saved."""
    attached = any(cache is match.cache for cache in step.caches)
    for other in (step,) if attached else job.steps:
        for cleanup in other.cleanups:
            command = cleanup.command
            if command.order < install.command.order or command.conditional or command.elsewhere:
                continue
            if cleanup.prunes and match.environment:
                continue
            family = _family(install)
            if not match.environment and family & set(cleanup.managers):
                return cleanup
            targets = install.environments if match.environment else install.downloads
            # What lies beside the cache (apt's lists, when its packages are kept) was never kept.
            targets = tuple(target for target in targets if _covered(match.cache, target.path, job) is not False)
            if any(_deletes(path, target.path) for path in cleanup.paths for target in targets):
                return cleanup
    return None


def _deletes(path: str, target: str) -> bool:
    """Tell whether an `rm` of a path deletes all of a directory; its `*` matches no hidden file."""
    folder = path.removesuffix("/*")
    if folder == path:
        return bool(covers(path, target))
    # `~/.cache/pip/*` empties the directory without naming it.
    return folder == target or (bool(covers(path, target)) and not target.startswith(f"{folder}/."))


def _unsure(matches: list[_Match], install: Install, job: Job) -> Verdict | None:
    """Say why the answer is not known; None when it is."""
    if install.network.value is None:
        return _verdict("unknown", install.network.reason, install.network.where)
    if install.gap and (not install.downloads or any(match.covers is not False or match.meant for match in matches)):
        # Where nothing keeps any of the candidates, it does not matter which one it is.
        return _verdict("unknown", install.gap)
    if job.machine.persists.value is None:
        return _verdict("unknown", job.machine.persists.reason, job.machine.persists.where)
    if job.machine.persists.value:
        return _verdict("unknown", "what the machine keeps here is not known", job.machine.persists.where)
    for gap in job.gaps:
        if gap.order < install.command.order and ("cache" in gap.affects or "env" in gap.affects):
            return _verdict("unknown", gap.reason, gap.where)
    for match in matches:
        if match.covers is None:
            reason = f"what {match.cache.kind} keeps, or where {install.manager} writes, is not known"
            return _verdict("unknown", reason, match.cache.where)
    return None


def _not_kept(matches: list[_Match], install: Install, step: Step, job: Job) -> Verdict:
    """Judge an install that no cache covers."""
    for match in matches:
        if not match.meant or match.cache.conditional is not False:
            continue
        cache = match.cache
        for problem in cache.problems:
            if problem.cause in _PROBLEMS:
                return _verdict(problem.cause, problem.reason, problem.where or cache.where)
        if cache.follows or cache.paths:
            where = _written(install.downloads)
            reason = f"{cache.kind} keeps {_paths(cache, install)}, but {install.manager} writes to {where}"
            moved = _moved(install.downloads)
            return _verdict("misplaced", reason, cache.where, *moved)
    if job.publishes.value:
        return _verdict("unwanted", f"a cache would be a risk here: {job.publishes.reason}", job.publishes.where)
    if job.untrusted.value:
        return _verdict("unwanted", f"a cache would be a risk here: {job.untrusted.reason}", job.untrusted.where)
    evidence = [
        Evidence(problem.where or cache.where, problem.reason)
        for cache in job.caches
        for problem in cache.problems
        if problem.cause == "absent" and _family(install) & set(cache.managers)
    ]
    evidence += _moved(install.downloads)
    if install.switch is not None:
        evidence.append(Evidence(install.switch.where, install.switch.reason))
    reason = f"nothing keeps {_written(install.downloads)}"
    if job.place == "run":
        reason += f", and {job.machine.persists.reason}" if job.machine.persists.reason else " between runs"
    return Verdict("absent", "absent", reason, evidence=tuple(evidence))


def _match(cache: Cache, install: Install, step: Step, job: Job, attached: bool) -> _Match:
    """Relate a cache to an install; `attached`: it is a mount on the very instruction."""
    if cache.problems and all(problem.cause == "absent" for problem in cache.problems):
        return _Match(cache, False, False, False)
    environment = _any_covered(cache, install.environments, job)
    if environment:
        return _Match(cache, True, True, True)
    downloads = _serves(cache, install, job)
    if downloads:
        return _Match(cache, True, False, True)
    intended = {*cache.managers, *cache.follows}
    for kept in cache.paths:
        if not kept.exclude:
            intended.update(managers.meant_for(kept.path))
    meant = not intended.isdisjoint(_family(install))
    if attached and not meant:
        # A mount that serves no other install of its instruction can only be there for this one.
        others = [other for other in step.installs if other is not install]
        meant = (bool(intended) or not others) and not any(
            intended & _family(other) or _any_covered(cache, other.downloads, job) for other in others
        )
    unknown = downloads is None or environment is None
    if unknown and intended and not meant and not _open(cache):
        # It is known to be there for something else.
        unknown = False
    if any(problem.cause == "misplaced" for problem in cache.problems):
        # Wherever it writes, it cannot write there.
        unknown = False
    if meant and not attached and _holds_environment(cache):
        # It may keep the very environment that this command fills: which one that is cannot be told from here.
        unknown = True
    return _Match(cache, None if unknown else False, False, meant)


def _serves(cache: Cache, install: Install, job: Job) -> bool | None:
    """Tell whether a cache keeps downloads; where a manager has several directories (apt), one of them counts."""
    return _any_covered(cache, install.downloads, job)


def _home(cache: Cache, job: Job) -> str:
    setting = cache.env.get("HOME")
    return setting.value if setting is not None else job.machine.home


def _open(cache: Cache) -> bool:
    """Tell whether some path of the cache is not known."""
    return any(UNKNOWN in path.path for path in cache.paths) or (not cache.paths and not cache.follows)


def _family(install: Install) -> set[str]:
    """Give the managers whose caches serve this install: its own, and those whose directory it uses (tox: pip's)."""
    family = {install.manager}
    for directory in install.downloads:
        family.update(managers.meant_for(directory.path))
    return family


def _any_covered(cache: Cache, wanted: tuple[Directory, ...], job: Job) -> bool | None:
    answers = [_covered(cache, directory.path, job) for directory in wanted]
    if True in answers:
        return True
    return None if None in answers else False


def _covered(cache: Cache, path: str, job: Job) -> bool | None:
    """Tell whether a cache keeps a directory; None if one of the two is not known."""
    answer: bool | None = False
    for kept in cache.paths:
        one = covers(kept.path, path)
        if kept.exclude and one:
            return False
        if one and not kept.exclude:
            answer = True
        elif one is None and answer is False:
            answer = None
    if answer:
        return True
    for manager in cache.follows:
        for directory in managers.directories(manager, cache.env, job.machine, home=_home(cache, job)):
            one = covers(directory.path, path)
            if one:
                return True
            if one is None:
                answer = None
    return answer


_ENVIRONMENT_NAMES = frozenset(
    ".venv venv env .env virtualenv .virtualenv virtualenvs .virtualenvs .tox .nox site-packages dist-packages"
    " __pypackages__ node_modules $PYTHON_LOCATION".split()
)


def _holds_environment(cache: Cache) -> bool:
    return any(not _ENVIRONMENT_NAMES.isdisjoint(kept.path.split("/")) for kept in cache.paths)


def _paths(cache: Cache, install: Install) -> str:
    if cache.paths:
        names = [f"`{shown(kept.path)}`" for kept in cache.paths if not kept.exclude]
        return listed(names, 3)
    return f"the cache of {listed(cache.follows)}"


def _written(directories: tuple[Directory, ...]) -> str:
    return listed([f"`{shown(directory.path)}`" for directory in directories]) or "the downloads"


def _moved(directories: tuple[Directory, ...]) -> list[Evidence]:
    return [Evidence(directory.where, directory.reason) for directory in directories if directory.where is not None]

"""Jobs: what a configuration makes of each, one for every variant."""

from __future__ import annotations

from collections.abc import Callable

from ci_audit.commands import ShellState
from ci_audit.model import UNKNOWN, Answer, Cache, Env, Gap, Image, Job, Kept, Machine, Problem, Step
from ci_audit.paths import WORKSPACE
from ci_audit.providers.gitlab import caches, images, matrix, publishing, rules, runners, scripts, variables
from ci_audit.providers.gitlab.memory import Asked, Memory
from ci_audit.providers.gitlab.tree import List, Missing, Table, Text, Value, texts
from ci_audit.repository import Repository
from ci_audit.source import Where
from ci_audit.typed import Any

NO_JOBS = frozenset(
    "default include stages types variables workflow image services cache spec before_script after_script".split()
)
"""Keys at the top that are no jobs."""

_GLOBAL = frozenset(("image", "services", "cache", "before_script", "after_script"))
"""Keywords that are defaults also where they stand at the top."""

_VARIANTS = 10_000
"""How many variants of jobs are told apart in one pipeline."""

_READ = ("variables", "before_script", "script", "after_script", "run", "cache", "image", "services", "tags")


class Pipeline:
    """What the jobs of one pipeline share; `missing` is what is not here and may set defaults."""

    def __init__(
        self, root: Table, repository: Repository, missing: tuple[Missing, ...], globals_: variables.Globals
    ) -> None:
        self.root = root
        self.repository = repository
        self.missing = missing
        self.globals = globals_
        self.scripts: scripts.Memo = {}
        self.memory = Memory()
        self.variants = 0
        self._used: dict[int, set[str]] = {}
        self._defaults = {name: value for name in _READ if (value := _default(name, root)) is not None}

    def keyword(self, job: Table, name: str, inherits: variables.Inherits) -> Value | None:
        """Look up what holds for a job: its own, else the default."""
        value = job.get(name)
        if value is not None:
            return value
        value = self._defaults.get(name)
        return value if value is not None and inherits(name) else None

    def used(self, value: Value | None) -> set[str]:
        """List the variables that a value names; it is one that stays, such as a default."""
        found = self._used.get(id(value))
        if found is None:
            found = self._used[id(value)] = matrix.used([value])
        return found


def _default(name: str, root: Table) -> Value | None:
    default = root.get("default")
    value = default.get(name) if isinstance(default, Table) else None
    return root.get(name) if value is None and name in _GLOBAL else value


def is_job(name: str, value: Value) -> bool:
    return name not in NO_JOBS and not name.startswith(".") and isinstance(value, Table)


def read(name: str, key: Where, job: Table, pipeline: Pipeline) -> list[Job]:
    """Read one job, its parents already merged into it; none when it never runs or runs no script."""
    if rules.never(job) or job.get("trigger") is not None:
        return []
    return [_Reader(name, key, job, pipeline, *variant).read() for variant in _variants(job, pipeline)]


def _variants(job: Table, pipeline: Pipeline) -> list[tuple[str, matrix.Variant]]:
    if job.get("parallel") is None:
        return [("", {})]
    if pipeline.variants >= _VARIANTS:
        return matrix.merged(job)
    inherits = variables.inheritance(job, "default")
    used = set(pipeline.used(pipeline.root.get("variables")))
    for name in _READ:
        used |= pipeline.used(pipeline.keyword(job, name, inherits))
    found = matrix.variants(job, used)
    pipeline.variants += len(found)
    return found


class _Reader:
    """Reads one variant of a job."""

    def __init__(
        self, name: str, key: Where, job: Table, pipeline: Pipeline, label: str, variant: matrix.Variant
    ) -> None:
        self.name = name
        self.key = key
        self.job = job
        self.pipeline = pipeline
        self.label = label
        self.inherits = variables.inheritance(job, "default")
        own = {"CI_JOB_NAME": (name, None), **variant} if pipeline.globals.names_job else variant
        self.env, self.open_env = pipeline.globals.of(job, own)
        self.gaps: list[Gap] = []

    def read(self) -> Job:
        image = self._read("image", lambda value, env: images.read(value, env, "container"))
        machine = self._machine(image)
        cache = self.keyword("cache")
        repository = self.pipeline.repository
        kept = list(self._read("cache", lambda value, env: caches.read(value, env, repository)) or ())
        self._note_gaps(cache, kept)
        steps = self._steps(machine)
        kept += _volume(steps, self.key)
        pulled = [image] if image is not None else []
        pulled += self._read("services", images.services) or ()
        return Job(
            self.name,
            self.label,
            self.key,
            "run",
            machine,
            steps=tuple(steps),
            caches=tuple(kept),
            images=tuple(pulled),
            gaps=tuple(self.gaps),
            publishes=publishing.publishes(self.job, steps),
        )

    def keyword(self, name: str) -> Value | None:
        return self.pipeline.keyword(self.job, name, self.inherits)

    def _read(self, name: str, reader: Callable[[Value, Asked], Any]) -> Any:
        """Read the value of a keyword, None where there is none."""
        value = self.keyword(name)
        return None if value is None else self.pipeline.memory.read(name, value, self.env, reader)

    def _machine(self, image: Image | None) -> Machine:
        node = self.keyword("tags")
        env = Asked(self.env)
        tags = [env.expanded(item.text) for item in texts(node)]
        where = node.where if isinstance(node, (Text, List)) else None
        machine = runners.machine(tags, image.reference if image is not None else None, where, env)
        doubt = self.job.gap
        if machine.persists.value is False and image is None and not tags and doubt is not None:
            # A parent may well choose a runner of its own that keeps its files.
            machine = machine._replace(persists=Answer(None, doubt.reason, doubt.where))
        return machine

    def _doubt(self, name: str, value: Value | None) -> Missing | None:
        """Tell what could still set a keyword of the job; None when its value is certain."""
        if isinstance(value, Missing):
            return value
        if self.job.gap is not None and self.job.get(name) is None:
            return self.job.gap
        if value is None and self.pipeline.missing and self.inherits(name):
            return self.pipeline.missing[0]
        return None

    def _note_gaps(self, cache: Value | None, kept: list[Cache]) -> None:
        """Note what of the job stands in files that are not here, and only that."""
        doubt = self._doubt("cache", cache) or caches.missing(cache)
        if doubt is not None:
            self.gaps.append(Gap(doubt.reason, doubt.where, ("cache", "env")))
            return
        elsewhere = self.open_env or self.job.gap or next(iter(self.pipeline.missing), None)
        # Where nothing in the project is kept, no variable makes a difference; nor where the job sets those that do.
        if elsewhere is not None and any(one.paths for one in kept) and (self.open_env or not _places(self.env)):
            self.gaps.append(Gap(elsewhere.reason, elsewhere.where, ("env",)))

    def _steps(self, machine: Machine) -> list[Step]:
        job = self.job
        kind = "script" if job.get("script") is not None else "run"
        main = job.get(kind)
        if main is None:
            return []
        state = ShellState(env=self.env, cwd=WORKSPACE, user=machine.user, home=machine.home)
        repository, memo = self.pipeline.repository, self.pipeline.scripts
        shell = scripts.Shell(state, machine, repository, 0, memo)
        shell.read_shared("before_script", self.keyword("before_script"))
        shell.read_shared(kind, main)
        after = scripts.Shell(state, machine, repository, shell.order, memo)
        after.read_shared("after_script", self.keyword("after_script"))
        for gap, order in shell.gaps + after.gaps:
            self.gaps.append(Gap(gap.reason, gap.where, ("commands", "env"), order))
        return shell.steps + after.steps


def _places(env: Env) -> bool:
    """Tell whether some variable says where a cache lies."""
    return any("CACHE" in name or name in ("HOME", "PRE_COMMIT_HOME") for name in env)


def _volume(steps: list[Step], where: Where) -> list[Cache]:
    """Account for `/cache`, a volume of the docker executor that runners may keep."""
    for step in steps:
        for install in step.installs:
            for directory in install.downloads:
                if directory.path == "/cache" or directory.path.startswith("/cache/"):
                    reason = "whether `/cache` is kept depends on how the runner is set up"
                    problem = Problem("unknown", reason, directory.where)
                    return [Cache("the runner's volume", where, (Kept("/cache"),), problems=(problem,))]
    return []


def settled(jobs: list[Job], certain: bool) -> list[Job]:
    """Judge the caches that are only pulled: another job has to save them; `certain`: all jobs are here."""
    if all(cache.saves for job in jobs for cache in job.caches):
        return jobs
    saved = {cache.key.text for job in jobs for cache in job.caches if cache.saves and cache.key is not None}
    return [job._replace(caches=tuple(_settle(cache, saved, certain) for cache in job.caches)) for job in jobs]


def _settle(cache: Cache, saved: set[str], certain: bool) -> Cache:
    if cache.saves or cache.key is None or cache.problems or cache.key.text in saved:
        return cache
    if certain and not saved:
        reason = "it is only pulled, and no job here saves a cache"
        return cache._replace(problems=(Problem("unsaved", reason, cache.where),))
    key = cache.key.text.replace(UNKNOWN, "…")
    reason = f"it is only pulled, and no job here saves one under the key `{key}`"
    return cache._replace(problems=(Problem("unknown", reason, cache.where),))

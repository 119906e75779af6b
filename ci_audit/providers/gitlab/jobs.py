"""Jobs: what a configuration makes of each, one for every variant."""

from __future__ import annotations

from ci_audit.commands import ShellState
from ci_audit.model import UNKNOWN, Answer, Cache, Env, Gap, Image, Job, Kept, Machine, Problem, Step
from ci_audit.paths import WORKSPACE
from ci_audit.providers.gitlab import caches, images, matrix, publishing, rules, runners, scripts, variables
from ci_audit.providers.gitlab.tree import List, Missing, Table, Text, Value, texts
from ci_audit.repository import Repository
from ci_audit.source import Where
from ci_audit.typed import NamedTuple

NO_JOBS = frozenset(
    "default include stages types variables workflow image services cache spec before_script after_script".split()
)
"""Keys at the top that are no jobs."""

_GLOBAL = frozenset(("image", "services", "cache", "before_script", "after_script"))
"""Keywords that are defaults also where they stand at the top."""

_READ = ("variables", "before_script", "script", "after_script", "run", "cache", "image", "services", "tags")


class Pipeline(NamedTuple):
    """What the jobs of one pipeline share."""

    root: Table
    repository: Repository
    missing: tuple[Missing, ...]
    """What is not here and may set defaults."""
    globals: variables.Globals
    memo: scripts.Memo


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
    inherits = variables.inheritance(job, "default")
    values = [keyword(job, name, pipeline.root, inherits) for name in _READ]
    return matrix.variants(job, matrix.used([*values, pipeline.root.get("variables")]))


def keyword(job: Table, name: str, root: Table, inherits: variables.Inherits) -> Value | None:
    """Look up what holds for a job: its own, else the default."""
    value = job.get(name)
    if value is not None or not inherits(name):
        return value
    default = root.get("default")
    if isinstance(default, Table):
        value = default.get(name)
    if value is None and name in _GLOBAL:
        value = root.get(name)
    return value


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
        env = self.env
        image = images.read(self.keyword("image"), env, "container")
        machine = self._machine(image)
        cache = self.keyword("cache")
        kept = caches.read(cache, env, self.pipeline.repository)
        self._note_gaps(cache, kept)
        steps = self._steps(machine)
        kept += _volume(steps, self.key)
        pulled = [image] if image is not None else []
        pulled += images.services(self.keyword("services"), env)
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
        return keyword(self.job, name, self.pipeline.root, self.inherits)

    def _machine(self, image: Image | None) -> Machine:
        node = self.keyword("tags")
        env = self.env
        tags = [
            variables.expanded(item.text, lambda name: env[name].value if name in env else None) for item in texts(node)
        ]
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
        main = job.get("script")
        if main is not None:
            lines = scripts.lines("script", main)
        elif job.get("run") is not None:
            lines = scripts.steps_of(job.get("run"))
        else:
            return []
        state = ShellState(env=self.env, cwd=WORKSPACE, user=machine.user, home=machine.home)
        repository, memo = self.pipeline.repository, self.pipeline.memo
        shell = scripts.Shell(state, machine, repository, 0, memo)
        shell.read_shared(scripts.lines("before_script", self.keyword("before_script")))
        shell.read_shared(lines)
        after = scripts.Shell(state, machine, repository, shell.order, memo)
        after.read_shared(scripts.lines("after_script", self.keyword("after_script")))
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

"""Read a GitLab CI configuration, its includes and child pipelines into the neutral pipeline."""

from __future__ import annotations

from ci_audit.model import Action, Env, Gap, Job, Pipeline
from ci_audit.providers import ParseError
from ci_audit.providers.gitlab import jobs, variables
from ci_audit.providers.gitlab.extends import Extender
from ci_audit.providers.gitlab.includes import load
from ci_audit.providers.gitlab.tree import List, Missing, Table, Text, Value
from ci_audit.repository import Repository
from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import YamlError
from ci_audit.typed import NamedTuple

MAIN = ".gitlab-ci.yml"

_DEEPEST_CHILD = 2
"""How many levels of child pipelines GitLab starts (docs.gitlab.com/ci/pipelines/downstream_pipelines)."""

_WHOLE = ("default", "stages", "workflow", "image", "cache", "before_script")
"""Keys at the top of a file that is a pipeline by itself, rather than a part for others."""


class _Read(NamedTuple):
    """A pipeline with its child pipelines."""

    jobs: list[Job]
    gaps: list[Gap]
    actions: list[Action]
    sources: list[Source]
    problem: tuple[int, str] | None = None
    empty: bool = False
    """No job is in it, and nothing is missing that could hold one."""
    by_source: dict[str, list[Job]] = {}  # noqa: RUF012  never changed in place
    """The jobs that each file contributes to, by its path."""


def parse(source: Source, repository: Repository) -> Pipeline:
    """Read a file; raises ParseError where GitLab could not load it either.

    A file that the repository's main configuration includes, or starts as a child pipeline, is judged as it is there.
    """
    is_main = source.path.rpartition("/")[2] == MAIN
    if source.path != MAIN:
        whole = _main(repository)
        if whole is not None and any(one is source for one in whole.sources):
            return _part(whole, source)
    read = _read(source, repository, {}, 0, is_part=not is_main)
    if read.problem is not None:
        raise ParseError(read.problem[1], read.problem[0])
    errors: tuple[tuple[int, str], ...] = ()
    if source.path == MAIN and read.empty:
        errors = ((0, "the configuration has no job that is not hidden"),)
    return _pipeline(source, read, errors)


def whole(pipeline: Pipeline, repository: Repository) -> tuple[tuple[Source, ...], tuple[Job, ...]]:
    """Give all files of the configuration that a pipeline is, or is a part of, the main one first, and all its jobs."""
    source = pipeline.source
    if source.path != MAIN:
        main = _main(repository)
        if main is not None and any(one is source for one in main.sources):
            return tuple(main.sources), tuple(main.jobs)
    return (source, *pipeline.ignores_in), pipeline.jobs


def _pipeline(source: Source, read: _Read, errors: tuple[tuple[int, str], ...] = ()) -> Pipeline:
    others = tuple(one for one in read.sources if one is not source)
    return Pipeline(
        source,
        "gitlab",
        tuple(read.jobs),
        gaps=tuple(read.gaps),
        errors=errors,
        ignores_in=others,
        actions=tuple(read.actions),
    )


def _part(whole: _Read, source: Source) -> Pipeline:
    """Take out of a pipeline what one of its files contributes."""
    own = whole.by_source.get(source.path, [])
    gaps = [gap for gap in whole.gaps if gap.where is not None and gap.where.source is source]
    actions = [action for action in whole.actions if action.where.source is source]
    return _pipeline(source, _Read(own, gaps, actions, whole.sources))


def _by_source(jobs: list[Job]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in jobs:
        for path in {job.where.source.path, *(step.where.source.path for step in job.steps)}:
            found.setdefault(path, []).append(job)
    return found


_last: tuple[Repository, _Read | None] | None = None


def _main(repository: Repository) -> _Read | None:
    """Read the main configuration, once for all the files that may be part of it."""
    global _last
    if _last is not None and _last[0] is repository:
        return _last[1]
    source = repository.source(MAIN)
    read = None
    if source is not None and ("include" in source.text or "trigger" in source.text):
        try:
            read = _read(source, repository, {}, 0)
            read = read._replace(by_source=_by_source(read.jobs))
        except ParseError:
            read = None
    _last = (repository, read)
    return read


def _read(source: Source, repository: Repository, forwarded: Env, depth: int, is_part: bool = False) -> _Read:
    try:
        config = load(source, repository)
    except YamlError as error:
        raise ParseError(error.message, error.offset) from None
    if config.problem is not None:
        return _Read([], [], [], [source], config.problem)
    missing = [config.missing] if config.missing is not None else []
    if is_part and not any(config.root.get(name) is not None for name in _WHOLE):
        where = Where(source, config.root.start, config.root.start)
        missing.append(Missing("the configuration that includes this file may set defaults for its jobs", where))
    names_job = any("CI_JOB_NAME" in one.text for one in config.sources)
    shared = variables.Globals(config.root, forwarded, names_job)
    pipeline = jobs.Pipeline(config.root, repository, tuple(missing), shared)
    extender = Extender(config.root)
    own: list[Job] = []
    children: list[tuple[Table, Value]] = []
    visible = False
    for name, (key, value) in config.root.entries.items():
        if jobs.is_job(name, value):
            visible = True
            job = extender.job(name)
            assert job is not None
            own += jobs.read(name, key, job, pipeline)
            trigger = job.get("trigger")
            if trigger is not None:
                children.append((job, trigger))
    read = _Read(
        jobs.settled(own, not missing and not children),
        list(config.gaps),
        list(config.actions),
        list(config.sources),
        empty=not visible and not config.gaps and not config.actions,
    )
    if depth < _DEEPEST_CHILD:
        for job, trigger in children:
            _child(job, trigger, shared, read, repository, depth)
    return read


def _child(
    job: Table, trigger: Value, shared: variables.Globals, read: _Read, repository: Repository, depth: int
) -> None:
    """Read the files that a job starts as a child pipeline, with the variables that it hands on."""
    include = trigger.get("include") if isinstance(trigger, Table) else None
    if include is None:
        return
    env, _ = shared.of(job, {})
    handed = {name: setting for name, setting in env.items() if name not in variables.PREDEFINED}
    for item in variables.flat(include) if isinstance(include, List) else [include]:
        local = item.get("local") if isinstance(item, Table) else item
        if not isinstance(local, Text):
            if isinstance(item, Table) and item.get("artifact") is not None:
                read.gaps.append(Gap("the child pipeline is generated by a job", item.first, ()))
            continue
        source = repository.source(local.text.lstrip("/")) if "$" not in local.text else None
        if source is None or any(one is source for one in read.sources):
            continue
        try:
            child = _read(source, repository, handed, depth + 1)
        except ParseError:
            continue
        read.jobs.extend(child.jobs)
        read.gaps.extend(child.gaps)
        read.actions.extend(child.actions)
        read.sources.extend(one for one in child.sources if not any(one is other for other in read.sources))

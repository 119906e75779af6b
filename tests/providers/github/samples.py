"""Small workflows to read, and what is asked of the result."""

from collections.abc import Mapping
from textwrap import dedent

from ci_audit import providers
from ci_audit.model import Cache, Job, Pipeline, Step
from ci_audit.repository import MemoryReader, Repository

PATH = ".github/workflows/ci.yml"


def read(text: str, files: Mapping[str, str] | None = None, path: str = PATH) -> Pipeline:
    """Read a workflow or an action that lies at `path` among other files."""
    repository = Repository("/root", MemoryReader({path: dedent(text), **(files or {})}))
    source = repository.source(path)
    assert source is not None
    return providers.parse("github", source, repository)


def workflow(
    steps: str,
    files: Mapping[str, str] | None = None,
    *,
    on: str = "push",
    job: str = "runs-on: ubuntu-latest",
    top: str = "",
) -> Pipeline:
    """Read a workflow with one job of these steps; `job` and `top` are further lines of the job and the file."""
    lines = [f"on: {on}", *dedent(top).strip("\n").split("\n"), "jobs:", "  test:"]
    lines += ["    " + line for line in dedent(job).strip("\n").split("\n")]
    lines += ["    steps:", *("      " + line for line in dedent(steps).strip("\n").split("\n"))]
    return read("\n".join(lines) + "\n", files)


def jobs(steps: str, files: Mapping[str, str] | None = None, **more: str) -> tuple[Job, ...]:
    return workflow(steps, files, **more).jobs


def only(steps: str, files: Mapping[str, str] | None = None, **more: str) -> Job:
    """Read a workflow of one job in one variant."""
    (job,) = jobs(steps, files, **more)
    return job


def commands(job: Job) -> list[str]:
    """Give every command of a job, its words joined."""
    return [" ".join(word.text for word in command.words) for step in job.steps for command in step.commands]


def caches(job: Job) -> list[Cache]:
    """Give the caches of a job that are more than a hint."""
    return [
        cache
        for cache in job.caches
        if not cache.problems or any(problem.cause != "absent" for problem in cache.problems)
    ]


def cache(job: Job) -> Cache:
    (found,) = caches(job)
    return found


def causes(job: Job) -> list[str]:
    return [problem.cause for cache in job.caches for problem in cache.problems]


def kept(job: Job) -> list[str]:
    return [item.path for cache in job.caches for item in cache.paths]


def step(job: Job) -> Step:
    (found,) = job.steps
    return found

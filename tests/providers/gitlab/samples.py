"""Small configurations to read, and what is asked of the result."""

from collections.abc import Mapping
from textwrap import dedent

from ci_audit import providers
from ci_audit.facts.caching import judge
from ci_audit.model import Cache, Job, Pipeline
from ci_audit.repository import MemoryReader, Repository

PATH = ".gitlab-ci.yml"


def read(text: str, files: Mapping[str, str] | None = None, path: str = PATH) -> Pipeline:
    """Read a configuration that lies at `path` among other files."""
    others = {name: dedent(content) for name, content in (files or {}).items()}
    repository = Repository("/root", MemoryReader({path: dedent(text), **others}))
    source = repository.source(path)
    assert source is not None
    return providers.parse("gitlab", source, repository)


def jobs(text: str, files: Mapping[str, str] | None = None) -> dict[str, Job]:
    """Read a configuration and give its jobs by name."""
    return {job.name: job for job in read(text, files).jobs}


def only(text: str, files: Mapping[str, str] | None = None) -> Job:
    (job,) = read(text, files).jobs
    return job


def commands(job: Job) -> list[str]:
    """Give every command of a job, its words joined."""
    return [" ".join(word.text for word in command.words) for step in job.steps for command in step.commands]


def cache(job: Job) -> Cache:
    (found,) = job.caches
    return found


def kept(job: Job) -> list[str]:
    return [item.path for cache in job.caches for item in cache.paths]


def env(job: Job, name: str) -> str:
    """Give a variable as the first command of a job sees it."""
    return next(command for step in job.steps for command in step.commands).env[name].value


def causes(job: Job) -> list[str]:
    """Judge every install of a job."""
    return [judge(install, step, job).cause for step in job.steps for install in step.installs]

"""Small Travis configurations to read, and what is asked of the result."""

from collections.abc import Mapping
from textwrap import dedent

from ci_audit import providers
from ci_audit.facts.caching import judge
from ci_audit.model import Install, Job, Pipeline
from ci_audit.repository import MemoryReader, Repository

PATH = ".travis.yml"


def read(text: str, files: Mapping[str, str] | None = None) -> Pipeline:
    repository = Repository("/root", MemoryReader({PATH: dedent(text), **(files or {})}))
    source = repository.source(PATH)
    assert source is not None
    return providers.parse("travis", source, repository)


def jobs(text: str, files: Mapping[str, str] | None = None) -> tuple[Job, ...]:
    return read(text, files).jobs


def only(text: str, files: Mapping[str, str] | None = None) -> Job:
    (job,) = jobs(text, files)
    return job


def commands(job: Job) -> list[str]:
    return [" ".join(word.text for word in command.words) for step in job.steps for command in step.commands]


def env(job: Job, name: str) -> str:
    return next(command for step in job.steps for command in step.commands).env[name].value


def installs(job: Job) -> list[Install]:
    return [install for step in job.steps for install in step.installs]


def kept(job: Job) -> list[str]:
    return [item.path for cache in job.caches for item in cache.paths]


def causes(job: Job) -> list[str]:
    return [judge(install, step, job).cause for step in job.steps for install in step.installs]

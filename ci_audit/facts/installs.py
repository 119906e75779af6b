"""Installs as nodes of the rule book."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.facts import ECOSYSTEMS, Context, Kind, Verdict
from ci_audit.facts.caching import CAUSES, judge
from ci_audit.masking import listed
from ci_audit.model import Install, Pipeline
from ci_audit.paths import shown
from ci_audit.providers import PROVIDERS
from ci_audit.repository import Repository
from ci_audit.source import Where


def nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[Install, Context]]:
    for job in pipeline.jobs:
        for step in job.steps:
            if step.installs:
                context = Context(pipeline, job, step, repository)
                for install in step.installs:
                    yield install, context


def where(install: Install, context: Context) -> Where:
    return place_of(install, context)


def place_of(install: Install, context: Context) -> Where:
    """Point at the command; in an image build at its instruction, up to and including the command."""
    command = install.command.where
    step = context.step
    if (
        context.job is not None
        and context.job.place == "build"
        and step is not None
        and step.where.source is command.source
        and step.where.start <= command.start
    ):
        return Where(command.source, step.where.start, command.end)
    return command


def cause(install: Install, context: Context) -> tuple[Verdict, ...]:
    """Give the one cause that decides whether the install downloads again on every run."""
    if context.job is None or context.step is None:
        return ()
    return (judge(install, context.step, context.job),)


_TOOLS = frozenset(
    "pip setuptools wheel virtualenv uv pipx poetry poetry-core pdm pipenv hatch tox tox-uv nox pre-commit prek build"
    " twine conda-lock pip-tools npm yarn pnpm corepack bundler".split()
)


def bootstrap(install: Install, context: Context) -> str:
    """Tell whether it installs nothing but package tools, which often has to come before a cache can be restored."""
    if install.files or not install.packages:
        return "no"
    return "yes" if all(package.name.lower() in _TOOLS for package in install.packages) else "no"


def _downloads(install: Install) -> str:
    return listed([shown(directory.path) for directory in install.downloads])


def index(install: Install) -> str:
    """Tell where it downloads from: the index, or the hosts of what is named by address, or both."""
    from_index = install.index_url.replace("\x00", "…")
    if not install.hosts:
        return from_index
    hosts = " and ".join(install.hosts).replace("\x00", "…")
    if install.asks_index == "names":
        return f"{from_index} and {hosts}"
    return f"{hosts} (what it depends on: {from_index})" if install.asks_index else hosts


KIND = Kind(
    nodes=nodes,
    where=where,
    fields={
        "manager": lambda install, context: install.manager,
        "ecosystem": lambda install, context: install.ecosystem,
        "command": lambda install, context: install.command.shown,
        "index": lambda install, context: index(install),
        "downloads_to": lambda install, context: _downloads(install),
        "bootstrap": bootstrap,
        "place": lambda install, context: context.job.place if context.job else "",
        "provider": lambda install, context: context.pipeline.provider,
    },
    facts={"cause": cause},
    values={
        "bootstrap": ("yes", "no"),
        "ecosystem": ECOSYSTEMS,
        "place": ("run", "build"),
        "provider": PROVIDERS,
        "cause": CAUSES,
    },
)

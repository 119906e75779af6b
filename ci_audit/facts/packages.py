"""Packages and requirements files as nodes of the rule book."""

from __future__ import annotations

from collections.abc import Iterator

from ci_audit.facts import ECOSYSTEMS, Context, Kind, Verdict
from ci_audit.masking import listed
from ci_audit.model import Evidence, Install, Package, Pipeline
from ci_audit.providers import PROVIDERS
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN, Where
from ci_audit.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ci_audit.requirements import RequirementsFile


class PackageNode(NamedTuple):
    """A package on the command line of an install."""

    package: Package
    install: Install


class RequirementsNode(NamedTuple):
    """A requirements file that an install reads from the repository."""

    file: RequirementsFile
    install: Install
    where: Where


def package_nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[PackageNode, Context]]:
    for job in pipeline.jobs:
        for step in job.steps:
            for install in step.installs:
                if install.packages:
                    context = Context(pipeline, job, step, repository)
                    for package in install.packages:
                        yield PackageNode(package, install), context


def pinned(node: PackageNode, context: Context) -> tuple[Verdict, ...]:
    """Tell whether what is installed under this name is the same on every run."""
    package = node.package
    if package.pinned is None or node.install.network.value is False or node.install.command.elsewhere:
        return ()
    return (Verdict("yes" if package.pinned else "no", reason=package.reason),)


def requirements_nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[RequirementsNode, Context]]:
    """Walk the requirements files, those that they include too, once for each install that reads them."""
    for job in pipeline.jobs:
        for step in job.steps:
            for install in step.installs:
                if install.network.value is False or install.command.elsewhere:
                    continue
                seen: set[str] = set()
                todo = [use.path for use in install.files if use.kind == "requirements"]
                context = Context(pipeline, job, step, repository)
                while todo:
                    path = todo.pop(0)
                    if path in seen or UNKNOWN in path:
                        continue
                    seen.add(path)
                    file = repository.requirements(path)
                    if file is None:
                        continue
                    todo += [use.path for use in file.includes]
                    yield RequirementsNode(file, install, Where(file.source, 0, 0)), context


def all_pinned(node: RequirementsNode, context: Context) -> tuple[Verdict, ...]:
    """Tell whether every line of the file is pinned; the verdict points at the first that is not."""
    from ci_audit.pep508 import normalise_name

    constrained = _constrained(node, context)
    loose = [
        requirement
        for requirement in node.file.requirements
        if requirement.pinned is False and normalise_name(requirement.name) not in constrained
    ]
    if not loose:
        return (Verdict("yes"),)
    first = loose[0]
    names = [requirement.name or requirement.where.text for requirement in loose]
    command = node.install.command
    return (
        Verdict(
            "no",
            reason=f"{first.reason}",
            where=first.where,
            evidence=(Evidence(command.where, f"`{command.shown}` installs from it"),),
            values={"unpinned": listed([f"`{name}`" for name in names], 5), "count": str(len(loose))},
        ),
    )


def _constrained(node: RequirementsNode, context: Context) -> frozenset[str]:
    """Give the names that a constraints file of the command or of the file pins."""
    from ci_audit.pep508 import normalise_name

    uses = [use for use in node.install.files if use.kind == "constraints"] + list(node.file.constraints)
    names: set[str] = set()
    for use in uses:
        file = context.repository.requirements(use.path) if UNKNOWN not in use.path else None
        if file is not None:
            names.update(normalise_name(requirement.name) for requirement in file.requirements if requirement.pinned)
    return frozenset(names)


def _plain(text: str) -> str:
    return text.replace(UNKNOWN, "…")


KIND = Kind(
    nodes=package_nodes,
    where=lambda node, context: node.package.where,
    fields={
        "package": lambda node, context: _plain(node.package.name),
        "specifier": lambda node, context: _plain(node.package.specifier),
        "ecosystem": lambda node, context: node.package.ecosystem,
        "manager": lambda node, context: node.install.manager,
        "command": lambda node, context: node.install.command.shown,
        "installer": lambda node, context: "yes" if node.package.tool_upgrade else "no",
        "written": lambda node, context: node.package.where.text,
        "provider": lambda node, context: context.pipeline.provider,
    },
    facts={"pinned": pinned},
    values={
        "pinned": ("yes", "no"),
        "installer": ("yes", "no"),
        "ecosystem": ECOSYSTEMS,
        "provider": PROVIDERS,
    },
)

REQUIREMENTS = Kind(
    nodes=requirements_nodes,
    where=lambda node, context: node.where,
    fields={
        "file": lambda node, context: node.file.source.path,
        "command": lambda node, context: node.install.command.shown,
        "provider": lambda node, context: context.pipeline.provider,
    },
    facts={"pinned": all_pinned},
    values={"pinned": ("yes", "no"), "provider": PROVIDERS},
)

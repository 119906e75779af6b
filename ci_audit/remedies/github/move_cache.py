"""Keep the directories that the downloads go to, in the place of others that a cache step keeps."""

from __future__ import annotations

from ci_audit import managers
from ci_audit.editing import Block, Set
from ci_audit.masking import listed
from ci_audit.model import Cache
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, needs
from ci_audit.remedies.github import cache_step, listing, risks
from ci_audit.remedies.github.listing import Use
from ci_audit.source import Where
from ci_audit.syntax.yamltree import Mapping, Scalar


def remedy(request: Request) -> Remedy | Skipped:
    """Name the directories of all systems that the job runs on, besides those paths that are of use."""
    risk = risks.at_risk(request)
    if risk is not None:
        return risk
    caches = {_misplaced(request, number) for number in range(len(request.places))}
    where = caches.pop()
    if where is None or caches:
        return Skipped("which step keeps the other directory is not clear")
    steps = listing.at(request, where)
    if isinstance(steps, Skipped):
        return steps
    item = next((item for item in steps.items if item.action.where == where), None)
    written = item.node.get("with") if item is not None else None
    node = written.get("path") if isinstance(written, Mapping) else None
    if item is None or not isinstance(node, Scalar):
        return Skipped("the directory is not named by a `path` of the step")
    manager = needs.served_by(request.places[0].node)
    uses = _of_manager(request, manager)
    lines = cache_step.paths_of(uses)
    if isinstance(lines, Skipped):
        return lines
    old = [line.strip() for line in node.value.split("\n") if line.strip()]
    kept = [line for line in old if line in lines or not _useless(line, manager)]
    wanted = [*kept, *(line for line in lines if line not in kept)]
    value = wanted[0] if len(wanted) == 1 else Block("".join(f"{line}\n" for line in wanted))
    operation = Set((*steps.path_of(item), "with", item.key_of("path")), value)
    title = f"Keep {listed([f'`{line}`' for line in lines])}"
    return Remedy(title, "safe", (FileChange(steps.source.path, (operation,)),))


def _misplaced(request: Request, number: int) -> Where | None:
    place = request.places[number]
    where = place.verdict.evidence[0].where if place.verdict.evidence else None
    job = place.context.job
    caches: tuple[Cache, ...] = job.caches if job is not None else ()
    return next((cache.where for cache in caches if cache.where == where and cache.paths), None)


def _of_manager(request: Request, manager: str) -> list[Use]:
    """List the installs of that manager in all variants of the jobs that the finding is about."""
    names = {(place.context.pipeline.source.path, job.name) for place in request.places if (job := place.context.job)}
    pipelines = {id(place.context.pipeline): place.context for place in request.places}
    return [
        Use(0, install, step, context._replace(job=job, step=step), "")
        for context in pipelines.values()
        for job in context.pipeline.jobs
        if (context.pipeline.source.path, job.name) in names
        for step in job.steps
        for install in step.installs
        if needs.served_by(install) == manager and install.network.value is not False
    ]


def _useless(line: str, manager: str) -> bool:
    return "${{" not in line and managers.meant_for(line) == (manager,)

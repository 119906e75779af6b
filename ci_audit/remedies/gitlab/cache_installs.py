"""`cache-installs` and `move-cache`: downloads go into the project, and a cache keeps them there."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import CannotEdit, Operation
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, at_risk
from ci_audit.remedies.gitlab.configuration import job_id
from ci_audit.remedies.gitlab.needs import need_of
from ci_audit.remedies.gitlab.plan import plan_of
from ci_audit.remedies.needs import served_by


def remedy(request: Request) -> Remedy | Skipped:
    """Keep what the jobs of a finding download inside the project, and let GitLab keep it."""
    skipped = at_risk(request)
    if skipped is not None:
        return skipped
    for place in request.places:
        assert place.context.job is not None
        need = need_of(place.node, place.context.job)
        if isinstance(need, Skipped):
            return need
    try:
        plan = plan_of(request.places[0].context.pipeline, request.repository)
    except CannotEdit as error:
        return Skipped(str(error))
    ids = {job_id(place.context.job) for place in request.places if place.context.job is not None}
    for place in request.places:
        assert place.context.job is not None
        unmet = plan.unmet.get((job_id(place.context.job), served_by(place.node)))
        if unmet is not None:
            return unmet
    for id in ids:
        if id in plan.problems or id not in plan.needs:
            name = plan.configuration.jobs[id].name if id in plan.configuration.jobs else "a job"
            return Skipped(f"`{name}`: {plan.problems.get(id, 'where it is written is not known')}")
    entries = [entry for entry in plan.entries if entry.jobs & ids]
    managers = dict.fromkeys(name for entry in entries for name in entry.managers)
    by_file: dict[str, list[Operation]] = {}
    for entry in entries:
        for path, operation in entry.operations:
            operations = by_file.setdefault(path, [])
            if operation not in operations:
                operations.append(operation)
    doubt = next((entry.doubt for entry in entries if entry.doubt), "")
    title = f"Keep the downloads of {_listed(list(managers))} in a cache of GitLab"
    files = tuple(FileChange(path, tuple(operations)) for path, operations in by_file.items())
    return Remedy(title, "unsafe" if doubt else "safe", files, doubt)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

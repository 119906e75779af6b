"""One plan for a configuration: which mappings get variables and a cache, so that each job has what it needs.

A change stands where several jobs share it only if it reaches all of these and no other; else at each job.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.editing import CannotEdit, Delete, Operation
from ci_audit.model import Job, Pipeline
from ci_audit.providers.gitlab.parse import whole
from ci_audit.remedies import Skipped, switches
from ci_audit.remedies.gitlab import changes, keys, risks
from ci_audit.remedies.gitlab.configuration import (
    Configuration,
    JobId,
    Spot,
    View,
    changed,
    document,
    is_default,
    job_id,
    part_of,
    path_of,
    plain,
)
from ci_audit.remedies.gitlab.needs import Need, fills_with_code, needs_of, uncached
from ci_audit.remedies.needs import served_by
from ci_audit.repository import Repository
from ci_audit.source import Source
from ci_audit.typed import NamedTuple

VARIABLES = ("variables",)
SWITCHES = tuple(switches.VARIABLES.values())

_MOST_SHARED = 200
"""How many mappings that several jobs share are tried."""


class Entry(NamedTuple):
    """A change of one mapping, and the jobs that it serves."""

    jobs: frozenset[JobId]
    managers: tuple[str, ...]
    operations: tuple[tuple[str, Operation], ...]
    """Each with the path of its file."""
    doubt: str
    """Why it is not safe, else empty."""


class Plan:
    """What is to be done for all jobs of a configuration."""

    def __init__(self, sources: Sequence[Source], jobs: Sequence[Job], repository: Repository) -> None:
        self.sources = sources
        self.repository = repository
        self.configuration = Configuration(sources, repository)
        self.variants: dict[JobId, list[Job]] = {}
        for job in jobs:
            self.variants.setdefault(job_id(job), []).append(job)
        self.needs: dict[JobId, dict[str, Need]] = {}
        self.unmet: dict[tuple[JobId, str], Skipped] = {}
        self.problems: dict[JobId, str] = {}
        for id, variants in self.variants.items():
            if id in self.configuration.jobs:
                self._collect(id, variants)
        self.entries: list[Entry] = []
        self._keys: dict[str, tuple[str, ...]] = _keys_of(jobs)
        self._place()

    def _collect(self, id: JobId, variants: Sequence[Job]) -> None:
        found: dict[str, Need | Skipped] = {}
        for job in variants:
            for manager, need in needs_of(job).items():
                known = found.setdefault(manager, need)
                if known != need and isinstance(known, Need):
                    reason = f"its variants write the downloads of {manager} to different directories"
                    found[manager] = need if isinstance(need, Skipped) else Skipped(reason)
        needs = {manager: need for manager, need in found.items() if isinstance(need, Need)}
        if needs:
            self.needs[id] = needs
        for manager, need in found.items():
            if isinstance(need, Skipped):
                self.unmet[id, manager] = need

    def _place(self) -> None:
        remaining = {id: None for id in self.needs if id not in self.problems}
        members = self._members(remaining)
        owners = {spot for id in remaining for spot in self._owners(id)}
        shared = [spot for spot, ids in members.items() if len(ids) > 1 or not spot.path or spot in owners]
        shared.sort(key=lambda spot: (-len(members[spot]), spot not in owners))
        for spot in shared[:_MOST_SHARED]:
            ids = members[spot]
            if all(id in remaining for id in ids):
                entry = self._try(spot, ids)
                if isinstance(entry, Entry):
                    self.entries.append(entry)
                    for id in ids:
                        del remaining[id]
        for id in remaining:
            view = self.configuration.jobs[id]
            try:
                spot = self.configuration.spots(view)[0]
            except CannotEdit as error:
                self.problems[id] = str(error)
                continue
            own = self._try(spot, [id], alone=len(members.get(spot, ())) < 2)
            if isinstance(own, Entry):
                self.entries.append(own)
            else:
                self.problems[id] = own

    def _members(self, wanted: Iterable[JobId]) -> dict[Spot, list[JobId]]:
        """List the mappings from which the wanted jobs take keys, each with all jobs that do."""
        found: dict[Spot, list[JobId]] = {}
        of: dict[JobId, list[Spot]] = {}
        for id, view in self.configuration.jobs.items():
            try:
                of[id] = self.configuration.spots(view)
            except CannotEdit:
                of[id] = []
        interesting = {spot for id in wanted for spot in of[id]}
        for id, spots in of.items():
            for spot in spots:
                if spot in interesting:
                    found.setdefault(spot, []).append(id)
        top = self._top(wanted)
        return {**top, **found}

    def _top(self, wanted: Iterable[JobId]) -> dict[Spot, list[JobId]]:
        """Give the top of the main file with all that inherits from it, where a default is what downloads."""
        if self.configuration.triggers or len(self.configuration.roots) > 1:
            return {}
        files = {path for id in wanted for path in self._defaults_of(id)}
        if len(files) != 1:
            return {}
        return {Spot(files.pop(), ()): [id for id, view in self.configuration.jobs.items() if view.runs_script]}

    def _defaults_of(self, id: JobId) -> Iterable[str]:
        """Name the files in which what all jobs share says what a job installs, or where to."""
        names = {name for need in self.needs[id].values() for name, _ in need.variables}
        for job in self.variants[id]:
            for install in uncached(job):
                settings = (install.command.env.get(name) for name in names)
                for where in (install.command.where, *(one.where for one in settings if one is not None)):
                    if where is not None and is_default(where):
                        yield where.source.path

    def _owners(self, id: JobId) -> Iterable[Spot]:
        """Name the hidden and other jobs in which it is written what a job installs."""
        key = self.configuration.jobs[id].key
        own = Spot(key.source.path, path_of(key))
        for job in self.variants[id]:
            for install in uncached(job):
                where = install.command.where
                spot = Spot(where.source.path, (part_of(where),))
                if not is_default(where) and spot != own:
                    yield spot

    def _try(self, spot: Spot, ids: Sequence[JobId], alone: bool = False) -> Entry | str:
        """Make the change at one place, or say why it is not right there."""
        needs: dict[str, Need] = {}
        for id in ids:
            for manager, need in self.needs[id].items():
                if needs.setdefault(manager, need) != need:
                    return f"the jobs that share a text keep the downloads of {manager} in different places"
        views = [self.configuration.jobs[id] for id in ids]
        variants = [job for id in ids for job in self.variants[id]]
        source = self.repository.source(spot.file)
        assert source is not None
        managers = tuple(needs)
        try:
            key = self._key(managers, needs, variants)
            off = self._switches(variants)
            cache = changes.cache(spot, source, views, variants, list(needs.values()), key)
            operations = [*off, *changes.variables(spot, source, views, list(needs.values())), *cache]
            if not alone or changes.merges(spot, source):
                self._check(ids, needs, operations, off.values())
        except CannotEdit as error:
            return str(error)
        doubt = self._doubt(ids, needs) or ("the cache was switched off by hand" if off else "")
        return Entry(frozenset(ids), managers, tuple(operations), doubt)

    def _switches(self, variants: Sequence[Job]) -> dict[tuple[str, Operation], str]:
        """Take out what turns caches off that are about to be there, each with the variable that goes."""
        found: dict[tuple[str, Operation], str] = {}
        for job in variants:
            for install in uncached(job):
                for where in switches.switched_off(install):
                    operation = switches.removal(where, document(where.source), VARIABLES)
                    gone = operation.path[-1] if isinstance(operation, Delete) else ""
                    found[where.source.path, operation] = str(gone)
        return found

    def _key(self, managers: Sequence[str], needs: dict[str, Need], variants: Sequence[Job]) -> str:
        key = keys.cache_key(managers, variants)
        paths = tuple(path for need in needs.values() for path in need.paths)
        if self._keys.setdefault(key, paths) != paths:
            # Under one key, each job would overwrite what the other keeps.
            key = f"{key}-{keys.PER_JOB}" if keys.PER_JOB not in key else f"downloads-{key}"
        return key

    def _check(
        self,
        ids: Sequence[JobId],
        needs: dict[str, Need],
        operations: Sequence[tuple[str, Operation]],
        gone: Iterable[str],
    ) -> None:
        """Raise CannotEdit unless the operations give each job what it needs and change nothing else."""
        by_file: dict[str, list[Operation]] = {}
        for path, operation in operations:
            by_file.setdefault(path, []).append(operation)
        after = {view.label: view for view in changed(self.repository, self.sources, by_file).jobs.values()}
        served = {self.configuration.jobs[id].label for id in ids}
        ours = {name: value for need in needs.values() for name, value in need.variables}
        for view in self.configuration.jobs.values():
            new = after.get(view.label)
            if new is None:
                raise CannotEdit(f"`{view.name}` would no longer be a job")
            if view.label in served:
                wanted = {**view.variables(), **changes.expanded(ours)}
            else:
                wanted = view.variables()
                _same_cache(view, new, needs)
            if _without(new.variables(), gone) != _without(wanted, gone):
                raise CannotEdit((_MERGED if view.label in served else _SHARED).format(view.name))
            if view.label in served and not changes.keeps(new, needs.values()):
                raise CannotEdit(f"`{view.name}` has a cache of its own")

    def _doubt(self, ids: Sequence[JobId], needs: dict[str, Need]) -> str:
        moved = [need for need in needs.values() if need.variables]
        for id in ids:
            view = self.configuration.jobs[id]
            for job in self.variants[id]:
                code = any(
                    fills_with_code(served_by(install), install)
                    for step in job.steps
                    for install in step.installs
                    if served_by(install) in {need.manager for need in moved}
                )
                paths = [path for need in moved for path in need.paths]
                if paths:
                    reason = risks.in_project(job, view, paths, code, self.repository)
                    if reason:
                        return f"in `{view.name}` {reason}"
        return ""


_SHARED = "`{}` shares what would have to be changed"
_MERGED = "`{}` takes its variables over as a whole, so that one more cannot be set beside them"


def _without(variables: dict[str, str], gone: Iterable[str]) -> dict[str, str]:
    """Leave variables out that a switch was; with a name of `variables` itself, the only one there."""
    names = {*gone, *(SWITCHES if "variables" in gone else ())}
    return {name: value for name, value in variables.items() if name not in names}


def _same_cache(view: View, new: View, needs: dict[str, Need]) -> None:
    before, after = view.cache(), new.cache()
    if plain(before.value if before else None) == plain(after.value if after else None):
        return
    if before is None or not changes.only_grew(before.value, after.value if after else None, needs.values()):
        raise CannotEdit(_SHARED.format(view.name))


def _keys_of(jobs: Sequence[Job]) -> dict[str, tuple[str, ...]]:
    """List the keys that are in use, so that no new cache takes one of them."""
    found: dict[str, tuple[str, ...]] = {}
    for job in jobs:
        for cache in job.caches:
            if cache.key is not None:
                found[cache.key.text] = ("",)
    return found


_last: tuple[Repository, str, Plan] | None = None


def plan_of(pipeline: Pipeline, repository: Repository) -> Plan:
    """Give the plan for the configuration that a pipeline is part of, made once."""
    global _last
    sources, jobs = whole(pipeline, repository)
    if _last is None or _last[0] is not repository or _last[1] != sources[0].path:
        _last = (repository, sources[0].path, Plan(sources, jobs, repository))
    return _last[2]

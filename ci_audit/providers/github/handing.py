"""Jobs that hand files to a job that publishes them: what a poisoned cache puts in there reaches users as well."""

from __future__ import annotations

import re

from ci_audit.model import UNKNOWN, Answer, Job
from ci_audit.patterns import regex
from ci_audit.providers.github import nodes
from ci_audit.source import Source, Where
from ci_audit.syntax.expressions import find
from ci_audit.syntax.yamltree import Mapping, Scalar, Sequence
from ci_audit.typed import NamedTuple

_UPLOAD, _DOWNLOAD = "actions/upload-artifact", "actions/download-artifact"
_ASIDE = regex(r"cov|log|report|result|junit|screenshot|trace|bench|docs?\b|site|html")
"""In the names of artifacts that tell about a run or make a site: they are downloaded for something else."""


class _Upload(NamedTuple):
    name: str
    where: Where


def marked(jobs: list[Job], root: Mapping, source: Source) -> list[Job]:
    """Mark the jobs whose artifacts a publishing job provably downloads: it needs them, and the names agree."""
    takers = dict.fromkeys(job.name for job in jobs if job.publishes.value and _takes(job))
    if not takers:
        return jobs
    written = {key.value: item for key, item in root.items() if isinstance(item, Mapping)}
    handing: dict[str, Answer] = {}
    for taker in takers:
        wanted = _downloads(written.get(taker))
        for name in _needed(taker, written) if wanted else ():
            for upload in _uploads(written[name], source):
                if name not in handing and any(_agree(upload.name, pattern) for pattern in wanted):
                    handing[name] = Answer(True, f"the job `{taker}` publishes what it uploads", upload.where)
    if not handing:
        return jobs
    return [
        job._replace(feeds=handing[job.name]) if job.name in handing and not job.publishes.value else job
        for job in jobs
    ]


def _takes(job: Job) -> bool:
    return any(action.name.lower() == _DOWNLOAD for action in job.actions)


def _needed(name: str, written: dict[str, Mapping]) -> list[str]:
    """List the jobs that must have run before a job, through others as well."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        node = written[waiting.pop()].get("needs")
        for need, _ in nodes.strings(node) if node is not None else ():
            if need in written and need not in found and need != name:
                found.append(need)
                waiting.append(need)
    return found


def _steps(job: Mapping | None, name: str) -> list[Mapping]:
    steps = job.get("steps") if job is not None else None
    if not isinstance(steps, Sequence):
        return []
    found = [step for step in steps.items if isinstance(step, Mapping)]
    return [step for step in found if nodes.text(step.get("uses")).partition("@")[0].strip().lower() == name]


def _input(step: Mapping, name: str) -> str:
    inputs = step.get("with")
    node = inputs.get(name) if isinstance(inputs, Mapping) else None
    return nodes.text(node) if isinstance(node, Scalar) else ""


def _uploads(job: Mapping, source: Source) -> list[_Upload]:
    return [
        _Upload(_input(step, "name") or "artifact", Where(source, step.start, step.end))
        for step in _steps(job, _UPLOAD)
    ]


def _downloads(job: Mapping | None) -> list[str]:
    """List what the job downloads from its own run, as patterns: `*` where it names nothing."""
    return [
        _input(step, "name") or _input(step, "pattern") or "*"
        for step in _steps(job, _DOWNLOAD)
        if not _input(step, "run-id") and not _input(step, "repository")
    ]


def _agree(uploaded: str, wanted: str) -> bool:
    """Tell whether an artifact of this name is downloaded; an expression stands for anything beside what is written."""
    if _ASIDE.search(uploaded.lower()):
        return False
    if uploaded == wanted or wanted == "*":
        return True
    uploaded, wanted = _open(uploaded), _open(wanted)
    if not uploaded.strip(UNKNOWN) or not wanted.strip(UNKNOWN + "*"):
        return False
    return _matches(wanted, uploaded.replace(UNKNOWN, "x")) or _matches(uploaded, wanted.replace(UNKNOWN, "x"))


def _open(name: str) -> str:
    for start, end, _ in reversed(find(name)):
        name = name[:start] + UNKNOWN + name[end:]
    return name


def _matches(pattern: str, name: str) -> bool:
    expression = "".join(".*" if sign in (UNKNOWN, "*") else re.escape(sign) for sign in pattern)
    return re.fullmatch(expression, name, re.DOTALL) is not None

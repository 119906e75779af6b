"""What is understood of the installs of a repository: the same knowledge that the rules compare, laid open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit import paths
from ci_audit.discover import Found
from ci_audit.engine import Failed, leave_out, parse
from ci_audit.facts import Context
from ci_audit.facts.caching import CACHED, is_lost
from ci_audit.facts.installs import KIND
from ci_audit.findings import Related
from ci_audit.internal import internal_error
from ci_audit.masking import mask
from ci_audit.model import Install
from ci_audit.repository import Repository
from ci_audit.rulebook import shown
from ci_audit.source import UNKNOWN
from ci_audit.typed import NamedTuple

_ANSWERS = {True: "yes", False: "no", None: "unknown"}


class PackageRow(NamedTuple):
    """A package that an install asks for by name."""

    name: str
    specifier: str
    pinned: bool | None


class InstallRow(NamedTuple):
    """One install as understood; secrets are masked, and what is not known is written as `…`."""

    path: str
    line: int
    end_line: int
    provider: str
    job: str
    variants: tuple[str, ...]
    command: str
    manager: str
    network: str
    index_url: str
    downloads_to: str
    cached: str
    cause: str
    reason: str
    evidence: tuple[Related, ...]
    packages: tuple[PackageRow, ...]


class Inspection(NamedTuple):
    """All installs, in the order of files and places, and the files that could not be looked at."""

    rows: tuple[InstallRow, ...]
    failed: tuple[Failed, ...]


def inspect(repository: Repository, found: Sequence[Found], exclude: Sequence[str] = ()) -> Inspection:
    """Tell what every install fetches, where its downloads go and whether they are kept."""
    rows: list[InstallRow] = []
    failed: list[Failed] = []
    for file in leave_out(found, exclude)[0]:
        source = repository.source(file.path)
        if source is None:
            failed.append(Failed(file.path, 1, repository.problem(file.path) or "it cannot be read"))
            continue
        try:
            pipeline = parse(file, source, repository)
            rows += _merged(_row(install, context) for install, context in KIND.nodes(pipeline, repository))
        except Exception as error:
            failed.append(Failed(file.path, 1, internal_error(error)))
    return Inspection(tuple(rows), tuple(failed))


def _merged(rows: Iterable[InstallRow]) -> list[InstallRow]:
    """Make one row of those that differ in nothing but the variant of their job."""
    found: dict[InstallRow, list[str]] = {}
    for row in rows:
        found.setdefault(row._replace(variants=()), []).extend(row.variants)
    merged = [row._replace(variants=tuple(dict.fromkeys(variants))) for row, variants in found.items()]
    return sorted(merged, key=lambda row: (row.path, row.line))


def _row(install: Install, context: Context) -> InstallRow:
    verdict = KIND.facts["cause"](install, context)[0]
    where = install.command.where
    job = context.job
    return InstallRow(
        path=where.source.path,
        line=where.source.position(where.start).line,
        end_line=where.source.position(where.end).line,
        provider=context.pipeline.provider,
        job=mask(job.name) if job is not None else "",
        variants=(mask(job.variant),) if job is not None and job.variant else (),
        command=mask(install.command.shown),
        manager=install.manager,
        network=_ANSWERS[install.network.value],
        index_url=_plain(KIND.fields["index"](install, context)),
        downloads_to=_plain(", ".join(paths.shown(directory.path) for directory in install.downloads)),
        cached="no" if is_lost(verdict) else CACHED[verdict.cause],
        cause=verdict.cause,
        reason=shown(verdict.reason),
        evidence=tuple(
            Related(
                evidence.where.source.path if evidence.where else "",
                *(evidence.where.source.position(evidence.where.start) if evidence.where else (0, 0)),
                shown(evidence.message),
            )
            for evidence in verdict.evidence
        ),
        packages=tuple(
            PackageRow(_plain(package.name), _plain(package.specifier), package.pinned) for package in install.packages
        ),
    )


def _plain(text: str) -> str:
    return mask(text.replace(UNKNOWN, "…"))

"""What `scan --fix` and `scan --diff` do."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence

from ci_audit import writing
from ci_audit.cli import FAILED, FOUND, UsageError
from ci_audit.cli.output import warn, write, write_bytes
from ci_audit.cli.scan import publish, status
from ci_audit.cli.setup import Setup
from ci_audit.engine import Settings, audit, leave_out, path_matcher
from ci_audit.findings import Finding
from ci_audit.repair import Changed, Repaired, repair
from ci_audit.reporters import plural
from ci_audit.reporters.difference import unified
from ci_audit.typed import Any


def run(setup: Setup, settings: Settings, options: Mapping[str, Any]) -> int:
    """Repair, write or show what that changes, and report what remains; gives the exit status."""
    if not setup.on_disk and len(setup.found) + len(setup.failed) > 1:
        raise UsageError("`--fix -` and `--diff -` take standard input alone")
    settings = settings._replace(safeties=("safe", "unsafe", "show") if options["unsafe_fixes"] else ("safe", "show"))
    repaired = _repaired(setup, settings, options)
    if options["diff"]:
        write(_difference(repaired.changed))
        if not options["quiet"]:
            warn(f"{_counted('would fix', repaired.fixed, len(repaired.changed))}")
        return FAILED if repaired.report.failed else int(bool(repaired.changed))
    if not setup.on_disk:
        return _to_standard_output(setup, repaired, options)
    failed = _written(setup, repaired.changed)
    if failed:
        repaired = _as_written(setup, settings, repaired, failed)
    fixed = [one for one in repaired.fixed if not failed.intersection(file.path for file in _files(one))]
    publish(repaired.report, setup._replace(repository=repaired.repository), settings, options)
    if fixed and not options["quiet"]:
        warn(_counted("fixed", fixed, len(repaired.changed) - len(failed)))
    if failed:
        return FAILED
    left = status(repaired.report, setup.config, options)
    return FOUND if not left and options["exit_non_zero_on_fix"] and repaired.changed else left


def _repaired(setup: Setup, settings: Settings, options: Mapping[str, Any]) -> Repaired:
    excluded = path_matcher(settings.exclude) if settings.exclude else None
    found = leave_out(setup.found, settings.exclude)[0]
    only = None if setup.on_disk else {file.path for file in found}

    def may_change(path: str) -> bool:
        return (only is None or path in only) and not (excluded is not None and excluded(path))

    if options["quiet"] or sys.stderr is None or not sys.stderr.isatty():
        repaired = repair(setup.repository, setup.found, settings, may_change)
    else:
        from ci_audit.cli.progress import Progress

        with Progress() as progress:
            repaired = repair(setup.repository, setup.found, settings, may_change, progress)
    if setup.failed:
        failed = tuple(sorted((*repaired.report.failed, *setup.failed)))
        repaired = repaired._replace(report=repaired.report._replace(failed=failed))
    return repaired


def _difference(changed: Sequence[Changed]) -> Iterator[str]:
    for path, old, new in changed:
        # With its byte order mark: a patch without it would not apply.
        yield from unified(path, None if old is None else old.decode(), new.decode())


def _to_standard_output(setup: Setup, repaired: Repaired, options: Mapping[str, Any]) -> int:
    """Write the whole text, changed or not, and what remains to standard error."""
    for file in setup.found:
        new = next((one.new for one in repaired.changed if one.path == file.path), None)
        write_bytes(setup.repository.data(file.path) or b"" if new is None else new)
    for finding in repaired.report.findings:
        warn(f"{finding.path}:{finding.line}:{finding.column}: {finding.severity} {finding.rule} {finding.message}")
    if repaired.report.failed:
        return FAILED
    left = status(repaired.report, setup.config, options)
    return FOUND if not left and options["exit_non_zero_on_fix"] and repaired.changed else left


def _written(setup: Setup, changed: Sequence[Changed]) -> set[str]:
    """Write the files one by one and give those that could not be."""
    failed = set()
    for path, old, new in changed:
        try:
            writing.replace(setup.root, path, old, new)
        except OSError as error:
            warn(f"{path}: not fixed: {error.strerror or error}")
            failed.add(path)
    return failed


def _as_written(setup: Setup, settings: Settings, repaired: Repaired, failed: set[str]) -> Repaired:
    """Audit once more what is there when some files could not be written: their findings remain."""
    written = {path: new for path, _, new in repaired.changed if path not in failed}
    repository = setup.repository.overlaid(written)
    report = audit(repository, setup.found, settings._replace(fixes="offer"))
    report = report._replace(failed=tuple(sorted({*report.failed, *setup.failed})))
    return repaired._replace(report=report, repository=repository)


def _files(finding: Finding) -> Sequence[Any]:
    return getattr(finding.fix, "files", ())


def _counted(verb: str, fixed: Sequence[Finding], files: int) -> str:
    return f"{verb} {plural(len(fixed), 'finding')} in {plural(files, 'file')}"

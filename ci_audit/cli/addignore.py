"""What `scan --add-ignore` does."""

from __future__ import annotations

from ci_audit import addignore, writing
from ci_audit.cli import FAILED, FOUND, OK, UsageError
from ci_audit.cli.output import warn, write
from ci_audit.cli.setup import Setup
from ci_audit.discover import Found
from ci_audit.engine import Settings, audit, leave_out
from ci_audit.reporters import plural
from ci_audit.repository import DiskReader


def add_ignores(setup: Setup, settings: Settings) -> int:
    """Write a comment for every finding; 1 when some could not be written."""
    if not setup.on_disk:
        raise UsageError("`--add-ignore` writes files, so it cannot take standard input")
    leading, failed = _leading(setup, settings._replace(processes=1))
    added = changed = 0
    left = False
    reader = DiskReader(setup.root)
    for path, files in sorted(leading.items()):
        source = setup.repository.source(path)
        data = reader.read(path)
        if source is None or not isinstance(data, bytes) or source.lossy:
            warn(f"{path}: not changed: its text is not plain UTF-8")
            left = True
            continue
        result = addignore.comment(setup.root, reader, source, files, settings)
        for skipped in result.skipped:
            finding = skipped.finding
            warn(f"{path}:{finding.line}: {finding.rule} {finding.name} not ignored: {skipped.reason}")
            left = True
        if result.text != source.text:
            text = ("\ufeff" if source.bom else "") + result.text
            try:
                writing.replace(setup.root, path, data, text.encode("utf-8"))
            except OSError as error:
                warn(f"{path}: not changed: {error.strerror}")
                left = True
                continue
            added += result.added
            changed += 1
    write([f"{plural(added, 'finding')} ignored in {plural(changed, 'file')}\n"])
    return FAILED if failed or setup.failed else FOUND if left else OK


def _leading(setup: Setup, settings: Settings) -> tuple[dict[str, list[Found]], bool]:
    """Give for each file with findings the files whose audit finds them: itself, what includes it or calls it.

    The second value tells whether some file could not be audited.
    """
    leading: dict[str, list[Found]] = {}
    failed = False
    for file in leave_out(setup.found, settings.exclude)[0]:
        report = audit(setup.repository, [file], settings)
        failed = failed or bool(report.failed)
        for path in dict.fromkeys(finding.path for finding in report.findings):
            leading.setdefault(path, []).append(file)
    return leading, failed

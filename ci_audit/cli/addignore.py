"""What `scan --add-ignore` does."""

from __future__ import annotations

import os

from ci_audit import addignore
from ci_audit.cli import FAILED, FOUND, OK, UsageError
from ci_audit.cli.output import warn, write
from ci_audit.cli.setup import Setup
from ci_audit.engine import Settings, audit, leave_out
from ci_audit.reporters import plural
from ci_audit.repository import DiskReader


def add_ignores(setup: Setup, settings: Settings) -> int:
    """Write a comment for every finding; 1 when some could not be written."""
    if not setup.on_disk:
        raise UsageError("`--add-ignore` writes files, so it cannot take standard input")
    report = audit(setup.repository, setup.found, settings)
    files = leave_out(setup.found, settings.exclude)[0]
    added = changed = 0
    left = False
    reader = DiskReader(setup.root)
    for path in dict.fromkeys(finding.path for finding in report.findings):
        source = setup.repository.source(path)
        data = reader.read(path)
        if source is None or not isinstance(data, bytes) or source.lossy:
            warn(f"{path}: not changed: its text is not plain UTF-8")
            left = True
            continue
        # A file that is only part of others (a requirements file, an include) is judged through them.
        own = [file for file in files if file.path == path]
        result = addignore.comment(setup.root, reader, source, own or files, settings)
        for skipped in result.skipped:
            finding = skipped.finding
            warn(f"{path}:{finding.line}: {finding.rule} {finding.name} not ignored: {skipped.reason}")
            left = True
        if result.text != source.text:
            text = ("\ufeff" if source.bom else "") + result.text
            try:
                addignore.write(os.path.join(setup.root, path), data, text.encode("utf-8"))
            except OSError as error:
                warn(f"{path}: not changed: {error.strerror}")
                left = True
                continue
            added += result.added
            changed += 1
    write([f"{plural(added, 'finding')} ignored in {plural(changed, 'file')}\n"])
    return FAILED if report.failed or setup.failed else FOUND if left else OK

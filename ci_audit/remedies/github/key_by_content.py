"""Make a key follow what is installed: by the hash of the files that decide it, with a key to fall back on."""

from __future__ import annotations

from ci_audit.editing import Operation, Set
from ci_audit.remedies import FileChange, Remedy, Request, Skipped
from ci_audit.remedies.github import keys
from ci_audit.remedies.github.keys_of_caches import files_of, holds_environment, keyed
from ci_audit.syntax.expressions import find


def remedy(request: Request) -> Remedy | Skipped:
    """Put the hash at the end of the key, or in the place of one that finds no files."""
    found = keyed(request)
    if isinstance(found, Skipped):
        return found
    files = files_of(request, found)
    if isinstance(files, Skipped):
        return files
    names, doubt = files
    changed, prefix = _changed(" ".join(found.key.value.split()), keys.hash_of(names))
    operations: list[Operation] = [Set((*found.path, "key"), changed)]
    environment = holds_environment(request)
    if not found.has_fallback and prefix and not environment:
        operations.append(Set((*found.path, "restore-keys"), prefix, after="key"))
    reason = doubt or ("an environment that is made anew may be another one" if environment else "")
    title = f"Make the key follow {', '.join(f'`{name}`' for name in names[:3])}"
    return Remedy(
        title, "unsafe" if reason else "safe", (FileChange(found.steps.source.path, tuple(operations)),), reason
    )


def _changed(text: str, new: str) -> tuple[str, str]:
    """Give the key with the hash, and the part before it."""
    hashes = [(start, end) for start, end, inner in find(text) if "hashfiles" in inner.lower()]
    if not hashes:
        prefix = text if text.endswith(("-", "_", "/")) else f"{text}-"
        return prefix + new, prefix
    prefix, behind = text[: hashes[0][0]], text[hashes[-1][1] :]
    return prefix + new + behind, prefix.rstrip()

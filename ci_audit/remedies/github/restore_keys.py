"""Give a key that is new on every run one to fall back on: what it has in common with the earlier ones."""

from __future__ import annotations

from ci_audit.editing import Operation, Set
from ci_audit.providers.github.keys import is_new_each_run
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, needs
from ci_audit.remedies.github.keys_of_caches import holds_environment, keyed, served
from ci_audit.syntax.expressions import find


def remedy(request: Request) -> Remedy | Skipped:
    """Fall back on the part of the key before what changes; a key that begins with that gets a beginning."""
    found = keyed(request)
    if isinstance(found, Skipped):
        return found
    text = found.key.value
    start = next((start for start, _, inner in find(text) if is_new_each_run(inner)), None)
    if start is None:
        return Skipped("what makes the key new on every run does not stand in it")
    prefix = text[:start]
    operations: list[Operation] = []
    if not prefix.strip("-_ "):
        uses = served(request)
        name = needs.served_by(uses[0].install) if uses else "downloads"
        prefix = f"{name}-${{{{ runner.os }}}}-"
        operations.append(Set((*found.path, "key"), prefix + text.lstrip("-_ ")))
    operations.append(Set((*found.path, "restore-keys"), prefix, after="key"))
    reason = "an old environment may hold packages that are not wanted any more" if holds_environment(request) else ""
    title = f"Fall back on the newest cache under `{prefix}`"
    return Remedy(
        title, "unsafe" if reason else "safe", (FileChange(found.steps.source.path, tuple(operations)),), reason
    )

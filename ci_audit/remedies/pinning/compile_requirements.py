"""Show how a requirements file is compiled, so that it pins all that is installed."""

from __future__ import annotations

from ci_audit.facts.packages import RequirementsNode
from ci_audit.remedies import Remedy, Request
from ci_audit.typed import cast


def remedy(request: Request) -> Remedy:
    """Give the commands for that very file, with the tool that made it or that installs from it."""
    node = cast(RequirementsNode, request.places[0].node)
    path = node.file.source.path
    stem = path.rpartition(".")[0] if path.endswith((".txt", ".in")) else path
    wanted, compiled = f"{stem}.in", f"{stem}.txt" if stem != path else f"{path}.lock"
    lines = []
    if not request.repository.exists(wanted):
        lines.append(f"git mv {_quoted(path)} {_quoted(wanted)}")
        compiled = path
    uses_uv = node.file.generator == "uv" or (not node.file.generator and node.install.manager == "uv")
    tool = "uv pip compile" if uses_uv else "pip-compile"
    lines.append(f"{tool} {_quoted(wanted)} -o {_quoted(compiled)}")
    reason = f"write what is wanted in `{wanted}`, and compile `{compiled}` from it anew for every update"
    if path == wanted:
        reason += f"; install from `{compiled}`"
    return Remedy(f"Compile `{compiled}`", "show", (), reason, "\n".join(lines) + "\n")


def _quoted(path: str) -> str:
    from shlex import quote

    return quote(path)

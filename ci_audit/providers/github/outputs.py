"""What a step tells the steps after it: the directory that a manager names as its own."""

from __future__ import annotations

from ci_audit.patterns import regex
from ci_audit.providers.github.state import Ask, JobState

_ASKS = regex(
    r"""(?:\$\(|`)\s*(?:sudo\s+(?:-H\s+)?)?(?P<command>(?:\S*python[\d.]*|py)\s+-m\s+)?"""
    r"""(?:(?P<pip>pip[\d.]*\s+cache\s+dir)|(?P<uv>uv\s+cache\s+dir)|(?P<poetry>poetry\s+config\s+cache-dir)"""
    r"""|(?P<pdm>pdm\s+config\s+cache_dir)|(?P<npm>npm\s+config\s+get\s+cache)"""
    r"""|(?P<yarn>yarn\s+(?:cache\s+dir|config\s+get\s+cacheFolder))|(?P<pnpm>pnpm\s+store\s+path)"""
    r"""|(?P<go>go\s+env\s+(?:GOMODCACHE|GOCACHE)))[^)`]*[)`]"""
)
_SET = regex(
    r"""(?:::set-output\s+name=(?P<old>[\w-]+)::|["'\s](?P<name>[A-Za-z_][\w-]*)=)(?P<value>[^\n>]*)(?P<rest>[^\n]*)"""
)


def remember(job: JobState, step: str, text: str) -> None:
    """Note which outputs and variables of a step hold what a manager answered."""
    asked = {match.lastgroup for match in _ASKS.finditer(text) if match.lastgroup}
    if not asked:
        return
    for match in _SET.finditer(text):
        answer = _ASKS.search(match["value"])
        if answer is not None and answer.lastgroup:
            manager = answer.lastgroup
        elif len(asked) == 1 and match["value"].lstrip("\"'").startswith("$"):
            # `dir=$(pip cache dir)` first, `echo "dir=$dir"` then.
            manager = next(iter(asked))
        else:
            continue
        name = match["old"] or match["name"]
        if "GITHUB_ENV" in match["rest"]:
            job.asks["env", name] = Ask(manager)
        elif step and (match["old"] or "GITHUB_OUTPUT" in match["rest"]):
            job.asks[step, name] = Ask(manager)

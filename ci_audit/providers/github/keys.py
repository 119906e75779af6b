"""What changes the key of a cache."""

from __future__ import annotations

import re

from ci_audit.patterns import regex
from ci_audit.providers.github.made import may_make
from ci_audit.providers.github.uses import Use
from ci_audit.source import UNKNOWN
from ci_audit.syntax import expressions

# Values that tell the system, the language, the branch or the workflow apart: what is installed does not follow
# from them.
_STEADY = regex(
    r"(?:runner|matrix|strategy|job|vars|secrets|inputs)\..*"
    r"|github\.(?:ref|ref_name|ref_type|base_ref|head_ref|workflow|job|repository|repository_owner|actor|event_name"
    r"|workspace|action|action_path|server_url|api_url|event\.repository\..*|event\.number|event\.pull_request\.number)"
    r"|steps\.[^.]+\.outputs\.(?:.*python.*|.*node.*|.*version.*|.*arch.*|.*os|.*platform.*)"
    r"|env\.(?:python.*|image.*|runner.*)\Z"
)
_COMMIT = regex(r"github\.(?:sha|workflow_sha|event\.(?:after|head_commit\.id|pull_request\.head\.sha))\Z")
_RUN = regex(r"github\.run_(?:id|number|attempt)\Z")
_HASH_FILES = regex(r"hashFiles\(([^()]*)\)", re.IGNORECASE)
_LITERAL = regex(r"'([^']*)'")
_OF_PYTHON = regex(
    r"(?:requirements[^/]*\.(?:txt|in)|setup\.(?:py|cfg)|pyproject\.toml|(?:poetry|uv|pdm|Pipfile)\.lock|Pipfile|tox\.ini"
    r"|\.pre-commit-config\.yaml)$"
)
_ELSEWHERE = ("repository", "path", "sparse-checkout")
_TIME = regex(r"\bdate\b|\btime\b|strftime|Get-Date|github\.event\.head_commit\.timestamp", re.IGNORECASE)


def varies(use: Use, key: str) -> tuple[str, ...]:
    """List what changes a key, out of content, commit, run, time and unknown."""
    found: set[str] = set()
    _collect(use, key, found, 0)
    return tuple(sorted(found))


def is_new_each_run(expression: str) -> bool:
    """Tell whether an expression of a key, as written between its braces, names the commit or the run."""
    names = (".".join(path) for path in expressions.references_of(expression))
    return any(_COMMIT.match(name) or _RUN.match(name) for name in names)


def _collect(use: Use, text: str, found: set[str], depth: int) -> None:
    for _, _, inner in expressions.find(text):
        if "hashfiles" in inner.lower() and _finds_files(use, inner):
            found.add("content")
        for path in expressions.references_of(inner):
            _reference(use, path, found, depth)


def _finds_files(use: Use, expression: str) -> bool:
    """Tell whether `hashFiles` may find a file: without one it gives an empty text, which never changes."""
    checkouts = use.job.checkouts
    moved = any(w is not None and any(w.get(name) for name in _ELSEWHERE) for w in checkouts)
    if not checkouts or moved or may_make(use, ""):
        return True
    call = _HASH_FILES.search(expression)
    if call is None:
        return True
    patterns = _LITERAL.findall(call[1])
    if len(patterns) != call[1].count(",") + 1:
        return True
    # Only the files that Python's managers read: of others a partial checkout may not hold what the repository has.
    if not all(_OF_PYTHON.search(pattern) for pattern in patterns):
        return True
    repository = use.job.workflow.repository
    plain = [name.removeprefix("**/") for name in patterns]
    # Looking for one file is cheap, matching a pattern has to list the repository.
    if any(not set("*?[!").intersection(name) and repository.exists(name) for name in plain):
        return True
    return any(repository.glob(pattern) for pattern in patterns if not pattern.startswith("!"))


def _reference(use: Use, path: tuple[str, ...], found: set[str], depth: int) -> None:
    name = ".".join(path)
    if _COMMIT.match(name):
        found.add("commit")
    elif _RUN.match(name):
        found.add("run")
    elif path[0] == "env" and len(path) == 2:
        _variable(use, path[1], found, depth)
    elif path[0] == "inputs" and use.scope.depth:
        found.add("unknown")
    elif path[0] == "steps" and len(path) == 4 and not _STEADY.match(name):
        found.add("time" if any(_TIME.search(text) for text in use.job.texts) else "unknown")
    elif not _STEADY.match(name):
        found.add("unknown")


def _variable(use: Use, name: str, found: set[str], depth: int) -> None:
    """Judge a variable by the text that sets it."""
    for setting in use.env.values():
        if setting.name.lower() != name:
            continue
        if UNKNOWN not in setting.value:
            return
        written = setting.where.text if setting.where is not None else ""
        if "${{" in written and depth < 3:
            _collect(use, written, found, depth + 1)
            return
        break
    else:
        if name == "pythonlocation":
            return
    found.add(
        "time" if any(_TIME.search(text) and name.upper() in text.upper() for text in use.job.texts) else "unknown"
    )

"""What `cache:` keeps."""

from __future__ import annotations

from ci_audit import managers
from ci_audit.model import UNKNOWN, Cache, CacheKey, Kept, Problem
from ci_audit.paths import WORKSPACE, normalise
from ci_audit.patterns import regex
from ci_audit.providers.gitlab import variables
from ci_audit.providers.gitlab.memory import Asked
from ci_audit.providers.gitlab.tree import List, Missing, Table, Text, Value, texts
from ci_audit.repository import Repository
from ci_audit.source import Where

KIND = "`cache:`"

MAX_CACHES = 4
"""How many a job may have unless whoever runs the instance allows more (gitlab-org/gitlab: `ci_max_caches_per_job`,
since 18.11)."""

_COMMIT = frozenset(
    "CI_COMMIT_SHA CI_COMMIT_SHORT_SHA CI_COMMIT_BEFORE_SHA CI_COMMIT_TIMESTAMP CI_COMMIT_MESSAGE CI_COMMIT_TITLE"
    " CI_COMMIT_DESCRIPTION CI_MERGE_REQUEST_SOURCE_BRANCH_SHA".split()
)
_RUN = frozenset(
    "CI_PIPELINE_ID CI_PIPELINE_IID CI_PIPELINE_URL CI_PIPELINE_CREATED_AT CI_JOB_ID CI_JOB_URL CI_JOB_STARTED_AT"
    " CI_JOB_TOKEN CI_BUILD_ID CI_BUILD_TOKEN".split()
)
_OUTSIDE = "GitLab keeps nothing outside the project: `{}`"


def read(value: Value | None, env: Asked, repository: Repository) -> list[Cache]:
    """Read the `cache:` of a job, a mapping or a list."""
    if isinstance(value, Table):
        return _read_one(value, env, repository)
    found: list[Cache] = []
    if isinstance(value, List):
        items = [item for item in variables.flat(value) if isinstance(item, Table)]
        for at, item in enumerate(items):
            read = _read_one(item, env, repository)
            found += map(_surplus, read) if at >= MAX_CACHES else read
    return found


def _surplus(cache: Cache) -> Cache:
    reason = f"GitLab takes at most {MAX_CACHES} caches for a job, unless the instance is set up for more"
    return cache._replace(problems=(Problem("unknown", reason, cache.where), *cache.problems))


def missing(value: Value | None) -> Missing | None:
    """Tell what of a `cache:` is not here."""
    if isinstance(value, Missing):
        return value
    if isinstance(value, Table):
        paths = value.get("paths")
        return paths if isinstance(paths, Missing) else value.gap
    if isinstance(value, List):
        return next(filter(None, map(missing, value.items)), None)
    return None


def _read_one(table: Table, env: Asked, repository: Repository) -> list[Cache]:
    inside: list[Kept] = []
    outside: list[tuple[str, Where]] = []
    for item in variables.flat(table.get("paths")):
        if isinstance(item, Text) and item.text:
            path = _path(item.text, env)
            if UNKNOWN in path or path == WORKSPACE or path.startswith(WORKSPACE + "/"):
                inside.append(Kept(path, item.where))
            else:
                outside.append((path, item.where))
    untracked = table.get("untracked")
    if isinstance(untracked, Text) and untracked.value is True:
        inside.append(Kept(WORKSPACE, untracked.where))
    where = table.first
    key = _key(table, env, repository)
    found = []
    if inside:
        problems = _problems(table, env)
        saves = _policy(table, env) != "pull"
        found.append(Cache(KIND, where, tuple(inside), key=key, problems=tuple(problems), saves=saves))
    for path, place in outside:
        # On its own, so that it says nothing about the paths that are kept.
        reason = _OUTSIDE.format(place.text.strip("\"'"))
        problem = Problem("misplaced", reason, place)
        found.append(Cache(KIND, place, managers=tuple(managers.meant_for(path)), problems=(problem,)))
    return found


def _path(text: str, env: Asked) -> str:
    """Resolve a path of a cache; the runner expands the job's variables in it, and nothing else."""

    def lookup(name: str) -> str | None:
        value = env.value(name)
        return _HOMES.get(name) if value is None else value

    path = variables.expanded(text, lookup)
    if path.startswith("/builds/"):
        # Where runners have the project: it may well be a place in it.
        return UNKNOWN + path
    if path.startswith("~"):
        return normalise(path)
    found = normalise(path)
    if found == UNKNOWN and UNKNOWN not in path:
        return "/" + path.replace("../", "").lstrip("/").replace(WORKSPACE, "")
    return found


# The home directory is no variable of the job, so that what is written for it leads out of the project.
_HOMES = {"HOME": "~", "USERPROFILE": "~"}


def _problems(table: Table, env: Asked) -> list[Problem]:
    found = []
    policy = table.get("policy")
    if isinstance(policy, Text):
        value = _policy(table, env)
        if UNKNOWN in value:
            found.append(Problem("unknown", "whether it is restored and saved depends on a variable", policy.where))
        elif value == "push":
            found.append(Problem("unknown", "it is only saved here, for other jobs", policy.where))
    when = table.get("when")
    if isinstance(when, Text) and when.text == "on_failure":
        found.append(Problem("unsaved", "it is saved only when the job fails", when.where))
    return found


def _policy(table: Table, env: Asked) -> str:
    return env.expanded(table.text("policy"))


def _key(table: Table, env: Asked, repository: Repository) -> CacheKey:
    node = table.get("key")
    restore = texts(table.get("fallback_keys"))
    keys = [item.text for item in restore]
    fallback = env.value("CACHE_FALLBACK_KEY")
    if fallback is not None:
        keys.append(fallback)
    restore_where = restore[0].where if restore else None
    varies: set[str] = set()
    if isinstance(node, Text):
        _vary(node.text, env, varies, 0)
        return CacheKey(node.text, node.where, tuple(keys), restore_where, tuple(sorted(varies)))
    if isinstance(node, Table):
        files = texts(node.get("files")) or texts(node.get("files_commits"))
        if any(repository.glob(item.text.lstrip("/")) for item in files):
            varies.add("content")
        prefix = node.text("prefix")
        _vary(prefix, env, varies, 0)
        text = ", ".join([*([prefix] if prefix else []), *(item.text for item in files)])
        return CacheKey(text, node.where, tuple(keys), restore_where, tuple(sorted(varies)))
    if isinstance(node, Missing):
        return CacheKey("", node.where, tuple(keys), restore_where, ("unknown",))
    return CacheKey("default", None, tuple(keys), restore_where)


_PREDEFINED = regex(r"(?:CI|GITLAB|RUNNER)_")


def _vary(text: str, env: Asked, found: set[str], depth: int) -> None:
    """Collect what the variables in a key change with; branch, job and the like do not count."""
    if UNKNOWN in text:
        found.add("unknown")
    for name in variables.names(text):
        if name in _COMMIT or name in _RUN:
            found.add("commit" if name in _COMMIT else "run")
            continue
        setting = env.get(name)
        if setting is None:
            if not _PREDEFINED.match(name):
                found.add("unknown")
        elif UNKNOWN in setting.value:
            written = setting.where.text if setting.where is not None else ""
            if depth < 5 and name not in variables.names(written) and "$" in written:
                _vary(written, env, found, depth + 1)
            else:
                found.add("unknown")

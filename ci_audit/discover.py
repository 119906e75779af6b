"""Find the CI files of a repository by name, tell what a file is by its content, and find the root."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from ci_audit.repository import Repository
from ci_audit.typed import NamedTuple

__all__ = [
    "PATTERNS",
    "TEMPLATE",
    "Discovered",
    "Found",
    "discover",
    "find_root",
    "provider_by_content",
    "provider_of",
]

TEMPLATE = "template"
"""Stands for the provider of a file that becomes a CI file only when something fills it in."""

_TEMPLATES = tuple("ejs erb gotmpl hbs in j2 jinja jinja2 m4 mako mustache template tmpl tpl twig".split())
_OTHERS = tuple("adoc bak diff dockerignore html json log md orig patch rej rst swp toml xml yaml yml".split())
_CODE = tuple("c cc cpp cs go java js jsx kt lua php pl py pyc pyi rb rs scala sh swift ts tsx vue".split())
"""What stands behind the lower-case `dockerfile.` in the sources of programs that deal with Dockerfiles."""

_STEM = "(?i:dockerfile|containerfile)"
_BEFORE = "^(?s:.*/)?"

PATTERNS: tuple[tuple[str, str], ...] = (
    ("github", r"^\.github/workflows/[^/]+\.ya?ml\Z"),
    ("github", rf"{_BEFORE}action\.ya?ml\Z"),
    ("gitlab", rf"{_BEFORE}[^/]*\.gitlab-ci\.ya?ml\Z"),
    ("travis", rf"{_BEFORE}\.travis\.yml\Z"),
    (TEMPLATE, rf"{_BEFORE}(?:{_STEM}(?:\.[^/]*)?|[^/]+\.{_STEM})\.(?i:{'|'.join(_TEMPLATES)})\Z"),
    ("dockerfile", rf"{_BEFORE}(?:[^/]+\.)?{_STEM}\Z"),
    ("dockerfile", rf"{_BEFORE}(?:Docker|Container)file\.(?!(?:[^/]*\.)?(?i:{'|'.join(_OTHERS)})\Z)[^/]*[^/.]\Z"),
    ("dockerfile", rf"{_BEFORE}{_STEM}\.(?!(?:[^/]*\.)?(?i:{'|'.join(_OTHERS + _CODE)})\Z)[^/]*[^/.]\Z"),
)
"""Providers and regular expressions over paths relative to the root; of several that match, the first counts."""

_YAML = (".yml", ".yaml")
_NAMES = ("dockerfile", "containerfile")
_PREFIXES = ("dockerfile.", "containerfile.")
_CAPITAL_PREFIXES = ("Dockerfile.", "Containerfile.")
_SUFFIXES = (".dockerfile", ".containerfile")
_IS_TEMPLATE = frozenset(_TEMPLATES)
_IS_OTHER = frozenset(_OTHERS)
_IS_CODE = frozenset(_CODE)


class Found(NamedTuple):
    """A file to audit, relative to the root, and its provider or TEMPLATE."""

    path: str
    provider: str


class Discovered(NamedTuple):
    """The files that paths lead to, sorted, and the paths that lead nowhere with the reasons."""

    found: list[Found]
    problems: list[tuple[str, str]]


def provider_of(path: str) -> str | None:
    """Tell by its path, relative to the root, whose CI file a file is; the same as PATTERNS, faster."""
    name = path[path.rfind("/") + 1 :]
    if name.endswith(_YAML):
        return _provider_of_yaml(path, name)
    if len(name) < len("dockerfile"):
        return None
    lower = name.lower()
    return _provider_of_dockerfile(name, lower) if "kerfile" in lower or "nerfile" in lower else None


def _provider_of_yaml(path: str, name: str) -> str | None:
    if path.startswith(".github/workflows/") and path.count("/") == 2:
        return "github" if name not in _YAML else None
    if name in ("action.yml", "action.yaml"):
        return "github"
    if name.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")):
        return "gitlab"
    return "travis" if name == ".travis.yml" else None


def _provider_of_dockerfile(name: str, lower: str) -> str | None:
    if lower in _NAMES:
        return "dockerfile"
    stem, _, ending = lower.rpartition(".")
    if ending in _IS_TEMPLATE and (stem in _NAMES or stem.startswith(_PREFIXES) or _ends_as_dockerfile(stem)):
        return TEMPLATE
    if _ends_as_dockerfile(lower):
        return "dockerfile"
    if not lower.startswith(_PREFIXES) or not ending or ending in _IS_OTHER:
        return None
    return None if ending in _IS_CODE and not name.startswith(_CAPITAL_PREFIXES) else "dockerfile"


def _ends_as_dockerfile(lower: str) -> bool:
    return lower.endswith(_SUFFIXES) and lower not in _SUFFIXES


# Compiled when a file's content is asked, which is seldom.
_KEY = r"""(?m)^(?:([A-Za-z_][\w.-]*)|"([^"\n]*)"|'([^'\n]*)')[ \t]*:(?=[ \t\r]|$)"""
_FLOW_KEY = r"""["']?\b(on|jobs|runs|steps)["']?[ \t]*:"""
_FROM = r"(?i)FROM(?:\s+--[a-z]+=\S+)*\s+\S+(?:\s+AS\s+\S+)?\s*\\?\s*\Z"
_RUNS_ON = r"(?m)^[ \t]+runs-on[ \t]*:"
_USING = r"(?m)^[ \t]+using[ \t]*:"
_GITLAB_JOB = r"(?m)^[ \t]+(?:script|trigger)[ \t]*:"
_ONLY_TRAVIS = {"after_failure", "after_success", "before_deploy", "before_install", "dist", "language", "sudo"}
_ONLY_GITLAB = {"default", "include", "stages", "workflow"}


def provider_by_content(text: str) -> str | None:
    """Tell by its top-level structure whose CI file a text is; None when nothing tells."""
    if _is_dockerfile(text):
        return "dockerfile"
    if text.lstrip().startswith("{"):
        keys = set(re.findall(_FLOW_KEY, text))
        return "github" if {"on", "jobs"} <= keys or {"runs", "steps"} <= keys else None
    keys = {plain or double or single for plain, double, single in re.findall(_KEY, text)}
    if "jobs" in keys and ("on" in keys or re.search(_RUNS_ON, text)):
        return "github"
    if "runs" in keys and re.search(_USING, text):
        return "github"
    if keys & _ONLY_TRAVIS:
        return "travis"
    if keys & _ONLY_GITLAB or re.search(_GITLAB_JOB, text):
        return "gitlab"
    return "travis" if keys & {"install", "script"} else None


def _is_dockerfile(text: str) -> bool:
    for line in text[: 64 << 10].splitlines():
        line = line.strip()
        if line and line[0] != "#" and line[:4].upper() != "ARG ":
            return line[:4].upper() == "FROM" and re.match(_FROM, line) is not None
    return False


def discover(repository: Repository, paths: Sequence[str], provider: str = "") -> Discovered:
    """Find the CI files that paths lead to, as a user names them from the current folder; without any, all files.

    A folder is searched by the names of its files, and counts as a root for `.github/workflows`. A file is taken
    whatever its name: as `provider` when that is given, else by its name, else by its content.
    """
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    for named in paths or [repository.root]:
        path = repository.relative(named)
        if path is None:
            problems[named] = "it lies outside the repository"
        elif repository.is_folder(path):
            for file in repository.files_under(path):
                guessed = provider_of(file) or (provider_of(file[len(path) + 1 :]) if path else None)
                if guessed:
                    found.setdefault(file, guessed)
        elif repository.exists(path) and (guessed := provider or provider_of(path)):
            found[path] = guessed
        elif (source := repository.source(path)) is None:
            problems[named] = repository.problem(path)
        elif guessed := provider_by_content(source.text):
            found[path] = guessed
        else:
            problems[named] = "neither its name nor its content tells which CI system it is for"
    problems.update({path or ".": reason for path, reason in repository.unlisted().items()})
    return Discovered([Found(*each) for each in sorted(found.items())], sorted(problems.items()))


def find_root(start: str, has_config: Callable[[str], bool]) -> str:
    """Give the nearest folder at or above a path that holds `.git` or a configuration.

    Without one it is the current folder, or the path's own folder when the path lies elsewhere.
    """
    own = os.path.abspath(start)
    while not os.path.isdir(own) and os.path.dirname(own) != own:
        own = os.path.dirname(own)
    folder = own
    while True:
        if os.path.lexists(os.path.join(folder, ".git")) or has_config(folder):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    here = os.getcwd()
    return here if own == here or own.startswith(os.path.join(here, "")) else own

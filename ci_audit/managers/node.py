"""Words that name npm packages, for all managers of Node's packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.indexes import without_credentials
from ci_audit.managers.protocol import Invocation
from ci_audit.model import UNKNOWN, Answer, Package, Word
from ci_audit.patterns import regex

_SPEC = regex(r"((?:@[^/@\s]+/)?[^/@\s]+)(?:@(.+))?$", re.DOTALL)
_EXACT = regex(r"v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$")
_COMMIT = regex(r"#[0-9a-f]{40}$")


def node_packages(call: Invocation, words: Iterable[Word]) -> tuple[Package, ...]:
    """Read what is named on the command line; local folders and archives are left out."""
    found = (_package(call, word) for word in words)
    return tuple(one for one in found if one is not None)


RUN = Syntax(
    "--package|-p --call|-c --cache --registry --userconfig --workspace|-w --loglevel",
    "--yes|-y --no|--no-install --quiet|-q --silent --verbose --bun --offline --prefer-offline --ignore-existing"
    " --help|-h --version|-v --workspaces|-ws",
)
"""The options of `npx`, `npm exec` and `bunx` ahead of what they run."""


def run_of(call: Invocation, words: Sequence[Word]) -> tuple[Answer, tuple[Package, ...]] | None:
    """Judge `npx TOOL`, which fetches what is not installed, as a given version mostly is not; None: it runs none."""
    arguments = read_arguments(words, RUN, until=1)
    named = arguments.all("--package") or arguments.positionals[:1]
    if not named or arguments.has("--help", "--version"):
        return None
    for flag in ("--no", "--offline"):
        word = arguments.last(flag)
        if word is not None:
            return Answer(False, f"`{flag}` takes what is there", call.command.where_of(word)), ()
    versioned = [word for word in named if "@" in word.text[1:]]
    if not versioned and not arguments.has("--package"):
        return Answer(None, "the tool may be installed already"), ()
    return Answer(True, ""), node_packages(call, named)


def _package(call: Invocation, word: Word) -> Package | None:
    text = word.text
    where = call.command.where_of(word)
    if text.startswith((".", "/", "~", "file:", UNKNOWN)) or (text.endswith((".tgz", ".tar.gz")) and "://" not in text):
        return None
    if "://" in text or text.startswith(("git+", "github:", "gitlab:")):
        pinned = _COMMIT.search(text) is not None
        reason = "it names a commit" if pinned else "it names no commit"
        return Package(without_credentials(text), "", pinned if word.known else None, reason, where, "npm")
    match = _SPEC.match(text)
    if match is None:
        return None
    name, version = match[1], match[2] or ""
    if version.startswith("npm:"):
        version = version.rpartition("@")[2]
    if not word.known:
        return Package(name, version, None, "its version is not known", where, "npm")
    if _EXACT.match(version):
        return Package(name, f"@{version}", True, f"`@{version}` names one version", where, "npm")
    reason = f"`@{version}` leaves the version open" if version else "it names no version"
    return Package(name, f"@{version}" if version else "", False, reason, where, "npm")

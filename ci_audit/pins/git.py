"""The tags and branches of a repository on any git host, as `git ls-remote` lists them."""

from __future__ import annotations

import os
import re
import subprocess
import urllib.parse

from ci_audit.pins.references import COMMIT
from ci_audit.pins.transport import RETRIES, Refused, Transport

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "credential.interactive=false",
    "protocol.allow=never",
    "protocol.https.allow=always",
    # A moved repository could lead to a host that is not allowed.
    "http.followRedirects=false",
)
_VERSION = r"v?\d+(?:\.\d+)*\Z"

Refs = dict[str, str]
"""Commits by `refs/tags/…` and `refs/heads/…`; an annotated tag has the commit that it names."""


def refs(transport: Transport, url: str) -> Refs:
    """List the refs of a repository; raises Refused."""
    transport.require(url)
    settings = list(_SETTINGS)
    if urllib.parse.urlsplit(url).scheme == "http":
        settings.append("protocol.http.allow=always")
    options = [part for setting in settings for part in ("-c", setting)]
    command = ["git", *options, "ls-remote", "--tags", "--heads", "--", url]
    problem = ""
    for _ in range(RETRIES + 1):
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=3 * transport.timeout,
                env=_environment(transport.timeout),
                cwd=os.path.abspath(os.sep),
                check=False,
            )
        except FileNotFoundError:
            raise Refused("there is no `git` to ask with") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            problem = "git took too long" if isinstance(error, subprocess.TimeoutExpired) else str(error)
            continue
        if done.returncode == 0:
            return read(done.stdout.decode("utf-8", "replace"))
        problem = _said(done.stderr.decode("utf-8", "replace"))
        if re.search(r"error: 30[1278]", problem):
            raise Refused(f"`{url}` has moved; name it by its new place")
        if re.search(r"not found|not allowed|terminal prompts disabled|Authentication|error: 40[134]", problem):
            break
    raise Refused(f"git could not list `{url}`: {problem}")


def read(text: str) -> Refs:
    """Read the lines of `git ls-remote`; the commit behind an annotated tag stands in its `^{}` line."""
    found: Refs = {}
    peeled: Refs = {}
    for line in text.splitlines():
        commit, _, name = line.partition("\t")
        if re.match(COMMIT, commit):
            if name.endswith("^{}"):
                peeled[name[:-3]] = commit
            else:
                found[name] = commit
    return {**found, **peeled}


def resolve(known: Refs, ref: str) -> tuple[str, str] | str:
    """Give the commit that a ref names and the fullest version that is the same commit, or why there is none."""
    tag, branch = known.get(f"refs/tags/{ref}"), known.get(f"refs/heads/{ref}")
    if tag and branch and tag != branch:
        return f"`{ref}` is both a tag and a branch, of different commits"
    commit = tag or branch
    if commit is None:
        return f"there is no tag or branch `{ref}`"
    return commit, _fullest(known, ref, commit) if re.match(_VERSION, ref) else ref


def _fullest(known: Refs, ref: str, commit: str) -> str:
    same = [
        name.removeprefix("refs/tags/")
        for name, other in known.items()
        if other == commit and name.startswith(f"refs/tags/{ref}.")
    ]
    versions = [name for name in same if re.match(_VERSION, name)]
    return max(
        versions, key=lambda name: (name.count("."), [int(part) for part in re.findall(r"\d+", name)]), default=ref
    )


def _environment(timeout: float) -> dict[str, str]:
    """Give git an environment in which it asks nothing and belongs to no repository."""
    # GIT_SSL_CAINFO and the proxies of the user stay.
    kept = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    return {
        **kept,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GCM_INTERACTIVE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_HTTP_LOW_SPEED_LIMIT": "1",
        "GIT_HTTP_LOW_SPEED_TIME": str(int(timeout) or 1),
        "LC_ALL": "C",
    }


_REPOSITORY_VARIABLES = frozenset(
    (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_NAMESPACE",
        "GIT_TRACE",
        "GIT_TRACE_CURL",
        "GIT_CURL_VERBOSE",
        "SSH_ASKPASS",
    )
)


def _said(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r"^(?:fatal|error|remote): ", "", lines[-1]) if lines else "it gave no reason"

"""Commands that delete directories."""

from __future__ import annotations

import pytest

from ci_audit import commands
from ci_audit.commands import ShellState
from ci_audit.managers import cleanup
from ci_audit.source import MappedText, Source


def paths(text: str, shell: str = "bash") -> list[tuple[str, ...] | None]:
    source = Source("x", text)
    state = ShellState({}, "$WORKSPACE", "", "/home/runner")
    found = commands.read(MappedText.of(source, 0, len(text)), state, shell=shell, order=0)[0]
    results = [cleanup.read(command) for command in found]
    assert all(result is None or (result.managers == () and not result.prunes) for result in results)
    return [None if result is None else result.paths for result in results]


DELETED = {
    "home": ("rm -rf ~/.cache/pip", ("/home/runner/.cache/pip",)),
    "home by its variable": ('rm -r "$HOME/.cache"', ("/home/runner/.cache",)),
    "several": ("rm -Rf a /b/../c", ("$WORKSPACE/a", "/c")),
    "long options": ("rm --recursive --force -- a", ("$WORKSPACE/a",)),
    "from another directory": ("cd a; rm -fr .venv", ("$WORKSPACE/a/.venv",)),
    "contents": ("rm -rf ~/.cache/pip/*", ("/home/runner/.cache/pip/*",)),
    "with sudo": ("sudo rm -rf /root/.cache", ("/root/.cache",)),
    "with sudo -H": ("sudo -H rm -rf ~/.cache", ("/home/runner/.cache",)),
    "only what is known": ("rm -rf $A a", ("$WORKSPACE/a",)),
    "find": ("find ~/.cache -delete", ("/home/runner/.cache",)),
    "find below": ("find a b -mindepth 1 -type f -delete", ("$WORKSPACE/a", "$WORKSPACE/b")),
    "find with rm": (r"find a -maxdepth 1 -exec rm -rf {} +", ("$WORKSPACE/a",)),
}


@pytest.mark.parametrize(("text", "expected"), DELETED.values(), ids=DELETED)
def test_deleted(text: str, expected: tuple[str, ...]) -> None:
    assert [found for found in paths(text) if found is not None] == [expected]


KEPT = {
    "a file": "rm -f a",
    "without paths": "rm -rf",
    "unknown": "rm -rf $A",
    "find of names": "find . -name '*.pyc' -delete",
    "find of times": "find a -mtime +3 -exec rm -rf {} +",
    "find that prints": "find a",
    "find that runs something": "find a -exec ls {} +",
    "another program": "ls -r a",
    "an empty directory": "rmdir a",
    "git": "git rm -r a",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_kept(text: str) -> None:
    assert all(found is None for found in paths(text))


WINDOWS = {
    "pwsh": ("Remove-Item -Recurse -Force ~/.cache/pip", "pwsh", ("/home/runner/.cache/pip",)),
    "pwsh with a name": ("Remove-Item a -Recurse", "pwsh", ("$WORKSPACE/a",)),
    "pwsh with two": ("rm -Recurse a,b", "pwsh", ("$WORKSPACE/a", "$WORKSPACE/b")),
    "pwsh of a file": ("Remove-Item a", "pwsh", None),
    "cmd": ("rd /s /q a", "cmd", ("$WORKSPACE/a",)),
    "cmd of an empty directory": ("rd a", "cmd", None),
}


@pytest.mark.parametrize(("text", "shell", "expected"), WINDOWS.values(), ids=WINDOWS)
def test_windows(text: str, shell: str, expected: tuple[str, ...] | None) -> None:
    assert paths(text, shell) == [expected]

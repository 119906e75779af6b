"""`.gitignore` patterns, judged by git itself."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit.gitignore import IgnoreFile, as_bytes_text, glob_matcher, is_pattern

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle and is not installed")

_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": "/"}

_TOKENS = "a b ab . x * ** *** ? / /**/ **/ /** [ab] [!a] [^b] [a-c] []a] [[:alpha:]] [[:x:]] [\\]] [a".split()
_TOKENS += "\\* \\ \\a ! # é [é] - [a-] [--a] [!/] [[:] []-a] \\/ **\\/".split()
_TOKENS += [" ", "\\ "]
_NAMES = ["a", "b", "ab", "abb", "x", "a.b", ".x", "aa", "é", "c", "]", "*", "a b", "-", "[", "\\", "!", "#"]

patterns = st.lists(st.sampled_from(_TOKENS), min_size=1, max_size=6).map("".join)
paths = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4).map("/".join)
line_ends = st.sampled_from(["\n", "\r\n"])


def ignored(file: IgnoreFile, path: str) -> bool:
    """Ask for each folder on the way, then for the file, as a walk does."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        here = as_bytes_text("/".join(parts[:depth]))
        if file.ignores(here, as_bytes_text(parts[depth - 1]), depth < len(parts)):
            return True
    return False


@pytest.fixture(scope="module")
def work_tree() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q"], cwd=folder, env=_ENV, check=True)
        yield folder


def git_ignores(folder: str, data: bytes, asked: list[str]) -> set[str]:
    with open(os.path.join(folder, ".gitignore"), "wb") as file:
        file.write(data)
    result = subprocess.run(
        ["git", "check-ignore", "-z", "--stdin", "--no-index"],
        cwd=folder,
        env=_ENV,
        input="\0".join(asked).encode(),
        capture_output=True,
        check=False,
    )
    assert result.returncode in (0, 1), result.stderr
    return {path for path in result.stdout.decode().split("\0") if path}


@needs_git
@settings(max_examples=250, deadline=None)
@given(
    lines=st.lists(patterns, min_size=1, max_size=4),
    again=st.booleans(),
    end=line_ends,
    asked=st.lists(paths, min_size=8, max_size=16),
)
def test_git_agrees(work_tree: str, lines: list[str], again: bool, end: str, asked: list[str]) -> None:
    if again:
        lines = [*lines, "!" + lines[0]]
    data = end.join(lines).encode()
    file = IgnoreFile(data)
    assert {path for path in asked if ignored(file, path)} == git_ignores(work_tree, data, asked)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("build/", "build/x.txt", True),
        ("build/", "build", False),
        ("/build", "src/build", False),
        ("docs/_build", "docs/_build/x", True),
        ("docs/_build", "x/docs/_build", False),
        ("**/cache", "a/b/cache", True),
        ("a/**/b", "a/b", True),
        ("a/**", "a/x/y", True),
        ("*.py[co]", "a/x.pyc", True),
        ("*.log\n!keep.log", "keep.log", False),
        ("logs/\n!logs/keep.log", "logs/keep.log", True),
        ("foo**/bar", "foobar", True),
        (r"\#x", "#x", True),
        ("#x", "#x", False),
        ("x  ", "x", True),
        ("x\\ ", "x ", True),
        ("[", "[", False),
        ("/a[!c]b", "a/b", False),
        ("/a[!c]b", "axb", True),
        ("\ufeffx", "x", True),
    ],
)
def test_named_cases(pattern: str, path: str, expected: bool) -> None:
    assert ignored(IgnoreFile(pattern.encode()), path) is expected


def test_no_pattern_has_no_opinion() -> None:
    assert not IgnoreFile(b"# only a comment\n\n")
    assert IgnoreFile(b"x").ignores("y", "y", False) is None
    assert IgnoreFile(b"!x").ignores("x", "x", False) is False


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a*a*a*a*a*a*a*a*a*a*ab", "a" * 255),
        ("/**/a*/**/a*/**/a*/**/a*/**/b", "a/" * 2000 + "c"),
        ("**\\/a**\\/a**\\/a**\\/a**\\/b", "a/" * 2000 + "c"),
        ("/*a*a*a*a*/*a*a*a*a/*a*a*a*b", ("a" * 200 + "/") * 3 + "a"),
        ("?*?*?*?*?*?*?*?*?q", "b" * 255),
    ],
)
def test_hostile_patterns_end(pattern: str, path: str) -> None:
    # Backtracking over all of the stars would take longer than the age of the universe.
    assert IgnoreFile(pattern.encode()).ignores(path, path.rpartition("/")[2], False) is None


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**/requirements.txt", "requirements.txt", True),
        ("**/requirements.txt", "a/b/requirements.txt", True),
        ("**/requirements.txt", "a/xrequirements.txt", False),
        ("requirements/*.txt", "requirements/dev.txt", True),
        ("requirements/*.txt", "requirements/a/dev.txt", False),
        ("requirements*", "requirements/a/dev.txt", True),
        ("*", ".hidden", True),
        ("src/**", "src/a/b", True),
        ("a/**/b", "a/b", True),
        ("req[a-z]*.txt", "reqs.txt", True),
        ("req?.txt", "reqs.txt", True),
        ("foo**/bar", "foobar", False),
        ("[", "[", True),
    ],
)
def test_glob(pattern: str, path: str, expected: bool) -> None:
    assert glob_matcher(pattern)(path) is expected


def test_is_pattern() -> None:
    assert all(map(is_pattern, ("a*", "a?", "[a]")))
    assert not is_pattern("a/b.txt")

"""Reading stays inside the root, never blocks, and lists what git would."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit import readers
from ci_audit.readers import MAX_LOCK, MAX_TEXT, normalise, size_limit
from ci_audit.repository import DiskReader, MemoryReader, OverlayReader, Repository, Unreadable
from ci_audit.source import UNKNOWN

_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": "/"}
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle and is not installed")
posix = pytest.mark.skipif(os.name != "posix", reason="such files exist on POSIX only")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Fail instead of hanging when a pipe is opened in a way that waits."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def fail(*_: object) -> None:
        raise AssertionError("reading waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, 10)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def text(repository: Repository, path: str) -> str | None:
    source = repository.source(path)
    return None if source is None else source.text


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b", "a/b"),
        ("./a//b/.", "a/b"),
        ("a/../b", "b"),
        ("", ""),
        (".", ""),
        ("a/..", ""),
        ("..", None),
        ("a/../../b", None),
        ("/a", None),
        (f"a{UNKNOWN}", None),
    ],
)
def test_normalise(path: str, expected: str | None) -> None:
    assert normalise(path) == expected


def test_a_file_is_read_once_and_stays_as_it_was(root: Path) -> None:
    write(root, {"a/b.txt": "one"})
    repository = Repository(str(root))
    first = repository.source("a/b.txt")
    assert first is not None
    assert (first.text, first.path) == ("one", "a/b.txt")
    write(root, {"a/b.txt": "two"})
    assert repository.source("./a/b.txt") is first
    assert repository.problem("a/b.txt") == ""


def test_what_is_absent_is_none_with_a_reason(root: Path) -> None:
    write(root, {"file": ""})
    repository = Repository(str(root))
    for path in ("absent", "absent/x", "file/x"):
        assert repository.source(path) is None
        assert repository.problem(path) == "there is no such file"
    assert repository.source(f"{UNKNOWN}.txt") is None
    assert repository.problem(f"{UNKNOWN}.txt") == "its name is not known"


def test_paths_out_of_the_root_read_nothing(root: Path) -> None:
    write(root.parent, {"secret": "token", "root2/secret": "token"})
    repository = Repository(str(root))
    for path in ("../secret", "../root2/secret", str(root.parent / "secret"), "a/../../secret"):
        assert repository.source(path) is None
        assert not repository.exists(path)
        assert repository.problem(path) == "it lies outside the repository"


@posix
def test_links_are_followed_inside_the_root_only(root: Path) -> None:
    write(root, {"real/file": "inside", "other": "x"})
    write(root.parent, {"outside/file": "token", "root2/file": "token"})
    (root / "link").symlink_to("real/file")
    (root / "folder").symlink_to("real")
    (root / "out").symlink_to("../outside/file")
    (root / "out-folder").symlink_to("../outside")
    (root / "sibling").symlink_to("../root2")
    (root / "absolute").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("loop")
    (root / "broken").symlink_to("nowhere")
    (root / "real" / "up").symlink_to("../..")
    repository = Repository(str(root))
    assert text(repository, "link") == text(repository, "folder/file") == "inside"
    for path in ("out", "out-folder/file", "sibling/file", "absolute", "real/up/outside/file"):
        assert text(repository, path) is None
        assert repository.problem(path) == "it lies outside the repository"
        assert not repository.exists(path)
    for path in ("loop", "broken"):
        assert text(repository, path) is None
        assert not repository.exists(path)


@posix
def test_a_root_that_is_a_link_is_a_root(root: Path) -> None:
    write(root, {"file": "inside"})
    (root.parent / "link").symlink_to(root)
    repository = Repository(str(root.parent / "link"))
    assert text(repository, "file") == "inside"
    assert repository.relative(str(root / "file")) == "file"
    assert repository.relative(str(root.parent / "link" / "file")) == "file"


@posix
@pytest.mark.usefixtures("no_waiting")
def test_pipes_and_sockets_are_not_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    os.mkfifo(root / ".gitignore")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        repository = Repository(str(root))
        for path in ("pipe", "socket"):
            assert repository.source(path) is None
            assert repository.problem(path) == "it is not a regular file"
            assert not repository.exists(path)
        assert repository.files == ()
    assert repository.source("") is None
    assert repository.problem(".") == "it is not a regular file"


@posix
@pytest.mark.usefixtures("no_waiting")
def test_a_file_that_becomes_a_pipe_is_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    (root / "file").write_text("x")
    regular = os.lstat(root / "file")
    monkeypatch.setattr(os, "lstat", lambda path: regular)
    assert readers.read_file(str(root / "pipe"), MAX_TEXT) == Unreadable("it is not a regular file")


def test_large_files_are_refused(root: Path) -> None:
    for name, size in (("ci.yml", MAX_TEXT), ("uv.lock", MAX_LOCK)):
        assert size_limit(name) == size
        with open(root / name, "wb") as file:
            file.truncate(size + 1)
        repository = Repository(str(root))
        assert repository.source(name) is None
        assert repository.problem(name) == f"it is larger than {size >> 20} MiB"
        assert repository.exists(name)
    with open(root / "ci.yml", "wb") as file:
        file.truncate(MAX_TEXT)
    assert DiskReader(str(root)).read("ci.yml") == bytes(MAX_TEXT)
    assert MemoryReader({"ci.yml": bytes(MAX_TEXT + 1)}).read("ci.yml") == Unreadable("it is larger than 2 MiB")


def test_a_file_that_is_larger_than_it_says_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "empty").touch()
    (root / "full").write_bytes(b"x" * 100_000)
    empty = os.stat(root / "empty")
    monkeypatch.setattr(os, "fstat", lambda descriptor: empty)
    assert readers.read_file(str(root / "full"), 99_999) == Unreadable("it is larger than 0 MiB")
    assert readers.read_file(str(root / "full"), 100_000) == b"x" * 100_000


@pytest.mark.parametrize(
    "name", ["uv.lock", "a/poetry.lock", "Pipfile.lock", "package-lock.json", "pylock.toml", "pylock.dev.toml"]
)
def test_lock_files_may_be_larger(name: str) -> None:
    assert size_limit(name) == MAX_LOCK
    assert size_limit("pyproject.toml") == MAX_TEXT


@posix
def test_a_file_without_permission_has_a_problem(root: Path) -> None:
    write(root, {"file": "x"})
    (root / "file").chmod(0)
    if os.access(root / "file", os.R_OK):
        pytest.skip("this user may read everything")
    repository = Repository(str(root))
    assert repository.source("file") is None
    assert repository.problem("file") == "permission denied"


def test_refused_by_the_system_is_a_value(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"file": "x"})

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    repository = Repository(str(root))
    assert repository.source("file") is None
    assert repository.problem("file") == "permission denied"


def test_files_are_sorted_with_hidden_ones(root: Path) -> None:
    write(root, {"b": "", "a/z": "", "a.b": "", ".github/workflows/ci.yml": ""})
    assert Repository(str(root)).files == (".github/workflows/ci.yml", "a.b", "a/z", "b")


def test_other_peoples_files_are_left_out(root: Path) -> None:
    write(
        root,
        {
            ".git/config": "",
            "keep": "",
            "a/node_modules/x": "",
            "a/__pycache__/x": "",
            "lib/site-packages/x": "",
            ".tox/x": "",
            ".nox/x": "",
            ".venv/pyvenv.cfg": "",
            ".venv/x": "",
            "venv/not-an-environment": "",
            "env/pyvenv.cfg": "",
            "submodule/.git": "gitdir: ../.git/modules/submodule",
            "submodule/x": "",
            "nested/.git/HEAD": "",
            "nested/x": "",
        },
    )
    assert Repository(str(root)).files == ("keep", "venv/not-an-environment")


@posix
def test_links_to_folders_are_not_walked(root: Path) -> None:
    write(root, {"a/file": ""})
    (root / "a" / "loop").symlink_to("..")
    (root / "a" / "link").symlink_to("file")
    (root / "a" / "broken").symlink_to("nowhere")
    assert Repository(str(root)).files == ("a/file", "a/link")


@posix
def test_strange_names_survive(root: Path) -> None:
    names = [b"new\nline", b"not-utf8-\xff", "é☃".encode()]
    for name in names:
        try:
            with open(os.path.join(os.fsencode(root), name), "wb") as file:
                file.write(b"x")
        except OSError:
            pytest.skip("this file system refuses the name")
    (root / ".gitignore").write_text("ignored\n")
    repository = Repository(str(root))
    assert sorted(map(os.fsencode, repository.files)) == sorted([b".gitignore", *names])
    assert all(text(repository, name) is not None for name in repository.files)


def test_a_folder_that_cannot_be_listed_is_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"a/x": "", "b/x": ""})
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("a"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert Repository(str(root)).files == ("b/x",)


def test_nothing_is_walked_before_files_are_asked_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"a/x": "1", "pyproject.toml": ""})

    def refuse(path: str) -> object:
        raise AssertionError("walked")

    monkeypatch.setattr(os, "scandir", refuse)
    repository = Repository(str(root))
    assert text(repository, "a/x") == "1"
    assert repository.exists("a/x")
    assert repository.is_folder("a")
    assert repository.glob("a/x") == ("a/x",)
    assert repository.toml("pyproject.toml") == {}
    with pytest.raises(AssertionError, match="walked"):
        repository.glob("a/*")


def test_ignored_files_are_left_out(root: Path) -> None:
    write(
        root,
        {
            ".git/info/exclude": "excluded\n",
            ".gitignore": "*.log\n!keep.log\nbuild/\n/only-here\n",
            "a/.gitignore": "!b.log\nlocal\n",
            "x.log": "",
            "keep.log": "",
            "excluded": "",
            "only-here": "",
            "a/only-here": "",
            "a/b.log": "",
            "a/c.log": "",
            "a/local": "",
            "local": "",
            "build/x": "",
            "a/build/keep.log": "",
            "é/build/x": "",
            "é/.gitignore": "ü*\n/top\n",
            "é/top": "",
            "é/x/top": "",
            "é/über": "",
        },
    )
    assert Repository(str(root)).files == (
        ".gitignore",
        "a/.gitignore",
        "a/b.log",
        "a/only-here",
        "keep.log",
        "local",
        "é/.gitignore",
        "é/x/top",
    )


def test_a_folder_is_listed_alone_by_the_rules_above_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {".gitignore": "*.log\n", "a/.gitignore": "x\n", "a/b/x": "", "a/b/y": "", "a/b/z.log": "", "c/y": ""})
    seen: list[str] = []
    scandir = os.scandir

    def watch(path: str) -> object:
        seen.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", watch)
    assert Repository(str(root)).files_under("a/b") == ("a/b/y",)
    assert [os.path.basename(path) for path in seen] == ["b"]


def test_an_ignored_folder_is_listed_when_named(root: Path) -> None:
    write(root, {".gitignore": "build/\n", "build/x": ""})
    early, late = Repository(str(root)), Repository(str(root))
    assert late.files == (".gitignore",)
    assert early.files_under("build") == late.files_under("./build/") == ("build/x",)
    assert early.files_under("../root") == ()


_WORDS = ["a", "b", "build", "x.log", "y.log", "é"]
_LINES = [
    "a",
    "/a",
    "a/",
    "b/a",
    "*.log",
    "!x.log",
    "build/",
    "**/b",
    "a/**",
    "!a",
    "/*/b",
    "*",
    "!*/",
    "[xy].log",
    "é",
    "!é/",
]
trees = st.sets(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)
ignores = st.dictionaries(
    st.sampled_from(["", "a/", "b/", "a/b/", "build/", "é/"]), st.lists(st.sampled_from(_LINES), min_size=1, max_size=4)
)


@needs_git
@settings(max_examples=80, deadline=None)
@given(tree=trees, files=ignores, excluded=st.lists(st.sampled_from(_LINES), max_size=2))
def test_git_lists_the_same_files(tree: set[str], files: dict[str, list[str]], excluded: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q"], cwd=folder, env=_ENV, check=True)
        wanted = dict.fromkeys(tree, "") | {f"{where}.gitignore": "\n".join(lines) for where, lines in files.items()}
        wanted[".git/info/exclude"] = "\n".join(excluded)
        for path, content in wanted.items():
            full = os.path.join(folder, path)
            try:
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(content)
            except OSError:
                continue
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--others", "--exclude-standard"],
            cwd=folder,
            env=_ENV,
            check=True,
            capture_output=True,
        )
        expected = sorted(path for path in listed.stdout.decode().split("\0") if path)
        assert list(Repository(folder).files) == expected


def test_memory_reader() -> None:
    repository = Repository("", MemoryReader({"./a/b.txt": "é", "c": b"\xff", ".gitignore": "c"}))
    assert text(repository, "a/b.txt") == "é"
    assert repository.files == (".gitignore", "a/b.txt", "c")
    assert repository.files_under("a") == ("a/b.txt",)
    assert repository.is_folder("a")
    assert not repository.is_folder("a/b.txt")
    assert repository.source("a") is None
    assert repository.problem("a") == "it is not a regular file"
    assert repository.relative("./a/b.txt") == "a/b.txt"
    lossy = repository.source("c")
    assert lossy is not None
    assert lossy.lossy


def test_overlay_reader(root: Path) -> None:
    write(root, {"a": "disk", "b": "disk"})
    repository = Repository(str(root), OverlayReader(DiskReader(str(root)), {"b": "memory", "new/c": "memory"}))
    assert [text(repository, path) for path in ("a", "b", "new/c")] == ["disk", "memory", "memory"]
    assert repository.files == ("a", "b", "new/c")
    assert repository.is_folder("new")
    assert repository.exists("new/c")
    assert not repository.exists("new/d")
    assert text(repository, "../a") is None


def test_glob() -> None:
    paths = ["requirements.txt", "a/requirements.txt", "a/b/requirements-dev.txt", "docs/x.md", ".hidden/setup.py"]
    repository = Repository("", MemoryReader(dict.fromkeys(paths, "")))
    assert repository.glob("**/requirements.txt") == ("a/requirements.txt", "requirements.txt")
    assert repository.glob("./a/**/*.txt") == ("a/b/requirements-dev.txt", "a/requirements.txt")
    assert repository.glob("docs") == ("docs/x.md",)
    assert repository.glob("docs/x.md") == ("docs/x.md",)
    assert repository.glob("**/setup.py") == (".hidden/setup.py",)
    assert repository.glob("a") == ("a/b/requirements-dev.txt", "a/requirements.txt")
    for nothing in ("absent", "../*", f"{UNKNOWN}/*", "/a/*"):
        assert repository.glob(nothing) == ()


def test_toml() -> None:
    files = {"good.toml": "\ufeff[a]\r\nb = 1\r\n", "bad.toml": "[a", "deep.toml": "x = " + "[" * 100_000}
    repository = Repository("", MemoryReader(files))
    assert repository.toml("good.toml") == {"a": {"b": 1}}
    assert repository.toml("./good.toml") is repository.toml("good.toml")
    for path in ("bad.toml", "deep.toml"):
        assert repository.toml(path) is None
        assert repository.problem(path).startswith("it is not valid TOML: ")
    assert repository.toml("absent.toml") is None
    assert repository.problem("absent.toml") == "there is no such file"


def test_ini() -> None:
    files = {
        "tox.ini": "[DEFAULT]\nx = 1\n[TestEnv]\nDeps =\n  a\n  b%\nempty\nx = 2\nx = 3\n[testenv]\n",
        "bad.ini": "no section = 1\n",
    }
    repository = Repository("", MemoryReader(files))
    assert repository.ini("tox.ini") == {"TestEnv": {"x": "3", "deps": "\na\nb%", "empty": ""}, "testenv": {"x": "1"}}
    assert repository.ini("bad.ini") is None
    assert repository.problem("bad.ini").startswith("it is not a valid INI file: ")
    assert repository.ini("absent.ini") is None


def test_requirements_are_cached_and_decoded() -> None:
    files: dict[str, bytes | str] = {
        "a.txt": "x==1\n",
        "latin.txt": "# coding: latin-1\nx==1 # é\n".encode("latin-1"),
        "utf16.txt": "x==1 # é\n".encode("utf-16"),
    }
    repository = Repository("", MemoryReader(files))
    assert repository.requirements("a.txt") is repository.requirements("./a.txt")
    for path in files:
        file = repository.requirements(path)
        assert file is not None
        assert [requirement.name for requirement in file.requirements] == ["x"]
        assert "é" in file.source.text or path == "a.txt"
        assert file.source.lossy is (path != "a.txt")
    assert repository.requirements("absent.txt") is None


def test_reads_are_recorded(root: Path) -> None:
    write(root, {"a": "", "b": ""})
    repository = Repository(str(root))
    repository.source("./a")
    repository.exists("absent")
    repository.requirements("r.txt")
    repository.glob("**/*.txt")
    repository.source("../out")
    assert repository.reads == {"a", "absent", "r.txt", "**/*.txt", "**"}


def test_relative(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"a/b": ""})
    monkeypatch.chdir(root / "a")
    repository = Repository(str(root))
    assert repository.relative("b") == "a/b"
    assert repository.relative("..") == ""
    assert repository.relative(str(root / "a" / "b")) == "a/b"
    assert repository.relative("../..") is None
    assert repository.relative("../../root2") is None
    assert repository.relative(f"{UNKNOWN}b") is None


def test_nothing_heavy_is_imported() -> None:
    heavy = {
        "argparse",
        "configparser",
        "dataclasses",
        "fnmatch",
        "inspect",
        "json",
        "packaging",
        "pathlib",
        "pathspec",
    }
    heavy |= {"shlex", "subprocess", "tempfile", "tomli", "tomllib"}
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import ci_audit.discover, ci_audit.requirements; print(*sys.modules)"
    )
    package = os.path.dirname(os.path.dirname(readers.__file__))
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, package], capture_output=True, text=True, check=True
    )
    assert not heavy & set(result.stdout.split())

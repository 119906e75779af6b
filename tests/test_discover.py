"""Which files are CI files, by name and by content, and where the root is."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit.discover import PATTERNS, TEMPLATE, Found, discover, find_root, provider_by_content, provider_of
from ci_audit.repository import MemoryReader, Repository

WORKFLOW = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: []\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".github/workflows/ci.yml", "github"),
        (".github/workflows/ci.yaml", "github"),
        (".github/workflows/sub/ci.yml", None),
        ("sub/.github/workflows/ci.yml", None),
        (".github/workflows/README.md", None),
        (".github/workflows/.yml", None),
        (".github/dependabot.yml", None),
        ("action.yml", "github"),
        ("a/b/action.yaml", "github"),
        (".github/workflows/action.yml", "github"),
        ("my-action.yml", None),
        (".gitlab-ci.yml", "gitlab"),
        ("ci/build.gitlab-ci.yml", "gitlab"),
        ("ci/.gitlab-ci.yaml", "gitlab"),
        ("gitlab-ci.yml", None),
        (".travis.yml", "travis"),
        ("sub/.travis.yml", "travis"),
        ("travis.yml", None),
        ("Dockerfile", "dockerfile"),
        ("a/dockerfile", "dockerfile"),
        ("DOCKERFILE", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("containerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        ("dockerfile.dev", "dockerfile"),
        ("Dockerfile.py3.12", "dockerfile"),
        ("Dockerfile.test", "dockerfile"),
        ("Containerfile.ci", "dockerfile"),
        ("images/web.Dockerfile", "dockerfile"),
        ("web.dockerfile", "dockerfile"),
        ("web.Containerfile", "dockerfile"),
        ("Dockerfile.dockerfile", "dockerfile"),
        ("Dockerfile.dockerignore", None),
        ("Dockerfile.dev.dockerignore", None),
        ("web.Dockerfile.dockerignore", None),
        (".dockerignore", None),
        (".dockerfile", None),
        ("Dockerfile.", None),
        ("Dockerfile-dev", None),
        ("MyDockerfile", None),
        ("Dockerfile/x", None),
        ("Dockerfile.md", None),
        ("Dockerfile.yml", None),
        ("Dockerfile.orig", None),
        ("ci_audit/syntax/dockerfile.py", None),
        ("dockerfile.test.ts", None),
        ("Dockerfile.go", "dockerfile"),
        ("Dockerfile.j2", TEMPLATE),
        ("Dockerfile.dev.J2", TEMPLATE),
        ("web.dockerfile.erb", TEMPLATE),
        ("Dockerfile.tmpl", TEMPLATE),
        ("Dockerfile.in", TEMPLATE),
        ("README.in", None),
        ("{{cookiecutter.name}}/Dockerfile", "dockerfile"),
        ("{{cookiecutter.name}}/.gitlab-ci.yml", "gitlab"),
        ("{{cookiecutter.name}}/README.md", None),
        ("docker-compose.yml", None),
        ("setup.py", None),
        ("", None),
    ],
)
def test_provider_of(path: str, expected: str | None) -> None:
    assert provider_of(path) == expected


def by_patterns(path: str) -> str | None:
    return next((provider for provider, pattern in PATTERNS if re.search(pattern, path)), None)


_PIECES = "Dockerfile dockerfile DOCKERFILE Containerfile containerfile . dev j2 J2 in py md dockerignore yml".split()
_PIECES += [
    "action",
    ".yml",
    ".yaml",
    ".gitlab-ci",
    ".travis",
    ".github/workflows/",
    "ci",
    "/",
    "{{x}}",
    "\n",
    "-",
    "~",
]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join))
def test_the_patterns_say_the_same(path: str) -> None:
    assert provider_of(path) == by_patterns(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WORKFLOW, "github"),
        ("'on':\n  push:\njobs: {}\n", "github"),
        ('"on": push\r\njobs:\r\n', "github"),
        ("name: x\njobs:\n  a:\n    runs-on: x\n", "github"),
        ('{"on": "push", "jobs": {}}', "github"),
        ("name: x\nruns:\n  using: composite\n  steps: []\n", "github"),
        ("FROM python:3.12\nRUN pip install x\n", "dockerfile"),
        (
            "# syntax=docker/dockerfile:1\n\n# hi\nARG V=1\nfrom --platform=linux/amd64 python:$V as base\n",
            "dockerfile",
        ),
        ("FROM a\r\nRUN b\r\n", "dockerfile"),
        ("from os import path\nimport sys\n", None),
        ("FROM the beginning it was clear\n", None),
        ("language: python\nscript: pytest\n", "travis"),
        ("dist: jammy\njobs:\n  include:\n    - script: x\n", "travis"),
        ("install: pip install x\nscript:\n  - pytest\n", "travis"),
        ("test:\n  script:\n    - pytest\n", "gitlab"),
        ("stages: [test]\n", "gitlab"),
        ("include:\n  - local: a.yml\n", "gitlab"),
        ("install:\n  script: pip install x\n", "gitlab"),
        ("child:\n  trigger: x/y\n", "gitlab"),
        ("version: '3'\nservices:\n  web:\n    image: x\n", None),
        ("# jobs:\n# on:\n", None),
        ("", None),
        ("{}", None),
    ],
)
def test_provider_by_content(text: str, expected: str | None) -> None:
    assert provider_by_content(text) == expected


@settings(deadline=None)
@given(
    st.text()
    | st.lists(st.sampled_from(["on", ":", "\n", " ", "FROM", "ARG", "{", '"', "jobs", "#", "\\"])).map("".join)
)
def test_any_content_has_an_answer(text: str) -> None:
    assert provider_by_content(text) in (None, "github", "gitlab", "travis", "dockerfile")


def memory(*paths: str, **contents: str) -> Repository:
    return Repository("", MemoryReader({**dict.fromkeys(paths, ""), **contents}))


def test_without_paths_all_files_are_found() -> None:
    repository = memory("b/Dockerfile", ".github/workflows/ci.yml", "README.md", ".travis.yml", "Dockerfile.j2")
    found, problems = discover(repository, [])
    assert found == [
        Found(".github/workflows/ci.yml", "github"),
        Found(".travis.yml", "travis"),
        Found("Dockerfile.j2", TEMPLATE),
        Found("b/Dockerfile", "dockerfile"),
    ]
    assert problems == []
    assert discover(repository, ["."]) == (found, problems)


def test_a_folder_limits_the_search_and_counts_as_a_root() -> None:
    repository = memory("a/Dockerfile", "ab/Dockerfile", "a/.github/workflows/ci.yml", "c/.github/workflows/ci.yml")
    assert discover(repository, ["a", "./a/"]).found == [
        Found("a/.github/workflows/ci.yml", "github"),
        Found("a/Dockerfile", "dockerfile"),
    ]
    assert discover(repository, ["."]).found == [
        Found("a/Dockerfile", "dockerfile"),
        Found("ab/Dockerfile", "dockerfile"),
    ]


def test_a_named_file_is_taken_whatever_its_name() -> None:
    repository = Repository("", MemoryReader({"x.txt": WORKFLOW, "y": "FROM a\n", "Dockerfile.j2": "", "z": "?"}))
    assert discover(repository, ["y", "x.txt", "Dockerfile.j2"]).found == [
        Found("Dockerfile.j2", TEMPLATE),
        Found("x.txt", "github"),
        Found("y", "dockerfile"),
    ]
    assert discover(repository, ["z", "Dockerfile.j2"], "gitlab").found == [
        Found("Dockerfile.j2", "gitlab"),
        Found("z", "gitlab"),
    ]
    found, problems = discover(repository, ["z"])
    assert found == []
    assert problems == [("z", "neither its name nor its content tells which CI system it is for")]


def test_a_given_provider_is_for_named_files_only() -> None:
    repository = memory("a/Dockerfile", "a/x")
    assert discover(repository, ["a"], "gitlab").found == [Found("a/Dockerfile", "dockerfile")]
    assert discover(repository, ["a/Dockerfile", "a"], "gitlab").found == [Found("a/Dockerfile", "gitlab")]
    assert discover(repository, ["a", "a/Dockerfile"], "gitlab").found == [Found("a/Dockerfile", "gitlab")]


def test_paths_that_lead_nowhere_are_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "Dockerfile").write_text("FROM a\n")
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    monkeypatch.chdir(tmp_path / "root")
    found, problems = discover(
        Repository(str(tmp_path / "root")), ["Dockerfile", "absent", "../Dockerfile", "absent.yml"]
    )
    assert found == [Found("Dockerfile", "dockerfile")]
    assert problems == [
        ("../Dockerfile", "it lies outside the repository"),
        ("absent", "there is no such file"),
        ("absent.yml", "there is no such file"),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names exist on POSIX only")
def test_a_named_pipe_or_link_out_of_the_root_is_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    root.mkdir()
    os.mkfifo(root / "Dockerfile")
    (root / "dockerfile").symlink_to("/dev/zero")
    monkeypatch.chdir(root)
    assert discover(Repository(str(root)), ["Dockerfile", "dockerfile"]).problems == [
        ("Dockerfile", "it is not a regular file"),
        ("dockerfile", "it lies outside the repository"),
    ]


def test_a_named_file_walks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ci.txt").write_text(WORKFLOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "scandir", None)
    assert discover(Repository(str(tmp_path)), ["ci.txt"]).found == [Found("ci.txt", "github")]


def test_paths_start_at_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "Dockerfile").write_text("")
    (tmp_path / "Dockerfile").write_text("")
    monkeypatch.chdir(tmp_path / "a")
    repository = Repository(str(tmp_path))
    assert discover(repository, ["."]).found == [Found("a/Dockerfile", "dockerfile")]
    assert discover(repository, ["Dockerfile"]).found == [Found("a/Dockerfile", "dockerfile")]
    assert discover(repository, [str(tmp_path)]).found == [
        Found("Dockerfile", "dockerfile"),
        Found("a/Dockerfile", "dockerfile"),
    ]
    assert discover(repository, []).found == discover(repository, [str(tmp_path)]).found


def test_ignored_files_are_found_only_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitignore").write_text("Dockerfile\n")
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    monkeypatch.chdir(tmp_path)
    assert discover(Repository(str(tmp_path)), ["."]).found == []
    assert discover(Repository(str(tmp_path)), ["Dockerfile"]).found == [Found("Dockerfile", "dockerfile")]


def test_find_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "repo" / "a" / "b"
    deep.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def never(folder: str) -> bool:
        return False

    monkeypatch.chdir(tmp_path / "repo")
    if find_root(str(tmp_path), never) == str(tmp_path):
        assert find_root(str(deep), never) == str(tmp_path / "repo")
        assert find_root("a/b", never) == str(tmp_path / "repo")
        assert find_root(str(elsewhere / "absent" / "ci.yml"), never) == str(elsewhere)
    assert find_root(str(deep), lambda folder: folder == str(tmp_path / "repo" / "a")) == str(tmp_path / "repo" / "a")
    (tmp_path / "repo" / ".git").mkdir()
    assert find_root(str(elsewhere), lambda folder: folder == str(elsewhere)) == str(elsewhere)
    monkeypatch.chdir(elsewhere)
    assert find_root(str(deep / "ci.yml"), never) == str(tmp_path / "repo")
    (tmp_path / "repo" / "a" / ".git").write_text("gitdir: ../.git/worktrees/a\n")
    assert find_root(str(deep), never) == str(tmp_path / "repo" / "a")

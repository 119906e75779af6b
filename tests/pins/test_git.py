"""Refs of repositories on a git host."""

from pathlib import Path

import pytest

from ci_audit.pins import git as pins_git
from ci_audit.pins.online import Online
from tests.pins.conftest import Served, git


def of(repository: Path, revision: str) -> str:
    return git(repository, "rev-parse", f"{revision}^{{commit}}")


@pytest.mark.parametrize(
    ("ref", "version"),
    [
        ("v1", "v1.1.0"),
        ("v1.1", "v1.1.0"),
        ("v1.1.0", "v1.1.0"),
        ("v1.0.0", "v1.0.0"),
        ("main", "main"),
        ("v1.x", "v1.x"),
    ],
)
def test_tags_and_branches(online: Online, repository: Path, problems: list[str], ref: str, version: str) -> None:
    assert online.action("owner/tool", ref) == (of(repository, ref), version)
    assert online.action("owner/tool/.github/workflows/a.yml", ref) == (of(repository, ref), version)
    assert problems == []


def test_what_is_not_there(online: Online, repository: Path, problems: list[str]) -> None:
    assert online.action("owner/tool", "v2") == "there is no tag or branch `v2`"
    assert online.action("owner/tool", "v2") == "there is no tag or branch `v2`"
    assert online.action("owner/tool", "both") == "`both` is both a tag and a branch, of different commits"
    assert "git could not list" in str(online.action("owner/none", "v1"))
    assert "it names no repository" in str(online.action("tool", "v1"))
    assert "it names no repository" in str(online.action("--upload-pack=x/y", "v1"))
    assert len(problems) == 5
    assert problems[0] == "`owner/tool@v2` could not be resolved: there is no tag or branch `v2`"
    assert all("\n" not in line for line in problems)


def test_a_repository_is_listed_once(online: Online, served: Served, repository: Path) -> None:
    online.action("owner/tool", "v1")
    count = len(served.requests)
    assert count
    online.action("owner/tool/sub", "v1.0.0")
    assert len(served.requests) == count


def test_a_moved_repository_is_not_followed(online: Online, served: Served, repository: Path) -> None:
    served.answers["/owner/old/info/refs"] = (301, {"Location": f"{served.url}/owner/tool/info/refs"}, b"")
    assert "has moved" in str(online.action("owner/old", "v1"))


def test_other_protocols_and_hosts_are_refused(online: Online, served: Served, repository: Path) -> None:
    for server in (f"file://{served.folder}", str(served.folder), "ext::sh -c true", "https://h.example"):
        online._server = server
        assert "is not among the hosts" in str(online.action("owner/tool", "v1"))
    assert served.requests == []


def test_the_user_is_asked_nothing(
    online: Online, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    program = tmp_path / "ask"
    program.write_text(f"#!/bin/sh\ntouch {asked}\n")
    program.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(program))
    monkeypatch.setenv("SSH_ASKPASS", str(program))
    served.answers["/owner/closed/info/refs"] = (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")
    assert "git could not list" in str(online.action("owner/closed", "v1"))
    assert not asked.exists()


def test_a_ref_that_is_no_commit_is_left_out() -> None:
    assert pins_git.read("x\trefs/tags/v1\n" + "0" * 40 + "\trefs/tags/v2\n") == {"refs/tags/v2": "0" * 40}


def test_the_fullest_version_is_the_same_commit() -> None:
    known = {"refs/tags/v1": "a", "refs/tags/v1.9.0": "a", "refs/tags/v1.10.0": "a", "refs/tags/v1.11.0": "b"}
    known |= {"refs/tags/v1.12.0-rc.1": "a", "refs/tags/v10.0.0": "a"}
    assert pins_git.resolve(known, "v1") == ("a", "v1.10.0")

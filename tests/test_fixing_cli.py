"""`scan --fix` and its relatives as a user meets them: what is written, what is told, and the exit status."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ci_audit import cli, remedies
from tests.documents import SARIF, SCAN, check

CI = ".github/workflows/ci.yml"
STEPS = (
    "    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n"
    '      - uses: actions/setup-python@v5\n        with:\n          python-version: "3.12"\n'
)
INSTALL = "      - run: pip install -r requirements.txt\n"
WORKFLOW = f"on: push\njobs:\n  test:\n{STEPS}{INSTALL}"
CACHED = WORKFLOW.replace('"3.12"\n', '"3.12"\n          cache: pip\n')
IMAGE = "FROM python:3.12.5\nRUN pip install flask==3.0.3\n"
MOUNTED = IMAGE.replace("RUN ", "RUN --mount=type=cache,target=/root/.cache/pip ")
LEFT = f"{WORKFLOW}  other:\n    runs-on: ubuntu-24.04\n    steps:\n{INSTALL}"
"""The second job checks nothing out, so that its finding has no fix."""

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with requirements that is the current folder; only the caching rules are on."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".git").mkdir()
    put(tmp_path, "requirements.txt", "requests==2.32.3\n")
    put(tmp_path, ".ci-audit.toml", 'select = ["caching", "CIA001"]\n')
    return tmp_path


def put(repo: Path, path: str, text: str | bytes) -> Path:
    file = repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def scan(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    status = cli.run(["scan", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_fix_writes_the_safe_fixes_alone(repo: Path, capsys: Capture) -> None:
    workflow, image = put(repo, CI, WORKFLOW), put(repo, "Dockerfile", IMAGE)
    status, out, err = scan(capsys, "--fix")
    assert (workflow.read_text(), image.read_text()) == (CACHED, IMAGE)
    assert (status, err) == (1, "fixed 1 finding in 1 file\n")
    assert "Dockerfile:2:1: warning CIA102 missing-cache-mount" in out
    assert CI not in out


def test_unsafe_fixes_are_written_when_asked_for(repo: Path, capsys: Capture) -> None:
    workflow, image = put(repo, CI, WORKFLOW), put(repo, "Dockerfile", IMAGE)
    assert scan(capsys, "--fix", "--unsafe-fixes") == (0, "No findings in 2 files\n", "fixed 2 findings in 2 files\n")
    assert (workflow.read_text(), image.read_text()) == (CACHED, MOUNTED)
    assert scan(capsys, "--fix", "--unsafe-fixes") == (0, "No findings in 2 files\n", "")


def test_the_status_is_that_of_what_remains(repo: Path, capsys: Capture) -> None:
    file = put(repo, CI, WORKFLOW)
    assert scan(capsys, "--fix")[0] == 0
    file.write_text(LEFT)
    status, out, _ = scan(capsys, "--fix")
    assert status == 1
    assert f"{CI}:15:" in out
    assert scan(capsys, "--fix", "--exit-zero")[0] == 0


def test_a_hook_fails_when_something_was_fixed(repo: Path, capsys: Capture) -> None:
    put(repo, CI, WORKFLOW)
    assert scan(capsys, "--fix", "--exit-non-zero-on-fix")[0] == 1
    assert scan(capsys, "--fix", "--exit-non-zero-on-fix")[0] == 0


def test_a_file_that_cannot_be_written_is_told_and_fails(
    repo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ci_audit import writing

    real = writing.replace

    def replace(root: str, path: str, old: bytes | None, new: bytes) -> None:
        if path == CI:
            raise PermissionError(13, "it is read-only")
        real(root, path, old, new)

    monkeypatch.setattr(writing, "replace", replace)
    workflow = put(repo, CI, WORKFLOW)
    other = put(repo, ".github/workflows/other.yml", WORKFLOW)
    status, out, err = scan(capsys, "--fix")
    assert status == 3
    assert f"{CI}: not fixed: it is read-only\n" in err
    assert "fixed 1 finding in 1 file\n" in err
    assert (workflow.read_text(), other.read_text()) == (WORKFLOW, CACHED)
    assert f"{CI}:10:" in out


def test_a_file_that_changes_while_it_is_repaired_is_left_alone(
    repo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ci_audit.cli import fixing

    file = put(repo, CI, WORKFLOW)
    real = fixing._repaired

    def repaired(*arguments: Any) -> Any:
        done = real(*arguments)
        file.write_text("theirs\n")
        return done

    monkeypatch.setattr(fixing, "_repaired", repaired)
    status, _, err = scan(capsys, "--fix")
    assert (status, file.read_text()) == (3, "theirs\n")
    assert f"{CI}: not fixed: it has changed in the meantime\n" in err


def test_a_broken_file_fails_and_stops_no_other(repo: Path, capsys: Capture) -> None:
    file = put(repo, CI, WORKFLOW)
    status, out, _ = scan(capsys, "--fix", ".", "gone.yml")
    assert (status, file.read_text()) == (3, CACHED)
    assert "failed gone.yml" in out


def test_a_link_that_leads_out_is_not_followed(repo: Path, capsys: Capture) -> None:
    outside = repo.parent / f"{repo.name}-outside.yml"
    outside.write_text(WORKFLOW)
    (repo / ".github/workflows").mkdir(parents=True)
    (repo / CI).symlink_to(outside)
    scan(capsys, "--fix")
    assert outside.read_text() == WORKFLOW
    assert (repo / CI).is_symlink()


@pytest.mark.parametrize("option", ["--exclude=.github/", "config"])
def test_excluded_files_stay(repo: Path, capsys: Capture, option: str) -> None:
    if option == "config":
        put(repo, ".ci-audit.toml", 'exclude = [".github/"]\n')
    file = put(repo, CI, WORKFLOW)
    scan(capsys, "--fix", *([option] if option != "config" else []))
    assert file.read_text() == WORKFLOW


ACTION = ".github/actions/set-up/action.yml"
COMPOSITE = (
    "name: set up\nruns:\n  using: composite\n  steps:\n    - uses: actions/setup-python@v5\n      with:\n"
    '        python-version: "3.12"\n    - run: pip install -r requirements.txt\n      shell: bash\n'
)
USES = STEPS.partition("      - uses: actions/setup")[0] + "      - uses: ./.github/actions/set-up\n"


def test_an_action_that_two_workflows_use_is_written_once(repo: Path, capsys: Capture) -> None:
    action = put(repo, ACTION, COMPOSITE)
    users = [put(repo, f".github/workflows/{name}.yml", f"on: push\njobs:\n  test:\n{USES}") for name in "ab"]
    before = [user.read_text() for user in users]
    assert scan(capsys, "--fix", "--unsafe-fixes")[::2] == (0, "fixed 1 finding in 1 file\n")
    assert action.read_text() == COMPOSITE.replace('"3.12"\n', '"3.12"\n        cache: pip\n')
    assert [user.read_text() for user in users] == before


def test_an_excluded_action_stays(repo: Path, capsys: Capture) -> None:
    action = put(repo, ACTION, COMPOSITE)
    put(repo, CI, f"on: push\njobs:\n  test:\n{USES}")
    scan(capsys, "--fix", "--unsafe-fixes", "--exclude", ".github/actions/")
    assert action.read_text() == COMPOSITE


@pytest.mark.parametrize("how", ["comment", "config"])
def test_ignored_findings_are_not_fixed(repo: Path, capsys: Capture, how: str) -> None:
    text = WORKFLOW
    if how == "comment":
        text = WORKFLOW.replace(INSTALL, f"      # ci-audit: ignore[CIA101] on purpose\n{INSTALL}")
    else:
        put(repo, ".ci-audit.toml", '[per-file-ignores]\n"*.yml" = ["CIA101"]\n')
    file = put(repo, CI, text)
    out = scan(capsys, "--fix", "--unsafe-fixes", "--select", "CIA101")[1]
    assert file.read_text() == text
    assert "1 suppressed" in out


def test_an_ignored_finding_carries_no_fix(repo: Path, capsys: Capture) -> None:
    put(repo, CI, WORKFLOW.replace(INSTALL, f"      # ci-audit: ignore[CIA101] on purpose\n{INSTALL}"))
    report = json.loads(scan(capsys, "--show-fixes", "--show-suppressed", "--format", "json")[1])
    assert [finding["fix"] for finding in report["suppressed"]] == [None]


def test_other_rules_are_not_fixed(repo: Path, capsys: Capture) -> None:
    file = put(repo, CI, WORKFLOW)
    assert scan(capsys, "--fix", "--select", "CIA102")[0] == 0
    assert file.read_text() == WORKFLOW


def test_diff_writes_nothing_and_fails_when_there_is_one(repo: Path, capsys: Capture) -> None:
    file = put(repo, CI, WORKFLOW)
    status, out, err = scan(capsys, "--diff")
    assert (status, err, file.read_text()) == (1, "would fix 1 finding in 1 file\n", WORKFLOW)
    assert out.startswith(f"--- a/{CI}\n+++ b/{CI}\n@@ ")
    assert [line for line in out.splitlines()[2:] if line[0] in "+-"] == ["+          cache: pip"]
    file.write_text(CACHED)
    assert scan(capsys, "--diff") == (0, "", "would fix 0 findings in 0 files\n")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")
@pytest.mark.parametrize(
    ("text", "folder", "bom", "newline"),
    [
        *((IMAGE, folder, "", "\n") for folder in ("", "with space/", "grün/", 'q"uote/', "ta\tb/", "back\\slash/")),
        *((IMAGE, "", bom, newline) for bom in ("", "\ufeff") for newline in ("\n", "\r\n")),
        (IMAGE.rstrip("\n"), "", "", "\n"),
        (IMAGE.replace("FROM", "# \f \u2028 \x85\nFROM"), "", "", "\n"),
    ],
)
def test_git_applies_the_diff(repo: Path, capsys: Capture, text: str, folder: str, bom: str, newline: str) -> None:
    data = (bom + text).replace("\n", newline).encode()
    file = put(repo, f"{folder}Dockerfile", data)
    (repo / ".git").rmdir()
    status, out, _ = scan(capsys, "--diff", "--unsafe-fixes", "--root", ".")
    assert status == 1
    for arguments in (["--check"], []):
        subprocess.run(["git", "apply", "-p1", *arguments], input=out.encode(), check=True, cwd=repo)
    changed = file.read_bytes()
    assert changed != data
    file.write_bytes(data)
    scan(capsys, "--fix", "--unsafe-fixes", "--root", ".")
    assert file.read_bytes() == changed == data.replace(b"RUN ", b"RUN --mount=type=cache,target=/root/.cache/pip ")


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_standard_input_comes_out_repaired(
    repo: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, bom: str, newline: str
) -> None:
    for text, fixed in ((WORKFLOW, CACHED), (CACHED, CACHED)):
        piped(monkeypatch, (bom + text).replace("\n", newline).encode())
        assert cli.run(["scan", "--fix", "--stdin-filename", CI, "-"]) == 0
        assert capfdbinary.readouterr().out == (bom + fixed).replace("\n", newline).encode()
    assert not (repo / CI).exists()


def test_standard_input_tells_what_remains_on_standard_error(
    repo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, LEFT.encode())
    status, out, err = scan(capsys, "--fix", "--stdin-filename", CI, "-")
    assert (status, out) == (1, LEFT.replace(WORKFLOW, CACHED))
    assert err.startswith(f"{CI}:15:")
    assert "CIA101" in err


def test_standard_input_leaves_the_files_beside_it_alone(
    repo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = put(repo, ACTION, COMPOSITE)
    text = f"on: push\njobs:\n  test:\n{USES}"
    piped(monkeypatch, text.encode())
    status, out, err = scan(capsys, "--fix", "--unsafe-fixes", "--stdin-filename", CI, "-")
    assert (status, out, action.read_text()) == (1, text, COMPOSITE)
    assert f"{ACTION}:8:" in err


def test_standard_input_is_taken_alone(repo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    put(repo, "Dockerfile", IMAGE)
    piped(monkeypatch, WORKFLOW.encode())
    status, out, err = scan(capsys, "--fix", "--stdin-filename", CI, "-", "Dockerfile")
    assert (status, out) == (2, "")
    assert "take standard input alone" in err


def test_standard_input_can_be_diffed(repo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, WORKFLOW.encode())
    status, out, _ = scan(capsys, "--diff", "--stdin-filename", CI, "-")
    assert status == 1
    assert "+          cache: pip\n" in out


def carried_out(texts: dict[str, str], fixes: list[dict[str, Any]]) -> dict[str, str]:
    """Apply edits as a program would that knows nothing but the report."""
    done: dict[str, list[str]] = {path: text.split("\n") for path, text in texts.items()}
    edits = {
        (file["path"], edit["line"], edit["column"], edit["end_line"], edit["end_column"], edit["text"])
        for fix in fixes
        for file in fix["files"]
        for edit in file["edits"]
    }
    for path, line, column, end_line, end_column, text in sorted(edits, reverse=True):
        lines = done[path]
        new = lines[line - 1][: column - 1] + text + lines[end_line - 1][end_column - 1 :]
        lines[line - 1 : end_line] = [new]
    return {path: "\n".join(lines) for path, lines in done.items()}


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_the_edits_in_json_are_those_that_are_written(repo: Path, capsys: Capture, bom: str) -> None:
    texts = {
        CI: f"# \U0001f680 ü\n{LEFT}  third:\n{STEPS}{INSTALL}      - run: pip install flask==3.0.3 # \U0001f680\n",
        "Dockerfile": IMAGE.replace("RUN ", "RUN echo \U0001f680 && "),
        "crlf/Dockerfile": IMAGE.replace("\n", "\r\n"),
    }
    files = {path: put(repo, path, bom + text) for path, text in texts.items()}
    report = json.loads(scan(capsys, "--show-fixes", "--format", "json")[1])
    check(SCAN, report)
    found = [finding["fix"] for finding in report["findings"]]
    assert [list(fix) for fix in found if "skipped" in fix] == [["skipped"]]
    fixes = [fix for fix in found if "id" in fix]
    third = [fix["id"] for fix in fixes if fix["files"][0]["edits"][0]["line"] > 15 and fix["files"][0]["path"] == CI]
    assert len(third) == 2
    assert len(set(third)) == 1
    for file in (file for fix in fixes for file in fix["files"]):
        assert file["sha256"] == hashlib.sha256(files[file["path"]].read_bytes()).hexdigest()
        assert file["create"] is False
    expected = carried_out(texts, fixes)
    scan(capsys, "--fix", "--unsafe-fixes")
    assert {path: file.read_bytes().decode() for path, file in files.items()} == {
        path: bom + text for path, text in expected.items()
    }
    assert all(expected[path] != text for path, text in texts.items())


def test_the_fixes_in_sarif_are_those_in_json(repo: Path, capsys: Capture) -> None:
    put(repo, CI, f"# \U0001f680 ü\n{LEFT}")
    put(repo, "grün/Dockerfile", IMAGE)
    report = json.loads(scan(capsys, "--show-fixes", "--format", "json")[1])
    sarif = json.loads(scan(capsys, "--format", "sarif")[1])
    check(SARIF, sarif)
    results = sarif["runs"][0]["results"]
    assert len(results) == len(report["findings"]) == 3
    for result, finding in zip(results, report["findings"], strict=True):
        if "skipped" in finding["fix"]:
            assert "fixes" not in result
            continue
        (fix,) = result["fixes"]
        (change,) = fix["artifactChanges"]
        (file,) = finding["fix"]["files"]
        assert change["artifactLocation"]["uri"] == file["path"].replace("ü", "%C3%BC")
        assert [(*one["deletedRegion"].values(), one["insertedContent"]["text"]) for one in change["replacements"]] == [
            tuple(edit.values()) for edit in file["edits"]
        ]


def test_json_tells_of_no_fix_unless_asked(repo: Path, capsys: Capture) -> None:
    put(repo, CI, WORKFLOW)
    report = json.loads(scan(capsys, "--format", "json")[1])
    assert [finding["fix"] for finding in report["findings"]] == [None]


def test_text_marks_what_is_fixable(repo: Path, capsys: Capture) -> None:
    put(repo, CI, LEFT)
    put(repo, "Dockerfile", IMAGE)
    out = scan(capsys)[1]
    heads = [line.partition(": ")[2] for line in out.splitlines() if "CIA10" in line]
    assert heads == [
        "warning CIA101 uncached-install fixable (safe)",
        "warning CIA101 uncached-install",
        "warning CIA102 missing-cache-mount fixable (unsafe)",
    ]
    summary = out.splitlines()[-1]
    assert summary.endswith("; 1 fixable with `--fix`, 1 more with `--fix --unsafe-fixes`")
    (repo / CI).unlink()
    assert scan(capsys)[1].splitlines()[-1].endswith("; 1 fixable with `--fix --unsafe-fixes`")


def test_a_remedy_that_fails_does_not_stop_the_scan(
    repo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(request: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(remedies, "remedy", fails)
    file = put(repo, CI, WORKFLOW)
    status, out, _ = scan(capsys)
    assert status == 1
    assert "CIA101 uncached-install\n" in out
    status, out, _ = scan(capsys, "--show-fixes")
    assert "not fixable: ci-audit failed on it (RuntimeError" in out
    assert scan(capsys, "--fix")[0] == 1
    assert file.read_text() == WORKFLOW


def test_fixing_is_the_same_for_any_number_of_processes(repo: Path, capsys: Capture) -> None:
    files = [put(repo, f".github/workflows/w{number}.yml", WORKFLOW) for number in range(70)]
    before = scan(capsys, "--diff", "--jobs", "1")
    assert scan(capsys, "--diff", "--jobs", "3") == before
    scan(capsys, "--fix", "--jobs", "3")
    assert {file.read_text() for file in files} == {CACHED}
    assert not [name for name in os.listdir(repo / ".github/workflows") if name.startswith(".ci-audit")]

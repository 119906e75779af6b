"""Ignore comments are written where they change nothing else, or not at all."""

import os
import stat
from pathlib import Path

import pytest

from ci_audit import addignore, cli
from ci_audit.discover import Found
from ci_audit.engine import Settings, audit
from ci_audit.repository import MemoryReader, OverlayReader, Repository
from ci_audit.rulebook import load
from ci_audit.source import Source

KNOWN = load()
WORKFLOW = ".github/workflows/ci.yml"


def commented(path: str, text: str, *ids: str) -> addignore.Commented:
    rules = tuple(rule for rule in KNOWN if rule.id in ids)
    provider = "dockerfile" if path == "Dockerfile" else "github"
    reader = MemoryReader({path: text})
    settings = Settings(rules, KNOWN)
    result = addignore.comment("", reader, Source(path, text), [Found(path, provider)], settings)
    if not result.skipped:
        again = Repository("", OverlayReader(reader, {path: result.text}))
        assert audit(again, [Found(path, provider)], settings).findings == ()
    assert (
        addignore.comment("", reader, Source(path, result.text), [Found(path, provider)], settings).text == result.text
    )
    return result


def workflow(steps: str) -> str:
    return f"on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"


CASES = {
    "a plain step": (
        "      - run: pip install flask\n",
        "      # ci-audit: ignore[uncached-install, unpinned-package]\n      - run: pip install flask\n",
    ),
    "a literal block": (
        "      - run: |\n          echo\n          pip install flask==3\n",
        "      - run: |\n          echo\n"
        "          # ci-audit: ignore[uncached-install]\n          pip install flask==3\n",
    ),
    "a continued command": (
        "      - run: |\n          pip install \\\n            flask\n",
        "      - run: |\n          # ci-audit: ignore[uncached-install]\n"
        "          # ci-audit: ignore[unpinned-package]\n          pip install \\\n            flask\n",
    ),
    "a folded block": (
        "      - run: >-\n          pip install\n          flask==3\n",
        "      - run: >-  # ci-audit: ignore[uncached-install]\n          pip install\n          flask==3\n",
    ),
    "two steps, the first with a block": (
        "      - run: |\n          pip install a==1\n      - run: pip install uv==1\n",
        "      - run: |\n          # ci-audit: ignore[uncached-install]\n          pip install a==1\n"
        "      # ci-audit: ignore[uncached-install]\n      - run: pip install uv==1\n",
    ),
    "a plain value of several lines": (
        "      - run: pip install\n          flask==3\n",
        "      # ci-audit: ignore[uncached-install]\n      - run: pip install\n          flask==3\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_in_a_workflow(before: str, after: str, newline: str) -> None:
    result = commented(WORKFLOW, workflow(before).replace("\n", newline), "CIA101", "CIA301")
    assert result.text == workflow(after).replace("\n", newline)
    assert result.skipped == ()


def test_in_a_dockerfile() -> None:
    before = "# syntax=docker/dockerfile:1\nFROM a:1.2\nRUN apt-get update && \\\n    pip install flask\n"
    after = before.replace("RUN", "# ci-audit: ignore[unpinned-package]\nRUN")
    assert commented("Dockerfile", before, "CIA301").text == after
    assert commented("Dockerfile", before, "CIA301").added == 1


def test_in_a_here_document() -> None:
    before = "FROM a:1.2\nRUN <<EOF\necho\npip install flask\nEOF\n"
    after = before.replace("pip", "# ci-audit: ignore[unpinned-package]\npip")
    assert commented("Dockerfile", before, "CIA301").text == after


def test_where_no_comment_can_stand_is_said() -> None:
    text = "on: [\n"
    result = commented(WORKFLOW, text, "CIA001")
    assert result.text == text
    assert [skipped.reason for skipped in result.skipped] == ["a comment cannot stand there"]


def test_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "Dockerfile"
    file.write_bytes(b"\xef\xbb\xbfFROM python:3.12.5\r\nRUN pip install flask\r\n")
    file.chmod(0o754)
    (tmp_path / "requirements.txt").write_text("flask\n")
    workflow_file = tmp_path / WORKFLOW
    workflow_file.parent.mkdir(parents=True)
    workflow_file.write_text(workflow("      - run: pip install -r requirements.txt\n"))
    assert cli.run(["scan", "--add-ignore"]) == 0
    assert capsys.readouterr().out == "4 findings ignored in 3 files\n"
    assert file.read_bytes() == (
        b"\xef\xbb\xbfFROM python:3.12.5\r\n"
        b"# ci-audit: ignore[missing-cache-mount]\r\n# ci-audit: ignore[unpinned-package]\r\nRUN pip install flask\r\n"
    ) or file.read_bytes() == (
        b"\xef\xbb\xbfFROM python:3.12.5\r\n"
        b"# ci-audit: ignore[missing-cache-mount, unpinned-package]\r\nRUN pip install flask\r\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o754
    assert (tmp_path / "requirements.txt").read_text() == "# ci-audit: ignore[unpinned-requirements]\nflask\n"
    assert sorted(os.listdir(tmp_path)) == [".git", ".github", "Dockerfile", "requirements.txt"]
    assert cli.run(["scan"]) == 0


def test_in_an_action_whose_findings_come_from_its_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    action = tmp_path / ".github" / "actions" / "set-up" / "action.yml"
    action.parent.mkdir(parents=True)
    action.write_text(
        "name: set up\ndescription: x\nruns:\n  using: composite\n  steps:\n"
        "    - run: pip install flask==3\n      shell: bash\n"
    )
    (tmp_path / WORKFLOW).parent.mkdir(parents=True)
    (tmp_path / WORKFLOW).write_text(workflow("      - uses: ./.github/actions/set-up\n"))
    monkeypatch.chdir(tmp_path)
    arguments = ["--isolated", "--root", ".", "--select", "CIA101"]
    assert cli.run(["scan", *arguments]) == 1
    assert cli.run(["scan", "--add-ignore", *arguments]) == 0
    assert capsys.readouterr().out.endswith("1 finding ignored in 1 file\n")
    assert "    # ci-audit: ignore[uncached-install]\n    - run: pip" in action.read_text()
    assert cli.run(["scan", *arguments]) == 0


def test_standard_input_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"FROM a\n")))
    assert cli.run(["scan", "-", "--add-ignore"]) == 2

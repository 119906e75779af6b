"""Ignore comments: where they may stand and what they cover."""

import pytest

from ci_audit import ignore
from ci_audit.discover import Found
from ci_audit.engine import Report, Settings, audit
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import load
from ci_audit.source import Source

KNOWN = load()
WORKFLOW = ".github/workflows/ci.yml"


def run(path: str, text: str, *rules: str) -> Report:
    chosen = tuple(rule for rule in KNOWN if rule.id in rules)
    provider = "dockerfile" if path == "Dockerfile" else "github"
    report = audit(Repository("", MemoryReader({path: text})), [Found(path, provider)], Settings(chosen, KNOWN))
    assert report.failed == ()
    return report


def workflow(steps: str) -> str:
    return f"on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"


def suppressed(report: Report) -> list[tuple[str, str, str]]:
    return [(each.rule, each.suppressed_by, each.reason) for each in report.suppressed]


IGNORED = {
    "on the line": "      - run: pip install flask==3  #: small\n",
    "by name": "      - run: pip install flask==3  # ci-audit: ignore[uncached-install] small\n",
    "in any case, among others": "      - run: pip install flask==3  # ci-audit: ignore[cia301, CIA101] small\n",
    "on the line above": "      #: small\n      - run: pip install flask==3\n",
    "above, with another comment between": "      #: small\n      # why\n      - run: pip install flask==3\n",
    "in a block, on the line": "      - run: |\n          echo\n          pip install flask==3  #: small\n",
    "in a block, above": "      - run: |\n          #: small\n          pip install flask==3\n",
    "at the head of a block": "      - run: |  #: small\n          echo\n          pip install flask==3\n",
    "above the head of a block": "      #: small\n      - run: |\n          echo\n          pip install flask==3\n",
    "at the head of a folded block": "      - run: >-  #: small\n          pip install\n          flask==3\n",
    "above a continued command": "      - run: |\n          #: small\n          pip install \\\n            flask==3\n",
    "on the last line of a continued command": (
        "      - run: |\n          pip install \\\n            flask==3  #: small\n"
    ),
    "in a nested block": (
        "      - run: |  #: small\n          if true; then\n            pip install flask==3\n          fi\n"
    ),
    "by a key before run": "      - name: x\n        run: |  #: small\n          pip install flask==3\n",
}


@pytest.mark.parametrize("steps", IGNORED.values(), ids=IGNORED)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_ignored(steps: str, newline: str) -> None:
    text = workflow(steps.replace("#:", "# ci-audit: ignore[CIA101]")).replace("\n", newline)
    report = run(WORKFLOW, text, "CIA101")
    assert suppressed(report) == [("CIA101", "ignore", "small")]
    assert report.findings == ()
    assert report.unused == ()
    assert report.problems == ()


COUNTED = {
    "another rule": "      - run: pip install flask==3  # ci-audit: ignore[CIA102]\n",
    "no rule": "      - run: pip install flask==3  # ci-audit: ignore\n",
    "an empty list": "      - run: pip install flask==3  # ci-audit: ignore[]\n",
    "two lines above": "      # ci-audit: ignore[CIA101]\n\n      - run: pip install flask==3\n",
    "behind the line above": "      - run: echo  # ci-audit: ignore[CIA101]\n      - run: pip install flask==3\n",
    "another step's block": (
        "      - run: |  # ci-audit: ignore[CIA101]\n          echo\n      - run: pip install flask==3\n"
    ),
    "the line below": "      - run: pip install flask==3\n      # ci-audit: ignore[CIA101]\n",
    "a sibling of a block": (
        "      - env:\n          A: |  # ci-audit: ignore[CIA101]\n            x\n        run: pip install flask==3\n"
    ),
    "not a comment": "      - run: pip install flask==3 x#ci-audit:ignore[CIA101]\n",
}


@pytest.mark.parametrize("steps", COUNTED.values(), ids=COUNTED)
def test_not_ignored(steps: str) -> None:
    report = run(WORKFLOW, workflow(steps), "CIA101")
    assert [finding.rule for finding in report.findings] == ["CIA101"]
    assert report.suppressed == ()


def test_only_its_own_command() -> None:
    steps = (
        "      - run: |\n"
        "          pip install a==1\n"
        "          # ci-audit: ignore[CIA101]\n"
        "          pip install b==1\n"
        "          pip install c==1\n"
    )
    report = run(WORKFLOW, workflow(steps), "CIA101")
    assert [finding.line for finding in report.findings] == [7, 10]
    assert [finding.line for finding in report.suppressed] == [9]


def test_a_package_inside_a_continued_command() -> None:
    steps = "      - run: |\n          # ci-audit: ignore[CIA301] wanted\n          pip install \\\n            flask\n"
    assert suppressed(run(WORKFLOW, workflow(steps), "CIA301")) == [("CIA301", "ignore", "wanted")]


DOCKERFILES = {
    "above the instruction": "# ci-audit: ignore[CIA301] wanted\nRUN apt-get update && \\\n    pip install flask\n",
    "inside the continuation": (
        "RUN apt-get update && \\\n    # ci-audit: ignore[CIA301] wanted\n    pip install flask && \\\n    true\n"
    ),
    "above the instruction, the command after another": (
        "# ci-audit: ignore[CIA301] wanted\nRUN true && \\\n    pip install \\\n    flask\n"
    ),
    "inside the command": (
        "RUN true && \\\n    pip install \\\n    # ci-audit: ignore[CIA301] wanted\n    flask && \\\n    true\n"
    ),
    "on the last line": "RUN apt-get update && \\\n    pip install flask # ci-audit: ignore[CIA301] wanted\n",
    "in a here-document": "RUN <<EOF\n# ci-audit: ignore[CIA301] wanted\npip install flask\nEOF\n",
}


@pytest.mark.parametrize("text", DOCKERFILES.values(), ids=DOCKERFILES)
def test_ignored_in_a_dockerfile(text: str) -> None:
    assert suppressed(run("Dockerfile", f"FROM python:3.12.5\n{text}", "CIA301")) == [("CIA301", "ignore", "wanted")]


def test_only_its_own_command_in_a_continuation() -> None:
    text = (
        "FROM python:3.12.5\n"
        "RUN pip install a && \\\n"
        "    # ci-audit: ignore[CIA102, CIA301]\n"
        "    pip install b && \\\n"
        "    pip install c && \\\n"
        "    true\n"
    )
    report = run("Dockerfile", text, "CIA102", "CIA301")
    assert sorted(finding.end_line for finding in report.findings) == [2, 2, 5, 5]
    assert [finding.end_line for finding in report.suppressed] == [4, 4]


def test_not_a_command_before_it_in_the_instruction() -> None:
    text = "FROM python:3.12.5\nRUN pip install flask && \\\n    # ci-audit: ignore[CIA301]\n    true\n"
    assert [finding.line for finding in run("Dockerfile", text, "CIA301").findings] == [2]


def test_not_the_next_instruction() -> None:
    text = "FROM python:3.12.5\n# ci-audit: ignore[CIA301]\nRUN pip install flask\nRUN pip install django\n"
    report = run("Dockerfile", text, "CIA301")
    assert [finding.line for finding in report.findings] == [4]


def test_a_whole_file() -> None:
    text = "# ci-audit: ignore-file[CIA301, CIA101]: generated\n" + workflow(
        "      - run: pip install a\n      - run: pip install b\n"
    )
    report = run(WORKFLOW, text, "CIA101", "CIA301")
    assert report.findings == ()
    assert {each[1:] for each in suppressed(report)} == {("ignore-file", "generated")}
    assert len(report.suppressed) == 4


def test_what_is_of_no_use_is_known() -> None:
    text = workflow(
        "      - run: pip install a==1  # ci-audit: ignore[CIA101, CIA301]\n      # ci-audit: ignore[CIA304]\n"
    )
    report = run(WORKFLOW, text, "CIA101", "CIA301")
    # A rule that is off is not called unused.
    assert report.unused == ((WORKFLOW, 6, "CIA301"),)


def test_what_cannot_work_is_said() -> None:
    text = workflow("      - run: echo  # ci-audit: ignore[uncached-instal]\n      - run: echo  # ci-audit: ignore\n")
    problems = run(WORKFLOW, text, "CIA101").problems
    assert problems[0].startswith(f"{WORKFLOW}:6: ")
    assert "`uncached-instal`; did you mean `uncached-install`?" in problems[0]
    assert "names no rule" in problems[1]


def test_the_requirements_file_has_its_own() -> None:
    files = {
        WORKFLOW: workflow("      - run: pip install -r requirements.txt\n"),
        "requirements.txt": "flask  # ci-audit: ignore[CIA302] later\n",
    }
    chosen = tuple(rule for rule in KNOWN if rule.id == "CIA302")
    report = audit(Repository("", MemoryReader(files)), [Found(WORKFLOW, "github")], Settings(chosen, KNOWN))
    assert suppressed(report) == [("CIA302", "ignore", "later")]


def test_reading_a_comment() -> None:
    source = Source("a.yml", "x: 1 # ci-audit: ignore[CIA101 ,b] - because\n##  ci-audit:  ignore-file [a]\n")
    assert ignore.find(source) == (
        ignore.Ignore(1, ("CIA101", "b"), "because", False, False),
        ignore.Ignore(2, ("a",), "", True, True),
    )


def test_the_first_comment_that_names_the_rule_counts() -> None:
    lines = (
        "# ci-audit: ignore[CIA301] no\n# ci-audit: ignore[CIA302, CIA101] first\n# ci-audit: ignore[CIA101] second\n"
    )
    steps = "".join(f"      {line}\n" for line in lines.splitlines()) + "      - run: pip install flask==3\n"
    report = run(WORKFLOW, workflow(steps), "CIA101")
    assert suppressed(report) == [("CIA101", "ignore", "first")]
    assert [(unused.line, unused.rule) for unused in report.unused] == [(8, "CIA101")]
    text = "# ci-audit: ignore-file[CIA101] whole\n" + workflow(steps)
    assert suppressed(run(WORKFLOW, text, "CIA101")) == [("CIA101", "ignore-file", "whole")]


def test_the_head_of_a_block_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    real = ignore.block_head

    def block_head(source: Source, line: int) -> int:
        looked.append(line)
        return real(source, line)

    monkeypatch.setattr(ignore, "block_head", block_head)
    block = "".join(f"          pip install flask{number}==3\n" for number in range(9))
    inner = "          if true; then\n            pip install a==3\n            pip install b==3\n          fi\n"
    rest = "      - run: |  # other\n          pip install c==3\n"
    steps = f"      - run: |  # ci-audit: ignore[CIA101] small\n{block}{inner}{rest}"
    report = run(WORKFLOW, workflow(steps), "CIA101")
    assert len(report.suppressed) == 11
    assert [finding.line for finding in report.findings] == [21]
    assert len(looked) == 3

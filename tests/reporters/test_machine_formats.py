"""JSON, workflow commands and SARIF."""

import json
import re

import pytest

from ci_audit import reporters
from ci_audit.discover import discover
from ci_audit.engine import Failed, Report, Settings, Skipped, audit
from ci_audit.findings import Related
from ci_audit.options import FORMATS
from ci_audit.reporters import View, reporter, sarif
from ci_audit.reporters.linehash import LineHashes
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import load
from ci_audit.source import Source
from tests.documents import SARIF, SCAN, check
from tests.test_findings import finding

KNOWN = load()
RULES = tuple(rule for rule in KNOWN if rule.id == "CIA101")
NASTY = finding(
    path="weird, 100%: näme.yml",
    message="100% of\r\n`a`, b: \x1b[2J\x9b",
    related=(Related("b.yml", 3, 4, "::error::x"), Related("", 0, 0, "nowhere")),
    fingerprint="0" * 32,
)
REPORT = Report(
    findings=(NASTY, finding(end_line=4, severity="error", fingerprint="1" * 32)),
    suppressed=(finding(suppressed_by="ignore", reason="because", fingerprint="2" * 32),),
    audited=2,
    failed=(Failed("c.yml", 1, "it is\ngone"),),
    skipped=(Skipped("d.yml", "a template"),),
)


def written(format: str, report: Report = REPORT, **options: object) -> str:
    sources = {"a.yml": Source("a.yml", "x\n  pip install\n")}
    return "".join(reporter(format).render(report, View(RULES, sources.get, **options)))  # type: ignore[arg-type]


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_lets_controls_through(format: str) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", written(format))


def test_json_keeps_its_contract() -> None:
    document = json.loads(written("json"))
    document["findings"][0]["message"] = "one line"
    check(SCAN, document)
    assert list(document) == ["schema_version", "version", "findings", "suppressed", "files"]
    assert document["findings"][0]["path"] == "weird, 100%: näme.yml"
    assert document["findings"][0]["related"][1] == {
        "path": "weird, 100%: näme.yml",
        "line": 2,
        "column": 3,
        "message": "nowhere",
    }
    assert document["suppressed"][0]["by"] == "ignore"
    assert document["suppressed"][0]["reason"] == "because"
    assert document["files"] == {
        "audited": 2,
        "failed": [{"path": "c.yml", "line": 1, "message": "it is\ngone"}],
        "skipped": [{"path": "d.yml", "reason": "a template"}],
    }


def test_json_of_nothing() -> None:
    assert json.loads(written("json", Report()))["findings"] == []


def test_json_is_ascii_and_names_with_any_bytes_survive() -> None:
    text = written("json", Report(findings=(finding(path="a\udcff.yml"),)))
    assert text.isascii()
    assert json.loads(text)["findings"][0]["path"] == "a\udcff.yml"


def test_workflow_commands_are_escaped() -> None:
    lines = written("github").splitlines()
    assert lines[0] == (
        "::warning file=weird%2C 100%25%3A näme.yml,line=2,endLine=2,title=CIA101 uncached-install,col=3,endColumn=13::"
        "100%25 of\\x0d\\x0a`a`, b: \\x1b[2J\\x9b%0Ab.yml:3: ::error::x%0Anowhere"
    )
    assert lines[1] == "::error file=a.yml,line=2,endLine=4,title=CIA101 uncached-install::first"
    assert lines[2] == "::error file=c.yml,line=1::it is%0Agone"
    assert lines[3] == "ci-audit: 2 findings in 2 files"
    assert len(lines) == 4


def test_workflow_commands_count_from_the_checkout() -> None:
    assert "file=sub/a.yml," in written("github", prefix="sub/")


def test_a_long_message_is_cut() -> None:
    (line, _) = written("github", Report(findings=(finding(message="x" * 9000),))).splitlines()
    assert len(line.partition("::")[2].partition("::")[2]) == 4000


def test_sarif_is_valid() -> None:
    document = json.loads(written("sarif"))
    check(SARIF, document)
    run = document["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    assert [result["level"] for result in run["results"]] == ["warning", "error"]
    assert run["results"][1]["partialFingerprints"]["ciAudit/v1"] == "1" * 32
    assert "suppressions" not in run["results"][0]
    assert run["invocations"][0]["executionSuccessful"] is False
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "weird%2C%20100%25%3A%20n%C3%A4me.yml"


def test_sarif_shows_suppressed_ones_only_when_asked_for() -> None:
    document = json.loads(written("sarif", show_suppressed=True))
    check(SARIF, document)
    suppressions = [result["suppressions"] for result in document["runs"][0]["results"]]
    assert sorted(suppressions, key=len) == [
        [],
        [],
        [{"kind": "inSource", "status": "accepted", "justification": "because"}],
    ]


def test_sarif_never_exceeds_what_is_accepted() -> None:
    many = tuple(finding(start=number, severity="note") for number in range(25_001))
    document = json.loads(written("sarif", Report(findings=(*many, finding(severity="error")))))
    results = document["runs"][0]["results"]
    assert len(results) == 25_000
    assert results[0]["level"] == "error"


@pytest.mark.parametrize(
    ("path", "uri"),
    [("a/b-c_d.~1.yml", "a/b-c_d.~1.yml"), ("a b#c?d", "a%20b%23c%3Fd"), ("日/\udcff", "%E6%97%A5/%FF")],
)
def test_uri(path: str, uri: str) -> None:
    assert sarif.uri(path) == uri


def rolling(text: str, bom: bool = False) -> list[str]:
    """Compute the hashes as codeql-action does, character by character over a window."""
    units = [*memoryview((("\ufeff" if bom else "") + text).encode("utf-16-le")).cast("H")]
    window, numbers = [0] * 100, [-1] * 100
    value = index = line = 0
    line_start, after_cr = True, False
    first = 37**100 % 2**64
    counts: dict[int, int] = {}
    found: dict[int, str] = {}

    def put_out() -> None:
        counts[value] = counts.get(value, 0) + 1
        found[numbers[index]] = f"{value:x}:{counts[value]}"
        numbers[index] = -1

    for unit in [*units, 65535]:
        if unit in (32, 9) or (after_cr and unit == 10):
            after_cr = False
            continue
        after_cr = unit == 13
        unit = 10 if after_cr else unit
        if numbers[index] != -1:
            put_out()
        if line_start:
            line_start = False
            line += 1
            numbers[index] = line
        line_start = unit == 10
        value = (37 * value + unit - first * window[index]) % 2**64
        window[index] = unit
        index = (index + 1) % 100
    for _ in range(100):
        if numbers[index] != -1:
            put_out()
        value = (37 * value - first * window[index]) % 2**64
        window[index] = 0
        index = (index + 1) % 100
    return [found[number] for number in sorted(found)]


@pytest.mark.parametrize(
    "text",
    [
        "a\n",
        "",
        "name: x\n\n\n  - run: pip install flask\n" * 9,
        "same\nsame\nsame\n",
        "a\r\nb \t c\r\n\r\nd",
        "日本 \U0001f600\nb\n",
        "x" * 250 + "\n" + "x" * 250,
    ],
)
@pytest.mark.parametrize("bom", [False, True])
def test_line_hashes_are_those_of_code_scanning(text: str, bom: bool) -> None:
    hashes = LineHashes({"a": Source("a", text, bom=bom)}.get)
    expected = rolling(text, bom)
    assert [hashes.of("a", line) for line in range(1, len(expected) + 1)] == expected
    assert hashes.of("a", len(expected) + 1) == ""
    assert hashes.of("b", 1) == ""


def test_every_format_is_a_module() -> None:
    for format in FORMATS:
        assert callable(reporters.reporter(format).render)


def test_no_secret_reaches_any_output() -> None:
    secret = "hunter2canary"
    workflow = f"""\
on: push
env:
  PIP_INDEX_URL: https://me:{secret}@host.example/simple
  TWINE_PASSWORD: {secret}
jobs:
  {secret}_token:
    runs-on: ubuntu-24.04
    container:
      image: https://me:{secret}@host.example/image
    steps:
      - uses: owner/name@password={secret}
      - run: |
          pip install --extra-index-url https://{secret}@host.example/simple flask \\
            --password {secret}
          pip install "x @ git+https://me:{secret}@host.example/x.git"  # ci-audit: ignore[CIA101] token={secret}
          TOKEN={secret} pip install django
          docker login -u me -p {secret} && pip install uvicorn
"""
    dockerfile = (
        f"FROM a:1\nARG PIP_INDEX_URL=https://me:{secret}@host.example\nRUN PASSWORD={secret} pip install flask\n"
    )
    files = {
        ".github/workflows/a.yml": workflow,
        "Dockerfile": dockerfile,
        "bad/action.yml": f"password: {secret}\n - x: [",
    }
    repository = Repository("", MemoryReader(files))
    report = audit(repository, discover(repository, [""]).found, Settings(KNOWN, KNOWN))
    assert report.failed == ()
    assert len(report.findings) > 6
    for format in FORMATS:
        view = View(KNOWN, repository.source, show_suppressed=True)
        text = "".join(reporter(format).render(report, view))
        text = text.replace(f"{secret}_token", "the job's name is none")
        assert secret not in text, format

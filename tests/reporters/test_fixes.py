"""Fixes in the reports: what each format says of one, of none and of advice."""

from __future__ import annotations

import json

import pytest

from ci_audit.discover import Found, provider_of
from ci_audit.engine import Report, Settings, audit
from ci_audit.findings import Finding, Fix, FixedFile, Replacement, Unfixed
from ci_audit.readers import MemoryReader
from ci_audit.reporters import View, reporter
from ci_audit.reporters.difference import unified
from ci_audit.repository import Repository
from ci_audit.rulebook import load
from tests.documents import SARIF, SCAN, check

KNOWN = load()
RULES = tuple(rule for rule in KNOWN if rule.id == "CIA102")
IMAGE = "FROM python:3.12.5\nRUN pip install flask\n"
EDIT = Replacement(23, 23, 2, 5, 2, 5, "--mount=type=cache,target=/root/.cache/pip ")


def reported(fix: Fix | Unfixed | None) -> tuple[Report, View]:
    repository = Repository("", MemoryReader({"Dockerfile": IMAGE}))
    report = audit(repository, [Found("Dockerfile", provider_of("Dockerfile") or "")], Settings(RULES, KNOWN))
    (finding,) = report.findings
    report = report._replace(findings=(finding._replace(fix=fix),))
    return report, View(RULES, repository.source, show_fixes=True)


def written(format: str, fix: Fix | Unfixed | None) -> str:
    report, view = reported(fix)
    return "".join(reporter(format).render(report, view))


def fix(safety: str = "safe", reason: str = "", snippet: str = "", *files: FixedFile) -> Fix:
    return Fix("0123456789ab", "Keep the downloads", safety, reason, snippet, files)


FILE = FixedFile("Dockerfile", False, "0" * 64, (EDIT,))
NEW = FixedFile("new.txt", True, "", (Replacement(0, 0, 1, 1, 1, 1, "one\ntwo\n"),))
FIXES: list[Fix | Unfixed | None] = [
    None,
    Unfixed("the job publishes"),
    fix("safe", "", "", FILE),
    fix("unsafe", "nothing shows it", "", FILE, NEW),
    fix("show", "do it by hand", "line one\nline two\n"),
]


@pytest.mark.parametrize("given", FIXES)
def test_json_and_sarif_are_valid(given: Fix | Unfixed | None) -> None:
    check(SCAN, json.loads(written("json", given)))
    check(SARIF, json.loads(written("sarif", given)))


def test_what_json_says() -> None:
    def said(given: Fix | Unfixed | None) -> object:
        return json.loads(written("json", given))["findings"][0]["fix"]

    assert said(None) is None
    assert said(Unfixed("the job publishes")) == {"skipped": "the job publishes"}
    edit = {"line": 2, "column": 5, "end_line": 2, "end_column": 5, "text": EDIT.text}
    assert said(fix("safe", "", "", FILE)) == {
        "id": "0123456789ab",
        "title": "Keep the downloads",
        "safety": "safe",
        "files": [{"path": "Dockerfile", "create": False, "sha256": "0" * 64, "edits": [edit]}],
    }
    assert said(fix("show", "by hand", "x: 1\n")) == {
        "id": "0123456789ab",
        "title": "Keep the downloads",
        "safety": "show",
        "reason": "by hand",
        "snippet": "x: 1\n",
        "files": [],
    }


def test_what_sarif_says() -> None:
    def said(given: Fix | Unfixed | None) -> object:
        return json.loads(written("sarif", given))["runs"][0]["results"][0].get("fixes")

    assert said(None) is said(Unfixed("no")) is said(fix("show", "by hand", "x")) is None
    region = {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 5}
    assert said(fix("unsafe", "nothing shows it", "", FILE)) == [
        {
            "description": {"text": "Keep the downloads [unsafe] (nothing shows it)"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "Dockerfile"},
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": EDIT.text}}],
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("given", "mark", "lines"),
    [
        (Unfixed("the job publishes"), "", ["= not fixable: the job publishes"]),
        (
            fix("safe", "", "", FILE),
            " fixable (safe)",
            [
                "= fix, safe: Keep the downloads",
                "=     @@ -1,2 +1,2 @@",
                "=      FROM python:3.12.5",
                "=     -RUN pip install flask",
                f"=     +RUN {EDIT.text}pip install flask",
            ],
        ),
        (
            fix("unsafe", "why", "", NEW),
            " fixable (unsafe)",
            ["= fix, unsafe: Keep the downloads (why)", "=     @@ -0,0 +1,2 @@", "=     +one", "=     +two"],
        ),
        (
            fix("show", "by hand", "x: 1\ny: 2\n"),
            "",
            ["= advice: Keep the downloads (by hand)", "=     x: 1", "=     y: 2"],
        ),
    ],
)
def test_what_the_text_says(given: Fix | Unfixed, mark: str, lines: list[str]) -> None:
    out = written("text", given)
    assert out.splitlines()[0].endswith(f"CIA102 missing-cache-mount{mark}")
    shown = [line.strip() for line in out.splitlines() if line.startswith("  = ")]
    assert shown[-len(lines) :] == lines


def test_the_summary_counts_what_is_fixable() -> None:
    report, view = reported(None)
    (finding,) = report.findings

    def summary(*fixes: Fix | Unfixed | None) -> str:
        findings: tuple[Finding, ...] = tuple(finding._replace(fix=one) for one in fixes)
        return "".join(reporter("text").render(report._replace(findings=findings), view)).splitlines()[-1]

    safe, unsafe, show = fix("safe", "", "", FILE), fix("unsafe", "", "", FILE), fix("show", "a", "b")
    assert "fixable" not in summary(None, Unfixed("no"), show)
    assert summary(safe, safe, None).endswith("; 2 fixable with `--fix`")
    assert summary(unsafe, show).endswith("; 1 fixable with `--fix --unsafe-fixes`")
    assert summary(safe, unsafe, unsafe).endswith("; 1 fixable with `--fix`, 2 more with `--fix --unsafe-fixes`")


@pytest.mark.parametrize(
    ("path", "old", "new", "lines"),
    [
        ("a b", "x\n", "y\n", ["--- a/a b\n", "+++ b/a b\n", "@@ -1 +1 @@\n", "-x\n", "+y\n"]),
        ("a", "x", "x\n", ["-x\n\\ No newline at end of file\n", "+x\n"]),
        ("a", "x\r\n", "x\r\ny\r\n", [" x\r\n", "+y\r\n"]),
        ("a", "x\fy\u2028z\n", "x\fy\u2028w\n", ["-x\fy\u2028z\n", "+x\fy\u2028w\n"]),
        ("new", None, "x\n", ["--- /dev/null\n", "+++ b/new\n", "@@ -0,0 +1 @@\n", "+x\n"]),
        (
            'a\tb"\\',
            "x\n",
            "y\n",
            ['--- "a/a\\011b\\"\\\\"\n', '+++ "b/a\\011b\\"\\\\"\n', "@@ -1 +1 @@\n", "-x\n", "+y\n"],
        ),
        ("a", "x\n", "x\n", []),
    ],
)
def test_a_unified_diff(path: str, old: str | None, new: str, lines: list[str]) -> None:
    found = list(unified(path, old, new))
    assert found[len(found) - len(lines) :] == lines

"""Repairs in memory: rounds, what the independent parser refuses, and which files may be changed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ci_audit.discover import Found, provider_of
from ci_audit.editing import Operation, files
from ci_audit.engine import Settings
from ci_audit.findings import Fix, Unfixed
from ci_audit.readers import MemoryReader
from ci_audit.repair import Repaired, repair
from ci_audit.repository import Repository
from ci_audit.rulebook import load

KNOWN = load()
RULES = tuple(rule for rule in KNOWN if rule.id == "CIA102")
MOUNT = "--mount=type=cache,target=/root/.cache/pip"
TWO = "FROM python:3.12.5\nRUN pip install flask\nRUN pip install django\n"


def repaired(texts: dict[str, str | bytes], *, only: Sequence[str] = (), safeties: Sequence[str] = ()) -> Repaired:
    repository = Repository("", MemoryReader(texts))
    found = [Found(path, provider) for path in sorted(texts) if (provider := provider_of(path))]
    settings = Settings(RULES, KNOWN, safeties=tuple(safeties) or ("safe", "unsafe"))
    return repair(repository, found, settings, lambda path: not only or path in only)


def refusing(monkeypatch: pytest.MonkeyPatch, *parts: str) -> None:
    """Let the independent check refuse a result that holds all of these."""

    def check(provider: str, old: str, new: str, operations: Sequence[Operation]) -> str:
        assert operations
        return "it lost a key" if all(part in new for part in parts) else ""

    monkeypatch.setattr(files, "check", check)


def test_what_the_other_parser_refuses_is_not_fixed_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, MOUNT)
    done = repaired({"Dockerfile": TWO})
    assert (done.changed, done.fixed) == ((), ())
    assert [one.fix for one in done.report.findings] == [
        Unfixed("another parser reads the result differently: it lost a key")
    ] * 2


def test_one_refused_fix_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, f"{MOUNT} pip install django")
    done = repaired({"Dockerfile": TWO, "other/Dockerfile": TWO})
    expected = TWO.replace("RUN pip install flask", f"RUN {MOUNT} pip install flask").encode()
    assert [(change.path, change.old, change.new) for change in done.changed] == [
        ("Dockerfile", TWO.encode(), expected),
        ("other/Dockerfile", TWO.encode(), expected),
    ]
    assert len(done.fixed) == 2
    assert len(done.report.findings) == 2
    assert all(isinstance(one.fix, Unfixed) for one in done.report.findings)


def test_fixes_that_are_refused_only_together_are_both_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, f"{MOUNT} pip install flask", f"{MOUNT} pip install django")
    done = repaired({"Dockerfile": TWO})
    assert done.changed == ()
    reasons = {one.fix.reason for one in done.report.findings if isinstance(one.fix, Unfixed)}
    assert len(done.report.findings) == 2
    assert all("together the fixes of this file read differently" in reason for reason in reasons)


def test_a_fault_in_the_other_parser_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(*_: object) -> str:
        raise RecursionError("too deep")

    monkeypatch.setattr(files, "check", check)
    done = repaired({"Dockerfile": TWO})
    assert done.changed == ()
    assert len(done.report.findings) == 2
    for finding in done.report.findings:
        assert isinstance(finding.fix, Unfixed)
        assert "RecursionError in test_repair.py" in finding.fix.reason


def test_files_that_may_not_be_changed_are_not() -> None:
    done = repaired({"Dockerfile": TWO, "other/Dockerfile": TWO}, only=["other/Dockerfile"])
    assert [change.path for change in done.changed] == ["other/Dockerfile"]
    assert {finding.path for finding in done.report.findings} == {"Dockerfile"}
    assert {finding.path for finding in done.fixed} == {"other/Dockerfile"}


def test_only_the_safeties_that_were_asked_for_are_applied() -> None:
    done = repaired({"Dockerfile": TWO}, safeties=["safe"])
    assert (done.changed, done.fixed) == ((), ())
    assert len(done.report.findings) == 2
    done = repaired({"Dockerfile": TWO})
    assert {one.fix.safety for one in done.fixed if isinstance(one.fix, Fix)} == {"unsafe"}


def test_the_report_is_that_of_the_repaired_text() -> None:
    done = repaired({"Dockerfile": TWO + "RUN pip install --no-cache-dir flask\n"})
    source = done.repository.source("Dockerfile")
    assert source is not None
    assert source.text.encode() == done.changed[0].new
    for finding in done.report.findings:
        assert source.position(finding.start) == (finding.line, finding.column)
    assert repaired({"Dockerfile": source.text}).changed == ()

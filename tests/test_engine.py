"""The audit as a whole: the same report whatever the order and the number of processes, and no file stops another."""

import gc
import os

import pytest

from ci_audit import engine, providers
from ci_audit.discover import Found, discover
from ci_audit.engine import Failed, Report, Settings, Skipped, audit
from ci_audit.model import Pipeline
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import load
from ci_audit.source import Source

KNOWN = load()
SETTINGS = Settings(KNOWN, KNOWN)
WORKFLOW = "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: pip install flask\n"
DOCKERFILE = "FROM python:3.12.5\nRUN pip install flask==3.0.3\n"


def run(files: dict[str, str], settings: Settings = SETTINGS) -> Report:
    repository = Repository("", MemoryReader(files))
    return audit(repository, discover(repository, [""]).found, settings)


def many(count: int) -> dict[str, str]:
    files = {}
    for number in range(count):
        files[f".github/workflows/w{number}.yml"] = WORKFLOW.replace("flask", f"flask{number}")
        files[f"images/{number}/Dockerfile"] = DOCKERFILE.replace("flask", f"flask{number}")
    return files


def test_one_broken_file_never_stops_the_others() -> None:
    report = run({"Dockerfile": DOCKERFILE, ".github/workflows/a.yml": "on: [\n", ".github/workflows/b.yml": WORKFLOW})
    assert report.audited == 3
    assert {finding.path for finding in report.findings} == {
        "Dockerfile",
        ".github/workflows/a.yml",
        ".github/workflows/b.yml",
    }
    assert [finding.rule for finding in report.findings if finding.path.endswith("a.yml")] == ["CIA001"]


def test_a_fault_of_ours_is_reported_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    real = providers.parse

    def parse(provider: str, source: Source, repository: Repository) -> Pipeline:
        if source.path == "Dockerfile":
            raise RuntimeError("password=hunter2nope")
        return real(provider, source, repository)

    monkeypatch.setattr(providers, "parse", parse)
    report = run({"Dockerfile": DOCKERFILE, ".github/workflows/b.yml": WORKFLOW})
    assert report.audited == 1
    assert report.findings
    (failed,) = report.failed
    assert failed.path == "Dockerfile"
    assert "RuntimeError in test_engine.py:" in failed.message
    assert "hunter2" not in failed.message


def test_a_file_that_cannot_be_read() -> None:
    report = audit(Repository("", MemoryReader({})), [Found("Dockerfile", "dockerfile")], SETTINGS)
    assert report.failed == (Failed("Dockerfile", 1, "there is no such file"),)
    assert report.audited == 0


def test_what_cannot_be_audited_is_a_note() -> None:
    large = "# " + "x" * (2 << 20) + "\nFROM a\n"
    report = run({"Dockerfile": large, "Dockerfile.j2": "# made\n\nFROM {{ base }}\n"})
    assert [(finding.rule, finding.severity, finding.path, finding.line) for finding in report.findings] == [
        ("CIA002", "note", "Dockerfile", 1),
        ("CIA002", "note", "Dockerfile.j2", 3),
    ]
    assert [skipped.path for skipped in report.skipped] == ["Dockerfile", "Dockerfile.j2"]
    assert report.audited == 0
    assert report.failed == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_any_number_of_processes_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SERIAL_BELOW", 8)
    files = many(20)
    files["broken/Dockerfile"] = "FORM a\n"
    once = run(files)
    assert len(once.findings) > 60
    for processes in (2, 3, 7):
        assert run(files, SETTINGS._replace(processes=processes)) == once
    progress: list[tuple[int, int]] = []
    repository = Repository("", MemoryReader(files))
    found = discover(repository, [""]).found
    audit(repository, found, SETTINGS._replace(processes=2), lambda done, total: progress.append((done, total)))
    assert progress[-1] == (41, 41)
    assert progress == sorted(progress)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_process_that_dies_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SERIAL_BELOW", 8)
    parent = os.getpid()
    real = providers.parse

    def parse(provider: str, source: Source, repository: Repository) -> Pipeline:
        if source.path == "images/7/Dockerfile" and os.getpid() != parent:
            os._exit(9)
        return real(provider, source, repository)

    monkeypatch.setattr(providers, "parse", parse)
    files = many(20)
    repository = Repository("", MemoryReader(files))
    found = discover(repository, [""]).found
    index = [file.path for file in found].index("images/7/Dockerfile")
    report = audit(repository, found, SETTINGS._replace(processes=2 if index % 2 else 3))
    assert report.failed == (Failed("images/7/Dockerfile", 1, "the process that audited it died"),)
    assert report.audited == 39
    assert {finding.path for finding in report.findings} == set(files) - {"images/7/Dockerfile"}


def test_the_order_of_files_does_not_matter() -> None:
    files = many(5)
    repository = Repository("", MemoryReader(files))
    found = discover(repository, [""]).found
    assert audit(repository, found[::-1], SETTINGS).findings == audit(repository, found, SETTINGS).findings


def test_exclude() -> None:
    report = run(many(3), SETTINGS._replace(exclude=("images/", "!images/2", "w1.yml")))
    assert report.audited == 2
    assert report.skipped[0] == Skipped(".github/workflows/w1.yml", "excluded by the settings")
    assert len(report.skipped) == 4


def test_per_file_ignores() -> None:
    report = run(many(2), SETTINGS._replace(per_file_ignores=(("images/**", ("CIA102",)),)))
    assert {finding.path for finding in report.suppressed} == {"images/0/Dockerfile", "images/1/Dockerfile"}
    assert {(each.suppressed_by, each.reason) for each in report.suppressed} == {
        ("per-file-ignores", "`images/**` in the settings")
    }
    assert not any(each.rule == "CIA102" for each in report.findings)


def test_variants_are_named_where_only_some_fail() -> None:
    text = """\
on: push
jobs:
  test:
    strategy:
      matrix:
        os: [ubuntu-24.04, macos-14]
    runs-on: ${{ matrix.os }}
    steps:
      - uses: actions/cache@0123456789abcdef0123456789abcdef01234567 # v4.2.0
        with:
          path: ~/.cache/pip
          key: pip-${{ runner.os }}-${{ hashFiles('requirements.txt') }}
          restore-keys: pip-${{ runner.os }}-
      - run: pip install flask==3.0.3
      - run: npm install -g left-pad
"""
    report = run({".github/workflows/a.yml": text})
    by_rule = {finding.rule: finding for finding in report.findings}
    assert by_rule["CIA104"].variants == ("os=macos-14",)
    assert by_rule["CIA104"].partial
    assert by_rule["CIA301"].variants == ("os=ubuntu-24.04", "os=macos-14")
    assert not by_rule["CIA301"].partial


def test_a_finding_in_another_file_names_the_job_that_uses_it() -> None:
    action = "name: a\nruns:\n  using: composite\n  steps:\n    - run: pip install flask\n      shell: bash\n"
    workflow = WORKFLOW.replace("run: pip install flask", "uses: ./tool")
    repository = Repository("", MemoryReader({".github/workflows/a.yml": workflow, "tool/action.yml": action}))
    report = audit(repository, [Found(".github/workflows/a.yml", "github")], SETTINGS)
    finding = next(each for each in report.findings if each.rule == "CIA301")
    assert finding.path == "tool/action.yml"
    assert (".github/workflows/a.yml", 3) in [related[:2] for related in finding.related]


def test_garbage_is_looked_for_between_files_and_not_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_GARBAGE", 0)
    collected: list[int] = []
    monkeypatch.setattr(engine.gc, "collect", collected.append)
    real = providers.parse

    def parse(provider: str, source: Source, repository: Repository) -> Pipeline:
        assert not gc.isenabled()
        return real(provider, source, repository)

    monkeypatch.setattr(providers, "parse", parse)
    assert gc.isenabled()
    assert run(many(2)).failed == ()
    assert gc.isenabled()
    assert collected == [0] * 4

"""The whole of a scan over a repository with every provider, damaged in any way: no failure, and one answer only."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci_audit import engine
from ci_audit.discover import Found, discover
from ci_audit.engine import Report, Settings, audit
from ci_audit.inspection import inspect
from ci_audit.options import FORMATS
from ci_audit.reporters import View, install_reporter, reporter
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import load
from tests.documents import SARIF, SCAN, check

WHOLE = Path(__file__).parent / "fixtures" / "whole"
FILES = {
    file.relative_to(WHOLE).as_posix(): file.read_bytes().decode()
    for file in sorted(WHOLE.rglob("*"))
    if file.is_file()
}
CI_FILES = [path for path in FILES if path.endswith((".yml", "Dockerfile")) and path not in ("environment.yml",)]
RULES = load()
SETTINGS = Settings(RULES, RULES)
EXAMPLES = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

SHELL = [
    "pip install flask",
    "$(pip install six)",
    "`pip install x`",
    "sudo -H pip3 install -r requirements.txt --no-cache-dir",
    "python -m pip install -e '.[docs]'",
    "cat <<'EOF'",
    "EOF",
    "bash -c 'pip install \"a\"'",
    "if true; then",
    "fi",
    "for x in a b; do",
    "done",
    "f() {",
    "}",
    "case $x in a)",
    ";; esac",
    "export PIP_CACHE_DIR=/x",
    "cd sub &&",
    "uv sync",
    "uv run --with x pip install y",
    "poetry install",
    "conda env update -f environment.yml",
    "tox -e py",
    "npm ci",
    "apt-get install -y gcc",
    "curl https://a.example/x | sh",
    "${A:-",
    "((",
    "[[",
    "\\",
    "'",
    '"',
    "$'",
    "#",
    "|",
    "&&",
    ";",
    "<<<",
    ">(",
    "!",
    "${{ matrix.os }}",
    "${{",
    "}}",
    "$[[ inputs.x ]]",
    "%CD%",
    "$CI_PROJECT_DIR",
]
YAML = [
    "a: b",
    "- a",
    "- run: pip install flask",
    "run: |",
    "script: >-",
    "&x",
    "*x",
    "<<: *cache",
    "<<: {a: 1}",
    "!reference [.install, script]",
    "!!binary x",
    "? a",
    ": b",
    "[",
    "]",
    "{",
    "}",
    ",",
    "---",
    "...",
    "%YAML 1.2",
    "# ci-audit: ignore[CIA101, unpinned-package] why",
    "# ci-audit: ignore-file[CIA301]",
    "# ci-audit: ignore",
    "cache: pip",
    "cache: [.cache/pip, {paths: [x]}]",
    "cache: false",
    "extends: [.python, .install]",
    "include: '/ci/*.yml'",
    "uses: ./.github/actions/python",
    "uses: actions/cache@v4",
    "with: {path: ~/.cache/pip, key: x}",
    "strategy: {matrix: {os: [ubuntu-24.04, macos-14], x: ${{ fromJSON('[]') }}}}",
    "runs-on: [self-hosted, linux]",
    "runs-on: ${{ matrix.os }}",
    "container: {image: 'python:3'}",
    "shell: pwsh",
    "if: ${{ always() }}",
    "services: [redis]",
    "image: {name: a:1}",
    "parallel: {matrix: [{A: [1, 2]}]}",
    "jobs: {include: [{name: x}]}",
    "python: [3.10, pypy]",
    "~",
    "null",
    "3.10",
    "yes",
    "''",
]
DOCKER = [
    "FROM base AS build",
    "FROM python:3.12 AS other",
    "FROM scratch",
    "RUN pip install flask",
    'RUN ["pip", "install", "x"]',
    "RUN --mount=type=cache,target=/root/.cache/pip,id=x pip install x",
    "RUN --mount=type=bind",
    "RUN <<EOT",
    "EOT",
    "RUN <<-'A' <<B",
    "COPY <<x /y",
    "COPY --from=build / /",
    "ENV PIP_NO_CACHE_DIR=1 A=$A",
    "ENV PIP_CACHE_DIR /x",
    "ARG A=${B:+x}",
    "USER 1000:1000",
    "USER $USER",
    "WORKDIR ../x",
    'SHELL ["pwsh", "-c"]',
    "SHELL bash",
    "ONBUILD RUN pip install x",
    "ONBUILD ONBUILD FROM x",
    "HEALTHCHECK NONE",
    "# escape=`",
    "# syntax=docker/dockerfile:1",
    "ADD https://a.example/x /",
    "INSTALL x",
    " \\",
    "\\ ",
    "`",
]
PARTS = [
    "a",
    "0",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\\\n",
    "\x00",
    "\x07",
    "\x1b[0m",
    "\x7f",
    "\x85",
    "\xa0",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ufffd",
    "é",
    "e\u0301",
    "日本",
    "𝒳",
    ":",
    "-",
    "=",
    "/",
    "..",
    "@",
    "*",
    "~",
    "password=hunter2",
    "https://u:p@h.example/",
]
SNIPPETS = st.one_of(*map(st.sampled_from, (SHELL, YAML, DOCKER, PARTS)))


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Change a text the way that people, merges and fuzzers do."""
    for _ in range(draw(st.integers(1, 4))):
        lines = text.split("\n")
        row = draw(st.integers(0, len(lines) - 1))
        other = draw(st.integers(0, len(lines) - 1))
        at = draw(st.integers(0, len(text)))
        how = draw(st.sampled_from(KINDS))
        if how == "delete":
            del lines[row : row + draw(st.integers(1, 4))]
        elif how == "duplicate":
            lines[row:row] = lines[other : other + draw(st.integers(1, 6))]
        elif how == "swap":
            lines[row], lines[other] = lines[other], lines[row]
        elif how == "indent":
            blank = " " * draw(st.integers(0, 14))
            for number in range(row, min(len(lines), row + draw(st.integers(1, 3)))):
                lines[number] = blank + lines[number].lstrip()
        elif how == "line":
            blank = lines[row][: len(lines[row]) - len(lines[row].lstrip())]
            lines.insert(row, blank + draw(SNIPPETS))
        elif how == "value":
            head, colon, _ = lines[row].partition(": ")
            lines[row] = head + colon + draw(SNIPPETS)
        elif how == "append":
            lines[row] += draw(st.sampled_from(["", " "])) + draw(SNIPPETS)
        elif how == "reindent":
            lines = [line.replace("  ", " ") if line.startswith(" ") else line for line in lines]
        text = "\n".join(lines)
        if how == "cut":
            text = text[:at]
        elif how == "cut-head":
            text = text[at:]
        elif how == "insert":
            text = text[:at] + draw(SNIPPETS) + text[at:]
        elif how == "replace":
            text = text[:at] + draw(SNIPPETS) + text[at + draw(st.integers(1, 8)) :]
        elif how == "characters":
            one = draw(st.sampled_from(" \n:-'\"#$\\{}[]|&;"))
            text = text.replace(one, draw(st.sampled_from(PARTS)), draw(st.integers(1, 20)))
        elif how == "newlines":
            text = text.replace("\n", draw(st.sampled_from(["\r\n", "\r", "\n\n"])))
    return text


KINDS = "delete duplicate swap indent line line value value append append reindent".split()
KINDS += "cut cut-head insert insert replace characters newlines".split()


@st.composite
def repositories(draw: st.DrawFn, paths: list[str]) -> dict[str, str]:
    """Damage some files of the repository, mix others up, and lose some."""
    files = dict(FILES)
    for path in draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True)):
        files[path] = draw(damaged(files[path]))
    for path in draw(st.lists(st.sampled_from(sorted(FILES)), max_size=2)):
        what = draw(st.sampled_from(["lose", "take", "damage", "empty"]))
        if what == "lose" and path not in paths:
            files.pop(path, None)
        elif what == "take":
            files[path] = files.get(draw(st.sampled_from(sorted(FILES))), "")
        elif what == "damage" and path in files:
            files[path] = draw(damaged(files[path]))
        elif what == "empty":
            files[path] = ""
    return files


def scanned(
    files: dict[str, str], paths: list[str] | None = None, settings: Settings = SETTINGS
) -> tuple[Report, Repository, list[Found]]:
    """Audit the files, or those of the paths."""
    repository = Repository("", MemoryReader({path: text.encode() for path, text in files.items()}))
    found = discover(repository, [""]).found
    if paths is not None:
        found = [file for file in found if file.path in paths]
    return audit(repository, found, settings), repository, found


def rendered(report: Report, repository: Repository) -> dict[str, str]:
    view = View(rules=RULES, source=repository.source, show_suppressed=True)
    return {format: "".join(reporter(format).render(report, view)) for format in FORMATS}


def inspected(repository: Repository, found: list[Found]) -> str:
    inspection = inspect(repository, found)
    assert inspection.failed == ()
    assert "".join(install_reporter("text").render(inspection, False))
    return "".join(install_reporter("json").render(inspection, False))


def sound(files: dict[str, str], paths: list[str] | None = None) -> None:
    """Scan twice and inspect: all goes well, places lie in their files, and both scans say the same."""
    report, repository, found = scanned(files, paths)
    assert report.failed == ()
    assert report.audited == len(found) - len(report.skipped)
    for finding in (*report.findings, *report.suppressed):
        source = repository.source(finding.path)
        if source is None:
            assert (finding.rule, finding.start, finding.end) == ("CIA002", 0, 0)
            continue
        assert 0 <= finding.start <= finding.end <= len(source.text)
        assert source.position(finding.start) == (finding.line, finding.column)
        assert source.position(finding.end) == (finding.end_line, finding.end_column)
        assert finding.message
        for related in finding.related:
            if related.path:
                place = repository.source(related.path)
                assert place is not None
                assert 1 <= related.line <= len(place.line_starts)
                span = place.line_span(related.line)
                assert 1 <= related.column <= span.end - span.start + 2
    texts = {**rendered(report, repository), "installs": inspected(repository, found)}
    assert "hunter2" not in "".join(texts.values())
    for format in ("json", "sarif", "installs"):
        json.loads(texts[format])
    again, *_ = scanned(files, paths)
    assert again == report


PROVIDERS = {
    "github": [path for path in CI_FILES if path.startswith(".github")],
    "gitlab": [path for path in CI_FILES if "gitlab" in path],
    "travis": [".travis.yml"],
    "dockerfile": [path for path in CI_FILES if path.endswith("Dockerfile")],
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_damaged_files(provider: str) -> None:
    paths = PROVIDERS[provider]

    @EXAMPLES
    @given(repositories(paths))
    def property(files: dict[str, str]) -> None:
        sound(files, [path for path in paths if files[path] != FILES[path]])

    property()


@EXAMPLES
@given(repositories([path for path in FILES if path not in CI_FILES]), st.sampled_from(CI_FILES))
def test_damaged_files_beside(files: dict[str, str], path: str) -> None:
    sound(files, [path])


def test_the_repository_as_it_is() -> None:
    sound(FILES)
    report, repository, found = scanned(FILES)
    assert {file.path for file in found} == set(CI_FILES) - {".pre-commit-config.yaml"}
    assert {finding.path for finding in report.findings} >= {*CI_FILES, "requirements.txt", "requirements/dev.txt"}
    assert {finding.provider for finding in report.findings} == {"github", "gitlab", "travis", "dockerfile"}
    assert len({finding.rule for finding in report.findings}) >= 9
    assert len(inspect(repository, found).rows) >= 50
    texts = rendered(report, repository)
    check(SCAN, json.loads(texts["json"]))
    check(SARIF, json.loads(texts["sarif"]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_one_process_or_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SERIAL_BELOW", 2)
    one, repository, _ = scanned(FILES)
    two, other, _ = scanned(FILES, settings=SETTINGS._replace(processes=2))
    assert two == one
    assert rendered(two, other) == rendered(one, repository)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the repository and copies of its parts, enough for more than one process."""
    root = tmp_path_factory.mktemp("whole")
    (root / ".git").mkdir()
    for path, text in FILES.items():
        for prefix in ("", *(f"part{number}/" for number in range(12))):
            if prefix and path == "pyproject.toml":
                continue
            file = root / (prefix + path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
    return root


def run(root: Path, *arguments: str, seed: str = "0") -> bytes:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(engine.__file__).parents[1]),
        "PYTHONHASHSEED": seed,
    }
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "ci_audit", *arguments], cwd=root, env=environment, capture_output=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout + done.stderr


def named(root: Path) -> list[str]:
    """Give names that lead to CI files."""
    return [
        name for name in sorted(os.listdir(root)) if name in CI_FILES or ((root / name).is_dir() and name != ".git")
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_bytes_every_time(many: Path, format: str) -> None:
    first = run(many, "scan", "--format", format, "--jobs", "1")
    assert len(first) > 10_000
    for seed in ("1", "2"):
        assert run(many, "scan", "--format", format, "--jobs", seed, seed=seed) == first
    names = named(many)
    # A folder that is named counts as a root for `.github/workflows`, so this finds more than the whole does.
    first = run(many, "scan", "--format", format, *names)
    assert run(many, "scan", "--format", format, *reversed(names), names[0]) == first


def test_the_same_installs_every_time(many: Path) -> None:
    first = run(many, "inspect", "--format", "json")
    for seed in ("1", "2"):
        assert run(many, "inspect", "--format", "json", seed=seed) == first

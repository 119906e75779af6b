"""A scan loads nothing that it does not need: every run of a hook pays for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "argparse",
    "click",
    "dataclasses",
    "dockerfile_parse",
    "hashlib",
    "fnmatch",
    "importlib.metadata",
    "inspect",
    "json",
    "jsonschema",
    "multiprocessing",
    "packaging",
    "pathlib",
    "pydantic",
    "rich",
    "ruamel",
    "ruamel.yaml",
    "subprocess",
    "tomli",
    "tomllib",
    "typer",
    "typing",
    "yaml.constructor",
}
FILES = {
    ".github/workflows/ci.yml": (
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - uses: actions/setup-python@v5\n      - run: pip install -r requirements.txt\n"
    ),
    "Dockerfile": "FROM python:3\nENV A=b\nRUN pip install flask\n",
    "requirements.txt": "flask\n",
}
FIND = f"import sys\nsys.path[:] = {[os.path.abspath(path) for path in sys.path]!r}\n"
MOST_MODULES = 145
"""Modules of the package that the scan of one file loads: each costs 0.1 ms before it does anything."""
REPORT = """
import json, sys
before = set(sys.modules)
from ci_audit import cli
status = cli.run(sys.argv[1:])
json.dump([status, sorted(set(sys.modules) - before)], sys.stderr)
"""


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", "Dockerfile", "."])
@pytest.mark.parametrize("format", ["text", "json"])
def test_what_a_scan_loads(tmp_path: Path, path: str, format: str) -> None:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / ".git").mkdir()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{FIND}{REPORT}", "scan", path, "--format", format],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    status, modules = json.loads(done.stderr)
    assert status == 1
    assert "CIA301" in done.stdout or "CIA302" in done.stdout
    loaded = set(modules)
    heavy = HEAVY if format == "text" else HEAVY - {"json"}
    assert loaded & heavy == set()
    if path != ".":
        other = "dockerfile" if "github" in path else "github"
        assert f"ci_audit.providers.{other}.parse" not in loaded
        assert "ci_audit.gitignore" not in loaded
        assert len([name for name in loaded if name.startswith("ci_audit")]) <= MOST_MODULES
    for name in ("cli.app", "cards", "addignore", "processes", "reporters.sarif"):
        assert f"ci_audit.{name}" not in loaded


def test_help_is_typer(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{FIND}{REPORT}", "scan", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    status, modules = json.loads(done.stderr)
    assert status == 0
    assert "--fail-on" in done.stdout
    assert "typer" in modules


def test_the_process_ends_with_the_status_and_all_of_its_output(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3\n" + "RUN pip install flask\n" * 5000)
    done = subprocess.run(
        [sys.executable, "-c", f"{FIND}from ci_audit.__main__ import command\ncommand()", "scan", "Dockerfile"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.endswith(" with `--fix --unsafe-fixes`\n")
    assert done.stderr == ""

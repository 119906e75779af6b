"""The `cache` input of setup-python: only where it cannot make the job fail."""

from pathlib import Path

import pytest

from ci_audit.discover import Found
from ci_audit.engine import Settings
from ci_audit.repair import repair
from ci_audit.repository import Repository
from tests.remedies.github.fixing import (
    CHECKOUT,
    CI,
    PROJECT,
    REQUIREMENTS,
    RULES,
    job,
    python,
    repaired,
    repaired_files,
)

INSTALL = "run: pip install -r requirements.txt"


def test_the_input_stands_behind_the_version() -> None:
    found = repaired(job(CHECKOUT, python(check_latest="true"), INSTALL), REQUIREMENTS)
    assert found.text == job(CHECKOUT, python(cache="pip", check_latest="true"), INSTALL)
    assert found.safeties == {"safe"}
    assert found.reasons == set()


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ([CHECKOUT, python("v2")], "too old to have it"),
        ([CHECKOUT, python("v5.3.0")], "it speaks to a cache service that is gone"),
        ([CHECKOUT, python("a26af69be951a213d495a4c3e4e4022e16d87065")], "its version is not known"),
        ([CHECKOUT, python(python_version='"3.4"')], "its pip cannot name its cache"),
        ([CHECKOUT, python(python_version="")], "it is given no version, and ignores the input"),
        ([CHECKOUT, f"if: matrix.x\n{python()}"], "a condition decides whether it runs"),
        ([f"{CHECKOUT}\nwith:\n  ref: other", python()], "other files may be checked out"),
        ([f"{CHECKOUT}\nwith:\n  sparse-checkout: src", python()], "some files may not be there"),
    ],
)
def test_a_step_of_its_own_where_the_input_would_fail(before: list[str], why: str) -> None:
    found = repaired(job(*before, INSTALL), REQUIREMENTS)
    assert "cache: pip" not in found.text, why
    assert "uses: actions/cache@v" in found.text, why


def test_neither_before_the_checkout() -> None:
    assert repaired(job(python(), INSTALL), REQUIREMENTS).text == ""


def test_a_variable_that_makes_pip_refuse() -> None:
    text = job(CHECKOUT, python(), INSTALL, head="env:\n  PIP_NO_CACHE_DIR: ${{ vars.NO_CACHE }}")
    assert "cache: pip" not in repaired(text, REQUIREMENTS).text


@pytest.mark.parametrize(
    ("version", "install", "uses"),
    [
        ("v5", "pip install flask", True),
        ("v5", "pip install --upgrade pip", False),
        ("v6", "pip install --upgrade pip", True),
        ("v5", "tox", False),
        ("v6", "tox", True),
    ],
)
def test_before_v6_something_has_to_fill_the_cache(version: str, install: str, uses: bool) -> None:
    found = repaired(job(CHECKOUT, python(version), f"run: {install}"), {"tox.ini": "[tox]\n"})
    assert ("cache: pip" in found.text) is uses
    assert ("actions/cache@" in found.text) is not uses


def test_an_install_under_a_condition_does_not_count_before_v6() -> None:
    found = repaired(job(CHECKOUT, python("v5"), f"if: github.ref == 'x'\n{INSTALL}"), REQUIREMENTS)
    assert "cache: pip" not in found.text
    assert "if: github.ref == 'x'\n        uses: actions/cache@v4" in found.text


def test_files_are_named_where_the_default_does_not_find_them() -> None:
    files = {"requirements/dev.txt": "-r base.txt\n", "requirements/base.txt": "flask\n", **REQUIREMENTS}
    found = repaired_files({CI: job(CHECKOUT, python(), "run: pip install -r requirements/dev.txt"), **files})
    paths = "          cache-dependency-path: |\n            requirements/dev.txt\n            requirements/base.txt\n"
    assert paths in found.text


def test_a_project_is_found_by_default_unless_there_are_requirements() -> None:
    text = job(CHECKOUT, python(), "run: pip install .")
    assert "cache-dependency-path" not in repaired(text, PROJECT).text
    assert "cache-dependency-path: pyproject.toml" in repaired(text, {**PROJECT, **REQUIREMENTS}).text


def test_files_in_the_folder_of_the_checkout() -> None:
    checkout = f"{CHECKOUT}\nwith:\n  path: src"
    found = repaired(job(checkout, python(), "run: pip install -r src/requirements.txt"), REQUIREMENTS)
    assert "cache-dependency-path: src/requirements.txt" in found.text
    assert found.safeties == {"safe"}


def test_beside_another_repository_it_is_not_safe() -> None:
    other = f"{CHECKOUT}\nwith:\n  repository: a/b"
    own = f"{CHECKOUT}\nwith:\n  path: src"
    found = repaired(job(other, own, python(), "run: pip install ./src"), PROJECT)
    assert "hashFiles('src/pyproject.toml')" in found.text
    assert found.safeties == {"unsafe"}


def test_a_comment_that_speaks_of_the_cache_is_heeded() -> None:
    step = f"{python()}\n  # A cache broke the nightly."
    found = repaired(job(CHECKOUT, step, INSTALL), REQUIREMENTS)
    assert found.safeties == {"unsafe"}
    assert "# A cache broke the nightly." in found.text


def test_an_input_that_was_commented_out_stays_out() -> None:
    step = f"{python()}\n  # cache: pip"
    found = repaired(job(CHECKOUT, step, INSTALL), REQUIREMENTS)
    assert found.texts == {}
    assert found.reasons == {"the `cache` input of setup-python is commented out"}


def test_two_installs_share_one_fix() -> None:
    found = repaired(job(CHECKOUT, python(), INSTALL, "run: pip install flask"), REQUIREMENTS)
    assert found.text.count("cache: pip") == 1


def test_jobs_that_would_freeze_each_others_content_get_keys_of_their_own() -> None:
    text = f"""on: push
jobs:
  lint:
    runs-on: ubuntu-24.04
    steps:
      - {CHECKOUT}
      - uses: actions/setup-python@v6
        with: {{python-version: "3.12"}}
      - run: pip install flake8
  test:
    runs-on: ubuntu-24.04
    steps:
      - {CHECKOUT}
      - uses: actions/setup-python@v6
        with: {{python-version: "3.12"}}
      - run: pip install pytest
"""
    found = repaired(text)
    assert found.text.count("key: pip-${{ runner.os }}-3.12-${{ github.job }}-") == 2


@pytest.mark.parametrize(
    ("before", "setup"),
    [
        ("run: pipx install poetry==1.8.3", "cache: poetry"),
        ("run: pip install poetry-core", ""),
        ("run: echo poetry", ""),
        ("uses: snok/install-poetry@v1", "cache: poetry"),
    ],
)
def test_poetry_has_to_be_there_first(before: str, setup: str) -> None:
    files = {"poetry.lock": "package = []\n", **PROJECT}
    found = repaired_files({CI: job(CHECKOUT, before, python("v6"), "run: poetry install"), **files})
    assert ("cache: poetry" in found.text) is bool(setup)


def test_the_input_serves_one_manager() -> None:
    files = {"poetry.lock": "package = []\n", **PROJECT, **REQUIREMENTS}
    steps = (CHECKOUT, "uses: snok/install-poetry@v1", python("v6"), "run: poetry install", INSTALL)
    found = repaired_files({CI: job(*steps), **files})
    assert found.text.count("cache: poetry") == 1
    assert "path: ~/.cache/pip\n" in found.text


def test_pipenv_in_the_project_is_not_what_setup_python_keeps() -> None:
    files = {"Pipfile": "[packages]\n", "Pipfile.lock": "{}\n"}
    text = job(CHECKOUT, python(), "run: pipenv sync", head='env:\n  PIPENV_VENV_IN_PROJECT: "1"')
    found = repaired_files({CI: text, **files})
    assert "path: ~/.cache/pipenv" in found.text


def test_flow_style_keeps_its_style() -> None:
    step = 'uses: actions/setup-python@v6\nwith: {python-version: "3.12"}'
    found = repaired(job(CHECKOUT, step, INSTALL), REQUIREMENTS)
    assert 'with: {python-version: "3.12", cache: pip}' in found.text


def test_a_file_that_git_ignores_is_not_in_the_checkout(tmp_path: Path) -> None:
    files = {CI: job(CHECKOUT, python(), INSTALL), **REQUIREMENTS, ".gitignore": "requirements.txt\n"}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    repository = Repository(str(tmp_path))
    done = repair(repository, [Found(CI, "github")], Settings(RULES, RULES), lambda path: True)
    assert "cache-dependency-path: .github/workflows/ci.yml" in done.changed[0].new.decode()

"""Who may come upon downloads that lie in the project."""

import pytest

from tests.remedies.gitlab.fixing import gitlab


@pytest.mark.parametrize(
    ("script", "more", "reason"),
    [
        ("pip install demo", "artifacts: {untracked: true}", "`artifacts:untracked` would take the downloads along"),
        ("pip install demo", "artifacts: {paths: ['*']}", "the artifacts `*` would take the downloads along"),
        ("pip install demo", "artifacts: {paths: [.cache]}", "the artifacts `.cache` would take the downloads along"),
        ("pip install demo && git status", "", "`git status` would come upon the downloads"),
        ("pip install demo && git clean -fd", "", "`git clean -fd` would come upon the downloads"),
        ("pip install demo && git add -A", "", "`git add -A` would come upon the downloads"),
        ("pip install demo && docker build .", "", "`docker build .` would take the downloads into the build context"),
        ("pip install demo && docker compose up --build", "", "into the build context"),
        ("pip install build && python -m build", "", "`python -m build` may pack the downloads"),
        ("pip install demo && hatch build", "", "`hatch build` may pack the downloads"),
        ("pip install demo && cp -r . /app", "", "`cp -r . /app` would come upon the downloads"),
        ("uv sync && flake8", "", "`flake8` may read the downloads"),
        ("uv sync && uv run isort --check .", "", "`uv run isort --check .` may read the downloads"),
        ("uv sync && make lint", "", "what `make lint` does with files of the project is not known"),
        ("uv sync && ./test.sh", "", "what `./test.sh` does with files of the project is not known"),
        ("poetry install && poetry run flake8 .", "", "`poetry run flake8 .` may read the downloads"),
    ],
)
def test_it_is_unsafe_where_something_else_reads_the_project(script: str, more: str, reason: str) -> None:
    _, done = gitlab(f"a:\n  {more or 'stage: test'}\n  script:\n    - {script}\n")
    assert done.safeties[0] == "unsafe"
    assert reason in done.reasons[0]


@pytest.mark.parametrize(
    "script",
    [
        "pip install demo && make lint",
        "pip install demo && flake8",
        "pip install demo && git diff --exit-code",
        "pip install demo && docker run --rm demo",
        "pip install demo && grep -r todo src",
        "uv sync && uv run pytest",
        "uv sync && uv run flake8 src",
        "uv sync && uv run mypy src tests",
    ],
)
def test_it_is_safe_where_nothing_does(script: str) -> None:
    _, done = gitlab(f"a:\n  script:\n    - {script}\n")
    assert set(done.safeties) == {"safe"}


def test_a_directory_in_the_project_is_no_new_risk() -> None:
    _, done = gitlab("""
        a:
          variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.pip}
          script: [pip install demo, git status]
    """)
    assert done.safeties == ["safe"]


def test_poetry_with_its_environment_elsewhere_keeps_no_code() -> None:
    _, done = gitlab("""
        a:
          variables: {POETRY_VIRTUALENVS_CREATE: "false"}
          script: [poetry install, flake8 .]
    """)
    assert done.safeties == ["safe"]


@pytest.mark.parametrize(
    ("script", "file", "safety"),
    [
        ("git status", ".gitignore", "safe"),
        ("git clean -fdx", ".gitignore", "unsafe"),
        ("python -m build", ".gitignore", "safe"),
        ("docker build .", ".dockerignore", "safe"),
        ("docker build .", ".gitignore", "unsafe"),
    ],
)
def test_what_is_ignored_is_not_come_upon(script: str, file: str, safety: str) -> None:
    _, done = gitlab(f"a:\n  script: [pip install demo, {script}]\n", {file: "*.pyc\n.cache/\n"})
    assert set(done.safeties) == {safety}


HOOK = "repos:\n- repo: local\n  hooks:\n  - {id: lint, name: lint, language: system, entry: uv run %s%s}\n"


@pytest.mark.parametrize(
    ("linter", "more", "safety"),
    [
        ("flake8", ", pass_filenames: false", "unsafe"),
        ("isort --check .", ", pass_filenames: false", "unsafe"),
        ("flake8", "", "safe"),
        ("mypy src", ", pass_filenames: false", "safe"),
    ],
)
def test_a_hook_that_is_given_no_names_may_read_the_downloads(linter: str, more: str, safety: str) -> None:
    _, done = gitlab(
        "a:\n  script:\n    - uv sync\n    - uv run pre-commit run -a\n",
        {".pre-commit-config.yaml": HOOK % (linter, more)},
    )
    assert done.safeties[0] == safety

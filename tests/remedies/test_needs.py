"""What an install needs: the manager whose cache it fills, the variable that moves it, the files that decide it."""

import pytest

from ci_audit import providers
from ci_audit.model import Install
from ci_audit.readers import MemoryReader
from ci_audit.remedies import needs
from ci_audit.repository import Repository

CI = ".github/workflows/ci.yml"


def installs(command: str, **files: str) -> tuple[list[Install], Repository]:
    text = f"on: push\njobs:\n  t:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: {command}\n"
    repository = Repository("", MemoryReader({CI: text, **files}))
    source = repository.source(CI)
    assert source is not None
    (job,) = providers.parse("github", source, repository).jobs
    return [install for step in job.steps for install in step.installs], repository


@pytest.mark.parametrize(
    ("command", "files", "manager"),
    [
        ("pip install a", {}, "pip"),
        ("pipx install a", {}, "pip"),
        ("pipx install --backend uv a", {}, "uv"),
        ("tox", {"tox.ini": "[tox]\n"}, "pip"),
        ("tox", {"tox.ini": "[tox]\nrequires = tox-uv\n"}, "uv"),
        ("uv sync", {"pyproject.toml": "[project]\n"}, "uv"),
        ("UV_CACHE_DIR=/c tox", {"tox.ini": "[tox]\nrequires = tox-uv\n"}, "uv"),
        ("pdm install", {"pyproject.toml": "[project]\n"}, "pdm"),
        ("PDM_USE_UV=1 pdm install", {"pyproject.toml": "[project]\n"}, "uv"),
        ("poetry install", {}, "poetry"),
        ("conda install a", {}, "conda"),
    ],
)
def test_served_by(command: str, files: dict[str, str], manager: str) -> None:
    found, _ = installs(command, **files)
    assert needs.served_by(found[0]) == manager


@pytest.mark.parametrize(
    ("manager", "variable"),
    [
        ("pip", "PIP_CACHE_DIR"),
        ("uv", "UV_CACHE_DIR"),
        ("poetry", "POETRY_CACHE_DIR"),
        ("pdm", "PDM_CACHE_DIR"),
        ("pipenv", "PIPENV_CACHE_DIR"),
        ("pre-commit", "PRE_COMMIT_HOME"),
        ("prek", "PREK_HOME"),
        ("mamba", "CONDA_PKGS_DIRS"),
        ("go", "GOMODCACHE"),
        ("tox", ""),
        ("nobody", ""),
    ],
)
def test_variable(manager: str, variable: str) -> None:
    assert needs.variable(manager) == variable


@pytest.mark.parametrize(
    ("command", "files", "wanted"),
    [
        ("pip install a", {"requirements.txt": "a\n"}, []),
        ("pip install -r r.txt", {"r.txt": "-r s.txt\n-c c.txt\n", "s.txt": "a\n", "c.txt": "a==1\n"}, ["r", "c", "s"]),
        ("pip install -r gone.txt", {}, []),
        (
            "pip install .",
            {"pyproject.toml": "", "setup.py": "open('requirements.txt')"},
            ["pyproject.toml", "setup.py"],
        ),
        ("uv sync", {"pyproject.toml": "[project]\n", "uv.lock": ""}, ["uv.lock"]),
        ("uv sync", {"pyproject.toml": "[project]\n"}, ["pyproject.toml"]),
        ("tox", {"tox.ini": "deps = -r test-requirements.txt", "test-requirements.txt": "", "setup.py": ""}, None),
    ],
)
def test_key_files(command: str, files: dict[str, str], wanted: list[str] | None) -> None:
    found, repository = installs(command, **files)
    names = needs.key_files(found[0], repository)
    if wanted is None:
        assert set(names) == set(files)
    else:
        assert {name.removesuffix(".txt") for name in names} == set(wanted)

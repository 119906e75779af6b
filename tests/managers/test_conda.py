"""conda, mamba and micromamba: channels, and PyPI for the `pip:` list of an environment file."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup, Install

ENVIRONMENT = """name: a
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - pip:
      # of PyPI
      - requests==2.32.3
      - "flask>=3"  # a web server
      - -r more.txt
      - ./local
  - numpy
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("conda install -y numpy", {"network": True, "ecosystem": "conda", "index": "conda's channels"}),
        ("conda install numpy -c conda-forge", {"index": "conda-forge"}),
        ("mamba create -n x python=3.11.4", {"verb": "create", "pins": {"python": True}}),
        ("micromamba install -y -f env.yml", {"files": [("env.yml", "requirements")]}),
        ("conda env create", {"verb": "env create", "files": [("environment.yml", "requirements")]}),
        ("conda env update -n base --file ci/env.yml", {"files": [("ci/env.yml", "requirements")]}),
        ("conda create --name x --file conda-linux-64.lock", {"files": [("conda-linux-64.lock", "lock")]}),
        ("conda create -p /env python", {"environments": ["/env"]}),
        ("conda install --offline x", {"network": False}),
        ("conda install", {"network": False}),
        ("conda update --all", {"network": True}),
        ("conda create --dry-run -n x python", {"network": None}),
        ("conda create -n y --clone x", {"network": False}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected)


@pytest.mark.parametrize(
    ("word", "pinned"),
    [
        ("numpy", False),
        ("numpy=1.26", False),
        ("numpy=1.26.4", True),
        ("numpy==1.26", True),
        ("numpy=1.26=py311_0", True),
        ("'numpy>=1'", False),
        ("'numpy=1.26.*'", False),
        ("conda-forge::numpy=1.26.4", True),
        ("numpy=$V", None),
    ],
)
def test_pins(looks, word, pinned):
    looks(f"conda install {word}", {"pins": {"numpy": pinned}})


@pytest.mark.parametrize(
    ("line", "env", "to"),
    [
        ("conda install x", {}, f"{UNKNOWN}/pkgs"),
        ("conda install x", {"CONDA_PKGS_DIRS": "~/conda_pkgs_dir"}, "/home/runner/conda_pkgs_dir"),
        ("conda install x", {"CONDA_PKGS_DIRS": "/a,/b"}, "/a"),
        ("conda install x", {"CONDA": "/usr/share/miniconda"}, "/usr/share/miniconda/pkgs"),
        ("micromamba install x", {"MAMBA_ROOT_PREFIX": "/m"}, "/m/pkgs"),
        ("/opt/conda/bin/conda install x", {}, "/opt/conda/pkgs"),
    ],
)
def test_directory(keeps, line, env, to):
    assert keeps(line, env=env) == [to]


def test_the_pip_list_is_an_install_of_its_own(reads):
    first, second = reads("conda env create -f environment.yml", files={"environment.yml": ENVIRONMENT})
    assert isinstance(first, Install)
    assert isinstance(second, Install)
    assert (first.manager, second.manager) == ("conda", "pip")
    assert [directory.path for directory in second.downloads] == ["/home/runner/.cache/pip"]
    assert [(one.name, one.pinned, one.where.text) for one in second.packages] == [
        ("requests", True, "requests==2.32.3"),
        ("flask", False, "flask>=3"),
    ]
    assert {one.from_file for one in second.packages} == {"environment.yml"}


def test_no_pip_list_no_pip(reads):
    assert len(reads("conda env create", files={"environment.yml": "dependencies:\n  - pip\n  - numpy\n"})) == 1


@pytest.mark.parametrize(
    ("line", "cleans"),
    [
        ("conda clean -afy", True),
        ("conda clean --all", True),
        ("conda clean -ya", True),
        ("conda clean --packages -y", True),
        ("conda clean -t", True),
        ("conda clean --index-cache", False),
        ("micromamba clean --all --yes", True),
        ("conda clean --all --dry-run", False),
    ],
)
def test_cleanup(reads, line, cleans):
    assert [isinstance(one, Cleanup) and one.managers == ("conda",) for one in reads(line)] == [True] * cleans


def test_conda_lock(looks, reads):
    looks(
        "conda-lock install -n x locks/conda-lock.yml",
        {"manager": "conda", "network": True, "locked": True, "files": [("locks/conda-lock.yml", "lock")]},
    )
    looks(
        "conda-lock install --prefix .env", {"environments": ["$WORKSPACE/.env"], "files": [("conda-lock.yml", "lock")]}
    )
    looks("conda-lock install --micromamba", {"to": ["/m/pkgs"]}, env={"MAMBA_ROOT_PREFIX": "/m"})
    looks("conda-lock install --help", {"network": False})
    assert reads("conda-lock -f environment.yml -p linux-64") == []
    assert reads("conda-lock lock --lockfile x.yml") == []

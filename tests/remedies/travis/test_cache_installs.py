"""What Travis is told to keep."""

import pytest

from tests.remedies.gitlab.fixing import fix, plain, travis

HOOKS = {".pre-commit-config.yaml": "repos:\n- repo: https://git.example/hooks\n  rev: v1\n  hooks: [{id: tidy}]\n"}


@pytest.mark.parametrize(
    ("head", "install", "after"),
    [
        ("language: python\n", "pip install demo", "language: python\ncache: pip\n"),
        ("language: python\npython: '3.12'\n", "pip install demo", "language: python\npython: '3.12'\ncache: pip\n"),
        (
            "language: python\n",
            "uv sync",
            "language: python\ncache:\n  directories:\n    - $HOME/.cache/uv\n",
        ),
        (
            "language: python\n",
            "poetry install",
            "language: python\ncache:\n  directories:\n"
            "    - $HOME/.cache/pypoetry/cache\n    - $HOME/.cache/pypoetry/artifacts\n",
        ),
        (
            "language: shell\n",
            "pip install demo",
            "language: shell\ncache:\n  directories:\n    - $HOME/.cache/pip\n",
        ),
        (
            "language: shell\nos: osx\n",
            "pip install demo",
            "language: shell\ncache:\n  directories:\n    - $HOME/Library/Caches/pip\nos: osx\n",
        ),
        (
            "language: shell\nos: windows\n",
            "pip install demo",
            "language: shell\ncache:\n  directories:\n    - $HOME/AppData/Local/pip/Cache\nos: windows\n",
        ),
        ("language: python\ncache: bundler\n", "pip install demo", "language: python\ncache:\n  - bundler\n  - pip\n"),
        (
            "language: python\ncache: bundler\n",
            "uv sync",
            "language: python\ncache:\n  bundler: true\n  directories:\n    - $HOME/.cache/uv\n",
        ),
        (
            "language: python\ncache:\n  - bundler\n",
            "pip install demo",
            "language: python\ncache:\n  - bundler\n  - pip\n",
        ),
        (
            "language: python\ncache:\n  - bundler\n  - directories:\n      - vendor\n",
            "uv sync",
            "language: python\ncache:\n  - bundler\n  - directories:\n      - vendor\n      - $HOME/.cache/uv\n",
        ),
        (
            "language: python\ncache:\n  - bundler\n",
            "uv sync",
            "language: python\ncache:\n  - bundler\n  - directories:\n      - $HOME/.cache/uv\n",
        ),
        (
            "language: python\ncache:\n  directories:\n    - vendor\n",
            "pip install demo",
            "language: python\ncache:\n  directories:\n    - vendor\n  pip: true\n",
        ),
        (
            "language: python\ncache:\n  directories: vendor\n",
            "uv sync",
            "language: python\ncache:\n  directories:\n    - vendor\n    - $HOME/.cache/uv\n",
        ),
        (
            "language: python\ncache:\n  bundler: true\n",
            "uv sync",
            "language: python\ncache:\n  bundler: true\n  directories:\n    - $HOME/.cache/uv\n",
        ),
    ],
)
def test_the_cache_is_joined_with_what_is_there(head: str, install: str, after: str) -> None:
    text, done = travis(f"{head}install: {install}\nscript: pytest\n")
    assert text == f"{after}install: {install}\nscript: pytest\n"
    assert done.safeties == ["safe"]


def test_the_install_that_is_not_written_gets_its_cache() -> None:
    text, _ = travis("language: python\nscript: pytest\n", {"requirements.txt": "demo==1.0\n"})
    assert text == "language: python\ncache: pip\nscript: pytest\n"


def test_systems_with_directories_of_their_own_share_a_cache() -> None:
    text, _ = travis("language: python\nos: [linux, osx]\ninstall: pip install demo\n")
    assert "cache:\n  pip: true\n  directories:\n    - $HOME/Library/Caches/pip\n" in text


def test_all_that_a_build_downloads_goes_into_one_cache() -> None:
    text, done = travis("language: python\ninstall: pip install demo\nscript: pre-commit run -a\n", HOOKS)
    assert "cache:\n  pip: true\n  directories:\n    - $HOME/.cache/pre-commit\n" in text
    assert done.safeties == ["safe", "safe"]


@pytest.mark.parametrize(
    ("cache", "reason"),
    [
        ("false", "`cache: false` switches caches off here"),
        ("{pip: false}", "`pip: false` switches pip's cache off here"),
        ("[{pip: false}]", "`pip: false` switches pip's cache off here"),
    ],
)
def test_what_is_switched_off_stays_off(cache: str, reason: str) -> None:
    _, done = travis(f"language: python\ncache: {cache}\ninstall: pip install demo\n")
    assert done.reasons == [reason]


def test_a_job_with_a_language_of_its_own_gets_a_cache_of_its_own() -> None:
    text, _ = travis("""
        language: python
        jobs:
          include:
            - name: linux
              python: "3.12"
            - name: macos
              os: osx
              language: shell
              script: pytest
        install: pip3 install demo
    """)
    assert "language: python\ncache: pip\n" in text
    assert text.count("$HOME/Library/Caches/pip") == 1
    assert text.index("language: shell") < text.index("$HOME/Library")


def test_the_cache_of_an_entry_is_extended_there() -> None:
    text, _ = travis("""
        language: python
        cache: bundler
        jobs:
          include:
            - name: a
              cache:
                directories:
                  - vendor
              install: pip install demo
            - name: b
              install: "true"
    """)
    assert "          - vendor\n        pip: true\n      install: pip install demo\n" in text
    assert "cache: bundler\n" in text


def test_a_job_that_publishes_keeps_the_cache_out_of_the_top() -> None:
    text, done = travis("""
        language: python
        jobs:
          include:
            - name: test
              install: pip install demo
              script: pytest
            - name: release
              install: pip install twine
              script: twine upload dist/*
    """)
    assert text.index("name: test") < text.index("cache: pip") < text.index("name: release")
    assert done.safeties == ["safe"]


def test_where_only_the_top_is_left_a_job_that_publishes_is_named() -> None:
    text, done = travis("""
        language: python
        python: ["3.11", "3.12"]
        install: pip install demo
        script: pytest
        jobs:
          include:
            - name: release
              script: twine upload dist/*
    """)
    assert "cache" not in text
    assert done.reasons == ["the cache would be a risk in `release`, which shares it: `twine upload` publishes"]


def test_a_directory_that_holds_nothing_gives_its_place() -> None:
    text, done = travis("""
        language: python
        cache:
          directories:
            - "$HOME/.cache/pip" # wheels
        env: PIP_CACHE_DIR=/tmp/pip
        install: pip install demo
    """)
    assert '    - "/tmp/pip" # wheels\n' in text
    assert done.answers == [("CIA104", "safe", "")]


def test_a_directory_that_another_system_needs_stays() -> None:
    text, _ = travis("""
        language: shell
        os: [linux, osx]
        cache:
          directories:
            - $HOME/.cache/pip
        install: pip install demo
    """)
    assert "    - $HOME/.cache/pip\n    - $HOME/Library/Caches/pip\n" in text


def test_pips_cache_by_name_is_joined_by_its_directory_in_another_language() -> None:
    text, done = travis("language: generic\ncache: pip\ninstall: pip install demo\n")
    assert text == plain("""
        language: generic
        cache:
          pip: true
          directories:
            - $HOME/.cache/pip
        install: pip install demo
    """)
    assert done.answers == [("CIA107", "unsafe", "")]


def test_a_switch_goes_with_the_cache_that_it_would_defeat() -> None:
    text, done = travis("""
        language: python
        env:
          global:
            - PIP_NO_CACHE_DIR=1
            - LEVEL=2
        install: pip install --no-cache-dir demo
    """)
    assert "NO_CACHE" not in text
    assert "install: pip install demo\n" in text
    assert "- LEVEL=2" in text
    assert done.answers == [("CIA101", "unsafe", "the cache was switched off by hand")]


def test_the_folder_of_a_conda_that_is_installed_first_is_never_made_before() -> None:
    text, done = travis("""
        language: generic
        env: CONDA_PKGS_DIRS=$HOME/miniconda/pkgs
        install:
          - conda install -y demo
    """)
    assert "cache" not in text
    assert "set CONDA_PKGS_DIRS to another first" in done.reasons[0]


def test_line_ends_of_the_file_are_kept() -> None:
    done = fix({".travis.yml": "language: python\r\ninstall: pip install demo\r\n"})
    assert done.texts[".travis.yml"] == "language: python\r\ncache: pip\r\ninstall: pip install demo\r\n"

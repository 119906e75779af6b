"""Switches taken out of the variables and phases of a build."""

import pytest

from tests.remedies.gitlab.fixing import plain, travis


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("env: PIP_NO_CACHE_DIR=off\n", ""),
        ("env: A=1 PIP_NO_CACHE_DIR=off\n", "env: A=1\n"),
        ("env: PIP_NO_CACHE_DIR=off A=1\n", "env: A=1\n"),
        ("env:\n  - PIP_NO_CACHE_DIR=1\n", ""),
        ("env:\n  - A=1 PIP_NO_CACHE_DIR=1\n  - A=2\n", "env:\n  - A=1\n  - A=2\n"),
        ("env:\n  global:\n    - A=1\n    - PIP_NO_CACHE_DIR=1\n", "env:\n  global:\n    - A=1\n"),
        ("env:\n  global:\n    - PIP_NO_CACHE_DIR=1\n", ""),
        ("env:\n  PIP_NO_CACHE_DIR: 1\n  A: 1\n", "env:\n  A: 1\n"),
        ("env:\n  global:\n    PIP_NO_CACHE_DIR: 1\n", ""),
        ("before_install: export PIP_NO_CACHE_DIR=1\n", ""),
    ],
)
def test_a_variable_goes_and_nothing_else(before: str, after: str) -> None:
    text, done = travis(f"language: python\ncache: pip\n{before}install: pip install demo\nscript: pytest\n")
    if before.startswith("before_install"):
        assert done.reasons == ["nothing would be left of the phase"]
        return
    assert text == f"language: python\ncache: pip\n{after}install: pip install demo\nscript: pytest\n"
    assert done.safeties == ["unsafe"]


def test_a_job_of_the_matrix_never_goes() -> None:
    text, done = travis(
        "language: python\ncache: pip\nenv:\n  - A=1\n  - PIP_NO_CACHE_DIR=1\ninstall: pip install demo\n"
    )
    assert "PIP_NO_CACHE_DIR=1" in text
    assert done.reasons == ["the build has a job of its own for it"]


def test_what_empties_the_cache_goes() -> None:
    text, _ = travis("""
        language: python
        cache: pip
        install:
          - pip install demo
          - pip cache purge
        script: pytest
    """)
    assert text == plain("""
        language: python
        cache: pip
        install:
          - pip install demo
        script: pytest
    """)


def test_a_home_of_another_user_is_no_switch_to_take_out() -> None:
    text, done = travis("language: python\ncache: pip\ninstall: sudo pip install demo\n")
    assert "sudo pip install demo" in text
    assert "`sudo -H`, or no `sudo`, would help" in done.reasons[0]

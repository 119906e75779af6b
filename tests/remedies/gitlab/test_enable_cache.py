"""Switches taken out of scripts and variables."""

import pytest

from tests.remedies.gitlab.fixing import Fixed, gitlab, plain

HEAD = """
test:
  variables:
    PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
    UV_CACHE_DIR: $CI_PROJECT_DIR/.cache/uv
  cache:
    paths: [.cache]
  script:
"""


def script(lines: str) -> tuple[str, Fixed]:
    head = plain(HEAD)
    text, done = gitlab(head + lines)
    assert text.startswith(head)
    return text.removeprefix(head), done


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pip install --no-cache-dir demo", "pip install demo"),
        ("pip install demo --no-cache-dir", "pip install demo"),
        ("pip --no-cache-dir install demo", "pip install demo"),
        ('"pip install --no-cache-dir demo"', '"pip install demo"'),
        ("uv sync --no-cache", "uv sync"),
        ("uv sync -n", "uv sync"),
        ("PIP_NO_CACHE_DIR=1 pip install demo", "pip install demo"),
        ("A=1 PIP_NO_CACHE_DIR=off pip install demo", "A=1 pip install demo"),
        ("export A=1 PIP_NO_CACHE_DIR=1 && pip install demo", "export A=1 && pip install demo"),
        ("pip install demo && rm -rf .cache/pip", "pip install demo"),
        ("pip install demo; pip cache purge", "pip install demo"),
    ],
)
def test_a_part_of_a_line_goes(before: str, after: str) -> None:
    text, done = script(f"    - date\n    - {before}\n")
    assert text == f"    - date\n    - {after}\n"
    assert done.safeties == ["unsafe"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    - export PIP_NO_CACHE_DIR=1\n    - pip install demo\n", "    - pip install demo\n"),
        ("    - pip install demo\n    - pip cache purge\n", "    - pip install demo\n"),
        ("    - |\n      export PIP_NO_CACHE_DIR=1\n      pip install demo\n", "    - |\n      pip install demo\n"),
        ("    - |\n      export PIP_NO_CACHE_DIR=1\n    - pip install demo\n", "    - pip install demo\n"),
        (
            "    - |\n      pip install \\\n        --no-cache-dir \\\n        demo\n      date\n",
            "    - |\n      pip install \\\n        demo\n      date\n",
        ),
        ("    - pip install demo\n  after_script:\n    - rm -rf .cache\n", "    - pip install demo\n"),
        (
            "    - pip install demo\n  after_script:\n    - date\n    - rm -rf .cache\n",
            "    - pip install demo\n  after_script:\n    - date\n",
        ),
    ],
)
def test_a_whole_line_goes(before: str, after: str) -> None:
    text, done = script(before)
    assert text == after
    assert set(done.safeties) == {"unsafe"}


@pytest.mark.parametrize(
    "line",
    [
        "export PIP_NO_CACHE_DIR=1 && pip install demo",
        "export PIP_NO_CACHE_DIR=1 ; pip install demo",
        "pip install demo && pip cache purge && date",
    ],
)
def test_what_is_a_part_of_a_longer_command_stays(line: str) -> None:
    text, done = script(f"    - {line}\n")
    assert text == f"    - {line}\n"
    assert done.reasons == ["it is part of a longer command"]


def test_a_variable_goes_and_the_others_stay() -> None:
    text, _ = gitlab("""
        variables:
          PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
          PIP_NO_CACHE_DIR:
            value: "1"
            description: why
        test:
          cache: {paths: [.cache/pip]}
          script:
            - pip install demo
    """)
    assert "NO_CACHE" not in text
    assert "value" not in text
    assert "PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip\n" in text


def test_with_its_last_variable_the_table_goes_but_never_the_job() -> None:
    text, _ = gitlab("""
        variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.pip}
        .base:
          cache: {paths: [.pip]}
          script: [pip install demo]
        loud:
          extends: .base
          variables:
            PIP_NO_CACHE_DIR: "1"
    """)
    assert text.endswith("loud:\n  extends: .base\n")


def test_a_flag_and_a_variable_go_together() -> None:
    text, done = gitlab("""
        variables:
          PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
        test:
          variables:
            PIP_NO_CACHE_DIR: "1"
          cache: {paths: [.cache/pip]}
          script:
            - pip install --no-cache-dir demo
    """)
    assert "no-cache" not in text.lower().replace("_", "-")
    assert done.safeties == ["unsafe"]


def test_a_job_is_nothing_without_its_script() -> None:
    text, done = gitlab("""
        test:
          variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip}
          cache: {paths: [.cache/pip]}
          before_script: [pip install demo]
          script: [pip cache purge]
    """)
    assert "pip cache purge" in text
    assert done.reasons == ["nothing would be left of the script"]


def test_a_hidden_job_that_only_empties_the_cache_stays_a_job() -> None:
    text, done = gitlab("""
        .tidy:
          after_script: [rm -rf .cache/pip]
        test:
          extends: .tidy
          variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip}
          cache: {paths: [.cache/pip]}
          script: [pip install demo]
    """)
    assert text.startswith(".tidy:\n")
    assert done.answers[0][0] == "CIA103"

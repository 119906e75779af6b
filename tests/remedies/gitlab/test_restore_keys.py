"""Keys that change on every run."""

import pytest

from tests.remedies.gitlab.fixing import gitlab, plain


@pytest.mark.parametrize(
    ("key", "after"),
    [
        ("$CI_PIPELINE_ID", "pip-python-3.12"),
        ('"$CI_COMMIT_SHA-pip"', '"pip-python-3.12"'),
        ("{files: [requirements.txt], prefix: $CI_JOB_ID}", "{files: [requirements.txt], prefix: pip-python-3.12}"),
    ],
)
def test_the_key_becomes_a_fixed_one(key: str, after: str) -> None:
    text = """
        test:
          image: python:3.12
          variables:
            PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
          cache:
            key: {}
            paths: [.cache/pip]
          script:
            - pip install demo
    """
    found, done = gitlab(plain(text).replace("{}", key))
    assert found == plain(text).replace("{}", after)
    assert done.answers == [("CIA106", "safe", "")]


@pytest.mark.parametrize("path", ["build", ".venv", "node_modules", ".tox"])
def test_what_may_be_handed_from_job_to_job_is_unsafe(path: str) -> None:
    _, done = gitlab(f"""
        test:
          variables:
            PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
          cache:
            key: $CI_PIPELINE_ID
            paths: [.cache/pip, {path}]
          script:
            - pip install demo
    """)
    assert done.answers == [
        ("CIA106", "unsafe", f"`{path}`, which it keeps as well, may be meant for one pipeline only")
    ]


def test_a_default_cache_of_jobs_with_different_images_is_kept_apart() -> None:
    text, _ = gitlab("""
        cache:
          key: $CI_COMMIT_SHA
          paths: [.cache/pip]
        variables:
          PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
        a:
          image: python:3.11
          script: [pip install demo]
        b:
          image: python:3.12
          script: [pip install demo]
    """)
    assert "key: pip-$CI_JOB_NAME_SLUG\n" in text

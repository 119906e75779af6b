"""The names of new caches."""

import pytest

from tests.remedies.gitlab.fixing import gitlab


@pytest.mark.parametrize(
    ("image", "key"),
    [
        ("image: python:3.12.5", "pip-python-3.12.5"),
        ("image: registry.example:5000/group/ci-base:2024_1", "pip-ci-base-2024_1"),
        ("image: {name: 'python:3.12', entrypoint: ['']}", "pip-python-3.12"),
        ("image: python", "pip-python"),
        ("image: python@sha256:" + "a" * 64, "pip-python"),
        ("image: ghcr.example/pip-tools:7", "pip-tools-7"),
        ("image: python:$VERSION", "pip-python-$VERSION"),
        ("image: $IMAGE", "pip-$CI_JOB_NAME_SLUG"),
        ("tags: [saas-windows-medium-amd64]", "pip-windows"),
        ("stage: test", "pip"),
    ],
)
def test_a_key_names_the_manager_and_the_image(image: str, key: str) -> None:
    text, _ = gitlab(f"a:\n  {image}\n  script:\n    - pip install demo\n")
    assert f"    key: {key}\n" in text
    assert "/" not in key


def test_jobs_with_different_images_at_one_place_keep_apart() -> None:
    text, _ = gitlab("""
        .base:
          script:
            - pip install demo
        a: {extends: .base, image: "python:3.11"}
        b: {extends: .base, image: "python:3.12"}
    """)
    assert text.count("key: pip-$CI_JOB_NAME_SLUG\n") == 1


def test_an_image_that_an_input_decides_is_not_named() -> None:
    text, _ = gitlab("""
        spec:
          inputs:
            version: {default: "3.12"}
        ---
        a:
          image: python:$[[ inputs.version ]]
          script:
            - pip install demo
    """)
    assert "key: pip-$CI_JOB_NAME_SLUG\n" in text


def test_a_key_that_is_taken_by_other_paths_is_not_used() -> None:
    text, _ = gitlab("""
        a:
          script:
            - pip install demo
        b:
          cache:
            key: pip
            paths: [vendor]
          script: [date]
    """)
    assert "key: pip-$CI_JOB_NAME_SLUG\n" in text


def test_one_key_never_holds_different_paths() -> None:
    text, _ = gitlab("""
        a:
          script:
            - pip install demo
        b:
          variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.pip}
          script:
            - pip install demo
    """)
    assert "key: pip\n    paths:\n      - .cache/pip\n" in text
    assert "key: pip-$CI_JOB_NAME_SLUG\n    paths:\n      - .pip\n" in text

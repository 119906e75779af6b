"""Downloads moved into the project and kept there."""

import pytest

from tests.remedies.gitlab.fixing import fix, gitlab, plain

VARIABLE = "PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip"


def test_a_job_gets_variables_and_a_cache_before_its_script() -> None:
    text, done = gitlab("""
        test:
          image: python:3.12.5
          script:
            - pip install demo
    """)
    assert text == plain("""
        test:
          image: python:3.12.5
          variables:
            PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
          cache:
            key: pip-python-3.12.5
            paths:
              - .cache/pip
          script:
            - pip install demo
    """)
    assert done.safeties == ["safe"]


def test_what_all_jobs_extend_is_changed_once() -> None:
    text, done = gitlab("""
        .base:
          script:
            - pip install demo
        a: {extends: .base}
        b: {extends: .base, variables: {LEVEL: "1"}}
    """)
    assert text.count(VARIABLE) == 1
    assert text.index(VARIABLE) < text.index("\na:")
    assert done.safeties == ["safe"]


def test_what_another_job_takes_over_without_need_is_changed_at_the_job() -> None:
    text, _ = gitlab("""
        .base:
          before_script:
            - pip install demo
        a:
          extends: .base
          script: [pytest]
        b:
          extends: .base
          before_script: [date]
          script: [pytest]
    """)
    assert text.index(VARIABLE) > text.index("\na:")
    assert text.index(VARIABLE) < text.index("\nb:")


def test_a_job_that_extends_and_publishes_gets_nothing() -> None:
    text, done = gitlab("""
        .base:
          before_script:
            - pip install demo
        a:
          extends: .base
          script: [pytest]
        release:
          extends: .base
          script: [twine upload dist/*]
    """)
    assert text.count(VARIABLE) == 1
    assert text.index("\na:") < text.index(VARIABLE) < text.index("\nrelease:")
    assert done.safeties == ["safe"]


def test_the_jobs_that_refer_to_a_script_each_get_their_own() -> None:
    text, _ = gitlab("""
        .parts:
          install:
            - pip install demo
        a:
          image: python:3.11
          script:
            - !reference [.parts, install]
        b:
          image: python:3.12
          script:
            - !reference [.parts, install]
    """)
    assert text.count(VARIABLE) == 2
    assert "key: pip-python-3.11" in text
    assert "key: pip-python-3.12" in text


def test_variables_that_take_the_place_of_merged_ones_are_set_as_well() -> None:
    text, _ = gitlab("""
        .base: &base
          variables:
            LEVEL: "1"
          script:
            - pip install demo
        a:
          <<: *base
        b:
          <<: *base
          variables:
            LEVEL: "2"
    """)
    assert text.count(VARIABLE) == 2
    assert text.count("cache:\n") == 1


def test_variables_that_nobody_would_see_are_not_written() -> None:
    text, _ = gitlab("""
        .base: &base
          script:
            - pip install demo
        a:
          <<: *base
          variables:
            LEVEL: "2"
    """)
    assert text.count(VARIABLE) == 1
    assert text.index("\na:") < text.index(VARIABLE)


def test_a_job_that_takes_over_nothing_yet_would_take_over_the_cache() -> None:
    text, _ = gitlab("""
        variables:
          PIP_CACHE_DIR: $CI_PROJECT_DIR/.pip
        .base: &base
          script:
            - pip install demo
        a:
          <<: *base
        b:
          <<: *base
          script: [date]
    """)
    assert text.index("\na:") < text.index("cache:") < text.index("\nb:")


def test_merged_variables_are_not_lost_to_new_ones() -> None:
    text, done = gitlab("""
        .base: &base
          variables:
            LEVEL: "1"
        a:
          <<: *base
          script:
            - pip install demo
        b:
          <<: *base
          script: [date]
    """)
    assert VARIABLE not in text
    assert done.reasons == ["`a`: `a` takes its variables over as a whole, so that one more cannot be set beside them"]


def test_variables_under_an_anchor_that_another_job_uses_stay() -> None:
    text, done = gitlab("""
        .variables: &variables
          LEVEL: "1"
        a:
          variables: *variables
          script:
            - pip install demo
        b:
          variables: *variables
          script: [date]
    """)
    assert VARIABLE not in text
    assert done.reasons == ["`a`: `b` shares what would have to be changed"]


def test_an_alias_of_a_whole_job_is_changed_once() -> None:
    text, _ = gitlab("""
        a: &a
          script:
            - pip install demo
        b: *a
    """)
    assert text.count(VARIABLE) == 1


@pytest.mark.parametrize(
    ("top", "before"),
    [
        ("default:\n  image: python:3.12\n  before_script:\n", "  before_script:"),
        ("before_script:\n", "before_script:"),
    ],
    ids=["default", "top"],
)
def test_a_default_script_gets_a_default_cache(top: str, before: str) -> None:
    text, _ = gitlab(top + "    - pip install demo\na:\n  script: [pytest]\nb:\n  script: [ls]\n")
    assert text.count(VARIABLE) == 1
    assert text.index("\na:") > text.index(f"variables:\n  {VARIABLE}")
    assert text.index("cache:\n") < text.index(before)


def test_a_default_script_that_some_job_replaces_is_served_at_the_others() -> None:
    text, _ = gitlab("""
        before_script:
          - pip install demo
        a:
          script: [pytest]
        pages:
          before_script: []
          script: [mkdir public]
    """)
    assert text.index("\na:") < text.index(VARIABLE) < text.index("\npages:")


def test_variables_at_the_top_are_not_handed_on_to_a_child_pipeline() -> None:
    text, _ = gitlab("""
        before_script:
          - pip install demo
        a:
          script: [pytest]
        other:
          trigger: group/other
    """)
    assert text.index("\na:") < text.index(VARIABLE)


def test_the_jobs_of_a_child_pipeline_are_served_where_they_stand() -> None:
    done = fix(
        {
            ".gitlab-ci.yml": "a:\n  trigger:\n    include: ci/child.gitlab-ci.yml\n",
            "ci/child.gitlab-ci.yml": "a:\n  script:\n    - pip install demo\n",
        }
    )
    assert VARIABLE in done.texts["ci/child.gitlab-ci.yml"]
    assert VARIABLE not in done.texts[".gitlab-ci.yml"]


def test_an_included_hidden_job_is_changed_in_its_file() -> None:
    done = fix(
        {
            ".gitlab-ci.yml": "include: ci/base.gitlab-ci.yml\na:\n  extends: .base\n  image: python:3.12\n",
            "ci/base.gitlab-ci.yml": ".base:\n  script:\n    - pip install demo\n",
        }
    )
    assert VARIABLE in done.texts["ci/base.gitlab-ci.yml"]
    assert "key: pip-python-3.12\n" in done.texts["ci/base.gitlab-ci.yml"]


def test_a_job_that_does_not_inherit_the_default_cache_gets_its_own() -> None:
    text, _ = gitlab("""
        default:
          cache:
            key: site
            paths: [vendor]
        a:
          inherit: {default: false}
          script:
            - pip install demo
    """)
    assert "paths: [vendor]" in text
    assert "key: pip\n" in text


def test_a_cache_that_is_there_is_extended() -> None:
    text, _ = gitlab("""
        a:
          cache:
            key: site
            paths:
              - vendor/
          script:
            - pip install demo
    """)
    assert "    paths:\n      - vendor/\n      - .cache/pip\n" in text
    assert "key: pip" not in text


def test_a_default_cache_is_extended_where_it_stands() -> None:
    text, done = gitlab("""
        default:
          cache:
            paths: [vendor]
        a:
          script:
            - pip install demo
        b:
          script: [date]
    """)
    assert "paths: [vendor, .cache/pip]" in text
    assert text.index("\na:") < text.index(VARIABLE) < text.index("\nb:")
    assert done.safeties == ["safe"]


def test_a_list_of_caches_gets_one_more_up_to_four() -> None:
    three = "".join(f"    - key: k{number}\n      paths: [p{number}]\n" for number in range(3))
    text, _ = gitlab(f"a:\n  cache:\n{three}  script:\n    - pip install demo\n")
    assert "    - key: pip\n      paths:\n        - .cache/pip\n" in text
    four = three + "    - key: k3\n      paths: [p3]\n"
    text, _ = gitlab(f"a:\n  cache:\n{four}  script:\n    - pip install demo\n")
    assert "paths: [p3, .cache/pip]" in text


def test_a_path_above_needs_no_other() -> None:
    text, _ = gitlab("""
        a:
          cache:
            paths: [.cache/]
          script:
            - pip install demo
    """)
    assert VARIABLE in text
    assert "paths: [.cache/]\n" in text


@pytest.mark.parametrize(
    ("cache", "reason"),
    [
        ("[]", "`a`: `cache: []` says that nothing is kept here"),
        ("{}", "`a`: `cache: {}` says that nothing is kept here"),
        ("{paths: [x], policy: pull}", "`a`: the cache that is there has the policy `pull`"),
        ("{paths: [x], when: on_failure}", "`a`: the cache that is there is saved only when the job fails"),
        (
            "{paths: [x], key: $CI_PIPELINE_ID}",
            "`a`: the key of the cache that is there is another one on every run",
        ),
    ],
)
def test_a_cache_that_cannot_take_more_is_left_alone(cache: str, reason: str) -> None:
    text, done = gitlab(f"a:\n  cache: {cache}\n  script:\n    - pip install demo\n")
    assert VARIABLE not in text
    assert done.reasons == [reason]


def test_a_directory_in_the_project_needs_only_the_cache() -> None:
    text, _ = gitlab("""
        variables:
          PIP_CACHE_DIR: $CI_PROJECT_DIR/.pip
        a:
          script:
            - pip install demo
    """)
    assert VARIABLE not in text
    assert "paths:\n      - .pip\n" in text


def test_a_variable_that_leads_out_of_the_project_is_turned_round() -> None:
    text, _ = gitlab("""
        variables:
          PIP_CACHE_DIR: /tmp/pip
        a:
          script:
            - pip install demo
    """)
    assert "/tmp/pip" not in text
    assert text.count(VARIABLE) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("export PIP_CACHE_DIR=/tmp/pip && pip install demo", "the script sets PIP_CACHE_DIR to a directory outside"),
        ("pip install --cache-dir /tmp/pip demo", "`--cache-dir` is given, and it leads out of the project"),
        ("sudo pip install demo", "the command runs without the variables of the job"),
    ],
)
def test_what_a_variable_of_the_job_does_not_decide_is_left_alone(line: str, reason: str) -> None:
    text, done = gitlab(f"a:\n  script:\n    - {line}\n")
    assert "cache:" not in text
    assert reason in done.reasons[0]


def test_tools_share_one_cache_under_their_names() -> None:
    hooks = "repos:\n- repo: https://git.example/hooks\n  rev: v1\n  hooks: [{id: tidy}]\n"
    text, _ = gitlab(
        "a:\n  image: python:3.12\n  script:\n    - pip install demo\n    - pre-commit run --all-files\n",
        {".pre-commit-config.yaml": hooks},
    )
    assert "key: pip-pre-commit-python-3.12" in text
    assert "PRE_COMMIT_HOME: $CI_PROJECT_DIR/.cache/pre-commit" in text


@pytest.mark.parametrize(
    ("line", "variable", "paths"),
    [
        ("uv sync", "UV_CACHE_DIR: $CI_PROJECT_DIR/.cache/uv\n    UV_LINK_MODE: copy", [".cache/uv"]),
        (
            "poetry install",
            "POETRY_CACHE_DIR: $CI_PROJECT_DIR/.cache/pypoetry",
            [".cache/pypoetry/cache", ".cache/pypoetry/artifacts"],
        ),
        ("pdm sync", "PDM_CACHE_DIR: $CI_PROJECT_DIR/.cache/pdm", [".cache/pdm"]),
        ("pipenv sync", "PIPENV_CACHE_DIR: $CI_PROJECT_DIR/.cache/pipenv", [".cache/pipenv"]),
        ("tox", VARIABLE, [".cache/pip"]),
        ("conda install -y demo", "CONDA_PKGS_DIRS: $CI_PROJECT_DIR/.cache/conda", [".cache/conda"]),
    ],
)
def test_each_manager_has_its_variable_and_its_paths(line: str, variable: str, paths: list[str]) -> None:
    text, _ = gitlab(f"a:\n  script:\n    - {line}\n", {"tox.ini": "[tox]\n"})
    assert f"  variables:\n    {variable}\n" in text
    assert "    paths:\n" + "".join(f"      - {path}\n" for path in paths) in text


def test_uv_keeps_the_link_mode_that_is_set() -> None:
    text, _ = gitlab("variables: {UV_LINK_MODE: symlink}\na:\n  script:\n    - uv sync\n")
    assert text.count("UV_LINK_MODE") == 1


def test_where_it_is_not_known_what_a_tool_fills_nothing_is_offered() -> None:
    text, done = gitlab("a:\n  script:\n    - pip install tox tox-uv\n    - tox\n", {"tox.ini": "[tox]\n"})
    assert done.answers[-1] == ("CIA101", "skipped", "whether tox-uv is installed with tox is not known")
    assert "UV_CACHE_DIR" not in text


def test_a_switch_goes_with_the_cache_that_it_would_defeat() -> None:
    text, done = gitlab("""
        variables:
          PIP_NO_CACHE_DIR: "1"
        a:
          script:
            - pip install --no-cache-dir demo
    """)
    assert "NO_CACHE" not in text
    assert "- pip install demo\n" in text
    assert done.answers == [("CIA101", "unsafe", "the cache was switched off by hand")]


def test_a_path_outside_the_project_gives_its_place() -> None:
    text, done = gitlab("""
        a:
          cache:
            paths:
              - "~/.cache/pip"  # wheels
          script:
            - pip install demo
    """)
    assert '- ".cache/pip"  # wheels\n' in text
    assert VARIABLE in text
    assert done.answers == [("CIA104", "safe", "")]


def test_a_path_that_names_the_variable_follows_it() -> None:
    text, _ = gitlab("""
        a:
          variables: {PIP_CACHE_DIR: /root/.cache/pip}
          cache:
            paths:
              - $PIP_CACHE_DIR
          script:
            - pip install demo
    """)
    assert "PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip}" in text
    assert "paths:\n      - $PIP_CACHE_DIR\n  script" in text


def test_the_downloads_move_to_where_the_cache_expects_them() -> None:
    text, _ = gitlab("""
        a:
          cache:
            paths: [.cache/pypoetry]
          script:
            - poetry install
    """)
    assert "POETRY_CACHE_DIR: $CI_PROJECT_DIR/.cache/pypoetry\n" in text
    assert "paths: [.cache/pypoetry]\n" in text


def test_line_ends_of_the_file_are_kept() -> None:
    done = fix({".gitlab-ci.yml": "a:\r\n  script:\r\n    - pip install demo\r\n"})
    assert done.texts[".gitlab-ci.yml"].count("\n") == done.texts[".gitlab-ci.yml"].count("\r\n") > 3

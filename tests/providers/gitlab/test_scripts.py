"""Script lines as steps: one shell for `before_script` and `script`, another for `after_script`."""

import pytest

from tests.providers.gitlab.samples import causes, commands, jobs, only


def test_lines_are_steps_with_their_places() -> None:
    job = only("a:\n  before_script:\n    - make before\n  script:\n    - 'pip install x==1'\n    - make\n")
    assert [(step.name, step.where.text) for step in job.steps] == [
        ("before_script", "make before"),
        ("script", "'pip install x==1'"),
        ("script", "make"),
    ]
    assert job.steps[1].installs[0].command.where.text == "pip install x==1"
    orders = [command.order for step in job.steps for command in step.commands]
    assert orders == sorted(orders)


@pytest.mark.parametrize(
    "script",
    [
        "make",
        "[make]",
        "[[make]]",
        "[[[make]], [], null]",
        "|\n    make\n",
        ">\n    make\n",
    ],
)
def test_forms_of_a_script(script: str) -> None:
    assert commands(only(f"a:\n  script: {script}\n")) == ["make"]


def test_block_scalars_map_to_their_lines() -> None:
    job = only("a:\n  script:\n    - |\n      set -e\n      pip install x==1\n      pip install y==2\n")
    assert [install.command.where.text for install in job.steps[0].installs] == ["pip install x==1", "pip install y==2"]


def test_numbers_and_mappings_by_accident() -> None:
    assert commands(only("a:\n  script:\n    - 123\n    - echo a: b\n    - make\n")) == ["123", "make"]


def test_state_goes_from_before_script_to_script_and_not_to_after_script() -> None:
    text = """
        a:
          before_script: [export PIP_CACHE_DIR=/x, cd sub]
          script: [pip install a==1]
          after_script: [pip install b==1]
        """
    first, second = (install for step in only(text).steps for install in step.installs)
    assert (first.downloads[0].path, first.command.cwd) == ("/x", "$WORKSPACE/sub")
    assert (second.downloads[0].path, second.command.cwd) == ("~/.cache/pip", "$WORKSPACE")


def test_one_construct_over_several_lines() -> None:
    text = """
        a:
          script:
            - echo start
            - if [ -f x ]; then
            - pip install a==1
            - else
            - pip install b==1
            - fi
            - pip install c==1
        """
    job = only(text)
    assert [step.where.text for step in job.steps if step.installs] == [
        "pip install a==1",
        "pip install b==1",
        "pip install c==1",
    ]
    installs = [install for step in job.steps for install in step.installs]
    assert [install.command.conditional for install in installs] == [True, True, False]
    assert [install.command.where.text for install in installs] == [
        "pip install a==1",
        "pip install b==1",
        "pip install c==1",
    ]
    assert len(job.steps[0].commands) == 1


def test_an_odd_line_leaves_the_others_alone() -> None:
    text = """
        a:
          script:
            - pip install a==1
            - echo "never closed
            - pip install b==1
        """
    installs = [install.command.where.text for step in only(text).steps for install in step.installs]
    assert installs == ["pip install a==1", "pip install b==1"]


@pytest.mark.parametrize(("count", "read"), [(10_000, 10_000), (10_001, 10_000)])
def test_what_is_beyond_the_limit_is_left_open(count: int, read: int) -> None:
    job = only(f"a:\n  script: [{', '.join(['make'] * count)}, pip install x==1]\n")
    (gap,) = job.gaps
    assert len(commands(job)) == read
    assert (gap.affects, gap.order) == (("commands", "env"), job.steps[-1].order)
    assert "10,000" in gap.reason


def test_steps_of_run() -> None:
    job = only("a:\n  run:\n    - {name: x, script: pip install a==1}\n    - {name: y, step: gitlab.example/step@1}\n")
    assert commands(job) == ["pip install a==1"]
    assert job.steps[1].gap


def test_scripts_that_jobs_share_are_read_alike_for_each() -> None:
    text = """
        default: {before_script: [pip install a==1]}
        one: {script: [make]}
        two: {script: [make], variables: {PIP_CACHE_DIR: .cache/pip}, cache: {paths: [.cache/pip]}}
        three: {script: [make]}
        """
    assert {name: causes(job) for name, job in jobs(text).items()} == {
        "one": ["absent"],
        "two": ["kept"],
        "three": ["absent"],
    }


def test_a_job_without_a_script_runs_nothing() -> None:
    assert only("default: {before_script: [pip install x]}\na: {stage: test}\n").steps == ()

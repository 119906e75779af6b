"""What GitHub's workflow syntax means: each construct of the reference that decides a verdict."""

import pytest

from ci_audit.providers import ParseError
from ci_audit.source import UNKNOWN
from tests.providers.github.samples import commands, jobs, only, read, step, workflow


@pytest.mark.parametrize(
    ("on", "names"),
    [
        ("push", ["push"]),
        ("[push, pull_request]", ["push", "pull_request"]),
        ("{push: {branches: [main]}, pull_request: }", ["push", "pull_request"]),
    ],
)
def test_triggers(on: str, names: list[str]) -> None:
    pipeline = workflow("- run: make", on=on)
    assert [trigger.name for trigger in pipeline.triggers] == names
    for trigger in pipeline.triggers:
        assert trigger.where is not None
        assert trigger.where.text == trigger.name


def test_trigger_filters() -> None:
    (trigger,) = workflow("- run: make", on="{push: {branches: [main, 'v*'], tags: ['v*']}}").triggers
    assert trigger.branches == ("main", "v*")
    assert trigger.tags == ("v*",)
    (trigger,) = workflow("- run: make", on="{push: {branches-ignore: [x]}}").triggers
    assert trigger.branches is None


def test_on_is_not_a_boolean() -> None:
    assert read("on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n").triggers[0].name == "push"


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("", "empty", 0),
        ("# nothing\n", "empty", 0),
        ("- a\n", "mapping", 0),
        ("jobs: {a: {runs-on: x, steps: []}}\n", "`on`", 0),
        ("on: push\n", "`jobs`", 0),
        ("on: push\njobs:\n", "`jobs`", 9),
        ("on: push\njobs: {}\n", "`jobs`", 9),
        ("on: push\non: push\n", "on", 9),
        ("on: [push\njobs: 1\n", "", 14),
    ],
)
def test_files_that_github_does_not_load(text: str, message: str, offset: int) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.offset == offset


def test_jobs_that_github_refuses() -> None:
    text = "on: push\njobs:\n  a:\n    steps: [{run: make}]\n  b: text\n  c:\n    runs-on: x\n  d:\n    uses: ./x.yml\n"
    pipeline = read(text)
    assert [(text[offset], message.partition("`")[2][0]) for offset, message in pipeline.errors] == [
        ("a", "a"),
        ("b", "b"),
        ("c", "c"),
    ]


def test_a_job_is_named_by_its_key() -> None:
    job = only("- run: make")
    assert (job.name, job.variant, job.place, job.where.text) == ("test", "", "run", "test")


def test_spans_of_steps_and_commands() -> None:
    job = only("- name: Install\n  run: |\n    set -e\n    pip install -r requirements.txt\n")
    assert job.steps[0].name == "Install"
    assert job.steps[0].installs[0].command.where.text == "pip install -r requirements.txt"
    assert job.steps[0].where.text.startswith("name: Install")


def test_steps_are_ordered_in_thousands() -> None:
    job = only("- run: make\n- uses: actions/checkout@v4\n- run: |\n    a\n    b\n")
    assert [item.order for item in job.steps] == [0, 2000]
    assert [item.order for item in job.steps[1].commands] == [2000, 2001]


def test_env_at_three_levels_and_its_precedence() -> None:
    job = only(
        "- run: make\n  env: {A: step, B: '${{ env.C }}!'}\n",
        job="runs-on: ubuntu-latest\nenv: {A: job, C: job}",
        top="env: {A: workflow, D: workflow, C: workflow}",
    )
    env = step(job).commands[0].env
    assert {name: env[name].value for name in "ABCD"} == {"A": "step", "B": "job!", "C": "job", "D": "workflow"}
    where = env["A"].where
    assert where is not None
    assert where.text == "step"


def test_numbers_and_booleans_become_the_text_that_github_makes_of_them() -> None:
    env = step(only("- run: make\n  env: {A: 3.10, B: true, C: 'x', D: 0x10, E: }\n")).commands[0].env
    assert [env[name].value for name in "ABCDE"] == ["3.1", "true", "x", "16", ""]


def test_a_variable_that_is_not_known_is_unknown() -> None:
    env = step(only("- run: make\n  env: {A: 'x-${{ secrets.S }}', B: '${{ vars.V }}'}\n")).commands[0].env
    assert env["A"].value == f"x-{UNKNOWN}"
    assert env["B"].value == UNKNOWN


def test_an_environment_that_is_an_expression_leaves_a_gap() -> None:
    job = only("- run: make\n  env: ${{ fromJSON(needs.a.outputs.env) }}\n")
    assert [gap.affects for gap in job.gaps] == [("env",)]
    env = step(only("""- run: make\n  env: '${{ fromJSON(''{"A": 1}'') }}'\n""")).commands[0].env
    assert env["A"].value == "1"


def test_expressions_in_a_script_are_replaced_and_keep_their_span() -> None:
    job = only("- run: pip install ${{ env.NAME }}==${{ vars.V }} rest\n", job="runs-on: ubuntu-latest\nenv: {NAME: x}")
    (command,) = step(job).commands
    assert [word.text for word in command.words] == ["pip", "install", f"x=={UNKNOWN}", "rest"]
    assert command.where.text == "pip install ${{ env.NAME }}==${{ vars.V }} rest"
    assert command.where_of(command.words[2]).text == "${{ env.NAME }}==${{ vars.V }}"


def test_the_workspace_is_known_in_scripts_and_variables() -> None:
    job = only(
        "- run: cd ${{ github.workspace }}/sub && pip install x\n",
        job="runs-on: ubuntu-latest\nenv: {PIP_CACHE_DIR: '${{ github.workspace }}/.cache'}",
    )
    command = step(job).commands[-1]
    assert command.cwd == "$WORKSPACE/sub"
    assert command.env["PIP_CACHE_DIR"].value == "$WORKSPACE/.cache"


def test_the_runner_context() -> None:
    env = step(only("- run: make\n  env: {A: '${{ runner.os }}', B: '${{ runner.temp }}/x'}\n")).commands[0].env
    assert env["A"].value == "Linux"
    assert env["B"].value == "/home/runner/work/_temp/x"


def test_the_event_is_known_when_there_is_one() -> None:
    steps = "- run: make\n  if: github.event_name == 'push'\n"
    assert only(steps).steps
    assert not only(steps, on="pull_request").steps
    assert only(steps, on="[push, pull_request]").steps[0].condition == "github.event_name == 'push'"


def test_published_variables_reach_later_steps() -> None:
    job = only('- run: echo "PIP_CACHE_DIR=/tmp/x" >> $GITHUB_ENV\n- run: make\n')
    assert "PIP_CACHE_DIR" not in job.steps[0].commands[0].env
    assert job.steps[1].commands[0].env["PIP_CACHE_DIR"].value == "/tmp/x"


def test_a_variable_published_under_a_condition_is_not_known() -> None:
    job = only('- run: echo "A=x" >> $GITHUB_ENV\n  if: github.ref == env.B\n- run: make\n')
    assert job.steps[1].commands[0].env["A"].value == UNKNOWN


def test_a_virtual_environment_on_the_path_of_later_steps() -> None:
    job = only('- run: |\n    python -m venv .venv\n    echo "$PWD/.venv/bin" >> $GITHUB_PATH\n- run: pip install x\n')
    assert job.steps[1].commands[0].virtualenv == "$WORKSPACE/.venv"


@pytest.mark.parametrize(
    ("lines", "cwd"),
    [
        ("runs-on: ubuntu-latest\ndefaults: {run: {working-directory: sub}}", "$WORKSPACE/sub"),
        ("runs-on: ubuntu-latest", "$WORKSPACE/top"),
    ],
)
def test_the_working_directory_of_defaults(lines: str, cwd: str) -> None:
    top = "defaults: {run: {working-directory: ./top}}"
    assert step(only("- run: pip install x", job=lines, top=top)).commands[0].cwd == cwd
    own = only("- run: pip install x\n  working-directory: own\n", job=lines, top=top)
    assert step(own).commands[0].cwd == "$WORKSPACE/own"


@pytest.mark.parametrize(
    ("shell", "read_at_all"),
    [
        ("bash", True),
        ("sh", True),
        ("bash -l {0}", True),
        ("micromamba-shell {0}", True),
        ("nix develop -c bash -e {0}", True),
        ("pwsh", True),
        ("cmd", True),
        ("python", False),
        ("perl {0}", False),
        ("Rscript {0}", False),
    ],
)
def test_shells(shell: str, read_at_all: bool) -> None:
    job = only(f"- run: pip install x\n  shell: {shell}\n")
    assert bool(job.steps[0].installs) is read_at_all
    assert [gap.affects for gap in job.gaps] == ([] if read_at_all else [("commands",)])


def test_shell_precedence() -> None:
    top = "defaults: {run: {shell: python}}"
    assert not only("- run: pip install x", top=top).steps[0].installs
    own = "runs-on: ubuntu-latest\ndefaults: {run: {shell: bash}}"
    assert only("- run: pip install x", top=top, job=own).steps[0].installs
    assert only("- run: pip install x\n  shell: sh\n", top=top).steps[0].installs


def test_windows_reads_its_scripts_as_powershell() -> None:
    job = only("- run: |\n    pip install `\n      x\n", job="runs-on: windows-latest")
    assert commands(job) == ["pip install x"]
    assert commands(only("- run: |\n    pip install \\\n      x\n", job="runs-on: ubuntu-latest")) == ["pip install x"]


def test_anchors_are_followed() -> None:
    pipeline = read(
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps: &steps
              - run: pip install x
          b:
            runs-on: ubuntu-latest
            steps: *steps
        """
    )
    places = {job.steps[0].installs[0].command.where.start for job in pipeline.jobs}
    assert len(pipeline.jobs) == 2
    assert len(places) == 1


def test_a_merge_key_is_an_ordinary_key() -> None:
    text = """
    on: push
    x: &x {runs-on: ubuntu-latest}
    jobs:
      a:
        <<: *x
        steps: [{run: make}]
    """
    assert [message for _, message in read(text).errors] == ["the job `a` has neither `runs-on` nor `uses`"]


JOB = "on: push\njobs:\n  a:\n    runs-on: x\n"

REFUSED = {
    "no mapping": ("- push\n", "expected a mapping with `on` and `jobs`, found a list"),
    "a text": ("push\n", "expected a mapping with `on` and `jobs`, found a single value"),
    "no event": ("jobs: {}\n", "expected the events that start the workflow under `on`, found no such key"),
    "no jobs": ("on: push\n", "expected a mapping of jobs under `jobs`, found no such key"),
    "empty jobs": ("on: push\njobs: {}\n", "expected a mapping of jobs under `jobs`, found none"),
    "a list of jobs": ("on: push\njobs: [a]\n", "expected a mapping of jobs under `jobs`, found a list"),
    "a job of text": (
        "on: push\njobs: {a: make}\n",
        "for the job `a`, expected a mapping with `runs-on` and `steps`, found a single value",
    ),
    "no steps": (JOB, "the job `a` has neither `steps` nor `uses`"),
    "steps of text": (
        f"{JOB}    steps: make\n",
        "for the job `a`, expected a list under `steps`, found a single value",
    ),
    "an idle step": (f"{JOB}    steps: [{{name: x}}]\n", "expected `run` or `uses` in this step, found neither"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_what_was_expected(text: str, message: str) -> None:
    try:
        messages = [said for _, said in read(text).errors]
    except ParseError as error:
        messages = [error.message]
    assert messages == [message]


@pytest.mark.parametrize("step", ["run: make", "uses: a/b@v1", "wait: a", "wait-all:", "cancel: a", "later: x"])
def test_a_step_that_does_something_is_not_refused(step: str) -> None:
    assert read(f"{JOB}    steps:\n      - name: x\n        {step}\n").errors == ()


def test_an_idle_step_of_an_action_is_refused() -> None:
    text = "name: x\nruns:\n  using: composite\n  steps:\n    - run: make\n      shell: sh\n    - name: y\n"
    ((offset, message),) = read(text, path="set-up/action.yml").errors
    assert (text[offset:], message) == ("name: y\n", "expected `run` or `uses` in this step, found neither")


def test_an_action_without_a_name_is_called_as_its_folder() -> None:
    text = "runs:\n  using: composite\n  steps:\n    - run: make\n      shell: sh\n"
    for path, name in (("actions/set-up/action.yml", "set-up"), ("action.yml", "runs")):
        assert [job.name for job in read(text, path=path).jobs] == [name]


@pytest.mark.parametrize("steps", ["parallel:\n    - run: pip install a\n    - run: pip install b\n"])
def test_parallel_steps_are_read(steps: str) -> None:
    assert commands(only(f"- {steps}")) == ["pip install a", "pip install b"]


def test_new_kinds_of_steps() -> None:
    job = only(
        """
        - run: pip install a
          id: first
          background: true
        - wait: first
        - wait-all:
        - cancel: first
        - run: pip install b
        """
    )
    assert commands(job) == ["pip install a", "pip install b"]


@pytest.mark.parametrize("condition", ["false", "${{ false }}", "'false'", "1 == 2"])
def test_jobs_and_steps_that_never_run_are_left_out(condition: str) -> None:
    assert jobs("- run: make", job=f"runs-on: ubuntu-latest\nif: {condition}") == ()
    assert only(f"- run: make\n  if: {condition}\n").steps == ()


def test_a_condition_that_is_not_known_marks_the_commands() -> None:
    job = only("- run: pip install x && rm -rf ~/.cache/pip\n  if: ${{ github.ref == 'x' }}\n")
    found = step(job)
    assert found.condition == "github.ref == 'x'"
    assert all(command.conditional for command in found.commands)
    assert found.installs[0].command.conditional
    assert found.cleanups[0].command.conditional


def test_always_and_success_are_no_condition() -> None:
    assert not step(only("- run: pip install x\n  if: always()\n")).commands[0].conditional
    assert step(only("- run: pip install x\n  if: failure()\n")).commands[0].conditional


def test_permissions() -> None:
    assert only("- run: make").permissions is None
    assert only("- run: make", top="permissions: read-all").permissions == (("all", "read"),)
    assert only("- run: make", top="permissions: {}").permissions == ()
    own = "runs-on: ubuntu-latest\npermissions: {contents: read, id-token: write}"
    assert only("- run: make", top="permissions: write-all", job=own).permissions == (
        ("contents", "read"),
        ("id-token", "write"),
    )


def test_services_and_container_images() -> None:
    job = only(
        "- uses: docker://alpine:3.20\n- run: make\n",
        job="""
        runs-on: ubuntu-latest
        container: {image: "python:3.12-slim@sha256:abc"}
        services:
          db: {image: postgres}
          cache: {image: ''}
          other: {image: "${{ matrix.image }}"}
        """,
    )
    assert [(image.role, image.name, image.tag, image.digest, image.known) for image in job.images] == [
        ("container", "python", "3.12-slim", "sha256:abc", True),
        ("service", "postgres", "", "", True),
        ("service", UNKNOWN, "", "", False),
        ("step", "alpine", "3.20", "", True),
    ]
    assert job.images[0].where.text == '"python:3.12-slim@sha256:abc"'


def test_a_bom_and_windows_line_ends() -> None:
    text = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          pip install x\n"
    (job,) = read("\ufeff" + text.replace("\n", "\r\n")).jobs
    assert job.steps[0].installs[0].command.where.text == "pip install x"

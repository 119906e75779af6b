"""What is read once for several variants of a job, and what a file leaves behind in memory."""

import gc

import pytest

from tests.providers.github.samples import commands, jobs, only, read
from tests.providers.github.test_invariants import ACTION, FILES, WORKFLOW

MATRIX = """
runs-on: ubuntu-latest
strategy: {matrix: {tool: [black, ruff]}}
env: {A: b}
"""
STEPS = """
- run: pip install flask
  if: github.actor == 'x'
- run: pip install ${{ matrix.tool }}
"""


def test_a_step_that_no_variant_changes_is_read_once() -> None:
    one, other = jobs(STEPS, job=MATRIX)
    assert one.steps[0].installs[0] is other.steps[0].installs[0]
    assert one.steps[0].installs[0].command.conditional
    assert commands(one) == ["pip install flask", "pip install black"]
    assert commands(other) == ["pip install flask", "pip install ruff"]


def test_a_step_is_read_again_where_its_variables_or_its_condition_differ() -> None:
    steps = "- run: pip install flask\n  env: {PIP_INDEX_URL: 'https://${{ matrix.tool }}.example'}\n"
    one, other = jobs(steps, job=MATRIX)
    assert [job.steps[0].installs[0].command.env["PIP_INDEX_URL"].value for job in (one, other)] == [
        "https://black.example",
        "https://ruff.example",
    ]
    steps = "- run: pip install flask\n  if: matrix.tool == 'ruff' || github.actor == 'x'\n"
    one, other = jobs(steps, job=MATRIX)
    assert one.steps[0].installs[0].command.conditional
    assert not other.steps[0].installs[0].command.conditional


def test_variables_without_expressions_do_not_leak_into_other_steps() -> None:
    job = only("- run: pip list\n  env: {A: 1, B: 2}\n- run: pip list\n", job="runs-on: ubuntu-latest\nenv: {A: b}")
    first, second = (step.commands[0].env for step in job.steps)
    assert (first["A"].value, first["B"].value) == ("1", "2")
    assert second["A"].value == "b"
    assert "B" not in second


@pytest.mark.parametrize("key", ["run", "env"])
def test_an_expression_behind_an_alias_is_evaluated(key: str) -> None:
    steps = {
        "run": "- run: &script pip install ${{ matrix.tool }}\n- run: *script\n",
        "env": "- run: pip install $P\n  env: &env {P: '${{ matrix.tool }}'}\n- run: pip install $P\n  env: *env\n",
    }[key]
    assert [commands(job) for job in jobs(steps, job=MATRIX)] == [
        ["pip install black", "pip install black"],
        ["pip install ruff", "pip install ruff"],
    ]


@pytest.mark.parametrize(
    ("condition", "conditional", "text"),
    [
        ("always()", False, ""),
        ("${{ !cancelled() }}", True, "!cancelled()"),
        ("failure() || github.actor == 'x'", True, "failure() || github.actor == 'x'"),
        ("github.actor == 'x' || true", False, ""),
    ],
)
@pytest.mark.parametrize("script", ["pip install flask", "make"])
def test_a_condition_marks_steps_that_install_and_others_alike(
    script: str, condition: str, conditional: bool, text: str
) -> None:
    (step,) = only(f'- run: {script}\n  if: "{condition}"\n').steps
    assert [command.conditional for command in step.commands] == [conditional]
    assert step.condition == text


def test_a_pipeline_is_freed_as_soon_as_it_is_not_used() -> None:
    # A circle among its objects would leave each file in memory until the garbage collector comes by.
    text = WORKFLOW + "  more:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n        if: failure()\n"
    read(text, FILES)
    gc.collect()
    gc.disable()
    try:
        assert len(read(text, FILES).jobs) == 5
        assert len(read(ACTION, path="action.yml").jobs) == 1
        assert gc.collect() == 0
    finally:
        gc.enable()

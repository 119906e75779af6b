"""Reusable workflows: the calling job, and the called file in each of its callers."""

from tests.providers.github.samples import commands, read

CALLED = ".github/workflows/build.yml"
TEXT = """
on:
  workflow_call:
    inputs:
      runner: {type: string, default: ubuntu-latest}
      name: {type: string, required: true}
      fast: {type: boolean}
jobs:
  build:
    runs-on: ${{ inputs.runner }}
    steps:
      - run: pip install ${{ inputs.name }}
      - run: make
        if: inputs.fast
"""


def caller(uses: str, with_: str = "", strategy: str = "") -> str:
    return f"on: push\njobs:\n  call:\n    {strategy}\n    uses: {uses}\n    with: {{{with_}}}\n"


def called(files: dict[str, str], text: str = TEXT) -> list[tuple[str, str, list[str]]]:
    return [(job.variant, job.machine.os, commands(job)) for job in read(text, files, path=CALLED).jobs]


def test_the_calling_job() -> None:
    pipeline = read(
        "on: push\njobs:\n  a:\n    uses: ./.github/workflows/x.yml\n"
        "  b:\n    uses: o/r/.github/workflows/y.yml@v1 # hi\n  c:\n    uses: $/.github/workflows/z.yml\n"
    )
    found = [(job.name, job.actions[0].kind, job.actions[0].name, job.actions[0].ref) for job in pipeline.jobs]
    assert found == [
        ("a", "workflow", "", ""),
        ("b", "workflow", "o/r/.github/workflows/y.yml", "v1"),
        ("c", "workflow", "", ""),
    ]
    assert pipeline.errors == ()
    assert pipeline.jobs[1].actions[0].comment == "hi"


def test_without_a_caller_the_defaults_hold() -> None:
    assert called({}) == [("", "linux", ["pip install \x00"])]


def test_one_caller() -> None:
    files = {".github/workflows/a.yml": caller(f"./{CALLED}", "name: x, fast: true")}
    assert called(files) == [("", "linux", ["pip install x", "make"])]


def test_each_distinct_call_is_a_variant() -> None:
    files = {
        ".github/workflows/a.yml": caller(f"./{CALLED}", "name: x"),
        ".github/workflows/b.yml": caller(f"./{CALLED}", "name: x, fast: false"),
        ".github/workflows/c.yaml": caller(f"$/{CALLED}", "name: y, runner: windows-latest"),
        ".github/workflows/d.yml": caller("./.github/workflows/other.yml", "name: z"),
    }
    assert called(files) == [
        ("inputs.fast=false, inputs.name=x, inputs.runner=ubuntu-latest", "linux", ["pip install x"]),
        ("inputs.fast=false, inputs.name=y, inputs.runner=windows-latest", "windows", ["pip install y"]),
    ]


def test_a_matrix_of_the_caller() -> None:
    strategy = "strategy: {matrix: {n: [x, y]}}"
    files = {".github/workflows/a.yml": caller(f"./{CALLED}", "name: '${{ matrix.n }}'", strategy)}
    assert [found[2] for found in called(files)] == [["pip install x"], ["pip install y"]]


def test_inputs_that_a_job_does_not_use_make_no_variants() -> None:
    text = (
        TEXT.replace("${{ inputs.name }}", "same")
        .replace("${{ inputs.runner }}", "ubuntu-latest")
        .replace("inputs.fast", "true")
    )
    files = {
        ".github/workflows/a.yml": caller(f"./{CALLED}", "name: x"),
        ".github/workflows/b.yml": caller(f"./{CALLED}", "name: y"),
    }
    assert [found[0] for found in called(files, text)] == [""]


def test_with_other_events_the_inputs_are_not_known() -> None:
    text = TEXT.replace("on:\n", "on:\n  push:\n")
    files = {".github/workflows/a.yml": caller(f"./{CALLED}", "name: x")}
    assert called(files, text) == [("", "", ["pip install \x00", "make"])]


def test_inputs_and_a_matrix_together() -> None:
    text = TEXT.replace(
        "    steps:", "    strategy: {matrix: {k: [1, 2]}}\n    env: {K: '${{ matrix.k }}'}\n    steps:"
    )
    files = {
        ".github/workflows/a.yml": caller(f"./{CALLED}", "name: x"),
        ".github/workflows/b.yml": caller(f"./{CALLED}", "name: y"),
    }
    assert len(called(files, text)) == 4

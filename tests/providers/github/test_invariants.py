"""What holds for every file: spans lie inside it, and nothing but ParseError is raised."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci_audit import providers
from ci_audit.model import Pipeline
from ci_audit.providers import ParseError
from ci_audit.repository import MemoryReader, Repository
from ci_audit.source import Where
from tests.providers.github.samples import PATH

WORKFLOW = """\
name: CI
on:
  push: {branches: [main]}
  pull_request:
permissions: {contents: read}
env:
  PIP_DISABLE_PIP_VERSION_CHECK: 1
defaults: {run: {shell: bash}}
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        python: ['3.12', 3.13]
        include: [{os: macos-14, python: '3.12', extra: true}]
    container: ${{ matrix.container }}
    services: {db: {image: 'postgres:16'}}
    steps:
      - uses: actions/checkout@v4 # the code
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python }}
          cache: pip
      - id: cache
        uses: actions/cache@0123456789012345678901234567890123456789 # v4.2.0
        with:
          path: |
            ~/.cache/pip
            .venv
          key: ${{ runner.os }}-${{ hashFiles('requirements.txt') }}
      - name: Install “ü”
        if: steps.cache.outputs.cache-hit != 'true'
        run: |
          pip install -r requirements.txt \\
            && pip install ${{ matrix.extra && 'x' || 'y' }}
      - uses: ./.github/actions/own
        with: {name: z}
      - run: >-
          pip install
          folded
        env: {A: "${{ env.PIP_DISABLE_PIP_VERSION_CHECK }}"}
  call:
    uses: ./.github/workflows/other.yml
    with: {a: 1}
"""
ACTION = """\
name: Own
inputs: {name: {default: q}}
runs:
  using: composite
  steps:
    - run: pip install ${{ inputs.name }}
      shell: bash
"""
FILES = {".github/actions/own/action.yml": ACTION, "requirements.txt": "a==1\n"}


def read(text: str) -> Pipeline:
    repository = Repository("/root", MemoryReader({**FILES, PATH: text}))
    source = repository.source(PATH)
    assert source is not None
    return providers.parse("github", source, repository)


def check(pipeline: Pipeline) -> None:
    """Check every place in a pipeline."""
    for offset, _ in pipeline.errors:
        assert 0 <= offset <= len(pipeline.source.text)
    for trigger in pipeline.triggers:
        inside(trigger.where)
    for job in pipeline.jobs:
        inside(job.where)
        assert job.where.text.strip("'\"") == job.name or "\\" in job.where.text or "\n" in job.where.text
        inside(job.machine.persists.where)
        for action in job.actions:
            inside(action.where)
        for image in job.images:
            inside(image.where)
        for gap in job.gaps:
            inside(gap.where)
        for cache in job.caches:
            inside(cache.where)
            for kept in cache.paths:
                inside(kept.where)
            for problem in cache.problems:
                inside(problem.where)
        orders = [step.order for step in job.steps]
        assert orders == sorted(orders)
        for step in job.steps:
            inside(step.where)
            for command in step.commands:
                inside(command.where)
                assert step.order <= command.order < step.order + 1000
                for setting in command.env.values():
                    inside(setting.where)


def inside(where: Where | None) -> None:
    if where is not None:
        assert 0 <= where.start <= where.end <= len(where.source.text)


def installs(pipeline: Pipeline) -> list[tuple[str, str, str]]:
    return [
        (job.name, job.variant, install.command.shown)
        for job in pipeline.jobs
        for step in job.steps
        for install in step.installs
    ]


def test_the_sample() -> None:
    pipeline = read(WORKFLOW)
    check(pipeline)
    assert [(job.name, job.variant) for job in pipeline.jobs] == [
        ("test", "os=ubuntu-latest"),
        ("test", "os=windows-latest"),
        ("test", "extra=true, os=macos-14"),
        ("call", ""),
    ]
    assert [command.where.text for command in (install.command for install in pipeline.jobs[0].steps[0].installs)] == [
        "pip install -r requirements.txt",
        "pip install ${{ matrix.extra && 'x' || 'y' }}",
    ]
    assert pipeline.jobs[0].steps[1].installs[0].command.where.source.path == ".github/actions/own/action.yml"
    assert pipeline.jobs[0].steps[2].installs[0].command.where.text == "pip install\n          folded"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: "# first\n\n" + text,
        lambda text: text.replace("\n      - ", "\n\n      - "),
        lambda text: text.replace("'3.12'", '"3.12"').replace("pip\n", "'pip'\n", 1),
        lambda text: text.replace("\n    steps:", "\n    # about the steps\n    steps:  # they follow"),
    ],
)
def test_the_same_is_found_however_it_is_written(change: object) -> None:
    assert callable(change)
    pipeline = read(change(WORKFLOW))
    check(pipeline)
    assert installs(pipeline) == installs(read(WORKFLOW))


def test_the_result_is_the_same_every_time() -> None:
    def shown() -> str:
        return re.sub(r" at 0x[0-9a-f]+", "", repr(read(WORKFLOW).jobs))

    assert shown() == shown()


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(WORKFLOW)),
            st.integers(0, 12),
            st.sampled_from(
                ["", " ", "\n", "${{", "}}", "'", '"', "- ", ": ", "[", "{", "&a ", "*a", "x", "\t", "é", "#", "!"]
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_files_raise_nothing_else(changes: list[tuple[int, int, str]]) -> None:
    text = WORKFLOW
    for at, length, new in changes:
        text = text[:at] + new + text[at + length :]
    problem = None
    try:
        check(read(text))
    except ParseError as error:
        problem = error
    assert problem is None or (problem.message and 0 <= problem.offset <= len(text))


SCALARS = st.sampled_from(
    [
        "x",
        "''",
        "null",
        "1",
        "true",
        "'${{ matrix.a }}'",
        "'${{ fromJSON(inputs.b) }}'",
        "pip install x",
        "[]",
        "{}",
        "[a, {b: c}]",
        "{a: b}",
    ]
)
KEYS = (
    "runs-on container services env defaults if steps strategy uses with permissions needs run shell id parallel"
    " working-directory name outputs"
).split()


@given(
    st.dictionaries(st.sampled_from(KEYS), SCALARS),
    st.lists(st.dictionaries(st.sampled_from(KEYS), SCALARS), max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_any_value_may_stand_anywhere(job: dict[str, str], steps: list[dict[str, str]]) -> None:
    def flow(pairs: dict[str, str]) -> str:
        return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"

    lines = ["on: push", "jobs:", "  a:", *(f"    {key}: {value}" for key, value in job.items() if key != "steps")]
    lines += ["    steps:", *(f"      - {flow(step)}" for step in steps)]
    check(read("\n".join(lines)))

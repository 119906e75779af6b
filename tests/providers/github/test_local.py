"""Local actions read in place, actions read on their own, and what is elsewhere."""

import pytest

from tests.providers.github.samples import cache, caches, commands, kept, only, read

ACTION = ".github/actions/setup/action.yml"


def action(steps: str, rest: str = "") -> dict[str, str]:
    lines = "\n".join("    " + line for line in steps.strip("\n").split("\n"))
    return {ACTION: f"name: Setup\n{rest}runs:\n  using: composite\n  steps:\n{lines}\n"}


USE = "- uses: ./.github/actions/setup\n"


def test_the_steps_of_a_composite_stand_where_it_is_used() -> None:
    files = action("- run: pip install inner\n  shell: bash")
    job = only("- run: pip install before\n" + USE + "- run: pip install after\n", files)
    assert commands(job) == ["pip install before", "pip install inner", "pip install after"]
    orders = [step.order for step in job.steps]
    assert orders == sorted(set(orders))
    inner = job.steps[1].installs[0].command.where
    assert (inner.source.path, inner.text) == (ACTION, "pip install inner")
    assert [item.kind for item in job.actions] == ["local"]


def test_inputs_are_those_of_the_step_or_their_defaults() -> None:
    rest = "inputs:\n  a: {default: x}\n  b: {default: y}\n  c: {required: true}\n"
    files = action('- run: pip install ${{ inputs.a }} ${{ inputs.B }} "${{ inputs.c }}"\n  shell: bash', rest)
    job = only(USE + "  with: {A: '${{ env.V }}'}\n", files, top="env: {V: z}")
    assert commands(job) == ["pip install z y "]


def test_the_environment_of_the_step_reaches_the_action() -> None:
    files = action(
        '- run: make\n  shell: bash\n- run: echo "A=2" >> $GITHUB_ENV\n  shell: bash\n- run: end\n  shell: bash'
    )
    job = only(USE + "  env: {X: '1'}\n- run: last\n", files, top="env: {A: '1'}")
    envs = [step.commands[0].env for step in job.steps]
    assert [env["X"].value if "X" in env else "" for env in envs] == ["1", "1", "1", ""]
    assert [env["A"].value for env in envs] == ["1", "1", "2", "2"]


def test_defaults_of_the_job_do_not_reach_it() -> None:
    files = action("- run: pip install x\n  shell: bash")
    job = only(USE, files, job="runs-on: ubuntu-latest\ndefaults: {run: {shell: python, working-directory: sub}}")
    assert job.steps[0].commands[0].cwd == "$WORKSPACE"


def test_its_caches_and_its_path() -> None:
    files = action(
        "- uses: actions/cache@v4\n  id: c\n  with: {path: '${{ github.action_path }}/x', key: k}\n"
        "- run: pip install x\n  shell: bash\n  if: steps.c.outputs.cache-hit != 'true'"
    )
    job = only(USE, files)
    assert kept(job) == ["$WORKSPACE/.github/actions/setup/x"]
    assert job.steps[0].skipped_on_hit == cache(job).step != "c"


def test_its_outputs_can_tell_a_directory_or_a_hit() -> None:
    rest = (
        "outputs:\n  dir: {value: '${{ steps.ask.outputs.dir }}'}\n"
        "  cache-hit: {value: '${{ steps.c.outputs.cache-hit }}'}\n"
    )
    files = action(
        '- id: ask\n  run: echo "dir=$(pip cache dir)" >> $GITHUB_OUTPUT\n  shell: bash\n'
        "- id: c\n  uses: actions/cache@v4\n  with: {path: .venv, key: k}",
        rest,
    )
    steps = (
        "- id: own\n  uses: ./.github/actions/setup\n"
        "- uses: actions/cache@v4\n  with: {path: '${{ steps.own.outputs.dir }}', key: k}\n"
        "- run: pip install x\n  if: steps.own.outputs.cache-hit != 'true'\n"
    )
    job = only(steps, files)
    assert caches(job)[1].follows == ("pip",)
    assert job.steps[-1].skipped_on_hit == "own"


def test_conditions_reach_inside() -> None:
    files = action("- run: pip install x\n  shell: bash")
    job = only(USE + "  if: github.ref == 'x'\n", files)
    assert job.steps[0].condition == "github.ref == 'x'"
    assert job.steps[0].commands[0].conditional
    assert only(USE + "  if: false\n", files).steps == ()


def test_the_matrix_reaches_inside() -> None:
    files = action("- run: pip install ${{ matrix.k }}\n  shell: bash")
    pipeline = read(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        f"    strategy: {{matrix: {{k: [x, y]}}}}\n    steps:\n      {USE}",
        files,
    )
    assert [commands(job) for job in pipeline.jobs] == [["pip install x"], ["pip install y"]]
    assert [source.path for source in pipeline.ignores_in] == [ACTION]


def test_actions_within_actions_end_at_a_cycle() -> None:
    files = action("- uses: ./.github/actions/setup\n- run: pip install x\n  shell: bash")
    assert commands(only(USE, files)) == ["pip install x"]


def test_ten_levels_are_followed() -> None:
    head = "runs:\n  using: composite\n  steps:\n"
    files = {f"a{n}/action.yml": f"{head}  - run: level{n}\n    shell: bash\n  - uses: ./a{n + 1}\n" for n in range(15)}
    assert len(commands(only("- uses: ./a0\n", files))) == 10


@pytest.mark.parametrize(
    ("steps", "files"),
    [
        ("- uses: ./missing\n", {}),
        ("- uses: ./tool\n", {"tool/action.yml": "runs: {using: node20, main: x.js}\n"}),
        ("- uses: ./tool\n", {"tool/action.yml": "runs: [\n"}),
        ("- uses: ./${{ matrix.x }}\n", {}),
        ("- uses: ../up\n", {}),
        (
            "- uses: actions/checkout@v4\n  with: {repository: a/b, path: other}\n- uses: ./other/x\n",
            {"other/x/action.yml": ""},
        ),
        ("- uses: someone/unheard-of@v1\n", {}),
    ],
)
def test_what_is_not_here_leaves_a_gap(steps: str, files: dict[str, str]) -> None:
    job = only(steps + "- run: pip install x\n", files)
    assert [gap.affects for gap in job.gaps] == [("cache", "env")]
    assert job.gaps[0].order < job.steps[-1].order


def test_the_reason_of_a_gap_names_the_action() -> None:
    (gap,) = only("- uses: someone/unheard-of/sub@v1\n").gaps
    assert gap.reason == "`someone/unheard-of/sub` is not known to ci-audit: it may restore a cache"
    assert gap.where is not None
    assert gap.where.text == "someone/unheard-of/sub@v1"


@pytest.mark.parametrize("steps", ["- uses: actions/upload-artifact@v4\n", "- uses: DOCKER/Login-Action@v3\n"])
def test_what_is_known_to_be_harmless_leaves_none(steps: str) -> None:
    assert only(steps).gaps == ()


def test_a_checkout_in_a_folder() -> None:
    files = action("- run: pip install x\n  shell: bash")
    steps = "- uses: actions/checkout@v4\n  with: {path: src}\n- uses: ./src/.github/actions/setup\n"
    assert commands(only(steps, files)) == ["pip install x"]


def test_self_references_and_yaml_suffix() -> None:
    files = {"tools/setup/action.yaml": action("- run: pip install x\n  shell: bash")[ACTION]}
    assert commands(only("- uses: $/tools/setup\n", files)) == ["pip install x"]


def test_a_docker_action_pulls_its_image() -> None:
    files = {"tool/action.yml": "runs: {using: docker, image: 'docker://alpine:3'}\n"}
    (image,) = only("- uses: ./tool\n", files).images
    assert (image.name, image.tag, image.role, image.where.source.path) == ("alpine", "3", "step", "tool/action.yml")


def test_a_composite_on_its_own() -> None:
    pipeline = read(action("- run: pip install x\n  shell: bash\n- uses: a/b@v1")[ACTION], path=ACTION)
    (job,) = pipeline.jobs
    assert (job.name, job.where.text, job.machine.persists.value) == ("Setup", "runs", None)
    assert commands(job) == ["pip install x"]
    assert [item.name for item in job.actions] == ["a/b"]
    assert pipeline.triggers == ()


@pytest.mark.parametrize("text", ["name: x\n", "runs: {using: node20, main: a.js}\n", "other: 1\n"])
def test_other_actions_on_their_own(text: str) -> None:
    assert all(job.steps == () for job in read(text, path="action.yml").jobs)


def test_references_are_split() -> None:
    job = only(
        "- uses: actions/checkout@v4\n"
        "- uses: a/b/sub/dir@0123456789012345678901234567890123456789 # v1.2.3\n"
        "- uses: 'c/d@main'   #  pinned \n"
        "- uses: e/f\n"
    )
    found = [(item.kind, item.name, item.ref, item.comment) for item in job.actions]
    assert found == [
        ("repository", "actions/checkout", "v4", ""),
        ("repository", "a/b/sub/dir", "0123456789012345678901234567890123456789", "v1.2.3"),
        ("repository", "c/d", "main", "pinned"),
        ("repository", "e/f", "", ""),
    ]
    assert job.actions[1].where.text == "a/b/sub/dir@0123456789012345678901234567890123456789"


def test_an_input_that_is_a_script() -> None:
    job = only(
        "- uses: nick-fields/retry@v3\n  with:\n    command: |\n      pip install ${{ env.P }}\n", top="env: {P: x}"
    )
    assert commands(job) == ["pip install x"]
    assert job.steps[0].installs[0].command.where.text == "pip install ${{ env.P }}"


def test_a_script_on_another_machine() -> None:
    job = only("- uses: uraimo/run-on-arch-action@v2\n  with: {run: pip install x}\n")
    assert job.steps[0].commands[0].elsewhere
    assert job.steps[0].installs == ()

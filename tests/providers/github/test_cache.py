"""actions/cache: paths, keys, conditions, restore and save."""

import pytest

from ci_audit.model import Job
from ci_audit.source import UNKNOWN
from tests.providers.github.samples import cache, caches, jobs, kept, only


def use(lines: str, action: str = "actions/cache@v4", rest: str = "") -> str:
    body = "\n".join("    " + line for line in lines.split("\n"))
    return f"- uses: {action}\n  with:\n{body}\n{rest}"


def paths(path: str, job: str = "runs-on: ubuntu-latest", top: str = "") -> list[str]:
    return kept(only(use(f"path: {path}\nkey: k"), job=job, top=top))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("~/.cache/pip", ["/home/runner/.cache/pip"]),
        (".venv", ["$WORKSPACE/.venv"]),
        ("./a/../b", ["$WORKSPACE/b"]),
        ("${{ github.workspace }}/.venv", ["$WORKSPACE/.venv"]),
        ("${{ runner.temp }}/c", ["/home/runner/work/_temp/c"]),
        ("${{ env.DIR }}", ["/env/dir"]),
        ("${{ vars.DIR }}", [UNKNOWN]),
        ("${{ env.pythonLocation }}", [UNKNOWN]),
        ("/opt/hostedtoolcache/Python/3.8.12/x64/lib/python3.8/site-packages", ["$PYTHON_LOCATION/3.8.12"]),
        ("/opt/hostedtoolcache/Python", ["$PYTHON_LOCATION"]),
        ("/opt/hostedtoolcache/Ruby", ["/opt/hostedtoolcache/Ruby"]),
        ("$HOME/.cache/pip", ["$WORKSPACE/$HOME/.cache/pip"]),
        ("'**/node_modules'", ["$WORKSPACE/**/node_modules"]),
    ],
)
def test_paths(path: str, found: list[str]) -> None:
    assert paths(path, top="env: {DIR: /env/dir}") == found


def test_paths_of_other_systems() -> None:
    assert paths(r"~\AppData\Local\pip\Cache", job="runs-on: windows-latest") == [
        "C:/Users/runneradmin/AppData/Local/pip/Cache"
    ]
    assert paths("~/Library/Caches/pip", job="runs-on: macos-14") == ["/Users/runner/Library/Caches/pip"]
    assert paths("~/.cache/pip", job="runs-on: ubuntu-latest\ncontainer: python:3") == ["/github/home/.cache/pip"]
    assert paths("~/.cache/pip", job="runs-on: self-hosted") == ["~/.cache/pip"]


def test_several_paths_with_an_exclusion() -> None:
    job = only(use("path: |\n  ~/.cache/pip\n  !~/.cache/pip/http\n\n  .venv\nkey: k"))
    found = cache(job).paths
    assert [(item.path, item.exclude) for item in found] == [
        ("/home/runner/.cache/pip", False),
        ("/home/runner/.cache/pip/http", True),
        ("$WORKSPACE/.venv", False),
    ]
    assert [item.where.text for item in found if item.where] == ["~/.cache/pip", "!~/.cache/pip/http", ".venv"]


def test_a_variable_of_several_lines() -> None:
    job = only(use("path: ${{ env.DIRS }}\nkey: k"), top="env:\n  DIRS: |\n    /a\n    /b\n")
    assert kept(job) == ["/a", "/b"]


def test_the_interpreter_of_setup_python() -> None:
    steps = "- uses: actions/setup-python@v5\n  with: {python-version: 3}\n"
    job = only(steps + use("path: ${{ env.pythonLocation }}/lib/python3.12/site-packages\nkey: k"))
    assert kept(job) == ["$PYTHON_LOCATION"]


@pytest.mark.parametrize(
    ("script", "path", "follows"),
    [
        ('echo "dir=$(pip cache dir)" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ("pip",)),
        ('echo "dir=$(python -m pip cache dir)" >> "$GITHUB_OUTPUT"', "steps.ask.outputs.dir", ("pip",)),
        ('echo "::set-output name=dir::$(pip cache dir)"', "steps.ask.outputs.dir", ("pip",)),
        ('echo "dir=`pip cache dir`" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ("pip",)),
        ('dir=$(pip cache dir)\n    echo "dir=$dir" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ("pip",)),
        ('echo "dir=$(uv cache dir)" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ("uv",)),
        ('echo "dir=$(poetry config cache-dir)" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ("poetry",)),
        ('echo "dir=$(npm config get cache)" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ("npm",)),
        ('echo "dir=$(yarn cache dir)" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ("yarn",)),
        ('echo "PIPDIR=$(pip cache dir)" >> $GITHUB_ENV', "env.PIPDIR", ("pip",)),
        ('echo "dir=$(make where)" >> $GITHUB_OUTPUT', "steps.ask.outputs.dir", ()),
        ('echo "dir=$(pip cache dir)" >> $GITHUB_OUTPUT', "steps.ask.outputs.other", ()),
        ('echo "dir=$(pip cache dir)" >> $GITHUB_OUTPUT', "steps.other.outputs.dir", ()),
    ],
)
def test_a_step_that_asks_the_manager(script: str, path: str, follows: tuple[str, ...]) -> None:
    found = cache(only(f"- id: ask\n  run: |\n    {script}\n" + use(f"path: ${{{{ {path} }}}}\nkey: k")))
    assert found.follows == follows
    assert [item.path for item in found.paths] == ([] if follows else [UNKNOWN])


def test_key_and_restore_keys_as_written() -> None:
    text = "path: .venv\nkey: ${{ runner.os }}-pip-${{ hashFiles('**/r.txt') }}\nrestore-keys: |\n  a-\n  b-"
    found = cache(only(use(text)))
    assert found.key is not None
    assert found.key.text == "${{ runner.os }}-pip-${{ hashFiles('**/r.txt') }}"
    assert found.key.restore_keys == ("a-", "b-")
    assert found.key.where is not None
    assert found.key.where.text == found.key.text
    assert found.managers == ("pip",)


@pytest.mark.parametrize(
    ("key", "varies"),
    [
        ("pip", ()),
        ("${{ runner.os }}-${{ matrix.python }}-pip", ()),
        ("${{ github.ref }}-${{ github.workflow }}", ()),
        ("${{ steps.py.outputs.python-version }}", ()),
        ("${{ env.pythonLocation }}", ()),
        ("x-${{ hashFiles('r.txt') }}", ("content",)),
        ("x-${{ github.sha }}", ("commit",)),
        ("x-${{ github.run_id }}-${{ hashFiles('a') }}", ("content", "run")),
        ("${{ env.FIXED }}", ()),
        ("${{ env.HASH }}", ("content",)),
        ("${{ env.RUN }}", ("run",)),
        ("${{ steps.date.outputs.day }}", ("time",)),
        ("${{ needs.a.outputs.key }}", ("unknown",)),
    ],
)
def test_what_changes_a_key(key: str, varies: tuple[str, ...]) -> None:
    top = "env: {FIXED: x, HASH: \"${{ hashFiles('a') }}\", RUN: 'r-${{ github.run_number }}'}"
    steps = '- id: date\n  run: echo "day=$(date +%F)" >> $GITHUB_OUTPUT\n'
    found = cache(only(steps + use(f'path: .venv\nkey: "{key}"'), top=top))
    assert found.key is not None
    assert found.key.varies == varies


def test_an_output_that_is_not_known_varies_as_it_may() -> None:
    found = cache(only("- id: s\n  run: make\n" + use('path: .venv\nkey: "${{ steps.s.outputs.x }}"')))
    assert found.key is not None
    assert found.key.varies == ("unknown",)


@pytest.mark.parametrize("lines", ["key: k", "path: ''\nkey: k", "path: .venv\nkey: k\nlookup-only: true"])
def test_what_keeps_nothing(lines: str) -> None:
    assert caches(only(use(lines))) == []


def restored(steps: str, files: dict[str, str] | None = None) -> bool:
    return caches(only(steps, files))[0].saves


RESTORE = use("path: .venv\nkey: k", "actions/cache/restore@v4")


def test_restore_alone_saves_nothing() -> None:
    assert cache(only(RESTORE)).kind == "actions/cache/restore"
    assert not restored(RESTORE)


def test_restore_and_save_together() -> None:
    assert restored(RESTORE + use("path: .venv\nkey: k", "actions/cache/save@v4"))
    assert not restored(RESTORE + use("path: other\nkey: k", "actions/cache/save@v4"))


def test_another_workflow_may_save() -> None:
    other = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n" + use("path: .venv\nkey: k", "actions/cache/save@v4")
    assert restored(RESTORE, {".github/workflows/other.yml": other})
    assert not restored(RESTORE, {".github/workflows/other.yml": other.replace(".venv", "else")})


def test_a_condition_that_is_not_known_is_told() -> None:
    job = only(
        use("path: .venv\nkey: k", rest="  if: github.ref == 'x'\n")
        + "- run: pip install x\n  if: ${{ github.ref == 'x' }}"
    )
    found = cache(job)
    assert (found.conditional, found.condition) == (True, "github.ref == 'x'")
    assert job.steps[0].condition == found.condition


@pytest.mark.parametrize(
    "condition",
    [
        "steps.c.outputs.cache-hit != 'true'",
        "${{ steps.c.outputs.cache-hit != 'true' }}",
        "${{ !steps.c.outputs.cache-hit }}",
        "steps.c.outputs.cache-hit == ''",
        "(steps.c.outputs.cache-hit != 'true')",
    ],
)
def test_an_install_that_an_exact_hit_skips(condition: str) -> None:
    job = only(hit(condition))
    assert job.steps[0].skipped_on_hit == cache(job).step == "c"
    assert not job.steps[0].commands[0].conditional


def hit(condition: str) -> str:
    steps = use("path: .venv\nkey: k").replace("- uses", "- id: c\n  uses")
    return f'{steps}- run: pip install x\n  if: "{condition}"\n'


def test_other_conditions_on_a_hit() -> None:
    step = only(hit("steps.c.outputs.cache-hit == 'true'")).steps[0]
    assert (step.skipped_on_hit, step.commands[0].conditional) == ("", True)
    step = only(hit("steps.other.outputs.cache-hit != 'true'")).steps[0]
    assert (step.skipped_on_hit, step.commands[0].conditional) == ("", True)
    step = only(hit("steps.c.outputs.cache-hit != 'true' && github.ref == 'x'")).steps[0]
    assert (step.skipped_on_hit, step.commands[0].conditional) == ("c", True)


def test_matrix_values_in_a_path() -> None:
    found: list[Job] = list(
        jobs(use("path: ${{ matrix.p }}\nkey: k"), job="runs-on: ubuntu-latest\nstrategy: {matrix: {p: [a, b]}}")
    )
    assert [kept(job) for job in found] == [["$WORKSPACE/a"], ["$WORKSPACE/b"]]

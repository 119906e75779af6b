"""actions/setup-python: what its cache keeps, and when it fails or is ignored."""

import pytest

from tests.providers.github.samples import cache, caches, causes, jobs, kept, only

CHECKOUT = "- uses: actions/checkout@v4\n"
FILES = {"requirements.txt": "x==1\n"}


def setup(with_: str, version: str = "v5") -> str:
    return f"- uses: actions/setup-python@{version}\n  with: {{{with_}}}\n"


def test_cache_pip_follows_pip() -> None:
    found = cache(only(CHECKOUT + setup("python-version: '3.12', cache: pip") + "- run: pip install x", FILES))
    assert (found.kind, found.managers, found.follows) == ("setup-python", ("pip",), ("pip",))
    assert (found.order, found.problems, found.conditional) == (1000, (), False)
    assert found.where.text == "cache: pip"


def test_cache_pip_sees_the_variables_of_the_step() -> None:
    step = setup("python-version: '3.12', cache: pip") + "  env: {PIP_CACHE_DIR: /x}\n"
    assert cache(only(CHECKOUT + step, FILES)).env["PIP_CACHE_DIR"].value == "/x"


def test_without_the_input_it_is_only_a_hint() -> None:
    job = only(CHECKOUT + setup("python-version: '3.12'"))
    assert caches(job) == []
    assert causes(job) == ["absent"]


def test_it_names_the_interpreter() -> None:
    steps = setup("python-version: '3.12'") + "- run: make\n  env: {A: '${{ env.pythonLocation }}'}\n"
    assert only(steps).steps[0].commands[0].env["A"].value == "$PYTHON_LOCATION"


def test_pipenv_keeps_a_fixed_folder() -> None:
    files = {"Pipfile.lock": "{}"}
    steps = CHECKOUT + setup("python-version: '3.12', cache: pipenv")
    assert kept(only(steps, files)) == ["/home/runner/.local/share/virtualenvs"]
    windows = only(steps, files, job="runs-on: windows-latest")
    assert kept(windows) == ["C:/Users/runneradmin/.virtualenvs"]


def test_poetry_keeps_its_virtual_environments() -> None:
    steps = CHECKOUT + "- run: pipx install poetry\n" + setup("python-version: '3.12', cache: poetry")
    found = cache(only(steps, {"poetry.lock": ""}))
    assert (found.managers, found.follows, found.problems) == (("poetry",), ("poetry",), ())


@pytest.mark.parametrize(
    ("steps", "files", "cause", "part"),
    [
        (CHECKOUT + setup("python-version: 3, cache: uv"), FILES, "unsaved", "not `uv`"),
        (CHECKOUT + setup("python-version: 3, cache: pip", "v1"), FILES, "unsaved", "too old"),
        (CHECKOUT + setup("python-version: 3, cache: pip", "v2.2.2"), FILES, "unsaved", "too old"),
        (CHECKOUT + setup("python-version: 3, cache: poetry", "v2"), {"poetry.lock": ""}, "unsaved", "too old"),
        (CHECKOUT + setup("cache: pip"), FILES, "unsaved", "ignores"),
        (setup("python-version: 3, cache: pip") + CHECKOUT, FILES, "unsaved", "before the checkout"),
        (setup("python-version: 3, cache: pip"), FILES, "unsaved", "before the checkout"),
        (
            CHECKOUT + setup("python-version: 3, cache: pip"),
            {},
            "unsaved",
            "`**/requirements.txt` or `**/pyproject.toml`",
        ),
        (
            CHECKOUT + setup("python-version: 3, cache: pip", "v4.5.0"),
            {"pyproject.toml": ""},
            "unsaved",
            "`**/requirements.txt`",
        ),
        (
            CHECKOUT + setup("python-version: 3, cache: pip, cache-dependency-path: dev/*.txt"),
            FILES,
            "unsaved",
            "`dev/*.txt`",
        ),
        (
            CHECKOUT + setup("python-version: 3, cache: poetry"),
            {"poetry.lock": ""},
            "unsaved",
            "poetry is not installed",
        ),
        (CHECKOUT + setup("python-version: 3, cache: pipenv"), FILES, "unsaved", "`**/Pipfile.lock`"),
        (CHECKOUT + setup("python-version: 3, cache: '${{ vars.C }}'"), FILES, "unknown", "known only at run time"),
    ],
)
def test_what_makes_the_input_fail_or_be_ignored(steps: str, files: dict[str, str], cause: str, part: str) -> None:
    (problem,) = cache(only(steps, files)).problems
    assert problem.cause == cause
    assert part in problem.reason
    assert problem.where is not None


@pytest.mark.parametrize(
    ("steps", "files"),
    [
        (CHECKOUT + setup("python-version: 3, cache: pip"), {"sub/requirements.txt": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip"), {"pyproject.toml": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip", "v4"), {"pyproject.toml": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip", "v4.6.0"), {"pyproject.toml": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip", "main"), {"pyproject.toml": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip", "0123456789012345678901234567890123456789"), FILES),
        (CHECKOUT + setup("python-version: 3, cache: pip, cache-dependency-path: setup.py"), {"setup.py": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip, cache-dependency-path: ./dev/*.txt"), {"dev/a.txt": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip, cache-dependency-path: nothing.txt"), {"pyproject.toml": ""}),
        (CHECKOUT + setup("python-version: 3, cache: pip, cache-dependency-path: '${{ vars.X }}'"), {}),
        (CHECKOUT + setup("cache: pip", "v3"), FILES),
        (CHECKOUT + setup("cache: pip"), {**FILES, ".python-version": "3.12\n"}),
        (CHECKOUT + setup("cache: pip, python-version-file: x"), FILES),
        (CHECKOUT + setup("cache: pip, python-version: '${{ vars.V }}'"), FILES),
        ("- run: git clone https://example.org/x .\n" + setup("python-version: 3, cache: pip"), FILES),
        (CHECKOUT + "- run: uv export > requirements.txt\n" + setup("python-version: 3, cache: pip"), {}),
        ("- uses: actions/checkout@v4\n  with: {repository: a/b}\n" + setup("python-version: 3, cache: pip"), {}),
        (
            "- uses: actions/checkout@v4\n  with: {path: src}\n"
            + setup("python-version: 3, cache: pip, cache-dependency-path: src/dev/r.txt"),
            {"dev/r.txt": ""},
        ),
        (CHECKOUT + "- uses: someone/unknown@v1\n" + setup("python-version: 3, cache: poetry"), {"poetry.lock": ""}),
    ],
)
def test_what_does_not(steps: str, files: dict[str, str]) -> None:
    assert cache(only(steps, files)).problems == ()


@pytest.mark.parametrize("value", ["1", "true", "'off'", "0", "false"])
@pytest.mark.parametrize("place", ["workflow", "job", "step", "published"])
def test_a_switched_off_pip_cache_makes_it_fail(value: str, place: str) -> None:
    line = f"env: {{PIP_NO_CACHE_DIR: {value}}}"
    step = setup("python-version: 3, cache: pip")
    if place == "published":
        step = f"- run: echo PIP_NO_CACHE_DIR={value} >> $GITHUB_ENV\n" + step
    job = only(
        CHECKOUT + step + (f"  {line}\n" if place == "step" else ""),
        FILES,
        job="runs-on: ubuntu-latest\n" + (line if place == "job" else ""),
        top=line if place == "workflow" else "",
    )
    (problem,) = cache(job).problems
    assert problem.cause == "unsaved"
    assert "PIP_NO_CACHE_DIR" in problem.reason


def test_an_empty_switch_is_none() -> None:
    job = only(CHECKOUT + setup("python-version: 3, cache: pip"), FILES, top="env: {PIP_NO_CACHE_DIR: ''}")
    assert cache(job).problems == ()


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("container: python:3.12", ["unsaved"]),
        ("container: ghcr.io/someone/ci:1", ["unknown"]),
        ("container: {image: 'python:3.12', options: --user 1001}", []),
        ("container: python:3.12\nenv: {PIP_CACHE_DIR: /root/c}", []),
        ("container: python:3.12\nenv: {HOME: /root}", []),
    ],
)
def test_in_a_container(lines: str, found: list[str]) -> None:
    job = only(CHECKOUT + setup("python-version: 3, cache: pip"), FILES, job=f"runs-on: ubuntu-latest\n{lines}")
    assert [problem.cause for problem in cache(job).problems] == found


def test_a_condition_that_is_not_known() -> None:
    step = setup("python-version: 3, cache: pip") + "  if: github.ref == 'x'\n"
    found = cache(only(CHECKOUT + step, FILES))
    assert (found.conditional, found.condition) == (True, "github.ref == 'x'")


def test_two_steps_for_two_systems() -> None:
    steps = CHECKOUT + setup("python-version: 3, cache: pip") + "  if: runner.os == 'Linux'\n"
    found = jobs(
        steps + "- run: pip install x",
        FILES,
        job="runs-on: ${{ matrix.os }}\nstrategy: {matrix: {os: [ubuntu-latest, macos-14]}}",
    )
    assert [len(caches(job)) for job in found] == [1, 0]

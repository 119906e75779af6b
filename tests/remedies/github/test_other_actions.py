"""The caches of setup-uv and setup-pdm, conda, containers, composite actions and risky jobs."""

import pytest

from tests.remedies.github.fixing import CHECKOUT, CI, PROJECT, REQUIREMENTS, job, python, repaired, repaired_files

UV = {"uv.lock": "version = 1\n", **PROJECT}
INSTALL = "run: pip install -r requirements.txt"


def uv(version: str, *inputs: str) -> str:
    lines = [f"uses: astral-sh/setup-uv@{version}", *(["with:"] if inputs else []), *(f"  {one}" for one in inputs)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("version", "prunes"),
    [("v5", True), ("v6", True), ("v7", True), ("v8.1.0", True), ("v9.0.0", False), ("v10.0.1", False)],
)
def test_the_cache_of_setup_uv_keeps_the_wheels(version: str, prunes: bool) -> None:
    found = repaired_files({CI: job(CHECKOUT, uv(version, "enable-cache: false"), "run: uv sync"), **UV})
    assert "enable-cache: true" in found.text
    assert ("prune-cache: false" in found.text) is prunes
    assert found.safeties == {"unsafe"}, "somebody has switched it off"


def test_an_old_setup_uv_keeps_nothing_but_moves_the_cache() -> None:
    found = repaired_files({CI: job(CHECKOUT, uv("v3"), "run: uv sync"), **UV})
    assert "path: ${{ env.UV_CACHE_DIR }}" in found.text
    assert found.safeties == {"safe"}


def test_setup_uv_fails_where_nothing_fills_its_cache() -> None:
    step = "if: github.ref == 'x'\nrun: uv sync"
    found = repaired_files({CI: job(CHECKOUT, uv("v6", "enable-cache: false"), step), **UV})
    assert "enable-cache: true" not in found.text
    assert "actions/cache@v4" in found.text


def pdm(version: str = "v4") -> str:
    return f'uses: pdm-project/setup-pdm@{version}\nwith:\n  python-version: "3.12"'


def test_the_cache_of_setup_pdm() -> None:
    files = {"pdm.lock": "package = []\n", **PROJECT}
    text = job(CHECKOUT, pdm(), "run: pdm sync")
    assert "          cache: true\n" in repaired_files({CI: text, **files}).text
    without = repaired_files({CI: text, **PROJECT}).text
    assert "          cache: true\n          cache-dependency-path: pyproject.toml\n" in without
    old = repaired_files({CI: text.replace("setup-pdm@v4", "setup-pdm@v3"), **files}).text
    assert "path: ~/.cache/pdm" in old


def test_root_in_a_container() -> None:
    found = repaired(job(CHECKOUT, INSTALL, head="container: python:3.12"), REQUIREMENTS)
    assert "    env:\n      PIP_CACHE_DIR: /root/.cache/pip\n    steps:\n" in found.text
    assert "path: /root/.cache/pip" in found.text
    assert found.safeties == {"safe"}


def test_somebody_in_a_container() -> None:
    found = repaired(job(CHECKOUT, INSTALL, head="container: example.com/own:1"), REQUIREMENTS)
    assert "PIP_CACHE_DIR: /tmp/pip-cache" in found.text
    assert found.safeties == {"unsafe"}


def test_a_container_of_alpine_has_no_tar_that_does() -> None:
    found = repaired(job(CHECKOUT, INSTALL, head="container: python:3.12-alpine"), REQUIREMENTS)
    assert found.safeties == {"unsafe"}
    assert any("Alpine" in reason for reason in found.reasons)


def test_what_pip_and_conda_need_in_one_job() -> None:
    text = job(CHECKOUT, "run: |\n  conda install numpy\n  pip install flask", head="container: python:3.12")
    found = repaired(text)
    block = "    env:\n      CONDA_PKGS_DIRS: ~/conda_pkgs_dir\n      PIP_CACHE_DIR: /root/.cache/pip\n    steps:\n"
    assert block in found.text


ACTION = """name: set up
runs:
  using: composite
  steps:
    - uses: actions/setup-python@v6
      with:
        python-version: "3.12"
    - run: pip install -r requirements.txt
      shell: bash
"""


def using(*more: str, runs_on: str = "ubuntu-24.04", on: str = "push") -> str:
    return job(CHECKOUT, "uses: ./.github/actions/set-up", *more, runs_on=runs_on, on=on)


def test_a_composite_action_is_changed_where_it_is_written() -> None:
    path = ".github/actions/set-up/action.yml"
    files = {path: ACTION, CI: using(), ".github/workflows/more.yml": using(runs_on="macos-14"), **REQUIREMENTS}
    found = repaired_files(files)
    assert list(found.texts) == [path]
    assert found.texts[path] == ACTION.replace('"3.12"\n', '"3.12"\n        cache: pip\n')
    assert found.safeties == {"safe"}


def test_a_composite_action_without_setup_python_gets_the_paths_of_all_callers() -> None:
    path = ".github/actions/set-up/action.yml"
    action = "runs:\n  using: composite\n  steps:\n    - run: pip install -r requirements.txt\n      shell: bash\n"
    files = {path: action, CI: using(), ".github/workflows/more.yml": using(runs_on="macos-14"), **REQUIREMENTS}
    found = repaired_files(files)
    assert "~/.cache/pip\n" in found.texts[path]
    assert "~/Library/Caches/pip\n" in found.texts[path]


def test_a_composite_action_that_a_release_uses_as_well_is_left_alone() -> None:
    path = ".github/actions/set-up/action.yml"
    release = using("run: twine upload dist/*", on="release")
    found = repaired_files({path: ACTION, CI: using(), ".github/workflows/release.yml": release, **REQUIREMENTS})
    assert found.texts == {}
    assert any("a cache would be a risk in `test`" in reason for reason in found.reasons)


def test_a_job_that_publishes_is_left_alone() -> None:
    assert repaired(job(CHECKOUT, python(), INSTALL, "run: twine upload dist/*"), REQUIREMENTS).texts == {}


def test_a_cache_for_files_that_another_job_publishes_is_for_the_owner_to_weigh() -> None:
    upload = "uses: actions/upload-artifact@v4\nwith:\n  name: dist\n  path: dist/"
    text = job(CHECKOUT, python(), INSTALL, "run: python -m build", upload)
    text += """  publish:
    needs: test
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/download-artifact@v4
        with:
          name: dist
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
    found = repaired(text, REQUIREMENTS)
    assert "cache: pip" in found.texts[CI]
    assert found.safeties == {"unsafe"}
    assert found.reasons == {"the job `publish` publishes what it uploads, and who can write the cache could change it"}


def test_nothing_unsafe_is_written_when_only_safe_is_asked_for() -> None:
    text = job(CHECKOUT, uv("v6", "enable-cache: false"), "run: uv sync")
    assert repaired_files({CI: text, **UV}, safe_only=True).texts == {}


@pytest.mark.parametrize(
    ("on", "why"),
    [
        ("pull_request_target", "`pull_request_target` runs with the rights of the repository"),
        ("[push, workflow_run]", "`workflow_run` runs with the rights of the repository"),
        ("release", "it runs for releases only"),
        ("{push: {tags: ['v*']}, workflow_dispatch: {}}", "it runs for releases only"),
    ],
)
def test_a_workflow_that_is_at_risk_gets_no_cache(on: str, why: str) -> None:
    found = repaired(job(CHECKOUT, INSTALL, on=on), REQUIREMENTS)
    assert found.text == ""
    assert found.reasons == {f"a cache would be a risk in `test`: {why}"}


def test_a_workflow_that_also_runs_for_releases_gets_one() -> None:
    assert "actions/cache@v4" in repaired(job(CHECKOUT, INSTALL, on="[push, release]"), REQUIREMENTS).text


def test_an_action_for_other_repositories_is_left_alone() -> None:
    text = job(CHECKOUT, "uses: ./")
    found = repaired_files({"action.yml": ACTION, CI: text, **REQUIREMENTS})
    assert found.texts == {}
    assert any("other repositories may use this action" in reason for reason in found.reasons)


def test_a_workflow_for_other_repositories_gets_nothing_that_their_files_could_make_fail() -> None:
    called = job(CHECKOUT, python(), INSTALL, on="workflow_call")
    found = repaired(called, REQUIREMENTS)
    assert "cache: pip" not in found.text
    assert found.safeties == {"unsafe"}
    caller = f"on: push\njobs:\n  a:\n    uses: ./{CI}\n"
    own = repaired_files({CI: called, ".github/workflows/all.yml": caller, **REQUIREMENTS})
    assert "cache: pip" in own.text
    assert own.safeties == {"safe"}


def test_a_cache_that_is_off_for_a_stated_reason_stays_off() -> None:
    step = uv("v9.0.0", "# The cache does not pay here.", "enable-cache: false")
    assert repaired_files({CI: job(CHECKOUT, step, "run: uv sync"), **UV}).texts == {}

"""A step with actions/cache: its place, path, key and name."""

import pytest

from tests.remedies.github.fixing import CHECKOUT, CI, PROJECT, REQUIREMENTS, job, python, repaired, repaired_files

INSTALL = "run: pip install -r requirements.txt"
SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"


def test_it_stands_right_before_the_first_install() -> None:
    found = repaired(job(CHECKOUT, "run: make", INSTALL, "run: pytest"), REQUIREMENTS)
    step = (
        "uses: actions/cache@v4\nwith:\n  path: ~/.cache/pip\n"
        "  key: pip-${{ runner.os }}-${{ hashFiles('requirements.txt') }}\n  restore-keys: pip-${{ runner.os }}-"
    )
    assert found.text == job(CHECKOUT, "run: make", step, INSTALL, "run: pytest")
    assert found.safeties == {"safe"}


@pytest.mark.parametrize(
    ("checkout", "written"),
    [
        ("actions/checkout@v2", "actions/cache@v4\n"),
        ("actions/checkout@v4", "actions/cache@v4\n"),
        ("actions/checkout@v5", "actions/cache@v5\n"),
        (f"actions/checkout@{SHA} # v7.0.1", "actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5\n"),
        (f"actions/checkout@{SHA} # v4.1.0", "actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830 # v4.3.0\n"),
    ],
)
def test_the_action_is_named_as_the_file_names_its_own(checkout: str, written: str) -> None:
    assert f"uses: {written}" in repaired(job(f"uses: {checkout}", INSTALL), REQUIREMENTS).text


@pytest.mark.parametrize(
    ("used", "written"),
    [
        ("actions/cache@v4.2.3", "actions/cache@v4.2.3"),
        ("actions/cache@v3", "actions/cache@v3"),
        ("actions/cache@v2", "actions/cache@v4"),
        ("actions/cache@v4.1.0", "actions/cache@v4"),
    ],
)
def test_a_version_that_the_file_uses_is_used_again_unless_it_is_dead(used: str, written: str) -> None:
    other = f"uses: {used}\nwith:\n  path: data\n  key: data-v1"
    found = repaired(job(CHECKOUT, other, INSTALL), REQUIREMENTS)
    assert f"uses: {written}\n        with:\n          path: ~/.cache/pip" in found.text


def test_the_directories_of_all_systems() -> None:
    head = "strategy:\n  matrix:\n    os: [windows-2022, ubuntu-24.04, macos-14]"
    found = repaired(job(CHECKOUT, INSTALL, head=head, runs_on="${{ matrix.os }}"), REQUIREMENTS)
    paths = ("~/.cache/pip", "~/Library/Caches/pip", "~\\AppData\\Local\\pip\\Cache")
    assert "path: |\n" + "".join(f"            {path}\n" for path in paths) in found.text


def test_two_images_of_one_system_have_keys_of_their_own() -> None:
    head = "strategy:\n  matrix:\n    os: [ubuntu-22.04, ubuntu-24.04]"
    found = repaired(job(CHECKOUT, INSTALL, head=head, runs_on="${{ matrix.os }}"), REQUIREMENTS)
    assert "key: pip-${{ matrix.os }}-${{ hashFiles('requirements.txt') }}" in found.text


def test_no_comma_gets_into_a_key() -> None:
    head = 'strategy:\n  matrix:\n    python: [">=3.9,<3.11", "3.12"]'
    setup = python("v2", python_version="${{ matrix.python }}")
    found = repaired(job(CHECKOUT, setup, INSTALL, head=head), REQUIREMENTS)
    assert "key: pip-${{ runner.os }}-${{ hashFiles('requirements.txt') }}" in found.text


def test_a_matrix_that_is_not_known_stays_out_of_the_key() -> None:
    head = "strategy:\n  matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}"
    setup = python("v2", python_version="${{ matrix.python }}")
    found = repaired(job(CHECKOUT, setup, INSTALL, head=head), REQUIREMENTS)
    assert "key: pip-${{ runner.os }}-${{ hashFiles('requirements.txt') }}" in found.text


def test_what_the_commands_vary_by_is_in_the_key() -> None:
    head = "strategy:\n  matrix:\n    django: ['4.2', '5.1']"
    found = repaired(job(CHECKOUT, python(), "run: pip install django~=${{ matrix.django }}", head=head))
    assert (
        "key: pip-${{ runner.os }}-3.12-${{ matrix.django }}-${{ hashFiles('.github/workflows/ci.yml') }}" in found.text
    )


def test_many_files_of_a_folder_are_a_pattern() -> None:
    files = {f"requirements/{name}.txt": "a\n" for name in "abcde"}
    command = "run: pip install " + " ".join(f"-r {name}" for name in files)
    found = repaired_files({CI: job(CHECKOUT, command), **files})
    assert "hashFiles('requirements/*.txt')" in found.text


def test_two_managers_at_one_place_are_one_fix() -> None:
    files = {"poetry.lock": "package = []\n", **PROJECT}
    found = repaired_files({CI: job(CHECKOUT, "run: |\n  pip install poetry\n  poetry install"), **files})
    assert found.text.index("path: ~/.cache/pip\n") < found.text.index("~/.cache/pypoetry/artifacts")
    assert found.safeties == {"safe"}
    assert len(found.fixes) == 1


def test_where_it_is_not_known_which_of_two_caches_is_filled_both_are_kept() -> None:
    noxfile = {"noxfile.py": 'import nox\n@nox.session(venv_backend="uv|virtualenv")\ndef t(session): ...\n'}
    found = repaired(job(CHECKOUT, "run: nox"), noxfile)
    assert "            ~/.cache/pip\n            ~/.cache/uv\n" in found.text
    assert found.safeties == {"unsafe"}


def test_names_and_blank_lines_as_the_other_steps_have_them() -> None:
    text = f"""on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - name: Check out
        {CHECKOUT}

      # It is small.
      - name: Install
        {INSTALL}
"""
    found = repaired(text, REQUIREMENTS)
    assert "\n\n      - name: Cache the downloads of pip\n        uses: actions/cache@v4\n" in found.text
    assert "\n\n      # It is small.\n      - name: Install\n" in found.text


def test_without_a_checkout_there_is_nothing_to_hash() -> None:
    found = repaired(job("run: pipx install ruff==0.6.0"))
    assert found.text == ""
    assert any("checks nothing out" in reason for reason in found.reasons)


def test_files_out_of_an_artifact_are_not_safe() -> None:
    artifact = "uses: actions/download-artifact@v4"
    found = repaired(job(artifact, "run: tar xf a.tar.gz", INSTALL), REQUIREMENTS)
    assert "hashFiles('requirements.txt')" in found.text
    assert found.safeties == {"unsafe"}


def test_a_sudo_install_has_no_directory_that_the_action_can_read() -> None:
    for command in ("sudo pip install -r requirements.txt", "sudo -H pip install -r requirements.txt"):
        found = repaired(job(CHECKOUT, f"run: {command}"), REQUIREMENTS)
        assert found.text == "", command
        assert found.reasons


def test_a_step_in_parallel_is_preceded_by_the_whole() -> None:
    found = repaired(job(CHECKOUT, f"parallel:\n  - {INSTALL}\n  - run: make"), REQUIREMENTS)
    assert found.text.index("actions/cache@v4") < found.text.index("parallel:")


def test_an_anchor_that_lists_share_is_changed_once() -> None:
    text = f"""on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    steps: &steps
      - {CHECKOUT}
      - {INSTALL}
  b:
    runs-on: macos-14
    steps: *steps
"""
    found = repaired(text, REQUIREMENTS)
    assert found.text.count("actions/cache@v4") == 1
    assert "~/Library/Caches/pip" in found.text
    assert "~/.cache/pip" in found.text


def test_a_single_step_that_jobs_share_is_left_alone() -> None:
    text = f"""on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - {CHECKOUT}
      - &install
        {INSTALL}
  b:
    runs-on: ubuntu-24.04
    steps:
      - {CHECKOUT}
      - *install
"""
    found = repaired(text, REQUIREMENTS)
    assert found.text == ""
    assert any("shared" in reason for reason in found.reasons)


def test_line_ends_are_kept() -> None:
    text = job(CHECKOUT, INSTALL).replace("\n", "\r\n")
    found = repaired(text, REQUIREMENTS)
    assert found.text.count("\n") == found.text.count("\r\n")
    assert "actions/cache@v4" in found.text


@pytest.mark.parametrize(
    ("first", "second", "written"),
    [
        ("matrix.os == 'a'", "matrix.os == 'a'", "matrix.os == 'a'"),
        ("matrix.os == 'a'", "matrix.n == 1", "(matrix.os == 'a') || (matrix.n == 1)"),
        ("matrix.os == 'a'", "steps.x.outputs.y == '1'", ""),
    ],
)
def test_a_step_for_installs_under_conditions_runs_when_one_of_them_does(first: str, second: str, written: str) -> None:
    head = "strategy:\n  matrix:\n    os: [a, b]\n    n: [1, 2]"
    steps = [f"if: {condition}\n{INSTALL}" for condition in (first, second)]
    found = repaired(job(CHECKOUT, *steps, head=head), REQUIREMENTS)
    assert found.text.count("uses: actions/cache@v4\n") == 1
    assert (f"      - if: {written}\n        uses: actions/cache@v4\n" in found.text) is bool(written)


def test_a_cache_that_a_setup_action_has_off_is_not_added_unasked() -> None:
    setup = "uses: prefix-dev/setup-pixi@v0.9.0\nwith:\n  run-install: false\n  cache: false"
    found = repaired(job(CHECKOUT, setup, "run: pixi install"), {"pixi.toml": "[workspace]\nname = 'demo'\n"})
    assert found.safeties == {"unsafe"}
    assert found.reasons == {"the cache was switched off by hand"}


def test_no_cache_is_added_where_a_variable_switches_all_of_them_off() -> None:
    found = repaired(job(CHECKOUT, INSTALL, head="env:\n  ACTIONS_CACHE_MODE: none"), REQUIREMENTS)
    assert found.texts == {}
    assert found.reasons == {"ACTIONS_CACHE_MODE is `none`: somebody switched all caches off"}
    assert repaired(job(CHECKOUT, INSTALL, head="env:\n  ACTIONS_CACHE_MODE: read"), REQUIREMENTS).safeties == {"safe"}

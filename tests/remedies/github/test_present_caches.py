"""Caches that are there and do not work: switched off, elsewhere, frozen, volatile, late, impossible."""

import pytest

from tests.remedies.github.fixing import CHECKOUT, CI, PROJECT, REQUIREMENTS, job, python, repaired, repaired_files

INSTALL = "run: pip install -r requirements.txt"
HASH = "${{ hashFiles('requirements.txt') }}"


def cache(path: str = "~/.cache/pip", key: str = f"pip-{HASH}", *more: str) -> str:
    return "\n".join(["uses: actions/cache@v4", "with:", f"  path: {path}", f"  key: {key}", *more])


def test_a_flag_is_taken_out_wherever_it_stands() -> None:
    for command in (
        "pip install --no-cache-dir -r requirements.txt",
        "pip --no-cache-dir install -r requirements.txt",
        "pip install -r requirements.txt --no-cache-dir",
    ):
        found = repaired(job(CHECKOUT, cache(), f"run: {command}"), REQUIREMENTS)
        assert found.text == job(CHECKOUT, cache(), INSTALL), command
        assert found.safeties == {"unsafe"}


def test_a_flag_on_a_line_of_its_own() -> None:
    command = "run: |\n  pip install \\\n    --no-cache-dir \\\n    -r requirements.txt"
    found = repaired(job(CHECKOUT, cache(), command), REQUIREMENTS)
    assert "--no-cache-dir" not in found.text
    assert "pip install" in found.text


def test_the_only_variable_goes_with_its_env() -> None:
    text = job(CHECKOUT, cache(), f'{INSTALL}\nenv:\n  PIP_NO_CACHE_DIR: "1"')
    assert repaired(text, REQUIREMENTS).text == job(CHECKOUT, cache(), INSTALL)


def test_a_variable_that_a_script_sets_is_left_alone() -> None:
    script = 'run: echo "PIP_NO_CACHE_DIR=1" >> "$GITHUB_ENV"'
    found = repaired(job(CHECKOUT, script, cache(), INSTALL), REQUIREMENTS)
    assert found.text == ""
    assert found.reasons


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("run: |\n  pip install -r requirements.txt\n  pip cache purge", "run: |\n  pip install -r requirements.txt"),
        ("run: pip install -r requirements.txt && pip cache purge", INSTALL),
    ],
)
def test_a_command_that_empties_the_cache_is_taken_out(script: str, left: str) -> None:
    found = repaired(job(CHECKOUT, cache(), script), REQUIREMENTS)
    assert found.text == job(CHECKOUT, cache(), left)
    assert found.safeties == {"unsafe"}


def test_a_step_that_does_nothing_else_goes() -> None:
    text = job(CHECKOUT, cache(), INSTALL, "run: pip cache purge", "run: pytest")
    assert repaired(text, REQUIREMENTS).text == job(CHECKOUT, cache(), INSTALL, "run: pytest")


def test_paths_that_are_of_use_stay() -> None:
    paths = "|\n    ~/.cache/pip\n    data"
    text = job(CHECKOUT, cache(paths), INSTALL, runs_on="macos-14")
    found = repaired(text, REQUIREMENTS)
    assert "path: |\n            data\n            ~/Library/Caches/pip\n" in found.text
    assert found.safeties == {"safe"}


def test_a_hash_takes_the_place_of_one_that_finds_nothing() -> None:
    key = "${{ runner.os }}-pip-${{ hashFiles('setup.py') }}-v2"
    found = repaired(job(CHECKOUT, cache(key=key), INSTALL), REQUIREMENTS)
    assert f"key: ${{{{ runner.os }}}}-pip-{HASH}-v2\n" in found.text
    assert "restore-keys: ${{ runner.os }}-pip-\n" in found.text


def test_restore_keys_that_are_there_stay() -> None:
    text = job(CHECKOUT, cache("~/.cache/pip", "pip-v1", "  restore-keys: pip-"), INSTALL)
    found = repaired(text, REQUIREMENTS)
    assert f"key: pip-v1-{HASH}\n          restore-keys: pip-\n" in found.text


def test_an_environment_is_not_restored_from_an_older_one() -> None:
    text = job(CHECKOUT, cache(".venv", "pip-v1"), "run: .venv/bin/pip install -r requirements.txt")
    found = repaired(text, REQUIREMENTS)
    assert f"key: pip-v1-{HASH}\n" in found.text
    assert "restore-keys" not in found.text
    assert found.safeties == {"unsafe"}


def test_a_key_for_each_run_falls_back_on_what_comes_before() -> None:
    key = "pip-${{ runner.os }}-${{ github.run_id }}-${{ github.run_attempt }}"
    found = repaired(job(CHECKOUT, cache(key=key), INSTALL), REQUIREMENTS)
    assert f"key: {key}\n          restore-keys: pip-${{{{ runner.os }}}}-\n" in found.text
    assert found.safeties == {"safe"}


def test_a_key_that_begins_with_the_run_gets_a_beginning() -> None:
    found = repaired(job(CHECKOUT, cache(key="${{ github.sha }}-pip"), INSTALL), REQUIREMENTS)
    assert "key: pip-${{ runner.os }}-${{ github.sha }}-pip\n" in found.text
    assert "restore-keys: pip-${{ runner.os }}-\n" in found.text


def test_a_cache_step_is_moved_with_its_comment() -> None:
    text = job(CHECKOUT, INSTALL) + "      # Keeps what pip fetched.\n" + job(cache()).partition("steps:\n")[2]
    found = repaired(text, REQUIREMENTS)
    moved = job(CHECKOUT) + "      # Keeps what pip fetched.\n" + job(cache(), INSTALL).partition("steps:\n")[2]
    assert found.text == moved
    assert found.safeties == {"unsafe"}


def test_a_cache_step_that_needs_an_output_in_between_stays() -> None:
    asks = 'id: dir\nrun: |\n  pip install -r requirements.txt\n  echo "d=$(pip cache dir)" >> "$GITHUB_OUTPUT"'
    found = repaired(job(CHECKOUT, asks, cache("${{ steps.dir.outputs.d }}")), REQUIREMENTS)
    assert found.text == ""
    assert any("puts out" in reason for reason in found.reasons)


def test_setup_python_is_not_moved() -> None:
    found = repaired(job(CHECKOUT, INSTALL, python(cache="pip")), REQUIREMENTS)
    assert found.text == ""


def test_the_checkout_comes_first() -> None:
    found = repaired(job(python(cache="pip"), CHECKOUT, INSTALL), REQUIREMENTS)
    assert found.text == job(CHECKOUT, python(cache="pip"), INSTALL)
    assert found.safeties == {"unsafe"}


def test_an_input_that_cannot_work_gives_way_to_a_step() -> None:
    files = {"poetry.lock": "package = []\n", **PROJECT}
    text = job(CHECKOUT, python(cache="poetry"), "run: pip install poetry && poetry install")
    found = repaired_files({CI: text, **files})
    assert "cache: poetry" not in found.text
    assert "~/.cache/pypoetry/artifacts" in found.text
    assert "unsafe" in found.safeties

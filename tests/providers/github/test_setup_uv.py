"""astral-sh/setup-uv and hynek/setup-cached-uv, by version."""

import pytest

from ci_audit.model import Job
from ci_audit.source import UNKNOWN
from tests.providers.github.samples import cache, caches, causes, only

TEMP = "/home/runner/work/_temp/setup-uv-cache"
SHA = "0123456789012345678901234567890123456789"


def setup(ref: str, with_: str = "", files: dict[str, str] | None = None, **more: str) -> Job:
    return only(f"- uses: astral-sh/setup-uv@{ref}\n  with: {{{with_}}}\n- run: uv sync\n", files, **more)


def directory(job: Job) -> str:
    setting = job.steps[0].commands[0].env.get("UV_CACHE_DIR")
    return setting.value if setting is not None else ""


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("v1", ["absent"]),
        ("v2.1.2", ["absent"]),
        ("v3", ["absent"]),
        ("v4", ["absent"]),
        ("v5", ["pruned"]),
        ("v5.1.0", ["pruned"]),
        ("v6", ["pruned"]),
        ("v7", ["pruned"]),
        ("v8.3.2", ["pruned"]),
        ("v9.0.0", []),
        ("v10.0.1", []),
        ("main", []),
        (SHA, ["unknown"]),
        (f"{SHA} # v9.0.0", []),
        (f"{SHA} # v6.8.0", ["pruned"]),
        (f"{SHA} # tag=v9.0.0", []),
        ("some-branch", ["unknown"]),
    ],
)
def test_the_defaults_by_version(ref: str, found: list[str]) -> None:
    # A comment would end a flow mapping, so that the inputs stand on their own line.
    assert causes(only(f"- uses: astral-sh/setup-uv@{ref}\n- run: uv sync\n")) == found


@pytest.mark.parametrize(
    ("ref", "with_", "found"),
    [
        ("v3.0.0", "enable-cache: true", []),
        ("v3", "enable-cache: true", ["pruned"]),
        ("v4", "enable-cache: true", ["pruned"]),
        ("v4", "enable-cache: 'true', prune-cache: false", []),
        ("v6", "prune-cache: 'false'", []),
        ("v6", "enable-cache: false", ["absent"]),
        ("v6", "enable-cache: 'false'", ["absent"]),
        ("v6", "enable-cache: ''", ["pruned"]),
        ("v9.0.0", "prune-cache: true", ["pruned"]),
        ("v9.0.0", "enable-cache: '${{ vars.X }}'", ["unknown"]),
        ("v6", "prune-cache: '${{ vars.X }}'", ["unknown"]),
        ("v9.0.0", "restore-cache: false", ["absent"]),
        (SHA, "enable-cache: true, prune-cache: false", []),
        (SHA, "enable-cache: true", ["unknown"]),
        (SHA, "enable-cache: false", ["absent"]),
    ],
)
def test_the_inputs(ref: str, with_: str, found: list[str]) -> None:
    assert causes(setup(ref, with_)) == found


def test_it_sets_the_directory_that_it_keeps() -> None:
    job = setup("v9.0.0")
    found = cache(job)
    assert (found.kind, found.managers, found.follows) == ("setup-uv", ("uv",), ())
    assert [item.path for item in found.paths] == [TEMP]
    assert directory(job) == TEMP
    assert found.env["UV_CACHE_DIR"].value == TEMP


@pytest.mark.parametrize(
    ("ref", "with_", "env", "files", "path"),
    [
        ("v9.0.0", "cache-local-path: /x", "", {}, "/x"),
        ("v9.0.0", "cache-local-path: ~/x", "", {}, "/home/runner/x"),
        ("v9.0.0", "", "UV_CACHE_DIR: .cache/uv", {}, "$WORKSPACE/.cache/uv"),
        ("v6", "", "UV_CACHE_DIR: .cache/uv", {}, TEMP),
        ("v4", "", "", {}, TEMP),
        ("v9.0.0", "enable-cache: false", "", {}, ""),
        ("v6", "enable-cache: false", "", {}, TEMP),
        ("v9.0.0", "", "", {"uv.toml": "cache-dir = './c'\n"}, ""),
        ("v9.0.0", "", "", {"pyproject.toml": "[tool.uv]\ncache-dir = './c'\n"}, ""),
        ("v6", "", "", {"pyproject.toml": "[tool.uv]\ncache-dir = './c'\n"}, TEMP),
        ("v9.0.0", "", "", {"pyproject.toml": "[tool.other]\ncache-dir = './c'\n"}, TEMP),
    ],
)
def test_the_directory_by_version(ref: str, with_: str, env: str, files: dict[str, str], path: str) -> None:
    job = setup(ref, with_, files, top=f"env: {{{env}}}")
    setting = directory(job)
    assert (f"$WORKSPACE/{setting}" if setting == ".cache/uv" else setting) == path


def test_a_directory_of_the_configuration_is_followed() -> None:
    found = cache(setup("v9.0.0", files={"uv.toml": "cache-dir = './c'\n"}))
    assert (found.paths, found.follows) == ((), ("uv",))


@pytest.mark.parametrize(
    ("runs_on", "found"),
    [("self-hosted", ["absent"]), ("some-runner", ["unknown"]), ("macos-14", [])],
)
def test_auto_depends_on_the_runner(runs_on: str, found: list[str]) -> None:
    assert causes(setup("v9.0.0", job=f"runs-on: {runs_on}")) == found


def test_forced_on_a_self_hosted_runner_it_keeps_the_home_directory() -> None:
    assert directory(setup("v6", "enable-cache: true", job="runs-on: [self-hosted, linux]")) == "~/.cache/uv"
    assert UNKNOWN in directory(setup("v5", "enable-cache: true", job="runs-on: [self-hosted, linux]"))


@pytest.mark.parametrize(
    ("ref", "on", "found"),
    [
        ("v10.0.0", "release", ["absent"]),
        ("v10.0.0", "{push: {tags: ['v*']}}", ["absent"]),
        ("v10.0.0", "[release, workflow_run]", ["absent"]),
        ("v10.0.0", "[release, push]", []),
        ("v10.0.0", "{push: {tags: ['v*'], branches: [main]}}", []),
        ("v9.0.0", "release", []),
    ],
)
def test_auto_depends_on_the_event(ref: str, on: str, found: list[str]) -> None:
    assert causes(setup(ref, on=on)) == found


def test_it_can_activate_an_environment() -> None:
    env = setup("v6", "activate-environment: true").steps[0].commands[0].env
    assert env["VIRTUAL_ENV"].value == "$WORKSPACE/.venv"
    env = setup("v6", "activate-environment: true, venv-path: ~/v").steps[0].commands[0].env
    assert env["VIRTUAL_ENV"].value == "/home/runner/v"


def test_in_a_container_its_directory_lies_in_the_mounted_temp() -> None:
    assert directory(setup("v9.0.0", job="runs-on: ubuntu-latest\ncontainer: python:3")) == "/__w/_temp/setup-uv-cache"


def test_it_can_keep_without_saving() -> None:
    assert not cache(setup("v9.0.0", "save-cache: false")).saves


@pytest.mark.parametrize(
    ("with_", "path", "found"),
    [
        ("", "/tmp/scu-uv-cache", ["pruned"]),
        ("uv-cache-path: ~/x", "/home/runner/x", ["pruned"]),
        ("use-cache-if: 'false'", "/tmp/scu-uv-cache", ["absent"]),
        ("use-cache-if: '${{ github.ref == vars.X }}'", "/tmp/scu-uv-cache", ["unknown"]),
    ],
)
def test_setup_cached_uv(with_: str, path: str, found: list[str]) -> None:
    job = only(f"- uses: hynek/setup-cached-uv@v2\n  with: {{{with_}}}\n- run: uv sync\n")
    assert causes(job) == found
    assert directory(job) == path
    assert all(item.paths[0].path == path for item in caches(job))

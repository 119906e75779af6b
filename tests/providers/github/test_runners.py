"""The machine of a job: runner labels, containers, homes."""

import pytest

from ci_audit.model import Job
from tests.providers.github.samples import only


def machine_of(job: str) -> Job:
    return only("- run: pip install x", job=job)


@pytest.mark.parametrize(
    ("label", "os", "home", "user"),
    [
        ("ubuntu-latest", "linux", "/home/runner", "runner"),
        ("ubuntu-24.04-arm", "linux", "/home/runner", "runner"),
        ("ubuntu-slim", "linux", "/home/runner", "runner"),
        ("Ubuntu-22.04", "linux", "/home/runner", "runner"),
        ("windows-2022", "windows", "C:/Users/runneradmin", "runneradmin"),
        ("windows-11-arm", "windows", "C:/Users/runneradmin", "runneradmin"),
        ("macos-14", "macos", "/Users/runner", "runner"),
        ("macos-latest-xlarge", "macos", "/Users/runner", "runner"),
        ("[ubuntu-latest]", "linux", "/home/runner", "runner"),
    ],
)
def test_runners_that_github_hosts_start_empty(label: str, os: str, home: str, user: str) -> None:
    machine = machine_of(f"runs-on: {label}").machine
    assert (machine.os, machine.home, machine.user, machine.persists.value) == (os, home, user, False)
    assert machine.persists.reason == f"`{label.strip('[]')}` starts empty on every run"
    assert machine.workspace == "$WORKSPACE"


@pytest.mark.parametrize(
    ("labels", "os"),
    [
        ("self-hosted", ""),
        ("[self-hosted, linux, x64]", "linux"),
        ("[self-hosted, Windows]", "windows"),
        ("[self-hosted, macOS, ARM64]", "macos"),
        ("{labels: [self-hosted, linux]}", "linux"),
    ],
)
def test_self_hosted_runners_keep_their_files(labels: str, os: str) -> None:
    machine = machine_of(f"runs-on: {labels}").machine
    assert (machine.os, machine.home, machine.persists.value) == (os, "~", True)


@pytest.mark.parametrize(
    ("runs_on", "os"),
    [
        ("buildjet-4vcpu-ubuntu-2204", "linux"),
        ("depot-ubuntu-24.04-8", "linux"),
        ("my-big-runner", ""),
        ("ubuntu-latest-16-cores", "linux"),
        ("windows-latest-8-cores", "windows"),
        ("[ubuntu-latest, extra]", "linux"),
        ("{group: big, labels: ubuntu-latest}", "linux"),
        ("{group: big}", ""),
        ("${{ vars.RUNNER }}", ""),
        ("${{ fromJSON(needs.a.outputs.runner) }}", ""),
        ("${{ github.repository_owner == 'x' && 'big' || 'ubuntu-latest' }}", ""),
    ],
)
def test_other_runners_are_not_known(runs_on: str, os: str) -> None:
    machine = machine_of(f"runs-on: {runs_on}").machine
    assert (machine.os, machine.persists.value) == (os, None)
    assert machine.persists.reason


def test_a_literal_list_in_an_expression() -> None:
    machine = machine_of("""runs-on: ${{ fromJSON('["self-hosted", "linux"]') }}""").machine
    assert (machine.os, machine.persists.value) == ("linux", True)


@pytest.mark.parametrize("container", ["python:3.12", "{image: 'python:3.12'}", "{image: library/python}"])
def test_a_container_has_a_home_that_root_does_not_own(container: str) -> None:
    machine = machine_of(f"runs-on: ubuntu-latest\ncontainer: {container}").machine
    assert (machine.os, machine.home, machine.user, machine.home_owner) == ("linux", "/github/home", "root", "other")
    assert machine.persists.value is False


@pytest.mark.parametrize(
    ("container", "user"),
    [
        ("{image: 'python:3', options: --user 1001}", "1001"),
        ("{image: 'python:3', options: '--cpus 2 --user=app:app'}", "app"),
        ("{image: 'python:3', options: -u 0}", "root"),
        ("ghcr.io/someone/ci:1", ""),
        ("quay.io/pypa/manylinux_2_28_x86_64", "root"),
        ("{image: 'python:3', options: '${{ vars.O }}'}", ""),
    ],
)
def test_who_runs_the_steps_in_a_container(container: str, user: str) -> None:
    assert machine_of(f"runs-on: ubuntu-latest\ncontainer: {container}").machine.user == user


def test_a_home_that_the_job_sets() -> None:
    job = machine_of("runs-on: ubuntu-latest\ncontainer: python:3\nenv: {HOME: /root}")
    assert (job.machine.home, job.machine.home_owner) == ("/root", "")
    assert job.steps[0].commands[0].home == "/root"
    job = machine_of("runs-on: ubuntu-latest\ncontainer: {image: 'python:3', env: {HOME: /root}}")
    assert (job.machine.home, job.machine.home_owner) == ("/root", "")
    assert machine_of("runs-on: ubuntu-latest\nenv: {HOME: /tmp/h}").machine.home == "/tmp/h"


def test_variables_of_the_container() -> None:
    env = {"image": "python:3", "env": {"PIP_CACHE_DIR": "/c"}}
    job = machine_of(f"runs-on: ubuntu-latest\ncontainer: {env}")
    assert job.steps[0].commands[0].env["PIP_CACHE_DIR"].value == "/c"


@pytest.mark.parametrize("container", ["''", "{image: ''}", "{image: }"])
def test_an_empty_image_is_no_container(container: str) -> None:
    job = machine_of(f"runs-on: ubuntu-latest\ncontainer: {container}")
    assert (job.machine.home, job.machine.home_owner, job.images) == ("/home/runner", "", ())


def test_a_container_that_may_not_be_there() -> None:
    job = machine_of("runs-on: ubuntu-latest\ncontainer: ${{ vars.IMAGE }}")
    assert (job.machine.home, job.machine.user, job.machine.home_owner) == ("~", "", "")
    assert not job.images[0].known


def test_what_a_self_hosted_runner_keeps_of_a_container_is_not_known() -> None:
    assert machine_of("runs-on: self-hosted\ncontainer: python:3").machine.persists.value is None

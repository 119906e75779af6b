"""System packages in mounts: all of apt's RUNs together, apk and the RPM managers told to keep what they fetch."""

from __future__ import annotations

import pytest

from ci_audit.remedies import Skipped

CACHE = "--mount=type=cache,target=/var/cache/apt,sharing=locked"
LISTS = "--mount=type=cache,target=/var/lib/apt/lists,sharing=locked"
APK = "--mount=type=cache,target=/var/cache/apk,sharing=locked"
RM = "rm -f /etc/apt/apt.conf.d/docker-clean"
DEBIAN = "FROM debian:13\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n",
            f"RUN {CACHE} \\\n    {LISTS} \\\n    {RM} \\\n    && apt-get update && apt-get install -y git\n",
        ),
        (
            "RUN apt-get update && apt-get install -y git\n",
            f"RUN {CACHE} \\\n    {RM} \\\n    && apt-get update && apt-get install -y git\n",
        ),
        (
            "RUN apt-get update && \\\n  apt-get install -y \\\n  # why\n  git && \\\n"
            "  apt-get clean && rm -rf /var/lib/apt/lists/*\n",
            f"RUN {CACHE} \\\n  {LISTS} \\\n  {RM} && \\\n  apt-get update && \\\n  apt-get install -y \\\n"
            "  # why\n  git\n",
        ),
        (
            "RUN set -eux; \\\n\tapt-get update; \\\n\tapt-get install -y \\\n\t\tgit \\\n\t; \\\n"
            "\trm -rf /var/lib/apt/lists/*\n",
            f"RUN {CACHE} \\\n\t{LISTS} \\\n\tset -eux; \\\n\t{RM} && \\\n\tapt-get update; \\\n"
            "\tapt-get install -y \\\n\t\tgit\n",
        ),
        (
            "RUN apt-get update && apt-get install -y git && rm -rf /var/cache/apt /var/lib/apt/lists /tmp/x\n",
            f"RUN {CACHE} \\\n    {LISTS} \\\n    {RM} \\\n    && apt-get update && apt-get install -y git"
            " && rm -rf /tmp/x\n",
        ),
        (
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt /var/cache/*\n",
            f"RUN {CACHE} \\\n    {RM} \\\n    && apt-get update && apt-get install -y git && rm -rf /var/lib/apt\n",
        ),
        (
            "RUN apt update && apt install -y git\n",
            f"RUN {CACHE} \\\n    {RM} \\\n    && echo 'Binary::apt::APT::Keep-Downloaded-Packages \"true\";'"
            " > /etc/apt/apt.conf.d/keep-cache \\\n    && apt update && apt install -y git\n",
        ),
        (
            "RUN <<EOF\nset -e\napt-get update\napt-get install -y git\nrm -rf /var/lib/apt/lists/*\nEOF\n",
            f"RUN {CACHE} {LISTS} <<EOF\nset -e\n{RM}\napt-get update\napt-get install -y git\nEOF\n",
        ),
        (
            "RUN apt-get update\nRUN apt-get install -y git\nRUN apt-get update && apt-get install -y gcc\n",
            f"RUN apt-get update\nRUN {CACHE} \\\n    {RM} \\\n    && apt-get install -y git\n"
            f"RUN {CACHE} apt-get update && apt-get install -y gcc\n",
        ),
        (
            "RUN rm /etc/apt/apt.conf.d/docker-clean\nRUN apt-get update && apt-get install -y git\n",
            f"RUN rm /etc/apt/apt.conf.d/docker-clean\nRUN {CACHE} apt-get update && apt-get install -y git\n",
        ),
    ],
)
def test_apt(fixed, before, after):
    found = fixed(DEBIAN + before).replace(f"RUN {CACHE} \\\n    {LISTS} \\\n    <<EOF", f"RUN {CACHE} {LISTS} <<EOF")
    assert found == DEBIAN + after


def test_lists_stay_in_the_image_where_more_than_they_is_deleted(fixed):
    text = DEBIAN + "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/* /var/lib/apt\n"
    assert LISTS not in fixed(text)


def test_apt_under_sudo_is_prepared_under_sudo(fixed):
    text = "FROM example.org/base:1\nUSER a\nRUN sudo apt-get update && sudo apt-get install -y git sudo\n"
    assert f"    sudo {RM} \\\n    && sudo apt-get update" in fixed(text)


def test_apt_is_never_safe(answers):
    (found,) = answers(DEBIAN + "RUN apt-get update && apt-get install -y git\n")
    assert found.safety == "unsafe"
    assert "docker-clean" in found.reason


def test_all_apt_commands_of_stages_that_share_files_are_one_fix(answers, fixed):
    text = (
        "FROM debian:13 AS a\nRUN apt-get update && apt-get install -y x\n"
        "FROM a\nRUN apt-get update && apt-get install -y y\n"
        "FROM debian:13\nRUN apt-get update && apt-get install -y z\n"
    )
    one, other, third = answers(text)
    assert one == other != third
    assert fixed(text).count(RM) == 2


def test_one_apt_command_that_cannot_have_a_mount_keeps_all_without(answers):
    text = DEBIAN + "RUN apt-get install -y x\nRUN apt-get install -y y && (apt-get clean)\n"
    found = answers(text)
    assert all(isinstance(one, Skipped) and "line 3" in one.reason for one in found)


def test_apt_and_pip_of_one_run_are_two_fixes(answers, fixed):
    text = "FROM python:3.12\nRUN apt-get update && apt-get install -y git && pip install --no-cache-dir x\n"
    apt, pip = answers(text)
    assert (apt.safety, pip.safety) == ("unsafe", "safe")
    new = fixed(text)
    assert CACHE in new
    assert "target=/root/.cache/pip" in new
    assert "--no-cache-dir" not in new


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN apk add --no-cache git\n", f"RUN {APK} apk add --update-cache --cache-dir=/var/cache/apk git\n"),
        ("RUN apk update && apk add git\n", f"RUN {APK} apk update && apk --cache-dir=/var/cache/apk add git\n"),
        ("RUN apk add git && rm -rf /var/cache/apk/*\n", f"RUN {APK} apk --cache-dir=/var/cache/apk add git\n"),
    ],
)
def test_apk_is_told_to_keep_packages(fixed, before, after):
    assert fixed("FROM alpine:3.22\n" + before) == "FROM alpine:3.22\n" + after


@pytest.mark.parametrize(
    ("image", "manager", "target"),
    [
        ("fedora:42", "dnf", "/var/cache/libdnf5"),
        ("fedora:37", "dnf", "/var/cache/dnf"),
        ("almalinux:9", "dnf", "/var/cache/dnf"),
        ("quay.io/centos/centos:stream9", "yum", "/var/cache/dnf"),
        ("quay.io/centos/centos:stream9-minimal", "microdnf", "/var/cache/yum"),
    ],
)
def test_rpm_managers_are_told_to_keep_packages(fixed, image, manager, target):
    text = f"FROM {image}\nRUN {manager} -y install git && {manager} clean all\n"
    assert fixed(text).replace(" \\\n   ", "") == (
        f"FROM {image}\n"
        f"RUN --mount=type=cache,target={target},sharing=locked {manager} --setopt=keepcache=1 -y install git\n"
    )


@pytest.mark.parametrize("image", ["example.org/base:1", "example.org/misc9:1", "fedora:37"])
def test_where_microdnf_keeps_packages_has_to_be_known(answers, image):
    (found,) = answers(f"FROM {image}\nRUN microdnf install -y git\n")
    assert isinstance(found, Skipped)
    assert "depends on its version" in found.reason


def test_crates_of_a_project_are_mounted_in_all_runs(answers, fixed):
    text = "FROM rust:1.90\nRUN cargo fetch\nRUN cargo build --release\n"
    files = {"Cargo.toml": "[package]\nname = 'a'\n[dependencies]\nb = '1'\n", "Cargo.lock": ""}
    found = answers(text, files, "buildkit")
    assert found
    assert found[0].safety == "unsafe"
    assert fixed(text, files).count("--mount=type=cache,target=/usr/local/cargo/registry cargo") == 2

"""Mounts that are there and do nothing: switched off, emptied, on another directory, of another owner."""

from __future__ import annotations

import pytest

from ci_audit.remedies import Skipped

PIP = "--mount=type=cache,target=/root/.cache/pip"
BASE = "FROM python:3.12-slim\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"RUN {PIP} pip install --no-cache-dir x\n", f"RUN {PIP} pip install x\n"),
        (f"RUN {PIP} pip install x && rm -rf /root/.cache/pip/*\n", f"RUN {PIP} pip install x\n"),
        (
            f"ENV PIP_NO_CACHE_DIR=1\nRUN {PIP} pip install x\n",
            f"RUN {PIP} pip install x\n",
        ),
        (
            f"ENV A=1 PIP_NO_CACHE_DIR=off\nRUN {PIP} pip install x\n",
            f"ENV A=1\nRUN {PIP} pip install x\n",
        ),
        (
            f"RUN {PIP} uv pip install --system x\n",
            "RUN --mount=type=cache,target=/root/.cache/uv uv pip install --system x\n",
        ),
        (
            "RUN --mount=type=cache,id=p,target=/home/a/.cache/pip,sharing=locked pip install x\n",
            "RUN --mount=type=cache,id=p,target=/root/.cache/pip,sharing=locked pip install x\n",
        ),
        (f"RUN {PIP},ro pip install x\n", f"RUN {PIP} pip install x\n".replace("type", "type")),
        (
            f"USER 1000\nENV HOME=/h\nRUN {PIP} pip install x\n",
            "USER 1000\nENV HOME=/h\nRUN --mount=type=cache,target=/h/.cache/pip,uid=1000 pip install x\n",
        ),
        (
            "USER 1000\nENV HOME=/h\nRUN --mount=type=cache,target=/h/.cache/pip pip install x\n",
            "USER 1000\nENV HOME=/h\nRUN --mount=type=cache,target=/h/.cache/pip,uid=1000 pip install x\n",
        ),
        (
            f"RUN {PIP} pip install a && uv pip install --system b\n",
            f"RUN {PIP} --mount=type=cache,target=/root/.cache/uv \\\n    pip install a && uv pip install --system b\n",
        ),
    ],
)
def test_the_mount_works(fixed, before, after):
    assert fixed(BASE + before) == BASE + after


def test_a_switch_under_a_mount_is_taken_out_safely(answers):
    (found,) = answers(BASE + f"RUN {PIP} pip install --no-cache-dir x\n", {})
    assert (found.safety, found.title) == ("safe", "Let the cache mount of pip work")


def test_a_variable_is_taken_out_unsafely(answers):
    (found,) = answers(BASE + f"ENV PIP_NO_CACHE_DIR=1\nRUN {PIP} pip install x\n")
    assert found.safety == "unsafe"
    assert "PIP_NO_CACHE_DIR" in found.title


def test_a_variable_that_other_commands_need_stays(answers):
    found = answers(BASE + f"ENV PIP_NO_CACHE_DIR=1\nRUN {PIP} pip install x\nRUN pip install y\n")
    assert isinstance(found[0], Skipped)
    assert "line 4 has no mount" in found[0].reason


def test_a_mount_of_another_manager_may_serve_what_is_not_known(answers):
    (found,) = answers(BASE + f"RUN {PIP} uv pip install --system x && ./more.sh\n", {})
    assert found.safety == "unsafe"
    assert "may serve a program that is not known" in found.reason

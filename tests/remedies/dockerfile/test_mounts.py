"""Cache mounts for language packages: the right directory and owner, and nothing left that defeats them."""

from __future__ import annotations

import pytest

from ci_audit.remedies import Remedy, Skipped

PIP = "--mount=type=cache,target=/root/.cache/pip"
UV = "--mount=type=cache,target=/root/.cache/uv"
NPM = "--mount=type=cache,target=/root/.npm"
BASE = "FROM python:3.12-slim\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN pip install flask\n", f"RUN {PIP} pip install flask\n"),
        ("RUN pip install --no-cache-dir flask\n", f"RUN {PIP} pip install flask\n"),
        ("RUN pip --no-cache-dir install flask\n", f"RUN {PIP} pip install flask\n"),
        ("RUN PIP_NO_CACHE_DIR=1 pip install flask\n", f"RUN {PIP} pip install flask\n"),
        (
            "RUN pip install --no-cache-dir a && pip install --no-cache-dir b\n",
            f"RUN {PIP} pip install a && pip install b\n",
        ),
        (
            "RUN pip install \\\n    --no-cache-dir \\\n    # the web\n    flask\n",
            f"RUN {PIP} \\\n    pip install \\\n    # the web\n    flask\n",
        ),
        ("RUN pip install flask && pip cache purge\n", f"RUN {PIP} pip install flask\n"),
        ("RUN pip install flask && rm -rf ~/.cache\n", f"RUN {PIP} pip install flask\n"),
        ("RUN pip install flask && rm -rf ~/.cache/pip/* /tmp/x\n", f"RUN {PIP} pip install flask && rm -rf /tmp/x\n"),
        ("RUN pip install flask && rm -rf /root/*\n", f"RUN {PIP} pip install flask && rm -rf /root/*\n"),
        (
            "RUN pip install flask \\\n && rm -rf ~/.cache \\\n && pip cache purge \\\n && adduser a\n",
            f"RUN {PIP} \\\n pip install flask \\\n && adduser a\n",
        ),
        (
            "RUN <<EOF\nset -e\npip install --no-cache-dir flask\nrm -rf ~/.cache/pip\nEOF\n",
            f"RUN {PIP} <<EOF\nset -e\npip install flask\nEOF\n",
        ),
        ('RUN ["pip", "install", "--no-cache-dir", "flask"]\n', f'RUN {PIP} ["pip", "install", "flask"]\n'),
        (
            'RUN ["sh", "-c", "pip install --no-cache-dir flask && pip cache purge"]\n',
            f'RUN {PIP} ["sh", "-c", "pip install flask"]\n',
        ),
        ("ONBUILD RUN pip install flask\n", f"ONBUILD RUN {PIP} pip install flask\n"),
        ("RUN uv pip install --system --no-cache flask\n", f"RUN {UV} uv pip install --system flask\n"),
        ("RUN uv sync -n\n", f"RUN {UV} uv sync\n"),
        (
            "RUN poetry install --no-cache\n",
            "RUN --mount=type=cache,target=/root/.cache/pypoetry/cache \\\n"
            "    --mount=type=cache,target=/root/.cache/pypoetry/artifacts \\\n    poetry install\n",
        ),
        ("RUN npm ci && npm cache clean --force\n", f"RUN {NPM} npm ci\n"),
        (
            "RUN pip install a && npm ci\n",
            f"RUN {PIP} {NPM} pip install a && npm ci\n",
        ),
        (
            "ENV PIP_CACHE_DIR=/opt/pip\nRUN pip install a\n",
            "ENV PIP_CACHE_DIR=/opt/pip\nRUN --mount=type=cache,target=/opt/pip pip install a\n",
        ),
        ("ENV HOME=/srv\nRUN uv sync\n", "ENV HOME=/srv\nRUN --mount=type=cache,target=/srv/.cache/uv uv sync\n"),
    ],
)
def test_each_form_of_a_run(fixed, before, after):
    assert fixed(BASE + before) == BASE + after


def test_overlapping_edits_of_another_tool_stay_apart(fixed):
    text = (
        "FROM python:3.12-slim\n"
        "RUN pip install --no-cache-dir -r requirements.txt \\\n && pip cache purge\n"
        "RUN python -m pip install flask\n"
    )
    assert fixed(text) == (
        "FROM python:3.12-slim\n"
        f"RUN {PIP} \\\n pip install -r requirements.txt\n"
        f"RUN {PIP} python -m pip install flask\n"
    )


@pytest.mark.parametrize(
    ("users", "flag"),
    [
        ("USER 1000\nENV HOME=/home/a\n", "target=/home/a/.cache/pip,uid=1000"),
        ("USER 1000:50\nENV HOME=/home/a\n", "target=/home/a/.cache/pip,uid=1000,gid=50"),
        ("RUN useradd -m -u 77 a\nUSER a\n", "target=/home/a/.cache/pip,uid=77"),
        ("RUN adduser -D -u 77 a\nUSER a\n", "target=/home/a/.cache/pip,uid=77"),
        ("RUN useradd -u 77 -d /srv/a a\nUSER 77\n", "target=/srv/a/.cache/pip,uid=77"),
        ("USER 1000\nUSER root\n", "target=/root/.cache/pip"),
    ],
)
def test_the_mount_belongs_to_the_user(fixed, users, flag):
    text = BASE + users + "RUN pip install --user flask\n"
    assert fixed(text) == text.replace("RUN pip", f"RUN --mount=type=cache,{flag} pip")


def test_users_of_a_local_base_stage_are_known(fixed):
    text = "FROM python:3.12 AS b\nRUN useradd -m -u 77 a\nUSER a\nFROM b\nRUN pip install x\n"
    assert "target=/home/a/.cache/pip,uid=77 pip" in fixed(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BASE + "RUN useradd -m a\nUSER a\nRUN pip install x\n", "which number the user `a` has"),
        ("FROM jupyter/base\nRUN pip install x\n", "the base image decides which user"),
        (BASE + "ARG U\nUSER $U\nRUN pip install x\n", "an argument of the build decides which user"),
        (BASE + "ENV PIP_NO_CACHE_DIR=0\nRUN pip install x\n", "line 2: PIP_NO_CACHE_DIR=0 turns"),
        (BASE + "ENV PIP_NO_CACHE_DIR=1\nRUN pip install --no-cache-dir x\n", "line 2: PIP_NO_CACHE_DIR=1 turns"),
        (BASE + "RUN pip install x && (rm -rf ~/.cache)\n", "cannot be taken out"),
        (BASE + "RUN pip install x && rm -rf ~/.cache || true\n", "cannot be taken out"),
        (BASE + "RUN pip install x; if y; then rm -rf ~/.cache; fi\n", "cannot be taken out"),
        (BASE + "RUN <<EOF\npip install x\nif y\nthen\nrm -rf ~/.cache\nfi\nEOF\n", "cannot be taken out"),
        ("FROM golang:1.24\nRUN go mod download\n", "later commands need the modules"),
        (BASE + "ENV UV_LINK_MODE=symlink\nRUN uv sync\n", "symbolic links into its cache"),
        (BASE + "RUN pnpm fetch\nRUN pnpm install --offline\n", "for later commands"),
        (BASE + "RUN uv sync --no-install-project\nRUN uv sync --offline\n", "needs the downloads in the image"),
        (
            "FROM python:3.12 AS b\nRUN pip install x\nFROM b\nCOPY --from=b /root/.cache /root/.cache\n",
            "line 4 copies `/root/.cache` out of this stage",
        ),
    ],
)
def test_no_mount_where_it_would_not_help_or_would_harm(answers, text, reason):
    files = {"pnpm-lock.yaml": "", "uv.lock": "", "pyproject.toml": "[project]\nname = 'a'\n", "go.mod": "module a\n"}
    found = answers(text, files, "buildkit")
    assert found
    assert isinstance(found[0], Skipped), found
    assert reason in found[0].reason


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (BASE + "RUN <<EOF\nx\nEOF\n", {}),
        (BASE + "COPY --link a b\n", {}),
        (BASE + "RUN --mount=type=bind,target=/x y\n", {}),
        ("# syntax=docker/dockerfile:1\n" + BASE, {}),
        (BASE, {".github/workflows/a.yaml": "steps:\n- uses: docker/build-push-action@v6\n"}),
        (BASE, {".gitlab-ci.yml": "a:\n  script:\n  - buildah bud .\n"}),
        (BASE, {"docker-bake.hcl": ""}),
    ],
)
def test_safe_with_evidence_of_buildkit(answers, text, files):
    found = answers(text + "RUN pip install x\n", files)[-1]
    assert (found.safety, found.reason) == ("safe", "")


def test_safe_where_the_settings_name_buildkit(answers):
    (found,) = answers(BASE + "RUN pip install x\n", {".travis.yml": "DOCKER_BUILDKIT=0"}, "buildkit")
    assert found.safety == "safe"


@pytest.mark.parametrize("files", [{}, {".github/workflows/a.yml": "# - uses: docker/build-push-action@v6\n"}])
def test_unsafe_without_evidence_of_buildkit(answers, files):
    (found,) = answers(BASE + "RUN pip install x\n", files)
    assert found.safety == "unsafe"
    assert "classic builder" in found.reason


@pytest.mark.parametrize(
    ("files", "builder", "reason"),
    [
        ({".gitlab-ci.yml": "a:\n  script: [/kaniko/executor --context .]\n"}, "", ".gitlab-ci.yml builds with kaniko"),
        ({".travis.yml": "env: DOCKER_BUILDKIT=0\n"}, "", ".travis.yml turns BuildKit off"),
        ({".github/workflows/a.yml": "env:\n  DOCKER_BUILDKIT: '0'\n"}, "", "a.yml turns BuildKit off"),
        ({}, "classic", "the settings name the classic builder"),
    ],
)
def test_no_mount_for_a_builder_that_refuses_it(answers, files, builder, reason):
    (found,) = answers(BASE + "RUN pip install x\n", files, builder)
    assert isinstance(found, Skipped)
    assert reason in found.reason


def test_what_the_file_uses_already_counts_more_than_other_builds(answers):
    found = answers(
        BASE + "RUN --mount=type=bind,target=/x y\nRUN pip install x\n", {".travis.yml": "DOCKER_BUILDKIT=0"}
    )
    assert found[0].safety == "safe"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BASE + "USER 1000\nENV HOME=/h\nRUN pip install x\n", "belong to root"),
        (BASE + "ONBUILD RUN pip install x\n", "ONBUILD"),
        (BASE + "RUN pip install x; rm -rf ~/.cache\n", "fails when the command before it does"),
        (BASE + "RUN uvx ruff --version\n", "may be meant to stay"),
        ("# syntax=docker/dockerfile:1.1\n" + BASE + "RUN pip install x\n", "older than cache mounts"),
    ],
)
def test_unsafe_with_the_reason(answers, text, reason):
    found = answers(text)[0]
    assert isinstance(found, Remedy)
    assert found.safety == "unsafe"
    assert reason in found.reason


def test_a_last_cleanup_is_safe_to_drop_where_errors_stop_the_run(answers):
    (found,) = answers(BASE + "RUN set -eux; pip install x; rm -rf ~/.cache\n")
    assert found.safety == "safe"


@pytest.mark.parametrize("old", ["1.0", "1.1.3", "experimental", "1.0-experimental"])
def test_an_old_frontend_is_raised(fixed, old):
    text = f"# syntax=docker/dockerfile:{old}\n{BASE}RUN pip install x\n"
    assert fixed(text) == f"# syntax=docker/dockerfile:1\n{BASE}RUN {PIP} pip install x\n"


@pytest.mark.parametrize("kept", ["1", "1.4", "1.17-labs"])
def test_a_frontend_that_knows_mounts_stays(fixed, kept):
    assert fixed(f"# syntax=docker/dockerfile:{kept}\n{BASE}RUN pip install x\n").startswith(
        f"# syntax=docker/dockerfile:{kept}\n"
    )


def test_a_mount_is_written_as_the_file_writes_it_elsewhere(fixed):
    flag = "--mount=type=cache,id=pypi,sharing=shared,target=/root/.cache/pip"
    text = f"{BASE}RUN {flag} pip install a\nRUN pip install b\n"
    assert fixed(text) == f"{BASE}RUN {flag} pip install a\nRUN {flag} pip install b\n"


def test_a_mount_of_another_owner_is_not_taken_over(fixed):
    text = (
        f"{BASE}ENV PIP_CACHE_DIR=/c\nRUN --mount=type=cache,target=/c,id=r pip install a\nUSER 7\nRUN pip install b\n"
    )
    assert "RUN --mount=type=cache,target=/c,uid=7 pip install b\n" in fixed(text)


def test_two_findings_of_one_run_have_one_remedy(answers):
    one, other = answers(BASE + "RUN pip install a && uv pip install --system b\n")
    assert one == other
    assert "pip and uv" in one.title


def test_a_local_install_keeps_no_downloads_and_stays(fixed):
    text = BASE + "RUN pip install a && pip install --no-index --no-cache-dir --find-links=/w b\n"
    assert "--no-index --no-cache-dir" in fixed(text)


def test_wheels_built_on_alpine_do_not_mix_with_others_of_the_file(fixed):
    text = (
        "FROM python:3.12-alpine\nRUN pip install a\nFROM python:3.12-slim\nRUN pip install a\n"
        "FROM alpine:3.22\nRUN npm ci\n"
    )
    assert fixed(text) == (
        "FROM python:3.12-alpine\nRUN --mount=type=cache,id=pip-musl,target=/root/.cache/pip pip install a\n"
        f"FROM python:3.12-slim\nRUN {PIP} pip install a\nFROM alpine:3.22\nRUN {NPM} npm ci\n"
    )


def test_alpine_alone_needs_no_name(fixed):
    assert fixed("FROM python:3.12-alpine\nRUN pip install a\n").endswith(f"RUN {PIP} pip install a\n")

"""The verdict on each form that was measured: what keeps the downloads, and what looks as if it did."""

import pytest

from ci_audit.discover import Found
from ci_audit.facts import Context, kinds
from ci_audit.facts.caching import CACHED, CAUSES
from ci_audit.inspection import inspect
from ci_audit.providers import parse
from ci_audit.repository import MemoryReader, Repository

WORKFLOW = ".github/workflows/ci.yml"


def causes(provider: str, path: str, text: str, **files: str) -> list[str]:
    """Judge every install of a file, in order, one entry a variant."""
    repository = Repository("/nowhere", MemoryReader({path: text, **files}))
    source = repository.source(path)
    assert source is not None
    pipeline = parse(provider, source, repository)
    kind = kinds()["install"]
    found = []
    for install, context in kind.nodes(pipeline, repository):
        assert isinstance(context, Context)
        (verdict,) = kind.facts["cause"](install, context)
        assert verdict.cause in CAUSES
        assert verdict.cause in CACHED
        assert verdict.reason, "a verdict says why"
        found.append(verdict.cause)
    return found


def image(*lines: str) -> list[str]:
    return causes("dockerfile", "Dockerfile", "\n".join(("FROM python:3.12-slim", *lines, "")))


PIP = "pip install flask==3.0.3"
MOUNT = "--mount=type=cache,target=/root/.cache/pip"


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        pytest.param([f"RUN {PIP}"], "absent", id="no mount"),
        pytest.param([f"RUN {MOUNT} {PIP}"], "kept", id="mount"),
        pytest.param([f"RUN --mount=type=cache,target=/root/.cache {PIP}"], "kept", id="mount above"),
        pytest.param([f"RUN {MOUNT} pip install --no-cache-dir flask==3.0.3"], "off", id="mount and switch"),
        pytest.param(["ENV PIP_NO_CACHE_DIR=1", f"RUN {MOUNT} {PIP}"], "off", id="mount and ENV"),
        pytest.param(["ENV PIP_NO_CACHE_DIR=off", f"RUN {MOUNT} {PIP}"], "off", id="off is a yes for pip"),
        pytest.param(["ENV PIP_NO_CACHE_DIR=", f"RUN {MOUNT} {PIP}"], "kept", id="empty is unset"),
        pytest.param(["USER 1000", f"RUN {MOUNT} {PIP}"], "misplaced", id="root's mount for another user"),
        pytest.param(
            ["ENV HOME=/h", "USER 1000", f"RUN --mount=type=cache,target=/h/.cache/pip {PIP}"],
            "misplaced",
            id="right path, root owns it",
        ),
        pytest.param(
            ["ENV HOME=/h", "USER 1000", f"RUN --mount=type=cache,target=/h/.cache/pip,uid=1000,gid=1000 {PIP}"],
            "kept",
            id="right path and owner",
        ),
        pytest.param(
            ["ENV HOME=/h", "USER 1000", f"RUN --mount=type=cache,target=/h/.cache/pip,mode=0777 {PIP}"],
            "kept",
            id="everybody may write",
        ),
        pytest.param(["USER 1000", f"RUN {MOUNT} sudo -H {PIP}"], "kept", id="root's mount for sudo"),
        pytest.param([f"RUN {MOUNT} {PIP} && rm -rf ~/.cache/pip/*"], "off", id="emptied in the same RUN"),
        pytest.param([f"RUN {MOUNT} {PIP}", "RUN rm -rf ~/.cache/pip"], "kept", id="deleted in another RUN"),
        pytest.param([f"RUN {MOUNT} {PIP} && rm -rf ~/*"], "kept", id="a star matches no hidden folder"),
        pytest.param(
            ["RUN --mount=type=cache,target=/var/cache/apt apt-get install -y git && rm -rf /var/lib/apt"],
            "kept",
            id="deleted beside the mount",
        ),
        pytest.param(["ENV PIP_CACHE_DIR=/c", f"RUN {MOUNT} {PIP}"], "misplaced", id="pip writes elsewhere"),
        pytest.param(
            ["ENV PIP_CACHE_DIR=/c", f"RUN --mount=type=cache,target=/c {PIP}"], "kept", id="mount where pip is told"
        ),
        pytest.param([f"RUN {MOUNT} uv pip install --system flask==3.0.3"], "misplaced", id="uv, pip's mount"),
        pytest.param(
            ["RUN --mount=type=cache,target=/root/.cache/uv uv pip install --system flask==3.0.3"], "kept", id="uv"
        ),
        pytest.param(["RUN pip install --no-index --find-links /wheels flask"], "local", id="no index"),
        pytest.param([f"RUN --mount=type=tmpfs,target=/root/.cache/pip {PIP}"], "absent", id="a tmpfs keeps nothing"),
        pytest.param(['SHELL ["bash", "-c"]', f"RUN {PIP}"], "absent", id="another shell"),
        pytest.param(['RUN ["pip", "install", "flask==3.0.3"]'], "absent", id="exec form"),
        pytest.param([f"ONBUILD RUN {PIP}"], "absent", id="onbuild"),
        pytest.param([f"RUN {MOUNT} <<EOF", PIP, "EOF"], "kept", id="heredoc"),
        pytest.param([f"RUN docker run alpine {PIP}"], "nothing", id="another machine"),
    ],
)
def test_image(lines: list[str], cause: str) -> None:
    assert image(*lines) == ([] if cause == "nothing" else [cause])


def test_a_mount_for_one_install_is_not_misplaced_for_the_other() -> None:
    apt = "--mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt"
    assert image(f"RUN {apt} apt-get install -y git && {PIP}") == ["kept", "absent"]
    lists = "--mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt/lists"
    assert image(f"RUN {lists} apt-get install -y git && {PIP} && {PIP}") == ["kept", "absent", "absent"]


def test_a_stage_inherits_what_its_base_sets() -> None:
    text = f"FROM python:3.12 AS a\nENV PIP_CACHE_DIR=/c\nFROM a\nRUN --mount=type=cache,target=/c {PIP}\n"
    assert causes("dockerfile", "Dockerfile", text) == ["kept"]
    text = f"FROM python:3.12 AS a\nENV PIP_CACHE_DIR=/c\nFROM python:3.12\nRUN --mount=type=cache,target=/c {PIP}\n"
    assert causes("dockerfile", "Dockerfile", text) == ["misplaced"]


def job(*steps: str, runner: str = "ubuntu-24.04", head: str = "") -> str:
    return (
        f"on: push\n{head}jobs:\n  test:\n    runs-on: {runner}\n    steps:\n      - uses: actions/checkout@v4\n"
        + "".join(f"      - {step}\n" for step in steps)
    )


def workflow(*steps: str, runner: str = "ubuntu-24.04", head: str = "") -> list[str]:
    files = {"requirements.txt": "flask==3.0.3\n"}
    return causes("github", WORKFLOW, job(*steps, runner=runner, head=head), **files)


RUN = "run: pip install -r requirements.txt"
SETUP = "{uses: actions/setup-python@v6, with: {python-version: '3.12', cache: pip}}"
CACHE = "{uses: actions/cache@v4, with: {path: ~/.cache/pip, key: \"pip-${{ hashFiles('requirements.txt') }}\"}}"


@pytest.mark.parametrize(
    ("steps", "options", "cause"),
    [
        pytest.param([RUN], {}, "absent", id="before"),
        pytest.param([SETUP, RUN], {}, "kept", id="setup-python"),
        pytest.param([CACHE, RUN], {}, "kept", id="actions/cache"),
        pytest.param([RUN, CACHE], {}, "late", id="cache step after the install"),
        pytest.param([CACHE, RUN], {"head": "env: {PIP_NO_CACHE_DIR: 1}\n"}, "off", id="switch for the job"),
        pytest.param([SETUP, RUN], {"head": "env: {PIP_NO_CACHE_DIR: 1}\n"}, "unsaved", id="pip cannot be asked"),
        pytest.param([CACHE, RUN], {"head": "env: {PIP_CACHE_DIR: /tmp/c}\n"}, "misplaced", id="pip writes elsewhere"),
        pytest.param([SETUP, RUN], {"head": "env: {PIP_CACHE_DIR: /tmp/c}\n"}, "kept", id="setup-python asks pip"),
        pytest.param([CACHE, RUN, "run: pip cache purge"], {}, "off", id="purged before it is saved"),
        pytest.param([CACHE, "run: pip cache purge", RUN], {}, "kept", id="purged before the install"),
        pytest.param([CACHE, RUN], {"runner": "windows-2022"}, "misplaced", id="the path of another system"),
        pytest.param([RUN], {"runner": "self-hosted"}, "kept", id="a machine that stays"),
        pytest.param([RUN], {"runner": "some-label"}, "unknown", id="a machine that nobody knows"),
        pytest.param(["uses: someone/unheard-of@v1", RUN], {}, "unknown", id="an action that nobody knows"),
        pytest.param([RUN, "uses: someone/unheard-of@v1"], {}, "absent", id="an unknown action comes too late"),
        pytest.param([CACHE, "uses: someone/unheard-of@v1", RUN], {}, "kept", id="a cache is certain all the same"),
        pytest.param(["run: docker run python:3.12 pip install flask"], {}, "nothing", id="another machine"),
        pytest.param(["{if: false, run: pip install flask}"], {}, "nothing", id="a step that never runs"),
    ],
)
def test_workflow(steps: list[str], options: dict[str, str], cause: str) -> None:
    assert workflow(*steps, **options) == ([] if cause == "nothing" else [cause])


def test_variants_are_judged_apart() -> None:
    head = "jobs:\n  test:\n    strategy: {matrix: {os: [ubuntu-24.04, macos-14]}}\n    runs-on: ${{ matrix.os }}\n"
    text = f"on: push\n{head}    steps:\n      - uses: actions/checkout@v4\n      - {CACHE}\n      - {RUN}\n"
    assert causes("github", WORKFLOW, text, **{"requirements.txt": "a==1\n"}) == ["kept", "misplaced"]


def test_a_job_that_publishes_is_better_off_without() -> None:
    steps = [RUN, "run: twine upload dist/*"]
    assert workflow(*steps) == ["unwanted"]


def test_uv_wheels_are_pruned_before_saving() -> None:
    old = "{uses: astral-sh/setup-uv@v6, with: {enable-cache: true}}"
    kept = "{uses: astral-sh/setup-uv@v6, with: {enable-cache: true, prune-cache: false}}"
    install = "run: uv pip install --system flask==3.0.3"
    assert workflow(old, install) == ["pruned"]
    assert workflow(kept, install) == ["kept"]


def test_a_project_is_installed_once_in_a_job() -> None:
    files = {"uv.lock": "version = 1\n", "pyproject.toml": "[project]\nname='x'\n"}
    text = job(
        "run: uv sync --locked", "run: uv run pytest", "run: uv run --with httpx==1 x", "{if: 'x', run: uv sync}"
    )
    assert causes("github", WORKFLOW, text, **files) == ["absent", "local", "absent", "absent"]
    text = job("{if: 'failure()', run: uv sync}", "run: uv run pytest", "run: uv run mypy")
    assert causes("github", WORKFLOW, text, **files) == ["absent", "absent", "local"]


def test_the_same_command_again_downloads_nothing() -> None:
    assert workflow(RUN, RUN, "{run: pip install -r requirements.txt, working-directory: x}") == [
        "absent",
        "local",
        "absent",
    ]


def test_environments_that_tox_made_before_are_there() -> None:
    assert workflow("run: tox run --notest -e py", "run: tox run --skip-pkg-install -e py") == ["absent", "local"]
    assert workflow("run: tox run -e py", "run: tox run -e docs") == ["absent", "absent"]


def test_an_image_whose_user_is_known_to_be_root() -> None:
    mount = "RUN --mount=type=cache,target=/root/.cache/uv uv pip install --system flask==3.0.3\n"
    assert causes("dockerfile", "Dockerfile", f"FROM ghcr.io/astral-sh/uv:0.5\n{mount}") == ["kept"]
    assert causes("dockerfile", "Dockerfile", f"FROM ghcr.io/someone/uv:0.5\n{mount}") == ["unknown"]


def test_a_loop_installs_something_else_each_time() -> None:
    assert workflow("run: 'for name in a==1 b==1; do pip install $name; done'") == ["absent", "absent"]


def keyed(key: str, more: str = "", runner: str = "ubuntu-24.04") -> tuple[str, str, str]:
    """Inspect an install with a cache under this key: cause, answer and reason."""
    text = (
        f"on: push\nenv: {{PIP_CACHE_DIR: '${{{{ github.workspace }}}}/.pip'}}\njobs:\n  a:\n    runs-on: {runner}\n"
        "    steps:\n      - uses: actions/cache@v4\n"
        f"        with:\n          path: .pip\n          key: {key}\n{more}      - run: {PIP}\n"
    )
    (row,) = inspect(Repository("", MemoryReader({WORKFLOW: text})), [Found(WORKFLOW, "github")]).rows
    return row.cause, row.cached, row.reason


@pytest.mark.parametrize(("key", "what"), [("pip-${{ github.sha }}", "commit"), ("pip-${{ github.run_id }}", "run")])
def test_what_no_run_finds_again_is_not_cached(key: str, what: str) -> None:
    cause, cached, reason = keyed(key)
    assert (cause, cached) == ("kept", "no"), "the finding is that of the key alone"
    assert reason.endswith(
        f"but no run finds it again: the key is another one for every {what}, and there is no key to fall back on"
    )
    assert keyed(key, "          restore-keys: pip-\n")[:2] == ("kept", "yes")
    other = "      - uses: actions/cache@v4\n        with: {path: .pip, key: pip}\n"
    assert keyed(key, other)[:2] == ("kept", "yes")
    assert keyed(key, runner="self-hosted")[:2] == ("kept", "yes")
    assert keyed(key, runner="${{ vars.RUNNER }}")[:2] == ("unknown", "unknown")


CARGO = {"Cargo.toml": "", "Cargo.lock": '[[package]]\nname = "a"\nsource = "registry+https://x"\n'}


def crates(*lines: str) -> list[str]:
    text = "\n".join(("FROM rust:1.80", "ENV CARGO_HOME=/usr/local/cargo", *lines, ""))
    return causes("dockerfile", "Dockerfile", text, **CARGO)


def test_the_crates_of_a_stage_are_fetched_once() -> None:
    mount = "--mount=type=cache,target=/usr/local/cargo/registry"
    assert crates("RUN cargo chef cook", "RUN cargo build") == ["absent", "local"]
    assert crates("RUN cargo build && cargo test") == ["absent", "local"]
    assert crates("RUN cargo install sccache", "RUN cargo chef cook") == ["absent", "absent"]
    assert crates(f"RUN {mount} cargo chef cook", f"RUN {mount} cargo build") == ["kept", "kept"]
    assert crates(f"RUN {mount} cargo chef cook", "RUN cargo build") == ["kept", "absent"], "no layer holds them"
    assert crates("RUN cargo build", "FROM rust:1.80", "RUN cargo build") == ["absent", "absent"]


def test_an_environment_of_pixi_is_made_once() -> None:
    head = "on: push\njobs: {t: {runs-on: ubuntu-latest, steps: ["
    text = head + "{run: pixi update -e a}, {run: pixi install -e a}, {run: pixi install -e b}, {run: pixi run x}]}}\n"
    assert causes("github", WORKFLOW, text) == ["absent", "local", "absent", "unknown"]


def of_interpreter(command: str, path: str = "${{ env.pythonLocation }}", setup: str = "{python-version: 3.12}") -> str:
    """Judge a command behind setup-python and a cache of the interpreter's folder."""
    text = f"""on: push
jobs:
  t:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {setup}
      - uses: actions/cache@v4
        with:
          path: {path}
          key: ${{{{ env.pythonLocation }}}}-${{{{ hashFiles('requirements.txt') }}}}
      - run: {command}
"""
    (cause,) = causes("github", WORKFLOW, text, **{"requirements.txt": "a==1\n"})
    return cause


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("pip install -r requirements.txt", "kept"),
        ("python -m pip install -r requirements.txt", "kept"),
        ("python3 -m pip install -U -r requirements.txt", "kept"),
        ("uv pip install --system -r requirements.txt", "kept"),
        # Whether that is another interpreter is not known.
        ("pip3.8 install -r requirements.txt", "unknown"),
        ("/usr/bin/pip3 install -r requirements.txt", "unknown"),
        ("sudo pip install -r requirements.txt", "unknown"),
        ("sudo -E pip install -r requirements.txt", "unknown"),
        ("pip install --user -r requirements.txt", "unknown"),
        ("pip install --target lib -r requirements.txt", "unknown"),
        ("pip install --force-reinstall -r requirements.txt", "unknown"),
        ("python -m venv v && v/bin/pip install -r requirements.txt", "unknown"),
    ],
)
def test_an_interpreter_that_is_kept(command: str, cause: str) -> None:
    assert of_interpreter(command) == cause


def test_other_folders_of_interpreters() -> None:
    command = "pip install -r requirements.txt"
    assert of_interpreter(command, "${{ env.pythonLocation }}/lib/python3.12/site-packages") == "kept"
    assert of_interpreter(command, "/opt/hostedtoolcache/Python/3.8.12/x64") == "unknown", "it may be another version"
    assert of_interpreter(command, setup="{python-version: 3.12, update-environment: false}") == "unknown"

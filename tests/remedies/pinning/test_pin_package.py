"""Packages on command lines in the version that the repository names."""

import pytest

from tests.remedies.pinning.fixing import CI, Result, repaired, steps

LOCK = """version = 1

[[package]]
name = "ruff"
version = "0.6.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "zope-interface"
version = "7.0.1"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "inner"
version = "1.0.0"
source = { editable = "." }
"""
PINS = {
    "npm:typescript": "5.6.2",
    "npm:@scope/tool": "1.2.3",
    "cargo:just": "1.36.0",
    "gem:bundler": "2.5.1",
    "go:h.example/a/cmd": "v1.2.3",
    "pypi:black": "24.8.0",
}


def pinned(command: str, others: dict[str, str] | None = None, pins: dict[str, str] | None = PINS) -> Result:
    return repaired(
        {CI: steps(f"- run: {command}"), **({"uv.lock": LOCK} if others is None else others)}, "CIA301", pins=pins
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pip install ruff", "pip install ruff==0.6.0"),
        ("pip install 'ruff>=0.5,<1' -q # it", "pip install 'ruff==0.6.0' -q # it"),
        ('pip install "ruff[fast] ~= 0.6"', 'pip install "ruff[fast]==0.6.0"'),
        ("pip install \"ruff; python_version > '3.8'\"", "pip install \"ruff==0.6.0; python_version > '3.8'\""),
        ("python -m pip install -U Zope.Interface ruff", "python -m pip install -U Zope.Interface==7.0.1 ruff==0.6.0"),
        ("uv pip install ruff", "uv pip install ruff==0.6.0"),
        ("uv tool install ruff", "uv tool install ruff==0.6.0"),
        ("uv tool install ruff@latest", "uv tool install ruff==0.6.0"),
        ("uvx ruff check .", "uvx ruff@0.6.0 check ."),
        ("uvx ruff@latest check .", "uvx ruff@0.6.0 check ."),
        ("uv tool run ruff check .", "uv tool run ruff@0.6.0 check ."),
        ("uvx --from ruff ruff check .", "uvx --from ruff==0.6.0 ruff check ."),
        ("uvx --with black ruff check .", "uvx --with black==24.8.0 ruff@0.6.0 check ."),
        ("pipx install ruff", "pipx install ruff==0.6.0"),
        ("pipx run ruff check .", "pipx run ruff==0.6.0 check ."),
        ("pipx run --spec ruff ruff check .", "pipx run --spec ruff==0.6.0 ruff check ."),
        ("pip install black", "pip install black==24.8.0"),
        ("npm install -g typescript", "npm install -g typescript@5.6.2"),
        ("npm install -g @scope/tool@latest", "npm install -g @scope/tool@1.2.3"),
        ("cargo install just --locked", "cargo install just@1.36.0 --locked"),
        ("gem install bundler", "gem install bundler:2.5.1"),
        ("go install h.example/a/cmd@latest", "go install h.example/a/cmd@v1.2.3"),
    ],
)
def test_forms(before: str, after: str) -> None:
    found = pinned(before)
    assert found.texts == {CI: steps(f"- run: {after}")}
    assert {fix.safety for fix in found.fixes} == {"unsafe"}
    assert found.findings == ()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("pip install pytest", "no version is known for `pytest`: the mapping has no `pypi:pytest`"),
        ("pip install inner", "no version is known for `inner`: the mapping has no `pypi:inner`"),
        ("pip install 'ruff>=0.7'", "`>=0.7` is not known to allow 0.6.0, which `uv.lock` names"),
        ("uvx 'ruff[fast]' check .", "with `--from` alone"),
        ("pip install git+https://github.com/owner/ruff", "it comes from an address"),
        ("pip install https://h.example/ruff-0.6.0.tar.gz", "it comes from an address"),
        ("gem install bundler -v '~> 2'", "how `gem` takes a version"),
        ("cargo install just --version '>=1.36'", "how `cargo` takes a version"),
        ("poetry add ruff", "takes its versions from the project"),
    ],
)
def test_what_is_left_alone(command: str, reason: str) -> None:
    found = pinned(command)
    assert found.texts == {}
    assert [reason in one for one in found.reasons] == [True], found.reasons


def test_without_a_file_or_pins_there_is_no_version() -> None:
    found = pinned("pip install ruff", {}, None)
    assert found.reasons == ["no file of the repository names a version of `ruff`; use --online or --pins"]
    found = pinned("npm install -g typescript", {}, None)
    assert found.reasons == ["no file of the repository names a version of `typescript`; use --pins"]


def test_a_variable_is_left_alone() -> None:
    found = repaired({CI: steps("- env: {TOOL: ruff}", "  run: pip install $TOOL"), "uv.lock": LOCK}, "CIA301")
    assert found.texts == {}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("poetry.lock", '[[package]]\nname = "ruff"\nversion = "0.6.0"\noptional = false\n'),
        ("pdm.lock", '[[package]]\nname = "ruff"\nversion = "0.6.0"\nrequires_python = ">=3.7"\n'),
        ("pylock.toml", 'lock-version = "1.0"\n[[packages]]\nname = "ruff"\nversion = "0.6.0"\n'),
        ("Pipfile.lock", '{"default": {}, "develop": {"ruff": {"version": "==0.6.0"}}}'),
        ("requirements-dev.txt", "ruff == 0.6.0 # it\n"),
        ("requirements/lint.txt", "ruff==0.6.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"),
        ("constraints.txt", "Ruff==0.6.0 ; python_version >= '3.8'\n"),
    ],
)
def test_every_kind_of_file_names_versions(path: str, text: str) -> None:
    found = pinned("pip install ruff", {path: text}, None)
    assert found.texts == {CI: steps("- run: pip install ruff==0.6.0")}
    assert found.fixes[0].reason == f"0.6.0 is what `{path}` names; the job may have used another"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("poetry.lock", '[[package]]\nname = "ruff"\nversion = "0.6.0"\n[package.source]\ntype = "git"\n'),
        ("pdm.lock", '[[package]]\nname = "ruff"\nversion = "0.6.0"\ngit = "https://h.example/ruff"\n'),
        ("uv.lock", "ruff = ["),
        ("Pipfile.lock", "ruff ["),
        ("requirements.txt", "ruff>=0.6.0\n"),
        ("examples/uv.lock", LOCK),
    ],
)
def test_other_sources_name_no_version(path: str, text: str) -> None:
    assert pinned("pip install ruff", {path: text}, None).texts == {}


def test_files_that_disagree() -> None:
    found = pinned("pip install ruff", {"uv.lock": LOCK, "constraints.txt": "ruff==0.5.0\n"})
    assert found.texts == {}
    said = "the repository names several versions of `ruff`: 0.5.0 in `constraints.txt` and 0.6.0 in `uv.lock`"
    assert found.reasons == [said]


def test_the_folder_of_the_command_counts() -> None:
    text = steps("- working-directory: web", "  run: pip install ruff")
    found = repaired({CI: text, "web/uv.lock": LOCK}, "CIA301")
    assert found.texts == {CI: text.replace("ruff", "ruff==0.6.0")}


def test_jobs_that_share_a_command_and_not_the_folder() -> None:
    text = (
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    strategy: {matrix: {dir: [a, b]}}\n    steps:\n"
        "      - working-directory: ${{ matrix.dir }}\n        run: pip install ruff\n"
    )
    found = repaired({CI: text, "a/uv.lock": LOCK, "b/uv.lock": LOCK.replace("0.6.0", "0.7.0")}, "CIA301")
    assert found.texts == {}
    assert found.reasons == ["the jobs that share it need different versions"]


def test_other_providers() -> None:
    for path, text in (
        (".gitlab-ci.yml", "lint:\n  script:\n    - pipx run {} --check .\n"),
        (".travis.yml", "language: python\ninstall: pip install {}\nscript: ruff\n"),
        ("docker/Dockerfile", "FROM python:3.12.5\nWORKDIR /app\nRUN pip install -q \\\n    {} && true\n"),
        ("docker/Dockerfile", 'FROM python:3.12.5\nRUN ["pip", "install", "{}"]\n'),
    ):
        found = repaired({path: text.format("ruff"), "uv.lock": LOCK}, "CIA301")
        assert found.texts == {path: text.format("ruff==0.6.0")}


def test_what_lies_beside_a_dockerfile_counts() -> None:
    text = "FROM python:3.12.5\nWORKDIR /app\nRUN pip install ruff\n"
    found = repaired({"docker/web/Dockerfile": text, "docker/uv.lock": LOCK}, "CIA301")
    assert found.texts == {"docker/web/Dockerfile": text.replace("install ruff", "install ruff==0.6.0")}


def test_a_tox_file_is_no_file_of_the_pipeline() -> None:
    files = {"tox.ini": "[tox]\nskipsdist = true\n[testenv]\ndeps = ruff\ncommands = ruff\n", "uv.lock": LOCK}
    found = repaired({CI: steps("- run: uvx tox==4.18.0"), **files}, "CIA301")
    assert found.texts == {}

"""What other tools get wrong, on ours: their reproduced defects, and the false alarms that their users report."""

import json
from typing import Any

import pytest

from ci_audit.discover import discover
from ci_audit.engine import Report, Settings, audit
from ci_audit.facts.installs import KIND
from ci_audit.providers import parse
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import Selection, load, select

KNOWN = load()
DEFAULT = Settings(select(KNOWN, Selection()), KNOWN)

MOUNT = "--mount=type=cache,target=/root/.cache/pip"
PIP = "pip install flask==3.0.3"
CHECKOUT = "uses: actions/checkout@0123456789abcdef0123456789abcdef01234567"
HASH = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def scan(files: dict[str, str]) -> Report:
    repository = Repository("", MemoryReader(files))
    report = audit(repository, discover(repository, [""]).found, DEFAULT)
    assert not report.failed
    return report


def found(files: dict[str, str], family: str = "") -> list[tuple[str, str]]:
    """List the rules of a family that report something, each with the text that it points at."""
    repository = Repository("", MemoryReader(files))
    listed = []
    for finding in scan(files).findings:
        source = repository.source(finding.path)
        assert source is not None
        if finding.rule.startswith(family or "CIA"):
            listed.append((finding.name, source.text[finding.start : finding.end]))
    return listed


def caching(path: str, text: str, **also: str) -> list[str]:
    """Name the rules about caching that report something in a file."""
    return [name for name, _ in found({path: text, **also}, "CIA1")]


def open_packages(path: str, text: str, **also: str) -> list[str]:
    """List the texts that are reported as packages without a version."""
    return [text for name, text in found({path: text, **also}) if name in ("unpinned-package", "unpinned-requirements")]


def image(*lines: str) -> str:
    return "\n".join(("FROM python:3.12.5-slim", *lines, ""))


def workflow(*steps: str, on: str = "push", runner: str = "ubuntu-24.04", job: str = "", top: str = "") -> str:
    text = f"on: {on}\n{top}jobs:\n  test:\n    runs-on: {runner}\n{job}    steps:\n"
    for step in steps:
        text += "      - " + step.replace("\n", "\n        ") + "\n"
    return text


def causes(path: str, text: str, provider: str, **also: str) -> list[str]:
    """Give the cause of each install of a file."""
    repository = Repository("", MemoryReader({path: text, **also}))
    source = repository.source(path)
    assert source is not None
    nodes = KIND.nodes(parse(provider, source, repository), repository)
    return [KIND.facts["cause"](install, context)[0].cause for install, context in nodes]


def wrong(reason: str) -> pytest.MarkDecorator:
    """Mark what the tool still gets wrong."""
    return pytest.mark.xfail(reason=reason, strict=True)


CI = ".github/workflows/ci.yml"


class TestDefectsOfOthers:
    """The reproduced defects, in their order; what concerns repairs is tested where repairs are."""

    def test_findings_of_neighbouring_runs_do_not_overlap(self) -> None:
        text = image(
            "RUN pip install --no-cache-dir -r requirements.txt \\",
            "    && pip cache purge",
            "RUN python -m pip install flask==3.0.3",
        )
        files = {"Dockerfile": text, "requirements.txt": "flask==3.0.3\n"}
        findings = [finding for finding in scan(files).findings if finding.rule.startswith("CIA1")]
        assert [text[finding.start : finding.end] for finding in findings] == [
            "RUN pip install --no-cache-dir -r requirements.txt",
            "RUN python -m pip install flask==3.0.3",
        ]

    @pytest.mark.parametrize(
        "command",
        [
            "python -m pip install flask==3.0.3",
            "python3.12 -I -m pip install flask==3.0.3",
            "/opt/venv/bin/pip install flask==3.0.3",
            "poetry install",
            "pdm sync",
            "pipenv sync",
            "conda install flask=3.0.3",
            "uv sync --locked",
        ],
    )
    def test_every_manager_is_seen_in_an_image(self, command: str) -> None:
        locks = {"poetry.lock": "", "pdm.lock": "", "Pipfile.lock": "{}", "uv.lock": "version = 1\n"}
        project = '[project]\nname = "demo"\nversion = "1"\n'
        text = image("COPY . .", f"RUN {command}")
        files = {"Dockerfile": text, "pyproject.toml": project, "Pipfile": "", **locks}
        assert [name for name, _ in found(files, "CIA1")] == ["missing-cache-mount"]

    @pytest.mark.parametrize(
        "lines",
        [
            pytest.param([f"RUN --mount=type=cache,target=/root/.cache {PIP}"], id="on the directory above"),
            pytest.param(
                ["ENV PIP_CACHE_DIR=/cache/pip", f"RUN --mount=type=cache,target=/cache/pip {PIP}"],
                id="where PIP_CACHE_DIR says",
            ),
            pytest.param(
                [f"RUN --mount=type=cache,target=/cache pip --cache-dir /cache/pip install {PIP.split()[-1]}"],
                id="where --cache-dir says",
            ),
            pytest.param(
                ["ENV XDG_CACHE_HOME=/cache", f"RUN --mount=type=cache,target=/cache/pip {PIP}"],
                id="where XDG_CACHE_HOME says",
            ),
            pytest.param(
                ["WORKDIR /root", f"RUN --mount=type=cache,target=.cache/pip {PIP}"], id="relative to WORKDIR"
            ),
            pytest.param([f"RUN --mount=type=bind,source=.,target=/src {MOUNT} {PIP}"], id="beside another mount"),
        ],
    )
    def test_a_mount_at_the_right_place_is_seen_wherever_that_is(self, lines: list[str]) -> None:
        assert caching("Dockerfile", image(*lines)) == []

    @pytest.mark.parametrize(
        ("lines", "rule"),
        [
            pytest.param(
                [f"RUN {MOUNT} pip install --no-cache-dir flask==3.0.3"], "disabled-cache", id="mount, --no-cache-dir"
            ),
            pytest.param(["ENV PIP_NO_CACHE_DIR=1", f"RUN {MOUNT} {PIP}"], "disabled-cache", id="mount, ENV"),
            pytest.param(["ENV PIP_NO_CACHE_DIR=off", f"RUN {MOUNT} {PIP}"], "disabled-cache", id="mount, ENV off"),
            pytest.param(
                ["RUN useradd -m app", "USER app", f"RUN {MOUNT} pip install --user flask==3.0.3"],
                "misplaced-cache",
                id="mount of root, USER app",
            ),
            pytest.param(
                ["ENV PIP_CACHE_DIR=/cache/pip", f"RUN {MOUNT} {PIP}"], "misplaced-cache", id="mount, PIP_CACHE_DIR"
            ),
        ],
    )
    def test_a_mount_that_cannot_work_is_seen(self, lines: list[str], rule: str) -> None:
        assert caching("Dockerfile", image(*lines)) == [rule]

    @pytest.mark.parametrize("open_", ["'flask>=3'", "'flask<4'", "'flask!=3.0.0'", "'flask~=3.0'", "flask==3.*"])
    def test_a_range_is_no_pin(self, open_: str) -> None:
        assert open_packages("Dockerfile", image(f"RUN {MOUNT} pip install {open_}")) == [open_]

    @pytest.mark.parametrize("closed", [".[test]", "-e .[test]", "--upgrade pip", '"$PKGS"', "${PKGS}", "$(cat list)"])
    def test_what_is_no_open_package(self, closed: str) -> None:
        assert open_packages("Dockerfile", image(f"RUN {MOUNT} pip install {closed}")) == []

    @pytest.mark.parametrize("program", ["/opt/venv/bin/pip install", "pip3 wheel", "pip3.12 download", "pipx install"])
    def test_a_package_is_seen_whatever_the_program(self, program: str) -> None:
        assert open_packages("Dockerfile", image(f"RUN {program} gunicorn")) == ["gunicorn"]

    def test_the_requirements_file_is_read(self) -> None:
        text = image("COPY requirements.txt .", f"RUN {MOUNT} pip install -r requirements.txt")
        assert open_packages("Dockerfile", text, **{"requirements.txt": "flask==3.0.3\n"}) == []
        assert open_packages("Dockerfile", text, **{"requirements.txt": "click==8.1.7\nflask\n"}) == ["flask"]

    def test_the_mount_is_never_traded_for_no_cache_dir(self) -> None:
        assert found({"Dockerfile": image(f"RUN {MOUNT} {PIP}")}) == []

    def test_columns_count_characters(self) -> None:
        text = workflow("name: 'déjà vu 🚀'", "run: 'echo 🚀🚀; pip install flask==3.0.3'")
        (finding,) = (one for one in scan({CI: text}).findings if one.rule.startswith("CIA1"))
        assert text[finding.start : finding.end] == PIP
        line = text.splitlines()[finding.line - 1]
        assert line[finding.column - 1 : finding.end_column - 1] == PIP

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            (CI, workflow("run: pip install flask==3.0.3 # ci-audit: ignore[uncached-install] seldom run")),
            (
                ".gitlab-ci.yml",
                "test:\n  image: python:3.12.5\n  script:\n    # ci-audit: ignore[CIA101] seldom run\n"
                "    - pip install flask==3.0.3\n",
            ),
            (
                ".travis.yml",
                "language: python\nscript: make\n"
                "install: pip install flask==3.0.3 # ci-audit: ignore[CIA101] seldom run\n",
            ),
            (
                "Dockerfile",
                image("# ci-audit: ignore[missing-cache-mount] thrown away", "RUN make && \\", f"    {PIP}"),
            ),
        ],
        ids=["github", "gitlab", "travis", "dockerfile"],
    )
    def test_an_ignore_comment_works_in_every_provider(self, path: str, text: str) -> None:
        report = scan({path: text})
        assert [finding.rule for finding in report.findings if finding.rule.startswith("CIA1")] == []
        assert [finding.rule[:4] for finding in report.suppressed] == ["CIA1"]
        assert not report.unused

    def test_one_file_never_loses_the_others(self) -> None:
        files = {"a.Dockerfile": "FROM a:1\nWORKDIR a\n", "b.Dockerfile": image(f"RUN {PIP}")}
        report = scan(files)
        assert report.audited == 2
        assert [finding.path for finding in report.findings if finding.rule == "CIA102"] == ["b.Dockerfile"]

    def test_a_gitlab_cache_outside_the_project_is_no_cache(self) -> None:
        text = f"test:\n  image: python:3.12.5\n  cache:\n    paths:\n      - ~/.cache/pip\n  script:\n    - {PIP}\n"
        assert caching(".gitlab-ci.yml", text) == ["misplaced-cache"]

    @pytest.mark.parametrize(
        "text",
        [
            "test:\n  cache: null\n  script: make\n",
            "test:\n  script:\n    - !reference [.base, script]\n.base:\n  script: make\n",
            "spec:\n  inputs:\n    a:\n      default: b\n---\ntest:\n  script: make $[[ inputs.a ]]\n",
        ],
        ids=["cache: null", "!reference", "two documents"],
    )
    def test_a_valid_gitlab_file_is_not_refused(self, text: str) -> None:
        assert found({".gitlab-ci.yml": text}) == []


INPUTS = {"go.sum": "\n", "go.mod": "module demo\n", "requirements.txt": "flask==3.0.3\n", "uv.lock": "version = 1\n"}


class TestNotAnUncachedInstall:
    def test_pip_cache_dir_below_a_cached_directory(self) -> None:
        text = workflow(
            CHECKOUT,
            "uses: actions/cache@v4\nwith:\n  path: .cache\n  key: pip-${{ hashFiles('requirements.txt') }}",
            f"run: {PIP}\nenv:\n  PIP_CACHE_DIR: ${{{{ github.workspace }}}}/.cache/pip",
        )
        assert caching(CI, text, **INPUTS) == []

    @pytest.mark.parametrize(
        "steps",
        [
            pytest.param(["uses: actions/setup-go@v5\nwith:\n  go-version: '1.23'", "run: go mod download"], id="go"),
            pytest.param(["uses: actions/setup-node@v5", "run: npm ci"], id="node"),
            pytest.param(["uses: astral-sh/setup-uv@v9.0.0", "run: uv sync --locked"], id="uv"),
        ],
    )
    def test_a_cache_that_is_on_by_default(self, steps: list[str]) -> None:
        package = '{"packageManager": "npm@10.9.0"}\n'
        project = '[project]\nname = "demo"\nversion = "1"\n'
        also = {**INPUTS, "package.json": package, "package-lock.json": "{}\n", "pyproject.toml": project}
        assert causes(CI, workflow(CHECKOUT, *steps), "github", **also) == ["kept"]

    @pytest.mark.parametrize("version", ["v2", "v4"])
    def test_a_cache_that_was_off_by_default_in_that_version(self, version: str) -> None:
        text = workflow(CHECKOUT, f"uses: astral-sh/setup-uv@{version}", "run: uv pip install --system flask==3.0.3")
        assert caching(CI, text, **INPUTS) == ["uncached-install"]

    @pytest.mark.parametrize("runner", ["self-hosted", "[self-hosted, linux, x64]", "{labels: self-hosted}"])
    def test_a_runner_of_ones_own(self, runner: str) -> None:
        assert caching(CI, workflow(f"run: {PIP}", runner=runner)) == []

    @pytest.mark.parametrize("runner", ["our-big-runner", "{group: big}", "'${{ vars.RUNNER }}'"])
    def test_a_runner_that_is_not_known(self, runner: str) -> None:
        assert caching(CI, workflow(f"run: {PIP}", runner=runner)) == []

    def test_a_job_that_installs_nothing(self) -> None:
        text = workflow("uses: actions/setup-python@v5\nwith:\n  python-version: '3.12'", "run: python -m unittest")
        assert caching(CI, text) == []

    @pytest.mark.parametrize("condition", ["false", "${{ false }}", "'false && always()'"])
    def test_what_never_runs(self, condition: str) -> None:
        assert caching(CI, workflow(f"if: {condition}\nrun: {PIP}")) == []
        assert caching(CI, workflow(f"run: {PIP}", job=f"    if: {condition}\n")) == []

    def test_a_cache_in_a_composite_action(self) -> None:
        action = (
            "runs:\n  using: composite\n  steps:\n    - uses: actions/setup-python@v6\n      with:\n"
            "        python-version: '3.12'\n        cache: pip\n"
        )
        text = workflow(CHECKOUT, "uses: ./setup", "run: pip install -r requirements.txt")
        assert causes(CI, text, "github", **INPUTS, **{"setup/action.yml": action}) == ["kept"]

    def test_a_cache_in_a_composite_of_a_composite(self) -> None:
        inner = (
            "runs:\n  using: composite\n  steps:\n"
            "    - uses: actions/cache@v4\n      with: {path: ~/.cache/pip, key: p}\n"
        )
        outer = "runs:\n  using: composite\n  steps:\n    - uses: ./inner\n"
        also = {"inner/action.yml": inner, "outer/action.yml": outer}
        assert causes(CI, workflow(CHECKOUT, "uses: ./outer", f"run: {PIP}"), "github", **also) == ["kept"]

    def test_an_install_in_a_composite_of_a_job_that_caches(self) -> None:
        action = f"runs:\n  using: composite\n  steps:\n    - run: {PIP}\n      shell: bash\n"
        cache = "uses: actions/cache@v4\nwith:\n  path: ~/.cache/pip\n  key: pip-${{ hashFiles('requirements.txt') }}"
        files = {CI: workflow(CHECKOUT, cache, "uses: ./setup"), "setup/action.yml": action, **INPUTS}
        assert found(files, "CIA1") == []

    @pytest.mark.parametrize(
        "head",
        [
            pytest.param(
                ".base:\n  variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache}\n  cache: {key: a, paths: [.cache]}\n"
                "test:\n  extends: .base\n",
                id="extends",
            ),
            pytest.param(
                "default:\n  cache: {key: a, paths: [.cache]}\nvariables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache}\n"
                "test:\n",
                id="default",
            ),
            pytest.param(
                "cache: {key: a, paths: [.cache]}\nvariables: {PIP_CACHE_DIR: .cache}\ntest:\n", id="at the top"
            ),
            pytest.param("include: ci/base.yml\ntest:\n  extends: .base\n", id="extends a job of a local include"),
            pytest.param("include: {project: group/ci, file: a.yml}\ntest:\n", id="an include that is not here"),
        ],
    )
    def test_a_gitlab_cache_from_elsewhere(self, head: str) -> None:
        base = ".base:\n  variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.c}\n  cache: {paths: [.c]}\n"
        text = f"{head}  image: python:3.12.5\n  script:\n    - {PIP}\n"
        assert caching(".gitlab-ci.yml", text, **{"ci/base.yml": base}) == []

    @pytest.mark.parametrize(
        "command",
        [
            "pip install --no-index --find-links dist demo",
            "pip install --no-deps ./dist/demo-1-py3-none-any.whl",
            "pip install --no-deps dist/*.whl",
            "uv pip install --offline demo",
            "pip install --help",
            "pip --version",
            "pip list",
            "pip cache dir",
            "pip uninstall -y flask",
            "python -m venv .venv",
            "npm run build",
        ],
    )
    def test_what_downloads_nothing(self, command: str) -> None:
        assert found({CI: workflow(f"run: {command}")}) == []
        assert found({"Dockerfile": image(f"RUN {command}")}) == []

    @pytest.mark.parametrize(
        "command",
        [
            "echo pip install flask",
            'echo "run: pip install flask"',
            "printf '%s\\n' 'pip install flask' > notes",
            "grep -r 'pip install flask' docs",
            "# pip install flask",
            "make # pip install flask",
            "git commit -m 'pip install flask'",
            "cat <<EOF > notes\npip install flask\nEOF",
            ": pip install flask",
            "test -n 'pip install flask'",
            "install() { pip install flask; }",
        ],
    )
    def test_text_that_is_no_command(self, command: str) -> None:
        step = "run: |\n  " + command.replace("\n", "\n  ")
        assert found({CI: workflow(step)}) == []

    @pytest.mark.parametrize(
        "command",
        [
            "docker run --rm python:3.12 pip install flask",
            "docker run --rm -v $PWD:/src python:3.12 bash -c 'pip install flask'",
            "docker exec box pip install flask",
            "docker compose run web pip install flask",
            "docker-compose exec -T web sh -c 'pip install flask'",
            "podman run python pip install flask",
            "kubectl exec pod -- pip install flask",
            "ssh host pip install flask",
            "vagrant ssh -c 'pip install flask'",
        ],
    )
    def test_commands_of_another_machine(self, command: str) -> None:
        assert caching(CI, workflow(f'run: "{command}"')) == []


class TestCachingThatHurts:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(workflow(f"run: {PIP}", "run: twine upload dist/*"), id="twine upload"),
            pytest.param(workflow(f"run: {PIP}", "run: uv publish"), id="uv publish"),
            pytest.param(workflow(f"run: {PIP}", "run: gh release create v1 dist/*"), id="gh release"),
            pytest.param(
                workflow(f"run: {PIP}", "uses: pypa/gh-action-pypi-publish@release/v1"), id="gh-action-pypi-publish"
            ),
            pytest.param(
                workflow(f"run: {PIP}", on="{release: {types: [published]}}", top="permissions: {contents: write}\n"),
                id="release with rights",
            ),
            pytest.param(
                workflow(f"run: {PIP}", on="{push: {tags: ['v*']}}", top="permissions: {id-token: write}\n"),
                id="tags with rights",
            ),
            pytest.param(
                workflow(
                    f"run: {PIP}",
                    "uses: actions/checkout@v4\nwith: {ref: '${{ github.event.pull_request.head.sha }}'}",
                    on="pull_request_target",
                ),
                id="pull_request_target with their code",
            ),
        ],
    )
    def test_no_cache_is_asked_for(self, text: str) -> None:
        assert caching(CI, text) == []

    def test_it_is_judged_by_the_job_and_not_the_file(self) -> None:
        text = workflow(f"run: {PIP}") + (
            "  publish:\n    runs-on: ubuntu-24.04\n    steps:\n"
            "      - run: pip install twine==6.0.1\n      - run: twine upload dist/*\n"
        )
        assert found({CI: text}, "CIA1") == [("uncached-install", PIP)]

    @pytest.mark.parametrize("last", ["    - twine upload dist/*\n", "  release: {tag_name: v1, description: a}\n"])
    @pytest.mark.parametrize(
        "rules",
        [
            pytest.param("  rules:\n    - if: $CI_COMMIT_TAG\n", id="for tags"),
            pytest.param("", id="always"),
        ],
    )
    def test_no_cache_is_asked_for_in_gitlab(self, rules: str, last: str) -> None:
        text = f"publish:\n  image: python:3.12.5\n{rules}  script:\n    - {PIP}\n{last}"
        assert caching(".gitlab-ci.yml", text) == []

    @pytest.mark.parametrize(
        "last", ["script: twine upload dist/*\n", "script: make\ndeploy:\n  provider: pypi\n"], ids=["twine", "deploy"]
    )
    def test_no_cache_is_asked_for_in_travis(self, last: str) -> None:
        assert caching(".travis.yml", f"language: python\ninstall: {PIP}\n{last}") == []

    def test_a_dry_run_publishes_nothing(self) -> None:
        assert caching(CI, workflow(f"run: {PIP}", "run: uv publish --dry-run")) == ["uncached-install"]


class TestNotUnpinned:
    @pytest.mark.parametrize(
        "arguments",
        [
            "-r requirements.txt",
            "-c constraints.txt flask",
            "-e .",
            ".",
            ".[test]",
            "./dist/demo-1-py3-none-any.whl",
            "dist/*.whl",
            "./sub",
            "../other",
            f"https://example.com/demo-1.tar.gz#{HASH.replace(':', '=')}",
            f"'demo @ https://example.com/demo-1.tar.gz#{HASH.replace(':', '=')}'",
            "git+https://example.com/demo@0123456789abcdef0123456789abcdef01234567",
            "$PACKAGE",
            '"flask==$VERSION"',
            "flask==${{ matrix.flask }}",
            "flask===3.0.3",
            "'flask[async]==3.0.3'",
            f"flask==3.0.3 --hash={HASH}",
        ],
    )
    def test_arguments_of_pip(self, arguments: str) -> None:
        also = {"requirements.txt": "flask==3.0.3\n", "constraints.txt": "flask==3.0.3\n", "setup.py": ""}
        assert open_packages(CI, workflow(f"run: |\n  pip install {arguments}"), **also) == []

    @pytest.mark.parametrize("open_", ["flask>=3", "flask~=3.0", "flask==1.*", "flask", "flask<4,>=3", "flask[async]"])
    def test_what_is_open_indeed(self, open_: str) -> None:
        assert open_packages(CI, workflow(f"run: pip install '{open_}'")) == [f"'{open_}'"]

    @pytest.mark.parametrize(
        "reference",
        [
            "git+https://example.com/demo",
            "git+https://example.com/demo@main",
            "git+https://example.com/demo@v1.0",
        ],
    )
    def test_a_repository_without_a_commit_is_open(self, reference: str) -> None:
        assert open_packages(CI, workflow(f"run: pip install {reference}")) == [reference]

    @pytest.mark.parametrize("upgrade", ["--upgrade pip", "-U pip setuptools wheel"])
    def test_an_upgrade_of_the_installer_weighs_less(self, upgrade: str) -> None:
        text = workflow(f"run: pip install {upgrade}")
        assert not [one for one in scan({CI: text}).findings if one.rule == "CIA301" and one.severity != "note"]

    @pytest.mark.parametrize("uses", ["./setup", "$/setup", "docker://alpine:3.20"])
    def test_an_action_of_ones_own(self, uses: str) -> None:
        action = "runs:\n  using: composite\n  steps:\n    - run: make\n      shell: bash\n"
        assert found({CI: workflow(f"uses: {uses}"), "setup/action.yml": action}, "CIA304") == []

    def test_hashes_and_system_packages_are_left_alone(self) -> None:
        assert found({"Dockerfile": image("RUN apt-get update && apt-get install -y curl")}, "CIA3") == []
        assert found({"Dockerfile": image(f"RUN {MOUNT} {PIP}")}, "CIA3") == []


class TestOthers:
    @pytest.mark.parametrize("on", ["{push: {branches: [main]}}", "release"])
    def test_a_full_history_and_no_concurrency_are_left_alone(self, on: str) -> None:
        text = workflow(f"{CHECKOUT}\nwith: {{fetch-depth: 0}}", "run: git describe", on=on)
        assert found({CI: text}) == []


def test_the_json_report_counts_characters_as_well(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from ci_audit.__main__ import main

    (tmp_path / "Dockerfile").write_text(image(f"RUN echo 🚀 && {PIP} && echo 🚀"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["ci-audit", "scan", "--format", "json", "."])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    (finding,) = json.loads(capfd.readouterr().out)["findings"]
    assert (finding["line"], finding["column"]) == (2, 1)
    assert finding["end_column"] == len(f"RUN echo 🚀 && {PIP}") + 1

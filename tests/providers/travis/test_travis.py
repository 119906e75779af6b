"""What a Travis configuration means: each construct that decides a verdict."""

import pytest

from ci_audit.providers import ParseError
from ci_audit.source import UNKNOWN
from tests.providers.travis.samples import causes, commands, env, installs, jobs, kept, only, read

NODE = {"package.json": "{}", "package-lock.json": "{}"}
INSTALL = "language: python\ninstall: pip install x==1\n"


@pytest.mark.parametrize(("text", "offset"), [("- a\n", 0), ("text\n", 0), ("a: [b\nc: 1\n", 7)])
def test_files_that_travis_does_not_load(text: str, offset: int) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert caught.value.offset == offset


def test_an_empty_file_has_no_jobs() -> None:
    assert read("").jobs == ()


def test_phases_in_order_as_one_shell() -> None:
    text = """
        after_script: make last
        script: [make test, cd sub]
        before_cache: make clean
        install: make install
        before_install: export PIP_CACHE_DIR=/x
        after_success: pip install codecov==2
        before_script:
          - make ready
        """
    job = only(text)
    assert [step.name for step in job.steps] == [
        "before_install",
        "install",
        "before_script",
        "script",
        "script",
        "before_cache",
        "after_success",
        "after_script",
    ]
    (install,) = installs(job)
    assert (install.downloads[0].path, install.command.cwd) == ("/x", "$WORKSPACE/sub")
    assert install.command.where.text == "pip install codecov==2"


@pytest.mark.parametrize(
    ("name", "command"),
    [("requirements.txt", "pip install -r requirements.txt"), ("Requirements.txt", "pip install -r Requirements.txt")],
)
def test_the_default_install_of_python(name: str, command: str) -> None:
    job = only("language: python\nscript: pytest\n", {name: "x==1\n"})
    assert commands(job) == [command, "pytest"]
    (install,) = installs(job)
    assert install.command.where.text == "language"
    assert [use.path for use in install.files] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "language: python\ninstall: skip\n",
        "language: python\ninstall: true\n",
        "language: python\ninstall: make\n",
        "language: generic\n",
        "script: make\n",
    ],
)
def test_no_default_install(text: str) -> None:
    found = jobs(text, {"requirements.txt": "x==1\n"})
    assert [install for job in found for install in installs(job)] == []


def test_no_default_install_without_requirements() -> None:
    assert installs(only("language: python\n")) == []


def test_an_included_job_may_set_the_language() -> None:
    text = "language: minimal\njobs:\n  include:\n    - {language: python, script: pytest}\n"
    (install,) = installs(only(text, {"requirements.txt": "x==1\n"}))
    assert install.command.where.start == text.index("language: python")


@pytest.mark.parametrize(
    ("cache", "paths", "cause"),
    [
        ("cache: pip", ["/home/travis/.cache/pip"], "kept"),
        ("cache: [pip]", ["/home/travis/.cache/pip"], "kept"),
        ("cache: [pip, directories]", ["/home/travis/.cache/pip"], "kept"),
        ("cache: {pip: true, timeout: 600}", ["/home/travis/.cache/pip"], "kept"),
        ("cache: {pip: false}", [], "absent"),
        ("cache: {directories: [$HOME/.cache/pip]}", ["/home/travis/.cache/pip"], "kept"),
        ("cache: {directories: [~/.cache]}", ["/home/travis/.cache"], "kept"),
        ("cache: {directories: [a, $TRAVIS_BUILD_DIR/b]}", ["$WORKSPACE/a", "$WORKSPACE/b"], "absent"),
        ("cache: {directories: [$SOMEWHERE]}", [UNKNOWN], "unknown"),
        ("cache: [{directories: [$HOME/.cache/pip]}]", ["/home/travis/.cache/pip"], "kept"),
        ("cache: true", ["/home/travis/.cache/pip"], "unknown"),
        ("cache: false", [], "absent"),
        ("cache:", [], "absent"),
        ("sudo: false", [], "absent"),
        ("cache: npm", ["/home/travis/.npm", "$WORKSPACE/node_modules"], "absent"),
    ],
)
def test_caches(cache: str, paths: list[str], cause: str) -> None:
    job = only(INSTALL + cache + "\n")
    assert kept(job) == paths
    assert causes(job) == [cause]


def test_cache_pip_acts_only_under_python() -> None:
    job = only("language: generic\ncache: pip\nscript: pip install x==1\n")
    assert causes(job) == ["unsaved"]
    assert "language: generic" in job.caches[0].problems[0].reason


def test_cache_pip_keeps_the_linux_directory_on_every_system() -> None:
    assert causes(only(INSTALL + "os: osx\ncache: pip\n")) == ["misplaced"]
    text = INSTALL + "os: osx\ncache: {directories: [$HOME/Library/Caches/pip]}\n"
    assert causes(only(text)) == ["kept"]


@pytest.mark.parametrize(
    ("phase", "cause"),
    [("before_cache", "off"), ("script", "off"), ("after_success", "kept"), ("after_script", "kept")],
)
def test_cleaning_up_counts_until_the_cache_is_uploaded(phase: str, cause: str) -> None:
    assert causes(only(INSTALL + f"cache: pip\n{phase}: rm -rf $HOME/.cache/pip\n")) == [cause]


@pytest.mark.parametrize(
    ("env_key", "expected"),
    [
        ("env: A=1", "1"),
        ("env: [A=1]", "1"),
        ("env: A=1 B=2", "1"),
        ("env: B=2 A='x y'", "x y"),
        ("env: A=$HOME/x", "/home/travis/x"),
        ("env: {A: 1}", "1"),
        ("env: {A: $TRAVIS_BUILD_DIR/x}", "$WORKSPACE/x"),
        ("env: {global: A=1}", "1"),
        ("env: {global: [A=1, {secure: abc}]}", "1"),
        ("env: {global: [{A: 1}]}", "1"),
        ("env: {global: A=0, jobs: [A=1]}", "1"),
        ("env: {matrix: [{A: 1}]}", "1"),
        ("env: [{secure: abc}, A=1]", "1"),
    ],
)
def test_env_forms(env_key: str, expected: str) -> None:
    assert env(only(INSTALL + env_key + "\n"), "A") == expected


def test_env_multiplies_the_jobs() -> None:
    found = jobs(INSTALL + "env:\n  - PIP_NO_CACHE_DIR=1\n  - X=2\ncache: pip\n")
    assert [(job.variant, causes(job)) for job in found] == [("PIP_NO_CACHE_DIR=1", ["off"]), ("X=2", ["kept"])]


def test_os_and_env_multiply_and_python_only_where_it_is_read() -> None:
    text = INSTALL + "os: [linux, osx, windows]\nenv: [A=1, A=2]\npython: ['3.11', '3.12']\n"
    found = jobs(text)
    assert len(found) == 6
    assert {(job.machine.os, job.machine.home) for job in found} == {
        ("linux", "/home/travis"),
        ("macos", "/Users/travis"),
        ("windows", "C:/Users/travis"),
    }
    read_twice = jobs(text + "script: tox -e $TRAVIS_PYTHON_VERSION\n")
    assert len(read_twice) == 12
    assert {env(job, "TRAVIS_PYTHON_VERSION") for job in read_twice} == {"3.11", "3.12"}


def test_exclude() -> None:
    text = INSTALL + "os: [linux, osx]\nenv: [A=1, A=2]\njobs: {exclude: [{os: osx, env: A=2}]}\n"
    assert [job.variant for job in jobs(text)] == ["os=linux, A=1", "os=linux, A=2", "os=osx, A=1"]


@pytest.mark.parametrize("key", ["jobs", "matrix"])
def test_included_jobs_stand_beside_the_product(key: str) -> None:
    text = f"""
        language: python
        os: [linux, osx]
        env: [A=1]
        install: pip install x==1
        {key}:
          include:
            - name: lint
              install: pip install y==1
            - stage: deploy
              os: windows
              env: A=3
        """
    found = jobs(text)
    assert [(job.name, job.machine.os, env(job, "A"), commands(job)) for job in found] == [
        ("test", "linux", "1", ["pip install x==1"]),
        ("test", "macos", "1", ["pip install x==1"]),
        ("lint", "linux", "1", ["pip install y==1"]),
        ("deploy", "windows", "3", ["pip install x==1"]),
    ]
    assert found[2].where.text == "name: lint"


def test_without_anything_to_multiply_only_the_included_jobs_run() -> None:
    text = "language: python\npython: '3.12'\ninstall: never\njobs: {include: [{install: make}]}\n"
    assert [commands(job) for job in jobs(text)] == [["make"]]


def test_included_jobs_that_never_run() -> None:
    text = INSTALL + "os: [linux, osx]\njobs: {include: [{if: false, install: x}, {if: branch = main, install: y}]}\n"
    assert len(jobs(text)) == 3
    assert read(INSTALL + "if: false\n").jobs == ()


def test_an_included_job_may_have_its_own_cache() -> None:
    text = INSTALL + "cache: pip\nos: [linux, osx]\njobs: {include: [{cache: false}, {name: b}]}\n"
    assert [causes(job) for job in jobs(text)[2:]] == [["absent"], ["kept"]]


def test_anchors() -> None:
    text = """
        language: python
        .lint: &lint
          install: pip install a==1
          script: make lint
        jobs:
          include:
            - <<: *lint
              name: lint
            - <<: *lint
              install: skip
        """
    assert [commands(job) for job in jobs(text)] == [["pip install a==1", "make lint"], ["make lint"]]


def test_python_jobs_run_in_a_virtual_environment() -> None:
    text = INSTALL + "python: ['3.12']\ncache: {directories: [$HOME/virtualenv/python$TRAVIS_PYTHON_VERSION]}\n"
    assert causes(only(text)) == ["kept"]


def test_travis_retry() -> None:
    assert [install.manager for install in installs(only("install: travis_retry pip install x==1\n"))] == ["pip"]


def test_imports_leave_everything_open() -> None:
    pipeline = read(INSTALL + "import:\n  - group/shared:ci.yml@v1\n  - {source: ./local.yml, mode: merge}\n")
    assert [gap.where.text for gap in pipeline.gaps if gap.where] == ["group/shared:ci.yml@v1", "source: ./local.yml"]
    (job,) = pipeline.jobs
    assert causes(job) == ["unknown"]
    assert job.actions == ()
    assert [(action.kind, action.name, action.ref) for action in pipeline.actions] == [
        ("include", "group/shared:ci.yml", "v1"),
        ("include", "./local.yml", ""),
    ]


@pytest.mark.parametrize("text", ["import: a/b:c.yml@v1\n", "import: a/b:c.yml@v1\nif: false\nscript: make\n"])
def test_imports_of_a_file_without_jobs(text: str) -> None:
    assert [action.name for action in read(text).actions] == ["a/b:c.yml"]


@pytest.mark.parametrize(
    ("cache", "kinds"),
    [
        ("", ["`language: node_js`"]),
        ("cache:", ["`language: node_js`"]),
        ("cache: {directories: [x]}", ["`cache: directories`", "`language: node_js`"]),
        ("cache: npm", ["`cache: npm`"]),
        ("cache: [npm, yarn]", ["`cache: npm`", "`cache: yarn`"]),
        ("cache: {npm: false}", []),
        ("cache: {npm: true}", ["`cache: npm`"]),
        ("cache: false", []),
    ],
)
def test_node_js_keeps_npm_by_default(cache: str, kinds: list[str]) -> None:
    job = only(f"language: node_js\ninstall: npm ci\n{cache}\n", NODE)
    assert [one.kind for one in job.caches] == kinds
    assert causes(job) == ["kept" if kinds else "absent"]


def test_npm_is_kept_by_default_under_node_js_alone() -> None:
    assert causes(only("language: python\ninstall: npm ci\n", NODE)) == ["absent"]


@pytest.mark.parametrize(
    ("deploy", "expected"),
    [
        ("{provider: script, script: make d}", ["make d"]),
        ("{provider: script, script: [make d, make e]}", ["make d", "make e"]),
        ("[{provider: pypi}, {provider: script, script: make d}]", ["make d"]),
        ("{provider: pypi, script: make d}", []),
        ("script", []),
        ("{script: make d}", []),
        ("", []),
    ],
)
def test_scripts_of_deployments(deploy: str, expected: list[str]) -> None:
    text = f"script: make\nbefore_deploy: make before\nafter_deploy: make after\ndeploy: {deploy}\n"
    assert commands(only(text)) == ["make", "make before", *expected, "make after"]


def test_a_deployment_is_a_shell_of_its_own_after_the_cache_is_saved() -> None:
    text = (
        INSTALL
        + "cache: pip\nbefore_deploy: export A=1\nafter_deploy: make\n"
        + "deploy: {provider: script, script: 'rm -rf ~/.cache/pip; export A=2; make d'}\n"
    )
    job = only(text)
    assert causes(job) == ["kept"]
    last = [
        command.env["A"].value for step in job.steps for command in step.commands if command.words[0].text == "make"
    ]
    assert last == ["2", "1"]


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("script: twine upload dist/*", "twine upload dist/*"),
        ("deploy: {provider: script, script: twine upload dist/*}", "twine upload dist/*"),
        ("deploy: {provider: pypi}", "pypi"),
        ("deploy: pypi", "pypi"),
        ("deploy: [{provider: s3}, {provider: npm}]", "npm"),
        ("deploy: {provider: releases, on: {tags: true}}", None),
        ("deploy: {provider: chef_supermarket}", "chef_supermarket"),
        ("deploy: [{provider: s3}, {provider: gcs}, {provider: pages}]", None),
        ("deploy: {provider: script, script: make d}", None),
        ("deploy: false", None),
        ("deploy:", None),
    ],
)
def test_jobs_that_publish(keys: str, place: str | None) -> None:
    publishes = only(INSTALL + keys + "\n").publishes
    assert publishes.value is (place is not None)
    assert (publishes.where.text if publishes.where else None) == place


def test_an_included_job_may_deploy_by_itself() -> None:
    text = INSTALL + "os: [linux, osx]\njobs: {include: [{stage: release, deploy: {provider: pypi}}]}\n"
    assert [job.publishes.value for job in jobs(text)] == [False, False, True]


def test_a_job_stands_at_the_key_that_implies_it() -> None:
    assert only("language: python\nscript: make\n").where.text == "language"
    assert only("script: make\n").where.text == "script"
    assert only("sudo: false\n").where.text == "sudo: false"


def test_at_most_so_many_jobs() -> None:
    assert len(jobs(INSTALL + "env:\n" + "".join(f"  - A={number}\n" for number in range(500)))) == 200

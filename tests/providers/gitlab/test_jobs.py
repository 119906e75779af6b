"""What a GitLab configuration makes of a job: defaults, parents, references, variables, images, machines."""

import pytest

from ci_audit.providers import ParseError
from ci_audit.providers.gitlab import extends, variables
from ci_audit.providers.gitlab import jobs as readers
from ci_audit.source import UNKNOWN
from tests.providers.gitlab.samples import causes, commands, env, jobs, only, read


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("", "empty", 0),
        ("# nothing\n", "empty", 0),
        ("- a\n", "mapping", 0),
        ("text\n", "mapping", 0),
        ("a: [b\nc: 1\n", "", 7),
    ],
)
def test_files_that_gitlab_does_not_load(text: str, message: str, offset: int) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.offset == offset


def test_a_configuration_needs_a_job_that_is_not_hidden() -> None:
    assert [offset for offset, _ in read(".hidden: {script: [make]}\nstages: [a]\n").errors] == [0]
    assert read("a: {script: [make]}\n").errors == ()
    assert read("a: {trigger: other/project}\n").errors == ()
    assert read("include: {project: a/b, file: c.yml}\n").errors == ()
    assert read("include: {template: Jobs/SAST.gitlab-ci.yml}\n").errors == ()
    assert read(".hidden: {script: [make]}\n", path="templates/python.gitlab-ci.yml").errors == ()


def test_keys_that_are_no_jobs() -> None:
    text = """
        default: {image: a}
        stages: [test]
        variables: {A: b}
        workflow: {rules: [{when: always}]}
        .hidden: {script: [make]}
        pages: {script: [make pages]}
        test: {script: [make]}
        """
    found = jobs(text)
    assert list(found) == ["pages", "test"]
    assert found["test"].where.text == "test"


@pytest.mark.parametrize(
    "top",
    [
        "default:\n  image: python:3.12.5\n  before_script: [make before]\n  after_script: [make after]\n",
        "image: python:3.12.5\nbefore_script: [make before]\nafter_script: [make after]\n",
    ],
)
def test_default_and_the_deprecated_keywords_at_the_top(top: str) -> None:
    found = jobs(top + "a: {script: [make]}\nb: {script: [make], before_script: [], image: alpine:3.20}\n")
    assert commands(found["a"]) == ["make before", "make", "make after"]
    assert [image.reference for image in found["a"].images] == ["python:3.12.5"]
    assert commands(found["b"]) == ["make", "make after"]
    assert [image.reference for image in found["b"].images] == ["alpine:3.20"]


def test_null_inherits() -> None:
    assert commands(only("default: {before_script: [x]}\na: {script: [y], before_script: }\n")) == ["x", "y"]


@pytest.mark.parametrize(
    ("inherit", "expected"),
    [
        ("{default: false}", ["y"]),
        ("{default: [image]}", ["y"]),
        ("{default: [before_script]}", ["x", "y"]),
        ("{default: true}", ["x", "y"]),
    ],
)
def test_inherit_default(inherit: str, expected: list[str]) -> None:
    assert commands(only(f"default: {{before_script: [x]}}\na: {{script: [y], inherit: {inherit}}}\n")) == expected


@pytest.mark.parametrize(("inherit", "expected"), [("false", False), ("[B]", False), ("[A]", True), ("true", True)])
def test_inherit_variables(inherit: str, expected: bool) -> None:
    job = only(f"variables: {{A: x}}\na: {{script: [y], inherit: {{variables: {inherit}}}}}\n")
    assert ("A" in job.steps[0].commands[0].env) is expected


def test_extends_merges_maps_and_replaces_lists() -> None:
    text = """
        .a:
          variables: {ONE: a, TWO: a}
          script: [from a]
          before_script: [before a]
        .b:
          extends: .a
          variables: {TWO: b}
        test:
          extends: .b
          variables: {THREE: c}
          script: [own]
        """
    job = jobs(text)["test"]
    assert commands(job) == ["before a", "own"]
    assert [env(job, name) for name in ("ONE", "TWO", "THREE")] == ["a", "b", "c"]


def test_of_several_parents_the_last_wins_and_none_is_changed() -> None:
    text = """
        .a: {variables: {X: a, A: a}, script: [a]}
        .b: {variables: {X: b}}
        .c: {variables: {X: c, C: c}}
        test: {extends: [.a, .b, .c]}
        other: {extends: .a}
        """
    found = jobs(text)
    assert [env(found["test"], name) for name in ("X", "A", "C")] == ["c", "a", "c"]
    assert env(found["other"], "X") == "a"
    assert "C" not in found["other"].steps[0].commands[0].env


def test_extends_null_removes_and_an_empty_map_does_not() -> None:
    text = """
        .a: {variables: {X: a}, before_script: [x], script: [y]}
        removed: {extends: .a, before_script: null, variables: null}
        kept: {extends: .a, variables: {}}
        """
    found = jobs(text)
    assert commands(found["removed"]) == ["y"]
    assert "X" not in found["removed"].steps[0].commands[0].env
    assert env(found["kept"], "X") == "a"


def test_extends_in_a_circle_ends() -> None:
    assert set(jobs("a: {extends: b, script: [x]}\nb: {extends: a, script: [y]}\n")) == {"a", "b"}


def test_a_parent_that_is_not_here_leaves_open_only_what_the_job_does_not_set() -> None:
    text = """
        a: {extends: .missing, script: [pip install x==1]}
        b: {extends: .missing, script: [pip install x==1], cache: [], image: python:3.12.5}
        c: {extends: .missing, script: [pip install x==1], cache: []}
        """
    found = jobs(text)
    assert causes(found["c"]) == ["unknown"]
    assert causes(found["a"]) == ["unknown"]
    assert causes(found["b"]) == ["absent"]


def test_anchors_and_merge_keys() -> None:
    text = """
        .base: &base
          image: python:3.12.5
          before_script: &before [make before]
        test:
          <<: *base
          script:
            - *before
            - make
        """
    job = only(text)
    assert commands(job) == ["make before", "make before", "make"]
    assert job.images[0].where.text == "python:3.12.5"


def test_reference() -> None:
    text = """
        .setup:
          script: [make setup, !reference [.more, script]]
          cache: {paths: [.cache/pip]}
          variables: {A: x}
        .more: {script: [make more]}
        test:
          variables: !reference [.setup, variables]
          cache: !reference [.setup, cache]
          script:
            - !reference [.setup, script]
            - make
        """
    job = only(text)
    assert commands(job) == ["make setup", "make more", "make"]
    assert job.caches[0].paths[0].path == "$WORKSPACE/.cache/pip"
    assert env(job, "A") == "x"


@pytest.mark.parametrize(
    "text",
    [
        "a: {script: [!reference [.missing, script], pip install x==1]}\n",
        "a: {script: [!reference [a, script], pip install x==1]}\n",
    ],
)
def test_a_reference_to_what_is_not_here_leaves_open_what_follows(text: str) -> None:
    job = only(text)
    assert job.steps[0].gap
    assert causes(job)[0] == "unknown"


def test_references_multiply_only_so_far() -> None:
    lines = [".a0: {script: [make]}"]
    for level in range(1, 10):
        lines.append(f".a{level}: {{script: [{', '.join([f'!reference [.a{level - 1}, script]'] * 20)}]}}")
    job = only("\n".join([*lines, "j: {script: [!reference [.a9, script]]}"]))
    assert len(job.steps) == 10_001
    assert job.steps[-1].gap == "only the first 10,000 items of this list are read"


KEPT = "cache: {paths: [.c]}, script: [pip install x==1]"


def test_more_variables_than_are_copied_are_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "_MOST", 12)
    own = f"{{variables: {{PIP_CACHE_DIR: .c}}, {KEPT}}}"
    text = f"variables: {{A: a}}\na: {own}\nb: {own}\n"
    found = jobs(text)
    assert [causes(job) for job in found.values()] == [["kept"], ["unknown"]]
    assert "more variables" in found["b"].gaps[0].reason


def test_more_parents_than_are_copied_are_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extends, "_MOST", 5)
    base = ".base: {variables: {PIP_CACHE_DIR: .c}, cache: {paths: [.c]}}\n"
    text = base + "".join(f"{name}: {{extends: .base, script: [pip install x==1]}}\n" for name in "ab")
    found = jobs(text)
    assert [causes(job) for job in found.values()] == [["kept"], ["unknown"]]
    assert "more to extend" in found["b"].gaps[0].reason


def test_more_variants_than_are_told_apart_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_VARIANTS", 2)
    one = "image: 'x:$A', script: [make], parallel: {matrix: [{A: [a, b]}, {A: [c]}]}"
    found = read(f"a: {{{one}}}\nb: {{{one}}}\n").jobs
    assert [(job.name, job.variant) for job in found] == [("a", "A=a"), ("a", "A=b"), ("a", "A=c"), ("b", "")]
    assert found[-1].images[0].reference == f"x:{UNKNOWN}"


def test_lists_of_nothing_but_lists_multiply_only_so_far() -> None:
    lines = [".a0: {script: []}"]
    for level in range(1, 10):
        lines.append(f".a{level}: {{script: [{', '.join([f'!reference [.a{level - 1}, script]'] * 20)}]}}")
    job = only("\n".join([*lines, "j: {script: [!reference [.a9, script]]}"]))
    assert [step.gap != "" for step in job.steps] == [True]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ("X: a", "a"),
        ("X: 3.10", "3.1"),
        ("X: {value: a, description: b}", "a"),
        ("X: $CI_PROJECT_DIR/.cache", "$WORKSPACE/.cache"),
        ('X: "${Y}/z"\n  Y: y', "y/z"),
        ("X: a$$b", "a$b"),
        ("X: {value: $Y, expand: false}\n  Y: y", "$Y"),
        ("X: $X/more", UNKNOWN + "/more"),
        ("X: $CI_COMMIT_SHA", UNKNOWN),
    ],
)
def test_variables(variables: str, expected: str) -> None:
    assert env(only(f"variables:\n  {variables}\na: {{script: [make]}}\n"), "X") == expected


def test_job_variables_win_and_change_what_refers_to_them() -> None:
    text = """
        variables: {BASE: /a, DIR: $BASE/pip}
        a: {script: [make]}
        b: {script: [make], variables: {BASE: /b}}
        """
    found = jobs(text)
    assert (env(found["a"], "DIR"), env(found["b"], "DIR")) == ("/a/pip", "/b/pip")


def test_a_variable_that_rules_may_change_is_not_known() -> None:
    job = only("a: {script: [make], variables: {X: a}, rules: [{if: $Y, variables: {X: b}}, {when: always}]}\n")
    assert env(job, "X") == UNKNOWN


@pytest.mark.parametrize(
    ("rules", "runs"),
    [
        ("rules: [{when: never}]", False),
        ("rules: [{if: $X, when: never}, {when: never}]", False),
        ("rules: [{if: $X, when: never}, {when: always}]", True),
        ("rules: [{if: $X}]", True),
        ("when: manual", True),
        ("only: [tags]", True),
    ],
)
def test_jobs_that_never_run(rules: str, runs: bool) -> None:
    assert ("a" in jobs(f"a: {{script: [make], {rules}}}\nb: {{script: [make]}}\n")) is runs


def test_trigger_jobs_have_no_script() -> None:
    assert list(jobs("a: {trigger: group/project}\nb: {script: [make]}\n")) == ["b"]


def test_a_child_pipeline_is_read_with_the_variables_that_it_is_given() -> None:
    text = "variables: {A: a}\na:\n  variables: {B: b}\n  trigger: {include: ci/child.yml}\n"
    child = "default: {image: alpine:3.20}\nvariables: {A: other}\nb: {script: [make]}\n"
    job = jobs(text, {"ci/child.yml": child})["b"]
    assert (env(job, "A"), env(job, "B")) == ("a", "b")
    assert job.images[0].reference == "alpine:3.20"
    assert job.where.source.path == "ci/child.yml"


def test_a_generated_child_pipeline_is_noted() -> None:
    (gap,) = read("a: {trigger: {include: [{artifact: x.yml, job: b}]}}\nb: {script: [pip install x]}\n").gaps
    assert gap.where is not None
    assert gap.where.text == "artifact: x.yml"


def test_matrix_variants_over_the_variables_that_matter() -> None:
    text = """
        test:
          parallel:
            matrix:
              - PY: ["3.11", "3.12"]
                UNUSED: [a, b, c]
              - PY: ["3.13"]
          image: python:$PY
          script: [make]
        """
    found = read(text).jobs
    assert [(job.variant, job.images[0].reference) for job in found] == [
        ("PY=3.11", "python:3.11"),
        ("PY=3.12", "python:3.12"),
        ("PY=3.13", "python:3.13"),
    ]


def test_matrix_variables_that_tools_read_by_themselves() -> None:
    text = "a: {parallel: {matrix: [{PIP_NO_CACHE_DIR: ['0', '1']}]}, script: [pip install x==1]}\n"
    assert [job.variant for job in read(text).jobs] == ["PIP_NO_CACHE_DIR=0", "PIP_NO_CACHE_DIR=1"]


def test_matrix_is_bounded() -> None:
    values = ", ".join(map(str, range(100)))
    text = f"a: {{parallel: {{matrix: [{{A: [{values}], B: [{values}]}}]}}, script: [echo $A $B]}}\n"
    assert len(read(text).jobs) == 256


def test_parallel_as_a_number() -> None:
    assert only("a: {parallel: 5, script: [make]}\n").variant == ""


@pytest.mark.parametrize(
    ("image", "reference", "known"),
    [
        ("python:3.12.5", "python:3.12.5", True),
        ("{name: python:3.12.5, entrypoint: ['']}", "python:3.12.5", True),
        ("$REGISTRY/a:1", "registry.example/a:1", True),
        ("$CI_REGISTRY_IMAGE/a:1", UNKNOWN + "/a:1", False),
    ],
)
def test_image_forms(image: str, reference: str, known: bool) -> None:
    job = only(f"variables: {{REGISTRY: registry.example}}\na: {{script: [make], image: {image}}}\n")
    assert (job.images[0].reference, job.images[0].known, job.images[0].role) == (reference, known, "container")


def test_services() -> None:
    job = only("a: {script: [make], services: [postgres:16.3, {name: redis:7.2.5, alias: r}]}\n")
    assert [(image.name, image.tag, image.role) for image in job.images] == [
        ("postgres", "16.3", "service"),
        ("redis", "7.2.5", "service"),
    ]
    assert job.images[1].where.text == "redis:7.2.5"


@pytest.mark.parametrize(
    ("keys", "os", "persists"),
    [
        ("", "linux", False),
        ("image: python:3.12.5", "linux", False),
        ("tags: [own]", "linux", None),
        ("tags: [own], image: python:3.12.5", "linux", False),
        ("tags: [docker]", "linux", False),
        ("tags: [saas-linux-medium-amd64]", "linux", False),
        ("tags: [saas-windows-medium-amd64]", "windows", False),
        ("tags: [saas-macos-medium-m1]", "macos", False),
        ("tags: [windows]", "windows", None),
        ("tags: [$RUNNER]", "", None),
        ("variables: {GIT_CLEAN_FLAGS: -ffdx -e .cache}", "linux", None),
    ],
)
def test_machines(keys: str, os: str, persists: bool | None) -> None:
    machine = only(f"a: {{script: [make]{', ' if keys else ''}{keys}}}\n").machine
    assert (machine.os, machine.persists.value) == (os, persists)


def test_windows_runners_read_powershell() -> None:
    job = only("a: {script: ['$env:PIP_CACHE_DIR = \"x\"; pip install y==1'], tags: [saas-windows-medium-amd64]}\n")
    assert [install.manager for step in job.steps for install in step.installs] == ["pip"]


@pytest.mark.parametrize(
    ("job", "publishes"),
    [
        ("rules: [{if: $CI_COMMIT_TAG}], script: [twine upload dist/*]", True),
        ("only: [tags], script: [python -m twine upload dist/*]", True),
        ("only: {refs: [tags]}, script: [docker push a/b]", True),
        ("only: [/^v/], except: [branches], script: [poetry publish]", True),
        ("rules: [{if: $CI_COMMIT_TAG}], script: [make], release: {tag_name: x}", True),
        ("rules: [{if: '$CI_COMMIT_TAG == null'}], script: [twine upload dist/*]", True),
        ("script: [make], after_script: [gh release create v1]", True),
        ("script: [make], release: {tag_name: x}", True),
        ("script: [make], release: null", False),
        ("only: [tags], script: [make]", False),
        ("script: [twine upload --help]", False),
    ],
)
def test_jobs_that_publish(job: str, publishes: bool) -> None:
    assert only(f"a: {{{job}}}\n").publishes.value is publishes

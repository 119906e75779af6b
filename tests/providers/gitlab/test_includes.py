"""Includes: those that are here are merged in, the others leave open what they could change, and only that."""

import pytest

from tests.providers.gitlab.samples import causes, commands, env, jobs, kept, only, read

INSTALL = "script: [pip install x==1]"


@pytest.mark.parametrize(
    "include",
    [
        "ci/a.yml",
        "/ci/a.yml",
        "[ci/a.yml]",
        "{local: /ci/a.yml}",
        "[{local: ci/a.yml}]",
        "ci/*.yml",
        "'**.yml'",
        "{local: 'ci/**/*.yml'}",
        "{local: ci/a.yml, rules: [{exists: [x]}]}",
    ],
)
def test_local_forms(include: str) -> None:
    pipeline = read(f"include: {include}\nb: {{script: [make]}}\n", {"ci/a.yml": "a: {script: [make a]}\n"})
    assert [job.name for job in pipeline.jobs] == ["a", "b"]
    assert pipeline.gaps == ()
    assert [source.path for source in pipeline.ignores_in] == ["ci/a.yml"]
    assert pipeline.jobs[0].where.source.path == "ci/a.yml"


def test_the_including_file_wins_and_later_includes_win_over_earlier() -> None:
    files = {
        "a.yml": "variables: {X: a, A: a}\njob: {script: [a], image: a:1}\n",
        "b.yml": "variables: {X: b, B: b}\njob: {script: [b]}\n",
    }
    job = only("include: [a.yml, b.yml]\nvariables: {B: own}\njob: {before_script: [own]}\n", files)
    assert commands(job) == ["own", "b"]
    assert [env(job, name) for name in "XAB"] == ["b", "a", "own"]
    assert job.images[0].where.source.path == "a.yml"


def test_nested_includes_and_circles() -> None:
    files = {"a.yml": "include: b.yml\na: {extends: .b}\n", "b.yml": "include: a.yml\n.b: {script: [make b]}\n"}
    assert commands(only("include: a.yml\n", files)) == ["make b"]


def test_extends_and_references_cross_files() -> None:
    files = {"a.yml": ".a: {script: [make a], cache: {paths: [x]}}\n"}
    assert kept(only("include: a.yml\nj: {extends: .a}\n", files)) == ["$WORKSPACE/x"]
    assert commands(only("include: a.yml\nj: {script: [!reference [.a, script], make j]}\n", files)) == [
        "make a",
        "make j",
    ]


def test_spans_of_included_lines() -> None:
    files = {"a.yml": ".a:\n  script:\n    - pip install x==1\n"}
    (install,) = only("include: a.yml\nj: {extends: .a}\n", files).steps[0].installs
    assert (install.command.where.source.path, install.command.where.text) == ("a.yml", "pip install x==1")


@pytest.mark.parametrize(
    ("include", "text"),
    [
        ("{project: group/ci, ref: main, file: /a.yml}", "project: group/ci"),
        ("[{project: group/ci, file: [a.yml, b.yml]}]", "project: group/ci"),
        ("https://ci.example/a.yml", "https://ci.example/a.yml"),
        ("{remote: 'https://ci.example/a.yml'}", "remote: 'https://ci.example/a.yml'"),
        ("{template: Python.gitlab-ci.yml}", "template: Python.gitlab-ci.yml"),
        ("{component: $CI_SERVER_FQDN/group/x/y@1.0.0}", "component: $CI_SERVER_FQDN/group/x/y@1.0.0"),
        ("missing.yml", "missing.yml"),
        ("{local: $FILE.yml}", "local: $FILE.yml"),
        ("{local: ../outside.yml}", "local: ../outside.yml"),
        ("{local: broken.yml}", "local: broken.yml"),
    ],
)
def test_includes_that_are_not_here(include: str, text: str) -> None:
    pipeline = read(
        f"""
        include: {include}
        open: {{{INSTALL}}}
        closed: {{{INSTALL}, cache: []}}
        alone: {{{INSTALL}, inherit: {{default: false}}}}
        placed: {{{INSTALL}, variables: {{PIP_CACHE_DIR: /tmp/pip}}, cache: {{paths: [.cache/pip]}}}}
        elsewhere: {{{INSTALL}, cache: {{paths: [.cache/pip]}}}}
        kept: {{{INSTALL}, variables: {{PIP_CACHE_DIR: .cache/pip}}, cache: {{paths: [.cache/pip]}}}}
        """,
        {"broken.yml": "a: [b\n"},
    )
    (gap,) = pipeline.gaps
    assert gap.where is not None
    assert gap.where.text == text
    assert {job.name: causes(job) for job in pipeline.jobs} == {
        "open": ["unknown"],
        "closed": ["absent"],
        "alone": ["absent"],
        "placed": ["misplaced"],
        "elsewhere": ["unknown"],
        "kept": ["kept"],
    }


@pytest.mark.parametrize(
    "include",
    [
        "{template: Security/SAST.gitlab-ci.yml}",
        "{template: Jobs/Secret-Detection.gitlab-ci.yml}",
        "{template: Workflows/MergeRequest-Pipelines.gitlab-ci.yml}",
        "{template: SAST.gitlab-ci.yml}",
        "{component: $CI_SERVER_FQDN/components/sast/sast@3}",
        "{local: missing.yml, rules: [{when: never}]}",
    ],
)
def test_includes_that_change_no_other_job(include: str) -> None:
    pipeline = read(f"include: {include}\na: {{{INSTALL}}}\n")
    assert pipeline.gaps == ()
    assert causes(pipeline.jobs[0]) == ["absent"]


def test_a_default_cache_of_the_file_itself_stands() -> None:
    text = f"include: {{project: a/b, file: c.yml}}\ndefault: {{cache: {{paths: [/root/x]}}}}\na: {{{INSTALL}}}\n"
    assert causes(only(text)) == ["absent"]


def test_includes_as_actions() -> None:
    pipeline = read(
        """
        include:
          - {project: group/ci, ref: v1, file: a.yml}
          - {component: gitlab.example/x/y@1.2.3}
          - {local: b.yml}
        a: {script: [make]}
        """,
        {"b.yml": ".b: {script: [make]}\n"},
    )
    assert [(action.kind, action.name, action.ref) for action in pipeline.actions] == [
        ("include", "group/ci", "v1"),
        ("include", "gitlab.example/x/y", "1.2.3"),
        ("local", "b.yml", ""),
    ]
    assert [job.actions for job in pipeline.jobs] == [()]


@pytest.mark.parametrize("include", ["", "[]", "[null]", "''", "{local: }"])
def test_an_include_of_nothing(include: str) -> None:
    pipeline = read(f"include: {include}\na: {{script: [make]}}\n")
    assert (pipeline.actions, pipeline.gaps) == ((), ())


def test_a_file_with_nothing_but_includes() -> None:
    pipeline = read("include: {project: group/ci, file: a.yml}\n")
    assert pipeline.jobs == pipeline.errors == ()
    assert [action.name for action in pipeline.actions] == ["group/ci"]


def test_each_file_has_the_includes_that_are_written_in_it() -> None:
    main = "include: [b.gitlab-ci.yml, {project: group/ci, file: a.yml}]\n"
    part = "include: {component: gitlab.example/x/y@1.2.3}\nb: {script: [make]}\n"
    pipeline = read(part, {".gitlab-ci.yml": main}, "b.gitlab-ci.yml")
    assert [action.name for action in pipeline.actions] == ["gitlab.example/x/y"]


def test_inputs() -> None:
    text = """
        spec:
          inputs:
            image: {default: python:3.12.5}
            lines: {default: [make a, make b], type: array}
            name:
        ---
        "test-$[[ inputs.name ]]":
          image: $[[ inputs.image ]]
          script: $[[ inputs.lines ]]
        """
    job = only(text)
    assert (job.images[0].reference, commands(job)) == ("python:3.12.5", ["make a", "make b"])
    assert job.name == "test-\0"
    given = only("include: {local: a.yml, inputs: {name: x, image: alpine:3.20}}\n", {"a.yml": text})
    assert (given.name, given.images[0].reference) == ("test-x", "alpine:3.20")


def test_inputs_inside_a_command_keep_its_place() -> None:
    text = "spec: {inputs: {file: {default: r.txt}}}\n---\na: {script: ['pip install -r $[[ inputs.file ]]']}\n"
    command = only(text).steps[0].commands[0]
    assert [word.text for word in command.words] == ["pip", "install", "-r", "r.txt"]
    assert command.where.text == "pip install -r $[[ inputs.file ]]"


def test_at_most_so_many_files() -> None:
    files = {f"ci/{number}.yml": f"j{number}: {{script: [make]}}\n" for number in range(160)}
    pipeline = read("include: ci/*.yml\n", files)
    assert len(pipeline.jobs) == 150
    assert len(pipeline.gaps) == 10


def test_an_included_file_is_judged_as_it_is_included() -> None:
    part = f"b: {{{INSTALL}}}\n"
    main = "include: b.gitlab-ci.yml\ndefault: {cache: {paths: [.c]}}\nvariables: {PIP_CACHE_DIR: .c}\n"
    (job,) = read(part, {".gitlab-ci.yml": main}, "b.gitlab-ci.yml").jobs
    assert (job.name, causes(job)) == ("b", ["kept"])


def test_a_part_whose_whole_is_not_here() -> None:
    assert [causes(job) for job in read(f"b: {{{INSTALL}}}\n", path="b.gitlab-ci.yml").jobs] == [["unknown"]]
    whole = f"stages: [test]\nb: {{{INSTALL}}}\n"
    assert [causes(job) for job in read(whole, path="b.gitlab-ci.yml").jobs] == [["absent"]]
    assert [causes(job) for job in read(f"b: {{{INSTALL}}}\n", path="sub/.gitlab-ci.yml").jobs] == [["absent"]]


def test_jobs_by_name_across_files() -> None:
    assert set(jobs("include: a.yml\nb: {script: [x]}\n", {"a.yml": "a: {script: [x]}\n"})) == {"a", "b"}

"""What `cache:` keeps, and what is made of an install that it should serve."""

import pytest

from ci_audit.source import UNKNOWN
from tests.providers.gitlab.samples import cache, causes, jobs, kept, only

PIP = "variables: {PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip}, script: [pip install x==1]"


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ("{paths: [.cache/pip]}", ["$WORKSPACE/.cache/pip"]),
        (
            "{paths: [.cache/pip/, $CI_PROJECT_DIR/a, '**/b']}",
            ["$WORKSPACE/.cache/pip", "$WORKSPACE/a", "$WORKSPACE/**/b"],
        ),
        ("{paths: [$PIP_CACHE_DIR]}", ["$WORKSPACE/.cache/pip"]),
        ("[{paths: [a]}, {paths: [b]}]", ["$WORKSPACE/a", "$WORKSPACE/b"]),
        ("{untracked: true}", ["$WORKSPACE"]),
        ("{key: x, policy: pull-push}", []),
        ("{}", []),
        ("[]", []),
        ("{paths: [$SOMEWHERE/pip]}", [UNKNOWN + "/pip"]),
        ("{paths: [/builds/group/project/.cache]}", [UNKNOWN + "/builds/group/project/.cache"]),
    ],
)
def test_paths(value: str, paths: list[str]) -> None:
    assert kept(only(f"a: {{{PIP}, cache: {value}}}\n")) == paths


@pytest.mark.parametrize("path", ["/root/.cache/pip", "~/.cache/pip", "$HOME/.cache/pip", "../.cache/pip"])
def test_a_path_outside_the_project_keeps_nothing(path: str) -> None:
    job = only(f"a: {{script: [pip install x==1], cache: {{paths: ['{path}']}}}}\n")
    assert kept(job) == []
    (problem,) = cache(job).problems
    assert problem.cause == "misplaced"
    assert path in problem.reason
    assert problem.where is not None
    assert path in problem.where.text
    assert causes(job) == ["misplaced"]


@pytest.mark.parametrize(("before", "cause"), [(3, "kept"), (4, "unknown")])
def test_an_instance_decides_about_more_than_four_caches(before: int, cause: str) -> None:
    others = "".join(f"{{paths: [p{number}]}}, " for number in range(before))
    job = only(f"a: {{{PIP}, cache: [{others}{{paths: [.cache/pip]}}]}}\n")
    assert causes(job) == [cause]


def test_the_same_cache_under_other_variables() -> None:
    text = """
        default: {cache: {key: $KEY, paths: [$DIR]}}
        a: {variables: {DIR: x, KEY: $CI_JOB_ID}, script: [make]}
        b: {variables: {DIR: y, KEY: fixed}, script: [make]}
        c: {variables: {DIR: x, KEY: $CI_JOB_ID}, script: [make]}
        d: {script: [make]}
        """
    found = jobs(text)
    assert [kept(found[name]) for name in "abcd"] == [["$WORKSPACE/x"], ["$WORKSPACE/y"], ["$WORKSPACE/x"], [UNKNOWN]]
    keys = [cache(found[name]).key for name in "abcd"]
    assert [key.varies for key in keys if key is not None] == [("run",), (), ("run",), ("unknown",)]


def test_a_path_outside_does_no_harm_beside_one_inside() -> None:
    assert causes(only(f"a: {{{PIP}, cache: {{paths: [.cache/pip, /root/.cache/pip]}}}}\n")) == ["kept"]


def test_the_cache_of_a_job_replaces_the_default() -> None:
    text = f"""
        default: {{cache: {{paths: [.cache/pip]}}}}
        inherits: {{{PIP}}}
        replaces: {{{PIP}, cache: {{paths: [other]}}}}
        none: {{{PIP}, cache: []}}
        empty: {{{PIP}, cache: {{}}}}
        null: {{{PIP}, cache: null}}
        not: {{{PIP}, inherit: {{default: false}}}}
        """
    assert {name: causes(job) for name, job in jobs(text).items()} == {
        "inherits": ["kept"],
        "replaces": ["absent"],
        "none": ["absent"],
        "empty": ["absent"],
        "null": ["kept"],
        "not": ["absent"],
    }


def test_a_global_cache() -> None:
    assert causes(only(f"cache: {{paths: [.cache]}}\na: {{{PIP}}}\n")) == ["kept"]


def test_the_home_directory_in_the_project() -> None:
    job = only("a: {variables: {HOME: $CI_PROJECT_DIR}, script: [pip install x==1], cache: {paths: [.cache/pip]}}\n")
    assert causes(job) == ["kept"]


@pytest.mark.parametrize(
    ("key", "varies"),
    [
        ("pip", ()),
        ("$CI_COMMIT_REF_SLUG", ()),
        ("'$CI_JOB_NAME-${CI_COMMIT_BRANCH}'", ()),
        ("$CI_COMMIT_SHA", ("commit",)),
        ("'a-${CI_COMMIT_SHORT_SHA}'", ("commit",)),
        ("$CI_PIPELINE_ID", ("run",)),
        ("$CI_PIPELINE_IID-$CI_JOB_ID", ("run",)),
        ("$NAME", ()),
        ("$PER_RUN", ("run",)),
        ("$ELSEWHERE", ("unknown",)),
        ("{files: [requirements.txt]}", ("content",)),
        ("{files: [missing.txt]}", ()),
        ("{files: [requirements.txt], prefix: $CI_COMMIT_SHA}", ("commit", "content")),
    ],
)
def test_keys(key: str, varies: tuple[str, ...]) -> None:
    text = f"variables: {{NAME: x, PER_RUN: $CI_JOB_ID}}\na: {{{PIP}, cache: {{key: {key}, paths: [x]}}}}\n"
    found = cache(only(text, {"requirements.txt": "x==1\n"})).key
    assert found is not None
    assert found.varies == varies
    assert found.where is not None
    assert found.where.text == key


def test_the_default_key() -> None:
    found = cache(only(f"a: {{{PIP}, cache: {{paths: [x]}}}}\n")).key
    assert found is not None
    assert (found.text, found.where, found.varies) == ("default", None, ())


def test_fallback_keys() -> None:
    found = cache(only(f"a: {{{PIP}, cache: {{key: $CI_JOB_ID, fallback_keys: [b, c], paths: [x]}}}}\n")).key
    assert found is not None
    assert found.restore_keys == ("b", "c")
    text = "a: {variables: {CACHE_FALLBACK_KEY: d}, script: [make], cache: {key: $CI_JOB_ID, paths: [x]}}\n"
    found = cache(only(text)).key
    assert found is not None
    assert found.restore_keys == ("d",)


def test_policies() -> None:
    text = f"""
        variables: {{POLICY: pull-push}}
        fills: {{{PIP}, cache: {{key: k, paths: [.cache/pip], policy: push}}}}
        pulls: {{{PIP}, cache: {{key: k, paths: [.cache/pip], policy: pull}}}}
        other: {{{PIP}, cache: {{key: other, paths: [.cache/pip], policy: pull}}}}
        """
    assert {name: causes(job) for name, job in jobs(text).items()} == {
        "fills": ["unknown"],
        "pulls": ["kept"],
        "other": ["unknown"],
    }
    assert not jobs(text)["pulls"].caches[0].saves


def test_a_cache_that_nothing_saves() -> None:
    assert causes(only(f"a: {{{PIP}, cache: {{paths: [.cache/pip], policy: pull}}}}\n")) == ["unsaved"]
    assert causes(only(f"a: {{{PIP}, cache: {{paths: [.cache/pip], when: on_failure}}}}\n")) == ["unsaved"]
    assert causes(only(f"a: {{{PIP}, cache: {{paths: [.cache/pip], policy: $POLICY}}}}\n")) == ["unknown"]


def test_the_volume_of_the_runner() -> None:
    assert causes(only("a: {variables: {PIP_CACHE_DIR: /cache/pip}, script: [pip install x==1]}\n")) == ["unknown"]


def test_cleaning_up_in_after_script() -> None:
    assert causes(only(f"a: {{{PIP}, cache: {{paths: [.cache/pip]}}, after_script: [pip cache purge]}}\n")) == ["off"]

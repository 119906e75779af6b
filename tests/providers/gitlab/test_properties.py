"""GitLab and Travis files put together from their grammars, and changed at random: no error but ParseError, and every
place is one in its file.
"""

import string
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit import providers
from ci_audit.model import Job, Pipeline
from ci_audit.providers import ParseError
from ci_audit.repository import MemoryReader, Repository
from ci_audit.source import MappedText, Source, Where

GITLAB = """\
spec: {inputs: {v: {default: "3.12"}, w: }}
---
include: [ci/a.yml, {project: a/b, file: c.yml, ref: v1}, {template: SAST.gitlab-ci.yml}]
variables: &v {PIP_CACHE_DIR: "$CI_PROJECT_DIR/.cache/pip", A: {value: $B, expand: false}, B: '${A}'}
default:
  image: {name: "python:$[[ inputs.v ]]"}
  cache: &c
    key: {files: [requirements.txt], prefix: $CI_JOB_ID}
    paths: [.cache/pip, /root/.cache, "$X/y"]
    policy: pull
  before_script:
    - pip install -U pip
    - - echo "a: b"
      - |
        cd sub
        pip install -r requirements.txt
.base: &base {extends: [.a, .missing], tags: [windows], services: [redis], inherit: {default: [image]}}
.a: {script: [&s "make", !reference [.b, script]], variables: *v}
.b:
  script: [!reference [.a, script]]
test:
  <<: *base
  cache: [*c, {paths: [b], fallback_keys: [k], when: on_failure, untracked: yes}]
  script:
    - if true; then
    - pip install x
    - fi
    - *s
  after_script: rm -rf .cache
  rules: [{if: $CI_COMMIT_TAG, variables: {A: b}}, {when: never}]
  parallel: {matrix: [{PY: [3.10, "3.11"], B: x}]}
child: {trigger: {include: [{local: ci/a.yml}, {artifact: x, job: y}]}, variables: {Z: z}}
run: {run: [{name: a, script: pip install y}, {step: z}]}
"""

INCLUDED = "x: {extends: .a, script: [pip install z]}\ndefault: {cache: {paths: [q]}}\ninclude: .gitlab-ci.yml\n"

TRAVIS = """\
language: python
python: [3.10, "3.11"]
os: &os [linux, osx, windows]
import: [a/b:c.yml@v1, {source: ./x.yml}]
env:
  global: ["A=1 B='x y'", {secure: abc}, {PIP_CACHE_DIR: "$HOME/p"}]
  jobs: [C=$A, {D: '${B}'}]
cache: {pip: true, directories: ["$HOME/.cache/pip", ~/x, y/$TRAVIS_PYTHON_VERSION], npm: false}
before_install: [cd sub, &c "export X=1"]
before_cache:
  - rm -rf $HOME/.cache/pip
script: |
  travis_retry pip install tox
  tox
after_success: *c
jobs:
  exclude: [{os: osx, env: C=$A, python: 3.10}]
  include:
    - <<: {install: skip}
      name: a
      cache: [pip, directories]
    - {stage: b, if: false, os: *os, env: E=1}
    - install: [pip install z]
"""

PATHS = {"gitlab": ".gitlab-ci.yml", "travis": ".travis.yml"}
FILES = {"requirements.txt": "a\n", "ci/a.yml": INCLUDED}

WORDS = [
    "null",
    "{}",
    "[]",
    "[[a]]",
    "{a: b}",
    "- a",
    "*v",
    "&v",
    "!reference [test, script]",
    "!reference []",
    "extends: test",
    "include: '**.yml'",
    "$[[ inputs.w ]]",
    "${",
    "pip install x",
    "yes",
    "3.10",
    "\n",
    "  ",
    ": ",
    "#",
    "'",
    '"',
    "\t",
    "é𝒳",
    "\r\n",
    "\u2028",
]


@st.composite
def changed(draw: st.DrawFn, text: str) -> str:
    """Put words in, take stretches out, move lines."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 30)))
        kind = draw(st.sampled_from(("word", "cut", "line", "value")))
        if kind == "word":
            text = text[:start] + draw(st.sampled_from(WORDS)) + text[end:]
        elif kind == "cut":
            text = text[:start] + text[end:]
        elif kind == "value":
            lines = text.split("\n")
            at = draw(st.integers(0, len(lines) - 1))
            key, colon, _ = lines[at].partition(":")
            lines[at] = key + colon + " " + draw(st.sampled_from(WORDS))
            text = "\n".join(lines)
        else:
            lines = text.split("\n")
            line = lines.pop(draw(st.integers(0, len(lines) - 1)))
            lines.insert(draw(st.integers(0, len(lines))), line)
            text = "\n".join(lines)
    return text


KEYS = (
    "script before_script after_script image services cache variables extends inherit rules only tags parallel trigger"
    " run include default stages workflow when release .hidden test language python os env install jobs matrix if"
    " import before_cache key paths files prefix policy directories pip global name local project exclude include"
).split()
SCALARS = st.sampled_from(["make", "pip install x", "true", "null", "$A", "'a: b'", "3.10", ".hidden", "test", "a.yml"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
        ),
        st.sampled_from(["!reference [test, script]", "!reference [.hidden]"]),
    ),
    max_leaves=12,
)
GENERATED = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8).map(
    lambda items: "".join(f"{key}: {value}\n" for key, value in items.items())
)


def places(job: Job) -> Iterator[Where]:
    yield job.where
    for step in job.steps:
        yield step.where
        for command in step.commands:
            yield command.where
            for setting in command.env.values():
                if setting.where is not None:
                    yield setting.where
    for cache in job.caches:
        yield cache.where
        for item in cache.paths:
            if item.where is not None:
                yield item.where
        if cache.key is not None and cache.key.where is not None:
            yield cache.key.where
        for problem in cache.problems:
            if problem.where is not None:
                yield problem.where
    for image in job.images:
        yield image.where
    for action in job.actions:
        yield action.where
    for gap in job.gaps:
        if gap.where is not None:
            yield gap.where


def check(pipeline: Pipeline) -> None:
    known = {id(pipeline.source), *map(id, pipeline.ignores_in)}
    for action in pipeline.actions:
        assert id(action.where.source) in known
        assert action.where.text
    for job in pipeline.jobs:
        for where in places(job):
            assert id(where.source) in known
            assert 0 <= where.start <= where.end <= len(where.source.text)
        orders = [step.order for step in job.steps]
        assert orders == sorted(orders)
    for offset, _ in pipeline.errors:
        assert 0 <= offset <= len(pipeline.source.text)


def read(provider: str, text: str) -> Pipeline | None:
    path = PATHS[provider]
    repository = Repository("/root", MemoryReader({**FILES, path: text.encode("utf-8", "replace")}))
    source = repository.source(path)
    assert source is not None
    found: Pipeline | ParseError
    try:
        found = providers.parse(provider, source, repository)
    except ParseError as error:
        found = error
    if isinstance(found, Pipeline):
        return found
    assert 0 <= found.offset <= len(source.text)
    assert found.message
    return None


def plain(value: object) -> Any:
    """Make of a pipeline what compares by content: no object that is equal to itself alone is let through."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Source):
        return value.path
    if isinstance(value, MappedText):
        return [value.source.path, value.text, [tuple(piece) for piece in value.pieces]]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [type(value).__name__, *map(plain, value)]
    raise TypeError(type(value))


INSTALLS = {
    "gitlab": {
        "pip install -U pip",
        "pip install -r requirements.txt",
        "pip install x",
        "pip install y",
        "pip install z",
    },
    "travis": {"travis_retry pip install tox", "pip install z", "language", "tox"},
}
ACTIONS = {
    "gitlab": ["ci/a.yml", ".gitlab-ci.yml", "project: a/b", "template: SAST.gitlab-ci.yml"],
    "travis": ["a/b:c.yml@v1", "source: ./x.yml"],
}


@pytest.mark.parametrize(("provider", "text"), [("gitlab", GITLAB), ("travis", TRAVIS)])
def test_the_files_themselves(provider: str, text: str) -> None:
    for newline in ("\n", "\r\n"):
        pipeline = read(provider, text.replace("\n", newline))
        assert pipeline is not None
        assert len(pipeline.jobs) >= 3
        check(pipeline)
        written = {
            install.command.where.text for job in pipeline.jobs for step in job.steps for install in step.installs
        }
        assert written == INSTALLS[provider]
        assert [action.where.text for action in pipeline.actions] == ACTIONS[provider]


@settings(max_examples=150, deadline=None)
@given(changed(GITLAB))
def test_changed_gitlab_files(text: str) -> None:
    pipeline = read("gitlab", text)
    if pipeline is not None:
        check(pipeline)


@settings(max_examples=150, deadline=None)
@given(changed(TRAVIS))
def test_changed_travis_files(text: str) -> None:
    pipeline = read("travis", text)
    if pipeline is not None:
        check(pipeline)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["gitlab", "travis"]), GENERATED)
def test_generated_files(provider: str, text: str) -> None:
    pipeline = read(provider, text)
    if pipeline is not None:
        check(pipeline)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["gitlab", "travis"]), st.text(string.printable + "é\u2028\ufeff", max_size=60))
def test_any_text(provider: str, text: str) -> None:
    pipeline = read(provider, text)
    if pipeline is not None:
        check(pipeline)


@pytest.mark.parametrize(("provider", "text"), [("gitlab", GITLAB), ("travis", TRAVIS)])
def test_a_file_reads_the_same_twice(provider: str, text: str) -> None:
    first, second = read(provider, text), read(provider, text)
    assert first is not None
    assert second is not None
    assert first.source is not second.source
    assert plain(first) == plain(second)
    assert plain(first) != plain(read(provider, text.replace("pip install", "pip install -v")))

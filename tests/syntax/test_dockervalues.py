import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_audit.source import UNKNOWN, MappedText, Source
from ci_audit.syntax.dockerfile import Dockerfile, Instruction, parse
from ci_audit.syntax.dockervalues import (
    Mount,
    arguments,
    env_pairs,
    global_args,
    heredoc_interpreter,
    mounts,
    parse_mount,
    shell_text,
    stages,
)


def only(text: str) -> Instruction:
    (instruction,) = parse(Source("Dockerfile", text)).instructions
    return instruction


def mount(text: str) -> Mount:
    return parse_mount(MappedText.of(Source("Dockerfile", text), 0, len(text)))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ENV a=b", [("a", "b")]),
        ("ENV a=b c='d e' f=\"g\"", [("a", "b"), ("c", "'d e'"), ("f", '"g"')]),
        ("ENV a=b=c d=", [("a", "b=c"), ("d", "")]),
        ("ENV a b  c", [("a", "b  c")]),
        ("ENV a  'b'", [("a", "'b'")]),
        ("ENV a\\\n  b", [("a", "b")]),
        ('ENV a=1 \\\n  # c\n\n  b="2 \\\n3"', [("a", "1"), ("b", '"2 3"')]),
        ("ENV a=b c", [("a", "b")]),
        ("ENV a", []),
        ("ENV", []),
        ("ARG a", [("a", None)]),
        ("ARG a=1 b c=", [("a", "1"), ("b", None), ("c", "")]),
        ("LABEL a.b='c d' e=f", [("a.b", "'c d'"), ("e", "f")]),
        ("LABEL a b", [("a", "b")]),
    ],
)
def test_env_pairs(text: str, pairs: list[tuple[str, str | None]]) -> None:
    found = env_pairs(only(text))
    assert [(pair.name, pair.value.text if pair.value else None) for pair in found] == pairs


def test_env_pairs_know_their_places() -> None:
    text = "ENV a=1 \\\n  b='x y'"
    first, second = env_pairs(only(text))
    assert text[first.start : first.end] == "a=1"
    assert text[second.start : second.end] == "b='x y'"
    assert second.value is not None
    assert second.value.where(0, 5).text == "'x y'"


def test_env_pairs_honour_the_escape_directive() -> None:
    (pair, _) = env_pairs(only("# escape=`\nENV a=c:\\ b=2"))
    assert pair.value is not None
    assert pair.value.text == "c:\\"


def test_arguments_of_both_forms() -> None:
    assert [word.text for word in arguments(only("COPY --link a  b /c/"))] == ["a", "b", "/c/"]
    assert [word.text for word in arguments(only('COPY ["a b", "/c d/"]'))] == ["a b", "/c d/"]


def test_mount_options_by_one_name_each() -> None:
    found = mount("TYPE=Cache,dst=/a,src=b,ro,id=x,sharing=locked,uid=1000")
    assert found.type == "cache"
    assert {name: option.value for name, option in found.options.items()} == {
        "type": "Cache",
        "target": "/a",
        "source": "b",
        "readonly": None,
        "id": "x",
        "sharing": "locked",
        "uid": "1000",
    }
    assert found.valid


def test_mount_is_a_bind_by_default() -> None:
    assert mount("target=/a").type == "bind"
    assert mount("destination=/a,target=/b").get("target") == "/b"


def test_mount_quotes_as_csv() -> None:
    assert mount('type=bind,"target=/a,""b"""').get("target") == '/a,"b"'
    assert not mount('type=bind,target="/a"').valid
    assert not mount('"type=bind').valid


@pytest.mark.parametrize(
    ("text", "readonly"),
    [
        ("type=cache", False),
        ("type=tmpfs", False),
        ("type=bind", True),
        ("", True),
        ("type=secret", True),
        ("type=cache,ro", True),
        ("rw", False),
        ("rw=false", True),
        ("readonly=false", False),
        ("type=cache,ro,rw", False),
        ("type=cache,rw,readonly=1", True),
        ("type=cache,ro=$X", None),
    ],
)
def test_mount_readonly(text: str, readonly: bool | None) -> None:
    assert mount(text).readonly is readonly


def test_mounts_of_a_run_know_their_places() -> None:
    text = 'RUN --network=none --mount=type=cache,target=/a \\\n  --mount="type=bind",target=/b cmd --mount=type=ssh'
    first, second = mounts(only(text))
    assert text[slice(*first.options["target"][1:])] == "target=/a"
    assert text[slice(*second.options["type"][1:])] == "type=bind"
    assert (first.type, second.type, second.get("target")) == ("cache", "bind", "/b")


STAGES = """\
ARG BASE=python:3
ARG TAG
FROM --platform=$BUILDPLATFORM ${BASE} AS Build
RUN a
FROM build
RUN b
RUN c
"""


def tree(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def test_stages() -> None:
    first, second = stages(tree(STAGES))
    assert (first.name, first.index, first.base, first.platform) == ("build", 0, "${BASE}", "$BUILDPLATFORM")
    assert STAGES[first.base_start : first.base_end] == "${BASE}"
    assert (second.name, second.index, second.base, second.platform) == (None, 1, "build", None)
    assert [found.args.text for found in second.instructions] == ["b", "c"]
    assert [pair.name for found in global_args(tree(STAGES)) for pair in env_pairs(found)] == ["BASE", "TAG"]


def test_stages_of_other_froms() -> None:
    (stage,) = stages(tree("FROM\nRUN a\n"))
    assert (stage.name, stage.base, len(stage.instructions)) == (None, "", 1)
    (stage,) = stages(tree("FROM a as B\n"))
    assert (stage.name, stage.base) == ("b", "a")
    (stage,) = stages(tree("FROM a b c d\n"))
    assert (stage.name, stage.base) == (None, "a")


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("RUN a \\\n  # c\n  && b", "a   && b"),
        ('RUN ["a"]', None),
        ("RUN <<E\na\nb\nE", "a\nb\n"),
        ("RUN <<-E\n\ta\n\t\tb\n\tE", "a\nb\n"),
        ("RUN --mount=type=cache,target=/a <<'E'\na\nE", "a\n"),
        ("RUN bash -e <<-E\n\ta\n\tE", "bash -e <<-E\n\ta\nE"),
        ("RUN cat <<A 3<<B\n1\nA\n2\nB\n", "cat <<A 3<<B\n1\nA\n2\nB"),
        ("CMD a b", "a b"),
    ],
)
def test_shell_text(text: str, shell: str | None) -> None:
    found = shell_text(only(text))
    assert (found.text if found else None) == shell


def test_shell_text_knows_its_places() -> None:
    text = "RUN <<-E\n\tpip install a\n\t\tpip install b\n\tE\n"
    found = shell_text(only(text))
    assert found is not None
    at = found.text.index("pip install b")
    assert found.where(at, at + 13).span == (text.index("pip install b"), text.index("pip install b") + 13)
    text = "RUN sh \\\n <<E\npip install a\nE\n"
    found = shell_text(only(text))
    assert found is not None
    at = found.text.index("pip")
    assert found.where(at, at + 13).text == "pip install a"


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("RUN a", None),
        ("RUN <<E\na\nE", None),
        ("RUN <<E\n#!/usr/bin/env python3\na\nE", "python3"),
        ("RUN <<E\n#!/bin/bash -e\na\nE", "bash"),
        ("RUN <<-E\n\t#!/usr/bin/env -S python3 -u\n\tE", "python3"),
        ("RUN python3 - <<E\na\nE", "python3"),
        ("RUN <<E /usr/bin/python3\na\nE", "python3"),
        ("RUN A=b bash -e <<'E'\na\nE", "bash"),
        ("RUN cat <<E > /x\na\nE", "cat"),
        ("RUN cat <<E | sh\na\nE", UNKNOWN),
        ("RUN set -e; cat <<E\na\nE", UNKNOWN),
        ("RUN <<A <<B\na\nA\nb\nB", UNKNOWN),
        ("RUN <<E\n#!\nE", UNKNOWN),
    ],
)
def test_heredoc_interpreter(text: str, program: str | None) -> None:
    assert heredoc_interpreter(only(text)) == program


@given(st.lists(st.sampled_from(["type=cache", ",", '"', '""', "=", "$X", "ro", "target=/a"]), max_size=8).map("".join))
def test_mounts_of_any_text_lie_inside(text: str) -> None:
    for option in mount(text).options.values():
        assert 0 <= option.start <= option.end <= len(text)

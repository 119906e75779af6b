"""The Dockerfile editor: flags, words and commands, in every layout that a RUN can have."""

from __future__ import annotations

import pytest

from ci_audit.editing import AddFlags, CannotEdit, Cut, Delete, Line, Operation, Rewrite, apply, docker, dockercheck
from ci_audit.source import Source

A = "--mount=type=cache,target=/a"
B = "--mount=type=cache,target=/b"


def edited(text: str, *operations: Operation) -> str:
    new = apply(text, docker.edits(Source("Dockerfile", text), operations))
    assert dockercheck.check(text, new, operations) == ""
    return new


def cut(text: str, words: str) -> Cut:
    return Cut(text.index(words), text.index(words) + len(words))


def run(text: str) -> int:
    return text.index("RUN")


@pytest.mark.parametrize(
    ("before", "flags", "after"),
    [
        ("RUN pip install x\n", (A,), f"RUN {A} pip install x\n"),
        ("run pip install x\n", (A,), f"run {A} pip install x\n"),
        ("RUN pip install x", (A, B), f"RUN {A} {B} pip install x"),
        (f"RUN {B} pip install x\n", (A,), f"RUN {B} {A} pip install x\n"),
        ("RUN a \\\n && b\n", (A, B), f"RUN {A} \\\n {B} \\\n a \\\n && b\n"),
        ("RUN a \\\r\n  && b\r\n", (A,), f"RUN {A} \\\r\n  a \\\r\n  && b\r\n"),
        ("RUN \\\n  a\n", (A, B), f"RUN {A} \\\n  {B} \\\n  a\n"),
        (f"RUN {B} \\\n\ta \\\n\t&& b\n", (A,), f"RUN {B} \\\n\t{A} \\\n\ta \\\n\t&& b\n"),
        ("RUN a \\\n# why\n   b\n", (A,), f"RUN {A} \\\n   a \\\n# why\n   b\n"),
        ("RUN \\\n  # why\n  a\n", (A,), f"RUN {A} \\\n  # why\n  a\n"),
        ("RUN <<EOF\na\nEOF\n", (A,), f"RUN {A} <<EOF\na\nEOF\n"),
        ('RUN ["a", "b"]\n', (A,), f'RUN {A} ["a", "b"]\n'),
        ("ONBUILD RUN a\n", (A,), f"ONBUILD RUN {A} a\n"),
        (f"RUN {'a' * 100}\n", (A,), f"RUN {A} \\\n    {'a' * 100}\n"),
    ],
)
def test_flags_take_the_layout_of_the_instruction(before, flags, after):
    text = "FROM a\n" + before
    assert edited(text, AddFlags(7, flags)) == "FROM a\n" + after


def test_flags_follow_the_escape_character_of_the_file():
    text = "# escape=`\nFROM a\nRUN a `\n  b\n"
    assert edited(text, AddFlags(run(text), (A,))) == f"# escape=`\nFROM a\nRUN {A} `\n  a `\n  b\n"


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("RUN pip install --x y\n", "--x", "RUN pip install y\n"),
        ("RUN pip install y --x\n", "--x", "RUN pip install y\n"),
        ("RUN pip install --x; b\n", "--x", "RUN pip install; b\n"),
        ("RUN pip install \\\n  --x \\\n  y\n", "--x", "RUN pip install \\\n  y\n"),
        ("RUN pip install \\\n  --x y\n", "--x", "RUN pip install \\\n  y\n"),
        ("RUN pip install y \\\n  --x\nCMD a\n", "--x", "RUN pip install y\nCMD a\n"),
        ("RUN pip install y \\\r\n  --x\r\nCMD a\r\n", "--x", "RUN pip install y\r\nCMD a\r\n"),
        ("RUN pip install \\\n  # why\n  --x \\\n  y\n", "--x", "RUN pip install \\\n  # why\n  y\n"),
        ("RUN a && rm b\n", "&& rm b", "RUN a\n"),
        ("RUN a \\\n  && rm b \\\n  && c\n", "&& rm b", "RUN a \\\n  && c\n"),
        ("RUN a \\\n  && rm b\n", "&& rm b", "RUN a\n"),
        ("RUN a && \\\n    rm b\n", "&& \\\n    rm b", "RUN a\n"),
        ("RUN a && \\\n    rm b && \\\n    c\n", "rm b &&", "RUN a && \\\n    c\n"),
        ("RUN rm b && \\\n    c\n", "rm b &&", "RUN c\n"),
        ("RUN a \\\n\n  && rm b\n", "&& rm b", "RUN a\n"),
        ("RUN <<EOF\na --x\nrm b\nEOF\n", "rm b", "RUN <<EOF\na --x\nEOF\n"),
        ("RUN <<EOF\na --x\nrm b\nEOF\n", "--x", "RUN <<EOF\na\nrm b\nEOF\n"),
        ("RUN <<EOF\na \\\n  --x\nEOF\n", "--x", "RUN <<EOF\na\nEOF\n"),
        ('RUN ["a", "--x", "b"]\n', "--x", 'RUN ["a", "b"]\n'),
        ('RUN ["a", "--x"]\n', "--x", 'RUN ["a"]\n'),
        ('RUN ["sh", "-c", "a --x b"]\n', "--x", 'RUN ["sh", "-c", "a b"]\n'),
        ("ENV A=1 B=2\n", "A=1", "ENV B=2\n"),
        ("ENV A=1 \\\n    B=2\n", "B=2", "ENV A=1\n"),
        ("# why\nENV A=1\nRUN b\n", "ENV A=1", "# why\nRUN b\n"),
    ],
)
def test_words_go_with_their_blanks_and_empty_lines(before, words, after):
    text = "FROM a\n" + before
    assert edited(text, cut(text, words)) == "FROM a\n" + after


def test_all_changes_of_one_instruction_at_once():
    text = "FROM a\nRUN rm -rf b && \\\n    pip install --x \\\n      y && \\\n    rm -rf c\n"
    new = edited(
        text,
        AddFlags(run(text), (A,)),
        cut(text, "rm -rf b &&"),
        cut(text, "--x"),
        cut(text, "&& \\\n    rm -rf c"),
    )
    assert new == f"FROM a\nRUN {A} \\\n    pip install \\\n      y\n"


def test_a_rewrite_that_breaks_the_line_puts_flags_on_lines_of_their_own():
    text = "FROM a\nRUN b\n"
    at = text.index("b")
    assert edited(text, AddFlags(run(text), (A,)), Rewrite(at, at, "c \\\n    && ")) == (
        f"FROM a\nRUN {A} \\\n    c \\\n    && b\n"
    )


def test_rewrites_in_an_exec_form_are_escaped():
    text = 'FROM a\nRUN ["sh", "-c", "b"]\n'
    at = text.index('b"')
    assert edited(text, Rewrite(at, at, 'echo "x" && ')) == 'FROM a\nRUN ["sh", "-c", "echo \\"x\\" && b"]\n'


def test_a_directive_is_rewritten():
    text = "# syntax=docker/dockerfile:1.0\nFROM a\n"
    at = text.index("docker/")
    assert edited(text, Rewrite(at, at + len("docker/dockerfile:1.0"), "docker/dockerfile:1")).startswith(
        "# syntax=docker/dockerfile:1\n"
    )


def test_a_line_stands_before_an_instruction():
    text = "FROM a\r\n  RUN b\r\n"
    assert edited(text, Line(run(text), "USER c")) == "FROM a\r\nUSER c\r\n  RUN b\r\n"


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("FROM a\nRUN b \\\n  # why\n  --x\n", Cut(25, 28)),
        ("FROM a\nRUN a \\\n  # why\n  b\n", Cut(11, 28)),
        ("FROM a\nRUN b && \\\n  # why\n  c\n", Cut(11, 15)),
        ("FROM a\nRUN b\n", Delete(("a",))),
        ("FROM a\nRUN b\n", AddFlags(99, (A,))),
        ("FROM a\nRUN b\nRUN c\n", Cut(11, 18)),
        ("FROM a\nRUN b\n", Rewrite(11, 11, "c\n")),
        ("FROM a\nRUN b \\\n  c\n", Line(17, "USER d")),
        ('FROM a\nRUN ["b"]\n', Cut(13, 14)),
    ],
)
def test_what_is_not_clear_is_refused(text, operation):
    with pytest.raises(CannotEdit):
        docker.edits(Source("Dockerfile", text), [operation])


def test_overlapping_changes_are_refused():
    text = "FROM a\nRUN pip install --x y\n"
    with pytest.raises(CannotEdit, match="overlap"):
        docker.edits(Source("Dockerfile", text), [cut(text, "install --x"), cut(text, "--x y")])


def test_a_file_that_is_not_utf8_is_never_edited():
    source = Source.from_bytes("Dockerfile", b"FROM a\nRUN b \xff\n")
    with pytest.raises(CannotEdit):
        docker.edits(source, [AddFlags(7, (A,))])

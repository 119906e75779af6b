"""Tests for the circumstances that commands run in."""

import pytest

from ci_audit.syntax.shell import Context, parse, simple_commands


def walk(text: str) -> list[tuple[str, Context]]:
    return [(text[simple.start : simple.end], context) for simple, context in simple_commands(parse(text))]


def named(text: str, flag: str) -> list[str]:
    """Name the commands of which a flag holds."""
    return [command for command, context in walk(text) if getattr(context, flag)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a && b || c && d", ["c"]),
        ("if a; then b; elif c; then d; else e; fi", ["b", "c", "d", "e"]),
        ("for i in x; do a; done; b", ["a"]),
        ("while a; do b; done", ["b"]),
        ("case $(a) in x) b;; esac", ["b"]),
        ("a || { b; (c); }", ["b", "c"]),
        ("a || b $(c)", ["c", "b $(c)"]),
        ("if a; then f() { b; }; fi", []),
        ("{ a; (b); }", []),
    ],
)
def test_conditional(text: str, found: list[str]) -> None:
    assert named(text, "conditional") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a; (b; c); d", ["b", "c"]),
        ("x=$(a); b `c`", ["a", "c"]),
        ("a <(b)", ["b"]),
        ("a | b", ["a", "b"]),
        ("a & b", ["a"]),
        ("{ a; }", []),
        ("! a", []),
    ],
)
def test_subshell(text: str, found: list[str]) -> None:
    assert named(text, "subshell") == found


def test_subshells_are_told_apart() -> None:
    shells = {command: context.subshell for command, context in walk("(a; (b)); (c)")}
    assert shells["b"][:1] == shells["a"]
    assert len(shells["b"]) == 2
    assert len({shells["a"][0], shells["b"][1], shells["c"][0]}) == 3


def test_function() -> None:
    found = [(command, context.function) for command, context in walk("f() { a; }; function g { b $(c); }; d")]
    assert found == [("a", "f"), ("c", "g"), ("b $(c)", "g"), ("d", "")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a $(b | c)", ["b", "c"]),
        ('a "x$(b)" `c` ${y:-$(d)} <(e)', ["b", "c", "d", "e"]),
        ("x=(a $(b)) c", ["b"]),
        ("a <<E\n$(b)\nE", ["b"]),
        ("a > $(b)", ["b"]),
        ("(a) > $(b)", ["b"]),
        ("[[ $(a) ]] && (( $(b) ))", ["a", "b"]),
        ("for x in $(a); do b; done", ["a"]),
        ("case x in $(a)) b;; esac", ["a"]),
    ],
)
def test_substitution(text: str, found: list[str]) -> None:
    assert named(text, "substitution") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a | b | (c)", ["b", "c"]),
        ("a | b $(c)", ["b $(c)"]),
        ("a | while read x; do b; done", ["read x", "b"]),
        ("! a", []),
    ],
)
def test_pipe(text: str, found: list[str]) -> None:
    assert named(text, "pipe") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a & b", ["a"]),
        ("a && b & c", ["a", "b"]),
        ("a | b &", ["a", "b"]),
        ("{ a; } & (b) &", ["a", "b"]),
        ("if a; then b & fi; c", ["b"]),
    ],
)
def test_background(text: str, found: list[str]) -> None:
    assert named(text, "background") == found

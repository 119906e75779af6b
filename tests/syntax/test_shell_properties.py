"""Properties that hold for any text: nothing raises, places lie inside it, and work grows with its length only."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell_strategies import scripts

from ci_audit.source import UNKNOWN
from ci_audit.syntax.shell import UNSET, Literal, Quoted, Word, as_assignment, evaluate, parse, simple_commands
from ci_audit.syntax.words import PlainCommand, split_cmd, split_powershell

SHELL = """\
set -euo pipefail
export PATH="$HOME/bin:$PATH" # a comment with 'quotes
if [ "$RUNNER" == 'Linux' ] && [[ $X =~ ^(a|b)$ ]]; then sudo apt-get install -y {a,b} \\
    libfoo-dev >log 2>&1; else :; fi
for v in 3.{9..12} $(ls | sort); do "python$v" -m pip install -U "pip[$v]>=${MIN:-"20 1"}" || exit $?; done
arr=(a 'b c' `pip list \\`x\\``) && cat <<-'EOF' <<B | tee $'a\\tb'
\tpip install no
\tEOF
$(pip download x) ${y%.*}
B
while read -r x; do uv sync; done < <(pip freeze) & case $1 in (a|b) (( n++ ));; *) f() { npm ci; };; esac
"""
POWERSHELL = """\
$env:FOO = "a $env:X `"b`""; & "C:\\py.exe" -m pip install 'it''s' `
  "a$(Get-X "q" | foo)b" (Get-Item dist/*.whl).FullName > $null 2>&1 # c
if (Test-Path "x y") { pip install -r req.txt } else { npm ci } <# uv sync #>
$h = @{ a = 1 }; @'
text
'@ | iex; foo @args && bar[1] || ${x y}.z
"""
CMD = """\
@echo off & set "A=b c" & rem no
call pip install -r %REQ% "x>=1" && py ^
  -m pip > nul 2>&1 || exit /b 1
if /i not "%A%"=="b" (pip install y) else (npm ci)
for /f "tokens=*" %%i in (a b) do uv pip install %%i^&x !Z! %~dp0
:label
"""
FRAGMENTS = [
    *"\"'`$#<>(){}[];|&!,=*\\^%@~:+-\r\n\t x",
    UNKNOWN,
    "\r\n",
    "$(",
    "${",
    "((",
    "<<E\n",
    "\nE\n",
    "if ",
    "fi",
    ";;",
]


@st.composite
def mutants(draw: st.DrawFn, fixtures: st.SearchStrategy[str]) -> str:
    """Cut a stretch out of a fixture and put fragments of syntax in place of a few characters."""
    text = draw(fixtures)
    start = draw(st.integers(0, len(text)))
    text = text[start : start + draw(st.integers(0, 400))]
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(FRAGMENTS)) + text[at + draw(st.integers(0, 3)) :]
    return text


def places(node: Any, low: int, high: int) -> None:
    """Check that every node lies inside the text."""
    if isinstance(node, (list, tuple)):
        for item in node:
            places(item, low, high)
    elif hasattr(node, "__slots__"):
        if hasattr(node, "start"):
            assert low <= node.start <= node.end <= high
        for slot in node.__slots__:
            places(getattr(node, slot), low, high)


def check_shell(text: str) -> None:
    script = parse(text)
    places(script, 0, len(text))
    assert all(0 <= offset <= len(text) for offset, _ in script.errors)
    for simple, _ in simple_commands(script):
        for word in simple.words:
            assert simple.start <= word.start < word.end <= simple.end
            check_word(text, word)


def quoted_parts(parts: Sequence[object]) -> None:
    """Check that literal text in quotes is known to be quoted."""
    for part in parts:
        if isinstance(part, Quoted):
            assert all(inner.quoted for inner in part.parts if isinstance(inner, Literal))


def check_word(text: str, word: Word) -> None:
    places(word.parts, word.start, word.end)
    quoted_parts(word.parts)
    written = text[word.start : word.end]
    if word.literal is not None and not word.quoted and "\\" not in written:
        assert written == word.literal
    value, pieces = word.pieces()
    assert (UNKNOWN in value) == (word.literal is None)
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        stop = following.at if following is not None else len(value)
        if piece.literal:
            assert text[piece.start : piece.end] == value[piece.at : stop]
    assert all(isinstance(field.text, str) for field in evaluate(word, lambda _: UNSET).fields)
    assignment = as_assignment(word)
    if assignment is not None:
        shown = f"{assignment.name}{assignment.op}{text[assignment.value.start : assignment.value.end]}"
        assert shown.replace("\\\n", "") == written.replace("\\\n", "")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutants(st.one_of(st.just(SHELL), scripts)))
def test_any_shell_text_is_read(text: str) -> None:
    check_shell(text)


def test_the_fixture_is_read_without_guessing() -> None:
    check_shell(SHELL)
    assert parse(SHELL).errors == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts)
def test_line_ends_do_not_matter(text: str) -> None:
    def shown(script: str) -> list[list[str]]:
        return [[word.pieces()[0] for word in simple.words] for simple, _ in simple_commands(parse(script))]

    assert shown(text.replace("\n", "\r\n")) == shown(text)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts)
def test_a_script_reads_the_same_inside_a_substitution(text: str) -> None:
    prefix = "echo $(\n"
    inner = [(s.start + len(prefix), s.end + len(prefix)) for s, _ in simple_commands(parse(text))]
    outer = [(s.start, s.end) for s, _ in simple_commands(parse(f"{prefix}{text}\n)"))]
    assert outer[:-1] == inner


@settings(max_examples=150, deadline=None)
@given(mutants(st.just(POWERSHELL)))
def test_any_powershell_text_is_split(text: str) -> None:
    check_plain(text, split_powershell(text))


@settings(max_examples=150, deadline=None)
@given(mutants(st.just(CMD)))
def test_any_batch_text_is_split(text: str) -> None:
    check_plain(text, split_cmd(text))


def check_plain(text: str, commands: list[PlainCommand]) -> None:
    for command in commands:
        assert 0 <= command.start < command.end <= len(text)
        for word in command.words:
            assert command.start <= word.start < word.end <= command.end
            if not word.quoted and word.text.isalnum() and word.end - word.start == len(word.text):
                assert text[word.start : word.end] == word.text


def steps(function: Callable[[str], object], text: str) -> int:
    """Count the calls that a function makes, those of built-in functions included."""
    count = 0

    def tick(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tick)
    try:
        function(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "unit",
    [
        "pip install -r requirements.txt\n",
        "echo \"$x\" 'y' \\\n",
        "$((a) # (\n",
        "$(",
        "`",
        "\\`",
        "`a \\`b` ",
        "((",
        "((a) ",
        "${a:-",
        "if a; then ",
        "a=(b ",
        "cat <<E\nx\nE\n",
        "<<E ",
        "case x in a) ",
        "[[ a || ",
        "$[",
        "{a,b}",
        "a || ",
        "fi\n",
        "& ",
        "'a",
        UNKNOWN + " ",
    ],
)
def test_shell_work_is_linear(unit: str) -> None:
    def read(text: str) -> None:
        for simple, _ in simple_commands(parse(text)):
            for word in simple.words:
                evaluate(word, lambda _: None)

    assert steps(read, unit * 800) < 2.5 * steps(read, unit * 400) + 5000


@pytest.mark.parametrize(
    "unit", ["pip install x\n", "a(", "a{", '"$(', "${", "'", "`\n", "set a=", "if a==", "%a", "^", "<# "]
)
@pytest.mark.parametrize("split", [split_powershell, split_cmd])
def test_splitting_work_is_linear(unit: str, split: Callable[[str], object]) -> None:
    assert steps(split, unit * 800) < 2.5 * steps(split, unit * 400) + 5000

"""Shell text to commands: every construct by name, scoping, places, and properties of generated scripts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit import commands
from ci_audit.commands import ShellState
from ci_audit.commands.interpreter import Interpreter
from ci_audit.commands.scope import Allowance, Scope
from ci_audit.model import Command, Setting
from ci_audit.source import UNKNOWN, MappedText, Piece, Source

HOME = "/home/runner"


def state(**env: str) -> ShellState:
    return ShellState({name: Setting(name, value) for name, value in env.items()}, "$WORKSPACE", "", HOME)


def run(text: str, begin: ShellState | None = None, shell: str = "bash") -> tuple[list[Command], ShellState]:
    source = Source("ci.yml", text)
    return commands.read(MappedText.of(source, 0, len(text)), begin or state(), shell=shell, order=3000)


def lines(found: list[Command]) -> list[str]:
    return [" ".join(word.text for word in command.words).replace(UNKNOWN, "?") for command in found]


def read(text: str, **env: str) -> list[str]:
    return lines(run(text, state(**env))[0])


def only(text: str, **env: str) -> Command:
    """Give the one command that installs something."""
    found = [command for command in run(text, state(**env))[0] if any("install" in word.text for word in command.words)]
    assert len(found) == 1, lines(found)
    return found[0]


CONSTRUCTS = {
    "list": ("a; b && c", ["a", "b", "c"]),
    "newlines": ("a\n\n  b\r\nc", ["a", "b", "c"]),
    "pipeline": ("a x | b y |& c", ["a x", "b y", "c"]),
    "background": ("a & b", ["a", "b"]),
    "negation": ("! a", ["a"]),
    "subshell": ("(a; b)", ["a", "b"]),
    "group": ("{ a; b; }", ["a", "b"]),
    "if": ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
    "while": ("while a; do b; done", ["a", "b"]),
    "until": ("until a; do b; done", ["a", "b"]),
    "case": ("case $x in a|b) c;; *) d;; esac", ["c", "d"]),
    "for of known words": ("for x in a b; do c $x; done", ["c a", "c b"]),
    "for of known words that the body does not use": ("for x in 1 2 3; do c; done", ["c"]),
    "for of unknown words": ("for x in $(ls); do c $x; done", ["ls", "c ?"]),
    "for of a pattern": ("for x in *.txt; do c $x; done", ["c ?"]),
    "for of a brace expansion": ("for x in {1..3}; do c $x; done", ["c 1", "c 2", "c 3"]),
    "for of more than eight words": ("for x in 1 2 3 4 5 6 7 8 9; do c $x; done", ["c ?"]),
    "for where only one command uses the variable": ("for x in a b; do c; d $x; done", ["c", "d a", "d b"]),
    "for in a for": ("for x in a b; do for y in 1 2; do c $x$y; done; done", ["c a1", "c a2", "c b1", "c b2"]),
    "for without words": ("for x; do c $x; done", ["c ?"]),
    "select": ("select x in a b; do c $x; done", ["c ?"]),
    "test": ("[[ -f x ]] && a", ["a"]),
    "function that is called": ("f() { a; }; b; f", ["b", "a"]),
    "function that is called twice": ("f() { a; }; f; f", ["a"]),
    "function with the keyword": ("function f { a; }\nf", ["a"]),
    "function that is not called": ("f() { a; }; b", ["b"]),
    "function that calls itself": ("f() { a; f; }; f", ["a", "f"]),
    "function with a known parameter": ("go() { a $1; }; go x", ["a x"]),
    "function with parameters that differ": ("go() { a $1; }; go x; go y", ["a ?"]),
    "function that runs its arguments": ('twice() { "$@" || "$@"; }; twice a b', ["a b", "a b"]),
    "function that runs its arguments in a loop": (
        'again() { n=0; until [ $n -ge 3 ]; do "$@" && break; n=$((n+1)); done; }\nagain a b\nagain c',
        ["[ 0 -ge 3 ]", "a b", "break", "c"],
    ),
    "function that runs its arguments with a wrapper": ('t() { timeout 9 sudo "$@"; }; t a b', ["a b"]),
    "function that evaluates its arguments": ('t() { eval "$*"; }; t a b', ["a b"]),
    "function that adds to its arguments": (
        'i() { pip install -q "$@"; }; i a b; i c',
        ["pip install -q a b", "pip install -q c"],
    ),
    "heredoc is data": ("cat <<EOF\npip install x\nEOF\na", ["cat", "a"]),
    "substitution": ("a $(b c) `d`", ["b c", "d", "a ? ?"]),
    "substitution in an assignment": ("X=$(b c)", ["b c"]),
    "substitution in quotes": ('a "$(b "c d")"', ["b c d", "a ?"]),
    "process substitution": ("a <(b)", ["b", "a ?"]),
    "substitution of the working directory": ('cd x; a "$(pwd)/y"', ["pwd", "a $WORKSPACE/x/y"]),
    "substitution of a program's path": ("P=$(which pip3); $P install", ["which pip3", "?/pip3 install"]),
    "quotes": ("a 'b c' \"d e\" f\\ g $'h\\ti'", ["a b c d e f g h\ti"]),
    "continuation": ("a \\\n  b", ["a b"]),
    "comment": ("a # b\n# c", ["a"]),
    "redirections": ("a >x 2>&1 <y b", ["a b"]),
    "word of a known variable": ('X="b c"; a $X "$X"', ["a b c b c"]),
    "empty variable": ("X=; a $X b", ["a b"]),
    "default of an unknown variable": ("a ${X:-b}", ["a ?"]),
    "default of a variable that is unset": ("unset X; a ${X:-b}", ["a b"]),
    "default of an empty variable": ("X=; a ${X:-b}", ["a b"]),
    "array": ("X=(b 'c d'); X+=(e); a \"${X[@]}\"", ["a b c d e"]),
    "addition to a variable": ("X=b; X+=c; a $X", ["a bc"]),
    "variable that changes after its export": ("X=1; export X; X=2; a $X", ["a 2"]),
    "arithmetic for": ("for ((i=0; i<3; i++)); do a $i; done", ["a ?"]),
    "read": ("X=b; read -r X; a $X", ["a ?"]),
    "positional parameters": ('set -- b c; a "$@"; shift; a $1', ["a b c", "a c"]),
    "unknown program": ("$PYTHON -m pip install x", ["? -m pip install x"]),
    "unknown program with a default": ("${PYTHON:-python3} -m pip install x", ["? -m pip install x"]),
    "expression that is not known": (f"pip install {UNKNOWN}", ["pip install ?"]),
    "braces": ("a {b,c}", ["a b c"]),
    "home": ("a ~ ~/b '~/e' x~ ~u", [f"a {HOME} {HOME}/b ~/e x~ ~u"]),
    "eval": ("eval 'a b; c'", ["a b", "c"]),
    "eval of output": ('eval "$(a -s)"', ["a -s", "?"]),
    "unterminated quote": ('a "b', ["a b"]),
    "empty": ("", []),
    "only a comment": ("# a", []),
}


@pytest.mark.parametrize(("text", "expected"), CONSTRUCTS.values(), ids=CONSTRUCTS)
def test_construct(text: str, expected: list[str]) -> None:
    assert read(text) == expected


CONDITIONAL = {
    "plain": ("x", False),
    "and": ("a && x", False),
    "or": ("a || x", True),
    "and after or": ("a || b && x", False),
    "and after a test": ("[ -f a ] && x", True),
    "second and after a test": ("[ -f a ] && b && x", True),
    "and after a double bracket test": ("[[ -f a ]] && x", True),
    "and after grep": ("ls | grep -q a && x", True),
    "and after a negation": ("! a && x", True),
    "condition of if": ("if x; then a; fi", False),
    "body of if": ("if a; then x; fi", True),
    "condition of elif": ("if a; then b; elif x; then c; fi", True),
    "else": ("if a; then b; else x; fi", True),
    "after if": ("if a; then b; fi; x", False),
    "case": ("case a in *) x;; esac", True),
    "condition of while": ("while x; do a; done", False),
    "body of while": ("while a; do x; done", True),
    "for of known words": ("for i in 1 2; do x; done", False),
    "for of unknown words": ("for i in $L; do x; done", True),
    "subshell": ("(x)", False),
    "function": ("f() { x; }; f", False),
    "function that is called on a condition": ("f() { x; }; if a; then f; fi", True),
    "text of a shell that is run on a condition": ("a || bash -c x", True),
}


@pytest.mark.parametrize(("text", "expected"), CONDITIONAL.values(), ids=CONDITIONAL)
def test_conditional(text: str, expected: bool) -> None:
    [command] = [command for command in run(text)[0] if command.words[0].text == "x"]
    assert command.conditional is expected


DIRECTORIES = {
    "none": ("x", "$WORKSPACE"),
    "relative": ("cd a/b; x", "$WORKSPACE/a/b"),
    "up": ("cd a/b; cd ..; x", "$WORKSPACE/a"),
    "absolute": ("cd /a; x", "/a"),
    "home": ("cd; x", HOME),
    "tilde": ("cd ~/a; x", HOME + "/a"),
    "back": ("cd a; cd b; cd -; x", "$WORKSPACE/a"),
    "above the checkout": ("cd ..; x", UNKNOWN),
    "of an unknown variable": ("cd $A; x", UNKNOWN),
    "of a known variable": ("A=b; cd $A; x", "$WORKSPACE/b"),
    "with and": ("cd a && x", "$WORKSPACE/a"),
    "with or exit": ("cd a || exit 1; x", "$WORKSPACE/a"),
    "in a subshell": ("(cd a); x", "$WORKSPACE"),
    "in the same subshell": ("(cd a; x)", "$WORKSPACE/a"),
    "in a group": ("{ cd a; }; x", "$WORKSPACE/a"),
    "in a pipeline": ("cd a | b; x", "$WORKSPACE"),
    "in the background": ("cd a & x", "$WORKSPACE"),
    "in a substitution": ("A=$(cd a; b); x", "$WORKSPACE"),
    "on a condition": ("if a; then cd b; fi; x", UNKNOWN),
    "on a condition whose other ways end": ("if a; then exit 1; else cd b; fi; x", "$WORKSPACE/b"),
    "the same on all ways": ("if a; then cd b; else cd b; fi; x", "$WORKSPACE/b"),
    "in a body": ("if a; then cd b; x; fi", "$WORKSPACE/b"),
    "in a function": ("f() { cd a; }; f; x", "$WORKSPACE/a"),
    "in another shell": ("bash -c 'cd a'; x", "$WORKSPACE"),
    "in the text of another shell": ("cd a; bash -c 'cd b; x'", "$WORKSPACE/a/b"),
    "in eval": ("eval 'cd a'; x", "$WORKSPACE/a"),
    "pushd": ("pushd a; x", "$WORKSPACE/a"),
    "popd": ("pushd a; cd b; popd; x", "$WORKSPACE"),
    "pushd of nothing": ("pushd; x", UNKNOWN),
    "pushd of another entry": ("pushd a; pushd +1; x", UNKNOWN),
    "pushd back and forth": ("pushd a; pushd; x", "$WORKSPACE"),
    "su with a login": ("su -lc x bob", UNKNOWN),
    "su": ("su -c x bob", "$WORKSPACE"),
    "sudo with a login": ("sudo -i x", "/root"),
    "popd of nothing": ("popd; x", UNKNOWN),
    "of env": ("env -C a x", "$WORKSPACE/a"),
    "of uv": ("uv run --directory a x", "$WORKSPACE/a"),
    "in a loop": ("for d in a b; do cd c; done; x", "$WORKSPACE/c"),
    "of a pattern": ("cd dist/a-*; x", UNKNOWN),
    "pushd of a pattern": ("pushd a?; x", UNKNOWN),
}


@pytest.mark.parametrize(("text", "expected"), DIRECTORIES.values(), ids=DIRECTORIES)
def test_directory(text: str, expected: str) -> None:
    [command] = [command for command in run(text)[0] if command.words[0].text == "x"]
    assert command.cwd == expected


ENVIRONMENTS = {
    "of the caller": ("x", {"A": "1"}),
    "assigned": ("B=2; x", {"A": "1"}),
    "assigned over one of the caller": ("A=2; x", {"A": "2"}),
    "exported": ("export B=2; x", {"A": "1", "B": "2"}),
    "exported later": ("B=2; export B; x", {"A": "1", "B": "2"}),
    "exported with several": ("export B=2 C='3 4'; x", {"A": "1", "B": "2", "C": "3 4"}),
    "exported unknown": ("export B; x", {"A": "1"}),
    "declared": ("declare -x B=2; x", {"A": "1", "B": "2"}),
    "declared without export": ("declare B=2; x", {"A": "1"}),
    "all exported": ("set -a; B=2; set +a; C=3; x", {"A": "1", "B": "2"}),
    "all exported by name": ("set -o allexport; B=2; x", {"A": "1", "B": "2"}),
    "unset": ("unset A; x", {}),
    "before the command": ("B=2 x", {"A": "1", "B": "2"}),
    "before another command": ("B=2 y; x", {"A": "1"}),
    "before the command over one of the caller": ("A=2 x; y", {"A": "2"}),
    "with home": ("export B=~/c; x", {"A": "1", "B": HOME + "/c"}),
    "with a quoted tilde": ('export B="~/c"; x', {"A": "1", "B": "~/c"}),
    "of another variable": ("B=2; export C=$B$A$D; x", {"A": "1", "C": "21" + UNKNOWN}),
    "of the working directory": ("export B=$PWD/c; x", {"A": "1", "B": "$WORKSPACE/c"}),
    "of output": ("export B=$(y); x", {"A": "1", "B": UNKNOWN}),
    "added to": ("export A+=2; x", {"A": "12"}),
    "on a condition": ("if y; then export A=2 B=3; fi; x", {"A": UNKNOWN, "B": UNKNOWN}),
    "unset on a condition": ("if y; then unset A; fi; x", {"A": UNKNOWN}),
    "the same on all ways": ("if y; then export B=2; else export B=2; fi; x", {"A": "1", "B": "2"}),
    "with or": ("y || export B=2; x", {"A": "1", "B": UNKNOWN}),
    "after a test": ("[ -n y ] && export B=2; x", {"A": "1", "B": UNKNOWN}),
    "in a loop": ("while y; do export B=2; done; x", {"A": "1", "B": UNKNOWN}),
    "in a case": ("case y in a) export B=2;; *) export B=3;; esac; x", {"A": "1", "B": UNKNOWN}),
    "in a case that may not match": ("case y in a) export B=2;; esac; x", {"A": "1", "B": UNKNOWN}),
    "the same in a whole case": ("case y in a) export B=2;; *) export B=2;; esac; x", {"A": "1", "B": "2"}),
    "in a subshell": ("(export B=2); x", {"A": "1"}),
    "su": ("su bob -c x", {"A": "1"}),
    "su with a login": ("su -lc x bob", {}),
    "in a function": ("f() { export B=2; }; f; x", {"A": "1", "B": "2"}),
    "env": ("env B=2 x", {"A": "1", "B": "2"}),
    "env without the caller's": ("env -i B=2 x", {"B": "2"}),
    "env with a dash": ("env - x", {}),
    "env without one": ("env -u A x", {}),
    "sudo": ("sudo x", {}),
    "sudo with the caller's": ("sudo -E x", {"A": "1"}),
    "sudo with one of the caller's": ("sudo --preserve-env=A,B x", {"A": "1"}),
    "sudo with an assignment": ("sudo B=2 x", {"B": "2"}),
    "another shell": ("B=2; export C=3; bash -c x", {"A": "1", "C": "3"}),
    "another shell's own": ("bash -c 'export B=2; x'", {"A": "1", "B": "2"}),
    "before another shell": ("B=2 bash -c x", {"A": "1", "B": "2"}),
    "local to a container": ("docker run -e B=2 --env C=3 -e A img x", {"B": "2", "C": "3"}),
    "ssh": ("ssh host x", {}),
}


@pytest.mark.parametrize(("text", "expected"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_environment(text: str, expected: dict[str, str]) -> None:
    [command] = [command for command in run(text, state(A="1"))[0] if command.words[0].text == "x"]
    assert {name: setting.value for name, setting in command.env.items()} == expected


def test_setting_names_the_place_that_it_was_written() -> None:
    [first, second] = run("export A=1\nB='2 3' pip install x; sudo C=4 y")[0]
    assert {name: setting.where and setting.where.text for name, setting in first.env.items()} == {
        "A": "A=1",
        "B": "B='2 3'",
    }
    assert {name: setting.where and setting.where.text for name, setting in second.env.items()} == {"C": "C=4"}


def test_environment_of_an_earlier_command_stays() -> None:
    first, second = run("x; export A=2; y", state(A="1"))[0]
    assert (first.env["A"].value, second.env["A"].value) == ("1", "2")


VIRTUALENVS = {
    "none": ("python -m venv .venv; x", ""),
    "source": ("source .venv/bin/activate; x", "$WORKSPACE/.venv"),
    "dot": (". venv/bin/activate && x", "$WORKSPACE/venv"),
    "on Windows": ("source venv/Scripts/activate; x", "$WORKSPACE/venv"),
    "absolute": (". /opt/venv/bin/activate; x", "/opt/venv"),
    "from another directory": ("cd a; . ../v/bin/activate; x", "$WORKSPACE/v"),
    "of a variable": ("V=~/v; . $V/bin/activate; x", HOME + "/v"),
    "of an unknown variable": (". $V/bin/activate; x", UNKNOWN),
    "deactivated": (". v/bin/activate; deactivate; x", ""),
    "in a subshell": ("(. v/bin/activate); x", ""),
    "on a condition": ("if y; then . v/bin/activate; fi; x", UNKNOWN),
    "conda": ("conda activate test; x", UNKNOWN + "/envs/test"),
    "conda by path": ("conda activate ./e; x", "$WORKSPACE/e"),
    "old conda": ("source activate test; x", UNKNOWN + "/envs/test"),
    "conda deactivated": ("conda activate test; conda deactivate; x", ""),
    "on the path": ('export PATH="$PWD/.venv/bin:$PATH"; x', "$WORKSPACE/.venv"),
    "another directory on the path": ("export PATH=$HOME/.local/bin:$PATH; x", ""),
    "sudo": (". v/bin/activate; sudo x", ""),
    "another file": (". ./setup.sh; x", ""),
}


@pytest.mark.parametrize(("text", "expected"), VIRTUALENVS.values(), ids=VIRTUALENVS)
def test_virtualenv(text: str, expected: str) -> None:
    [command] = [command for command in run(text)[0] if command.words[0].text == "x"]
    assert command.virtualenv == expected


def test_virtualenv_of_the_path_at_the_beginning() -> None:
    assert only("pip install x", PATH="/opt/venv/bin:/usr/bin").virtualenv == "/opt/venv"
    assert only("pip install x", PATH="/opt/e/bin:/usr/bin", VIRTUAL_ENV="/opt/e").virtualenv == "/opt/e"
    assert only("pip install x", PATH="/opt/e/bin:/usr/bin").virtualenv == ""
    assert only("pip install x", PATH="C:\\a\\.venv\\Scripts;C:\\b").virtualenv == "C:/a/.venv"


def test_home_that_is_set_is_the_home() -> None:
    assert only("export HOME=/root; pip install x").home == "/root"
    assert only("HOME=/root pip install x").home == "/root"
    assert [command.home for command in run("HOME=/root x; y")[0]] == ["/root", HOME]


PUBLISHED = {
    "echo": ("echo A=1 >> $GITHUB_ENV", {"A": "1"}),
    "echo in quotes": ('echo "A=1 2" >> "$GITHUB_ENV"', {"A": "1 2"}),
    "echo in braces": ("echo A=1 >> ${GITHUB_ENV}", {"A": "1"}),
    "redirection first": (">> $GITHUB_ENV echo A=1", {"A": "1"}),
    "echo of a variable": ("X=2; echo A=$X$Y >> $GITHUB_ENV", {"A": "2" + UNKNOWN}),
    "echo with escapes": (r'echo -e "A=1\nB=2" >> $GITHUB_ENV', {"A": "1", "B": "2"}),
    "echo without escapes": (r'echo "A=1\n2" >> $GITHUB_ENV', {"A": r"1\n2"}),
    "echo of two lines": ('echo "A=1\nB=2" >> $GITHUB_ENV', {"A": "1", "B": "2"}),
    "printf": (r"printf 'A=1\nB=2\n' >> $GITHUB_ENV", {"A": "1", "B": "2"}),
    "printf with values": (r"printf 'A=%s\nB=%s\n' 1 2 >> $GITHUB_ENV", {"A": "1", "B": "2"}),
    "printf of each": (r"printf '%s\n' A=1 B=2 >> $GITHUB_ENV", {"A": "1", "B": "2"}),
    "tee": ("echo A=1 | tee -a $GITHUB_ENV", {"A": "1"}),
    "tee behind another command": ("a | tee -a $GITHUB_ENV", {}),
    "tee of another file": ('echo A=1 | tee "$X"', {}),
    "heredoc": ("cat >> $GITHUB_ENV <<EOF\nA=1\nB=$X\nEOF", {"A": "1", "B": UNKNOWN}),
    "heredoc in quotes": ("cat <<'EOF' >> $GITHUB_ENV\nA=$X\nEOF", {"A": "$X"}),
    "heredoc of tee": ("tee -a $GITHUB_ENV <<EOF\nA=1\nEOF", {"A": "1"}),
    "group": ("{ echo A=1; echo B=2; } >> $GITHUB_ENV", {"A": "1", "B": "2"}),
    "group that another command ends": ("{ echo A=1; } >> $GITHUB_ENV; echo B=2", {"A": "1"}),
    "subshell": ("(echo A=1) >> $GITHUB_ENV", {"A": "1"}),
    "several lines": ('{ echo "A<<EOF"; b; echo B=2; echo EOF; echo C=3; } >> $GITHUB_ENV', {"A": UNKNOWN, "C": "3"}),
    "on a condition": ("if a; then echo A=1 >> $GITHUB_ENV; fi", {"A": UNKNOWN}),
    "loop with a redirection": ("for x in 1 2; do echo A$x=$x; done >> $GITHUB_ENV", {"A1": "1", "A2": "2"}),
    "path": ('echo "$PWD/.venv/bin" >> $GITHUB_PATH', {"PATH": "$WORKSPACE/.venv/bin:" + UNKNOWN}),
    "another file": ("echo A=1 >> $GITHUB_OUTPUT; echo A=1 >> x", {}),
    "standard error": ("echo A=1 2>> $GITHUB_ENV", {}),
    "no variable": ("echo hello >> $GITHUB_ENV", {}),
    "in a substitution": ("{ X=$(echo A=1); } >> $GITHUB_ENV", {}),
    "in another shell": ("bash -c 'echo A=1 >> $GITHUB_ENV'", {"A": "1"}),
}


@pytest.mark.parametrize(("text", "expected"), PUBLISHED.values(), ids=PUBLISHED)
def test_published(text: str, expected: dict[str, str]) -> None:
    after = run(text)[1]
    assert {name: setting.value for name, setting in after.published.items()} == expected
    assert after.env == {}


def test_published_adds_to_earlier_ones_and_names_its_place() -> None:
    begin = state()._replace(published={"A": Setting("A", "1")})
    after = run("cat <<EOF >> $GITHUB_ENV\n  \nB=2\nEOF", begin)[1]
    assert {name: setting.value for name, setting in after.published.items()} == {"A": "1", "B": "2"}
    where = after.published["B"].where
    assert where is not None
    assert where.text == "B=2"
    assert begin.published.keys() == {"A"}


def test_the_next_line_of_the_same_shell() -> None:
    after = run("cd a; X=1; export Y=2; . v/bin/activate; f() { pip install $X; }; set -a")[1]
    [command] = run("f", after)[0]
    assert lines([command]) == ["pip install 1"]
    assert (command.cwd, command.virtualenv, command.env["Y"].value) == ("$WORKSPACE/a", "$WORKSPACE/a/v", "2")
    assert command.where.text == "pip install $X"


def test_the_state_at_the_beginning_is_not_changed() -> None:
    begin = state(A="1")
    run("export A=2; B=3; f() { a; }; echo C=1 >> $GITHUB_ENV", begin)
    assert begin == state(A="1")


def test_order_counts_on_and_stays_in_the_step() -> None:
    found = run("for x in a b; do c; d $x; done; e\n" + "f\n" * 1500)[0]
    orders = [command.order for command in found]
    assert orders[0] == 3000
    assert orders == sorted(orders)
    assert len(set(orders[:900])) == 900
    assert orders[-1] == 3999


def test_user_and_home_of_the_state() -> None:
    source = Source("x", "pip install x")
    text = MappedText.of(source, 0, 13)
    begin = ShellState({}, "/app", "root", "/root", "/venv")
    [command] = commands.read(text, begin, shell="sh", order=0)[0]
    assert (command.cwd, command.user, command.home, command.virtualenv) == ("/app", "root", "/root", "/venv")


SPANS = {
    "words of the command": ("a; pip  install\tx  ; b", "pip  install\tx"),
    "prefix": ("A=b pip install x", "A=b pip install x"),
    "trailing redirection": ("pip install x > log 2>&1", "pip install x"),
    "inner redirection": ("pip 2>&1 install x", "pip 2>&1 install x"),
    "wrappers": ("a && sudo -H env A=b pip install x || c", "sudo -H env A=b pip install x"),
    "continuation": ("pip install \\\n  x", "pip install \\\n  x"),
    "another shell": ("bash -c 'a && pip install x'", "pip install x"),
    "another shell in double quotes": ('bash -c "pip install \\"x\\" && a"', 'pip install \\"x\\"'),
    "another shell in another": ("""sudo bash -c "sh -c 'pip install x; a'" """, "pip install x"),
    "another shell with a variable": ('X=1; bash -c "a; pip install $X; b"', "pip install $X"),
    "eval of several words": ("eval pip install x", "pip install x"),
    "eval with a quoted word": ("eval pip 'install x; a'", "pip 'install x"),
    "here-document of a shell": ("bash <<'EOF'\na\npip install x\nEOF", "pip install x"),
    "here-document of a shell with expansion": ("bash <<EOF\npip install \\$x $y\nEOF", "pip install \\$x $y"),
    "here-string of a shell": ("bash <<< 'a; pip install x'", "pip install x"),
    "call of a function that runs its arguments": ('r() { "$@"; }; a; r pip install x', "r pip install x"),
    "function": ("i() { pip install x; }; i", "pip install x"),
    "substitution": ('a "$(pip install x)"', "pip install x"),
    "container": ("docker run img sh -c 'a; pip install x'", "pip install x"),
}


@pytest.mark.parametrize(("text", "expected"), SPANS.values(), ids=SPANS)
def test_span(text: str, expected: str) -> None:
    assert only(text).where.text == expected


def test_spans_through_a_mapping() -> None:
    """A folded scalar: what the shell sees as one line stands on two."""
    file = "run: >-\n  bash -c 'pip\n  install x; a'\n"
    source = Source("ci.yml", file)
    line = file.index("bash")
    fold = file.index("\n", line)
    pieces = [
        Piece(0, line, fold, True),
        Piece(fold - line, fold, fold + 3, False),
        Piece(fold - line + 1, fold + 3, len(file) - 1, True),
    ]
    text = MappedText(source, "bash -c 'pip install x; a'", pieces)
    found = commands.read(text, state(), shell="bash", order=0)[0]
    assert [command.where.text for command in found] == ["pip\n  install x", "a"]
    assert [command.shown for command in found] == ["pip install x", "a"]
    assert found[0].where_of(found[0].words[2]).text == "x"


def test_place_of_a_word() -> None:
    command = only("A='b c'; pip install -r 'x y'.txt $A")
    assert [(word.text, command.where_of(word).text) for word in command.words[2:]] == [
        ("-r", "-r"),
        ("x y.txt", "'x y'.txt"),
        ("b", "$A"),
        ("c", "$A"),
    ]
    assert [word.quoted for word in command.words] == [False, False, False, True, False, False]


@pytest.mark.parametrize("shell", ["python", "perl {0}", "node", UNKNOWN])
def test_shell_that_is_not_read(shell: str) -> None:
    found, after = run("pip install x", shell=shell)
    assert found == []
    assert after == state()
    assert commands.kind(shell) == ""


@pytest.mark.parametrize("shell", ["", "sh", "bash", "/bin/bash", "bash -l {0}", "zsh", "dash", "ksh", "busybox"])
def test_shell_that_is_read(shell: str) -> None:
    assert lines(run("pip install x", shell=shell)[0]) == ["pip install x"]


POWERSHELL = {
    "list": ("a; b\nc && d", ["a", "b", "c", "d"]),
    "call operator": ('& "C:\\a b\\pip.exe" install x', ["C:\\a b\\pip.exe install x"]),
    "continuation": ("pip install `\n  x", ["pip install x"]),
    "variable": ("$x = 'a'; pip install $x $y", ["pip install a ?"]),
    "variable of the environment": ('$env:A = "1"; pip install "$env:A/$env:B"', ["pip install 1/?"]),
    "body of if": ("if ($a) { pip install x } else { b }", ["pip install x", "b"]),
    "home": ('a "$HOME\\x" "$env:USERPROFILE"', [f"a {HOME}\\x {HOME}"]),
    "another shell": ("bash -c 'a; b'", ["a", "b"]),
    "cmd": ('cmd /c "a & b"', ["a", "b"]),
}


@pytest.mark.parametrize(("text", "expected"), POWERSHELL.values(), ids=POWERSHELL)
def test_powershell(text: str, expected: list[str]) -> None:
    assert lines(run(text, shell="pwsh")[0]) == expected


def test_powershell_state() -> None:
    text = "Pop-Location\nx\ncd $PSScriptRoot/..\nPush-Location b\nPop-Location\ny"
    assert [command.cwd for command in run(text, shell="pwsh")[0]] == [UNKNOWN, UNKNOWN + "/.."]
    text = "cd a\n$env:A = '1'\n.venv\\Scripts\\Activate.ps1\nif ($x) { $env:B = '2'; b }\nc"
    *_, inner, last = run(text, shell="powershell")[0]
    assert (last.cwd, last.virtualenv) == ("$WORKSPACE/a", "$WORKSPACE/a/.venv")
    assert {name: setting.value for name, setting in last.env.items()} == {"A": "1", "B": UNKNOWN}
    assert (inner.conditional, last.conditional) == (True, False)


POWERSHELL_PUBLISHED = {
    "redirected string": ('"A=1" >> $env:GITHUB_ENV', {"A": "1"}),
    "echo": ("echo 'A=1' >> $env:GITHUB_ENV", {"A": "1"}),
    "out-file": ('"A=$env:X" | Out-File -FilePath $env:GITHUB_ENV -Append', {"A": "7"}),
    "out-file of another": ('"A=1" | Out-File x.txt', {}),
    "add-content": ('Add-Content -Path $env:GITHUB_ENV -Value "A=1"', {"A": "1"}),
    "on a condition": ('if ($a) { "A=1" >> $env:GITHUB_ENV }\n"B=2" >> $env:GITHUB_ENV', {"A": UNKNOWN, "B": "2"}),
    "path": ('"C:/v/Scripts" >> $env:GITHUB_PATH', {"PATH": "C:/v/Scripts:" + UNKNOWN}),
}


@pytest.mark.parametrize(("text", "expected"), POWERSHELL_PUBLISHED.values(), ids=POWERSHELL_PUBLISHED)
def test_powershell_published(text: str, expected: dict[str, str]) -> None:
    after = run(text, state(X="7"), shell="pwsh")[1]
    assert {name: setting.value for name, setting in after.published.items()} == expected


def test_cmd() -> None:
    text = (
        "set A=%CD%\\c\r\ncall venv\\Scripts\\activate.bat\r\n"
        "pip install x && pip install %P% & cd /d d\r\nif exist y pip install y\r\necho B=2>> %GITHUB_ENV%\r\n"
    )
    found, after = run(text, shell="cmd")
    assert lines(found)[:3] == ["pip install x", "pip install ?", "pip install y"]
    assert [command.conditional for command in found[:3]] == [False, False, True]
    assert found[0].env["A"].value == "$WORKSPACE\\c"
    assert found[0].virtualenv == "$WORKSPACE/venv"
    assert [command.cwd for command in found[1:3]] == ["$WORKSPACE", "$WORKSPACE/d"]
    assert {name: setting.value for name, setting in after.published.items()} == {"B": "2"}
    assert found[1].where.text == "pip install %P%"


def test_the_same_text_is_read_in_another_state() -> None:
    text = "pip install $A"
    assert [read(text, A=value) for value in ("1", "2")] == [["pip install 1"], ["pip install 2"]]


def _steps(text: str) -> int:
    """Count the commands, words and copied variables that following a text takes."""
    source = Source("x", text)
    mapped = MappedText.of(source, 0, len(text))
    allowance = Allowance()
    before = allowance.copies + allowance.repeats
    interpreter = Interpreter(Scope({}, {}, allowance), {}, {}, mapped, 0)
    interpreter.run(mapped)
    used = before - max(allowance.copies, 0) - max(allowance.repeats, 0)
    return used + sum(len(command.words) + 1 for command in interpreter.commands)


@pytest.mark.parametrize(
    "unit",
    [
        "export A%d=1; a\n",
        "B%d=1 a\n",
        "if a; then export A%d=1; fi\n",
        "f%d() { a; }; f%d; f%d\n",
        "for x in 1 2 3 4 5 6 7 8; do a $x; done #%d\n",
        "bash -c 'a; b' #%d\n",
        "sudo env A%d=1 a\n",
    ],
)
def test_long_texts_cost_no_more_than_their_length(unit: str) -> None:
    def text(count: int) -> str:
        return "".join(unit.replace("%d", str(number)) for number in range(count))

    short, long = _steps(text(500)), _steps(text(4000))
    assert long <= max(20 * short, 500_000)


def test_loops_in_loops_end() -> None:
    text = "for a in 1 2 3 4 5 6 7 8; do " * 12 + "x $a; " + "done; " * 12
    assert 0 < len(run(text)[0]) < 100_000


def test_functions_that_call_functions_end() -> None:
    text = "f0() { a; }\n" + "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }}\n" for n in range(1, 24)) + "f23"
    assert read(text) == ["a"]


def test_deep_nesting_ends() -> None:
    assert run("$(" * 300 + "a" + ")" * 300)[0] is not None
    assert run("bash -c " * 300 + "a")[0] is not None
    assert run("sudo " * 5000 + "a")[0] is not None
    text = "a"
    for _ in range(6):
        text = "bash -c " + "'" + text.replace("'", "'\\''") + "'"
    assert run(text)[0] is not None


def test_a_tilde_is_the_home_directory() -> None:
    assert read("~/bin/pip install ~/x a~b '~/y'") == [f"{HOME}/bin/pip install {HOME}/x a~b ~/y"]


def test_words_beyond_the_deepest_nesting_are_not_known() -> None:
    found = run("if " * 60 + "pip install x")[0]
    assert [word.text for command in found for word in command.words] == [UNKNOWN]


NAMES = st.sampled_from(["A", "B", "PIP_CACHE_DIR", "HOME", "PATH", "PWD", "GITHUB_ENV", "x"])
PLAIN = st.sampled_from(
    [
        "a",
        "b",
        "-c",
        "-r",
        "-m",
        "--",
        "-",
        "x=1",
        "~/v",
        "./v/bin/activate",
        "*.txt",
        "{a,b}",
        "{}",
        "1",
        "EOF",
        "+",
        "\\;",
    ]
)
PROGRAMS = st.sampled_from(
    [
        *"pip cd export unset set source . eval bash sh sudo env xargs find uv poetry conda hatch docker".split(),
        *"time timeout retry exec command echo printf cat tee f g pushd popd read shift exit return kubectl".split(),
        *"ssh su run exec install activate deactivate pwsh cmd nix-shell script doas gosu parallel local".split(),
    ]
)


def _words(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        PLAIN,
        PROGRAMS,
        NAMES.map("${}".format),
        NAMES.map('"${}"'.format),
        NAMES.map("${{{}:-d}}".format),
        st.sampled_from(['"$@"', "$1", "$*", UNKNOWN, "'a b'", '"a  b"', "é", "$'\\n'"]),
        inner.map(lambda text: f"$({text})"),
        inner.map(lambda text: "'" + text.replace("'", "") + "'"),
        inner.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    )


def _commands(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    words = st.lists(_words(inner), min_size=1, max_size=5).map(" ".join)
    simple = st.tuples(
        st.sampled_from(["", "", "A=1 ", "B=$A ", "C=(a b) "]),
        PROGRAMS,
        words,
        st.sampled_from(["", "", " >> $GITHUB_ENV", " >> $GITHUB_PATH", " 2>&1", " <<< 'pip install x'", " &"]),
    ).map(lambda parts: f"{parts[0]}{parts[1]} {parts[2]}{parts[3]}")
    two = st.tuples(inner, inner)
    return st.one_of(
        simple,
        simple,
        two.map("{0[0]}\n{0[1]}".format),
        two.map("{0[0]} && {0[1]}".format),
        two.map("{0[0]} || {0[1]}".format),
        two.map("{0[0]} | {0[1]}".format),
        two.map("if {0[0]}\nthen {0[1]}\nfi".format),
        two.map("while {0[0]}\ndo {0[1]}\ndone".format),
        two.map("for x in a b\ndo {0[0]}\n{0[1]} $x\ndone >> $GITHUB_ENV".format),
        two.map("f() {{\n{0[0]}\n}}\n{0[1]}\nf a b".format),
        two.map('g() {{ sudo "$@"\n}}\ng {0[0]}\n{0[1]}'.format),
        inner.map("(\n{}\n)".format),
        inner.map("{{\n{}\n}} >> $GITHUB_ENV".format),
        inner.map("case $A in a) {}\n;; *) b ;; esac".format),
        inner.map("bash <<EOF\n{}\nEOF".format),
        inner.map("ssh h <<'EOF'\n{}\nEOF".format),
        inner.map("cat <<EOF >> $GITHUB_ENV\nA={}\nEOF".format),
    )


SCRIPTS = st.recursive(
    st.sampled_from(["pip install x", "a", "A=1", "export B=$A", "cd v", ""]), _commands, max_leaves=8
)


def _mutated(text: str, cut: int, drop: int, insert: str) -> str:
    at = cut % (len(text) + 1)
    return text[:at] + insert + text[at + drop :]


def _check(text: str, shell: str) -> None:
    prefix = "run: |\n"
    source = Source("ci.yml", prefix + text + "\n")
    begin = state(A="1")
    found, after = commands.read(
        MappedText.of(source, len(prefix), len(prefix) + len(text)), begin, shell=shell, order=0
    )
    for command in found:
        assert command.words
        assert len(prefix) <= command.where.start <= command.where.end <= len(prefix) + len(text)
        assert 0 <= command.start <= command.end <= len(command.text.text)
        for word in command.words:
            where = command.where_of(word)
            assert len(prefix) <= where.start <= where.end <= len(prefix) + len(text)
        for name, setting in command.env.items():
            assert setting.name == name
            assert setting.where is None or 0 <= setting.where.start <= setting.where.end <= len(source.text)
    assert begin == state(A="1")
    commands.read(MappedText.of(source, len(prefix), len(prefix) + len(text)), after, shell=shell, order=1000)


@settings(max_examples=300, deadline=None)
@given(
    SCRIPTS,
    st.integers(0, 10_000),
    st.integers(0, 3),
    st.sampled_from(["", "'", '"', "$(", ")", "\\", "\n", "{", "}", "\0"]),
)
def test_any_script_is_read(text: str, cut: int, drop: int, insert: str) -> None:
    _check(text, "bash")
    _check(_mutated(text, cut, drop, insert), "bash")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("pip install x", "$env:A = ", "$x", '"A=$x"', " >> $env:GITHUB_ENV", "if ($a) ", "{", "}", "(", ")"),
                *("cd a", "set A=", "%A%", "^", "`", "\n", "; ", " & ", "&&", "echo A=1", ">> %GITHUB_ENV%", "'", '"'),
                *("popd", ". v\\Scripts\\activate", "Add-Content $env:GITHUB_ENV 'A=1'", "| Out-File $env:GITHUB_ENV"),
            ]
        ),
        max_size=25,
    ).map("".join),
    st.sampled_from(["pwsh", "cmd"]),
)
def test_any_windows_script_is_read(text: str, shell: str) -> None:
    _check(text, shell)

"""Tests for the tree that shell text is read into."""

import pytest

from ci_audit.source import UNKNOWN
from ci_audit.syntax.shell import (
    AndOr,
    Case,
    Function,
    Group,
    If,
    Loop,
    Pipeline,
    Quoted,
    Script,
    Simple,
    Subshell,
    Substitution,
    Test,
    Variable,
    Word,
    as_assignment,
    parse,
    simple_commands,
)


def commands(text: str) -> list[str]:
    """Give the text of every simple command in order of execution."""
    return [text[simple.start : simple.end] for simple, _ in simple_commands(parse(text))]


def clean(text: str) -> Script:
    script = parse(text)
    assert script.errors == []
    return script


def only(text: str) -> Simple:
    """Parse a text that holds one simple command."""
    (node,) = clean(text).statements
    assert isinstance(node, Simple)
    return node


def literals(simple: Simple) -> list[str | None]:
    return [word.literal for word in simple.words]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("pip install -r r.txt", ["pip", "install", "-r", "r.txt"], id="plain"),
        pytest.param("  \t echo  a\tb  ", ["echo", "a", "b"], id="blanks"),
        pytest.param("echo 'a b' \"c d\" e\\ f", ["echo", "a b", "c d", "e f"], id="quotes"),
        pytest.param("echo a'b'\"c\"\\d", ["echo", "abcd"], id="glued"),
        pytest.param("echo '' \"\"", ["echo", "", ""], id="empty"),
        pytest.param('echo "a\\"b\\$c\\`d\\\\e\\f"', ["echo", 'a"b$c`d\\e\\f'], id="escapes-in-double"),
        pytest.param("echo 'a\\'", ["echo", "a\\"], id="no-escape-in-single"),
        pytest.param(r"echo $'a\tb\x41\101\u00e9\'\q\cA'", ["echo", "a\tbAAé'\\q\x01"], id="ansi"),
        pytest.param("echo $'a\\0b\\U99999999'", ["echo", "ab�"], id="ansi-odd-codes"),
        pytest.param('echo $"hello"', ["echo", "hello"], id="translated"),
        pytest.param('echo "x:$" y', ["echo", "x:$", "y"], id="dollar-before-closing-quote"),
        pytest.param("echo $ a$ $%", ["echo", "$", "a$", "$%"], id="lone-dollars"),
        pytest.param("echo a#b # c", ["echo", "a#b"], id="comment"),
        pytest.param("pip \\\n  install \\\n  x", ["pip", "install", "x"], id="continuations"),
        pytest.param("pip inst\\\nall x", ["pip", "install", "x"], id="continuation-in-word"),
        pytest.param('echo "a\\\nb"', ["echo", "ab"], id="continuation-in-quotes"),
        pytest.param("pip \\\r\n  install x\\\r\ny\r\n", ["pip", "install", "xy"], id="crlf-continuations"),
        pytest.param("echo 'a\r\nb'\r\n", ["echo", "a\nb"], id="crlf-in-quotes"),
        pytest.param("echo a\\", ["echo", "a\\"], id="backslash-at-the-end"),
        pytest.param("echo a\rb", ["echo", "a\rb"], id="lone-carriage-return"),
        pytest.param(
            "echo if then fi { } ! [[ time", ["echo", *"if then fi { } ! [[ time".split()], id="words-not-reserved"
        ),
        pytest.param("echo @(a|b) x", ["echo", "@(a|b)", "x"], id="extended-glob"),
        pytest.param("time pip install x", ["pip", "install", "x"], id="time"),
        pytest.param("time -p pip install x", ["pip", "install", "x"], id="time-p"),
        pytest.param("time -v pip install x", ["time", "-v", "pip", "install", "x"], id="time-program"),
        pytest.param("coproc cat x", ["cat", "x"], id="coproc"),
        pytest.param("echo a=b --x=y", ["echo", "a=b", "--x=y"], id="assignments-are-arguments"),
        pytest.param(
            "find . -name x -exec rm {} +", ["find", ".", "-name", "x", "-exec", "rm", "{}", "+"], id="braces"
        ),
    ],
)
def test_words_of_one_command(text: str, values: list[str]) -> None:
    assert literals(only(text)) == values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a; b\nc & d\r\ne", ["a", "b", "c", "d", "e"]),
        ("a && b || c\nd &&\n  # why\n e", ["a", "b", "c", "d", "e"]),
        ("a | b |& c |\n d", ["a", "b", "c", "d"]),
        ("if a; then b; elif c; then d; else e; fi; f", ["a", "b", "c", "d", "e", "f"]),
        ("if a\nthen\n b\nfi >x | c", ["a", "b", "c"]),
        ("if(a)then(b)fi", ["a", "b"]),
        ("if a;then b;fi&&c", ["a", "b", "c"]),
        ("for i in x y; do a $i; done; b", ["a $i", "b"]),
        ("for i\ndo a; done", ["a"]),
        ("for i in $(a)\ndo b; done", ["a", "b"]),
        ("for ((i=0; i<3; i++)); do a; done", ["a"]),
        ("for i in x; { a; }", ["a"]),
        ("select i in x y; do a; done", ["a"]),
        ("while a; do b; done < f; c", ["a", "b", "c"]),
        ("until a\ndo b\ndone", ["a", "b"]),
        ("case $x in a) b;; (c|d) e ;& f) g ;;& *) h\nesac; i", ["b", "e", "g", "h", "i"]),
        ("case x in esac; a", ["a"]),
        ("case $(a) in\n  'x y') b ;;\n\n  # no\n  *.z)\n;;\nesac", ["a", "b"]),
        ("(a; b) && { c; d; }", ["a", "b", "c", "d"]),
        ("( (a) )", ["a"]),
        ("((a)); ((x = $(b)))", ["b"]),
        ("((a); (b))", ["a", "b"]),
        ("[[ -n $(a) && ( x == y* || $z =~ ^(a|b)$ ) ]] && b", ["a", "b"]),
        ("[[ a\n&& b ]]; c", ["c"]),
        ("[ -f x ] && a", ["[ -f x ]", "a"]),
        ("f() { a; }; function g { b; }; function h() (c)", ["a", "b", "c"]),
        ("f ()\n{\n a\n}\nf", ["a", "f"]),
        ("! a; ! ! b; !(c)", ["a", "b", "c"]),
        ("coproc N { a; }; b", ["a", "b"]),
        ('echo "$(a "$(b "x")" "y")" z', ['b "x"', 'a "$(b "x")" "y"', 'echo "$(a "$(b "x")" "y")" z']),
        ("echo $(case x in a) b;; esac) c", ["b", "echo $(case x in a) b;; esac) c"]),
        ("echo $(a # it's )\n) b", ["a", "echo $(a # it's )\n) b"]),
        ('echo `a` "`b`"', ["a", "b", 'echo `a` "`b`"']),
        ("diff <(a) >(b)", ["a", "b", "diff <(a) >(b)"]),
        ("x=$(a) b", ["a", "x=$(a) b"]),
        ("echo $((1 + $(a))) $[2+$(b)]", ["a", "b", "echo $((1 + $(a))) $[2+$(b)]"]),
        ("echo $((a) | b)", ["a", "b", "echo $((a) | b)"]),
        ('echo ${x:-$(a)} "${y:+"$(b)"}"', ["a", "b", 'echo ${x:-$(a)} "${y:+"$(b)"}"']),
        ("a=(x $(b) # c\n y); d", ["b", "a=(x $(b) # c\n y)", "d"]),
        ("a > $(b)", ["b", "a"]),
        ("if a; then b; fi 2> $(c)", ["c", "a", "b"]),
    ],
)
def test_commands_of_a_script(text: str, found: list[str]) -> None:
    clean(text)
    assert commands(text) == found


def test_span_of_a_simple_command() -> None:
    text = ">a X=1 Y+=2 >b pip 2>&1 install x >c 2>d # e"
    simple = only(text)
    assert text[simple.start : simple.end] == "X=1 Y+=2 >b pip 2>&1 install x"
    assert [(a.name, a.op, a.value.literal) for a in simple.assignments] == [("X", "=", "1"), ("Y", "+=", "2")]
    assert literals(simple) == ["pip", "install", "x"]
    assert len(simple.redirects) == 5


def test_span_without_words() -> None:
    text = " X='a b' >f ;"
    simple = only(text)
    assert text[simple.start : simple.end] == "X='a b'"
    text = " >f 2>g ;"
    simple = only(text)
    assert text[simple.start : simple.end] == ">f 2>g"


@pytest.mark.parametrize(
    ("written", "fd", "op", "target"),
    [
        (">f", None, ">", "f"),
        ("2> f", 2, ">", "f"),
        (">>f", None, ">>", "f"),
        ("2>&1", 2, ">&", "1"),
        (">&2", None, ">&", "2"),
        (">&-", None, ">&", "-"),
        ("&>f", None, "&>", "f"),
        ("&>>f", None, "&>>", "f"),
        (">|f", None, ">|", "f"),
        ("<f", None, "<", "f"),
        ("3<>f", 3, "<>", "f"),
        ("<&3", None, "<&", "3"),
        ("<<<'a b'", None, "<<<", "a b"),
    ],
)
def test_redirections(written: str, fd: int | None, op: str, target: str) -> None:
    text = f"a {written} b"
    simple = only(text)
    (redirect,) = simple.redirects
    assert text[redirect.start : redirect.end] == written
    assert redirect.target is not None
    assert (redirect.fd, redirect.op, redirect.target.literal) == (fd, op, target)
    assert literals(simple) == ["a", "b"]


def test_digits_glued_to_a_word_are_no_descriptor() -> None:
    simple = only("python3<f a2>g")
    assert literals(simple) == ["python3", "a2"]
    assert [redirect.fd for redirect in simple.redirects] == [None, None]


def test_nodes() -> None:
    text = (
        "! a | b\n"
        "c && d || e &\n"
        "(f) >x\n"
        "{ g; }\n"
        "if h; then i; else j; fi\n"
        "for k in l 'm n'; do o; done\n"
        "while p; do q; done\n"
        "case $r in s|'t u') v;; esac\n"
        "w() { x; }\n"
        "[[ $y == z ]]\n"
    )
    pipeline, and_or, subshell, group, branch, loop, other, case, function, test = clean(text).statements
    lines = text.splitlines()
    assert isinstance(pipeline, Pipeline)
    assert pipeline.negated
    assert len(pipeline.commands) == 2
    assert isinstance(and_or, AndOr)
    assert [op for op, _ in and_or.items] == ["", "&&", "||"]
    assert and_or.background
    assert not pipeline.background
    assert isinstance(subshell, Subshell)
    assert len(subshell.redirects) == 1
    assert isinstance(group, Group)
    assert isinstance(branch, If)
    assert len(branch.branches) == 1
    assert branch.otherwise is not None
    assert isinstance(loop, Loop)
    assert (loop.kind, loop.variable) == ("for", "k")
    assert [word.literal for word in loop.words or ()] == ["l", "m n"]
    assert isinstance(other, Loop)
    assert (other.kind, other.words) == ("while", None)
    assert isinstance(case, Case)
    assert [[word.literal for word in patterns] for patterns, _ in case.arms] == [["s", "t u"]]
    assert isinstance(function, Function)
    assert function.name == "w"
    assert isinstance(test, Test)
    assert [text[word.start : word.end] for word in test.words] == ["$y", "==", "z"]
    ends = [" &", " >x"]
    for node, line in zip(clean(text).statements, lines, strict=True):
        assert text[node.start : node.end] == line.removesuffix(ends[0]).removesuffix(ends[1])


def test_tabs_before_expansions_in_a_heredoc() -> None:
    text = "cat <<-E\r\n\t$X\tb\r\n\t\tc\r\n\tE\r\na"
    assert commands(text) == ["cat", "a"]
    cat = clean(text).statements[0]
    assert isinstance(cat, Simple)
    heredoc = cat.redirects[0].heredoc
    assert heredoc is not None
    assert heredoc.body is not None
    assert heredoc.body.pieces()[0] == "\0\tb\nc\n"


def test_heredocs_of_one_line() -> None:
    text = "cat <<A <<-'B' | sort; ls\na $X\nA\n\tb $Y\n\t\tc\n\tB\nend"
    assert commands(text) == ["cat", "sort", "ls", "end"]
    (pipeline, _, _) = clean(text).statements
    assert isinstance(pipeline, Pipeline)
    cat = pipeline.commands[0]
    assert isinstance(cat, Simple)
    first, second = (redirect.heredoc for redirect in cat.redirects)
    assert first is not None
    assert second is not None
    assert first.body is not None
    assert second.body is not None
    assert (first.quoted, text[first.start : first.end]) == (False, "a $X\n")
    assert first.body.literal is None
    assert (second.quoted, text[second.start : second.end]) == (True, "\tb $Y\n\t\tc\n")
    assert second.body.literal == "b $Y\nc\n"


@pytest.mark.parametrize(
    ("text", "found", "body"),
    [
        ("cat <<E\npip install no\nE\na", ["cat", "a"], "pip install no\n"),
        ("cat <<E &&\nx\nE\na", ["cat", "a"], "x\n"),
        ("cat <<E |\nx\nE\na", ["cat", "a"], "x\n"),
        ("x=$(cat <<E\nit's\nE\n); a", ["cat", "x=$(cat <<E\nit's\nE\n)", "a"], "it's\n"),
        ("x=$(cat <<E\ny\nE); a", ["cat", "x=$(cat <<E\ny\nE)", "a"], "y\n"),
        ("cat <<E\r\nx\r\nE\r\na", ["cat", "a"], "x\n"),
        ("if cat <<E; then\nx\nE\na; fi", ["cat", "a"], "x\n"),
        ("cat <<''\nx\n\na", ["cat", "a"], "x\n"),
        ('cat <<"E F"\nx\nE F\na', ["cat", "a"], "x\n"),
        ("cat <<E\n$(a) `b`\nE\nc", ["a", "b", "cat", "c"], None),
        ("cat <<'E'\n$(a) `b` \\$\nE\nc", ["cat", "c"], "$(a) `b` \\$\n"),
        ('cat <<E\na\\\nb \\$x "q\\"\nE\nc', ["cat", "c"], 'ab $x "q\\"\n'),
        ("cat <<E # x\ny\nE\nc", ["cat", "c"], "y\n"),
    ],
)
def test_heredocs(text: str, found: list[str], body: str | None) -> None:
    clean(text)
    assert commands(text) == found
    (heredoc,) = [redirect.heredoc for simple, _ in simple_commands(parse(text)) for redirect in simple.redirects]
    assert heredoc is not None
    assert heredoc.body is not None
    assert heredoc.body.literal == body


def test_arrays() -> None:
    simple = only("arr=(a 'b c' $X) other+=(d)")
    first, second = simple.assignments
    assert first.elements is not None
    assert [word.literal for word in first.elements] == ["a", "b c", None]
    assert (second.name, second.op) == ("other", "+=")
    assert only("a[1]=x").assignments[0].name == "a[1]"
    assert only("X=y").assignments[0].elements is None
    simple = only("declare -a arr=(a b) c")
    assert [simple.words[0].literal, simple.words[1].literal, simple.words[3].literal] == ["declare", "-a", "c"]
    declared = as_assignment(simple.words[2])
    assert declared is not None
    assert [word.literal for word in declared.elements or ()] == ["a", "b"]


def test_arguments_that_assign() -> None:
    text = 'export A=b B="x y" C=$D e=\'"\' --f=g PATH+=:/x "Q=r" h'
    found = [as_assignment(word) for word in only(text).words]
    assert [(a.name, a.op, a.value.literal, text[a.value.start : a.value.end]) for a in found if a is not None] == [
        ("A", "=", "b", "b"),
        ("B", "=", "x y", '"x y"'),
        ("C", "=", None, "$D"),
        ("e", "=", '"', "'\"'"),
        ("PATH", "+=", ":/x", ":/x"),
    ]


@pytest.mark.parametrize(
    ("written", "name", "op", "argument"),
    [
        ("$x", "x", "", None),
        ("$1", "1", "", None),
        ("$@", "@", "", None),
        ("$?", "?", "", None),
        ("${x}", "x", "", None),
        ("${10}", "10", "", None),
        ("${a[@]}", "a[@]", "", None),
        ("${#x}", "x", "length", None),
        ("${#a[@]}", "a[@]", "length", None),
        ("${#}", "#", "", None),
        ("${!x}", "x", "indirect", None),
        ("${x:-a b}", "x", ":-", "a b"),
        ("${x-'a}'}", "x", "-", "a}"),
        ("${x:=a}", "x", ":=", "a"),
        ("${x:+\\}}", "x", ":+", "}"),
        ("${x:?no}", "x", ":?", "no"),
        ("${x%%.*}", "x", "%%", ".*"),
        ("${x##*/}", "x", "##", "*/"),
        ("${x//a/b}", "x", "//", "a/b"),
        ("${x:1:2}", "x", ":", "1:2"),
        ("${x^^}", "x", "^^", ""),
        ("${x@Q}", "x", "@", "Q"),
        ("${{ x }", "", "bad", "{ x "),
    ],
)
def test_variables(written: str, name: str, op: str, argument: str | None) -> None:
    (word,) = only(f"echo {written}").words[1:]
    (part,) = word.parts
    assert isinstance(part, Variable)
    assert (part.name, part.op) == (name, op)
    assert (part.argument.literal if part.argument is not None else None) == argument
    assert (part.start, part.end) == (5, 5 + len(written))


def test_quotes_inside_a_quoted_expansion() -> None:
    (word,) = only("echo \"${x:-'a'}\"").words[1:]
    quoted = word.parts[0]
    assert isinstance(quoted, Quoted)
    variable = quoted.parts[0]
    assert isinstance(variable, Variable)
    assert variable.argument is not None
    assert variable.argument.literal == "'a'"
    (word,) = only("echo \"${x#'a'}\"").words[1:]
    quoted = word.parts[0]
    assert isinstance(quoted, Quoted)
    variable = quoted.parts[0]
    assert isinstance(variable, Variable)
    assert variable.argument is not None
    assert variable.argument.literal == "a"


def test_backticks_with_a_level_of_backslashes() -> None:
    text = 'echo "`a \\`b \\$X\\` \\"c d\\" e`" f'
    assert commands(text) == ["b \\$X", 'a \\`b \\$X\\` \\"c d\\" e', text]
    inner = [simple for simple, _ in simple_commands(clean(text))][1]
    assert [text[word.start : word.end] for word in inner.words] == ["a", "\\`b \\$X\\`", '\\"c d\\"', "e"]
    assert inner.words[2].literal == "c d"


def test_errors_in_backticks_have_their_place() -> None:
    text = "echo `a \\\\\\\\ \\`b`"
    assert [offset for offset, _ in parse(text).errors] == [text.index("\\`b")]


def test_unknown_stretches() -> None:
    u = UNKNOWN * 8
    text = f"pip install {u} \"a{u}b\" '{u}' x{u}=y {u}\n{u}"
    simple, last = clean(text).statements
    assert isinstance(simple, Simple)
    assert isinstance(last, Simple)
    assert literals(simple) == ["pip", "install", None, None, None, None, None]
    assert [word.pieces()[0] for word in simple.words[2:]] == ["\0", "a\0b", "\0", "x\0=y", "\0"]
    assert last.words[0].literal is None


def test_glob() -> None:
    text = "echo *.whl a? x[1] {a,b} ~/x '*' \\* \"?\" a~ [ {} plain"
    assert [text[word.start : word.end] for word in only(text).words if word.glob] == [
        "*.whl",
        "a?",
        "x[1]",
        "{a,b}",
        "~/x",
    ]


def test_parts_of_a_word() -> None:
    (word,) = only("echo a'b'$c\"d\"$(e)").words[1:]
    assert [type(part).__name__ for part in word.parts] == ["Literal", "Quoted", "Variable", "Quoted", "Substitution"]
    assert word.literal is None
    assert word.quoted
    substitution = word.parts[-1]
    assert isinstance(substitution, Substitution)
    assert substitution.kind == "$("


@pytest.mark.parametrize(
    ("text", "message", "found"),
    [
        ("a 'b\nc", "unterminated single quote", ["a 'b\nc"]),
        ('a "b\nc', "unterminated double quote", ['a "b\nc']),
        ("a $'b", "unterminated $'", ["a $'b"]),
        ("a ${b", "unterminated ${", ["a ${b"]),
        ("a $(b", "unterminated $(", ["b", "a $(b"]),
        ("a `b", "unterminated backtick", ["b", "a `b"]),
        ("a=(b", "unterminated array", ["a=(b"]),
        ("cat <<E\nb", "unterminated here-document", ["cat"]),
        ("(a", "unterminated (", ["a"]),
        ("[[ a", "unterminated [[", []),
        ("{ a", "no }", ["a"]),
        ("if a; then b", "no fi", ["a", "b"]),
        ("if a; fi; b", "no then", ["a", "b"]),
        ("while a; done; b", "no do", ["a", "b"]),
        ("for", "no variable after for", []),
        ("for ((i", "unterminated ((", []),
        ("case", "no in", []),
        ("case a b", "no in", ["b"]),
        ("case a in ;", "no pattern", []),
        ("cat <<\na", "no target after <<", ["cat", "a"]),
        ("case a in b", "no ) after a pattern", []),
        ("a &&", "no command after &&", ["a"]),
        ("a |", "no command after |", ["a"]),
        ("a >", "no target after >", ["a"]),
        ("a; fi; b", "unexpected fi", ["a", "b"]),
        ("a) b", "unexpected )", ["a", "b"]),
        ("a ;; b", "unexpected ;;", ["a", "b"]),
        ("a (b) c", "unexpected (", ["a (b", "c"]),
        ("a=(b ; c)", "unexpected character in an array", ["a=(b ; c)"]),
        ("function", "no name after function", ["function"]),
        ("f()", "no body of a function", []),
    ],
)
def test_errors(text: str, message: str, found: list[str]) -> None:
    assert message in [error for _, error in parse(text).errors]
    assert commands(text) == found


@pytest.mark.parametrize(
    "opener", ["$(", "(", "{ ", "if ", "while ", "${a:-", '"$(', "`", "f() ", "a=(", "$((1+", "[[ $("]
)
def test_deep_nesting_ends_in_the_unknown(opener: str) -> None:
    script = parse("echo before\n" + opener * 5000 + " pip install x")
    assert isinstance(script.statements[0], Simple)
    list(simple_commands(script))


def test_nesting_below_the_limit_is_read() -> None:
    text = "$(" * 20 + "pip install x" + ")" * 20
    assert commands(text)[0] == "pip install x"
    assert "nested too deeply" in [message for _, message in parse("$(" * 60 + "pip install x" + ")" * 60).errors]
    assert "pip install x" not in commands("$(" * 60 + "pip install x" + ")" * 60)


def test_word_repr_shows_its_place() -> None:
    assert repr(Word(1, 2, "x")) == "Word(1, 2, 'x')"

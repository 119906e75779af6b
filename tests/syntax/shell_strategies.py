"""Hypothesis strategies that build shell scripts from the grammar."""

from hypothesis import strategies as st

_names = st.sampled_from(["pip", "python3", "./run.sh", "apt-get", "npm", "/usr/bin/env", "make", "uv", "echo"])
_plain = st.sampled_from(
    [
        "install",
        "-r",
        "requirements.txt",
        "a==1.0",
        "--flag=x",
        "-U",
        "foo[bar]",
        "*.whl",
        "a:b",
        "~/x",
        "1",
        "if",
        "done",
    ]
)
_variables = st.sampled_from(["$X", "${X}", "${X:-y}", "${X%.*}", "$1", "$@", "${#X}", "${A[0]}"])
_blank = st.sampled_from([" ", "  ", "\t", " \\\n  "])


def _quote_single(text: str) -> str:
    return f"'{text}'"


def _quote_double(parts: list[str]) -> str:
    return '"' + "".join(parts) + '"'


_single = st.sampled_from(["a b", "x;y", "$(no)", "", "a\nb", '"', "#", "\\"]).map(_quote_single)
_escaped = st.sampled_from(["a\\ b", "\\$X", "\\;", "x\\\\y", '\\"', "\\#"])


def words(script: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Build one word; substitutions in it hold scripts of the given strategy."""
    substitution = script.map(lambda text: f"$({text})")
    inside = st.one_of(st.sampled_from(["a b", "x;", "'", "\\$", '\\"', "(", "#"]), _variables, substitution)
    double = st.lists(inside, max_size=3).map(_quote_double)
    atom = st.one_of(_plain, _plain, _plain, _variables, _single, double, _escaped, substitution)
    glued = st.tuples(st.sampled_from(["x", "--y=", "a/"]), st.one_of(_variables, _single, double)).map("".join)
    return st.one_of(atom, atom, atom, glued)


@st.composite
def commands(draw: st.DrawFn, script: st.SearchStrategy[str]) -> str:
    """Build one simple command, perhaps with assignments and redirections."""
    word = words(script)
    pieces = draw(st.lists(st.tuples(st.sampled_from(["A=", "B_1="]), word).map("".join), max_size=2))
    pieces.append(draw(_names))
    pieces += draw(st.lists(word, max_size=4))
    pieces += draw(st.lists(st.sampled_from([">log", "2>&1", "> /dev/null", ">>log", "<in"]), max_size=2))
    text = pieces[0]
    for piece in pieces[1:]:
        text += draw(_blank) + piece
    return text


@st.composite
def _heredoc(draw: st.DrawFn, script: st.SearchStrategy[str]) -> str:
    mark = draw(st.sampled_from(["EOF", "'EOF'", '"EOF"']))
    body = draw(st.lists(st.sampled_from(["pip install no", "it's", "  x", "", "EOFX", "if"]), max_size=3))
    tail = draw(st.sampled_from(["", " | sort", " > out", " && ls -l"]))
    return f"cat <<{mark}{tail}\n" + "".join(line + "\n" for line in body) + "EOF\n"


@st.composite
def _compound(draw: st.DrawFn, script: st.SearchStrategy[str]) -> str:
    body = draw(script)
    other = draw(script)
    head = draw(commands(script))
    return draw(
        st.sampled_from(
            [
                f"if {head}; then\n  {body}\nfi",
                f"if {head}\nthen {body}\nelif {head}; then\n{other}\nelse\n{body}\nfi",
                f'for i in a "$X" c; do\n{body}\ndone',
                f"while {head}; do {body}\ndone",
                f"until {head}\ndo\n{body}\ndone > log",
                f"case $X in\n  a|b) {body}\n  ;;\n  (*) {other}\n  ;;\nesac",
                f"f() {{\n{body}\n}}",
                f"function g {{\n{body}\n}}",
                f"(\n{body}\n)",
                f"{{ {body}\n}}",
            ]
        )
    )


def _statements(script: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    command = commands(script)
    joined = st.tuples(command, st.sampled_from([" && ", " || ", " | ", " &&\n  ", " |\n", "; "]), command).map("".join)
    commented = st.tuples(command, st.sampled_from([" # it's a comment\n", "  #\n", ""])).map("".join)
    return st.one_of(command, commented, joined, _compound(script), _heredoc(script))


def _sequences(script: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(_statements(script), min_size=1, max_size=3).map("\n".join)


scripts = st.recursive(commands(st.just("ls -l")), _sequences, max_leaves=6)
"""Whole scripts, nested a few levels deep."""

"""Our reading of Dockerfiles against BuildKit's own parser, which the PyPI package `dockerfile` wraps."""

import re
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ci_audit.source import Source
from ci_audit.syntax.dockerfile import INSTRUCTIONS, Instruction, parse
from ci_audit.syntax.dockervalues import arguments, env_pairs
from ci_audit.syntax.dockerwords import quoted_words

oracle: Any = pytest.importorskip(
    "dockerfile",
    reason="the PyPI package dockerfile (BuildKit's parser) has no wheel for this Python",
    exc_type=ImportError,
)


class Seen(NamedTuple):
    keyword: str
    inner: str | None
    is_json: bool
    first_line: int
    last_line: int
    flags: tuple[str, ...]
    value: tuple[str, ...]
    heredocs: tuple[tuple[str, int, str], ...]


def ours(text: str) -> tuple[list[Seen], list[tuple[int, str]]]:
    source = Source("Dockerfile", text)
    tree = parse(source)
    seen = []
    for found in tree.instructions:
        inner = found.onbuild
        seen.append(
            Seen(
                found.keyword.lower(),
                inner.keyword.lower() if inner else None,
                (inner or found).json is not None,
                source.position(found.start).line,
                source.position(found.end).line,
                tuple(f"--{flag.name}" + ("" if flag.mapped is None else f"={flag.value}") for flag in found.flags),
                value_of(found),
                () if inner else tuple((doc.name, doc.fd, doc.body.text) for doc in found.heredocs),
            )
        )
    return seen, tree.errors


def value_of(found: Instruction) -> tuple[str, ...]:
    if found.keyword == "ONBUILD":
        return value_of(found.onbuild) if found.onbuild else ()
    if found.keyword == "HEALTHCHECK":
        kind, *rest = re.split(r"[\t\v\f\r ]+", found.args.text, maxsplit=1)
        items = rest if found.json is None else [item.text for item in found.json]
        return (kind, *items) if kind else ()
    if found.json is not None or found.keyword in ("FROM", "COPY", "ADD", "EXPOSE", "VOLUME"):
        return tuple(word.text for word in arguments(found))
    if found.keyword in ("ENV", "LABEL"):
        return tuple(part for pair in env_pairs(found) if pair.value for part in (pair.name, pair.value.text))
    if found.keyword == "ARG":
        return tuple(found.args.text[start:end] for start, end in quoted_words(found.args.text, found.escape))
    if found.keyword not in INSTRUCTIONS:
        return ("",)
    return (found.args.text,) if found.args.text else ()


def theirs(text: str) -> list[Seen] | None:
    try:
        commands = oracle.parse_string(text)
    except oracle.GoParseError:
        return None
    return [
        Seen(
            (command.cmd or "").lower(),
            command.sub_cmd.lower() if command.sub_cmd else None,
            command.json,
            command.start_line,
            command.end_line,
            # It takes the bytes of a flag for characters.
            tuple(flag.encode("latin-1").decode() for flag in command.flags),
            tuple(command.value),
            tuple((doc.name, doc.file_descriptor, doc.content) for doc in command.heredocs),
        )
        for command in commands
    ]


def assert_agreement(text: str) -> None:
    expected = theirs(text)
    seen, errors = ours(text)
    if expected is None:
        assert errors
    else:
        assert seen == expected


WORDS = r"""
pip|install|-r|requirements.txt|&&|#|#x|A=b|B=|=c|C="d e"|D='f g'|""|'|"|a\ b|a\|\\|`|``|$HOME|${A:-b c}|${A|--x|--|-
<|<<<|a<<b|{|AS|as|/app/|é|日本|.|\#|\$|x\\|'a"b'|"a'b\"c"|syntax=a|a[b]
"""
FLAGS = r"""
--mount=type=cache,target=/a|--from=b|--link|--chown="a b"|--a='b'c|--a\ b=c|--=x|"--q"|--mount=type=bind,"source=a,b"
--a=b\|--a`b|--platform=$X|--""|--\|--a="b'c"|---x
"""
ARRAYS = r"""
["a",]|[ "a" , "b" ]|['a']|["a" "b"]|["\u00e9", "\ud83d\ude00", "\ud800"]|["a", 1]|[1]|[null]|[["a"]]|["\x"]|[ -f x ]
["a"|[""]|[]|[ ]|["\/\b"]
"""


def one_of(table: str) -> st.SearchStrategy[str]:
    return st.sampled_from([entry for line in table.strip().splitlines() for entry in line.split("|")])


words = st.one_of(one_of(WORDS), st.text("abAB=\"'\\`$<#,-", min_size=1, max_size=6))
flags = st.one_of(one_of(FLAGS), st.text("ab=,\"'\\`", max_size=5).map("--{}".format))
arrays = st.one_of(
    one_of(ARRAYS),
    st.lists(st.text('ab "\\\n\té/', max_size=4), max_size=4).map(
        lambda items: "[" + ", ".join(f'"{json_text(item)}"' for item in items) + "]"
    ),
)


def json_text(text: str) -> str:
    return "".join({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}.get(ch, ch) for ch in text)


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    escape = draw(st.sampled_from(["\\", "\\", "`"]))
    lines = []
    if escape == "`":
        lines.append(
            draw(
                st.sampled_from(
                    ["# escape=`", "#escape=`  ", "  # ESCAPE = `", "# syntax=docker/dockerfile:1\n#escape=`"]
                )
            )
        )
    elif draw(st.booleans()):
        lines.append(
            draw(st.sampled_from(["# escape=\\", "# syntax=docker/dockerfile:1", "# x", "", "# check=skip=all\n# a"]))
        )
    lines.append(draw(st.sampled_from(["FROM a", "from a AS b", "FROM --platform=c a", "ARG V=1\nFROM a:$V"])))
    for _ in range(draw(st.integers(1, 5))):
        lines += draw(instructions(escape))
    text = newline.join("\n".join(lines).split("\n"))
    return text + draw(st.sampled_from([newline, "", f" {escape}", f" {escape}{newline}", newline * 2]))


@st.composite
def instructions(draw: st.DrawFn, escape: str) -> list[str]:
    before = draw(st.lists(st.sampled_from(["", "  ", "# c", " \t# c", "#"]), max_size=2))
    keyword = draw(
        st.sampled_from([*sorted(INSTRUCTIONS - {"ONBUILD"}), "RUN", "RUN", "RUN", "COPY", "ENV", "FOO", "run", "Run"])
    )
    parts = [keyword]
    if draw(st.integers(0, 3)) == 0:
        parts.insert(0, draw(st.sampled_from(["ONBUILD", "onbuild"])))
    if keyword == "HEALTHCHECK":
        parts += draw(st.lists(flags, max_size=1))
        parts.append(draw(st.sampled_from(["CMD", "NONE", "cmd"])))
    parts += draw(st.lists(flags, max_size=2))
    # The oracle is older than BuildKit's rule that nothing may follow an array, so nothing does.
    last = [draw(arrays)] if draw(st.integers(0, 3)) == 0 else []
    if not last:
        parts += draw(st.lists(words, max_size=5))
    bodies = []
    if draw(st.integers(0, 3)) == 0:
        for name in draw(st.lists(st.sampled_from(["EOF", "E_2", "x.txt"]), min_size=1, max_size=2)):
            quote = draw(st.sampled_from(["", "'", '"']))
            operator = draw(st.sampled_from(["<<", "<<-", "3<<"]))
            parts.insert(draw(st.integers(1, len(parts))), operator + quote + name + quote)
            body = draw(
                st.lists(st.sampled_from(["x", "\tx \\", "# c", "", "\tEOF", " EOF", "RUN y", "EOF "]), max_size=3)
            )
            bodies += [*body, draw(st.sampled_from([name, name, "\t" + name]))]
    parts += last
    gap = st.one_of(
        st.sampled_from([" ", " ", " ", "  ", "\t"]),
        st.builds(
            "{}{}{}\n{}{}".format,
            st.sampled_from([" ", "", escape]),
            st.just(escape),
            st.sampled_from(["", "", " ", "\t "]),
            st.lists(st.sampled_from(["# c\n", "  # c\n", "\n", " \n", f"# c {escape}\n"]), max_size=2).map("".join),
            st.sampled_from(["", " ", "    "]),
        ),
    )
    text = draw(st.sampled_from(["", "", "  ", f"{escape}\n"])) + parts[0]
    for part in parts[1:]:
        text += draw(gap) + part
    return [*before, text + draw(st.sampled_from(["", "", " ", "\t"])), *bodies]


BACKTICK = (
    "# escape=`",
    "#escape=`",
    "  # ESCAPE = `",
    "# syntax=docker/dockerfile:1\n#esc",
    "# syntax=docker/dockerfile:1\r\n#esc",
)
ESCAPE_IN_FLAG = re.compile(r"""--(?:"[^"]*"|'[^']*'|[^\s"'])*[\\`"']""")


@settings(max_examples=150, deadline=None)
@given(dockerfiles())
@example("FROM a\nRUN <<A <<-B\nx\nA\n\ty\n\tB\n")
@example("\\\nFROM a\nRUN b \\\n")
@example("# escape=`\nFROM a\nRUN dir c:\\ `\n\n  # c\n  && x\n")
def test_instructions_agree_with_buildkit(text: str) -> None:
    # In flags the oracle, older than BuildKit's `extractBuilderFlags` of today, escapes by the backslash alone.
    assume(not text.startswith(BACKTICK) or not ESCAPE_IN_FLAG.search(text))
    assert_agreement(text)


FIXTURES = {
    "keyword over two lines": "FR\\\nOM a\n",
    "continuation alone on the first line": "FROM a\n\\\nRUN b\n",
    "continuation over blank lines joins the next instruction": "FROM a\nRUN b \\\n\n\nRUN c\n",
    "escape of the escape does not continue": "FROM a\nRUN b \\\\\nRUN c\n",
    "blanks after the escape": "FROM a\nRUN b \\ \t\n c\n",
    "comment after the last continuation": "FROM a\nRUN b \\\n# c\n",
    "carriage returns": "FROM a\r\nRUN b \\\r\n  # c\r\n  c\r\nCOPY <<E /d\r\nx\r\nE\r\n",
    "hash in a word": "FROM a\nRUN b # c \\\n  d\n",
    "directive after a comment": "# c\n# escape=`\nFROM a\nRUN b \\\n c\n",
    "directive after a blank line": "\n# escape=`\nFROM a\nRUN b \\\n c\n",
    "unknown directive ends the search": "# foo=bar\n# escape=`\nFROM a\nRUN b \\\n c\n",
    "directive twice": "# escape=`\n# escape=`\nFROM a\n",
    "escape that is none": "# escape=x\nFROM a\n",
    "escape of a blank": "# escape= \nFROM a\n",
    "several heredocs": 'FROM a\nCOPY <<a <<"b" /d/\n1\na\n$2\nb\nRUN x\n',
    "heredoc with tabs": "FROM a\nRUN <<-E\n\tx\n\t\tE\nRUN y\n",
    "heredoc under ONBUILD": "FROM a\nONBUILD RUN <<E\nx\nE\nRUN y\n",
    "heredoc in a word is none": "FROM a\nRUN a<<E\nRUN y\n",
    "heredoc in quotes is none": "FROM a\nRUN echo '<<E'\nRUN y\n",
    "heredoc beside an open quote is none": "FROM a\nRUN it's <<E\nRUN y\n",
    "heredoc of an exec form is none": 'FROM a\nRUN ["<<E"]\nRUN y\n',
    "heredoc of another instruction is none": "FROM a\nCMD <<E\nRUN y\n",
    "heredoc with a body like its keyword": "FROM a\nRUN <<RUN\nRUN x \\\nRUN\nRUN y\n",
    "heredoc name in part quoted": "FROM a\nRUN <<E'O'F\nx\nEOF\n",
    "heredoc name with a variable": "FROM a\nRUN <<$E\nx\n$E\n",
    "heredoc that does not end": "FROM a\nRUN <<E\nx\n",
    "here-string": "FROM a\nRUN cat <<<E\nRUN y\n",
    "no-break spaces": "\xa0FROM a\nENV b=c\xa0d=e\nRUN f\xa0g\xa0\n",
    "old ENV": "FROM a\nENV a  b  'c' \nENV b\tc\n",
    "ENV without a value": "FROM a\nENV a\n",
    "ENV of both forms": "FROM a\nENV a=b c\n",
    "ENV with quotes": 'FROM a\nENV a="b \\" c" d=\'e \\\' f=g\\ h "i j"=k\n',
    "ENV over lines": 'FROM a\nENV a=b \\\n  # c\n  c="d \\\n  e"\n',
    "exec form over lines": 'FROM a\nCMD ["a", \\\n  # c\n  "b"]\n',
    "single quotes are no exec form": "FROM a\nCMD ['a']\n",
    "test command is no exec form": "FROM a\nRUN [ -f /x ] || touch /x\n",
    "numbers in an exec form": "FROM a\nCMD [1]\n",
    "flags end at two dashes": "FROM a\nRUN --a=b -- --c\n",
    "no instruction": "# a\n",
    "line of 65535 bytes": "FROM a\nRUN " + "x" * 65531 + "\nRUN y\n",
    "line of 65536 bytes": "FROM a\nRUN " + "x" * 65532 + "\nRUN y\n",
    "line of 65536 bytes, not characters": "FROM a\nRUN " + "é" * 32766 + "\nRUN y\n",
}


@pytest.mark.parametrize("text", FIXTURES.values(), ids=FIXTURES.keys())
def test_fixtures_agree_with_buildkit(text: str) -> None:
    assert_agreement(text)


REFUSED = """
heredoc that does not end|ENV without a value|ENV of both forms|numbers in an exec form|directive twice
escape that is none|escape of a blank|no instruction|line of 65536 bytes
"""


@pytest.mark.parametrize("name", REFUSED.strip().replace("\n", "|").split("|"))
def test_buildkit_refuses_what_we_call_an_error(name: str) -> None:
    assert theirs(FIXTURES[name]) is None
    assert ours(FIXTURES[name])[1]

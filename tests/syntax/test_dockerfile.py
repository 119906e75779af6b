import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit.source import MappedText, Source
from ci_audit.syntax.dockerfile import Dockerfile, Instruction, parse
from ci_audit.syntax.dockervalues import arguments, env_pairs, heredoc_interpreter, mounts, shell_text, stages


def tree(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def run(text: str) -> Instruction:
    (found,) = [one for one in tree("FROM a\n" + text).instructions if one.keyword != "FROM"]
    return found


def messages(text: str) -> list[str]:
    return [message for _, message in tree(text).errors]


WHOLE = """\
# syntax=docker/dockerfile:1
# a comment
FROM a
  run --mount=type=cache,target=/c pip install \\
    # why
    -r r.txt \\

    && true   # no comment

COPY <<E1 <<-"E2" /d/
# text
E1
\ttext \\
\tE2
# last
CMD ["x", "a\\"\\u00e9\\n"]
"""


def test_places_in_a_whole_file() -> None:
    found = tree(WHOLE)
    assert found.errors == []
    first, install, copy, cmd = found.instructions
    assert WHOLE[first.start : first.end] == "FROM a"
    assert WHOLE[install.start : install.end].startswith("run --mount")
    assert WHOLE[install.start : install.end].endswith("# no comment")
    assert WHOLE[install.keyword_start : install.keyword_end] == "run"
    assert install.keyword == "RUN"
    assert [WHOLE[slice(*span)] for span in install.comments] == ["# why"]
    assert [WHOLE[slice(*span)] for span in found.comments] == ["# a comment", "# why", "# last"]
    assert WHOLE[copy.start : copy.end].endswith("\tE2")
    assert WHOLE[cmd.start : cmd.end] == 'CMD ["x", "a\\"\\u00e9\\n"]'


def test_arguments_leave_continuations_comments_and_blank_lines_out() -> None:
    install = tree(WHOLE).instructions[1]
    assert install.args.text == "pip install     -r r.txt     && true   # no comment"
    at = install.args.text.index("-r r.txt")
    assert install.args.where(at, at + 8).text == "-r r.txt"
    assert install.args.where(0, at + 8).text == "pip install \\\n    # why\n    -r r.txt"


def test_heredocs_of_a_whole_file() -> None:
    first, second = tree(WHOLE).instructions[2].heredocs
    assert (first.name, first.body.text, first.expand, first.strip_tabs, first.fd) == ("E1", "# text\n", True, False, 0)
    assert (second.name, second.body.text, second.expand, second.strip_tabs) == ("E2", "\ttext \\\n", False, True)
    assert WHOLE[first.start : first.end] == "# text\nE1"
    assert WHOLE[second.start : second.end] == "\ttext \\\n\tE2"


def test_exec_form_resolves_escapes_with_their_places() -> None:
    items = tree(WHOLE).instructions[3].json
    assert items is not None
    assert [item.text for item in items] == ["x", 'a"é\n']
    assert items[1].mapped.where(1, 2).text == '\\"'
    assert items[1].mapped.where(2, 3).text == "\\u00e9"


@pytest.mark.parametrize(
    ("args", "items"),
    [
        ('["a", "b"]', ["a", "b"]),
        ('[ "a" ,"b" ]', ["a", "b"]),
        ("[]", []),
        ('["\\ud83d\\ude00\\ud800\\u0000"]', ["\U0001f600��"]),
        ('["a"] b', None),
        ('["a",]', None),
        ("['a']", None),
        ("[ -f a ]", None),
        ('["\\x"]', None),
        ('["a\tb"]', None),
        ('["a"', None),
    ],
)
def test_exec_form_is_a_json_array_of_strings(args: str, items: list[str] | None) -> None:
    found = run(f"RUN {args}\n").json
    assert (None if found is None else [item.text for item in found]) == items


def test_exec_form_of_healthcheck_and_onbuild() -> None:
    check = run('HEALTHCHECK --interval=5s CMD ["a"]').json
    assert check is not None
    assert check[0].text == "a"
    inner = run('ONBUILD CMD ["a"]').onbuild
    assert inner is not None
    assert inner.json is not None


def test_flags_with_their_places() -> None:
    text = (
        "FROM a\nRUN --mount=type=cache,target=/a --network=none \\\n"
        "  --link --security='in'\"se cure\" -- --not a flag\n"
    )
    flags = tree(text).instructions[1].flags
    assert [(flag.name, flag.value) for flag in flags] == [
        ("mount", "type=cache,target=/a"),
        ("network", "none"),
        ("link", ""),
        ("security", "inse cure"),
    ]
    assert [text[flag.start : flag.end] for flag in flags] == [
        "--mount=type=cache,target=/a",
        "--network=none",
        "--link",
        "--security='in'\"se cure\"",
    ]
    assert flags[2].mapped is None
    assert flags[0].mapped is not None
    assert flags[0].mapped.where(0, 20).text == "type=cache,target=/a"
    assert flags[3].mapped is not None
    assert flags[3].mapped.where(2, 4).text == "se"
    assert tree(text).instructions[1].args.text == "--not a flag"


def test_flags_come_before_the_arguments_only() -> None:
    found = run("RUN pip install --no-cache-dir a")
    assert (found.flags, found.args.text) == ([], "pip install --no-cache-dir a")


def test_flags_honour_the_escape_directive() -> None:
    found = tree("# escape=`\nFROM a\nRUN --a=c:\\ --b=x` y z").instructions[1]
    assert [(flag.name, flag.value) for flag in found.flags] == [("a", "c:\\"), ("b", "x y")]
    assert found.args.text == "z"


def test_onbuild_holds_an_instruction() -> None:
    text = "FROM a\nONBUILD run --mount=type=ssh \\\n# c\n<<E\nx\nE\nUSER b\n"
    outer, user = tree(text).instructions[1:]
    inner = outer.onbuild
    assert inner is not None
    assert (outer.keyword, inner.keyword, user.keyword) == ("ONBUILD", "RUN", "USER")
    assert text[inner.start : inner.end] == "run --mount=type=ssh \\\n# c\n<<E\nx\nE"
    assert [text[slice(*span)] for span in inner.comments] == ["# c"]
    assert [flag.name for flag in inner.flags] == ["mount"]
    assert [doc.body.text for doc in inner.heredocs] == ["x\n"]
    assert (outer.start, outer.end) == (7, inner.end)


def test_keyword_after_a_continuation_alone() -> None:
    text = "\\\n  FR\\\nOM a\n"
    (found,) = tree(text).instructions
    assert (found.keyword, found.start) == ("FROM", 0)
    assert text[found.keyword_start : found.keyword_end] == "FR\\\nOM"
    assert found.args.where(0, 1).text == "a"


def test_exec_form_has_no_heredoc() -> None:
    found = tree('# escape=`\nFROM a\nRUN --a=b` <<E ["c"]\nUSER d\n').instructions
    assert [one.keyword for one in found] == ["FROM", "RUN", "USER"]


def test_shell_is_an_exec_form() -> None:
    found = run('SHELL ["/bin/bash", "-c"]')
    assert [word.text for word in arguments(found)] == ["/bin/bash", "-c"]


@pytest.mark.parametrize(
    ("text", "directives", "escape"),
    [
        (
            "# syntax=a/b:1\n#escape = `  \n# check=skip=all\nFROM a",
            {"syntax": "a/b:1", "escape": "`", "check": "skip=all"},
            "`",
        ),
        ("# SYNTAX = docker/dockerfile:1 more\nFROM a", {"syntax": "docker/dockerfile:1"}, "\\"),
        ("# a comment\n# syntax=b\nFROM a", {}, "\\"),
        ("\n# syntax=b\nFROM a", {}, "\\"),
        ("# other=x\n# syntax=b\nFROM a", {}, "\\"),
        ("FROM a\n# syntax=b\n", {}, "\\"),
        (" # syntax=b\n # escape=`\nFROM a", {"escape": "`"}, "`"),
        ("#!/usr/bin/x\n# syntax=b\n# escape=`\nFROM a", {"syntax": "b"}, "\\"),
        ("// syntax=b\nFROM a", {"syntax": "b"}, "\\"),
        ("# syntax=\nFROM a", {}, "\\"),
        ("# syntax=b\r\n# escape=`\r\nFROM a", {"syntax": "b", "escape": "`"}, "`"),
    ],
)
def test_directives(text: str, directives: dict[str, str], escape: str) -> None:
    found = tree(text)
    assert {name: one.value for name, one in found.directives.items()} == directives
    assert found.escape == escape
    for one in found.directives.values():
        assert one.name in text[one.start : one.end].lower()
        assert text[one.start] in "#/"
        assert one.end == len(text) or text[one.end] in "\r\n"


@pytest.mark.parametrize(
    ("text", "where", "word"),
    [
        ("", "", "no instructions"),
        ("# a\n", "", "no instructions"),
        ("ARG a\n", "", "no FROM"),
        ("ARG a\nRUN b\nFROM c\nRUN d\n", "RUN b", "before the first FROM"),
        ("FROM a\nRUN b\nFOO c\n", "FOO", "unknown instruction FOO"),
        ("FROM a\nRUN b \\\n\n&& c\n\n&& d\n", "&& d", "unknown instruction &&"),
        ("# escape=x\nFROM a\n", "# escape", "escape"),
        ("# check=a\n# check=b\nFROM a\n", "# check=b", "twice"),
        ("FROM a\nRUN <<E\nb\n", "RUN", "E does not end"),
        ("FROM a\nCMD [1]\n", "CMD", "else than strings"),
        ("FROM a\nCMD [null]\n", "CMD", "else than strings"),
        ("FROM a b\n", "FROM", "FROM needs"),
        ("FROM a AS 1b\n", "FROM", "1b"),
        ("FROM\n", "FROM", "FROM needs"),
        ("FROM a\nENV b\n", "ENV", "name and a value"),
        ("FROM a\nENV b=c d\n", "ENV", "not d"),
        ("FROM a\nENV =c\n", "ENV", "without a name"),
        ("FROM a\nENV\n", "ENV", "needs an argument"),
        ("FROM a\nARG =c\n", "ARG", "without a name"),
        ("FROM a\nARG\n", "ARG", "needs an argument"),
        ("FROM a\nCOPY b\n", "COPY", "destination"),
        ('FROM a\nADD ["b"]\n', "ADD", "destination"),
        ("FROM a\nCOPY b <<E\nc\nE\n", "COPY", "path to write to"),
        ("FROM a\nWORKDIR\n", "WORKDIR", "needs an argument"),
        ("FROM a\nVOLUME []\n", "VOLUME", "needs an argument"),
        ("FROM a\nSHELL bash -c\n", "SHELL", "JSON"),
        ("FROM a\nHEALTHCHECK curl x\n", "HEALTHCHECK", "CMD"),
        ("FROM a\nHEALTHCHECK CMD\n", "HEALTHCHECK", "CMD"),
        ("FROM a\nHEALTHCHECK NONE x\n", "HEALTHCHECK", "NONE"),
        ("FROM a\nONBUILD\n", "ONBUILD", "needs an argument"),
        ("FROM a\nONBUILD ONBUILD RUN b\n", "ONBUILD", "cannot stand"),
        ("FROM a\nONBUILD FROM b\n", "ONBUILD", "cannot stand"),
        ("FROM a\nONBUILD ENV b\n", "ONBUILD", "name and a value"),
    ],
)
def test_errors_say_what_buildkit_refuses(text: str, where: str, word: str) -> None:
    ((offset, message),) = tree(text).errors
    assert text[offset:].startswith(where)
    assert word in message


@pytest.mark.parametrize(
    "text",
    [
        "ARG a=1\nARG b\nFROM c:$a AS D_1.x-y\n",
        "from a\nrun b\nmaintainer c d\n",
        "FROM a\nRUN\nCMD\nENTRYPOINT []\n",
        "FROM a\nENV b c\nENV d=e f='g h'\nLABEL i=j\nLABEL k l\nARG m n=o\n",
        "FROM a\nRUN [ -f b ] && c\nRUN [[ -n c ]]\nRUN echo <<<x\n",
        "FROM a\nHEALTHCHECK none\nHEALTHCHECK --retries=3 CMD b\nONBUILD FOO\nONBUILD ENV =c\n",
        "FROM a\nRUN --device=b --new-flag c\n",
        'FROM a\nUSER b:c\nWORKDIR d e\nEXPOSE 1 2\nVOLUME /f\nSTOPSIGNAL 9\nSHELL ["g"]\n',
        "FROM a\nCOPY <<E <<F b /c/\n\nE\nF\n",
    ],
)
def test_what_buildkit_loads_has_no_errors(text: str) -> None:
    assert messages(text) == []


@pytest.mark.parametrize(
    ("syntax", "count"),
    [("docker/dockerfile:1", 1), ("mirror.local/docker/dockerfile-upstream@sha256:0", 1), ("docker.io/me/mine:1", 0)],
)
def test_another_frontend_may_know_other_instructions(syntax: str, count: int) -> None:
    assert len(messages(f"# syntax={syntax}\nFROM a\nFOO b\n")) == count


def test_an_error_does_not_stop_the_rest() -> None:
    found = tree("FROM a\nFOO\nRUN b\nENV c\nRUN d\n")
    assert [one.keyword for one in found.instructions] == ["FROM", "FOO", "RUN", "ENV", "RUN"]
    assert len(found.errors) == 2


def test_deep_nesting_does_not_raise() -> None:
    assert messages("FROM a\nONBUILD " + "ONBUILD " * 5_000) == ["ONBUILD cannot stand under ONBUILD"]
    assert tree("FROM a\nRUN " + "[" * 50_000 + "]" * 50_000).instructions[1].json is None


FRAGMENTS = st.one_of(
    st.sampled_from(
        ["FROM a", "RUN ", "ENV a=b", "COPY ", "ONBUILD ", "CMD ", "ARG ", "# escape=`", "# c", " ", "\t", "\n"]
    )
    | st.sampled_from(
        ["\n", "\\\n", "`\n", "\\ \n", "\r\n", "<<E", "<<-'E' ", "E", "\tE", "--mount=type=cache,target=/a ", "--a"]
    )
    | st.sampled_from(
        ['["a", "b"]', '"', "'", "\\", "$A", "${A:-b}", "=", ",", "[1]", "\xa0", "\u2028", "é", "\x1c", "\x00", "\r"]
    ),
    st.text(max_size=4),
)


def check_instruction(text: str, one: Instruction) -> None:
    assert 0 <= one.start <= one.keyword_start <= one.keyword_end <= one.end <= len(text)
    check_mapped(text, one.args)
    for flag in one.flags:
        assert one.start <= flag.start < flag.end <= one.end
        assert text[flag.start : flag.start + 1] == "-"
        if flag.mapped is not None:
            assert flag.mapped.text == flag.value
            check_mapped(text, flag.mapped)
    for item in one.json or []:
        check_mapped(text, item.mapped)
    for doc in one.heredocs:
        assert one.start <= doc.start <= doc.end <= one.end
        assert text[doc.start : doc.end].startswith(doc.body.text)
    for comment in one.comments:
        assert one.start < comment.start < comment.end <= one.end
        assert text[comment.start] == "#"
    if one.keyword in ("ENV", "ARG", "LABEL"):
        for pair in env_pairs(one):
            assert one.start <= pair.start <= pair.end <= one.end
            if pair.value is not None:
                check_mapped(text, pair.value)
    for word in arguments(one):
        check_mapped(text, word)
    for mount in mounts(one):
        for option in mount.options.values():
            assert one.start <= option.start <= option.end <= one.end
    heredoc_interpreter(one)
    script = shell_text(one)
    if script is not None:
        check_mapped(text, script)
    if one.onbuild is not None:
        check_instruction(text, one.onbuild)


def check_mapped(text: str, mapped: MappedText) -> None:
    pieces = list(mapped.pieces)
    assert pieces[0].at == 0
    for index, piece in enumerate(pieces):
        stop = pieces[index + 1].at if index + 1 < len(pieces) else len(mapped.text)
        assert 0 <= piece.start <= piece.end <= len(text)
        if piece.literal:
            assert text[piece.start : piece.end] == mapped.text[piece.at : stop]


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS, max_size=25).map("".join))
def test_any_text_is_read_with_its_places(text: str) -> None:
    source = Source("Dockerfile", text.replace("\x00", "�"))
    found = parse(source)
    end = 0
    for one in found.instructions:
        assert one.start >= end
        end = one.end
        check_instruction(source.text, one)
    for comment in found.comments:
        assert source.text[comment.start] == "#"
    for offset, message in found.errors:
        assert 0 <= offset <= len(source.text)
        assert message
    stages(found)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 6), FRAGMENTS)
def test_a_broken_fixture_is_read_with_its_places(at: int, length: int, new: str) -> None:
    text = WHOLE[:at] + new.replace("\x00", "") + WHOLE[at + length :]
    for one in tree(text).instructions:
        check_instruction(text, one)


def test_carriage_returns_change_nothing_but_heredocs() -> None:
    other = WHOLE.replace("\n", "\r\n")
    for one, two in zip(tree(WHOLE).instructions, tree(other).instructions, strict=True):
        assert (one.keyword, one.args.text, [f.value for f in one.flags]) == (
            two.keyword,
            two.args.text,
            [f.value for f in two.flags],
        )
        assert WHOLE[one.start : one.end] == other[two.start : two.end].replace("\r\n", "\n")
        assert [doc.body.text for doc in one.heredocs] == [doc.body.text.replace("\r\n", "\n") for doc in two.heredocs]

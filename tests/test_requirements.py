"""Requirements and requirements files, judged by `packaging` and by pip itself."""

import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Oracle
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ci_audit.model import FileUse
from ci_audit.pep508 import ParsedRequirement, is_address, is_pinned, normalise_name, parse_editable, parse_requirement
from ci_audit.repository import MemoryReader, Repository
from ci_audit.requirements import Requirement, RequirementsFile, parse_file, pins_of, resolve, source_of
from ci_audit.source import UNKNOWN, Source

SHA = "0123456789abcdef0123456789abcdef01234567"
SHA256 = "sha256:" + "0" * 64

names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True).filter(
    lambda name: not re.search(r"\.(whl|zip|tar|t[gbxl]z|tar\.(gz|bz2|xz|lz|lzma))$", name, re.IGNORECASE)
)
blanks = st.sampled_from(["", " ", "  ", "\t"])
versions = st.sampled_from(
    ["1", "1.0", "2.10.3", "1!2.0", "1.0a1", "1.0.post2", "1.0.dev3", "2024.1.1", "1.0rc1", "1.0+local.7", "v1.2"]
)
clauses = st.one_of(
    st.tuples(st.sampled_from(["==", "!=", "==="]), blanks, versions),
    st.tuples(st.sampled_from(["<=", ">=", "<", ">"]), blanks, versions.filter(lambda version: "+" not in version)),
    st.tuples(st.sampled_from(["==", "!="]), blanks, st.sampled_from(["1.*", "2.0.*"])),
    st.tuples(st.just("~="), blanks, st.sampled_from(["1.0", "2.1.3"])),
).map("".join)
specifiers = st.lists(clauses, max_size=3).flatmap(
    lambda parts: blanks.map(lambda blank: f"{blank},{blank}".join(parts))
)
extras = st.one_of(
    st.just(""),
    st.lists(names, min_size=1, max_size=3).flatmap(lambda found: blanks.map(lambda b: f"[{f'{b},{b}'.join(found)}]")),
)
markers = st.sampled_from(
    [
        "python_version < '3.11'",
        'sys_platform == "win32"',
        "python_version>='3' and (os_name=='nt' or extra == \"a;b\")",
        "platform_machine not in 'x86_64 aarch64'",
    ]
)
urls = st.sampled_from(
    [
        "https://example.org/a-1.0-py3-none-any.whl",
        "https://user:pass@example.org/a.tar.gz#sha256=" + "ab" * 32,
        "git+https://example.org/o/r.git@" + SHA,
        "git+ssh://git@example.org/o/r.git@main#egg=r&subdirectory=x",
        "file:///opt/a.whl",
    ]
)


@st.composite
def versioned_requirements(draw: st.DrawFn) -> str:
    gap = draw(blanks)
    specifier = draw(specifiers)
    if specifier and "===" not in specifier and draw(st.booleans()):
        specifier = f"({specifier})"
    semicolon = draw(st.sampled_from([";", " ; "]))
    marker = draw(st.none() | markers)
    return f"{draw(names)}{gap}{draw(extras)}{gap}{specifier}" + (semicolon + marker if marker else "")


versioned = versioned_requirements()
direct = st.builds(
    lambda name, gap, extra, url, marker: f"{name}{extra}{gap}@{gap}{url}{f' ; {marker}' if marker else ''}",
    names,
    blanks,
    extras,
    urls,
    st.none() | markers,
)


@settings(max_examples=400, deadline=None)
@given(versioned | direct)
@example("a===1.0 ; python_version < '3'")
@example("name.with.dots[x,y]==1!2.0+local")
def test_parts_are_those_that_packaging_finds(text: str) -> None:
    try:
        oracle = Oracle(text)
    except InvalidRequirement:
        # `===` takes all that follows up to a blank.
        assert "===" in text
        return
    parsed = parse_requirement(text)
    assert parsed is not None
    assert parsed.name == oracle.name
    assert set(parsed.extras) == oracle.extras
    assert SpecifierSet(parsed.specifier) == oracle.specifier
    assert parsed.url == (oracle.url or "")
    assert (str(Marker(parsed.marker)) if parsed.marker else "") == str(oracle.marker or "")


@given(names)
def test_names_are_compared_as_packaging_does(name: str) -> None:
    assert normalise_name(name) == canonicalize_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-r x",
        "a b",
        "a=1",
        "a 1.0",
        "a==",
        "a>=1<2",
        "a>=1!=2",
        "a[x",
        "a[x]y",
        "a[b c]",
        "a @",
        "a @ b",
        "a @ b c/d",
        "==1",
        "{% if x %}",
        "a,b",
    ],
)
def test_what_is_no_requirement(text: str) -> None:
    assert parse_requirement(text) is None
    with pytest.raises(InvalidRequirement):
        Oracle(text if text != "a @ b" else "a @")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./dir", ParsedRequirement("", url="./dir")),
        (".", ParsedRequirement("", url=".")),
        (".[dev,test]", ParsedRequirement("", ("dev", "test"), url=".")),
        (". [dev]", ParsedRequirement("", ("dev",), url=".")),
        ("../x ; python_version < '3'", ParsedRequirement("", url="../x", marker="python_version < '3'")),
        ("sub/dir", ParsedRequirement("", url="sub/dir")),
        ("sub\\dir", ParsedRequirement("", url="sub\\dir")),
        ("/opt/x", ParsedRequirement("", url="/opt/x")),
        (
            "dist/my_pkg-1.0-py3-none-any.whl[x]",
            ParsedRequirement("my_pkg", ("x",), url="dist/my_pkg-1.0-py3-none-any.whl"),
        ),
        ("my_pkg-1.0-1-py3-none-any.whl", ParsedRequirement("my_pkg", url="my_pkg-1.0-1-py3-none-any.whl")),
        ("dist/*.whl", ParsedRequirement("", url="dist/*.whl")),
        ("a-1.0.tar.gz", ParsedRequirement("", url="a-1.0.tar.gz")),
        ("https://x.org/a.zip;x", ParsedRequirement("", url="https://x.org/a.zip;x")),
        (
            "https://x.org/a.zip ; os_name=='nt'",
            ParsedRequirement("", url="https://x.org/a.zip", marker="os_name=='nt'"),
        ),
        (
            "git+https://x.org/r@v1#egg=a-b[c]",
            ParsedRequirement("a-b", ("c",), url="git+https://x.org/r@v1#egg=a-b[c]"),
        ),
        ("git+git@x.org:o/r.git", ParsedRequirement("", url="git+git@x.org:o/r.git")),
        ("a @ ./b", ParsedRequirement("a", url="./b")),
        ("a@https://x.org/b.whl", ParsedRequirement("a", url="https://x.org/b.whl")),
        (f"a=={UNKNOWN}", ParsedRequirement("a", specifier=f"=={UNKNOWN}")),
        (f"a{UNKNOWN}", ParsedRequirement(f"a{UNKNOWN}")),
        (f"a[{UNKNOWN}]>=1", ParsedRequirement("a", (UNKNOWN,), ">=1")),
        (f"{UNKNOWN}/a.whl", ParsedRequirement("", url=f"{UNKNOWN}/a.whl")),
    ],
)
def test_what_pip_takes_besides(text: str, expected: ParsedRequirement) -> None:
    assert parse_requirement(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("folder", ParsedRequirement("", url="folder")),
        (".[dev]", ParsedRequirement("", ("dev",), url=".")),
        ("git+https://x.org/r#egg=a", ParsedRequirement("a", url="git+https://x.org/r#egg=a")),
        ("a @ git+https://x.org/r", ParsedRequirement("a", url="git+https://x.org/r")),
        ("", None),
        ("-r", None),
    ],
)
def test_editables(text: str, expected: ParsedRequirement | None) -> None:
    assert parse_editable(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a==1.0", True),
        ("a == 1.0 ; python_version < '3'", True),
        ("a===1.0", True),
        ("a===1.*", True),
        ("a[x]>=1,==1.5", True),
        ("a", False),
        ("a[x]", False),
        ("a==1.*", False),
        ("a == 1.0.*", False),
        ("a~=1.0", False),
        ("a>=1", False),
        ("a<2", False),
        ("a!=1.0", False),
        ("a>=1,<=1", False),
        (f"a=={UNKNOWN}", None),
        (f"a==1.{UNKNOWN}", None),
        (f"a>={UNKNOWN}", False),
        (f"a{UNKNOWN}", None),
        (f"a{UNKNOWN}==1", True),
        (f"a {UNKNOWN}", None),
        (UNKNOWN, None),
        (f"git+https://x.org/r@{SHA}", True),
        (f"git+https://x.org/r.git@{SHA.upper()}#egg=a", True),
        (f"a @ git+https://x.org/r@{SHA}", True),
        (f"git+ssh://git@x.org/r@{SHA}", True),
        (f"git+git@x.org:o/r.git@{SHA}", True),
        (f"hg+https://x.org/r@{SHA}", True),
        ("svn+https://x.org/r@123", True),
        ("git+https://x.org/r@123", False),
        ("git+https://x.org/r", False),
        ("git+https://user@x.org/r", False),
        (f"git+https://{SHA}@x.org/r", False),
        ("git+ssh://git@x.org/r", False),
        ("git+git@x.org:o/r.git", False),
        ("git+https://x.org/r@v1.2.3", False),
        ("git+https://x.org/r@main", False),
        ("git+https://x.org/r@feature/x", False),
        (f"git+https://x.org/r@{SHA}0", False),
        ("git+https://x.org/r@0123abc", None),
        (f"git+https://{UNKNOWN}@x.org/r@main", False),
        (f"git+https://{UNKNOWN}@x.org/r@{SHA}", True),
        (f"git+https://x.org/r@{UNKNOWN}", None),
        (f"git+https://x.org/{UNKNOWN}", None),
        (f"git+{UNKNOWN}", None),
        ("https://x.org/a.zip", False),
        ("https://x.org/a-1.0-py3-none-any.whl", False),
        ("https://x.org/a.zip#sha256=" + "a" * 64, True),
        ("https://x.org/a.zip#egg=a&md5=" + "a" * 32, True),
        ("https://x.org/a.zip#sha256=", False),
        (f"https://x.org/o/r/archive/{SHA}.zip", True),
        ("https://x.org/o/r/archive/refs/tags/1.0.zip", False),
        (f"https://x.org/{UNKNOWN}.zip", None),
        (f"https://{UNKNOWN}@x.org/a.zip", False),
        (f"{UNKNOWN}/a.whl", None),
        ("./a", True),
        (".[dev]", True),
        ("dist/a-1.0-py3-none-any.whl", True),
        ("file:///opt/a", True),
        (f"./{UNKNOWN}.whl", True),
    ],
)
def test_is_pinned(text: str, expected: bool | None) -> None:
    parsed = parse_requirement(text)
    assert parsed is not None
    answer = is_pinned(parsed)
    assert answer.value is expected
    assert answer.reason
    assert UNKNOWN not in answer.reason
    assert is_pinned(parsed, 1).value is True


def read(text: str, path: str = "requirements.txt") -> RequirementsFile:
    return parse_file(Source.from_bytes(path, text.encode()))


def shown(file: RequirementsFile) -> list[str]:
    return [requirement.where.text for requirement in file.requirements]


def test_a_compiled_file() -> None:
    file = read(
        "#\n# This file is autogenerated by pip-compile with Python 3.12\n#\n"
        "--index-url https://index.example/simple\n\n"
        f"flask[async]==3.0.0 ; python_version >= '3.8' \\\n    --hash={SHA256} \\\n    --hash={SHA256}\n"
        "    # via -r in.txt\n"
        f"-e ./local\nold==1 --hash=md5:{'0' * 32}\n"
    )
    assert file.generator == "pip-compile"
    assert file.options == {"index-url": ["https://index.example/simple"]}
    assert shown(file) == ["flask[async]==3.0.0 ; python_version >= '3.8'", "./local", "old==1"]
    assert [requirement.hashes for requirement in file.requirements] == [2, 0, 0]
    assert [requirement.editable for requirement in file.requirements] == [False, True, False]
    assert file.requirements[0][:5] == ("flask", ("async",), "==3.0.0", "", "python_version >= '3.8'")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("# This file was autogenerated by uv via the following command:\n#    uv export\n", "uv"),
        ("# This file is @generated by PDM.\n", "PDM"),
        ("# written by hand, not autogenerated\n", ""),
        ("flask # autogenerated elsewhere by pip-compile\n", ""),
    ],
)
def test_generator(header: str, expected: str) -> None:
    assert read(header + "a==1\n").generator == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-r base.txt", "reqs/base.txt"),
        ("-rbase.txt", "reqs/base.txt"),
        ("-r=base.txt", "reqs/=base.txt"),
        ("--requirement base.txt", "reqs/base.txt"),
        ("--requirement=base.txt", "reqs/base.txt"),
        ("--requirem base.txt", "reqs/base.txt"),
        ('-r "my base.txt"', "reqs/my base.txt"),
        (r"-r my\ base.txt", "reqs/my base.txt"),
        ("-r ../base.txt # why", "base.txt"),
        ("-r ./sub/../base.txt", "reqs/base.txt"),
        ("-r \\\n  base.txt", "reqs/base.txt"),
        ("  -r base.txt", "reqs/base.txt"),
        ("-r ${DIR}/base.txt", f"reqs/{UNKNOWN}/base.txt"),
        ("-r https://x.org/base.txt", "https://x.org/base.txt"),
        ("-r /opt/base.txt", "/opt/base.txt"),
        ("-r ../../base.txt", "reqs/../../base.txt"),
    ],
)
def test_includes(line: str, expected: str) -> None:
    file = read(f"x\n{line}\ny\n", "reqs/dev.txt")
    assert [(use.path, use.kind) for use in file.includes] == [(expected, "requirements")]
    assert file.constraints == ()
    assert shown(file) == ["x", "y"]
    other = (
        line.replace("-r", "-c", 1)
        if line.strip()[1] != "-"
        else line.replace("--requirement", "--constraint").replace("--requirem ", "--cons ")
    )
    assert [(use.path, use.kind) for use in read(other, "reqs/dev.txt").constraints] == [(expected, "constraints")]
    where = file.includes[0].where
    assert where is not None
    assert where.text == line.partition(" # ")[0].strip()


def test_other_options() -> None:
    file = read(
        "-i https://a.example/\n--extra-index-url=https://b.example/${TOKEN}\n--no-index --pre\n-f ./wheels\n"
        "--trusted-host 'h.example'\n--require-hashes\n--pypi-url https://c.example\n--extra-index https://d.example\n"
        "--unknown-option x\n--no\n--pre --nonsense --no-index\n-i\n"
    )
    assert file.options == {
        "index-url": ["https://a.example/", "https://c.example"],
        "extra-index-url": [f"https://b.example/{UNKNOWN}", "https://d.example"],
        "no-index": [""],
        "pre": ["", ""],
        "find-links": ["./wheels"],
        "trusted-host": ["h.example"],
        "require-hashes": [""],
    }
    assert file.requirements == ()
    assert [setting.where.text for setting in file.settings][:4] == [
        "-i https://a.example/",
        "--extra-index-url=https://b.example/${TOKEN}",
        "--no-index",
        "--pre",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a # comment\n#b\n  # c\nd#e==1\n", ["a", "d#e==1"]),
        ("a==1 \\\n; python_version < '3'\n", ["a==1 \\\n; python_version < '3'"]),
        ("a \\\n# comment\nb\n", ["a", "b"]),
        ("a\\\n#comment\nb\n", ["a", "b"]),
        ("a # comment \\\nb\nc\n", ["a", "c"]),
        ("a\\\n", ["a"]),
        ("a\r\nb \\\r\n >=1\r\n", ["a", "b \\\r\n >=1"]),
        ("a\x0cb", ["a", "b"]),
        ("-e git+https://x.org/r#egg=a\n", ["git+https://x.org/r#egg=a"]),
        ("--editable=.[x] # y\n", ["--editable=.[x]"]),
        ("https://x.org/a.zip#sha256=ab\n", ["https://x.org/a.zip#sha256=ab"]),
        ("\ufeffa\n", ["a"]),
        ("{% if x %}\na\n{% endif %}\n", ["{% if x %}", "a", "{% endif %}"]),
        ("a;x\n", ["a;x"]),
    ],
)
def test_lines(text: str, expected: list[str]) -> None:
    assert shown(read(text)) == expected


def test_variables_are_not_known() -> None:
    file = read("a==${VERSION}\ngit+https://${TOKEN}@x.org/r@v1\nb==${lower}\n")
    assert [requirement.specifier for requirement in file.requirements] == [f"=={UNKNOWN}", "", "==${lower}"]
    assert [requirement.pinned for requirement in file.requirements] == [None, False, True]


def test_a_line_that_pip_refuses_is_not_known() -> None:
    requirement = read("a b c\n").requirements[0]
    assert (requirement.name, requirement.pinned) == ("", None)


@pytest.mark.parametrize(
    ("data", "text", "lossy"),
    [
        ("é".encode(), "é", False),
        (b"\xef\xbb\xbfa", "a", False),
        ("é".encode("utf-16"), "é", True),
        ("é".encode("utf-32"), "é", True),
        (b"# -*- coding: latin-1 -*-\n\xe9", "# -*- coding: latin-1 -*-\né", True),
        (b"a\n# coding=cp1252\n\x80", "a\n# coding=cp1252\n€", True),
        (b"# coding: utf-8\n\xc3\xa9", "# coding: utf-8\né", False),
        (b"# coding: rot13\na", "# coding: rot13\na", False),
        (b"# coding: latin-99\na", "# coding: latin-99\na", False),
        (b"a\nb\n# coding: latin-1\n\xe9", "a\nb\n# coding: latin-1\n�", True),
        (b"# coding: ascii\n\xe9", "# coding: ascii\n�", True),
        (b"\xff\xfea", "��a", True),
    ],
)
def test_encodings(data: bytes, text: str, lossy: bool) -> None:
    source = source_of("r.txt", data)
    assert (source.text, source.lossy, source.path) == (text, lossy, "r.txt")


class Item(NamedTuple):
    """A generated line: how it is written, and the requirement that it must give, if any."""

    written: str
    text: str
    editable: bool = False


hashes = st.lists(st.sampled_from([f"--hash={SHA256}", f"--hash {SHA256}"]), max_size=2)
joins = st.sampled_from([" ", " \\\n    ", " \\\n"])
comments = st.sampled_from(["", " # why", "\t#x"])
safe_requirements = (versioned | direct).filter(
    lambda text: " -" not in text and "\t" not in text and "===" not in text
)
requirement_items = st.builds(
    lambda text, found, join, comment: Item("".join([text, *(join + each for each in found), comment]), text),
    safe_requirements,
    hashes,
    joins,
    comments,
)
path_items = st.builds(
    lambda path, comment: Item(path + comment, path),
    st.sampled_from([".", "./a", "../b[x]", "c/d-1.0.tar.gz"]),
    comments,
)
editable_items = st.builds(
    lambda option, path, comment: Item(option + path + comment, path, True),
    st.sampled_from(["-e ", "--editable ", "-e"]),
    st.sampled_from([".", ".[x]", "git+https://x.org/r@v1#egg=a"]),
    comments,
)
other_items = st.sampled_from(
    [
        Item(written, "")
        for written in (
            "",
            "   ",
            "# a \\",
            "  #b",
            "-i https://x.org/ # y",
            "--pre",
            "--require-hashes",
            "--find-links ./w",
        )
    ]
)
files = st.lists(requirement_items | path_items | editable_items | other_items, max_size=8)


@settings(max_examples=150, deadline=None)
@given(items=files, line_end=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_generated_files(items: list[Item], line_end: str, last: bool) -> None:
    text = "\n".join(item.written for item in items).replace("\n", line_end) + (line_end if last else "")
    file = read(text)
    assert asked_for(file) == [(item.text.strip(), item.editable) for item in items if item.text]


def asked_for(file: RequirementsFile) -> list[tuple[str, bool]]:
    """Give the text of each requirement; where `-e` is written without a blank, the span holds the option too."""
    return [
        (
            requirement.where.text.removeprefix("-e") if requirement.editable else requirement.where.text,
            requirement.editable,
        )
        for requirement in file.requirements
    ]


def pip_reads(text: str) -> list[tuple[str, bool]]:
    """Give what pip itself takes from a file: the text of each requirement, and whether it is editable."""
    line_parser, preprocess = pip_internals()
    found = []
    for _, line in preprocess(text):
        asked, options = line_parser(line)
        if asked:
            found.append((asked.strip(), False))
        elif options.editables:
            found.append((options.editables[0], True))
    return found


def pip_internals() -> tuple[Callable[[str], tuple[str, Any]], Callable[[str], Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        req_file = pytest.importorskip("pip._internal.req.req_file", reason="pip is the oracle and is not installed")
        try:
            return req_file.get_line_parser(None), req_file.preprocess
        except AttributeError:
            pytest.skip("this pip reads files in another way")


@settings(max_examples=150, deadline=None)
@given(items=files, line_end=st.sampled_from(["\n", "\r\n"]))
def test_pip_agrees(items: list[Item], line_end: str) -> None:
    text = "\n".join(item.written for item in items).replace("\n", line_end)
    assert asked_for(read(text)) == pip_reads(text)


_PIECES = [
    "a",
    "==1",
    " ",
    "\\\n",
    "\n",
    "\r\n",
    "#",
    " #",
    "-r ",
    "-e",
    "--hash=",
    "'",
    '"',
    "${A}",
    ";",
    "[x]",
    "@",
    ",",
    "\\",
    ".",
]
_PIECES += [
    "git+https://x/",
    "\t",
    "=",
    "-",
    "é",
    "\u2028",
    "\x0c",
    "(",
    ")",
    ">",
    "--pre",
    "/",
    "b.whl",
    "{{x}}",
    UNKNOWN,
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_read_and_every_span_is_in_the_file(text: str) -> None:
    file = read(text)
    places = [requirement.where for requirement in file.requirements] + [setting.where for setting in file.settings]
    places += [use.where for use in (*file.includes, *file.constraints) if use.where is not None]
    for where in places:
        assert 0 <= where.start < where.end <= len(file.source.text) or where.text == ""
        assert where.text == where.text.strip(" \t\n")
    for requirement in file.requirements:
        if requirement.name and UNKNOWN not in requirement.name:
            assert requirement.name in re.sub(r"\\+\r?\n", "", requirement.where.text)
        assert requirement.reason
    parse_requirement(text)
    parse_editable(text)


def repository(**files: str) -> Repository:
    return Repository("", MemoryReader({f"{name.replace('__', '/')}.txt": text for name, text in files.items()}))


def test_resolve_follows_includes_relative_to_each_file() -> None:
    resolved = resolve(
        repository(
            requirements__dev="-r base.txt\npytest==8\n-r ../more.txt\n",
            requirements__base="flask==3\n-c limits.txt\n",
            requirements__limits="jinja2==3\nmore==1\n",
            more="more\n",
        ),
        "requirements/dev.txt",
    )
    assert sorted(requirement.name for requirement in resolved.requirements) == ["flask", "more", "pytest"]
    assert [requirement.name for requirement in resolved.constraints] == ["jinja2", "more"]
    assert resolved.missing == ()
    assert set(resolved.files) == {f"requirements/{name}.txt" for name in ("dev", "base", "limits")} | {"more.txt"}
    assert resolved.pinned.value is True
    assert not resolved.hash_mode


def test_resolve_ends_cycles() -> None:
    resolved = resolve(repository(a="-r b.txt\na==1\n", b="-r ./a.txt\n-r b.txt\nb==1\n"), "./a.txt")
    assert [requirement.name for requirement in resolved.requirements] == ["a", "b"]
    assert resolved.pinned.value is True


def test_resolve_survives_a_long_chain() -> None:
    chain = {f"f{number}": f"-r f{number + 1}.txt\n" for number in range(3000)} | {"f3000": "a\n"}
    assert resolve(repository(**chain), "f0.txt").pinned.value is False


def test_as_in_pip_requirements_of_a_constraints_file_are_requirements() -> None:
    resolved = resolve(repository(a="-c c.txt\n", c="-r r.txt\n-c d.txt\n", r="x\n", d="x==1\n"), "a.txt")
    assert [requirement.name for requirement in resolved.requirements] == ["x"]
    assert [requirement.name for requirement in resolved.constraints] == ["x"]
    assert resolved.pinned.value is True


@pytest.mark.parametrize(
    ("text", "limits", "expected"),
    [
        ("a==1\nb==2\n", "", True),
        ("", "", True),
        ("a==1\nb\n", "", False),
        ("a==1\nB_c>=1\n", "b-C==2\n", True),
        ("a>=1\n", "a<2\n", False),
        ("a\n", "a==1 ; python_version < '3'\na==2 ; python_version >= '3'\n", True),
        ("a\n", "a==1 ; python_version < '3'\na>=2 ; python_version >= '3'\n", False),
        ("a\n", "a==${V}\n", None),
        ("a==${V}\n", "", None),
        ("a==${V}\nb\n", "", False),
        ("a b\n", "", None),
        ("-e .\na==1\n", "", True),
        ("git+https://x.org/r#egg=a\n", "a==1\n", False),
        ("-r absent.txt\na==1\n", "", None),
        ("-r absent.txt\na\n", "", False),
        ("-c absent.txt\na\n", "", None),
        ("-c absent.txt\na==1\n", "", True),
        ("-r ${X}.txt\n", "", None),
        ("-r https://x.org/r.txt\n", "", None),
        (f"a>=1 --hash={SHA256}\n", "", True),
    ],
)
def test_resolve_says_whether_all_is_pinned(text: str, limits: str, expected: bool | None) -> None:
    resolved = resolve(repository(a=text, limits=limits), "a.txt", ["limits.txt"])
    assert resolved.pinned.value is expected
    assert resolved.pinned.reason
    assert UNKNOWN not in resolved.pinned.reason


def test_the_first_floating_requirement_is_named() -> None:
    answer = resolve(repository(a="x==1\ny \\\n >=2\nz\n"), "a.txt").pinned
    assert answer.reason == "2 of 3 requirements are not pinned, the first `y >=2`: `>=2` allows more than one version"
    assert answer.where is not None
    assert answer.where.text == "y \\\n >=2"


def test_a_missing_file_is_told() -> None:
    resolved = resolve(repository(a="-r absent.txt\n"), "a.txt")
    assert [use.path for use in resolved.missing] == ["absent.txt"]
    assert resolved.pinned.reason == "`absent.txt` could not be read"
    assert resolve(repository(), "a.txt").missing == (FileUse("a.txt", "requirements"),)


@pytest.mark.parametrize("text", [f"a==1 --hash={SHA256}\nb==1\n", "--require-hashes\na==1\n", "-r h.txt\n"])
def test_hash_mode(text: str) -> None:
    assert resolve(repository(a=text, h="--require-hashes\n"), "a.txt").hash_mode
    assert not resolve(repository(a="a==1 --hash=md5:" + "0" * 32), "a.txt").hash_mode


def test_pins_of() -> None:
    file = read("A_b==1\na-b==2\nc==1\nc\nd==${X}\nd==1\n")
    assert pins_of(file.requirements) == {"a-b": True, "c": False, "d": None}


def test_is_address() -> None:
    assert is_address("https://x.org")
    assert is_address("git+git@x.org:o/r")
    assert not is_address("C:/x")
    assert not is_address("a.txt")


def test_a_requirement_is_a_tuple_of_plain_values() -> None:
    requirement = read("a==1\n").requirements[0]
    assert requirement == Requirement("a", (), "==1", "", "", 0, False, True, "`==1` is one version", requirement.where)

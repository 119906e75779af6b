"""Files that mean harm, or are merely broken: each ends in a finding or a clear error, and stops no other file."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ci_audit
from ci_audit import cli
from tests.documents import SARIF, SCAN, check

LONGEST = 20
"""Seconds after which a scan counts as hanging; the bound of 2 seconds is for a machine with nothing else to do."""
MOST_MEMORY = 200 << 20

GOOD = "FROM python:3.12.5\nRUN pip install flask\n"
GITHUB = "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: pip install flask\n"
GITLAB = "test:\n  image: python:3.12.5\n  script:\n    - pip install flask\n"
TRAVIS = "language: python\npython: ['3.12']\nscript:\n  - pip install flask\n"
YAML = {".github/workflows/a.yml": GITHUB, ".gitlab-ci.yml": GITLAB, ".travis.yml": TRAVIS}
WORKFLOW = ".github/workflows/a.yml"

# Runs each command line in a process of its own, forked when all is loaded; writes the status and the most memory.
SERVER = """\
import json, os, signal, sys
from ci_audit.cli import run, scan

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

for line in sys.stdin:
    folder, out, err, *arguments = json.loads(line)
    child = os.fork()
    if not child:
        signal.alarm(LONGEST)
        os.chdir(folder)
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        status = run(arguments)
        sys.stdout.flush()
        with open(out + ".peak", "w") as file:
            file.write(str(peak() << 10 if os.path.exists("/proc/self/status") else 0))
        os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
""".replace("LONGEST", str(LONGEST))


class Done(NamedTuple):
    """What a process of its own left behind."""

    status: int
    out: bytes
    err: bytes
    peak: int
    """Bytes; 0 where the system does not tell."""


Files = dict[str, str | bytes]
Findings = dict[str, list[dict[str, Any]]]
Process = Callable[..., Done]
Scan = Callable[[Files], Findings]
Edit = Callable[[str], str | bytes]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with one file that is as it should be; it is the current folder."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    put(root, {"good/Dockerfile": GOOD})
    return root


def put(root: Path, files: Files) -> None:
    for path, content in files.items():
        file = os.path.join(os.fsencode(root), os.fsencode(path))
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "wb") as opened:
            opened.write(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))


@pytest.fixture(scope="module")
def server() -> Iterator["subprocess.Popen[str]"]:
    if not hasattr(os, "fork"):
        pytest.skip("processes are forked")
    environment = {**os.environ, "PYTHONPATH": str(Path(ci_audit.__file__).parents[1])}
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"):
        environment.pop(name, None)
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def process(server: "subprocess.Popen[str]", repo: Path) -> Process:
    """Give a function that runs the command line in a process of its own, in the repository."""

    def run(*arguments: str) -> Done:
        assert server.stdin is not None
        assert server.stdout is not None
        out, err = str(repo.parent / "out"), str(repo.parent / "err")
        server.stdin.write(json.dumps([str(repo), out, err, *arguments]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        assert status >= 0, f"killed by signal {-status}"
        peak = int(Path(out + ".peak").read_text())
        return Done(status, Path(out).read_bytes(), Path(err).read_bytes(), peak)

    return run


def judged(document: dict[str, Any], status: int, good: bool = True) -> Findings:
    """Check what holds of every report, and give the findings by path."""
    check(SCAN, document)
    found: Findings = {}
    for finding in document["findings"]:
        found.setdefault(finding["path"], []).append(finding)
    if good:
        assert rules(found.pop("good/Dockerfile")) == ["CIA102", "CIA301"]
    failed = document["files"]["failed"]
    assert not [one for one in failed if "ci-audit failed" in one["message"]]
    heavy = any(finding["severity"] != "note" for finding in document["findings"])
    assert status == (3 if failed else 1 if heavy else 0)
    return found


def rules(findings: list[dict[str, Any]]) -> list[str]:
    return [finding["rule"] for finding in findings]


@pytest.fixture
def heavy(repo: Path, process: Process) -> Scan:
    """Give a function that scans files in a process of its own, whose memory counts."""

    def run(files: Files) -> Findings:
        put(repo, files)
        done = process("scan", "--format", "json")
        assert done.err == b""
        assert done.peak < MOST_MEMORY
        return judged(json.loads(done.out), done.status)

    return run


@pytest.fixture
def scan(repo: Path, capsys: pytest.CaptureFixture[str]) -> Scan:
    """Give a function that scans files in this process, by the command line."""

    def run(files: Files) -> Findings:
        put(repo, files)
        status = cli.run(["scan", "--format", "json"])
        out, err = capsys.readouterr()
        assert err == ""
        return judged(json.loads(out), status)

    return run


def nested(levels: int) -> str:
    return "".join(f"{' ' * level}a:\n" for level in range(1, levels))


LAUGHS = "x0: &x0 [a, a, a, a, a, a, a, a, a]\n" + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGED_LAUGHS = ".x0: &x0 {a: 1}\n" + "".join(
    f".x{n}: &x{n}\n  <<: [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
YAML_BOMBS: dict[str, Edit] = {
    "flow sequences": lambda good: f"{good}x: {'[' * 50_000}{']' * 50_000}\n",
    "open flow sequences": lambda good: "[" * 50_000,
    "flow mappings": lambda good: f"{good}x: {'{a: ' * 50_000}{'}' * 50_000}\n",
    "open flow mappings": lambda good: "{a: " * 50_000,
    "mappings as keys": lambda good: f"{good}x: {'{? ' * 50_000}\n",
    "block mappings": lambda good: f"{good}x:\n{nested(1_900)}",
    "block sequences": lambda good: f"{good}x:\n {'- ' * 5_000}a\n",
    "complex keys": lambda good: f"{good}x:\n {'? ' * 5_000}a\n",
    "a billion laughs": lambda good: LAUGHS + good,
    "a billion merged laughs": lambda good: MERGED_LAUGHS + good,
    "an alias in itself": lambda good: f"x: &a [*a]\n{good}",
    "a merge of itself": lambda good: f"x: &a\n  <<: *a\n{good}",
    "an alias of nothing": lambda good: f"x: *a\n{good}",
    "a tab as indentation": lambda good: good.replace("\n  ", "\n\t"),
    "a quote that does not end": lambda good: f"{good}x: 'a\n",
    "a double quote that does not end": lambda good: f'{good}x: "a\n',
    "two keys in one line": lambda good: f"{good}x: y: z\n",
    "an unknown directive": lambda good: f"%YAML 9.9\n---\n{good}",
    "a control character": lambda good: f"{good}# \x01\n",
    "DEL": lambda good: f"{good}# \x7f\n",
    "a list": lambda good: "- a\n",
    "a word": lambda good: "a\n",
    "UTF-16": lambda good: good.encode("utf-16"),
    "UTF-16 without a mark": lambda good: good.encode("utf-16-be"),
}


@pytest.mark.parametrize("name", YAML_BOMBS)
def test_yaml_that_no_service_loads(heavy: Scan, name: str) -> None:
    bomb = YAML_BOMBS[name]
    found = heavy({path: bomb(good) for path, good in YAML.items()})
    assert {path: rules(findings) for path, findings in found.items()} == {path: ["CIA001"] for path in YAML}


LARGE: dict[str, Edit] = {
    "many nodes": lambda good: good + "x:\n" + "  - abcdefg\n" * 50_000,
    "many anchors": lambda good: good + "".join(f"x{n}: &y{n} 1\n" for n in range(50_000)),
    "many aliases": lambda good: "y: &y 1\n" + good + "x:\n" + "  - *y\n" * 50_000,
    "a long word": lambda good: good.replace("flask", "flask" + "a" * 1_000_000),
    "a long comment": lambda good: good + "# " + "x" * 2_000_000 + "\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_large_yaml_that_is_read(heavy: Scan, name: str) -> None:
    found = heavy({path: LARGE[name](good) for path, good in YAML.items()})
    for path in YAML:
        assert [rule for rule in rules(found[path]) if rule != "CIA305"] == ["CIA101", "CIA301"]
        assert all(len(finding["message"]) < 1000 for finding in found[path])


def test_ten_megabytes(heavy: Scan) -> None:
    files: Files = {path: good + "# xxxxxxx\n" * (1 << 20) for path, good in YAML.items()}
    found = heavy({**files, "Dockerfile": GOOD + "# xxxxxxx\n" * (1 << 20), "uv.lock": "x" * (40 << 20)})
    assert {path: rules(findings) for path, findings in found.items()} == {
        path: ["CIA002"] for path in (*YAML, "Dockerfile")
    }


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "# \0\n",
        lambda text: text + "---\n",
        lambda text: "---\n" + text + "...\n",
        lambda text: text.rstrip("\n"),
        lambda text: text.rstrip("\n") + "  # \u2028# \u2029# \x85# \xa0\u202e\U000e0041\n",
        lambda text: "# \u2028# \u2029# \x85# \xa0\n" + text,
        lambda text: b"# caf\xe9 \xff\xfe\xed\xa0\x80\n" + text.encode(),
    ],
    ids=[
        "BOM",
        "CRLF",
        "NUL in a comment",
        "an empty second document",
        "document marks",
        "no last line end",
        "odd line ends in a comment",
        "odd line ends in a comment above",
        "latin-1 in a comment",
    ],
)
def test_yaml_that_is_read_as_ever(scan: Scan, edit: Callable[[str], str | bytes]) -> None:
    files = {path: edit(good) for path, good in YAML.items()}
    found = scan(files)
    for path, good in YAML.items():
        text = files[path]
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        (where,) = {(finding["line"], finding["column"]) for finding in found[path] if finding["rule"] == "CIA101"}
        before = text[: text.index("pip install")]
        assert where == (before.count("\n") + 1, len(before) - before.rfind("\n"))
        assert [rule for rule in rules(found[path]) if rule != "CIA305"] == ["CIA101", "CIA301"], good


def test_lone_carriage_returns_end_lines_of_yaml_and_not_ours(scan: Scan) -> None:
    found = scan({path: good.replace("\n", "\r") for path, good in YAML.items()})
    for path in YAML:
        assert {finding["line"] for finding in found[path]} == {1}
        assert "CIA101" in rules(found[path])


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85"], ids=["LS", "PS", "NEL"])
@pytest.mark.parametrize("quote", ['"', "'", ""], ids=["double", "single", "plain"])
def test_odd_line_ends_in_a_string(scan: Scan, char: str, quote: str) -> None:
    files = {
        WORKFLOW: f"name: {quote}a{char}  b{quote}\n{GITHUB}",
        ".gitlab-ci.yml": f"variables:\n  A: {quote}a{char}   b{quote}\n{GITLAB}",
        ".travis.yml": f"env: {quote}A=a{char}  b{quote}\n{TRAVIS}",
        "Dockerfile": f"FROM python:3.12.5\nLABEL a='a{char}b'\n# {char}RUN pip install six\n{GOOD}",
    }
    found = scan({**files})
    for path, text in files.items():
        for finding in found[path]:
            if finding["rule"] == "CIA301":
                line = text.split("\n")[finding["line"] - 1]
                assert line[finding["column"] - 1 : finding["end_column"] - 1] == "flask"
    assert all("CIA301" in rules(found[path]) for path in files)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_odd_line_ends_in_a_command(scan: Scan, end: str) -> None:
    blank = " " * 10
    script = f"echo a\u2028{blank}b\x85{blank}c \\{end}{blank}&& pip install flask{end}"
    text = GITHUB.replace("\n", end).replace("pip install flask", f"|{end}{blank}{script}")
    found = scan(
        {WORKFLOW: text, "Dockerfile": f"FROM a:1.2.3{end}RUN echo a\u2028b\x85c \\{end} && pip install flask{end}"}
    )
    places = {
        (path, finding["line"], finding["column"])
        for path in found
        for finding in found[path]
        if finding["rule"] == "CIA301"
    }
    assert places == {(WORKFLOW, 8, 26), ("Dockerfile", 3, 17)}


def values(files: Files, repo: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    put(repo, files)
    assert cli.run(["inspect", "--format", "json"]) == 0
    return {
        install["path"]: install["packages"][0]["specifier"] if install["packages"] else ""
        for install in json.loads(capsys.readouterr().out)["installs"]
        if install["path"] != "good/Dockerfile"
    }


@pytest.mark.parametrize(
    ("written", "github", "gitlab", "travis"),
    [
        ("no", "no", "false", "no"),
        ("off", "off", "false", "off"),
        ("yes", "yes", "true", "yes"),
        ("true", "true", "true", "true"),
        ("3.10", "3.1", "3.1", "3.10"),
        ("012", "12", "10", "10"),
        ("0o12", "10", "0o12", "0o12"),
        ("1_000", "1_000", "1000", "1000"),
        ("12:30", "12:30", "45000", "45000"),
        ("'3.10'", "3.10", "3.10", "3.10"),
        ("!!str 3.10", "3.10", "3.10", "3.10"),
    ],
)
def test_each_host_reads_values_its_own_way(
    repo: Path, capsys: pytest.CaptureFixture[str], written: str, github: str, gitlab: str, travis: str
) -> None:
    found = values(
        {
            WORKFLOW: f"env:\n  V: {written}\n" + GITHUB.replace("flask", "flask==$V"),
            ".gitlab-ci.yml": f"variables:\n  V: {written}\n" + GITLAB.replace("flask", "flask==$V"),
            ".travis.yml": f"env:\n  V: {written}\n" + TRAVIS.replace("flask", "flask==$V"),
        },
        repo,
        capsys,
    )
    assert found == {WORKFLOW: f"=={github}", ".gitlab-ci.yml": f"=={gitlab}", ".travis.yml": f"=={travis}"}


def test_on_is_a_key_and_no_truth_at_github(scan: Scan) -> None:
    assert rules(scan({WORKFLOW: GITHUB})[WORKFLOW]) == ["CIA101", "CIA301"]
    assert rules(scan({WORKFLOW: GITHUB.replace("on: push", '"on": push')})[WORKFLOW]) == ["CIA101", "CIA301"]
    assert "CIA001" in rules(scan({WORKFLOW: GITHUB.replace("on: push\n", '"on": push\non: push\n')})[WORKFLOW])


@pytest.mark.parametrize("second", ["test", "'test'", '"te\\x73t"', "!!str test", "&a test"])
def test_a_key_given_twice(scan: Scan, second: str) -> None:
    found = scan(
        {
            WORKFLOW: GITHUB + GITHUB[GITHUB.index("  test") :].replace("test:", f"{second}:").replace("flask", "six"),
            ".gitlab-ci.yml": GITLAB + GITLAB.replace("test:", f"{second}:").replace("flask", "six"),
            ".travis.yml": TRAVIS + TRAVIS.replace("flask", "six"),
        }
    )
    assert rules(found[WORKFLOW]) == ["CIA001"]
    for path in (".gitlab-ci.yml", ".travis.yml"):
        assert [finding["message"][:5] for finding in found[path] if finding["rule"] == "CIA301"] == ["`six`"]


@pytest.mark.parametrize("text", ["", "\n", "# a\n# b\n", "---\n", "~\n", "\ufeff"])
def test_nothing_in_a_file(scan: Scan, text: str) -> None:
    found = scan({**dict.fromkeys(YAML, text), "Dockerfile": text if text[:1] in ("", "\n", "#") else ""})
    assert rules(found[WORKFLOW]) == ["CIA001"]
    assert rules(found["Dockerfile"]) == ["CIA001"]
    assert rules(found.get(".travis.yml", [])) == []


RUN = "FROM python:3.12.5\nRUN "
DOCKERFILES: dict[str, str | bytes] = {
    "a long list": RUN + "echo aaaaaaaaaaaaaaaaaaaaa && " * 20_000 + "pip install flask\n",
    "many continued lines": RUN + "echo aaaaaaaaaaaaaaaaaaa && \\\n " * 20_000 + "pip install flask\n",
    "many comments inside": RUN + "echo \\\n" + "# ccccccccccccccccccc\n" * 45_000 + " && pip install flask\n",
    "many empty continuations": RUN + "echo \\\n" + "\\\n" * 200_000 + " && pip install flask\n",
    "a long heredoc": RUN + "<<EOF\n" + "echo a\n" * 60_000 + "pip install flask\nEOF\n",
    "a heredoc without end": RUN + "<<EOF\n" + "echo a\n" * 20_000 + "pip install flask\n",
    "many heredocs": RUN + "".join(f"<<E{n} " for n in range(2_000)) + "\n",
    "quotes without end": RUN + 'echo "a\nRUN pip install \'flask\nCOPY ["a\nENV A="b\nLABEL x=\'\n',
    "variables that double": "FROM a\nENV A=aaaaaaaaaa\n" + "ENV A=$A$A$A$A$A$A$A$A\n" * 60 + "RUN pip install $A\n",
    "arguments that double": "ARG A=aaaaaaaaaa\n" + "ARG A=$A$A$A$A$A$A$A\n" * 60 + "FROM $A\nRUN pip install $A\n",
    "shell variables that double": RUN + "A=aaaaaaaaaa; " + "A=$A$A$A$A$A$A$A; " * 60 + "pip install $A\n",
    "stages in a circle": "FROM b AS a\nFROM a AS b\nFROM b AS a\nCOPY --from=c . .\nRUN pip install flask\n",
    "brackets": RUN + "[" * 50_000 + "\n",
    "ONBUILD after ONBUILD": "FROM a\n" + "ONBUILD " * 50_000 + "RUN pip install flask\n",
    "many mounts": RUN + "--mount=type=cache,target=/a " * 10_000 + "pip install flask\n",
    "nested defaults": "FROM a\nENV A=" + "${A:-" * 20_000 + "}" * 20_000 + "\nRUN pip install $A\n",
    "a wrong escape": "# escape=xx\n" + GOOD,
    "an escape at the end": RUN + "pip install flask \\",
    "lone carriage returns": GOOD.replace("\n", "\r"),
    "NUL": GOOD + "RUN \0\n",
    "latin-1": b"# caf\xe9\n" + GOOD.replace("flask", "fl\udce4sk").encode("utf-8", "surrogateescape"),
    "UTF-16": GOOD.encode("utf-16"),
    "bytes of any kind": bytes(range(256)) * 400,
    "an unknown instruction": "FROM a\nINSTALL flask\n",
}


@pytest.mark.parametrize("name", DOCKERFILES)
def test_dockerfiles(heavy: Scan, name: str) -> None:
    found = heavy({"Dockerfile": DOCKERFILES[name]})
    assert all(len(finding["message"]) < 1000 for finding in found.get("Dockerfile", []))


def deep(start: str, end: str, levels: int = 20_000) -> str:
    return start * levels + "pip install flask" + end * levels


SCRIPTS = {
    "subshells": deep("(", ")"),
    "substitutions": deep("$(", ")"),
    "groups": deep("{ ", "; }"),
    "quoted substitutions": deep('"$(', ')"', 5_000),
    "backticks": "`" * 30_001 + " pip install flask",
    "escaped backticks": "\\`" * 50_000 + "\npip install flask",
    "arithmetic": deep("$((", "))"),
    "parameters": deep("${A:-", "}"),
    "conditions": deep("if true; then\n", "\nfi", 5_000),
    "cases": deep("case x in x)\n", "\n;; esac", 5_000),
    "loops": deep("while a; do\n", "\ndone", 5_000),
    "functions": deep("f() {\n", "\n}", 5_000),
    "wrappers": deep("sudo ", ""),
    "shells in shells": deep("bash -c '", "'", 200),
    "here-documents without end": "cat <<E\n" * 20_000 + "pip install flask\n",
    "many here-documents of a command": "cat " + "<<E " * 8_000 + "\npip install flask\n",
    "a quote without end": "echo 'a\npip install flask",
    "a double quote without end": 'echo "a\npip install flask',
    "an ANSI quote without end": "echo $'a\\\npip install flask",
    "a parameter without end": "echo ${a\npip install flask",
    "a pipeline": "a | " * 8_000 + "pip install flask",
    "separators": "&;|" * 8_000 + "\npip install flask",
    "redirections": "a " + "> " * 10_000 + "\npip install flask",
    "assignments": "A=1 " * 8_000 + "pip install flask",
    "values that double": "A=aaaaaaaa\n" + "A=$A$A\n" * 5_000 + "pip install $A",
    "values in a chain": "".join(f"A{n + 1}=$A{n}\n" for n in range(5_000)) + "pip install $A5000",
    "braces that double": "pip install " + "{a,b}" * 40,
    "loops over loops": "".join(f"for i{n} in a b c d e f g h; do\n" for n in range(40))
    + "pip install $i0$i1$i2$i3$i4",
    "a function that calls itself": "f() { f; pip install flask; }\nf\n",
    "functions that call twice": "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}\n" for n in range(60))
    + "f60() { pip install flask; }\nf0\n",
    "a variable of itself": "A=$A$B\nB=$B$A\n" * 2_000 + "pip install $A",
    "folders": "cd a\n" * 4_000 + "pip install flask",
    "backslashes": "\\" * 100_001 + "\npip install flask",
    "an open expression": "echo ${{ " + "(" * 50_000,
    "open expressions": "${{ " * 30_000 + "}}" * 30_000,
    "negations": "echo ${{ " + "!" * 50_000 + "x }}\npip install flask",
    "members": "echo ${{ a" + ".b" * 50_000 + " }}\npip install flask",
    "indices": "echo ${{ a" + "[a" * 50_000 + " }}\npip install flask",
    "quotes in an expression": "echo ${{ 'a" + "''" * 50_000 + " }}\npip install flask",
    "calls": "echo ${{ " + "f(" * 20_000 + ")" * 20_000 + " }}\npip install flask",
    "operators": "echo ${{ " + "a && " * 20_000 + "a }}\npip install flask",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(heavy: Scan, name: str) -> None:
    script = SCRIPTS[name]
    files: Files = {WORKFLOW: GITHUB.replace("pip install flask", block(script, 10))}
    if "expression" not in name and "${{" not in script:
        files["Dockerfile"] = f"FROM python:3.12.5\nRUN <<EOF\n{script}\nEOF\n"
    found = heavy(files)
    assert all(len(finding["message"]) < 1000 for findings in found.values() for finding in findings)


def block(script: str, indent: int) -> str:
    lines = script.replace("\n", "\n" + " " * indent)
    return f"|\n{' ' * indent}{lines}"


def test_a_matrix_of_ten_thousand(heavy: Scan) -> None:
    axes = "".join(f"        k{axis}: [{', '.join(map(str, range(10)))}]\n" for axis in range(4))
    use = " ".join(f"${{{{ matrix.k{axis} }}}}" for axis in range(4))
    text = GITHUB.replace("    steps:", f"    strategy:\n      matrix:\n{axes}    steps:")
    gitlab = GITLAB.replace(
        "  script:",
        "  parallel:\n    matrix:\n      - "
        + "        ".join(f"K{n}: {list(range(10))}\n" for n in range(4))
        + "  script:",
    )
    travis = TRAVIS + "env:\n  jobs:\n" + "".join(f"    - A={n}\n" for n in range(10_000))
    found = heavy(
        {
            WORKFLOW: text.replace("flask", f"flask {use}").replace("ubuntu-24.04", "${{ matrix.k0 }}"),
            ".github/workflows/b.yml": text.replace("ubuntu-24.04", "${{ matrix.k0 }}-${{ matrix.k1 }}"),
            ".gitlab-ci.yml": gitlab.replace("flask", "flask $K0 $K1 $K2 $K3"),
            ".travis.yml": travis.replace("flask", "flask $A"),
        },
    )
    assert "CIA301" in rules(found[".gitlab-ci.yml"])
    assert "CIA101" in rules(found[".travis.yml"])


CYCLES: dict[str, Files] = {
    "extends": {".gitlab-ci.yml": ".a:\n  extends: .b\n.b:\n  extends: [.a, .b]\n" + GITLAB + "  extends: .a\n"},
    "extends itself": {".gitlab-ci.yml": GITLAB + "  extends: test\n"},
    "extends doubling": {
        ".gitlab-ci.yml": "".join(f".x{n}:\n  extends: [.x{n + 1}, .x{n + 1}]\n" for n in range(100))
        + ".x100: {}\n"
        + GITLAB
        + "  extends: .x0\n"
    },
    "reference": {".gitlab-ci.yml": GITLAB + "    - !reference [test, script]\n"},
    "references doubling": {
        ".gitlab-ci.yml": "".join(
            f".x{n}:\n  script:\n" + f"    - !reference [.x{n + 1}, script]\n" * 2 for n in range(60)
        )
        + ".x60: {script: [a]}\n"
        + GITLAB
        + "    - !reference [.x0, script]\n"
    },
    "include": {
        ".gitlab-ci.yml": "include: /ci/a.yml\n" + GITLAB,
        "ci/a.yml": "include: [{local: /ci/b.yml}, {local: /.gitlab-ci.yml}]\n",
        "ci/b.yml": "include: {local: ci/a.yml}\n",
    },
    "includes doubling": {
        ".gitlab-ci.yml": "include: [/c/0.yml, /c/0.yml]\n" + GITLAB,
        **{f"c/{n}.yml": f"include: [/c/{n + 1}.yml, /c/{n + 1}.yml]\n" for n in range(40)},
        "c/40.yml": ".x: {script: [a]}\n",
    },
    "include of all": {".gitlab-ci.yml": "include: '**'\n" + GITLAB, "ci/a.yml": "include: '/**.yml'\n"},
    "action": {
        WORKFLOW: GITHUB.replace("run: pip install flask", "uses: ./a"),
        "a/action.yml": "runs:\n  using: composite\n  steps:\n    - uses: ./a\n    - uses: ./b\n",
        "b/action.yml": "runs:\n  using: composite\n  steps: [uses: ./a, {run: pip install six, shell: sh}]\n",
    },
    "actions doubling": {
        WORKFLOW: GITHUB.replace("run: pip install flask", "uses: ./a0"),
        **{
            f"a{n}/action.yml": "runs:\n  using: composite\n  steps:\n" + f"    - uses: ./a{n + 1}\n" * 2
            for n in range(40)
        },
        "a40/action.yml": "runs:\n  using: composite\n  steps:\n    - {run: pip install flask, shell: sh}\n",
    },
    "reusable workflow": {
        WORKFLOW: "on: [push, workflow_call]\njobs:\n  a:\n    uses: ./.github/workflows/a.yml\n"
        "  b:\n    uses: ./.github/workflows/b.yml\n",
        ".github/workflows/b.yml": "on: workflow_call\njobs:\n  a:\n    uses: ./.github/workflows/a.yml\n",
    },
    "needs": {WORKFLOW: GITHUB.replace("    steps:", "    needs: [test]\n    steps:")},
    "requirements": {
        WORKFLOW: GITHUB.replace("flask", "-r a.txt"),
        "a.txt": "-r b.txt\n-c a.txt\n",
        "b.txt": "-r ./a.txt\n-r b.txt\nflask\n",
    },
    "requirements doubling": {
        WORKFLOW: GITHUB.replace("flask", "-r r0.txt"),
        **{f"r{n}.txt": f"-r r{n + 1}.txt\n" * 2 for n in range(60)},
        "r60.txt": "flask\n",
    },
    "groups": {
        WORKFLOW: GITHUB.replace("pip install flask", "uv sync --group a"),
        "pyproject.toml": '[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}, "flask"]\n',
    },
    "extras": {
        WORKFLOW: GITHUB.replace("flask", "'.[a]'"),
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n[project.optional-dependencies]\na = ["x[b]"]\n'
        'b = ["x[a]", "flask"]\n',
    },
    "links": {WORKFLOW: GITHUB},
}


@pytest.mark.parametrize("name", CYCLES)
def test_circles(repo: Path, heavy: Scan, name: str) -> None:
    if name == "links" and hasattr(os, "symlink"):
        os.symlink("..", repo / "good" / "up")
        os.symlink(".", repo / "here")
        os.symlink("round.yml", repo / ".travis.yml")
        os.symlink(".travis.yml", repo / "round.yml")
    heavy(CYCLES[name])


OUTSIDE: dict[str, Files] = {
    "include": {".gitlab-ci.yml": "include:\n  - local: ../../outside.yml\n  - local: /../outside.yml\n" + GITLAB},
    "an action": {WORKFLOW: GITHUB.replace("run: pip install flask", "uses: ./../../outside")},
    "a workflow": {WORKFLOW: "on: push\njobs:\n  a:\n    uses: ./../outside.yml\n"},
    "requirements": {WORKFLOW: GITHUB.replace("flask", "-r ../outside.txt -c ../../outside.txt -e ../outside")},
    "requirements by a full path": {WORKFLOW: GITHUB.replace("flask", "-r {outside}.txt")},
    "requirements in requirements": {
        WORKFLOW: GITHUB.replace("flask", "-r a.txt"),
        "a.txt": "-r ../outside.txt\n--requirement=sub/../../outside.txt\n",
    },
    "a Dockerfile": {"Dockerfile": "FROM a:1.2.3\nCOPY ../outside.txt /\nRUN pip install -r /outside.txt\n"},
    "a link": {WORKFLOW: GITHUB.replace("flask", "-r link.txt")},
    "a linked folder": {WORKFLOW: GITHUB.replace("flask", "-r linked/outside.txt"), "b": "c"},
}
SECRET_LINE = "do-not-read-me"


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_is_read(
    repo: Path, capsys: pytest.CaptureFixture[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = repo.parent / "outside"
    put(
        repo.parent,
        {
            "outside.txt": f"{SECRET_LINE}\n",
            "outside.yml": f".python: {{script: [pip install {SECRET_LINE}]}}\n",
            "outside/action.yml": f"runs: {{using: composite, steps: [{{run: pip install {SECRET_LINE}}}]}}\n",
            "outside/pyproject.toml": f'[project]\nname = "{SECRET_LINE}"\ndependencies = ["{SECRET_LINE}"]\n',
        },
    )
    put(
        repo,
        {path: str(text).replace("{outside}", str(outside)) for path, text in OUTSIDE[name].items()},
    )
    os.symlink(f"{outside}.txt", repo / "link.txt")
    os.symlink("..", repo / "linked")
    opened: list[str] = []
    real = os.open

    def watched(path: Any, *arguments: Any, **named: Any) -> int:
        opened.append(os.path.realpath(os.fsdecode(path)) if not isinstance(path, int) else "")
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", watched)
    for arguments in (["scan", "-f", "json"], ["scan"], ["inspect"]):
        cli.run(arguments)
        out, err = capsys.readouterr()
        assert "flask" in out
        assert SECRET_LINE not in out + err
    assert any("good" in path for path in opened)
    assert not [path for path in opened if os.path.basename(os.path.dirname(path)) == "outside" or "outside." in path]


def bound(path: str) -> None:
    # The name of a socket may have no more than about 100 bytes, so it is bound from its own folder.
    here = os.getcwd()
    os.chdir(os.path.dirname(path))
    server = socket.socket(socket.AF_UNIX)
    try:
        server.bind(os.path.basename(path))
    finally:
        server.close()
        os.chdir(here)


posix = pytest.mark.skipif(sys.platform == "win32", reason="what only POSIX has")

ODD: dict[str, Callable[[str], None]] = {
    "folder": os.makedirs,
    "pipe": lambda path: os.mkfifo(path),
    "socket": bound,
    "link to nothing": lambda path: os.symlink("nowhere", path),
    "link to itself": lambda path: os.symlink(os.path.basename(path), path),
    "link out": lambda path: os.symlink("/etc/passwd", path),
    "link to a device": lambda path: os.symlink("/dev/zero", path),
    "link to a folder": lambda path: os.symlink(".", path),
}


@posix
@pytest.mark.parametrize("kind", ODD)
def test_files_that_are_none(repo: Path, process: Process, kind: str) -> None:
    paths = [".github/workflows/ci.yml", "a/Dockerfile", ".gitlab-ci.yml", "requirements.txt", "pyproject.toml"]
    for path in paths:
        os.makedirs(os.path.dirname(repo / path), exist_ok=True)
        ODD[kind](str(repo / path))
    put(repo, {".github/workflows/b.yml": GITHUB.replace("flask", "-r requirements.txt")})
    done = process("scan", "-f", "json")
    document = json.loads(done.out)
    found = judged(document, done.status)
    assert "CIA101" in rules(found[".github/workflows/b.yml"])
    assert set(found) == {".github/workflows/b.yml"}
    assert {failed["path"] for failed in document["files"]["failed"]} <= set(paths)
    done = process("scan", "-f", "json", "good", "a/Dockerfile", "--isolated")
    document = json.loads(done.out)
    if kind in ("folder", "link to a folder"):
        assert document["files"]["failed"] == []
        assert done.status == 1
    else:
        assert [failed["path"] for failed in document["files"]["failed"]] == ["a/Dockerfile"]
        assert document["files"]["failed"][0]["message"]
        assert done.status == 3
    assert rules([one for one in document["findings"] if one["path"] == "good/Dockerfile"]) == ["CIA102", "CIA301"]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(repo: Path, process: Process) -> None:
    put(repo, {"Dockerfile": GOOD, WORKFLOW: GITHUB})
    (repo / "Dockerfile").chmod(0)
    (repo / ".github").chmod(0)
    try:
        done = process("scan", "-f", "json")
    finally:
        (repo / ".github").chmod(0o700)
    document = json.loads(done.out)
    judged(document, done.status)
    assert document["files"]["failed"] == [{"path": "Dockerfile", "line": 1, "message": "permission denied"}]


NAMES = [
    ".github/workflows/a\nb.yml",
    ".github/workflows/a\"b'\\c.yml",
    ".github/workflows/a\udcff.yml",
    ".github/workflows/a\x1b[31m.yml",
    ".github/workflows/::error::x,y%0A%.yml",
    ".github/workflows/\r::set-output name=a::b.yml",
    "new\n::error::line/Dockerfile",
    "x\u202ey\u2028z/Dockerfile",
    "-f/Dockerfile",
    "$(id)`id`/Dockerfile",
    " /Dockerfile",
    "%/%41?#/Dockerfile",
    "日本 𝒳/Dockerfile",
]
COMMANDS = ["::error::x/Dockerfile", "##[set-output name=a]b/Dockerfile", " ::set-output name=a::b/Dockerfile"]

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OURS = re.compile(r"::(error|warning|notice) file=[^:]*::")


def harmless(text: str, format: str = "") -> None:
    """Check that a text neither drives a terminal nor, but for its annotations, the runner of GitHub.

    The runner finds a command at the start of a line, blanks aside, and one of the old form anywhere in the line
    (actions/runner, ActionCommand.cs).
    """
    assert CONTROL.search(text) is None
    for line in text.split("\n"):
        if format == "github" and OURS.match(line):
            continue
        assert not re.match(r"\s*::[\w-]+.*::", line)
        assert not re.search(r"##\[[\w-]+.*\]", line)


FORMATS = ["text", "json", "github", "sarif"]


@posix
@pytest.mark.parametrize("format", FORMATS)
def test_names_of_files(repo: Path, capsys: pytest.CaptureFixture[str], format: str) -> None:
    put(repo, {name: GOOD if name.endswith("file") else GITHUB.replace("flask", "-r r\x1b.txt") for name in NAMES})
    out = shown(capsys, format)
    if format == "json":
        assert len({finding["path"] for finding in json.loads(out)["findings"]}) == len(NAMES) + 1


@posix
@pytest.mark.parametrize("format", FORMATS)
def test_names_that_are_commands(repo: Path, capsys: pytest.CaptureFixture[str], format: str) -> None:
    put(repo, dict.fromkeys(COMMANDS, GOOD))
    shown(capsys, format)


@posix
@pytest.mark.parametrize(
    "names",
    [NAMES, COMMANDS],
    ids=["controls", "commands"],
)
def test_names_in_the_list_of_files(repo: Path, capsys: pytest.CaptureFixture[str], names: list[str]) -> None:
    put(repo, dict.fromkeys(names, GITHUB))
    assert cli.run(["scan", "--show-files"]) == 0
    harmless(capsys.readouterr().out)


def shown(capsys: pytest.CaptureFixture[str], format: str) -> str:
    """Show all that there is in a format, check that it is harmless and well-formed, and give what `scan` says."""
    for arguments in (["--show-suppressed"], ["--extend", "strict", "--quiet", "--color", "never"]):
        assert cli.run(["scan", "--format", format, *arguments]) == 1
        out, err = capsys.readouterr()
        harmless(out, format)
        harmless(err)
        if format in SCHEMAS:
            document = json.loads(out)
            check(SCHEMAS[format], document)
            if format == "json":
                assert document["files"]["failed"] == []
    if format in ("text", "json"):
        assert cli.run(["inspect", "--format", format]) == 0
        installs, err = capsys.readouterr()
        harmless(installs)
        harmless(err)
    return out


SCHEMAS = {"json": SCAN, "sarif": SARIF}
ATTACKS = {
    "escape": "\x1b[2J\x1b]0;title\x07",
    "written escape": "\\x1b[31m\\e]0;t\\a",
    "command": "::error file=a::pwned",
    "output": "::set-output name=a::b",
    "old command": "##[set-output name=a]b",
    "reordering": "a\u202eb\u2066c",
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ATTACKS)
def test_what_stands_in_files(repo: Path, capsys: pytest.CaptureFixture[str], name: str, format: str) -> None:
    attack = ATTACKS[name]
    quoted = json.dumps(f"{attack}\n{attack}\n  {attack}", ensure_ascii=True)
    shell = f"pip install \"{attack}\" 'x{attack}' flask=={attack}; pip install $'\\n{attack}'\n"
    files: Files = {
        WORKFLOW: f"""\
name: {quoted}
on: push
env: {{{quoted}: {quoted}, A: {quoted}}}
jobs:
  test:
    name: {quoted}
    runs-on: ubuntu-24.04
    strategy: {{matrix: {{k: [{quoted}, "b"]}}}}
    steps:
      - name: {quoted}
        run: {json.dumps(shell)}
      - run: pip install "$A" ${{{{ matrix.k }}}}
      - uses: {json.dumps("actions/checkout@" + attack)}
      - uses: {json.dumps("a/" + attack + "@v1")}
  {quoted}:
    runs-on: [{quoted}]
    container: {quoted}
    steps:
      - run: pip install flask
""",
        ".gitlab-ci.yml": f"""\
stages: [{quoted}]
image: {quoted}
{quoted}:
  stage: {quoted}
  image: {json.dumps("python:" + attack)}
  cache: {{key: {quoted}, paths: [{quoted}]}}
  script:
    - {json.dumps(shell)}
""",
        ".travis.yml": f"language: python\nenv: {json.dumps('A=' + attack)}\nscript: {json.dumps(shell)}\n",
        "a/Dockerfile": f"FROM python:{attack} AS {attack}\nRUN pip install {attack}\nENV X {attack}\nRUN {shell}"
        f'COPY --from={attack} . .\nRUN ["pip", "install", {quoted}, "\\ud800"]\nUSER {attack}\n',
        "b/Dockerfile": f"FROM a\n{attack}\n",
        "c/Dockerfile": f"# syntax={attack}\nFROM a\n# ci-audit: ignore[{attack}] {attack}\n"
        f"RUN pip install flask # ci-audit: ignore[CIA301] {attack}\n",
        ".github/workflows/bad.yml": f"{json.dumps(attack)}: 1\n{json.dumps(attack)}: 2\n",
        ".github/workflows/bad2.yml": f"on: push\njobs: {{{json.dumps(attack)}: {json.dumps(attack)}}}\n",
    }
    put(repo, files)
    out = shown(capsys, format)
    if format in SCHEMAS:
        # No lone surrogate comes from a text; only names of files may have them.
        json.dumps(json.loads(out), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "text",
    [
        "[tool.ci-audit\n",
        "[tool.ci-audit]\nselect = [\n",
        "a = 1\na = 2\n",
        "\x00\x01",
        "[" * 50_000,
        "a = " + "[" * 50_000 + "\n[tool.ci-audit]\n",
        "a." * 20_000 + "b = 1\n[tool.ci-audit]\n",
        b"[tool.ci-audit]\n# \xff\xfe\n",
        "[tool.poetry]\ndependencies = 3\n[project]\ndependencies = {a = 1}\n[build-system]\nrequires = 'a'\n",
        "project = 1\ntool = 'a'\ndependency-groups = []\nbuild-system = 1\n",
        "# " + "x" * (10 << 20) + "\n[project]\nname = 'a'\n",
    ],
    ids=range(11),
)
def test_a_broken_pyproject(heavy: Scan, text: str | bytes) -> None:
    found = heavy({"pyproject.toml": text, WORKFLOW: GITHUB.replace("flask", ".") + "      - run: poetry install\n"})
    assert "CIA101" in rules(found[WORKFLOW])


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("pyproject.toml", '[tool.ci-audit]\nselct = ["CIA101"]\n', "there is no key `selct` (did you mean `select`?)"),
        (".ci-audit.toml", "fail_on = 'note'\n", "did you mean `fail-on`?"),
        (".ci-audit.toml", "fail-on = 'notes'\n", "did you mean `note`?"),
        (".ci-audit.toml", "select = ['uncached-instal']\n", "did you mean `uncached-install`?"),
        (".ci-audit.toml", "select = [\n", "not valid TOML"),
        (".ci-audit.toml", b"# \xff\n", "not valid TOML"),
        (".ci-audit.toml", "a = " + "[" * 50_000, "not valid TOML"),
        (".ci-audit.toml", '"a\\n::error::b\\u001b[31m" = 1\n', "there is no key"),
        (".ci-audit.toml", '"##[set-output name=a]b" = 1\n', "there is no key"),
        (".ci-audit.toml", 'select = ["a\\n::error::b"]\n', "no rule or family"),
        (".ci-audit.toml", 'format = "a\\n::error::b"\n', "not one of"),
    ],
)
def test_a_broken_configuration(
    repo: Path, capsys: pytest.CaptureFixture[str], file: str, text: str | bytes, message: str
) -> None:
    put(repo, {file: text})
    for arguments in (["scan"], ["inspect"], ["scan", "-f", "json", "good"]):
        status = cli.run(arguments)
        out, err = capsys.readouterr()
        if arguments[0] == "inspect" and status == 0:
            continue
        assert (status, out) == (2, "")
        assert message in err
        harmless(err)
    assert cli.run(["scan", "--isolated"]) == 1

"""The command line as a user meets it, in processes of its own where that matters."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ci_audit import __version__, cli
from ci_audit.options import FORMATS
from tests.documents import INSTALLS, SARIF, SCAN, check

DIRTY = "FROM python:3.12.5\nRUN pip install flask\n"
CLEAN = "FROM python:3.12.5\nUSER app\n"
WORKFLOW = "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: pip install flask\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty repository that is the current folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    # For processes of their own, which start in this folder.
    monkeypatch.setenv("PYTHONPATH", str(Path(cli.__file__).parents[2]))
    return tmp_path


def scan(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.run(["scan", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def put(repo: Path, path: str, text: str) -> Path:
    file = repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return file


def test_status_zero_when_nothing_is_found(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "Dockerfile", CLEAN)
    assert scan(capsys) == (0, "No findings in 1 file\n", "")


def test_status_one_for_findings(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "Dockerfile", DIRTY)
    status, out, _ = scan(capsys)
    assert status == 1
    assert "Dockerfile:2:1: warning CIA102 missing-cache-mount" in out
    assert scan(capsys, "--exit-zero")[0] == 0


@pytest.mark.parametrize(("fail_on", "status"), [("error", 0), ("warning", 1), ("note", 1), ("never", 0)])
def test_fail_on(repo: Path, capsys: pytest.CaptureFixture[str], fail_on: str, status: int) -> None:
    put(repo, "Dockerfile", DIRTY)
    assert scan(capsys, "--fail-on", fail_on)[0] == status
    put(repo, ".ci-audit.toml", f'fail-on = "{fail_on}"\n')
    assert scan(capsys)[0] == status


def test_a_note_alone_does_not_fail(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "Dockerfile.j2", "FROM {{ base }}\n")
    status, out, _ = scan(capsys)
    assert (status, "CIA002" in out) == (0, True)
    assert scan(capsys, "--fail-on=note")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", "CIA999"], "no rule or family is called `CIA999`"),
        (["--select", "strict"], "`strict` is a preset and no rule: `--extend strict`"),
        (["--ignore", "uncached-instal"], "did you mean `uncached-install`?"),
        (["--jobs", "many"], "`--jobs` takes a number"),
        (["--root", "nowhere"], "nowhere: no such folder"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--output", "no/such/folder.txt"], "cannot be written"),
        (["--stdin-filename", "../x", "-"], "lies outside"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_status_two_for_what_cannot_be_done(
    repo: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status, out, err = scan(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_status_two_for_a_wrong_configuration(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, ".ci-audit.toml", 'selct = ["CIA101"]\n')
    status, _, err = scan(capsys)
    assert status == 2
    assert "did you mean `select`?" in err
    assert scan(capsys, "--isolated")[0] == 0


@pytest.mark.parametrize("command", ["scan", "rules"])
@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('select = ["CIA3", "nonsense"]', "select"),
        ('extend = ["nonsense"]', "extend"),
        ('ignore = ["nonsense"]', "ignore"),
        ('per-file-ignores = {"docs/*" = ["nonsense"]}', "per-file-ignores.docs/*"),
    ],
)
def test_an_unknown_rule_in_the_configuration_is_named_with_its_key(
    repo: Path, capsys: pytest.CaptureFixture[str], line: str, key: str, command: str
) -> None:
    file = put(repo, ".ci-audit.toml", f"{line}\n")
    if command == "rules" and key.startswith("per-file"):
        pytest.skip("what is ignored in which file is for scans")
    assert cli.run([command]) == 2
    assert f"{file}: `{key}`: no rule or family is called `nonsense`" in capsys.readouterr().err


def test_a_folder_that_cannot_be_read_fails_and_the_others_are_audited(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repo, "Dockerfile", DIRTY)
    put(repo, "a/b/Dockerfile", DIRTY)
    scandir = os.scandir

    def refusing(path: str) -> object:
        if os.path.basename(path) == "b":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    # The superuser may read every folder, so permissions alone do not show it.
    monkeypatch.setattr(os, "scandir", refusing)
    status, out, _ = scan(capsys, "--format", "json")
    document = json.loads(out)
    assert status == 3
    assert document["files"]["failed"] == [{"path": "a/b", "line": 1, "message": "permission denied"}]
    assert {finding["path"] for finding in document["findings"]} == {"Dockerfile"}
    assert scan(capsys, "--show-files")[0] == 3
    assert scan(capsys, "--exclude", "a/b/")[0] == 1
    assert scan(capsys, "--exclude", "a/b/", "a/b")[0] == 3
    assert scan(capsys, "Dockerfile")[0] == 1


def test_status_three_when_a_file_cannot_be_read(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "Dockerfile", DIRTY)
    status, out, _ = scan(capsys, "Dockerfile", "gone.yml", "--format", "json")
    assert status == 3
    document = json.loads(out)
    assert [failed["path"] for failed in document["files"]["failed"]] == ["gone.yml"]
    assert document["findings"]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(repo: Path, capsys: pytest.CaptureFixture[str], format: str) -> None:
    put(repo, "Dockerfile", DIRTY)
    status, out, err = scan(capsys, "--format", format)
    assert (status, err) == (1, "")
    assert "CIA301" in out
    if format in ("json", "sarif"):
        check(SCAN if format == "json" else SARIF, json.loads(out))
    put(repo, ".ci-audit.toml", f'format = "{format}"\n')
    assert scan(capsys)[1] == out
    assert scan(capsys, "--output", "report")[1] == ""
    assert (repo / "report").read_text() == out


def test_standard_input(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "requirements.txt", "flask\n")
    run = [sys.executable, "-m", "ci_audit", "scan", "-", "-f", "json"]

    def given(text: str, *arguments: str) -> tuple[int, dict[str, object]]:
        done = subprocess.run([*run, *arguments], input=text.encode(), capture_output=True, check=False)
        return done.returncode, json.loads(done.stdout)

    status, document = given(DIRTY)
    assert status == 1
    assert {finding["path"] for finding in document["findings"]} == {"stdin"}  # type: ignore[attr-defined]
    workflow = WORKFLOW.replace("install flask", "install -r requirements.txt")
    status, document = given(workflow, "--stdin-filename", ".github/workflows/a.yml")
    assert {finding["path"] for finding in document["findings"]} == {  # type: ignore[attr-defined]
        ".github/workflows/a.yml",
        "requirements.txt",
    }
    assert given(CLEAN, "--as", "dockerfile")[0] == 0
    assert given("what is this\n")[0] == 3


def test_a_file_of_any_name(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "build.txt", DIRTY)
    put(repo, "odd.txt", "# nothing that tells\n")
    assert scan(capsys)[1] == "No CI files were audited\n"
    assert scan(capsys, "build.txt")[0] == 1
    assert scan(capsys, "odd.txt")[0] == 3
    assert scan(capsys, "odd.txt", "--as", "github")[0] == 1


def test_paths_are_relative_to_the_root(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repo, "a/b/Dockerfile", DIRTY)
    put(repo, "Dockerfile", DIRTY)
    monkeypatch.chdir(repo / "a")
    document = json.loads(scan(capsys, "b", "-f", "json")[1])
    assert {finding["path"] for finding in document["findings"]} == {"a/b/Dockerfile"}
    document = json.loads(scan(capsys, "-f", "json", "--root", "b")[1])
    assert {finding["path"] for finding in document["findings"]} == {"Dockerfile"}
    monkeypatch.chdir("/")
    document = json.loads(scan(capsys, str(repo), "-f", "json")[1])
    assert {finding["path"] for finding in document["findings"]} == {"Dockerfile", "a/b/Dockerfile"}


def test_annotations_count_from_the_checkout(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repo, "a/Dockerfile", DIRTY)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repo))
    assert "file=a/Dockerfile," in scan(capsys, "-f", "github", "--root", "a")[1]


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        (["--select", "CIA310"], {"CIA310"}),
        (["--select", "undigested-image,CIA301"], {"CIA310", "CIA301"}),
        (["--select", "pinning"], {"CIA301"}),
        (["--select", "CIA3", "--extend", "strict"], {"CIA301", "CIA310"}),
        (["--extend", "CIA310"], {"CIA102", "CIA301", "CIA310"}),
        (["--extend", "strict"], {"CIA102", "CIA301", "CIA310"}),
        (["--ignore", "caching"], {"CIA301"}),
        (["--ignore", "CIA3", "--ignore=missing-cache-mount"], set()),
    ],
)
def test_choosing_rules(repo: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], rules: set[str]) -> None:
    put(repo, "Dockerfile", DIRTY)
    document = json.loads(scan(capsys, "-f", "json", *arguments)[1])
    assert {finding["rule"] for finding in document["findings"]} == rules


def test_options_and_configuration(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "Dockerfile", DIRTY)
    put(repo, "old/Dockerfile", DIRTY)
    put(
        repo,
        "pyproject.toml",
        '[tool.ci-audit]\nextends = "strict"\nignore = ["CIA301"]\nexclude = ["old/"]\n'
        '[tool.ci-audit.per-file-ignores]\n"Dockerfile" = ["missing-cache-mount"]\n',
    )

    def rules(*arguments: str) -> set[str]:
        return {finding["rule"] for finding in json.loads(scan(capsys, "-f", "json", *arguments)[1])["findings"]}

    assert rules() == {"CIA310"}
    assert rules("--select", "CIA301") == {"CIA301"}
    assert rules("--ignore", "CIA310") == set()
    assert rules("--isolated") == {"CIA102", "CIA301"}
    settings = json.loads(scan(capsys, "--show-settings", "--extend", "CIA301")[1])
    assert settings["extends"] == ["strict"]
    assert json.loads(scan(capsys, "--show-settings", "--isolated", "--extend=strict")[1])["extends"] == ["strict"]
    assert settings["exclude"] == ["old/"]
    assert settings["per-file-ignores"] == {"Dockerfile": ["CIA102"]}
    assert scan(capsys, "--show-files")[1] == "Dockerfile  (dockerfile)\n"


def test_rules_of_ones_own(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = """\
id: OWN001
name: root-stage
title: Everything is found
level: default
severity: {role: {from: error, container: note}}
match:
  image: {role: [from, container]}
  not: {tag: digest}
message: "`{image}` is used"
why: because
sources: []
examples:
  - file: Dockerfile
    bad: "FROM a:1.2\\n"
    finds: ["a:1.2"]
  - file: Dockerfile
    good: "FROM a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\\n"
"""
    put(repo, "rules/own/root-stage.yaml", card)
    put(repo, "Dockerfile", CLEAN)
    put(repo, ".ci-audit.toml", 'rules = ["rules"]\n')
    status, out, _ = scan(capsys)
    assert status == 1
    assert "error OWN001 root-stage\n  `python:3.12.5` is used\n" in out
    assert cli.run(["test", "rules"]) == 0
    assert capsys.readouterr().out == "1 card with 2 examples: all good\n"
    path = "rules/own/root-stage.yaml"
    put(repo, path, card.replace('finds: ["a:1.2"]', 'finds: ["b"]'))
    assert cli.run(["test", "rules"]) == 1
    assert capsys.readouterr().err == f"{path}:15: example 1: finds `a:1.2`, not `b`\n"
    put(repo, path, card.replace("  image: {role", "  image: {rolle"))
    assert cli.run(["test", "rules"]) == 1
    assert capsys.readouterr().err.startswith(f"{path}:7: `match.image`: ")
    put(repo, path, card.replace("why: because", "why: [because"))
    assert cli.run(["test", "rules"]) == 1
    assert capsys.readouterr().err.startswith(f"{path}:11: not valid YAML: ")
    assert scan(capsys)[0] == 2
    assert cli.run(["test", "nowhere"]) == 2


def test_cards_that_reuse_an_id_or_a_name(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Path(cli.__file__).parents[2] / "rules" / "caching" / "uncached-install.yaml"
    card = book.read_text()
    put(repo, "rules/a.yaml", card.replace("id: CIA101", "id: OWN001"))
    put(repo, "rules/b.yaml", card.replace("name: uncached-install", "name: own"))
    put(repo, "rules/c.yaml", card.replace("id: CIA101", "id: OWN001").replace("name: uncached-install", "name: own"))
    assert cli.run(["test", "rules"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "rules/a.yaml:2: another rule is called `uncached-install`: a built-in rule",
        "rules/b.yaml:1: another rule is called `CIA101`: a built-in rule",
        "rules/c.yaml:1: another rule is called `OWN001`: rules/a.yaml",
        "rules/c.yaml:2: another rule is called `own`: rules/b.yaml",
    ]
    # A card of the rule book itself is no copy.
    assert cli.run(["test", str(book)]) == 0


def test_suppressed_and_statistics(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "Dockerfile", DIRTY.replace("RUN", "# ci-audit: ignore[CIA301, nonsense] wanted\nRUN"))
    _, out, err = scan(capsys, "--show-suppressed")
    assert "(suppressed by ignore: wanted)" in out
    assert "warning: Dockerfile:2: the ignore comment names no rule that exists: `nonsense`" in err
    _, out, err = scan(capsys, "--statistics", "--quiet")
    assert (out.split(), err) == (["1", "warning", "CIA102", "missing-cache-mount"], "")


def test_inspect(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repo, "Dockerfile", DIRTY.replace("flask", "flask==3 https://me:hunter2@host.example/x.whl"))
    assert cli.run(["inspect", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    check(INSTALLS, document)
    (install,) = document["installs"]
    assert install["manager"] == "pip"
    assert install["cached"] == "no"
    assert install["cause"] == "absent"
    assert install["downloads_to"] == "/root/.cache/pip"
    assert install["packages"][0] == {"name": "flask", "specifier": "==3", "pinned": True}
    assert cli.run(["inspect"]) == 0
    out = capsys.readouterr().out
    assert "1 install (1 not cached)" in out
    assert "hunter2" not in out
    assert cli.run(["inspect", "gone"]) == 3


def test_rules_and_explain(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rules"]) == 0
    assert "CIA101  uncached-install" in capsys.readouterr().out
    assert cli.run(["rules", "--format", "json", "--select", "CIA310"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["rules"]
    assert (entry["id"], entry["level"], entry["on"]) == ("CIA310", "strict", True)
    assert cli.run(["explain", "uncached-install"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("# CIA101 uncached-install\n")
    assert "```yaml\n" in out
    assert cli.run(["explain", "cia101", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"][0]["id"] == "CIA101"
    assert cli.run(["explain", "CIA999"]) == 2


def test_explain_shows_every_example_in_full(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "frozen-cache-key"]) == 0
    out = capsys.readouterr().out
    found, good = out.split("## Good\n")
    assert found.count("at `") == 3
    assert found.count("with `requirements.txt`:\n\n```\nrequests==2.32.3\n```") == 2
    assert "hashFiles('requirements.txt')" in good
    assert cli.run(["explain", "frozen-cache-key", "--format", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["rules"]
    assert [example["found"] for example in entry["examples"]] == [True, True, False, True]
    assert "on" not in entry


def test_explain_names_only_fixes_that_there_are(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ci_audit import remedies

    def fixes() -> tuple[str, list[str]]:
        assert cli.run(["explain", "uncached-install"]) == 0
        line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("Family "))
        assert cli.run(["explain", "uncached-install", "--format", "json"]) == 0
        return line, json.loads(capsys.readouterr().out)["rules"][0]["fixes"]

    monkeypatch.setattr(remedies, "MODULES", {})
    assert fixes() == ("Family caching, level default, severity warning.", [])
    # The rule has nothing to find in Dockerfiles.
    names = dict.fromkeys(("github", "travis", "dockerfile"), "x")
    monkeypatch.setattr(remedies, "MODULES", {"cache-installs": names})
    line, providers = fixes()
    assert line.endswith("severity warning; can be fixed in GitHub Actions and Travis CI.")
    assert providers == ["github", "travis"]


def test_explain_shows_rules_of_ones_own(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = (Path(cli.__file__).parents[2] / "rules" / "file" / "invalid-syntax.yaml").read_text()
    card = card.replace("id: CIA001", "id: OWN001").replace("name: invalid-syntax", "name: own")
    put(repo, "rules/own.yaml", card)
    put(repo, ".ci-audit.toml", 'rules = ["rules"]\n')
    assert cli.run(["explain", "OWN001"]) == 0
    assert "## Found\n" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"ci-audit {__version__}\n"


def test_no_arguments_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) in (0, 2)
    captured = capsys.readouterr()
    assert "scan" in captured.out + captured.err


def test_color(repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    put(repo, "Dockerfile", DIRTY)
    assert "\x1b[" not in scan(capsys)[1]
    assert "\x1b[" in scan(capsys, "--color=always")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in scan(capsys)[1]
    assert "\x1b[" not in scan(capsys, "--color=never")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in scan(capsys)[1]


def test_shell_completion(repo: Path) -> None:
    environment = {**os.environ, "_CI_AUDIT_COMPLETE": "complete_bash", "COMP_WORDS": "ci-audit sc", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ci_audit"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["scan"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of POSIX")
def test_a_closed_pipe_is_quiet(repo: Path) -> None:
    for number in range(300):
        put(repo, f"{number}/Dockerfile", DIRTY)
    process = subprocess.Popen(
        [sys.executable, "-m", "ci_audit", "scan"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert errors == b""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of POSIX")
def test_an_interrupt_is_130_and_quiet(repo: Path) -> None:
    # Standard input is never closed, so the command waits until the signal.
    process = subprocess.Popen(
        [sys.executable, "-m", "ci_audit", "scan", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate()
    assert (process.returncode, out, errors) == (130, b"", b"")


def test_odd_encodings_of_standard_output(repo: Path) -> None:
    put(repo, "Dockerfile", "FROM pythön:3\nRUN pip install flask # 日本\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-m", "ci_audit", "scan"], env=environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"pyth\\xf6n" in done.stdout
    assert done.stderr == b""

"""The report for people."""

from ci_audit.discover import Found, discover
from ci_audit.engine import Failed, Report, Settings, audit
from ci_audit.reporters import View, github, text
from ci_audit.reporters.excerpt import excerpt
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import load
from ci_audit.source import Source
from tests.test_findings import finding

KNOWN = load()
ESCAPE = "\x1b]0;owned\x07\x1b[2J"


def run(files: dict[str, str], *rules: str) -> tuple[Report, Repository]:
    repository = Repository("", MemoryReader(files))
    chosen = tuple(rule for rule in KNOWN if rule.id in rules)
    return audit(repository, discover(repository, [""]).found, Settings(chosen, KNOWN)), repository


def shown(report: Report, repository: Repository, **options: bool) -> str:
    return "".join(text.render(report, View(KNOWN, repository.source, **options)))  # type: ignore[arg-type]


def test_the_whole() -> None:
    report, repository = run(
        {"Dockerfile": "FROM python:3.12.5\nRUN pip install 'flask>=3' \\\n    django==5\n"}, "CIA301"
    )
    reason = report.findings[0].message
    assert shown(report, repository) == (
        "Dockerfile:2:17: warning CIA301 unpinned-package\n"
        f"  {reason}\n"
        "  2 | RUN pip install 'flask>=3' \\\n"
        "    |                 ^^^^^^^^^^\n"
        "\n"
        "1 finding (1 warning) in 1 file\n"
    )


MOUNTED = (
    "FROM python:3.12.5\nENV PIP_NO_CACHE_DIR=1\nRUN --mount=type=cache,target=/root/.cache/pip pip install a==1\n"
)


def test_what_the_message_says_is_not_said_again() -> None:
    report, repository = run({"Dockerfile": MOUNTED}, "CIA103")
    written = shown(report, repository)
    assert written.count("PIP_NO_CACHE_DIR=1 turns pip's cache off") == 1
    assert "\n  = see Dockerfile:2\n  = Dockerfile:3: the cache mount keeps `/root/.cache/pip`\n" in written
    report, repository = run({"Dockerfile": MOUNTED.replace("ENV PIP_NO_CACHE_DIR=1", "USER 1000")}, "CIA104")
    assert report.findings[0].related
    assert "  = " not in shown(report, repository), "the place is in the excerpt already"
    for line in github.render(report, View(KNOWN, repository.source, quiet=True)):
        assert "%0A" not in line


def test_jobs_and_variants_are_listed_as_a_sentence_has_them() -> None:
    job = "runs-on: ubuntu-24.04\n    steps: [{run: pip install -r r.txt}]\n"
    names = ("a", "b", "c", "d", "e", "f")
    text = "on: push\njobs:\n" + "".join(f"  {name}:\n    {job}" for name in names)
    for count, listed in ((2, "`a` and `b`"), (4, "`a`, `b`, `c` and `d`"), (6, "`a`, `b`, `c`, `d` and 2 more")):
        part = text[: text.index(f"  {names[count]}:")] if count < len(names) else text
        report, repository = run({".github/workflows/ci.yml": part, "r.txt": "flask\n"}, "CIA302")
        assert f"\n  = in the jobs {listed}\n" in shown(report, repository)


def test_nothing_found() -> None:
    report, repository = run({"Dockerfile": "FROM python:3.12.5\n"}, "CIA301")
    assert shown(report, repository) == "No findings in 1 file\n"
    assert shown(report, repository, quiet=True) == ""


def test_nothing_to_audit() -> None:
    assert shown(*run({}, "CIA301")) == "No CI files were audited\n"


def test_color_only_when_asked_for() -> None:
    report, repository = run({"Dockerfile": "FROM python:3.12.5\nRUN pip install flask\n"}, "CIA301")
    plain, colored = shown(report, repository), shown(report, repository, color=True)
    assert "\x1b" not in plain
    assert "\x1b[33;1mwarning\x1b[0m" in colored
    for code in ("0", "1", "2", "33;1"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == plain


def test_statistics_count_by_rule() -> None:
    report, repository = run({"Dockerfile": "FROM python\nRUN pip install flask django\n"}, "CIA301", "CIA305")
    lines = shown(report, repository, statistics=True).splitlines()
    assert lines[0].split() == ["2", "warning", "CIA301", "unpinned-package"]
    assert lines[1].split() == ["1", "warning", "CIA305", "mutable-image"]
    assert lines[2].startswith("3 findings")


def test_suppressed_ones_only_when_asked_for() -> None:
    report, repository = run(
        {"Dockerfile": "# ci-audit: ignore-file[CIA301] on purpose\nFROM a:1.2\nRUN pip install flask\n"}, "CIA301"
    )
    assert shown(report, repository) == "No findings in 1 file, 1 suppressed\n"
    assert "CIA301 unpinned-package (suppressed by ignore-file: on purpose)" in shown(
        report, repository, show_suppressed=True
    )


def test_failures_are_named() -> None:
    report = Report(failed=(Failed("a\x1b.yml", 1, "it\nis gone"),))
    assert shown(report, Repository("", MemoryReader({}))) == (
        "failed a\\x1b.yml: it\\x0ais gone\nNo CI files were audited, 1 file failed\n"
    )


def test_nothing_drives_the_terminal() -> None:
    workflow = (
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n"
        f"    steps:\n      - run: 'pip install fl{ESCAPE}ask\u202e'\n"
    )
    files = {
        ".github/workflows/a.yml": workflow.replace("\x1b", "\u009b"),
        "Dockerfile": f"FROM a:1\nRUN pip install x{ESCAPE}\n",
    }
    report, repository = run(files, "CIA301", "CIA101", "CIA102", "CIA001")
    assert report.findings
    written = shown(report, repository, show_suppressed=True)
    assert all(char == "\n" or (ord(char) > 31 and not 0x7F <= ord(char) < 0xA0) for char in written)
    assert "\u202e" not in written
    assert "\\x1b]0;owned\\x07" in written


def test_secrets_stay_hidden_in_the_excerpt() -> None:
    text = (
        "FROM a:1.2\nRUN pip install --index-url https://me:hunter2@host.example/simple \\\n"
        "      --password \\\n      hunter2 flask\n"
    )
    report, repository = run({"Dockerfile": text}, "CIA301", "CIA102")
    assert len(report.findings) == 2
    written = shown(report, repository)
    assert "hunter2" not in written
    assert "  4 |       *** flask\n    |           ^^^^^\n" in written


def lines_of(text: str, start: int, end: int) -> list[tuple[int, str, str]]:
    source = Source("a", text)
    first, last = source.position(start), source.position(end)
    found = finding(start=start, end=end, line=first[0], column=first[1], end_line=last[0], end_column=last[1])
    return [tuple(line) for line in excerpt(source, found)]  # type: ignore[misc]


def test_marks_stand_below_tabs_and_wide_letters() -> None:
    text = "\ta 日本 b\n"
    start = text.index("日")
    assert lines_of(text, start, start + 2) == [(1, "    a 日本 b", "      ^^^^")]


def test_several_lines_leave_out_the_indentation() -> None:
    assert lines_of("  ab\n    cd\n", 2, 11) == [(1, "  ab", "  ^^"), (2, "    cd", "    ^^")]


def test_a_long_span_is_cut_in_the_middle() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 21))
    assert [line[0] for line in lines_of(text, 0, len(text) - 1)] == [1, 2, 3, 4, 5, 0, 20]


def test_a_span_that_ends_with_its_line_shows_no_further_line() -> None:
    assert [line[0] for line in lines_of("ab\ncd\n", 0, 3)] == [1]


def test_a_long_line_is_cut_around_the_span() -> None:
    text = "x" * 300 + "HERE" + "y" * 300
    ((_, line, marks),) = lines_of(text, 300, 304)
    assert len(line) <= 164
    assert line[marks.index("^") :].startswith("HERE")
    assert marks.count("^") == 4
    assert line[0] == line[-1] == "…"


def test_an_endless_line_is_not_shown() -> None:
    assert lines_of("x" * 5000, 10, 20) == []


def test_a_file_that_changed_is_not_shown() -> None:
    report, repository = run({"Dockerfile": "FROM a:1.2\nRUN pip install flask\n"}, "CIA301")
    other = Repository("", MemoryReader({"Dockerfile": "FROM a\n"}))
    assert " | " in shown(report, repository)
    assert " | " not in shown(report, other)
    assert Found("Dockerfile", "dockerfile") in discover(repository, [""]).found


def test_what_can_be_told_again_is_not_kept_for_every_file() -> None:
    files = {f"images/{number}/Dockerfile": "FROM python:3.12.5\nRUN pip install flask\n" for number in range(3)}
    report, repository = run(files, "CIA301")
    sources = [repository.source(path) for path in files]
    assert [source._line_starts for source in sources if source] == [None] * 3, "after the audit"
    assert "3 findings" in shown(report, repository)
    assert [source._line_starts for source in sources if source] == [None] * 3, "after the report"
    assert [source.position(19).line for source in sources if source] == [2] * 3

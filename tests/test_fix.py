"""What a fix promises: the cards' own examples, fixes together and apart, and what is said when one does not work."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ci_audit import cards, remedies
from ci_audit.cards import Card, Example
from ci_audit.discover import Found, provider_of
from ci_audit.editing import Edit, Operation, Rewrite, apply, files, join
from ci_audit.engine import Report, Settings, audit
from ci_audit.findings import Finding, Fix, Unfixed
from ci_audit.fix import PINNING_OF_ACTIONS
from ci_audit.inspection import inspect
from ci_audit.model import Pipeline
from ci_audit.readers import MemoryReader
from ci_audit.remedies import FileChange, Remedy, Request, Skipped
from ci_audit.repair import Repaired, repair
from ci_audit.repository import Repository
from ci_audit.rulebook import Rule
from ci_audit.source import Source
from tests.test_rulebook import CARDS, KNOWN

CACHING = tuple(rule for rule in KNOWN if rule.family == "caching")
SAFETIES = ("safe", "unsafe")
BAD = [
    (f"{card.data['name']}-{number}-{example.provider}", card, example)
    for card in CARDS
    for number, example in enumerate(cards.examples(card))
    if not example.is_good and card.data.get("remedy")
]
FIXED = [pytest.param(card, example, id=id) for id, card, example in BAD if example.fixed is not None]
KEPT = [
    pytest.param(card, example, id=id)
    for id, card, example in BAD
    if example.fixed is not None and card.family != "pinning"
]
UNFIXED = [pytest.param(card, example, id=id) for id, card, example in BAD if example.fixed is None]
WORKFLOW = ".github/workflows/ci.yml"


def repaired_files(
    texts: dict[str, str | bytes], rules: tuple[Rule, ...] = CACHING, safeties: tuple[str, ...] = SAFETIES
) -> Repaired:
    repository = Repository("", MemoryReader(texts))
    found = [Found(path, provider) for path in sorted(texts) if (provider := provider_of(path))]
    return repair(repository, found, Settings(rules, KNOWN, safeties=safeties), lambda path: True)


def repaired(example: Example, rules: tuple[Rule, ...], text: str | None = None) -> Repaired:
    texts: dict[str, str | bytes] = {**example.also, example.file: example.text if text is None else text}
    repository = Repository("", MemoryReader(texts))
    found = [Found(example.file, example.provider)]
    return repair(repository, found, Settings(rules, KNOWN, safeties=SAFETIES), lambda path: True)


def data_of(path: str, done: Repaired) -> bytes:
    data = done.repository.data(path)
    assert data is not None
    return data


def reasons(report: Report) -> list[str]:
    return [finding.fix.reason for finding in report.findings if isinstance(finding.fix, Unfixed)]


@pytest.mark.parametrize(("card", "example"), FIXED)
def test_the_fix_is_the_one_that_the_card_shows(card: Card, example: Example) -> None:
    rules = (cards.rule_of(card),)
    done = repaired(example, rules)
    assert example.fixed is not None
    assert data_of(example.file, done).decode() == example.fixed
    assert done.report.findings == ()
    assert {change.path for change in done.changed} == {example.file}
    assert repaired(example, rules, example.fixed).changed == ()


@pytest.mark.parametrize(("card", "example"), KEPT)
def test_what_was_fixed_is_kept(card: Card, example: Example) -> None:
    rows = inspect(cards.repository_of(example, example.fixed), [Found(example.file, example.provider)]).rows
    assert {row.cause for row in rows} <= {"kept", "local"}
    assert "kept" in {row.cause for row in rows}


@pytest.mark.parametrize(("card", "example"), FIXED)
def test_line_ends_and_a_byte_order_mark_stay(card: Card, example: Example) -> None:
    assert example.fixed is not None
    rules = (cards.rule_of(card),)
    windows = repaired(example, rules, example.text.replace("\n", "\r\n"))
    assert data_of(example.file, windows) == example.fixed.replace("\n", "\r\n").encode()
    marked = repaired(example, rules, "\ufeff" + example.text)
    assert data_of(example.file, marked) == ("\ufeff" + example.fixed).encode()
    assert all(change.old is not None and change.old.startswith(b"\xef\xbb\xbf") for change in marked.changed)


@pytest.mark.parametrize(("card", "example"), FIXED)
def test_a_comment_above_every_line_stays(card: Card, example: Example) -> None:
    """A comment above what is deleted may go with it, by an unsafe fix; every other stays above the same line."""
    text = _commented(example.text)
    done = repaired(example, (cards.rule_of(card),), text)
    new = data_of(example.file, done).decode()
    assert example.fixed is not None
    assert re.sub(r"(?m)^ *# note \d+\n", "", new) == example.fixed
    left = example.fixed.splitlines()
    for comment, line in re.findall(r"(?m)^ *(# note \d+)\n(.*)$", text):
        if f"{comment}\n" not in new:
            assert line not in left
            assert "unsafe" in {finding.fix.safety for finding in done.fixed if isinstance(finding.fix, Fix)}


def _commented(text: str) -> str:
    lines = []
    before = ""
    for number, line in enumerate(text.splitlines()):
        if line.strip() and not before.endswith("\\") and not line.startswith(("# syntax", "# escape")):
            lines.append(f"{' ' * (len(line) - len(line.lstrip()))}# note {number}")
        lines.append(line)
        before = line
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("card", "example"), FIXED)
def test_no_two_rules_undo_each_other(card: Card, example: Example) -> None:
    done = repaired(example, KNOWN)
    text = data_of(example.file, done).decode()
    again = repaired(example, KNOWN, text)
    assert again.changed == ()
    assert not [finding for finding in again.report.findings if isinstance(finding.fix, Fix) and finding.fix.files]


@pytest.mark.parametrize(("card", "example"), UNFIXED)
def test_what_the_card_does_not_fix_says_why(card: Card, example: Example) -> None:
    done = repaired(example, (cards.rule_of(card),))
    assert done.changed == ()
    for finding in done.report.findings:
        answer = finding.remedy if finding.fix is None else finding.fix
        assert isinstance(answer, Unfixed) or (isinstance(answer, Remedy) and answer.safety == "show")
        assert answer.reason


class Joined(NamedTuple):
    """Jobs or stages of several examples in one file, with the files beside it."""

    path: str
    texts: dict[str, str]


def _pieces(provider: str) -> list[tuple[str, dict[str, str]]]:
    """Give the jobs of workflows, and the stages of Dockerfiles, that do not depend on the head of their file."""
    pieces = []
    for _, _, example in BAD:
        text = example.text
        if example.provider != provider:
            continue
        if provider == "dockerfile" and text.startswith("FROM ") and not re.search(r"(?i) AS |--from|escape=", text):
            pieces.append((text, dict(example.also)))
        head, found, jobs = text.partition("\njobs:\n")
        if provider == "github" and found and head == "on: push" and "needs:" not in jobs and "&" not in jobs:
            pieces.append((jobs, dict(example.also)))
    return pieces


PIECES = {provider: _pieces(provider) for provider in ("github", "dockerfile")}


@st.composite
def joined(draw: st.DrawFn) -> Joined:
    provider = draw(st.sampled_from(sorted(PIECES)))
    chosen = draw(st.lists(st.sampled_from(PIECES[provider]), min_size=2, max_size=5))
    others: dict[str, str] = {}
    parts = []
    for number, (text, also) in enumerate(chosen):
        if any(others.get(path, text) != text for path, text in also.items()):
            continue
        others.update(also)
        parts.append(re.sub(r"(?m)^  ([\w-]+):", rf"  \1-{number}:", text) if provider == "github" else text)
    text = "".join(part if part.endswith("\n") else part + "\n" for part in parts)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    if provider == "dockerfile":
        return Joined("Dockerfile", {**others, "Dockerfile": text})
    newline = "\r\n" if "\r\n" in text else "\n"
    return Joined(WORKFLOW, {**others, WORKFLOW: f"on: push{newline}jobs:{newline}{text}"})


def offered(path: str, texts: dict[str, str], fixes: str = "offer") -> Report:
    repository = Repository("", MemoryReader(texts))
    found = [Found(path, provider_of(path) or "")]
    report = audit(repository, found, Settings(CACHING, KNOWN, fixes=fixes, safeties=SAFETIES))
    assert report.failed == ()
    return report


def applied(text: str, fixes: Sequence[Fix], path: str) -> str:
    edits, left_out = join(
        [Edit(one.start, one.end, one.text) for file in fix.files if file.path == path for one in file.replacements]
        for fix in fixes
    )
    assert left_out == []
    return apply(text, edits)


def places(findings: Sequence[Finding]) -> Counter[tuple[str, str]]:
    return Counter((one.rule, job) for one in findings if one.rule != PINNING_OF_ACTIONS for job in one.jobs or ("",))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(joined(), st.data())
def test_any_of_the_offered_fixes_work_without_the_others(file: Joined, data: st.DataObject) -> None:
    path, texts = file
    report = offered(path, texts)
    fixes = {one.fix.id: one.fix for one in report.findings if isinstance(one.fix, Fix)}
    chosen = data.draw(st.sets(st.sampled_from(sorted(fixes)))) if fixes else set()
    text = applied(texts[path], [fixes[id] for id in sorted(chosen)], path)
    assert text.count("\r") in (0, text.count("\n"))
    if path == WORKFLOW:
        YAML(typ="safe", pure=True).load(text)
    after = offered(path, {**texts, path: text}, fixes="")
    left = [one for one in report.findings if not (isinstance(one.fix, Fix) and one.fix.id in chosen)]
    assert places(after.findings) == places(left), text


IMAGE = "FROM python:3.12.5\nRUN pip install flask\n"
MOUNT = "--mount=type=cache,target=/root/.cache/pip"
CHECKED_OUT = "      - uses: actions/checkout@v4\n"
PYTHON = '      - uses: actions/setup-python@v5\n        with:\n          python-version: "3.12"\n'
JOB = f"    runs-on: ubuntu-24.04\n    steps:\n{CHECKED_OUT}{PYTHON}      - run: pip install -r requirements.txt\n"
TWO_JOBS = f"on: push\njobs:\n  one:\n{JOB}  two:\n{JOB}"
REQUIREMENTS: dict[str, str | bytes] = {"requirements.txt": "requests==2.32.3\n"}


def image(text: str, rules: tuple[Rule, ...] = CACHING) -> str:
    done = repaired_files({"Dockerfile": text, **REQUIREMENTS}, rules)
    assert done.report.failed == ()
    return data_of("Dockerfile", done).decode()


def test_two_flags_and_a_command_of_one_run_are_taken_out_without_harm() -> None:
    assert (
        image(
            "FROM python:3.12.5\nRUN pip install --no-cache-dir -r requirements.txt \\\n && pip cache purge\n"
            "RUN python -m pip install flask\n"
        )
        == f"FROM python:3.12.5\nRUN {MOUNT} \\\n pip install -r requirements.txt\n"
        f"RUN {MOUNT} python -m pip install flask\n"
    )


@pytest.mark.parametrize(
    "good",
    [
        f"FROM python:3.12.5\nRUN {MOUNT} pip install flask\n",
        "FROM python:3.12.5\nENV PIP_CACHE_DIR=/pip\nRUN --mount=type=cache,target=/pip pip install flask\n",
        "FROM python:3.12.5\nRUN --mount=type=cache,target=/root/.cache pip install flask\n",
    ],
)
def test_a_right_mount_stays_as_it_is(good: str) -> None:
    assert image(good, KNOWN) == good


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (f"RUN {MOUNT} pip install --no-cache-dir flask\n", f"RUN {MOUNT} pip install flask\n"),
        (f"ENV PIP_NO_CACHE_DIR=1\nRUN {MOUNT} pip install flask\n", f"RUN {MOUNT} pip install flask\n"),
        (
            f"USER 1000:1000\nENV HOME=/app\nRUN {MOUNT} pip install flask\n",
            "USER 1000:1000\nENV HOME=/app\n"
            "RUN --mount=type=cache,target=/app/.cache/pip,uid=1000,gid=1000 pip install flask\n",
        ),
    ],
)
def test_a_mount_that_does_nothing_is_made_to_work(bad: str, good: str) -> None:
    assert image(f"FROM python:3.12.5\n{bad}") == f"FROM python:3.12.5\n{good}"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_comments_and_characters_beyond_ascii_stay_where_they_are(newline: str, bom: str) -> None:
    before = (
        "# \U0001f680 Grüße\non: push  # é\njobs:\n  teßt:  # \U0001f600\n    runs-on: ubuntu-24.04 # why\n"
        "    steps: # these\n      # look here\n      - uses: actions/checkout@v4 # c1\n"
        "      - uses: actions/setup-python@v5 # c2\n        with: # c3\n          # the oldest ü\n"
        "          python-version: '3.12' # c4\n"
    )
    after = "          # after\n      - run: echo \U0001f600 && pip install -r requirements.txt # c5\n# end\n"
    text = (bom + before + after).replace("\n", newline)
    done = repaired_files({WORKFLOW: text, **REQUIREMENTS})
    expected = bom + before + "          cache: pip\n" + after
    assert data_of(WORKFLOW, done).decode() == expected.replace("\n", newline)
    dockerfile = (
        "# ü\U0001f680\u2028\x85\nFROM python:3.12.5\nRUN echo '\U0001f680 u\u0308' && pip install flask # \U0001f600\n"
    )
    text = (bom + dockerfile).replace("\n", newline)
    assert image(text) == text.replace("RUN ", f"RUN {MOUNT} ")


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Remedy | Skipped | Exception) -> None:
    """Let the remedies of the findings be these, in order; the last one again and again."""
    left = list(answers)

    def remedy(request: Request) -> Remedy | Skipped:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(remedies, "remedy", remedy)


def rewriting(old: str, new: str, text: str = IMAGE, path: str = "Dockerfile", safety: str = "safe") -> Remedy:
    start = text.index(old)
    return Remedy(f"Write {new}", safety, (FileChange(path, (Rewrite(start, start + len(old), new),)),))


def why_not(report: Report) -> str:
    (reason,) = set(reasons(report))
    return reason


def test_a_remedy_that_fails_leaves_the_finding() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        answering(monkeypatch, RuntimeError("password=hunter2nope"))
        done = repaired_files({"Dockerfile": IMAGE})
    assert (done.changed, done.report.failed) == ((), ())
    assert re.match(r"ci-audit failed on it \(RuntimeError in test_fix\.py:\d+\)", why_not(done.report))
    assert "hunter2" not in why_not(done.report)


@pytest.mark.parametrize(
    ("remedy", "reason"),
    [
        (rewriting("flask", "django"), "it would not help: "),
        (rewriting("RUN pip install flask", "RUN pip install 'flask"), "it would not help"),
        (rewriting("FROM python:3.12.5", "FORM python:3.12.5"), "could not be told any more"),
        (rewriting("RUN pip install flask", f"RUN {MOUNT} pip install --no-cache-dir flask"), "CIA103 would be found"),
        (rewriting("RUN pip install flask", "COPY a b\nRUN $PIP install flask"), ""),
        (Remedy("x", "safe", (FileChange("Dockerfile", (Rewrite(0, 10_000, ""),)),)), ""),
        (Remedy("x", "safe", (FileChange("gone", (Rewrite(0, 1, ""),)),)), "`gone` cannot be read"),
        (Remedy("x", "safe", (FileChange("Dockerfile", (), create="x"),)), "there is a `Dockerfile` already"),
    ],
)
def test_a_remedy_that_does_not_work_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, remedy: Remedy, reason: str
) -> None:
    answering(monkeypatch, remedy)
    done = repaired_files({"Dockerfile": IMAGE})
    assert (done.changed, done.fixed) == ((), ())
    assert reason in why_not(done.report)


def test_a_remedy_that_breaks_the_file_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, rewriting("FROM python:3.12.5", "FORM python:3.12.5"))
    done = repaired_files({"Dockerfile": IMAGE}, tuple(rule for rule in KNOWN if rule.id in ("CIA001", "CIA102")))
    assert done.changed == ()
    assert "CIA001 would be found instead" in why_not(done.report)


def test_a_remedy_that_hides_the_finding_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    remedy = rewriting("RUN", "RUN --mount=type=cache,target=$SOMEWHERE")
    answering(monkeypatch, remedy)
    text = IMAGE.replace("RUN", "ARG SOMEWHERE\nRUN")
    remedy = rewriting("RUN", "RUN --mount=type=cache,target=$SOMEWHERE", text)
    answering(monkeypatch, remedy)
    done = repaired_files({"Dockerfile": text})
    assert done.changed == ()
    assert why_not(done.report) == "it could not be told any more whether the downloads are kept"


def test_one_remedy_that_does_not_work_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    text = IMAGE + "RUN pip install requests\nRUN pip install django\n"
    good = rewriting("RUN pip install flask", f"RUN {MOUNT} pip install flask", text)
    also_good = rewriting("RUN pip install django", f"RUN {MOUNT} pip install django", text)
    answering(monkeypatch, good, rewriting("requests", "idle", text), also_good, Skipped("no more"))
    report = offered("Dockerfile", {"Dockerfile": text})
    assert [isinstance(one.fix, Fix) for one in report.findings] == [True, False, True]
    assert "it would not help" in why_not(report)


def test_of_two_fixes_of_one_place_the_second_is_made_in_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    text = IMAGE + "RUN pip install requests\n"

    def remedy(request: Request) -> Remedy | Skipped:
        source = request.where.source
        if "flask" in request.where.text:
            return rewriting("RUN pip install flask\n", f"RUN {MOUNT} pip install flask\n", source.text)
        return rewriting("\nRUN pip install requests", f"\nRUN {MOUNT} pip install requests", source.text)

    monkeypatch.setattr(remedies, "remedy", remedy)
    monkeypatch.setattr(files, "edits", _as_told)
    report = offered("Dockerfile", {"Dockerfile": text})
    assert [isinstance(one.fix, Fix) for one in report.findings] == [True, False]
    assert why_not(report) == "another fix changes the same place; run again after that one"
    monkeypatch.setattr(files, "check", lambda *_: "")
    assert image(text) == text.replace("RUN", f"RUN {MOUNT}")


def _as_told(provider: str, source: Source, operations: Sequence[Operation]) -> tuple[Edit, ...]:
    return tuple(Edit(one.start, one.end, one.text) for one in operations if isinstance(one, Rewrite))


@pytest.fixture
def breaks_on_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let our parser fail on what the fix writes."""
    from ci_audit import providers

    real = providers.parse

    def parse(provider: str, source: Source, repository: Repository) -> Pipeline:
        if "--mount" in source.text or "cache: pip" in source.text:
            raise RuntimeError("a fault of ours")
        return real(provider, source, repository)

    monkeypatch.setattr(providers, "parse", parse)


@pytest.mark.usefixtures("breaks_on_mounts")
def test_a_fault_of_ours_in_the_result_leaves_the_finding() -> None:
    done = repaired_files({"Dockerfile": IMAGE})
    assert (done.changed, done.report.failed, done.report.audited) == ((), (), 1)
    assert "could not be audited: ci-audit failed on it (RuntimeError" in why_not(done.report)


ACTION = ".github/actions/set-up/action.yml"
COMPOSITE = (
    "name: set up\nruns:\n  using: composite\n  steps:\n"
    f"{PYTHON}      - run: pip install -r requirements.txt\n        shell: bash\n"
).replace("\n      ", "\n    ")
USES = (
    f"on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n{CHECKED_OUT}"
    "      - uses: ./.github/actions/set-up\n"
)
SHARED: dict[str, str | bytes] = {
    ACTION: COMPOSITE,
    ".github/workflows/a.yml": USES,
    ".github/workflows/b.yml": USES,
    **REQUIREMENTS,
}


def test_an_action_that_two_workflows_use_is_fixed_once() -> None:
    done = repaired_files(SHARED)
    assert [change.path for change in done.changed] == [ACTION]
    assert data_of(ACTION, done).decode().count("cache: pip") == 1
    assert done.report.findings == ()
    assert len({one.fix.id for one in done.fixed if isinstance(one.fix, Fix)}) == 1


@pytest.mark.usefixtures("breaks_on_mounts")
def test_a_fault_of_ours_in_a_shared_file_leaves_the_finding() -> None:
    done = repaired_files(SHARED)
    assert (done.changed, done.report.failed, done.report.audited) == ((), (), 3)
    assert done.report.findings != ()
    assert "RuntimeError" in why_not(done.report)


def test_a_fault_of_ours_in_the_editor_leaves_the_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def edits(*_: object) -> tuple[Edit, ...]:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(files, "edits", edits)
    for texts in ({"Dockerfile": IMAGE}, SHARED):
        done = repaired_files(dict(texts))
        assert (done.changed, done.report.failed) == ((), ())
        assert "RuntimeError" in why_not(done.report)


def test_what_is_not_utf_8_is_left_alone() -> None:
    done = repaired_files({"Dockerfile": b"# \xff\n" + IMAGE.encode()})
    assert done.changed == ()
    assert why_not(done.report) == "the file is not valid UTF-8"


def test_jobs_of_the_same_text_are_fixed_each_for_itself() -> None:
    done = repaired_files({WORKFLOW: TWO_JOBS, **REQUIREMENTS})
    assert data_of(WORKFLOW, done).decode().count("          cache: pip\n") == 2
    assert len({one.fix.id for one in done.fixed if isinstance(one.fix, Fix)}) == 2


def test_findings_with_one_fix_carry_its_id() -> None:
    text = TWO_JOBS.partition("  two:")[0] + "      - run: pip install flask==3.0.3\n"
    report = offered(WORKFLOW, {WORKFLOW: text, "requirements.txt": "requests==2.32.3\n"})
    ids = [one.fix.id for one in report.findings if isinstance(one.fix, Fix)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_an_edit_that_two_fixes_have_in_common_is_made_once() -> None:
    common = Edit(0, 0, "variables:\n")
    edits, left_out = join([[common, Edit(5, 5, "a")], [common, Edit(9, 9, "b")]])
    assert (edits, left_out) == ((common, Edit(5, 5, "a"), Edit(9, 9, "b")), [])
    assert join([[common, Edit(5, 5, "a")], [Edit(0, 2, "")]])[1] == [1]

"""What many jobs of one workflow ask for is worked out once."""

from typing import Any

import pytest

from ci_audit.discover import Found
from ci_audit.engine import Settings, audit
from ci_audit.readers import MemoryReader
from ci_audit.remedies.github import groups
from ci_audit.repository import Repository
from tests.remedies.github.fixing import CI, RULES

JOB = (
    "  j{0}:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install p{0}\n"
)


def test_jobs_are_sorted_by_their_files_once_for_a_workflow_not_for_each_job(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    work = groups._uncached_by_job

    def counted(callers: Any) -> Any:
        calls.append(callers)
        return work(callers)

    monkeypatch.setattr(groups, "_uncached_by_job", counted)
    text = "on: push\njobs:\n" + "".join(JOB.format(number) for number in range(20))
    repository = Repository("", MemoryReader({CI: text}))
    report = audit(repository, [Found(CI, "github")], Settings(RULES, RULES, fixes="mark"))
    assert len([one for one in report.findings if one.remedy is not None]) == 20
    assert len(calls) == 1

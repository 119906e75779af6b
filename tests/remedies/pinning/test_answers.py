"""Sources of pins whose answers are none."""

import pytest

from tests.remedies.pinning.fixing import CI, COMMIT, DIGEST, repaired, steps


class Answers:
    """A source that says the same to every question."""

    def __init__(self, one: str, other: str) -> None:
        self.one = one
        self.other = other

    def action(self, name: str, ref: str) -> tuple[str, str] | str:
        return self.one, self.other

    def image(self, reference: str) -> str:
        return self.one

    def package(self, ecosystem: str, name: str, specifier: str) -> tuple[str, str] | str:
        return self.one, self.other


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ("CIA304", ("", "v1")),
        ("CIA304", ("main", "v1")),
        ("CIA304", (COMMIT[:12], "v1")),
        ("CIA304", (COMMIT + "\n", "v1")),
        ("CIA304", (COMMIT, "v1\n- run: other")),
        ("CIA305", ("", "")),
        ("CIA305", (DIGEST[:-1], "")),
        ("CIA305", (DIGEST + "\nRUN other", "")),
        ("CIA301", ("", "it")),
        ("CIA301", ("1.*", "it")),
        ("CIA301", ("1; other", "it")),
    ],
)
def test_nothing_of_them_is_written(rule: str, answers: tuple[str, str]) -> None:
    files = {CI: steps("- uses: owner/tool@v1", "- run: pip install flask"), "Dockerfile": "FROM python\n"}
    found = repaired(files, rule, pins=Answers(*answers))
    assert found.texts == {}
    (reason,) = found.reasons
    assert "is known for" in reason or "is not one version" in reason

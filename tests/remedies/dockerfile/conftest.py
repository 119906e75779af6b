"""Remedies of a Dockerfile, carried out and judged as `--fix --unsafe-fixes` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from ci_audit import providers, remedies
from ci_audit.editing import apply, docker, dockercheck
from ci_audit.facts import installs
from ci_audit.repository import MemoryReader, Repository

INTENTS = {"absent": "cache-installs", "off": "enable-cache", "misplaced": "move-cache", "pruned": "enable-cache"}
BUILDX = {
    ".github/workflows/image.yml": "on: push\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n"
}

Answer = remedies.Remedy | remedies.Skipped
Answers = Callable[..., list[Answer]]
Fixed = Callable[..., str]


def _answers(
    text: str, files: Mapping[str, str], builder: str = ""
) -> tuple[list[tuple[str, Answer]], Counter[tuple[str, str]]]:
    repository = Repository("", MemoryReader({**files, "Dockerfile": text}))
    source = repository.source("Dockerfile")
    assert source is not None
    pipeline = providers.parse("dockerfile", source, repository)
    found = []
    causes: Counter[tuple[str, str]] = Counter()
    for node, context in installs.nodes(pipeline, repository):
        verdict = installs.cause(node, context)[0]
        causes[verdict.cause, node.manager] += 1
        if verdict.cause in INTENTS:
            request = remedies.Request(
                INTENTS[verdict.cause],
                "safe",
                "dockerfile",
                installs.place_of(node, context),
                (remedies.Place(node, context, verdict),),
                repository,
                remedies.Options(builder),
            )
            found.append((verdict.cause, remedies.remedy(request)))
    return found, causes


@pytest.fixture
def answers() -> Answers:
    """The remedies of a file's findings, in order."""

    def given(text: str, files: Mapping[str, str] = BUILDX, builder: str = "") -> list[Answer]:
        return [answer for _, answer in _answers(text, files, builder)[0]]

    return given


@pytest.fixture
def fixed() -> Fixed:
    """The text after all remedies, one after the other, each checked; no finding is left that has one."""

    def given(text: str, files: Mapping[str, str] = BUILDX) -> str:
        for _ in range(20):
            found, before = _answers(text, files)
            answer = next((one for _, one in found if isinstance(one, remedies.Remedy)), None)
            if answer is None:
                return text
            assert [change.path for change in answer.files] == ["Dockerfile"]
            repository = Repository("", MemoryReader({"Dockerfile": text}))
            source = repository.source("Dockerfile")
            assert source is not None
            operations = answer.files[0].operations
            new = apply(text, docker.edits(source, operations))
            assert dockercheck.check(text, new, operations) == ""
            assert new != text
            after = _answers(new, files)[1]
            for (cause, manager), number in after.items():
                assert cause in ("kept", "local") or number <= before[cause, manager], (cause, manager, new)
            assert sum(after[one] for one in after if one[0] in INTENTS) < sum(
                before[one] for one in before if one[0] in INTENTS
            ), new
            text = new
        raise AssertionError(text)

    return given

"""Every construct that the providers' documentation names: what is read of it, or that nothing is claimed."""

from typing import Any

import pytest

from ci_audit.discover import Found, provider_of
from ci_audit.engine import Settings, audit, parse
from ci_audit.facts.installs import KIND
from ci_audit.model import Cache, Pipeline
from ci_audit.providers import PROVIDERS
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import load
from ci_audit.source import UNKNOWN
from scripts import constructs

ENTRIES = [construct for provider in PROVIDERS for construct in constructs.load(provider)]
GROUPS = {
    "github": {"1.7"},
    "gitlab": {"2.1", "2.2", "2.3"},
    "travis": {"3"},
    "dockerfile": {"4.1", "4.2"},
}
PINNING = {"unpinned-action", "unpinned-include", "mutable-image"}
KNOWN = load()


def parameters() -> list[Any]:
    return [
        pytest.param(
            construct,
            id=f"{construct.provider}: {construct.name}",
            marks=[pytest.mark.xfail(reason=construct.broken, strict=True)] if construct.broken else [],
        )
        for construct in ENTRIES
    ]


def seen(construct: Any) -> dict[str, Any]:
    """Put an entry through the tool and list all that an entry can assert."""
    repository = Repository("", MemoryReader({construct.file: construct.text, **construct.also}))
    source = repository.source(construct.file)
    assert source is not None
    found = Found(construct.file, construct.provider)
    pipeline = parse(found, source, repository)
    settings = Settings(tuple(rule for rule in KNOWN if rule.name in PINNING), KNOWN)
    report = audit(repository, [found], settings)
    assert not report.failed
    return {
        "provider": provider_of(construct.file),
        "errors": [message for _, message in pipeline.errors],
        "jobs": once(job.name for job in pipeline.jobs),
        "variants": [job.variant for job in pipeline.jobs if job.variant],
        "triggers": [trigger.name for trigger in pipeline.triggers],
        "permissions": once(
            f"{scope}: {right}" for job in pipeline.jobs for scope, right in job.permissions or (("unset", ""),)
        ),
        "actions": once(
            plain(action.reference)
            for action in (*pipeline.actions, *(action for job in pipeline.jobs for action in job.actions))
        ),
        "images": once(plain(image.reference) for job in pipeline.jobs for image in job.images),
        "commands": once(
            command.shown
            for job in pipeline.jobs
            for step in job.steps
            for command in sorted(step.commands, key=lambda command: command.order)
        ),
        "installs": once([install.command.shown, cause] for install, cause in installs(pipeline, repository)),
        "caches": once(
            told(cache)
            for job in pipeline.jobs
            for cache in (*job.caches, *(mount for step in job.steps for mount in step.caches))
        ),
        "unpinned": [text_of(finding, repository) for finding in report.findings],
        "gaps": gaps(pipeline),
    }


def installs(pipeline: Pipeline, repository: Repository) -> list[tuple[Any, str]]:
    return [
        (install, KIND.facts["cause"](install, context)[0].cause)
        for install, context in KIND.nodes(pipeline, repository)
    ]


def gaps(pipeline: Pipeline) -> list[str]:
    found = [gap.reason for gap in pipeline.gaps]
    for job in pipeline.jobs:
        found += [gap.reason for gap in job.gaps]
        found += [step.gap for step in job.steps if step.gap]
    return once(map(plain, found))


def told(cache: Cache) -> str:
    kept = [path.path for path in cache.paths if not path.exclude] or list(cache.follows)
    text = f"{cache.kind.strip('`')} keeps {', '.join(kept) or 'nothing'}"
    if cache.key is not None and cache.key.text:
        text += f" under {cache.key.text}"
    if cache.key is not None and cache.key.varies:
        text += f", which changes with {', '.join(cache.key.varies)}"
    return plain(text + ("" if cache.saves else ", only restored"))


def text_of(finding: Any, repository: Repository) -> str:
    source = repository.source(finding.path)
    assert source is not None
    start = source.line_starts[finding.line - 1] + finding.column - 1
    end = source.line_starts[finding.end_line - 1] + finding.end_column - 1
    return source.text[start:end]


def plain(text: str) -> str:
    return text.replace(UNKNOWN, "…")


def once(items: Any) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


@pytest.mark.parametrize("construct", parameters())
def test_construct(construct: Any) -> None:
    found = seen(construct)
    assert {kind: found[kind] for kind in construct.proof} == construct.proof
    if construct.result == "unknown":
        assert all(cause == "unknown" for _, cause in found["installs"]), "nothing is claimed of what is not known"
        assert found["gaps"] or found["installs"] or "…" in str(found), "what is left open has a reason"


@pytest.mark.parametrize("provider", GROUPS)
def test_every_group_of_constructs_is_covered(provider: str) -> None:
    entries = [construct for construct in ENTRIES if construct.provider == provider]
    assert {construct.facts for construct in entries} == GROUPS[provider]
    names = [construct.name for construct in entries]
    assert len(set(names)) == len(names)


def test_no_cell_of_the_page_is_blank() -> None:
    page = constructs.render()
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == len(ENTRIES) + 2 * len(GROUPS)
    for line in rows:
        cells = line.replace("\\|", "").strip("|").split("|")
        assert len(cells) == 3
        assert all(cell.strip() for cell in cells), line


def test_an_entry_that_is_not_complete_is_refused() -> None:
    entry = {"construct": "a", "facts": "3", "file": ".travis.yml", "text": "", "result": "parsed"}
    read = constructs._read
    with pytest.raises(ValueError, match="nothing is proved"):
        read("travis", entry)
    with pytest.raises(ValueError, match="job is not known"):
        read("travis", {**entry, "job": []})
    with pytest.raises(ValueError, match="is no result"):
        read("travis", {**entry, "jobs": [], "result": "skipped"})

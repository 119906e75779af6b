"""Every example of every card, and what must hold for each of them whatever it is about."""

import io
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

from ci_audit import cards
from ci_audit.cards import Card, Example
from ci_audit.discover import Found, provider_of
from ci_audit.engine import Report, Settings, audit
from ci_audit.providers import PROVIDERS
from ci_audit.reporters import View, reporter
from ci_audit.repository import Repository
from ci_audit.rulebook import load
from tests.documents import SARIF, SCAN, check

RULES = Path(__file__).parent.parent / "rules"
CARDS = [cards.read(path) for path in cards.card_files([str(RULES)])]
KNOWN = load()
WRITTEN = {name for name in PROVIDERS if find_spec(f"ci_audit.providers.{name}") is not None}
EXAMPLES = [
    pytest.param(
        card, example, id=f"{card.data['name']}-{number}-{example.provider}-{'good' if example.is_good else 'bad'}"
    )
    for card in CARDS
    for number, example in enumerate(cards.examples(card))
    if example.provider in WRITTEN
]


def texts(report: Report, repository: Repository) -> list[str]:
    assert report.failed == ()
    found = []
    for finding in report.findings:
        source = repository.source(finding.path)
        assert source is not None
        assert 0 <= finding.start <= finding.end <= len(source.text)
        assert source.position(finding.start) == (finding.line, finding.column)
        assert source.position(finding.end) == (finding.end_line, finding.end_column)
        found.append(source.text[finding.start : finding.end])
    return found


def found_in(card: Card, example: Example, text: str | None = None) -> list[str]:
    return texts(*cards.run(example, cards.rule_of(card), KNOWN, text))


@pytest.mark.parametrize(("card", "example"), EXAMPLES)
def test_finds_what_the_card_says(card: Card, example: Example) -> None:
    assert found_in(card, example) == list(example.finds)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.data["name"])
def test_the_check_that_users_run_agrees(card: Card) -> None:
    if any(example.provider not in WRITTEN for example in cards.examples(card)):
        pytest.skip("it has examples for a provider that is not written yet")
    assert cards.check(card) == []


@pytest.mark.parametrize(("card", "example"), EXAMPLES)
def test_layout_changes_nothing(card: Card, example: Example) -> None:
    for name, text in layouts(example):
        found = [each.replace("\r\n", "\n") for each in found_in(card, example, text)]
        assert found == list(example.finds), name


def layouts(example: Example) -> Iterator[tuple[str, str]]:
    """Give the example with other line ends, comments and blank lines."""
    text = example.text
    yield "CRLF", text.replace("\n", "\r\n")
    yield "no final newline", text.rstrip("\n")
    yield "blank lines at the end", text + "\n\n"
    if not text.startswith("#"):
        yield "a leading comment", f"# a comment\n{text}"
        yield "a leading blank line", f"\n{text}"
    if example.provider != "dockerfile":
        yield "blank lines between sections", re.sub(r"(?m)^(?=\S)", "\n", text)
    elif "<<" not in text:
        yield "blank lines between instructions", re.sub(r"(?m)(?<!\\\n)^(?=[A-Z]+ )", "\n", text)


@pytest.mark.parametrize(("card", "example"), EXAMPLES)
def test_style_changes_nothing(card: Card, example: Example) -> None:
    if any("\n" in text or '"' in text or "\\" in text for text in example.finds):
        pytest.skip("the text itself changes with the style")
    for name, text in styles(example):
        found = [unquoted(each) for each in found_in(card, example, text)]
        assert found == [unquoted(each) for each in example.finds], f"{name}:\n{text}"


def unquoted(text: str) -> str:
    return text.replace('"', "").replace("'", "")


def styles(example: Example) -> Iterator[tuple[str, str]]:
    """Give a YAML example in other indentation and quotes."""
    if example.provider == "dockerfile":
        return
    for name in ("indentation", "quotes"):
        yaml = YAML()
        yaml.width = 10_000
        yaml.preserve_quotes = True
        if name == "indentation":
            yaml.indent(mapping=4, sequence=6, offset=4)
        try:
            tree = yaml.load(example.text)
        except YAMLError:
            return
        if isinstance(tree, dict) and name == "quotes":
            requote(tree)
        out = io.StringIO()
        yaml.dump(tree, out)
        yield name, out.getvalue()


def requote(node: Any) -> None:
    """Put plain strings that are values into double quotes."""
    pairs = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
    for key, value in pairs:
        if isinstance(value, (dict, list)):
            requote(value)
        elif isinstance(value, str) and not isinstance(value, ScalarString):
            node[key] = DoubleQuotedScalarString(value)


@pytest.mark.parametrize(("card", "example"), EXAMPLES)
def test_every_report_is_valid(card: Card, example: Example) -> None:
    repository = cards.repository_of(example)
    found = [Found(example.file, provider_of(example.file) or "")]
    report = audit(repository, found, Settings(KNOWN, KNOWN))
    assert report.failed == ()
    assert all("{" not in re.sub(r"`[^`]*`|\$\{\{.*?\}\}|\{\{.*?\}\}", "", each.message) for each in report.findings)
    view = View(KNOWN, repository.source, show_suppressed=True)
    check(SCAN, json.loads("".join(reporter("json").render(report, view))))
    check(SARIF, json.loads("".join(reporter("sarif").render(report, view))))
    for format in ("text", "github"):
        written = "".join(reporter(format).render(report, view))
        assert written.endswith("\n")
        assert all(finding.rule in written for finding in report.findings)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.data["name"])
def test_cards_lie_where_they_say(card: Card) -> None:
    assert Path(card.path).stem == card.data["name"]
    assert card.family in {folder.name for folder in RULES.iterdir() if folder.is_dir()}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.data["name"])
def test_every_provider_has_bad_and_good_examples(card: Card) -> None:
    seen: dict[str, set[bool]] = {}
    for example in cards.examples(card):
        seen.setdefault(example.provider, set()).add(example.is_good)
    assert {provider: kinds for provider, kinds in seen.items() if kinds == {False}} == {}
    assert any(kinds == {True, False} for kinds in seen.values())


def test_ids_and_names_are_unique() -> None:
    for key in ("id", "name"):
        values = [card.data[key] for card in CARDS]
        assert len(set(values)) == len(values)


def test_the_compiled_rule_book_is_that_of_the_cards() -> None:
    assert {rule.id: rule for rule in KNOWN} == {card.data["id"]: cards.rule_of(card) for card in CARDS}

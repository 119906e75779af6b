"""The matcher, on kinds of node made up for it."""

from collections.abc import Iterator
from typing import Any

import pytest

from ci_audit import rulebook
from ci_audit.facts import Context, Kind, Verdict
from ci_audit.model import Pipeline
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import Matcher, Rule, Selection, UnknownRule, rule_from, select
from ci_audit.source import Source, Where

SOURCE = Source("a.yml", "0123456789")
PIPELINE = Pipeline(SOURCE, "github", ())
REPOSITORY = Repository("", MemoryReader({}))


def rule(**changes: Any) -> Rule:
    card = {
        "id": "OWN001",
        "name": "some-thing",
        "family": "own",
        "title": "x",
        "level": "default",
        "severity": "warning",
        "kind": "thing",
        "when": {},
        "message": "m",
        "why": "w",
    }
    return rule_from({**card, **changes})


class Asked:
    """Counts how often a fact is asked about a node."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, node: Any, context: Context) -> tuple[Verdict, ...]:
        self.count += 1
        return tuple(
            Verdict(
                value, f"cause {value}", f"reason {value}", Where(SOURCE, at, at + 1), values={"extra": f"<{value}>"}
            )
            for at, value in enumerate(node["verdicts"])
        )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Register the kind `thing` and give what counts the questions."""
    asked = Asked()

    def nodes(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[Any, Context]]:
        context = Context(pipeline, None, None, repository)
        yield {"color": "red", "verdicts": ["a", "b", "a"], "size": "s"}, context
        yield {"color": "blue", "verdicts": [], "size": "l"}, context

    kind = Kind(
        nodes=nodes,
        where=lambda node, context: Where(SOURCE, 8, 9),
        fields={"color": lambda node, context: node["color"], "size": lambda node, context: node["size"]},
        facts={"fact": asked, "other": lambda node, context: (Verdict("yes"),) if node["size"] == "s" else ()},
        values={},
    )
    monkeypatch.setattr(rulebook, "kinds", lambda: {"thing": kind})
    return asked


def matches(*rules: Rule) -> list[tuple[str, int, str]]:
    found = Matcher(rules).matches(PIPELINE, REPOSITORY)
    return [(match.rule.id, match.where.start, match.message) for match in found]


@pytest.mark.parametrize(
    ("when", "unless", "places"),
    [
        ({}, {}, [8, 8]),
        ({"color": ["red"]}, {}, [8]),
        ({"color": ["red", "blue"]}, {}, [8, 8]),
        ({"color": ["green"]}, {}, []),
        ({"fact": ["a"]}, {}, [0, 2]),
        ({"fact": ["a", "b"]}, {}, [0, 1, 2]),
        ({"fact": ["b"], "color": ["blue"]}, {}, []),
        ({"other": ["yes"], "fact": ["a"]}, {}, [8]),
        ({"fact": ["a"], "other": ["no"]}, {}, []),
        ({}, {"color": ["red"]}, [8]),
        ({}, {"color": ["red"], "size": ["l"]}, [8, 8]),
        ({}, {"fact": ["b"]}, [8]),
        ({"fact": ["a"]}, {"other": ["yes"]}, []),
    ],
)
def test_conditions(asked: Asked, when: dict[str, Any], unless: dict[str, Any], places: list[int]) -> None:
    assert [place for _, place, _ in matches(rule(when=when, unless=unless))] == places


@pytest.mark.parametrize("closed", ["color", "fact", "other"])
def test_rules_are_the_same_looked_up_by_a_value(asked: Asked, monkeypatch: pytest.MonkeyPatch, closed: str) -> None:
    rules = [
        rule(id=f"OWN00{number}", when=when)
        for number, when in enumerate(
            ({"fact": ["a"]}, {"fact": ["b"], "color": ["red"]}, {"color": ["blue"]}, {}, {"other": ["yes"]})
        )
    ]
    rules.append(rule(id="OWN009", when={"other": ["no"], "color": ["red", "green"]}))
    one_by_one = matches(*rules)
    kind = rulebook.kinds()["thing"]
    monkeypatch.setattr(rulebook, "kinds", lambda: {"thing": kind._replace(values={closed: ("any",)})})
    assert matches(*rules) == one_by_one
    assert [name for name, _, _ in one_by_one] == ["OWN000", "OWN000", "OWN001", "OWN003", "OWN004", "OWN002", "OWN003"]


def test_a_fact_is_asked_once_for_all_rules(asked: Asked) -> None:
    matches(*(rule(id=f"OWN00{number}", when={"fact": ["a"]}) for number in range(5)))
    assert asked.count == 2


def test_a_fact_is_not_asked_where_a_field_decides(asked: Asked) -> None:
    matches(rule(when={"fact": ["a"], "color": ["green"]}))
    assert asked.count == 0


def test_messages(asked: Asked) -> None:
    text = "{color}: {reason}, {extra}, {fact}, {missing}, {}"
    found = matches(rule(when={"fact": ["b"]}, message=text))
    assert found == [("OWN001", 1, "red: reason b, <b>, a, b and a, {missing}, {}")]


def test_values_are_put_on_one_line_and_cut() -> None:
    assert rulebook.shown("a\n  b\x00c") == "a b…c"
    assert len(rulebook.shown("x" * 500)) == 200
    assert rulebook.shown("https://me:hunter2@host.example") == "https://***@host.example"


def test_severity_by_a_value(asked: Asked) -> None:
    def severities(by: Any, when: Any) -> list[str]:
        made = rule(severity_by=by, when=when)
        return [match.severity for match in Matcher([made]).matches(PIPELINE, REPOSITORY)]

    assert severities(["color", {"red": "error"}], {}) == ["error", "warning"]
    assert severities(["fact", {"a": "note"}], {"fact": ["a", "b"]}) == ["note", "warning", "note"]
    assert severities(["other", {"yes": "note"}], {"color": ["red"]}) == ["note"]


RULES = (
    rule(id="CIA101", name="a-thing", family="caching"),
    rule(id="CIA102", name="b-thing", family="caching", level="strict"),
    rule(id="CIA108", name="c-thing", family="caching", level="strict", presets=["pypi-citizen"]),
    rule(id="CIA301", name="d-thing", family="pinning"),
    rule(id="CIA303", name="e-thing", family="pinning", level="opt-in"),
)


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(), "101 301"),
        (Selection(presets=("strict",)), "101 102 108 301"),
        (Selection(presets=("pypi-citizen",)), "101 108 301"),
        (Selection(extend=("strict", "CIA303")), "101 102 108 301 303"),
        (Selection(extend=("e-thing",)), "101 301 303"),
        (Selection(extend=("caching",)), "101 301"),
        (Selection(select=("CIA303",)), "303"),
        (Selection(select=("E-THING", "cia102")), "102 303"),
        (Selection(select=("pinning",)), "301"),
        (Selection(select=("CIA3",)), "301"),
        (Selection(select=("CIA1",), presets=("strict",)), "101 102 108"),
        (Selection(select=("CIA",)), "101 301"),
        (Selection(select=()), ""),
        (Selection(ignore=("caching",)), "301"),
        (Selection(select=("CIA102", "CIA301"), ignore=("CIA1",)), "301"),
    ],
)
def test_selection(selection: Selection, numbers: str) -> None:
    assert " ".join(each.id[3:] for each in select(RULES, selection)) == numbers


@pytest.mark.parametrize("selection", [Selection(select=("x",)), Selection(ignore=("x",)), Selection(extend=("CIA9",))])
def test_an_unknown_rule_is_refused(selection: Selection) -> None:
    with pytest.raises(UnknownRule):
        select(RULES, selection)

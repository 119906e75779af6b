"""Cards: what the schema takes, how they compile, how they are found."""

import copy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ci_audit import cards, cardschema
from ci_audit.cards import Card, CardError
from ci_audit.facts import kinds
from ci_audit.rulebook import load

GOOD: dict[str, Any] = {
    "id": "OWN001",
    "name": "some-thing",
    "title": "Something is there",
    "level": "default",
    "severity": "warning",
    "match": {"install": {"cause": ["absent", "off"], "place": "run"}, "not": {"manager": "pip"}},
    "message": "`{command}` does it",
    "why": "because",
    "sources": ["https://example.org/"],
    "examples": [
        {"file": "Dockerfile", "bad": "FROM a\nRUN uv sync\n", "finds": ["x"]},
        {"file": "Dockerfile", "good": "FROM a\n"},
    ],
}


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **changes}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(cardschema.schema())


def test_a_good_card() -> None:
    assert list(cards.problems(GOOD)) == []


@pytest.mark.parametrize(
    "card",
    [
        changed(id="x"),
        changed(name="SomeThing"),
        changed(title="It ends."),
        changed(level="on"),
        changed(severity="bad"),
        changed(severity={"nonsense": {"a": "note"}}),
        changed(severity={"cause": {"absent": "note"}, "place": {"run": "note"}}),
        changed(match={}),
        changed(match={"install": {}}),
        changed(match={"nothing": {"cause": "absent"}}),
        changed(match={"install": {"cause": "nonsense"}}),
        changed(match={"install": {"nonsense": "a"}}),
        changed(match={"install": {"cause": "off"}, "image": {"tag": "floating"}}),
        changed(match={"install": {"cause": "off"}, "not": {"tag": "floating"}}),
        changed(message="two\nlines"),
        changed(remedy={"intent": "x"}),
        changed(remedy={"intent": "x", "safety": "sure"}),
        changed(sources=["http://example.org/"]),
        changed(examples=GOOD["examples"][:1]),
        changed(examples=GOOD["examples"][1:]),
        changed(examples=[*GOOD["examples"], {"file": "a", "bad": "b"}]),
        changed(examples=[*GOOD["examples"], {"file": "a", "good": "b", "finds": []}]),
        changed(extra=1),
        {key: value for key, value in GOOD.items() if key != "why"},
        [],
        None,
    ],
)
def test_a_wrong_card_is_refused(card: Any) -> None:
    assert len(list(cards.problems(card))) == 1


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_can_be_matched_by_each_of_its_keys(kind: str) -> None:
    known = kinds()[kind]
    for key in [*known.fields, *known.facts]:
        value = known.values[key][0] if key in known.values else "anything"
        assert list(cards.problems(changed(match={kind: {key: value}}))) == []


@pytest.mark.parametrize("kind", kinds())
def test_closed_lists_are_of_keys_that_exist(kind: str) -> None:
    known = kinds()[kind]
    assert set(known.values) <= {*known.fields, *known.facts}
    assert set(known.fields).isdisjoint(known.facts)


def test_compiling() -> None:
    rule = cards.rule_of(Card("somewhere/caching/some-thing.yaml", GOOD))
    assert rule.family == "caching"
    assert rule.kind == "install"
    assert rule.when == {"cause": ("absent", "off"), "place": ("run",)}
    assert rule.unless == {"manager": ("pip",)}
    assert (rule.severity, rule.severity_by) == ("warning", None)


def test_severity_by_a_value() -> None:
    data = changed(severity={"cause": {"absent": "error", "off": "warning"}})
    rule = cards.rule_of(Card("a/b.yaml", data))
    assert rule.severity == "warning"
    assert rule.severity_by == ("cause", {"absent": "error", "off": "warning"})


def test_finding_card_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b/two.yaml", "a/one.yml", "a/readme.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "__init__.py").write_text("raise SystemExit('a package with cards is never run')\n")
    found = cards.card_files([str(tmp_path)])
    assert [Path(path).name for path in found] == ["one.yml", "two.yaml"]
    monkeypatch.syspath_prepend(str(tmp_path.parent))
    assert cards.card_files([tmp_path.name.replace("-", "_")]) == found or "-" in tmp_path.name
    with pytest.raises(CardError, match="no such file"):
        cards.card_files(["no_such_package_anywhere"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not valid YAML"),
        ("a: !!python/object:os.system {}", "not valid YAML"),
        ("- 1\n", "not of type 'object'"),
    ],
)
def test_a_file_that_is_no_card(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    with pytest.raises(CardError, match=message):
        cards.read(str(file))
    with pytest.raises(CardError, match=r"gone\.yaml"):
        cards.read(str(tmp_path / "gone.yaml"))


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    import json

    (tmp_path / "a.yaml").write_text(json.dumps(changed(name="uncached-install")))
    with pytest.raises(CardError, match="another rule is called `uncached-install`"):
        cards.load([str(tmp_path)], load())

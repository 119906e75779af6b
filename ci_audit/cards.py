"""Rule cards in YAML: their schema, their compiled form, and their examples as tests. Nothing here is on a scan's path.

A card is data only: reading one of a stranger runs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from ci_audit.discover import Found, provider_of
from ci_audit.engine import TEMPLATE, Report, Settings, audit
from ci_audit.facts import Kind, kinds
from ci_audit.findings import SEVERITIES
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import LEVELS, PRESETS, Rule, rule_from
from ci_audit.typed import Any, NamedTuple

SAFETIES = ("safe", "unsafe", "show")


class CardError(Exception):
    """A card that cannot be used, said in one line with its place."""


class Card(NamedTuple):
    """A card as written, with the file that it stands in."""

    path: str
    data: Mapping[str, Any]

    @property
    def family(self) -> str:
        """The folder that the card lies in."""
        return os.path.basename(os.path.dirname(os.path.abspath(self.path)))


class Example(NamedTuple):
    """One example of a card."""

    title: str
    file: str
    also: Mapping[str, str]
    text: str
    finds: tuple[str, ...]
    """The text under each finding, in order; empty for a good example."""
    fixed: str | None

    @property
    def provider(self) -> str:
        """The provider that it is an example for; a template counts for what it becomes."""
        found = provider_of(self.file) or ""
        return "dockerfile" if found == TEMPLATE else found

    @property
    def is_good(self) -> bool:
        return not self.finds


def card_files(paths: Sequence[str]) -> list[str]:
    """Find the card files among files, folders and the names of installed packages.

    Raises CardError for a path that is none of these.
    """
    found: list[str] = []
    for path in paths:
        place = path if os.path.exists(path) else _package_folder(path)
        if place is None:
            raise CardError(f"{path}: there is no such file, folder or package")
        if os.path.isdir(place):
            for folder, folders, names in os.walk(place):
                folders.sort()
                found += [os.path.join(folder, name) for name in sorted(names) if name.endswith((".yaml", ".yml"))]
        else:
            found.append(place)
    return found


def _package_folder(name: str) -> str | None:
    """Find the folder of an installed package without importing it."""
    if not name.isidentifier():
        return None
    from importlib.util import find_spec

    spec = find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return places[0] if places else None


def read(path: str) -> Card:
    """Read a card and check it against the schema.

    Raises CardError.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        with open(path, encoding="utf-8") as file:
            data = YAML(typ="safe", pure=True).load(file)
    except OSError as error:
        raise CardError(f"{path}: {error.strerror}") from None
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise CardError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    for problem in problems(data):
        raise CardError(f"{path}: {problem}")
    return Card(path, data)


def problems(data: object) -> Iterator[str]:
    """Say what is wrong with a card, the most telling first."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema()).iter_errors(data))
    if error is not None:
        place = ".".join(str(part) for part in error.absolute_path)
        yield f"{place}: {error.message}" if place else error.message
        return
    assert isinstance(data, dict)
    kind = _kind_of(data)
    known = kinds()[kind]
    severity = data["severity"]
    if isinstance(severity, dict):
        key = next(iter(severity))
        if key not in known.fields and key not in known.facts:
            yield f"severity: a node of kind `{kind}` has no `{key}`"


def compile_card(card: Card) -> dict[str, Any]:
    """Give the form in which the rule book holds a card; see `rulebook.rule_from`."""
    data = card.data
    kind = _kind_of(data)
    severity = data["severity"]
    by = None
    if isinstance(severity, dict):
        key, values = next(iter(severity.items()))
        by = [key, dict(values)]
        # A value that the card does not name has the lightest of those that it does.
        severity = min(values.values(), key=SEVERITIES.index)
    bad = next((example for example in examples(card) if not example.is_good), None)
    compiled = {
        "id": data["id"],
        "name": data["name"],
        "family": card.family,
        "title": data["title"],
        "level": data["level"],
        "severity": severity,
        "severity_by": by,
        "kind": kind,
        "when": _conditions(data["match"][kind]),
        "unless": _conditions(data["match"].get("not", {})),
        "message": data["message"],
        "remedy": dict(data["remedy"]) if "remedy" in data else None,
        "why": data["why"],
        "sources": list(data["sources"]),
        "presets": list(data.get("presets", [])),
        "example": {"file": bad.file, "text": bad.text, "finds": list(bad.finds)} if bad is not None else None,
    }
    return {key: value for key, value in compiled.items() if value not in (None, {}, [])}


def rule_of(card: Card) -> Rule:
    """Compile a card and take it as a rule."""
    return rule_from(compile_card(card))


def load(paths: Sequence[str], known: Sequence[Rule]) -> tuple[Rule, ...]:
    """Read the cards of a user and check that none takes the id or name of another rule.

    Raises CardError.
    """
    rules: list[Rule] = []
    taken = {name for rule in known for name in (rule.id, rule.name)}
    for path in card_files(paths):
        rule = rule_of(read(path))
        for name in (rule.id, rule.name):
            if name in taken:
                raise CardError(f"{path}: another rule is called `{name}`")
            taken.add(name)
        rules.append(rule)
    return tuple(rules)


def _kind_of(data: Mapping[str, Any]) -> str:
    kind: str = next(key for key in data["match"] if key != "not")
    return kind


def _conditions(conditions: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {key: list(value) if isinstance(value, list) else [value] for key, value in conditions.items()}


def examples(card: Card) -> list[Example]:
    """Give the examples of a card, in order."""
    found = []
    for data in card.data["examples"]:
        finds = tuple(data.get("finds", ()))
        text = data["good"] if "good" in data else data["bad"]
        found.append(Example(data.get("title", ""), data["file"], data.get("also", {}), text, finds, data.get("fixed")))
    return found


def repository_of(example: Example, text: str | None = None) -> Repository:
    """Make a repository in memory that holds an example, or another text in its place."""
    files = {**example.also, example.file: example.text if text is None else text}
    return Repository("", MemoryReader(files))


def run(example: Example, rule: Rule, known: Sequence[Rule], text: str | None = None) -> tuple[Report, Repository]:
    """Audit an example by one rule."""
    repository = repository_of(example, text)
    found = [Found(example.file, provider_of(example.file) or "")]
    return audit(repository, found, Settings((rule,), tuple(known))), repository


def check(card: Card) -> list[str]:
    """Run the examples of a card; gives a line for each that does not hold."""
    rule = rule_of(card)
    placeholders = re.findall(r"\{\w+\}", rule.message)
    wrong = []
    for number, example in enumerate(examples(card), 1):
        name = f"example {number}" + (f" ({example.title})" if example.title else "")
        if not example.provider:
            wrong.append(f"{name}: `{example.file}` is not the name of a CI file")
            continue
        report, repository = run(example, rule, [rule])
        if report.failed:
            wrong.append(f"{name}: {report.failed[0].message}")
            continue
        texts = []
        for finding in report.findings:
            source = repository.source(finding.path)
            texts.append(source.text[finding.start : finding.end] if source is not None else "")
            if any(field in finding.message for field in placeholders):
                wrong.append(f"{name}: the message names what there is not: {finding.message}")
        if texts != list(example.finds):
            wrong.append(f"{name}: finds {texts}, not {list(example.finds)}")
    return wrong


def schema() -> dict[str, Any]:
    """Build the JSON Schema of a card from what the kinds of node can be asked."""
    text = {"type": "string", "minLength": 1}
    registry = kinds()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "generated by scripts/generate.py, do not edit",
        "title": "A ci-audit rule card",
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "name", "title", "level", "severity", "match", "message", "why", "sources", "examples"],
        "properties": {
            "id": {"type": "string", "pattern": "^[A-Z]{2,8}[0-9]{3}$"},
            "name": {
                "type": "string",
                "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
                "description": "What the rule finds, so that `allow NAME` reads well.",
            },
            "title": {**text, "maxLength": 100, "pattern": "[^.]$"},
            "level": {"enum": list(LEVELS)},
            "presets": {"type": "array", "items": {"enum": list(PRESETS)}, "description": "Presets that turn it on."},
            "severity": {
                "description": "One for all findings, or one for each value of a field or fact.",
                "anyOf": [
                    {"enum": list(SEVERITIES)},
                    {
                        "type": "object",
                        "minProperties": 1,
                        "maxProperties": 1,
                        "additionalProperties": {
                            "type": "object",
                            "minProperties": 1,
                            "additionalProperties": {"enum": list(SEVERITIES)},
                        },
                    },
                ],
            },
            "match": {
                "description": "One kind of node with the values that its fields and facts have to have.",
                "type": "object",
                "oneOf": [_match(name, kind) for name, kind in registry.items()],
            },
            "message": {
                **text,
                "pattern": "^[^\\n]*$",
                "description": "One line; {name} stands for a field, a fact or the reason of its verdict.",
            },
            "remedy": {
                "type": "object",
                "additionalProperties": False,
                "required": ["intent", "safety"],
                "properties": {
                    "intent": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
                    "safety": {"enum": list(SAFETIES)},
                },
            },
            "why": text,
            "sources": {"type": "array", "items": {"type": "string", "pattern": "^https://"}},
            "examples": {
                "type": "array",
                "items": {"oneOf": [_example("bad", ["finds"]), _example("good", [])]},
                "allOf": [{"contains": {"required": ["bad"]}}, {"contains": {"required": ["good"]}}],
            },
        },
    }


def _match(name: str, kind: Kind) -> dict[str, Any]:
    keys = [*kind.fields, *kind.facts]
    conditions = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {key: _condition(kind.values.get(key)) for key in dict.fromkeys(keys)},
    }
    return {
        "additionalProperties": False,
        "required": [name],
        "properties": {name: conditions, "not": conditions},
    }


def _condition(values: Sequence[str | bool] | None) -> dict[str, Any]:
    one: dict[str, Any] = {"enum": list(values)} if values else {"type": ["string", "boolean"]}
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def _example(kind: str, required: list[str]) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    properties: dict[str, Any] = {
        "title": text,
        "file": text,
        "also": {"type": "object", "additionalProperties": {"type": "string"}},
        kind: {"type": "string"},
    }
    if kind == "bad":
        properties["finds"] = {"type": "array", "minItems": 1, "items": {"type": "string"}}
        properties["fixed"] = {"type": "string"}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["file", kind, *required],
        "properties": properties,
    }

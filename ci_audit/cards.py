"""Rule cards in YAML: their schema, their compiled form, and their examples as tests. Nothing here is on a scan's path.

A card is data only: reading one of a stranger runs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from ci_audit.cardschema import schema
from ci_audit.discover import Found, provider_of
from ci_audit.engine import TEMPLATE, Report, Settings, audit
from ci_audit.facts import kinds
from ci_audit.findings import SEVERITIES
from ci_audit.masking import listed
from ci_audit.repository import MemoryReader, Repository
from ci_audit.rulebook import Rule, rule_from
from ci_audit.typed import Any, NamedTuple


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
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark is not None else path
        what = getattr(error, "problem", None) or " ".join(str(error).split())
        raise CardError(f"{place}: not valid YAML: {what}") from None
    for problem in problems(data):
        raise CardError(f"{place_in(path, problem.keys)}: {problem.message}")
    return Card(path, data)


def place_in(path: str, keys: Sequence[str | int]) -> str:
    """Give path and line of what stands under these keys of a card, or of the last of them that is there."""
    from ruamel.yaml import YAML

    with open(path, encoding="utf-8") as file:
        node = YAML(typ="safe", pure=True).compose(file)
    line = node.start_mark.line if node is not None else 0
    for wanted in keys:
        values = node.value if node is not None and isinstance(node.value, list) else []
        if isinstance(wanted, int):
            found = [(item, item) for item in values[wanted : wanted + 1]]
        else:
            found = [pair for pair in values if isinstance(pair, tuple) and pair[0].value == wanted]
        if not found:
            break
        line, node = found[0][0].start_mark.line, found[0][1]
    return f"{path}:{line + 1}"


class CardProblem(NamedTuple):
    """What is wrong with a card, and the keys that lead to it."""

    keys: tuple[str | int, ...]
    message: str


def problems(data: object) -> Iterator[CardProblem]:
    """Say what is wrong with a card, the most telling first."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema()).iter_errors(data))
    if error is not None:
        keys = tuple(error.absolute_path)
        place = ".".join(str(part) for part in keys)
        if error.validator == "additionalProperties":
            keys += tuple(key for key in error.instance if key not in error.schema["properties"])[:1]
        yield CardProblem(keys, f"`{place}`: {error.message}" if place else error.message)
        return
    assert isinstance(data, dict)
    kind = _kind_of(data)
    known = kinds()[kind]
    severity = data["severity"]
    if isinstance(severity, dict):
        key = next(iter(severity))
        if key not in known.fields and key not in known.facts:
            yield CardProblem(("severity", key), f"`severity`: a node of kind `{kind}` has no `{key}`")


def compile_card(card: Card) -> dict[str, Any]:
    """Give the form in which the rule book holds a card, without its examples; see `rulebook.rule_from`."""
    data = card.data
    kind = _kind_of(data)
    severity = data["severity"]
    by = None
    if isinstance(severity, dict):
        key, values = next(iter(severity.items()))
        by = [key, dict(values)]
        # A value that the card does not name has the lightest of those that it does.
        severity = min(values.values(), key=SEVERITIES.index)
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
    names = Names(known)
    for path in card_files(paths):
        card = read(path)
        for problem in names.take(card):
            raise CardError(problem)
        rules.append(rule_of(card))
    return tuple(rules)


class Names:
    """The ids and names of rules, each of which one rule may have."""

    def __init__(self, known: Sequence[Rule]) -> None:
        self._taken = {name: "a built-in rule" for rule in known for name in (rule.id, rule.name)}

    def take(self, card: Card) -> list[str]:
        """Take those of a card; gives a line for each that another rule has."""
        wrong = []
        for key in ("id", "name"):
            name = card.data[key]
            if name in self._taken:
                wrong.append(f"{place_in(card.path, [key])}: another rule is called `{name}`: {self._taken[name]}")
            self._taken[name] = card.path
        return wrong


def is_built_in(path: str) -> bool:
    """Tell whether a card is one of the rule book itself, in a checkout of it."""
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "rules")
    own = os.path.isfile(os.path.join(folder, "rule.schema.json"))
    return own and os.path.realpath(path).startswith(os.path.join(folder, ""))


def _kind_of(data: Mapping[str, Any]) -> str:
    kind: str = next(key for key in data["match"] if key != "not")
    return kind


def _conditions(conditions: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {key: list(value) if isinstance(value, list) else [value] for key, value in conditions.items()}


def examples(card: Card) -> list[Example]:
    """Give the examples of a card, in order."""
    return _examples(card.data["examples"])


def examples_of(rule: Rule, paths: Sequence[str]) -> list[Example]:
    """Give the examples of a rule: a built-in one, or one whose card lies in one of the `paths`.

    Raises CardError.
    """
    for compiled in _compiled():
        if compiled["id"] == rule.id:
            return _examples(compiled["examples"])
    cards = (read(path) for path in card_files(paths))
    return next((examples(card) for card in cards if card.data["id"] == rule.id), [])


def _compiled() -> list[dict[str, Any]]:
    """Load the built-in cards with their examples, which a scan does without."""
    import json

    path = os.path.join(os.path.dirname(__file__), "_rulebook.json")
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        data = __loader__.get_data(path)  # type: ignore[name-defined]
    loaded: list[dict[str, Any]] = json.loads(data)
    return loaded


def _examples(given: Sequence[Mapping[str, Any]]) -> list[Example]:
    found = []
    for data in given:
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
    """Run the examples of a card; gives a line with its place for each that does not hold."""
    rule = rule_of(card)
    wrong = []
    for number, example in enumerate(examples(card)):
        name = f"example {number + 1}" + (f" ({example.title})" if example.title else "")
        for key, problem in _problems_of(example, rule):
            wrong.append(f"{place_in(card.path, ['examples', number, key])}: {name}: {problem}")
    return wrong


def _problems_of(example: Example, rule: Rule) -> Iterator[tuple[str, str]]:
    """Give what does not hold for an example, each with the key that says otherwise."""
    if not example.provider:
        yield "file", f"`{example.file}` is not the name of a CI file"
        return
    report, repository = run(example, rule, [rule])
    if report.failed:
        yield "bad", report.failed[0].message
        return
    placeholders = re.findall(r"\{\w+\}", rule.message)
    texts = []
    for finding in report.findings:
        source = repository.source(finding.path)
        texts.append(source.text[finding.start : finding.end] if source is not None else "")
        if any(field in finding.message for field in placeholders):
            yield "file", f"the message names what there is not: {finding.message}"
    if texts != list(example.finds):
        yield "good" if example.is_good else "finds", f"finds {_quoted(texts)}, not {_quoted(example.finds)}"


def _quoted(texts: Sequence[str]) -> str:
    return listed([f"`{' '.join(text.split())}`" for text in texts]) or "nothing"

"""The rule book: the compiled cards, which of them are on, and how they are matched with the nodes of a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ci_audit.facts import Context, Kind, Verdict, kinds
from ci_audit.masking import listed, mask
from ci_audit.model import Pipeline
from ci_audit.patterns import regex
from ci_audit.repository import Repository
from ci_audit.source import UNKNOWN, Where
from ci_audit.typed import Any, NamedTuple

LEVELS = ("default", "strict", "opt-in")

PRESETS = ("strict", "pypi-citizen")
"""What `extends` may name: `strict` turns that level on, every preset the rules whose cards list it."""

_LONGEST_VALUE = 200
"""Characters of a value that a message shows."""

_FIELD = regex(r"\{(\w+)\}")


class Rule(NamedTuple):
    """A compiled card; the names are those of the card."""

    id: str
    name: str
    family: str
    title: str
    level: str
    severity: str
    severity_by: tuple[str, dict[str, str]] | None
    """A field or fact, and the severity for those of its values that have another one."""
    kind: str
    when: dict[str, tuple[Any, ...]]
    unless: dict[str, tuple[Any, ...]]
    message: str
    remedy: dict[str, str] | None
    why: str
    sources: tuple[str, ...]
    presets: tuple[str, ...]


class Selection(NamedTuple):
    """What turns rules on and off: each entry a rule's id or name, a family or the beginning of ids."""

    presets: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()


class UnknownRule(Exception):
    """A selector that names no rule and no family."""

    def __init__(self, selector: str, rules: Iterable[Rule]) -> None:
        self.selector = selector
        if selector in PRESETS:
            by = f'`--extend {selector}`, or `extends = "{selector}"` in the configuration, turns its rules on'
            super().__init__(f"`{selector}` is a preset and no rule: {by}")
            return
        names = sorted({name for rule in rules for name in (rule.id, rule.name, rule.family)})
        super().__init__(f"no rule or family is called `{selector}`{suggestion(selector, names)}")


def suggestion(wrong: str, names: Sequence[str]) -> str:
    """Give "; did you mean `…`?" for the nearest of the names, or nothing."""
    import difflib

    near = difflib.get_close_matches(wrong, names, 1) or difflib.get_close_matches(wrong.upper(), names, 1)
    return f"; did you mean `{near[0]}`?" if near else ""


def rule_from(card: dict[str, Any]) -> Rule:
    """Take a card in its compiled form, as `cards.compile_card` makes it."""
    by = card.get("severity_by")
    return Rule(
        id=card["id"],
        name=card["name"],
        family=card["family"],
        title=card["title"],
        level=card["level"],
        severity=card["severity"],
        severity_by=(by[0], by[1]) if by else None,
        kind=card["kind"],
        when={key: tuple(values) for key, values in card["when"].items()},
        unless={key: tuple(values) for key, values in card.get("unless", {}).items()},
        message=card["message"],
        remedy=card.get("remedy"),
        why=card["why"],
        sources=tuple(card.get("sources", ())),
        presets=tuple(card.get("presets", ())),
    )


def load() -> tuple[Rule, ...]:
    """Load the built-in rules, in the order of their ids."""
    from ci_audit._rulebook import DATA

    return tuple(rule_from(card) for card in DATA)


def names_to_ids(rules: Iterable[Rule]) -> dict[str, str]:
    """Map every id and name, in lower case, to the id."""
    found = {}
    for rule in rules:
        found[rule.id.lower()] = rule.id
        found[rule.name.lower()] = rule.id
    return found


def named_by(selector: str, rules: Sequence[Rule]) -> tuple[list[Rule], bool]:
    """Give the rules that a selector names, and whether it names one rule rather than a family.

    Raises UnknownRule.
    """
    wanted = selector.strip().lower()
    one = [rule for rule in rules if wanted in (rule.id.lower(), rule.name.lower())]
    if one:
        return one, True
    family = [rule for rule in rules if wanted == rule.family.lower()]
    if not family and re.fullmatch(r"[a-z]+\d{0,2}", wanted):
        family = [rule for rule in rules if rule.id.lower().startswith(wanted)]
    if not family:
        raise UnknownRule(selector, rules)
    return family, False


def select(rules: Sequence[Rule], selection: Selection) -> tuple[Rule, ...]:
    """Give the rules that are on: an id or name counts on any level, a family only on the levels that are on.

    Raises UnknownRule.
    """
    presets = set(selection.presets) | {entry for entry in selection.extend if entry in PRESETS}
    levels = {"default", "strict"} if "strict" in presets else {"default"}

    def is_on(rule: Rule) -> bool:
        return rule.level in levels or not presets.isdisjoint(rule.presets)

    def chosen(selectors: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for selector in selectors:
            named, exact = named_by(selector, rules)
            found.update(rule.id for rule in named if exact or is_on(rule))
        return found

    if selection.select is None:
        on = {rule.id for rule in rules if is_on(rule)}
    else:
        on = chosen(selection.select)
    on |= chosen(entry for entry in selection.extend if entry not in PRESETS)
    for selector in selection.ignore:
        on -= {rule.id for rule in named_by(selector, rules)[0]}
    return tuple(rule for rule in rules if rule.id in on)


class Match:
    """A rule that holds for a node; its message is written only when it is asked for."""

    __slots__ = ("_answers", "_prepared", "context", "node", "rule", "verdict", "where")

    def __init__(self, answers: _Answers, prepared: _Prepared, verdict: Verdict) -> None:
        self._answers = answers
        self._prepared = prepared
        self.rule = prepared.rule
        self.node = answers.node
        self.context = answers.context
        self.verdict = verdict
        self.where: Where = verdict.where or answers.kind.where(answers.node, answers.context)

    @property
    def message(self) -> str:
        return self._answers.message(self._prepared.message, self.verdict)

    @property
    def severity(self) -> str:
        return self._answers.severity(self.rule, self.verdict)


_NO_VERDICT = Verdict("")


class _Prepared(NamedTuple):
    """A rule with its conditions told apart: fields are cheap and stand first."""

    rule: Rule
    fields: tuple[tuple[str, tuple[Any, ...]], ...]
    facts: tuple[tuple[str, tuple[Any, ...]], ...]
    not_fields: tuple[tuple[str, tuple[Any, ...]], ...]
    not_facts: tuple[tuple[str, tuple[Any, ...]], ...]
    message: tuple[str, ...]
    """Text and field names by turns."""


class Matcher:
    """The active rules, made ready: each field and fact of a node is asked at most once for all of them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        registry = kinds()
        by_kind: dict[str, list[Rule]] = {}
        for rule in rules:
            by_kind.setdefault(rule.kind, []).append(rule)
        self._kinds = [_Family(registry[name], group) for name, group in by_kind.items()]

    def matches(self, pipeline: Pipeline, repository: Repository) -> Iterator[Match]:
        """Give each rule that holds, node by node."""
        for family in self._kinds:
            kind, candidates = family.kind, family.candidates
            for node, context in kind.nodes(pipeline, repository):
                answers = _Answers(kind, node, context)
                for prepared in candidates(answers):
                    yield from answers.matches(prepared)


class _Family:
    """The active rules about one kind of node, sorted by the value that each wants of what most of them ask for."""

    __slots__ = ("_by_value", "_key", "_rules", "kind")

    def __init__(self, kind: Kind, rules: Iterable[Rule]) -> None:
        self.kind = kind
        self._rules = [_prepare(rule, kind) for rule in rules]
        # Only what has a closed list of values: there is a list of rules for each.
        asked = [name for prepared in self._rules for name in prepared.rule.when if name in kind.values]
        self._key = max(asked, key=asked.count, default="")
        self._by_value: dict[Any, list[_Prepared]] = {}

    def candidates(self, answers: _Answers) -> list[_Prepared]:
        """Give the rules that the answer to the commonest question leaves: for most nodes none or one."""
        key = self._key
        if not key:
            return self._rules
        if key in self.kind.fields:
            return self._wanting(answers.field(key))
        verdicts = answers.fact(key)
        if len(verdicts) > 1:
            return self._rules
        return self._wanting(verdicts[0].value if verdicts else None)

    def _wanting(self, value: Any) -> list[_Prepared]:
        found = self._by_value.get(value)
        if found is None:
            rules = [one for one in self._rules if value in one.rule.when.get(self._key, (value,))]
            found = self._by_value[value] = rules
        return found


def _prepare(rule: Rule, kind: Kind) -> _Prepared:
    def split(conditions: dict[str, tuple[Any, ...]], of: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
        return tuple((key, values) for key, values in conditions.items() if key in of)

    return _Prepared(
        rule,
        split(rule.when, kind.fields),
        split(rule.when, kind.facts),
        split(rule.unless, kind.fields),
        split(rule.unless, kind.facts),
        tuple(_FIELD.split(rule.message)),
    )


class _Answers:
    """What was asked about one node so far."""

    __slots__ = ("_facts", "_fields", "context", "kind", "node")

    def __init__(self, kind: Kind, node: Any, context: Context) -> None:
        self.kind = kind
        self.node = node
        self.context = context
        self._fields: dict[str, Any] = {}
        self._facts: dict[str, tuple[Verdict, ...]] = {}

    def field(self, name: str) -> Any:
        fields = self._fields
        if name not in fields:
            fields[name] = self.kind.fields[name](self.node, self.context)
        return fields[name]

    def fact(self, name: str) -> tuple[Verdict, ...]:
        if name not in self._facts:
            self._facts[name] = self.kind.facts[name](self.node, self.context)
        return self._facts[name]

    def matches(self, prepared: _Prepared) -> Sequence[Match]:
        """Give a match for each verdict of the first fact that the card names; its other facts are conditions."""
        for name, wanted in prepared.fields:
            if self.field(name) not in wanted:
                return ()
        verdicts: Sequence[Verdict] = (_NO_VERDICT,)
        for place, (name, wanted) in enumerate(prepared.facts):
            found = [verdict for verdict in self.fact(name) if verdict.value in wanted]
            if not found:
                return ()
            if place == 0:
                verdicts = found
        if prepared.rule.unless and self._excepted(prepared):
            return ()
        return [Match(self, prepared, verdict) for verdict in verdicts]

    def _excepted(self, prepared: _Prepared) -> bool:
        return all(self.field(name) in wanted for name, wanted in prepared.not_fields) and all(
            any(verdict.value in wanted for verdict in self.fact(name)) for name, wanted in prepared.not_facts
        )

    def severity(self, rule: Rule, verdict: Verdict) -> str:
        if rule.severity_by is None:
            return rule.severity
        name, severities = rule.severity_by
        if name in self.kind.fields:
            value = self.field(name)
        else:
            value = verdict.value if name in rule.when else next((each.value for each in self.fact(name)), "")
        return severities.get(value, rule.severity)

    def message(self, parts: tuple[str, ...], verdict: Verdict) -> str:
        filled = list(parts)
        for place in range(1, len(parts), 2):
            filled[place] = shown(self._value(parts[place], verdict))
        return "".join(filled)

    def _value(self, name: str, verdict: Verdict) -> str:
        if name in verdict.values:
            return verdict.values[name]
        if name == "reason" and verdict.reason:
            return verdict.reason
        if name in self.kind.fields:
            return str(self.field(name))
        if name in self.kind.facts:
            return listed([str(each.value) for each in self.fact(name)])
        # A message without the field is better than a scan that ends; the card's own examples fail on it.
        return f"{{{name}}}"


def shown(value: str) -> str:
    """Give a value as a message shows it: on one line, secrets masked, not too long."""
    text = mask(value)
    if not text.isprintable():
        text = " ".join(text.replace(UNKNOWN, "…").split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"

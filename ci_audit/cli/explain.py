"""The command `explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ci_audit import cards
from ci_audit.cards import Example
from ci_audit.cli import OK
from ci_audit.cli.output import is_colored, write
from ci_audit.cli.rules import entry
from ci_audit.cli.scan import rules_of
from ci_audit.cli.setup import read_config
from ci_audit.masking import listed
from ci_audit.providers import TITLES
from ci_audit.remedies import spells
from ci_audit.rulebook import Rule, named_by
from ci_audit.typed import Any

_FIXES = {
    "safe": "can be fixed",
    "unsafe": "can be fixed with `--unsafe-fixes`",
    "show": "a fix is shown, to be made by hand,",
}


def run(options: Mapping[str, Any]) -> int:
    """Explain a rule; a family gives all of its rules."""
    config = read_config(options)[1]
    rules = named_by(options["rule"][0], rules_of(config))[0]
    explained = [(rule, cards.examples_of(rule, config.rules)) for rule in rules]
    if options["format"] == "json":
        import json

        entries = [_entry(rule, examples) for rule, examples in explained]
        write([json.dumps({"rules": entries}, indent=2), "\n"])
        return OK
    text = "\n".join(_markdown(rule, examples) for rule, examples in explained)
    if is_colored(None, None):
        from rich.console import Console
        from rich.markdown import Markdown

        console = Console()
        with console.capture() as capture:
            console.print(Markdown(text))
        text = capture.get()
    write([text])
    return OK


def _entry(rule: Rule, examples: Sequence[Example]) -> dict[str, Any]:
    """Give what programs are told of a rule; whether it is on depends on the command that scans."""
    known = {key: value for key, value in entry(rule, True).items() if key != "on"}
    return {
        **known,
        "fixes": list(_fixable(rule, examples)),
        "why": rule.why,
        "sources": rule.sources,
        "examples": [{**example._asdict(), "found": not example.is_good} for example in examples],
    }


def _fixable(rule: Rule, examples: Sequence[Example]) -> Sequence[str]:
    """List the providers for which there is a fix, out of those that the rule has something to find in."""
    if rule.remedy is None:
        return ()
    found = {example.provider for example in examples if not example.is_good}
    return [provider for provider in TITLES if provider in found and spells(rule.remedy["intent"], provider)]


def _markdown(rule: Rule, examples: Sequence[Example]) -> str:
    lines = [
        f"# {rule.id} {rule.name}",
        "",
        f"**{rule.title}**",
        "",
        f"Family {rule.family}, level {rule.level}, severity {rule.severity}{_fix(rule, examples)}.",
        "",
        rule.why.strip(),
        "",
    ]
    for heading, good in (("Found", False), ("Good", True)):
        shown = [example for example in examples if example.is_good == good]
        if shown:
            lines += [f"## {heading}", ""]
            for example in shown:
                lines += _example(example)
    if rule.sources:
        lines += ["## Sources", "", *(f"- <{source}>" for source in rule.sources), ""]
    return "\n".join(lines)


def _fix(rule: Rule, examples: Sequence[Example]) -> str:
    providers = [TITLES[provider] for provider in _fixable(rule, examples)]
    if rule.remedy is None or not providers:
        return ""
    return f"; {_FIXES[rule.remedy['safety']]} in {listed(providers)}"


def _example(example: Example) -> list[str]:
    title = example.title[:1].upper() + example.title[1:]
    language = "dockerfile" if example.provider == "dockerfile" else "yaml"
    lines = [f"{title} (`{example.file}`):" if title else f"`{example.file}`:", "", *_fenced(example.text, language)]
    for path, text in example.also.items():
        lines += [f"with `{path}`:", "", *_fenced(text, "")]
    if example.finds:
        lines += [f"at {listed([f'`{_on_one_line(text)}`' for text in example.finds])}", ""]
    if example.fixed is not None:
        lines += ["fixed:", "", *_fenced(example.fixed, language)]
    return lines


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _fenced(text: str, language: str) -> list[str]:
    fence = "````" if "```" in text else "```"
    return [f"{fence}{language}", *text.rstrip("\n").split("\n"), fence, ""]

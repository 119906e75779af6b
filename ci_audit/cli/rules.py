"""The commands about rules: `rules` and `test`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ci_audit.cli import FOUND, OK, UsageError
from ci_audit.cli.output import is_colored, warn, write
from ci_audit.cli.scan import chosen, rules_of
from ci_audit.cli.setup import read_config
from ci_audit.reporters import plural
from ci_audit.rulebook import Rule, load
from ci_audit.typed import Any


def table(options: Mapping[str, Any]) -> int:
    """List the rules: those that are selected, or all."""
    config = read_config(options)[1]
    known = rules_of(config)
    on = chosen(known, config, options)
    shown = on if options["select"] is not None else known
    if options["format"] == "json":
        import json

        entries = [entry(rule, rule in on) for rule in shown]
        write([json.dumps({"rules": entries}, indent=2), "\n"], options["output"])
        return OK
    path = options["output"]
    write(_table(shown, on, is_colored(None, path) and path is None), path)
    return OK


def entry(rule: Rule, on: bool) -> dict[str, Any]:
    """Give what programs are told of a rule."""
    from ci_audit.remedies import MODULES

    return {
        "id": rule.id,
        "name": rule.name,
        "family": rule.family,
        "level": rule.level,
        "severity": rule.severity,
        "title": rule.title,
        "on": on,
        "fix": rule.remedy["safety"] if rule.remedy and rule.remedy["intent"] in MODULES else None,
    }


_COLUMNS = ("id", "name", "family", "level", "severity", "title")


def _table(rules: Sequence[Rule], on: Sequence[Rule], pretty: bool) -> list[str]:
    rows = [
        ("on" if rule in on else "", rule.id, rule.name, rule.family, rule.level, rule.severity, rule.title)
        for rule in rules
    ]
    heads = ("", *_COLUMNS)
    if pretty:
        return [_rich_table(heads, rows)]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in (heads, *rows)
    ]


def _rich_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=SIMPLE, header_style="bold")
    for head in heads:
        shown.add_column(head, overflow="fold", no_wrap=head in ("", "id", "name"))
    for row in rows:
        shown.add_row(*row)
    console = Console()
    with console.capture() as capture:
        console.print(shown)
    return capture.get()


def test(options: Mapping[str, Any]) -> int:
    """Check cards and run their examples; 1 when one does not hold."""
    from ci_audit import cards

    if not options["cards"]:
        raise UsageError("`test` takes the cards to check: files or folders")
    try:
        paths = cards.card_files(options["cards"])
    except cards.CardError as error:
        raise UsageError(str(error)) from None
    if not paths:
        raise UsageError("no cards there: a card is a .yaml file")
    wrong = count = 0
    names = cards.Names(load())
    for path in paths:
        try:
            card = cards.read(path)
            problems = [] if cards.is_built_in(path) else names.take(card)
            problems += cards.check(card)
            count += len(cards.examples(card))
        except cards.CardError as error:
            problems = [str(error)]
        wrong += bool(problems)
        for problem in problems:
            warn(problem)
    state = f"{wrong} of them wrong" if wrong else "all good"
    write([f"{plural(len(paths), 'card')} with {plural(count, 'example')}: {state}\n"])
    return FOUND if wrong else OK


COMMANDS: dict[str, Callable[[Mapping[str, Any]], int]] = {"rules": table, "test": test}

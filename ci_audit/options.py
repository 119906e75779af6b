"""The command line as one table, and a small reader of it that serves plain invocations.

typer takes 70 to 170 ms to load, a whole scan 45. So the commands of `QUICK` are read here when nothing unusual is
asked; for all else (help, completion, errors, the other commands) the reader declines and `cli.app` builds a typer
application from the same table. A test holds that both give equal options or the reader declines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ci_audit.typed import Any, NamedTuple


class Option(NamedTuple):
    """One option: a flag, a value (the last one counts) or a list (repeatable, and split at commas)."""

    names: tuple[str, ...]
    kind: str
    """flag, value or list"""
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.names[0].lstrip("-").replace("-", "_")


class Command(NamedTuple):
    """One command with its positional argument."""

    name: str
    help: str
    argument: str
    """Its name, empty when the command takes none."""
    argument_help: str
    options: tuple[Option, ...]
    many: bool = True
    """Takes any number of arguments, not exactly one."""


class Invocation(NamedTuple):
    """What was asked: a command and the value of every one of its options.

    A flag is a bool, a value a string or None, a list a tuple or None, the positional arguments a tuple.
    """

    command: str
    options: Mapping[str, Any]


FORMATS = ("text", "json", "github", "sarif")
"""How a scan reports: each is a module of `reporters`, and this the one list of them."""

SEVERITY_CHOICES = ("error", "warning", "note", "never")
PROVIDER_CHOICES = ("github", "gitlab", "travis", "dockerfile")

_PLACE = (
    Option(
        ("--root",), "value", "The repository; default: the nearest folder above with .git or a configuration.", "DIR"
    ),
    Option(("--config",), "value", "Read this configuration file.", "FILE"),
    Option(("--isolated",), "flag", "Read no configuration."),
    Option(("--as",), "value", "What the files given by name are.", choices=PROVIDER_CHOICES),
    Option(("--stdin-filename",), "value", "Where standard input (`-`) belongs in the repository.", "PATH"),
    Option(("--exclude",), "list", "Leave out paths that match these patterns.", "PATTERNS"),
)
_OUTPUT = Option(("--output", "-o"), "value", "Write the report to this file.", "FILE")
_COLOR = Option(("--color",), "value", "Colour the text report.", choices=("auto", "always", "never"))
_JOBS = Option(("--jobs", "-j"), "value", "Processes to use at most; default: one for each core.", "N")
_SELECTION = (
    Option(
        ("--select",), "list", "Only these rules: ids or names on any level, families on the current ones.", "RULES"
    ),
    Option(("--ignore",), "list", "Not these rules.", "RULES"),
    Option(("--extend",), "list", "These rules, or a preset (strict, pypi-citizen), as well.", "RULES"),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "scan",
        "Find the downloads that CI repeats, and what is not pinned.",
        "paths",
        "Files and folders; `-` is standard input. Default: the whole repository.",
        (
            Option(("--format", "-f"), "value", "How to report.", choices=FORMATS),
            _OUTPUT,
            *_SELECTION,
            Option(("--fail-on",), "value", "The lightest severity that exits 1.", choices=SEVERITY_CHOICES),
            Option(("--exit-zero",), "flag", "Exit 0 whatever is found."),
            Option(("--quiet", "-q"), "flag", "Report findings alone: no summary, no warnings."),
            Option(("--statistics",), "flag", "Count findings by rule instead of listing them (text format)."),
            Option(("--show-suppressed",), "flag", "Report what is suppressed as well (text, SARIF)."),
            Option(("--show-files",), "flag", "List the files that would be audited."),
            Option(("--show-settings",), "flag", "Show the settings in effect."),
            Option(("--add-ignore",), "flag", "Write an ignore comment for every finding."),
            Option(("--fix",), "flag", "Write the safe fixes; `-` goes to standard output."),
            Option(("--unsafe-fixes",), "flag", "Take the unsafe fixes as well (--fix, --diff)."),
            Option(("--diff",), "flag", "Print what --fix would change, write nothing, and exit 1 if it is something."),
            Option(("--show-fixes",), "flag", "Report the fixes, checked (text, JSON; SARIF always has them)."),
            Option(
                ("--pins",), "value", "Take commits, digests and versions from this file (JSON, TOML, YAML).", "FILE"
            ),
            Option(("--online",), "flag", "Ask git hosts, registries and PyPI for pins."),
            Option(("--exit-non-zero-on-fix",), "flag", "Exit 1 if --fix changed something."),
            *_PLACE,
            _COLOR,
            _JOBS,
        ),
    ),
    Command(
        "inspect",
        "Show what is understood: every install, where its downloads go, and whether they are kept.",
        "paths",
        "Files and folders; `-` is standard input. Default: the whole repository.",
        (
            Option(("--format", "-f"), "value", "How to report.", choices=("text", "json")),
            _OUTPUT,
            *_PLACE,
            _COLOR,
            _JOBS,
        ),
    ),
    Command(
        "rules",
        "List the rules.",
        "",
        "",
        (
            Option(("--format", "-f"), "value", "How to report.", choices=("text", "json")),
            _OUTPUT,
            *_SELECTION,
            *_PLACE[:3],
        ),
    ),
    Command(
        "explain",
        "Explain a rule.",
        "rule",
        "Its id or name; a family or the beginning of ids for all of its rules.",
        (Option(("--format", "-f"), "value", "How to show it.", choices=("text", "json")), *_PLACE[:3]),
        many=False,
    ),
    Command(
        "test",
        "Check rule cards of your own and run their examples.",
        "cards",
        "Card files, or folders of them.",
        (),
    ),
)

QUICK = ("scan", "inspect")


def command(name: str) -> Command:
    """Look up a command of the table."""
    return next(command for command in COMMANDS if command.name == name)


def read(argv: Sequence[str]) -> Invocation | None:
    """Read the arguments of a plain invocation; None where typer must look at them."""
    if not argv or argv[0] not in QUICK:
        return None
    found = command(argv[0])
    by_name = {name: option for option in found.options for name in option.names}
    values: dict[str, Any] = {}
    arguments: list[str] = []
    rest = iter(argv[1:])
    for word in rest:
        if word == "--":
            arguments.extend(rest)
            break
        if not word.startswith("-") or word == "-":
            arguments.append(word)
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        option = by_name.get(name)
        if option is None or (option.kind == "flag" and equals):
            return None
        if option.kind == "flag":
            values[option.key] = True
            continue
        if not equals:
            following = next(rest, None)
            if following is None or (following.startswith("-") and following != "-"):
                return None
            value = following
        if option.choices and value not in option.choices:
            return None
        if option.kind == "list":
            values[option.key] = (*values.get(option.key, ()), value)
        else:
            values[option.key] = value
    values[found.argument] = tuple(arguments)
    return invocation(found, values)


def invocation(found: Command, values: Mapping[str, Any]) -> Invocation:
    """Fill in what was not given and split lists."""
    options: dict[str, Any] = {}
    for option in found.options:
        value = values.get(option.key)
        if option.kind == "flag":
            options[option.key] = bool(value)
        elif option.kind == "list":
            options[option.key] = split(value) if value else None
        else:
            options[option.key] = value
    if found.argument:
        given = values.get(found.argument) or ()
        options[found.argument] = (given,) if isinstance(given, str) else tuple(given)
    return Invocation(found.name, options)


def split(values: Sequence[str]) -> tuple[str, ...]:
    """Split every value at commas and leave out what is empty."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())

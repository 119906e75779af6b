"""Reporters: modules that turn a report into text, each in one format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ci_audit.engine import Report
from ci_audit.findings import Fix, Related
from ci_audit.masking import mask, visible
from ci_audit.rulebook import Rule
from ci_audit.source import Source
from ci_audit.typed import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from ci_audit.inspection import Inspection


class View(NamedTuple):
    """What a reporter needs besides the report."""

    rules: tuple[Rule, ...]
    """The rules that were on."""
    source: Callable[[str], Source | None]
    """Gives the text of an audited file."""
    color: bool = False
    quiet: bool = False
    statistics: bool = False
    show_suppressed: bool = False
    show_fixes: bool = False
    prefix: str = ""
    """The path of the root in the checkout, with a slash at its end, for services that count from there."""


class Reporter(Protocol):
    """What a module of this package provides."""

    def render(self, report: Report, view: View) -> Iterator[str]:
        """Yield the report piece by piece; the pieces joined are the whole, line ends included."""


class InstallReporter(Protocol):
    """What a module provides that shows installs."""

    def render(self, inspection: Inspection, color: bool) -> Iterator[str]:
        """Yield the installs piece by piece."""


def reporter(format: str) -> Reporter:
    """Load the reporter of a format, one of `options.FORMATS`."""
    from importlib import import_module

    return cast(Reporter, import_module(f"ci_audit.reporters.{format}"))


def install_reporter(format: str) -> InstallReporter:
    """Load the reporter of installs in a format, text or json."""
    from importlib import import_module

    return cast(InstallReporter, import_module(f"ci_audit.reporters.installs_{format}"))


SECRET_IN_FIX = "the text that it moves looks like a secret, which no report carries; `--fix` writes it"


def holds_secret(fix: Fix) -> bool:
    """Tell whether a fix repeats text of the file that looks like a secret."""
    texts = [fix.snippet, *(one.text for file in fix.files for one in file.replacements)]
    return any(mask(text) != text for text in texts)


def shown_path(path: str) -> str:
    """Give a path to begin a line with; GitHub's runner takes a line that begins with `::` for a command."""
    path = visible(path)
    return f"./{path}" if path.lstrip().startswith("::") else path


def further(related: Iterable[Related], said: str, path: str, lines: range) -> Iterator[str]:
    """Give a line for each further place, but nothing that is `said` in the message or shown in its `lines` already."""
    for each in related:
        at = f"{shown_path(each.path)}:{each.line}" if each.path else ""
        if each.message not in said:
            yield f"{at}: {each.message}" if at else each.message
        elif at and (each.path != path or each.line not in lines):
            yield f"see {at}"


def plural(count: int, noun: str) -> str:
    """Give a count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

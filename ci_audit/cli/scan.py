"""The command `scan`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from ci_audit.cli import FAILED, FOUND, OK, UsageError
from ci_audit.cli.output import is_colored, warn, write
from ci_audit.cli.setup import Setup, prepare
from ci_audit.config import Config
from ci_audit.engine import Report, Settings, audit, default_processes, leave_out
from ci_audit.findings import SEVERITIES
from ci_audit.masking import mask, visible
from ci_audit.remedies import Options
from ci_audit.reporters import View, reporter
from ci_audit.rulebook import PRESETS, Rule, Selection, UnknownRule, load, named_by, select
from ci_audit.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ci_audit.pins import Known


def run(options: Mapping[str, Any]) -> int:
    """Audit and report; gives the exit status."""
    setup = prepare(options)
    known = rules_of(setup.config)
    settings = settings_of(setup.config, known, options)
    pins = _pins(setup, options)
    if pins is not None:
        settings = _with_pins(settings, pins, options)
    try:
        return _run(setup, settings, options)
    finally:
        for problem in dict.fromkeys(pins.problems) if pins is not None else ():
            warn(f"warning: {problem}")


def _run(setup: Setup, settings: Settings, options: Mapping[str, Any]) -> int:
    if options["show_settings"]:
        write(_settings_shown(setup, settings, options))
        return OK
    if options["show_files"]:
        found = leave_out(setup.found, settings.exclude)[0]
        # GitHub's runner takes a line that begins with `::` for a command.
        shown = (visible(mask(file.path)) for file in found)
        lines = (f"{'./' if path.lstrip()[:2] == '::' else ''}{path}" for path in shown)
        write(f"{line}  ({file.provider})\n" for line, file in zip(lines, found, strict=True))
        return FAILED if setup.failed else OK
    if options["add_ignore"]:
        from ci_audit.cli.addignore import add_ignores

        return add_ignores(setup, settings)
    if options["fix"] or options["diff"]:
        from ci_audit.cli import fixing

        return fixing.run(setup, settings, options)
    report = audited(setup, settings._replace(fixes=_fixes_wanted(setup.config, options)), options)
    publish(report, setup, settings, options)
    return status(report, setup.config, options)


def _pins(setup: Setup, options: Mapping[str, Any]) -> Known | None:
    if not (options["pins"] or options["online"] or setup.config.pins):
        return None
    from ci_audit import pins

    return pins.from_settings(setup.config, setup.repository, options["pins"], options["online"])


def _with_pins(settings: Settings, pins: Known, options: Mapping[str, Any]) -> Settings:
    given = settings.remedies or Options()
    # What one process has been told by the network, another would ask again.
    processes = 1 if options["online"] else settings.processes
    return settings._replace(remedies=given._replace(pins=pins), processes=processes)


def _fixes_wanted(config: Config, options: Mapping[str, Any]) -> str:
    """Say what to find out about fixes: checked ones where the report carries them, else whether there are any."""
    format = options["format"] or config.format
    if format == "sarif" or options["show_fixes"]:
        return "offer"
    return "mark" if format == "text" and not options["quiet"] and not options["statistics"] else ""


def rules_of(config: Config) -> tuple[Rule, ...]:
    """Load the built-in rules and those that the configuration names."""
    rules = load()
    if not config.rules:
        return rules
    from ci_audit import cards

    try:
        return rules + cards.load(config.rules, rules)
    except cards.CardError as error:
        raise UsageError(str(error)) from None


def selection_of(config: Config, options: Mapping[str, Any]) -> Selection:
    """Put configuration and options together: `--select` starts anew, the others add.

    Presets stay: they decide what a family holds.
    """
    chosen: Sequence[str] | None = options["select"]
    return Selection(
        presets=config.extends,
        select=config.select if chosen is None else tuple(chosen),
        ignore=(config.ignore if chosen is None else ()) + tuple(options["ignore"] or ()),
        extend=(config.extend if chosen is None else ()) + tuple(options["extend"] or ()),
    )


def chosen(known: Sequence[Rule], config: Config, options: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Give the rules that are on.

    Raises UnknownRule, or UsageError when the configuration names what there is not.
    """
    try:
        return select(known, selection_of(config, options))
    except UnknownRule as error:
        for key, selectors in (("select", config.select), ("extend", config.extend), ("ignore", config.ignore)):
            if error.selector in (selectors or ()):
                raise UsageError(f"{config.path}: `{key}`: {error}") from None
        raise


def _named(selector: str, pattern: str, known: Sequence[Rule], config: Config) -> list[Rule]:
    try:
        return named_by(selector, known)[0]
    except UnknownRule as error:
        raise UsageError(f"{config.path}: `per-file-ignores.{pattern}`: {error}") from None


def settings_of(config: Config, known: tuple[Rule, ...], options: Mapping[str, Any]) -> Settings:
    """Work out what the audit depends on."""
    return Settings(
        rules=chosen(known, config, options),
        known=known,
        per_file_ignores=tuple(
            (pattern, tuple(rule.id for selector in selectors for rule in _named(selector, pattern, known, config)))
            for pattern, selectors in config.per_file_ignores
        ),
        exclude=config.exclude + tuple(options["exclude"] or ()),
        processes=_processes(options["jobs"]),
        remedies=Options(builder=config.builder),
    )


def _processes(asked: str | None) -> int:
    if asked is None:
        return default_processes()
    if not asked.isdecimal() or not 0 < int(asked) <= 1024:
        raise UsageError(f"`--jobs` takes a number from 1 to 1024, not `{asked}`")
    return int(asked)


def audited(setup: Setup, settings: Settings, options: Mapping[str, Any]) -> Report:
    """Audit with a progress bar where somebody waits."""
    if options["quiet"] or sys.stderr is None or not sys.stderr.isatty():
        report = audit(setup.repository, setup.found, settings)
    else:
        from ci_audit.cli.progress import Progress

        with Progress() as progress:
            report = audit(setup.repository, setup.found, settings, progress)
    if setup.failed:
        report = report._replace(failed=tuple(sorted((*report.failed, *setup.failed))))
    return report


def publish(report: Report, setup: Setup, settings: Settings, options: Mapping[str, Any]) -> None:
    """Write the report where it is asked for."""
    path = options["output"]
    view = View(
        rules=settings.rules,
        source=setup.repository.source,
        color=is_colored(options["color"], path),
        quiet=options["quiet"],
        statistics=options["statistics"] or setup.config.statistics,
        show_suppressed=options["show_suppressed"] or setup.config.show_suppressed,
        show_fixes=options["show_fixes"],
        prefix=_prefix(setup.root),
    )
    if not options["quiet"]:
        for problem in report.problems:
            warn(f"warning: {problem}")
    format = options["format"] or setup.config.format
    try:
        write(reporter(format).render(report, view), path)
    except OSError as error:
        if path is None:
            raise
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _prefix(root: str) -> str:
    """Give the path of the root inside the checkout, when GitHub Actions says where that is."""
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    if not workspace or not os.path.isabs(workspace):
        return ""
    workspace, root = os.path.realpath(workspace), os.path.realpath(root)
    if not root.startswith(os.path.join(workspace, "")):
        return ""
    return os.path.relpath(root, workspace).replace(os.sep, "/") + "/"


def status(report: Report, config: Config, options: Mapping[str, Any]) -> int:
    """Give the exit status that a report leads to."""
    if report.failed:
        return FAILED
    fail_on = options["fail_on"] or config.fail_on
    if options["exit_zero"] or fail_on == "never":
        return OK
    heavy = SEVERITIES[SEVERITIES.index(fail_on) :]
    return FOUND if any(finding.severity in heavy for finding in report.findings) else OK


def _settings_shown(setup: Setup, settings: Settings, options: Mapping[str, Any]) -> Iterator[str]:
    import json

    config = setup.config
    shown = {
        "root": setup.root,
        "config": config.path or None,
        "extends": list(dict.fromkeys((*config.extends, *(one for one in options["extend"] or () if one in PRESETS)))),
        "rules": [f"{rule.id} {rule.name}" for rule in settings.rules],
        "fail-on": options["fail_on"] or config.fail_on,
        "exclude": settings.exclude,
        "per-file-ignores": dict(settings.per_file_ignores),
        "builder": config.builder,
        "pins": dict(config.pins),
        "online-hosts": config.online_hosts,
        "format": options["format"] or config.format,
        "show-suppressed": options["show_suppressed"] or config.show_suppressed,
        "statistics": options["statistics"] or config.statistics,
        "processes": settings.processes,
    }
    yield json.dumps(shown, indent=2) + "\n"

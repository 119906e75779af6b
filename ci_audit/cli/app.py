"""The typer application, built from the table of options: help, completion, error messages and all commands."""

import inspect
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from keyword import iskeyword
from typing import Annotated, Any

import typer

from ci_audit import __version__
from ci_audit.options import COMMANDS, Command, Invocation, Option, invocation


def read(argv: Sequence[str]) -> Invocation | int:
    """Read the arguments; gives the exit status where typer has said all there is to say."""
    application, read_here = _application()
    read_here.clear()
    try:
        application(args=list(argv), prog_name="ci-audit", complete_var="_CI_AUDIT_COMPLETE")
    except SystemExit as stop:
        if read_here and stop.code in (0, None):
            return read_here[0]
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 2
    return read_here[0] if read_here else 0


@lru_cache
def _application() -> tuple[Callable[..., Any], list[Invocation]]:
    read_here: list[Invocation] = []
    return typer.main.get_command(build(read_here.append)), read_here


def build(use: Callable[[Invocation], None]) -> typer.Typer:
    """Build the application; a command does nothing but hand on what was asked."""
    application = typer.Typer(
        name="ci-audit",
        help="Audit CI configuration for package downloads that are repeated on every run.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )

    @application.callback()
    def main(
        version: Annotated[
            bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        pass

    for command in COMMANDS:
        application.command(command.name, help=command.help)(_function(command, use))
    return application


def _version(value: bool) -> None:
    if value:
        typer.echo(f"ci-audit {__version__}")
        raise typer.Exit


def _function(command: Command, use: Callable[[Invocation], None]) -> Callable[..., None]:
    """Make the function that typer reads a command's parameters from."""

    def run(**values: Any) -> None:
        use(invocation(command, {name.rstrip("_"): _plain(value) for name, value in values.items()}))

    parameters = []
    if command.argument:
        argument = typer.Argument(help=command.argument_help, show_default=False)
        kind: Any = list[str] | None if command.many else str
        default = inspect.Parameter.empty if not command.many else None
        parameters.append(_parameter(command.argument, Annotated[kind, argument], default))
    parameters += [_option(option) for option in command.options]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__name__ = command.name
    return run


def _option(option: Option) -> inspect.Parameter:
    declaration = typer.Option(*option.names, help=option.help, metavar=option.metavar or None, show_default=False)
    if option.kind == "flag":
        return _parameter(option.key, Annotated[bool, declaration], False)
    one: Any = Enum(option.key, {choice: choice for choice in option.choices}, type=str) if option.choices else str
    kind: Any = list[one] | None if option.kind == "list" else one | None
    return _parameter(option.key, Annotated[kind, declaration], None)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    # `--as` is a fine option and no name for a parameter.
    name = f"{name}_" if iskeyword(name) else name
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _plain(value: Any) -> Any:
    """Take what typer gives as the table's own kinds: text for a choice, a tuple for a list or an argument."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return tuple(_plain(item) for item in value)
    return value

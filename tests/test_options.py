"""The small reader and typer agree, or the reader declines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit import options
from ci_audit.cli import app
from ci_audit.options import COMMANDS, QUICK, Command, Option
from ci_audit.providers import PROVIDERS


def values(option: Option) -> st.SearchStrategy[str]:
    odd = st.sampled_from(["", "-", "--", "-q", "a,b", " ,x, ", "ä=b", "--format"])
    if option.choices:
        return st.sampled_from(option.choices) | odd
    return st.from_regex(r"[a-z./*]{1,6}(,[A-Z0-9]{1,6})?", fullmatch=True) | odd


def words_of(option: Option) -> st.SearchStrategy[list[str]]:
    name = st.sampled_from(option.names)
    if option.kind == "flag":
        return st.builds(lambda name: [name], name) | st.builds(lambda name: [f"{name}=1"], name)
    apart = st.builds(lambda name, value: [name, value], name, values(option))
    return apart | st.builds(lambda name, value: [f"{name}={value}"], name, values(option))


def arguments_of(command: Command) -> st.SearchStrategy[list[str]]:
    positional = st.sampled_from([["a"], ["b/c.yml"], ["-"], ["--"], ["--nonsense"], ["-x"], ["-qf"], ["--help"]])
    parts = st.lists(st.one_of(positional, *(words_of(option) for option in command.options)), max_size=6)
    return parts.map(lambda parts: [command.name, *(word for part in parts for word in part)])


@settings(max_examples=200, deadline=None)
@given(st.one_of(*(arguments_of(command) for command in COMMANDS if command.name in QUICK)))
def test_the_reader_agrees_with_typer_or_declines(argv: list[str]) -> None:
    quick = options.read(argv)
    if quick is not None:
        assert app.read(argv) == quick


def test_the_reader_takes_the_usual() -> None:
    argv = ["scan", "src", "-f", "json", "--select=CIA101,uncached-install", "--select", "CIA301", "-q", "--", "-x"]
    read = options.read(argv)
    assert read is not None
    assert read.options["paths"] == ("src", "-x")
    assert read.options["format"] == "json"
    assert read.options["select"] == ("CIA101", "uncached-install", "CIA301")
    assert read.options["quiet"] is True
    assert read.options["isolated"] is False
    assert read.options["ignore"] is None
    assert app.read(argv) == read


@pytest.mark.parametrize(
    "argv",
    [[], ["--help"], ["rules"], ["scan", "--help"], ["scan", "--format"], ["scan", "--format", "xml"], ["scan", "-qx"]],
)
def test_the_reader_declines(argv: list[str]) -> None:
    assert options.read(argv) is None


def test_every_option_is_known_to_typer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for command in COMMANDS:
        assert app.read([command.name, "--help"]) == 0
        shown = capsys.readouterr().out
        for option in command.options:
            assert option.names[0] in shown


def test_usage_errors_are_said_by_typer(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.read(["scan", "--nonsense"]) == 2
    assert app.read(["explain"]) == 2
    assert "--nonsense" in capsys.readouterr().err


def test_every_provider_can_be_named() -> None:
    assert tuple(options.PROVIDER_CHOICES) == PROVIDERS

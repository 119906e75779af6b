"""The configuration: where it is found, what it may say, and how mistakes are named."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ci_audit import config
from ci_audit.config import Config, ConfigError


def test_none_is_the_defaults(tmp_path: Path) -> None:
    assert config.load(str(tmp_path)) == Config()
    assert not config.has_config(str(tmp_path))


def test_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ci-audit]\nextends = "strict"\nselect = ["CIA101"]\nfail-on = "error"\n'
        '[tool.ci-audit.per-file-ignores]\n"docs/*" = ["CIA301"]\n'
    )
    read = config.load(str(tmp_path))
    assert config.has_config(str(tmp_path))
    assert read.extends == ("strict",)
    assert read.select == ("CIA101",)
    assert read.fail_on == "error"
    assert read.per_file_ignores == (("docs/*", ("CIA301",)),)


def test_the_file_of_its_own_comes_first(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ci-audit]\nfail-on = "error"\n')
    (tmp_path / ".ci-audit.toml").write_text('fail-on = "note"\n')
    assert config.load(str(tmp_path)).fail_on == "note"


@pytest.mark.parametrize(
    "text", ["[project]\nname = 'ci-audit-plugin'\n", "[tool.other]\n", "not toml ci-audit tool ["]
)
def test_a_pyproject_of_others_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert not config.has_config(str(tmp_path))
    assert config.load(str(tmp_path)) == Config()


def test_dotted_and_quoted_tables_are_found(tmp_path: Path) -> None:
    for text in (
        'tool.ci-audit.fail-on = "note"\n',
        '[tool]\nci-audit = {fail-on = "note"}\n',
        '["tool"."ci-audit"]\nfail-on = "note"',
    ):
        (tmp_path / "pyproject.toml").write_text(text)
        assert config.load(str(tmp_path)).fail_on == "note"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('fail_on = "note"', "there is no key `fail_on` (did you mean `fail-on`?)"),
        ('selct = ["CIA101"]', "there is no key `selct` (did you mean `select`?)"),
        (
            'fail-on = "warnings"',
            "`fail-on` is `warnings` (did you mean `warning`?), not one of error, warning, note or never",
        ),
        ('select = "CIA101"', "`select` is a string, not an array"),
        ("select = [1]", "`select[0]` is an int, not a string"),
        ('extends = "strickt"', "`extends` is `strickt` (did you mean `strict`?)"),
        ('per-file-ignores = {"a" = "CIA101"}', "`per-file-ignores.a` is a string, not an array"),
        ("x = [", "not valid TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / ".ci-audit.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        config.load(str(tmp_path))
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(file))


def test_a_named_file(tmp_path: Path) -> None:
    own = tmp_path / "audit.toml"
    own.write_text('exclude = ["vendor/"]\n')
    assert config.load("/", str(own)).exclude == ("vendor/",)
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load("/", str(tmp_path / "none.toml"))


def test_cards_are_named_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / ".ci-audit.toml").write_text('rules = ["cards", "a_package"]\n')
    assert config.load(str(tmp_path)).rules == (str(tmp_path / "cards"), "a_package")


def test_the_schema_is_one_and_names_every_field() -> None:
    schema = config.schema()
    Draft202012Validator.check_schema(schema)
    keys = {key.replace("-", "_") for key in schema["properties"]}
    assert keys == set(Config._fields) - {"path"}


VALUES = st.recursive(
    st.sampled_from(["strict", "CIA101", "note", "buildkit", "json", ""]) | st.booleans() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*config.schema()["properties"], "nonsense"]), VALUES, max_size=3))
def test_our_checker_agrees_with_jsonschema(table: dict[str, object]) -> None:
    schema = config.schema()
    assert (next(config.problems(table, schema), None) is None) == Draft202012Validator(schema).is_valid(table)

"""The table of references and what they stand for."""

from pathlib import Path

import pytest

from ci_audit.config import ConfigError, load
from ci_audit.pins.mapping import Mapped, checked, read
from ci_audit.pins.references import canonical
from tests.pins.conftest import DIGEST

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pins.json", f'{{"a/b@v1": "{COMMIT} # v1.2", "python:3": "{DIGEST}"}}'),
        ("pins.toml", f'"a/b@v1" = "{COMMIT} # v1.2"\n"python:3" = "{DIGEST}"\n'),
        ("pins.yaml", f"a/b@v1: '{COMMIT} # v1.2'\npython:3: {DIGEST}\n"),
    ],
)
def test_every_format(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert read(str(path)) == {"a/b@v1": f"{COMMIT} # v1.2", "python:3": DIGEST}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("pins.json", "{", "not valid JSON"),
        ("pins.json", "[]", "it is no table"),
        ("pins.toml", "a =", "not valid TOML"),
        ("pins.yaml", "a: [", "not valid YAML"),
        ("pins.yaml", "a/b@v1: 1", "are strings"),
        ("pins.txt", "", "ends in none of"),
        ("pins.json", '{"a/b@v1": "v1.2"}', "`v1.2` is no commit"),
        ("pins.json", '{"a/b@v1": "0123456"}', "is no commit"),
        ("pins.json", f'{{"a/b@v1": "{COMMIT} # two words"}}', "`two words` is no version"),
        ("pins.json", '{"a b": "sha256:0"}', "is no digest"),
        ("pins.json", f'{{"A B": "{DIGEST}"}}', "it is no image"),
        ("pins.json", '{"pypi:": "1"}', "it names no package"),
        ("pins.json", '{"pypi:a": ">=1"}', "`>=1` is no version"),
        ("pins.json", '{"a": "1"}', "it is none of"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, text: str, reason: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason) as error:
        read(str(path))
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(str(tmp_path / "none.json"))


def test_a_table_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / ".ci-audit.toml").write_text(f'online-hosts = ["ghcr.io"]\n[pins]\n"a/b@v1" = "{COMMIT}"\n')
    config = load(str(tmp_path))
    assert config.pins == (("a/b@v1", COMMIT),)
    assert config.online_hosts == ("ghcr.io",)


def test_names_in_other_spellings() -> None:
    pins = Mapped(checked({"Owner/Tool@v1": COMMIT.upper(), "python": DIGEST, "pypi:A_b": "1.0", "npm:a_b": "2"}, "x"))
    assert pins.action("owner/tool/sub", "v1") == (COMMIT, "")
    assert pins.image("docker.io/library/python:latest") == DIGEST
    assert pins.package("pypi", "a.B", "") == ("1.0", "the mapping")
    assert pins.package("npm", "a-b", "") == "the mapping has no `npm:a-b`"


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("python", ("docker.io", "library/python", "latest")),
        ("owner/a:1", ("docker.io", "owner/a", "1")),
        ("localhost/a", ("localhost", "a", "latest")),
        ("h.example:5000/a/b:1.0-x", ("h.example:5000", "a/b", "1.0-x")),
        ("index.docker.io/library/a", ("docker.io", "library/a", "latest")),
        ("h:5000/a", ("h:5000", "a", "latest")),
        ("a@sha256:0", None),
        ("A/b", None),
        ("a:", None),
        ("a:b:c", None),
        ("h.example/../a", None),
        ("h.example?x/a", None),
        ("", None),
    ],
)
def test_image_references(reference: str, parts: tuple[str, str, str] | None) -> None:
    assert canonical(reference) == parts

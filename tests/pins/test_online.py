"""PyPI, the answers on disk, and the sources together."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ci_audit.config import Config, ConfigError
from ci_audit.pins import from_settings, store
from ci_audit.pins.online import Online
from ci_audit.pins.store import Store
from ci_audit.pins.transport import Transport
from ci_audit.readers import MemoryReader
from ci_audit.repository import Repository
from tests.pins.conftest import DIGEST, Served

FILE: list[dict[str, Any]] = [{"yanked": False}]
RELEASES = {"0.5.0": FILE, "0.6.0": FILE, "0.7.0": [{"yanked": True}], "0.8.0": [], "1.0rc1": FILE}


def project(served: Served, shown: str = "0.6.0") -> None:
    body = json.dumps({"info": {"version": shown}, "releases": RELEASES}).encode()
    served.answers["/pypi/a-b/json"] = (200, {}, body)


def test_a_release_of_pypi(online: Online, served: Served, problems: list[str]) -> None:
    project(served)
    assert online.package("pypi", "A_b", "") == ("0.6.0", "PyPI")
    assert online.package("pypi", "a-b", "<0.6") == ("0.5.0", "PyPI")
    assert online.package("pypi", "a-b", ">=0.5") == ("0.6.0", "PyPI")
    assert served.paths() == ["/pypi/a-b/json"]
    assert problems == []
    assert "no release" in str(online.package("pypi", "a-b", ">=0.7"))
    assert len(problems) == 1


def test_a_pre_release_is_taken_only_when_pypi_shows_it(online: Online, served: Served) -> None:
    project(served, "1.0rc1")
    assert online.package("pypi", "a-b", "") == ("1.0rc1", "PyPI")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, {}, b""), "PyPI has no such project"),
        ((200, {}, b"no"), "the answer of PyPI cannot be read"),
        ((200, {}, b"[]"), "the answer of PyPI cannot be read"),
        ((200, {}, b'{"info": {"version": "1.0"}, "releases": {}}'), "the answer of PyPI cannot be read"),
        ((302, {"Location": "http://h.example/"}, b""), "status 302"),
    ],
)
def test_what_pypi_does_not_know(online: Online, served: Served, answer: Any, reason: str) -> None:
    served.answers["/pypi/a-b/json"] = answer
    assert online.package("pypi", "a-b", "") == reason
    assert online.package("pypi", "a-b", "") == reason
    assert len(served.requests) == 1


def test_only_pypi_is_asked(online: Online, served: Served) -> None:
    assert online.package("npm", "left", "") == "only PyPI is asked, not the index of npm"
    assert served.requests == []


def test_answers_are_kept_for_a_day(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, online: Online
) -> None:
    project(served)
    online.package("pypi", "a-b", "")

    def another() -> Online:
        transport = Transport((served.host,), pause=0)
        return Online(transport, Store(str(tmp_path / "cache")), [], server=served.url, pypi=served.url)

    assert another().package("pypi", "a-b", "<0.6") == ("0.5.0", "PyPI")
    assert len(served.requests) == 1
    monkeypatch.setattr(store, "MAX_AGE", -1)
    another().package("pypi", "a-b", "")
    assert len(served.requests) == 2


def test_a_file_of_another_form_is_no_answer(tmp_path: Path) -> None:
    kept = Store(str(tmp_path))
    kept.put("refs", "a", {"b": "c"})
    assert kept.get("refs", "a") == {"b": "c"}
    assert kept.get("refs", "b") is None
    (path,) = tmp_path.iterdir()
    for text in ("", "[]", "{}", '{"at": "x"}'):
        path.write_text(text)
        assert kept.get("refs", "a") is None


def test_answers_that_were_tampered_with_are_asked_for_again(
    online: Online, served: Served, tmp_path: Path, repository: Path
) -> None:
    Store(str(tmp_path / "cache")).put("refs", f"{served.url}/owner/tool", {"refs/tags/v1": "rm -rf"})
    found = online.action("owner/tool", "v1")
    assert isinstance(found, tuple)
    assert len(found[0]) == 40


def test_the_folder_of_the_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.default_folder() == os.path.join(tmp_path, "ci-audit", "pins")
    Store(outside=str(tmp_path)).put("a", "b", "c")
    assert list(tmp_path.rglob("*.json")) == []
    Store().put("a", "b", "c")
    assert Store().get("a", "b") == "c"


def test_the_sources_together(tmp_path: Path) -> None:
    repository = Repository("", MemoryReader({}))
    assert from_settings(Config(), repository, None, False) is None
    commit = "0" * 40
    config = Config(pins=(("owner/tool@v1", commit), ("python:3", DIGEST)))
    path = tmp_path / "pins.json"
    path.write_text(json.dumps({"owner/tool@v1": "1" * 40 + " # v1.2.3", "pypi:ruff": "0.6.0"}))
    pins = from_settings(config, repository, str(path), False)
    assert pins is not None
    assert pins.action("owner/tool", "v1") == ("1" * 40, "v1.2.3")
    assert pins.image("docker.io/library/python:3") == DIGEST
    assert pins.package("pypi", "Ruff", "") == ("0.6.0", "the mapping")
    assert pins.action("owner/tool", "v2") == "the mapping has no `owner/tool@v2`"
    assert pins.problems == []


def test_the_network_is_asked_last(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", served.url)
    config = Config(pins=(("owner/tool@v1", "0" * 40),), online_hosts=(served.host,))
    pins = from_settings(config, Repository("", MemoryReader({})), None, True)
    assert pins is not None
    assert pins.action("owner/tool", "v1") == ("0" * 40, "")
    assert served.requests == []
    assert "git could not list" in str(pins.action("owner/other", "v1"))
    assert served.requests
    assert len(pins.problems) == 1


def test_a_table_of_the_configuration_that_cannot_be_used() -> None:
    config = Config(path="pyproject.toml", pins=(("python:3", "sha256:1"),))
    with pytest.raises(ConfigError, match=r"pyproject.toml: `pins`: `python:3`: `sha256:1` is no digest"):
        from_settings(config, Repository("", MemoryReader({})), None, False)

"""Generated files are what the cards say."""

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "generate.py"


@pytest.fixture(scope="module")
def generate() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_nothing_is_stale(generate: dict[str, Any]) -> None:
    assert generate["stale"](generate["generated"]()) == [], "run python scripts/generate.py"


def test_a_changed_card_is_noticed(generate: dict[str, Any]) -> None:
    files = generate["generated"]()
    files["rules/README.md"] += "x"
    gone = files.pop(next(path for path in files if path.startswith("docs/rules/u")))
    assert gone
    assert len(generate["stale"](files)) == 2


def test_an_unknown_option_is_refused(generate: dict[str, Any]) -> None:
    assert generate["main"](["--chek"]) == 2

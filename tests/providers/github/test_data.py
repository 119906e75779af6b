"""The data files: their form, and what each entry that has an effect does to a job."""

import re
from importlib import import_module
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ci_audit.model import Job
from ci_audit.providers.github import actions, versions
from ci_audit.providers.github.data import load
from ci_audit.providers.github.effects import MODULES
from ci_audit.providers.github.versions import NEWEST
from tests.providers.github.samples import caches, jobs, only

TEXTS = {"type": "array", "items": {"type": "string"}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["about", "date", "actions"],
    "properties": {
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "about": {"type": "string"},
        "actions": {
            "type": "object",
            "propertyNames": {"pattern": r"^[a-z0-9_.-]+(/[a-z0-9_.-]+)*(/\*)?$"},
            "additionalProperties": {
                "type": "object",
                "required": ["kind", "learned"],
                "additionalProperties": False,
                "properties": {
                    "kind": {"enum": ["neutral", "effect", "unknown"]},
                    "learned": {"enum": ["action.yml", "purpose"]},
                    "source": {"type": "string"},
                    "note": {"type": "string"},
                    "effect": {"enum": sorted(MODULES)},
                    "inputs": TEXTS,
                    "publishes": {"type": ["boolean", "string"]},
                    "runs": {"type": "string"},
                    "elsewhere": {"type": "string"},
                    "as": {"type": "string"},
                    "input": {"type": "string"},
                    "default": {"type": "string"},
                    "named": {"type": "boolean"},
                    "managers": TEXTS,
                    "follows": TEXTS,
                    "paths": TEXTS,
                    "sets": {"type": "object", "additionalProperties": {"type": "string"}},
                    "versions": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["from"]}},
                },
                "allOf": [
                    {"if": {"properties": {"kind": {"const": "effect"}}}, "then": {"required": ["effect"]}},
                    {"if": {"required": ["effect"]}, "then": {"properties": {"kind": {"const": "effect"}}}},
                    {"if": {"required": ["elsewhere"]}, "then": {"required": ["runs"]}},
                    {
                        "if": {"properties": {"effect": {"const": "keeps"}}, "required": ["effect"]},
                        "then": {"required": ["as"]},
                    },
                ],
            },
        },
    },
}

ENTRIES: dict[str, dict[str, Any]] = load("github_actions")["actions"]
EFFECTS = sorted(name for name, entry in ENTRIES.items() if entry["kind"] == "effect")
KEEPS = [name for name in EFFECTS if ENTRIES[name]["effect"] == "keeps"]


def test_the_actions_follow_their_schema() -> None:
    errors = [
        f"{list(error.path)}: {error.message}"
        for error in Draft202012Validator(SCHEMA).iter_errors(load("github_actions"))
    ]
    assert errors == []


def test_there_are_enough_actions() -> None:
    assert len(ENTRIES) >= 300
    assert list(ENTRIES) == sorted(ENTRIES)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_effect_is_a_function(name: str) -> None:
    assert callable(getattr(import_module(f"ci_audit.providers.github.effects.{MODULES[name]}"), name))


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if "versions" in entry])
def test_version_rows_are_in_order(name: str) -> None:
    rows = [versions.parse(row["from"]) for row in ENTRIES[name]["versions"]]
    assert rows == sorted(set(rows))
    assert rows[0] == (0, 0, 0)


@pytest.mark.parametrize("name", EFFECTS)
def test_every_effect_can_be_used(name: str) -> None:
    inputs = "{path: .venv, key: k}" if "cache" in name else "{cache: npm}"
    for ref in ("v1", "v99", "0123456789012345678901234567890123456789"):
        only(f"- uses: {name.replace('*', 'x')}@{ref}\n  with: {inputs}\n- run: pip install x\n")


def use(name: str, with_: str = "", ref: str = "v99", runs_on: str = "ubuntu-latest") -> Job:
    return only(f"- uses: {name}@{ref}\n  with: {{{with_}}}\n- run: make\n", job=f"runs-on: {runs_on}")


@pytest.mark.parametrize("name", KEEPS)
def test_what_the_data_says_is_kept(name: str) -> None:
    entry = ENTRIES[name]
    switch = entry.get("input")
    value = "true" if not entry.get("named") else "maven"
    (found,) = caches(use(name, f"{switch}: {value}" if switch else ""))
    assert found.kind == entry["as"]
    if entry.get("named"):
        assert found.managers == found.follows == (value,)
    else:
        assert found.managers == tuple(entry.get("managers", ()))
        assert found.follows == tuple(entry.get("follows", ()))
    assert len(found.paths) == len(entry.get("paths", ()))
    assert all(item.path.startswith(("/home/runner/", "$WORKSPACE/")) for item in found.paths)
    if switch:
        assert caches(use(name, f"{switch}: false")) == []
        (unsure,) = caches(use(name, f"{switch}: '${{{{ vars.X }}}}'"))
        assert [problem.cause for problem in unsure.problems] == ["unknown"]


@pytest.mark.parametrize(
    ("name", "ref", "with_", "kept"),
    [
        ("actions/setup-go", "v3", "", False),
        ("actions/setup-go", "v3", "cache: true", True),
        ("actions/setup-go", "v4", "", True),
        ("actions/setup-go", "v5", "cache: false", False),
        ("actions/setup-java", "v4", "", False),
        ("actions/setup-java", "v4", "cache: gradle", True),
        ("actions/setup-node", "v4", "", False),
        ("actions/setup-node", "v4", "cache: npm", True),
        ("ruby/setup-ruby", "v1", "", False),
        ("ruby/setup-ruby", "v1", "bundler-cache: true", True),
        ("pdm-project/setup-pdm", "v4", "", False),
        ("pdm-project/setup-pdm", "v4", "cache: true", True),
        ("j178/prek-action", "v1", "", True),
        ("j178/prek-action", "v1", "cache: false", False),
        ("mamba-org/setup-micromamba", "v2", "", False),
        ("mamba-org/setup-micromamba", "v2", "cache-downloads: true", True),
        ("prefix-dev/setup-pixi", "v0.8.1", "", True),
        ("pre-commit/action", "v3.0.1", "", True),
        ("Swatinem/rust-cache", "v2", "", True),
        ("tox-dev/action-pre-commit-uv", "v1", "", True),
    ],
)
def test_switches_and_their_defaults(name: str, ref: str, with_: str, kept: bool) -> None:
    assert bool(caches(use(name, with_, ref))) is kept


@pytest.mark.parametrize(
    ("ref", "package", "with_", "managers"),
    [
        ("v4", '{"packageManager": "npm@10"}', "", ()),
        ("v5", '{"packageManager": "npm@10"}', "", ("npm",)),
        ("v5", '{"packageManager": "pnpm@9"}', "", ("pnpm",)),
        ("v6", '{"packageManager": "pnpm@9"}', "", ()),
        ("v6", '{"devEngines": {"packageManager": {"name": "npm"}}}', "", ("npm",)),
        ("v6", '{"packageManager": "npm@10"}', "package-manager-cache: false", ()),
        ("v6", "{}", "", ()),
        ("v6", "[1", "", ()),
        ("v6", '{"packageManager": "npm@10"}', "cache: yarn", ("yarn",)),
    ],
)
def test_setup_node(ref: str, package: str, with_: str, managers: tuple[str, ...]) -> None:
    job = only(f"- uses: actions/setup-node@{ref}\n  with: {{{with_}}}\n", {"package.json": package})
    assert tuple(name for cache in caches(job) for name in cache.managers) == managers


def test_setup_micromamba_sets_its_root() -> None:
    assert (
        use("mamba-org/setup-micromamba").steps[0].commands[0].env["MAMBA_ROOT_PREFIX"].value
        == "/home/runner/micromamba"
    )


def test_install_poetry_sets_what_its_configuration_says() -> None:
    env = use("snok/install-poetry", "virtualenvs-in-project: true, virtualenvs-path: ~/v").steps[0].commands[0].env
    assert env["POETRY_VIRTUALENVS_IN_PROJECT"].value == "true"
    assert env["POETRY_VIRTUALENVS_PATH"].value == "~/v"
    assert "POETRY_VIRTUALENVS_CREATE" not in env


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry["kind"] == "unknown"])
def test_an_action_that_may_restore_a_cache_leaves_a_gap(name: str) -> None:
    assert [gap.affects for gap in use(name.replace("*", "x")).gaps] == [("cache", "env")]


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if "publishes" in entry])
def test_an_action_that_publishes(name: str) -> None:
    entry = ENTRIES[name]
    with_ = f"{entry['publishes']}: true" if isinstance(entry["publishes"], str) else ""
    assert use(name.replace("*", "x"), with_).publishes.value


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if "runs" in entry])
def test_an_action_that_runs_a_script(name: str) -> None:
    entry = ENTRIES[name]
    job = use(name, f"{entry['runs']}: pip install x")
    assert bool(job.steps[0].installs) is ("elsewhere" not in entry)
    assert job.steps[0].commands[0].elsewhere == entry.get("elsewhere", "")


def test_lookup_by_name_repository_and_owner() -> None:
    assert actions.known("Actions/Checkout") is not None
    assert actions.known("github/codeql-action/init") is not None
    assert actions.known("aws-actions/anything") is not None
    assert actions.known("actions/anything") is None
    assert actions.known("nobody/nothing") is None


@pytest.mark.parametrize(
    ("ref", "comment", "version"),
    [
        ("v4", "", (4, NEWEST.minor, NEWEST.patch)),
        ("v4.1", "", (4, 1, NEWEST.patch)),
        ("4.1.2", "", (4, 1, 2)),
        ("release/v1", "", (1, NEWEST.minor, NEWEST.patch)),
        ("main", "", NEWEST),
        ("a" * 40, "v3.2.1", (3, 2, 1)),
        ("a" * 40, "tag=v3.2.1", (3, 2, 1)),
        ("a" * 40, "pin@v3", (3, NEWEST.minor, NEWEST.patch)),
        ("a" * 40, "ratchet:actions/cache@v3.2", (3, 2, NEWEST.patch)),
        ("a" * 40, "zizmor: ignore[x]", None),
        ("a" * 40, "", None),
        ("branch", "", None),
        ("v4.x", "", (4, NEWEST.minor, NEWEST.patch)),
    ],
)
def test_versions(ref: str, comment: str, version: tuple[int, int, int] | None) -> None:
    assert versions.version(ref, comment) == version


def test_runner_labels_name_three_systems_once() -> None:
    hosted = load("runners")["hosted"]
    labels = [label for group in hosted.values() for label in group]
    assert set(hosted) == {"linux", "macos", "windows"}
    assert len(labels) == len(set(labels))
    assert all(label == label.lower() for label in labels)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", load("runners")["date"])


def test_hosted_labels_start_empty() -> None:
    for os, labels in load("runners")["hosted"].items():
        for label in labels:
            (job,) = jobs("- run: make", job=f"runs-on: {label}")
            assert (job.machine.os, job.machine.persists.value) == (os, False)

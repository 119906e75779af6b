"""One job of a build: its phases in order, as one shell."""

from __future__ import annotations

from ci_audit.commands import ShellState
from ci_audit.model import UNKNOWN, Answer, Gap, Job, Machine, Setting, Step
from ci_audit.paths import WORKSPACE
from ci_audit.providers.steps import read_step
from ci_audit.providers.travis import caches, deploying, env, nodes
from ci_audit.providers.travis.matrix import Row
from ci_audit.repository import Repository
from ci_audit.source import MappedText, Piece, Source, Where
from ci_audit.syntax.yamltree import Mapping, Node, Scalar

PHASES = ("before_install", "install", "before_script", "script", "before_cache")
AFTER = ("after_success", "after_failure", "before_deploy", "deploy", "after_deploy", "after_script")
"""The phases after the cache is uploaded: what they delete was saved, and is saved again."""

_HOMES = {"linux": "/home/travis", "macos": "/Users/travis", "windows": "C:/Users/travis"}
_SYSTEMS = {"osx": "macos", "macos": "macos", "windows": "windows"}
_STARTS_EMPTY = Answer(False, "Travis starts every job on a new machine")


class Reader:
    """Reads the jobs of one file."""

    def __init__(self, source: Source, root: Mapping, repository: Repository, gaps: list[Gap]) -> None:
        self.source = source
        self.root = root
        self.repository = repository
        self.gaps = tuple(gaps)

    def read(self, row: Row, used: frozenset[str]) -> Job:
        entry = row.entry
        os = nodes.text(row.values.get("os")).lower() if "os" in row.values else "linux"
        system = _SYSTEMS.get(os, "linux")
        machine = Machine(system, _HOMES[system], WORKSPACE, "travis", _STARTS_EMPTY)
        language = next((nodes.text(item) for item in nodes.scalars(self._get(entry, "language"))), "ruby").lower()
        state = self._state(row, machine, language)
        key = self._key(entry, "cache")
        cache = self._get(entry, "cache")
        kept = caches.read(cache, key, self.source, language, state.env, machine)
        kept += caches.by_default(cache, language, self._key(entry, "language"), machine)
        steps = self._steps(entry, state, machine, language)
        name = nodes.text(entry.get("name")) if entry is not None else nodes.text(self.root.get("name"))
        stage = nodes.text(entry.get("stage")) if entry is not None else ""
        return Job(
            name or stage or "test",
            _label(row, used) if entry is None else "",
            self._where(entry),
            "run",
            machine,
            steps=tuple(steps),
            caches=tuple(kept),
            gaps=self.gaps,
            publishes=deploying.publishes(self._get(entry, "deploy"), steps, self.source),
        )

    def _get(self, entry: Mapping | None, name: str) -> Node | None:
        """Look a key up in the included job, else in the file."""
        value = entry.get(name) if entry is not None else None
        return self.root.get(name) if value is None else value

    def _key(self, entry: Mapping | None, name: str) -> Where | None:
        key = entry.key(name) if entry is not None else None
        key = key or self.root.key(name)
        return None if key is None else nodes.where(self.source, key)

    def _where(self, entry: Mapping | None) -> Where:
        if entry is not None:
            return nodes.first_line(self.source, entry)
        for name in ("language", "script", "install"):
            key = self.root.key(name)
            if key is not None:
                return nodes.where(self.source, key)
        return nodes.first_line(self.source, self.root)

    def _state(self, row: Row, machine: Machine, language: str) -> ShellState:
        values = {
            "CI": "true",
            "TRAVIS": "true",
            "TRAVIS_BUILD_DIR": WORKSPACE,
            "TRAVIS_OS_NAME": "osx" if machine.os == "macos" else machine.os,
        }
        version = nodes.text(row.values.get("python"))
        if language == "python":
            values["TRAVIS_PYTHON_VERSION"] = version or UNKNOWN
        state = ShellState(
            env={name: Setting(name, value) for name, value in values.items()},
            cwd=WORKSPACE,
            user=machine.user,
            home=machine.home,
            virtualenv=f"{machine.home}/virtualenv/python{version}" if language == "python" else "",
        )
        state = env.apply(env.global_of(self.root.get("env")), state, self.source)
        if row.entry is not None:
            state = env.apply(env.global_of(row.entry.get("env")), state, self.source)
        chosen = row.values.get("env")
        return state if chosen is None else env.apply([chosen], state, self.source)

    def _steps(self, entry: Mapping | None, state: ShellState, machine: Machine, language: str) -> list[Step]:
        steps: list[Step] = []
        for phase in (*PHASES, *AFTER):
            node = self._get(entry, phase)
            written = deploying.scripts(node) if phase == "deploy" else nodes.scalars(node)
            texts = [(item.mapped(self.source), nodes.where(self.source, item)) for item in written]
            if phase == "install":
                if nodes.is_null(node):
                    texts = self._default_install(entry, language)
                elif [text.text for text, _ in texts] == ["skip"]:
                    texts = []
            for text, where in texts:
                step, after = read_step(
                    phase,
                    where,
                    text,
                    state,
                    shell="bash",
                    machine=machine,
                    repository=self.repository,
                    order=len(steps) * 1000,
                )
                steps.append(step._replace(cleanups=()) if phase in AFTER else step)
                if phase != "deploy":
                    state = after
        return steps

    def _default_install(self, entry: Mapping | None, language: str) -> list[tuple[MappedText, Where]]:
        """Give the command that an absent `install` stands for (travis-build: script/python.rb)."""
        where = self._key(entry, "language")
        if language != "python" or where is None:
            return []
        for name in ("Requirements.txt", "requirements.txt"):
            if self.repository.exists(name):
                piece = Piece(0, where.start, where.end, False)
                return [(MappedText(self.source, f"pip install -r {name}", (piece,)), where)]
        return []


def _label(row: Row, used: frozenset[str]) -> str:
    parts = []
    for key in ("os", "python", "env"):
        node = row.values.get(key)
        if key in used and isinstance(node, (Scalar, Mapping)):
            shown = env.shown(node)
            parts.append(shown if key == "env" else f"{key}={shown}")
    return ", ".join(part for part in parts if part and UNKNOWN not in part)

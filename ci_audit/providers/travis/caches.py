"""What `cache:` keeps."""

from __future__ import annotations

from ci_audit.model import Cache, Env, Kept, Machine, Problem
from ci_audit.paths import normalise
from ci_audit.providers.travis import nodes
from ci_audit.providers.travis.env import expanded
from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import Mapping, Node, Scalar

_FOLLOWS = {"npm": ("npm",), "yarn": ("yarn",)}
_PATHS = {
    "bundler": ("vendor/bundle",),
    "cargo": ("~/.cargo", "target"),
    "cocoapods": ("Pods",),
    "yarn": ("~/.cache/yarn",),
    "npm": ("~/.npm", "node_modules"),
}
"""What the other kinds keep (travis-ci/travis-build: lib/travis/build/script)."""


_NODE = frozenset(("node_js", "nodejs", "node", "javascript"))


def by_default(node: Node | None, language: str, where: Where | None, machine: Machine) -> list[Cache]:
    """Give the cache of npm that `language: node_js` has by itself, whatever else `cache:` says.

    Only `cache: false` and `npm: false` turn it off (travis-ci/travis-build: Data#cache?, 2025-12).
    """
    if language not in _NODE or where is None or nodes.is_bool(node, False):
        return []
    for item in nodes.items(node):
        if nodes.text(item) == "npm" or (isinstance(item, Mapping) and item.get("npm") is not None):
            return []
    paths = tuple(Kept(normalise(path, home=machine.home), where) for path in _PATHS["npm"])
    return [Cache(f"`language: {language}`", where, paths, follows=_FOLLOWS["npm"])]


def read(
    node: Node | None, key: Where | None, source: Source, language: str, env: Env, machine: Machine
) -> list[Cache]:
    """Read `cache:`, a kind, a list of kinds and directories, or a mapping of them."""
    if node is None or key is None or nodes.is_null(node):
        return []
    if nodes.is_bool(node, False):
        return []
    if nodes.is_bool(node, True):
        reason = "which caches `cache: true` turns on is not known"
        pip = Kept(_pip(machine), nodes.where(source, node))
        return [Cache("`cache: true`", key, (pip,), problems=(Problem("unknown", reason, key),))]
    found: list[Cache] = []
    for item in nodes.items(node):
        if isinstance(item, Mapping):
            for name, value in item.items():
                if name.value == "directories":
                    found += _directories(value, nodes.where(source, name), source, env, machine)
                elif not nodes.is_bool(value, False):
                    found += _kind(name.value, nodes.where(source, name), language, machine)
        elif isinstance(item, Scalar):
            found += _kind(nodes.text(item), nodes.where(source, item), language, machine)
    return found


def _pip(machine: Machine) -> str:
    """Give the directory of `cache: pip`, the same on every system (travis-build: script/python.rb)."""
    return f"{machine.home}/.cache/pip"


def _kind(name: str, where: Where, language: str, machine: Machine) -> list[Cache]:
    kind = f"`cache: {name}`"
    if name == "pip":
        problems: tuple[Problem, ...] = ()
        if language != "python":
            reason = f"`cache: pip` is ignored under `language: {language}`"
            problems = (Problem("unsaved", reason, where),)
        return [Cache(kind, where, (Kept(_pip(machine), where),), managers=("pip",), problems=problems)]
    paths = tuple(Kept(normalise(path, home=machine.home), where) for path in _PATHS.get(name, ()))
    if not paths:
        return []
    return [Cache(kind, where, paths, follows=_FOLLOWS.get(name, ()))]


def _directories(node: Node, where: Where, source: Source, env: Env, machine: Machine) -> list[Cache]:
    def lookup(name: str) -> str | None:
        return env[name].value if name in env else {"HOME": machine.home}.get(name)

    kept = []
    for item in nodes.scalars(node):
        path = expanded(nodes.text(item), lookup)
        kept.append(Kept(normalise(path, home=machine.home), nodes.where(source, item)))
    return [Cache("`cache: directories`", where, tuple(kept))] if kept else []

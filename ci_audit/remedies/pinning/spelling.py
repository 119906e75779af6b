"""How each installer writes a package in one version."""

from __future__ import annotations

import re

from ci_audit.facts.packages import PackageNode
from ci_audit.patterns import regex
from ci_audit.pep508 import normalise_name
from ci_audit.remedies import Skipped

_REQUIREMENT = regex(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<extras>[ ]*\[[A-Za-z0-9._, -]*\])?"
    r"(?P<range>[ ]*(?:[~=<>!]=?[^;\[\]@\"'\\$`]*)|@[\w.-]+)?(?P<marker>[ ]*;[^$`\\]*)?\Z"
)
_NPM = regex(r"(?P<name>(?:@[\w.-]+/)?[\w.-]+)(?:@[\w.^~<>=*-]+)?\Z")
_NAME = regex(r"(?P<name>[A-Za-z0-9][\w.-]*)\Z")
_GO = regex(r"(?P<name>[\w.-]+(?:/[\w.~-]+)+)@[\w.-]+\Z")
_PYTHON = {
    "pip": ("install", "download", "wheel"),
    "pipx": ("install", "inject", "run"),
    "uv": ("pip install", "tool install", "tool run", "run"),
}
_BESIDE = ("--from", "--with", "--with-editable", "-w", "--spec", "--preinstall")


def spelled(node: PackageNode, text: str, version: str) -> str | Skipped:
    """Give the word for one version, without the quotes around it; only forms that are certain."""
    ecosystem = node.package.ecosystem
    if ecosystem == "pypi":
        return _python(node, text, version)
    manager, verb = node.install.manager, node.install.verb
    unclear = Skipped(f"how `{manager}` takes a version in `{text}` is not certain")
    if ecosystem == "npm" and verb not in ("update", "upgrade", "up") and (found := _NPM.match(text)):
        return f"{found['name']}@{version}" if found["name"] == node.package.name else unclear
    if node.package.name != (text.partition("@")[0] if ecosystem == "go" else text):
        return unclear
    if ecosystem == "cargo" and not node.package.specifier and _NAME.match(text):
        return f"{text}@{version}" if re.match(r"\d+\.\d+\.\d+(?:[-+][\w.+-]+)?\Z", version) else unclear
    if ecosystem == "gem" and verb == "install" and not node.package.specifier and _NAME.match(text):
        return f"{text}:{version}"
    if ecosystem == "go" and (found := _GO.match(text)):
        return f"{found['name']}@{version}" if version.startswith("v") else unclear
    return unclear


def _python(node: PackageNode, text: str, version: str) -> str | Skipped:
    manager, verb = node.install.manager, node.install.verb
    found = _REQUIREMENT.match(text)
    if found is None or normalise_name(found["name"]) != normalise_name(node.package.name):
        return Skipped("it is not written out here as a name with a range of versions")
    if verb not in _PYTHON.get(manager, ()):
        return Skipped(f"`{manager} {verb}` takes its versions from the project")
    extras = (found["extras"] or "").replace(" ", "")
    marker = found["marker"] or ""
    if manager == "uv" and verb == "tool run" and not _is_beside(node):
        # `uvx` reads a range or extras in the tool's own word only in newer versions, `@` in all.
        if extras or marker or (found["range"] or "@")[:1] != "@":
            return Skipped("`uvx` takes such a requirement with `--from` alone")
        return f"{found['name']}@{version}"
    return f"{found['name']}{extras}=={version}{marker}"


def _is_beside(node: PackageNode) -> bool:
    """Tell whether the word is the value of an option, not the tool that is run."""
    command = node.install.command
    for before, word in zip(command.words, command.words[1:], strict=False):
        if command.where_of(word).span == node.package.where.span:
            return before.text in _BESIDE
    return True

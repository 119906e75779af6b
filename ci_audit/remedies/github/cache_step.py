"""A step that keeps a manager's directory: `actions/cache` right before the first install."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit import paths
from ci_audit.editing import Block, Insert, Operation, Set, Value
from ci_audit.masking import listed
from ci_audit.model import UNKNOWN
from ci_audit.patterns import regex
from ci_audit.remedies import Skipped
from ci_audit.remedies.github import checkouts, groups, keys, pins
from ci_audit.remedies.github.listing import Listing, Use
from ci_audit.typed import NamedTuple

OFF_BY_HAND = "the cache was switched off by hand"

_OF_THE_MATRIX = regex(
    r"matrix\.[\w-]+ *[!=]= *(?:'[^']*'|[\w.-]+)(?: *(?:&&|\|\|) *matrix\.[\w-]+ *[!=]= *(?:'[^']*'|[\w.-]+))*\s*\Z"
)
"""Comparisons with values of the matrix, and nothing else."""

_ORDER = ("linux", "macos", "windows", "")


class Plan(NamedTuple):
    """Operations that give a list of steps its cache, what they do, and why they are not safe (else empty)."""

    operations: tuple[Operation, ...]
    title: str
    doubt: str = ""


def plan(listing: Listing, manager: str, uses: Sequence[Use], lines: Sequence[str] = ()) -> Plan | Skipped:
    """Put the step before the first of the installs; `lines` are its paths where they are not the installs' own."""
    index = min(use.number for use in uses)
    checkout = checkouts.before(listing, index)
    if isinstance(checkout, Skipped):
        return checkout
    lines = lines or paths_of(uses)
    if isinstance(lines, Skipped):
        return lines
    files = groups.files_of(uses, listing, checkout.folder)
    if checkout.doubt and not listing.actions("actions/checkout", index) and listing.source.path in files:
        return Skipped(checkouts.NOTHING)
    key = keys.key(manager, listing, uses, groups.in_workspace(files, checkout.folder))
    inputs: dict[str, Value] = {
        "path": lines[0] if len(lines) == 1 else Block("".join(f"{line}\n" for line in lines)),
        "key": key.text,
        "restore-keys": key.prefix,
    }
    step: dict[str, Value] = {}
    if _names_steps(listing):
        step["name"] = f"Cache the downloads of {manager}"
    condition = _condition(listing, uses)
    if condition:
        step["if"] = condition
    step["uses"] = pins.reference("actions/cache", listing)
    step["with"] = inputs
    title = f"Keep {listed([f'`{line}`' for line in lines])} with actions/cache"
    return Plan((Insert(listing.path, index, step),), title, checkout.doubt)


def moved(found: Plan, listing: Listing, variable: str, path: str, title: str, doubt: str) -> Plan:
    """Set the variable that moves a manager's downloads, for the whole job, besides the plan that keeps them there."""
    return Plan((setting(listing, variable, path), *found.operations), title, found.doubt or doubt)


def setting(listing: Listing, variable: str, value: str) -> Set:
    """Set a variable for the whole job, in an `env` of its own before the steps where it has none."""
    env = (*listing.path[:-1], "env")
    if listing.document.node(env) is None:
        return Set(env, {variable: value}, before="steps")
    return Set((*env, variable), value)


def paths_of(uses: Sequence[Use]) -> list[str] | Skipped:
    """Write the directories that the downloads go to, those of all systems, as `path` takes them."""
    found: dict[str, None] = {}
    for use in sorted(uses, key=lambda use: _ORDER.index(use.job.machine.os)):
        machine, home = use.job.machine, use.install.command.home or use.job.machine.home
        for directory in use.install.downloads:
            path = directory.path
            if UNKNOWN in path:
                return Skipped(f"where {use.install.manager} keeps its downloads is not known")
            if home != machine.home and paths.covers(home, path):
                return Skipped(f"the downloads go to `{path}`, which the user of the cache action cannot read")
            if paths.covers(paths.WORKSPACE, path):
                path = path[len(paths.WORKSPACE) + 1 :]
            elif paths.covers(machine.home, path):
                path = "~" + path[len(machine.home) :]
            found[path.replace("/", "\\") if machine.os == "windows" else path] = None
        if not use.install.downloads:
            return Skipped(f"where {use.install.manager} keeps its downloads is not known")
    return list(found)


def _names_steps(listing: Listing) -> bool:
    """Tell whether most steps of the list, those that only use an action among them, have a name."""
    steps = [step for step in map(listing.step, range(len(listing.node.items))) if step is not None]
    return sum(step.get("name") is not None for step in steps) * 2 > len(steps)


def _condition(listing: Listing, uses: Sequence[Use]) -> str:
    """Give the condition under which any of the installs' steps runs, when the new step can have it as well."""
    found = list(dict.fromkeys(listing.condition(number) for number in sorted({use.number for use in uses})))
    if any(word in text for text in found for word in ("failure()", "cancelled()", "always()")):
        return ""
    if len(found) == 1:
        return found[0]
    # What else a condition asks for may only be known once the steps between them have run.
    return " || ".join(f"({text})" for text in found) if all(map(_OF_THE_MATRIX.match, found)) else ""

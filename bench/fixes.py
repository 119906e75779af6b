"""Count what can be repaired in real repositories, and check that repairing them twice is repairing them once.

python bench/fixes.py FOLDER [--keep FOLDER]

FOLDER holds one repository a folder. Everything happens on copies: one is only read, one gets the safe fixes, one all
of them. The table tells of each caching rule how many findings have a safe fix, an unsafe one, or none and why.
"""

import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Any, NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FAMILY = "CIA1"
KINDS = ("safe", "unsafe", "show", "skipped")
FIXES = {"safe": ("--fix",), "all": ("--fix", "--unsafe-fixes")}


class Counts(NamedTuple):
    """Findings by rule and kind, and the skipped ones by reason."""

    rules: dict[str, collections.Counter[str]]
    reasons: collections.Counter[str]


def scan(folder: str, *options: str) -> dict[str, Any]:
    """Scan a repository and give the JSON report; raises RuntimeError when the scan breaks."""
    command = [sys.executable, "-m", "ci_audit", "scan", folder, "--root", folder, "--format", "json", *options]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"{folder}: {done.stderr.strip()[-500:]}") from None
    return report


def kind_of(finding: dict[str, Any]) -> tuple[str, str]:
    """Tell what remedy a finding has, and why none; names within the reason are left out, so that equal ones add up."""
    fix = finding.get("fix") or {"skipped": "no remedy"}
    if "skipped" in fix:
        return "skipped", re.sub(r"`[^`]*`", "`…`", fix["skipped"])
    return fix["safety"], ""


def count(folders: list[str]) -> Counts:
    """Ask for the remedies of all findings of the caching rules."""
    counts = Counts({}, collections.Counter())
    for folder in folders:
        for finding in scan(folder, "--show-fixes")["findings"]:
            if finding["rule"].startswith(FAMILY):
                kind, reason = kind_of(finding)
                counts.rules.setdefault(f"{finding['rule']} {finding['name']}", collections.Counter())[kind] += 1
                if reason:
                    counts.reasons[reason] += 1
    return counts


def contents(folder: str) -> dict[str, bytes]:
    """Read every file of a folder."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = file.read()
    return found


class Repaired(NamedTuple):
    """How many files each of two repairs changed, and how many findings of the caching rules are left."""

    first: int
    second: int
    left: int


def repair(folder: str, options: tuple[str, ...]) -> Repaired:
    """Repair a repository twice; a repair goes on until nothing more can be done, so that the second is idle."""
    changed, left = [], 0
    before = contents(folder)
    for _ in range(2):
        left = sum(finding["rule"].startswith(FAMILY) for finding in scan(folder, *options)["findings"])
        after = contents(folder)
        changed.append(sum(before.get(path) != text for path, text in after.items()))
        before = after
    return Repaired(changed[0], changed[1], left)


def table(counts: Counts) -> str:
    """Write the counts as Markdown."""
    lines = [f"| rule | findings | {' | '.join(KINDS)} |", "| --- |" + " --- |" * (len(KINDS) + 1)]
    total: collections.Counter[str] = collections.Counter()
    for rule, row in sorted(counts.rules.items()):
        total += row
        lines.append(_line(rule, row))
    lines += [_line("all", total), "", "| findings | skipped because |", "| --- | --- |"]
    lines += [f"| {number} | {reason} |" for reason, number in counts.reasons.most_common()]
    return "\n".join(lines)


def _line(rule: str, row: collections.Counter[str]) -> str:
    found = sum(row.values())
    shares = " | ".join(f"{row[kind]} ({row[kind] / found:.0%})" if found else "0" for kind in KINDS)
    return f"| {rule} | {found} | {shares} |"


def main() -> None:
    """Count, repair and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="a folder of repositories")
    parser.add_argument("--keep", help="put the copies into this folder and leave them there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        copies = options.keep or temporary
        trees = {name: os.path.join(copies, name) for name in ("before", *FIXES)}
        for tree in trees.values():
            shutil.copytree(options.folder, tree, symlinks=True)
        names = sorted(entry.name for entry in os.scandir(trees["before"]) if entry.is_dir())
        print(table(count([os.path.join(trees["before"], name) for name in names])))
        for tree, flags in FIXES.items():
            done = {name: repair(os.path.join(trees[tree], name), flags) for name in names}
            again = ", ".join(name for name, one in done.items() if one.second) or "none"
            files, left = sum(one.first for one in done.values()), sum(one.left for one in done.values())
            print(f"\n{' '.join(flags)}: {files} files changed, {left} findings left; changed by a second run: {again}")


if __name__ == "__main__":
    main()

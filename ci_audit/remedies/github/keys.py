"""The key that a cache is saved under: what tells apart caches that must not be taken for each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ci_audit.patterns import regex
from ci_audit.providers.github import matrix, nodes
from ci_audit.remedies.github import groups
from ci_audit.remedies.github.listing import Listing, Use
from ci_audit.source import UNKNOWN
from ci_audit.syntax.expressions import Context, Open, find, references, substitute
from ci_audit.syntax.yamltree import Mapping
from ci_audit.typed import NamedTuple

MANY_FILES = 4
"""From more files on, those of one folder are named by a pattern."""

_CHOOSING = ("TOXENV", "TOX_ENV", "NOXSESSION")

_LITERAL = regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,30}\Z")
_EXPRESSION = regex(r"\$\{\{\s*(?:matrix|env|inputs|steps|needs)\.[A-Za-z0-9_.-]+\s*\}\}\Z")


class Key(NamedTuple):
    """A key and what comes before its hash, to fall back on."""

    text: str
    prefix: str


def key(manager: str, listing: Listing, uses: Sequence[Use], files: Sequence[str]) -> Key:
    """Build a key out of manager, system, Python version, what else the commands vary by, and the files' hash.

    A comma would make actions/cache fail (actions/toolkit: packages/cache, `checkKey`), so that no value that may hold
    one is taken.
    """
    index = min(use.number for use in uses)
    parts = [manager, _system(listing)]
    python = python_version(listing, index)
    if python:
        parts.append(python)
    parts += [text for text in varying(listing, uses, whole_steps=True) if text not in parts]
    if _others_differ(manager, listing, uses, files):
        parts.append("${{ github.job }}")
    prefix = "-".join(parts) + "-"
    return Key(f"{prefix}{hash_of(files)}", prefix)


def hash_of(files: Sequence[str]) -> str:
    """Write the expression that hashes files."""
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in patterns(files))
    return f"${{{{ hashFiles({quoted}) }}}}"


def patterns(files: Sequence[str]) -> list[str]:
    """Name files, those of one folder with one suffix by a pattern where there are many."""
    if len(files) <= MANY_FILES:
        return list(files)
    groups: dict[tuple[str, str], list[str]] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        groups.setdefault((folder, name.rpartition(".")[2]), []).append(path)
    found = []
    for (folder, suffix), paths in groups.items():
        found += [f"{folder}/*.{suffix}"] if folder and len(paths) > 2 else paths
    return found


def python_version(listing: Listing, index: int) -> str:
    """Give the Python version as the nearest setup step before names it, an expression or a literal; else empty."""
    for item in reversed([item for item in listing.items if item.number < index]):
        if item.action.name.lower() in ("actions/setup-python", "pdm-project/setup-pdm", "astral-sh/setup-uv"):
            text = item.input("python-version").strip()
            if text and "\n" not in text:
                return text if _usable(text, listing) else ""
    return ""


def _usable(text: str, listing: Listing) -> bool:
    """Tell whether a text can stand in a key: without blanks, and without a comma in any variant."""
    if _LITERAL.match(text):
        return True
    if not _EXPRESSION.match(text):
        return False
    values = variants_of(listing, [text])
    return all(_LITERAL.match(value) for (value,) in values)


def variants_of(listing: Listing, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Evaluate texts in every combination of the job's matrix; UNKNOWN stands for what is not there to be read."""
    job = listing.job
    strategy = job.get("strategy") if job is not None else None
    node = strategy.get("matrix") if isinstance(strategy, Mapping) else None
    env: dict[str, str] = {}
    for place in (listing.document.root, job):
        found = place.get("env") if isinstance(place, Mapping) else None
        for name, value in found.items() if isinstance(found, Mapping) else ():
            env[name.value] = nodes.text(value)
    context: Context = {"env": Open(env), "matrix": Open()}
    used = {path[1:] for text in texts for path in references(text) if path[0] == "matrix"}
    if node is None or not used:
        return [tuple(substitute(text, context) for text in texts)]
    combinations = matrix.variants(node, used, {"env": Open(env)})
    found_values = [
        tuple(substitute(text, {**context, "matrix": values}) for text in texts) for _, values in combinations
    ]
    return list(dict.fromkeys(found_values))


def _system(listing: Listing) -> str:
    """Name the system: by the label that the matrix gives where two of them share one system, else by `runner.os`."""
    job = listing.job
    text = nodes.text(job.get("runs-on")) if job is not None else ""
    if not _EXPRESSION.match(text.strip()):
        return "${{ runner.os }}"
    labels = [value for (value,) in variants_of(listing, [text])]
    if not all(_LITERAL.match(label) for label in labels):
        return "${{ runner.os }}"
    systems = [label.partition("-")[0].lower() for label in labels]
    return text.strip() if len(set(systems)) < len(systems) else "${{ runner.os }}"


def varying(listing: Listing, uses: Iterable[Use], *, whole_steps: bool = False) -> list[str]:
    """List the expressions of the matrix that the commands, or their whole steps, name: they tell installs apart."""
    found: dict[str, None] = {}
    for use in uses:
        where = use.install.command.where
        texts = [where.source.text[where.start : where.end]]
        if whole_steps:
            texts.append(listing.text(use.number, "run"))
        # `tox` and `nox` choose their environments by variables as well.
        for name in _CHOOSING if use.install.manager in ("tox", "nox") else ():
            setting = use.install.command.env.get(name)
            if setting is not None and setting.where is not None:
                texts.append(setting.where.text)
        for text in texts:
            for _, _, inner in find(text):
                found.setdefault("${{ " + inner.strip() + " }}")
    if listing.job is None:
        return []
    return [text for text in found if "matrix." in text and _EXPRESSION.match(text) and _short(listing, text)]


def _short(listing: Listing, text: str) -> bool:
    values = [value for (value,) in variants_of(listing, [text])]
    return len(values) > 1 and all(_LITERAL.match(value) and UNKNOWN not in value for value in values)


def _others_differ(manager: str, listing: Listing, uses: Sequence[Use], files: Sequence[str]) -> bool:
    """Tell whether another job of the workflow would save other packages under the same key.

    Entries are never changed: the first job to finish would decide what all of them find.
    """
    if listing.in_action:
        return False
    return groups.others_differ(manager, listing, uses, files)

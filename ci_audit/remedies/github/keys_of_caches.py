"""A cache whose key is found fault with: where the key stands, and which installs the cache serves."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit import managers, paths
from ci_audit.editing import CannotEdit, Path
from ci_audit.editing.document import Document
from ci_audit.model import Cache, Install
from ci_audit.remedies import Request, Skipped
from ci_audit.remedies.github import checkouts, groups, listing
from ci_audit.remedies.github.listing import Listing, Use
from ci_audit.syntax.yamltree import GITHUB, Mapping, Scalar, YamlError
from ci_audit.typed import NamedTuple

ENVIRONMENTS = frozenset(
    (".venv", "venv", "env", ".tox", ".nox", "site-packages", "$PYTHON_LOCATION", "__pypackages__")
)


class Keyed(NamedTuple):
    """The step of a cache."""

    path: Path
    """Of its `with`."""
    inputs: Mapping
    key: Scalar
    number: int
    steps: Listing

    @property
    def has_fallback(self) -> bool:
        found = self.inputs.get("restore-keys")
        return isinstance(found, Scalar) and bool(found.value.strip())


def keyed(request: Request) -> Keyed | Skipped:
    """Find the step whose key the finding points at."""
    where = request.where
    steps = listing.at(request)
    if isinstance(steps, Skipped):
        return steps
    try:
        document = Document.of(where.source, GITHUB)
        path = document.path_at(where.start, where.end)
    except (CannotEdit, YamlError) as error:
        return Skipped(f"its place in the file is not clear: {error}")
    key, inputs = document.node(path), document.node(path[:-1])
    number = steps.index(where)
    if len(path) < 2 or path[-2:] != ("with", "key") or number is None:
        return Skipped("the key is not written as an input of the step")
    if not isinstance(key, Scalar) or not isinstance(inputs, Mapping):
        return Skipped("the key is not written as a text")
    if document.is_shared(path):
        return Skipped("the step is shared by an anchor")
    return Keyed(path[:-1], inputs, key, number, steps)


def served(request: Request) -> list[Use]:
    """List the installs that the cache serves, in all jobs that have it."""
    found: list[Use] = []
    for place in request.places:
        cache: Cache = place.node
        job = place.context.job
        for step in job.steps if job is not None else ():
            for install in step.installs:
                if _serves(cache, install):
                    found.append(Use(0, install, step, place.context._replace(step=step), ""))
    return found


def _serves(cache: Cache, install: Install) -> bool:
    family = {install.manager}
    for directory in install.downloads:
        family.update(managers.meant_for(directory.path))
    if family.intersection(cache.managers, cache.follows) or family.intersection(cache.follows):
        return True
    wanted = (*install.downloads, *install.environments)
    return any(paths.covers(kept.path, one.path) for kept in cache.paths if not kept.exclude for one in wanted)


def files_of(request: Request, found: Keyed) -> tuple[list[str], str] | Skipped:
    """Give the files that the key has to follow, relative to the workspace, and what is doubtful about them."""
    checkout = checkouts.before(found.steps, found.number)
    if isinstance(checkout, Skipped):
        return checkout
    uses = served(request)
    if not uses:
        return Skipped("no install that this cache serves is known")
    files = groups.files_of(uses, found.steps, checkout.folder)
    return groups.in_workspace(files, checkout.folder), checkout.doubt


def holds_environment(request: Request) -> bool:
    """Tell whether the cache keeps what an install makes: restoring an old one brings back what is not wanted."""
    return any(_environments(place.node.paths) for place in request.places)


def _environments(kept: Sequence[object]) -> bool:
    return any(not ENVIRONMENTS.isdisjoint(getattr(one, "path", "").split("/")) for one in kept)

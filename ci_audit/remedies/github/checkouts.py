"""Where the files of the repository lie in the workspace when a step runs."""

from __future__ import annotations

from ci_audit.model import Action
from ci_audit.patterns import regex
from ci_audit.remedies import Skipped
from ci_audit.remedies.github.listing import Item, Listing
from ci_audit.typed import NamedTuple

_NAME = "actions/checkout"
_UNPACKS = regex(r"\b(?:tar|unzip)\b")
_SAME_FILES = ("github.ref", "github.sha", "github.head_ref", "github.event.pull_request.head.")
NOTHING = "the job checks nothing out before it, so that no file can tell when what is kept is outdated"


class Checkout(NamedTuple):
    """A checkout of this repository that comes before a step."""

    folder: str
    """Where it puts the files, relative to the workspace; empty for the workspace itself."""
    doubt: str = ""
    """Why the files may not be those that are here, else empty."""


def before(listing: Listing, index: int) -> Checkout | Skipped:
    """Find the checkout that the files are there from when a step of the list begins."""
    if listing.in_action:
        return _by_callers(listing)
    found = listing.actions(_NAME, index)
    if not found and _brings_files(listing, index):
        return Checkout("", "nothing is checked out: the files may come from what an earlier job left")
    if not found:
        return Skipped(NOTHING)
    own = [item for item in found if not item.input("repository")]
    if not own:
        return Skipped("the job checks out another repository, whose files are not here")
    item = own[-1]
    folder = item.input("path").removeprefix("./").strip("/")
    if len(own) < len(found) and folder:
        return Checkout(folder, "what is installed may follow from the other repository that is checked out")
    if _is_called_from_elsewhere(listing):
        return Checkout(folder, "the repositories that call this workflow have other files")
    return Checkout(folder, _doubt(item))


def _brings_files(listing: Listing, index: int) -> bool:
    """Tell whether an earlier step may bring the files of the repository in another way."""
    if listing.actions("re-actors/checkout-python-sdist", index):
        return True
    artifacts = listing.actions("actions/download-artifact", index)
    return bool(artifacts) and any(_UNPACKS.search(listing.text(number, "run")) for number in range(index))


def _is_called_from_elsewhere(listing: Listing) -> bool:
    """Tell whether it is a workflow that only others call, and none here does: a checkout takes their files."""
    for context in listing.contexts():
        events = {trigger.name for trigger in context.pipeline.triggers}
        path = context.pipeline.source.path
        if events == {"workflow_call"} and not any(_calls(other, path, listing) for other in _workflows(listing)):
            return True
    return False


def _workflows(listing: Listing) -> tuple[str, ...]:
    return listing.repository.files_under(".github/workflows")


def _calls(other: str, path: str, listing: Listing) -> bool:
    source = listing.repository.source(other) if other != path else None
    return source is not None and (f"./{path}" in source.text or f"$/{path}" in source.text)


def _doubt(item: Item) -> str:
    ref = item.input("ref").replace("${{", "").replace("}}", "").strip()
    if ref and not ref.startswith(_SAME_FILES):
        return f"the checkout takes the files of another `ref`, `{item.input('ref')}`"
    if item.input("sparse-checkout"):
        return "the checkout takes only some of the files"
    if "${{" in item.input("path"):
        return "where the checkout puts the files is known only at run time"
    return "a condition decides whether the files are checked out" if item.condition else ""


def _by_callers(listing: Listing) -> Checkout | Skipped:
    """Look at the checkouts of the jobs that run the action: it lies in the workspace, so that there is one."""
    for context in listing.contexts():
        job = context.job
        taken = [action for action in (job.actions if job is not None else ()) if action.name.lower() == _NAME]
        if not taken or any(_special(action, listing) for action in taken):
            return Checkout("", f"the checkout in the job `{context.job.name if context.job else ''}` is a special one")
    return Checkout("")


def _special(action: Action, listing: Listing) -> bool:
    """Tell whether a checkout in a caller has inputs that decide which files are where."""
    text = action.where.source.text[action.where.end : action.where.end + 300].split("- ")[0]
    return any(f"{name}:" in text for name in ("repository", "path", "sparse-checkout", "ref"))

"""Make the cache of setup-python work where it fails or is ignored: its files, its place, its variables, or a step."""

from __future__ import annotations

from ci_audit.editing import Block, CannotEdit, Delete, Move, Operation, Path, Set
from ci_audit.remedies import FileChange, Place, Remedy, Request, Skipped, needs
from ci_audit.remedies.github import cache_step, checkouts, containers, groups, keys, listing, risks, switches
from ci_audit.remedies.github.listing import Item, Listing, Use
from ci_audit.source import Where
from ci_audit.syntax.yamltree import Mapping

_NAME = "actions/setup-python"


def remedy(request: Request) -> Remedy | Skipped:
    """Answer what is wrong with the input, as the model words it (`effects/setup_python.py`)."""
    risk = risks.at_risk(request)
    if risk is not None:
        return risk
    verdict = request.places[0].verdict
    where = verdict.evidence[0].where if verdict.evidence else None
    if where is None:
        return Skipped(verdict.reason)
    try:
        return _remedy(request, where, verdict.reason)
    except CannotEdit as error:
        return Skipped(f"its place in the file is not clear: {error}")


def _remedy(request: Request, where: Where, reason: str) -> Remedy | Skipped:
    if reason.startswith("PIP_NO_CACHE_DIR is set"):
        operation = switches.variable(where)
        if operation is None:
            return Skipped(reason)
        return _made("Take PIP_NO_CACHE_DIR out", where, (operation,), "it may have been set for a reason")
    steps = listing.at(request, where)
    if isinstance(steps, Skipped):
        return steps
    number = steps.index(where)
    item = next((item for item in steps.actions(_NAME) if item.number == number), None)
    if item is None:
        return Skipped(reason)
    uses = _served(request, steps, item.input("cache"))
    if "no file matches" in reason:
        return _files(steps, item, uses, where)
    if "before the checkout" in reason:
        return _checkout(steps, item, where)
    if "as root in a home" in reason and not steps.in_action:
        variable = needs.variable("pip")
        moved = cache_step.setting(steps, variable, containers.OF_ROOT)
        return _made(f"Move pip's cache to `{containers.OF_ROOT}`", where, (moved,), "it moves pip's cache")
    if "not installed yet" in reason or "too old" in reason or "takes pip, pipenv or poetry" in reason:
        return _step(steps, item, uses, where)
    return Skipped(reason)


def _made(title: str, where: Where, operations: tuple[Operation, ...], reason: str) -> Remedy:
    return Remedy(title, "unsafe", (FileChange(where.source.path, operations),), reason)


def _served(request: Request, steps: Listing, manager: str) -> list[Use]:
    """List the installs that the input is meant for: those of the list, else those of the finding."""
    own = [use for use in steps.uses if use.cause == "unsaved" and needs.served_by(use.install) == manager]
    return own or [use for use in steps.uses if use.cause == "unsaved"] or [_use(place) for place in request.places]


def _use(place: Place) -> Use:
    step = place.context.step
    assert step is not None
    return Use(0, place.node, step, place.context, "unsaved")


def _files(steps: Listing, item: Item, uses: list[Use], where: Where) -> Remedy | Skipped:
    checkout = checkouts.before(steps, item.number)
    if isinstance(checkout, Skipped):
        return checkout
    files = groups.in_workspace(groups.files_of(uses, steps, checkout.folder), checkout.folder)
    names = keys.patterns(files)
    value = names[0] if len(names) == 1 else Block("".join(f"{name}\n" for name in names))
    path: Path = (*steps.path_of(item), "with", item.key_of("cache-dependency-path"))
    title = f"Name the files that decide what is installed: {', '.join(f'`{name}`' for name in names[:3])}"
    return _made(title, where, (Set(path, value, after="cache"),), checkout.doubt)


def _checkout(steps: Listing, item: Item, where: Where) -> Remedy | Skipped:
    later = [one for one in steps.actions("actions/checkout") if one.number > item.number]
    if not later:
        return Skipped("the job checks nothing out, and setup-python needs a dependency file")
    if later[0].condition or "steps." in steps.source.text[later[0].node.start : later[0].node.end]:
        return Skipped("the checkout depends on what runs before it")
    operation = Move((*steps.path, later[0].number), item.number)
    return _made("Check out before setup-python", where, (operation,), "the checkout runs earlier")


def _step(steps: Listing, item: Item, uses: list[Use], where: Where) -> Remedy | Skipped:
    """Put a step of its own in the place of the input."""
    own = [use for use in uses if steps.index(use.install.command.where) is not None]
    if not own:
        return Skipped("the install stands in another file than setup-python")
    manager = needs.served_by(own[0].install)
    plan = cache_step.plan(steps, manager, [use for use in own if needs.served_by(use.install) == manager])
    if isinstance(plan, Skipped):
        return plan
    inputs = item.node.get("with")
    path = (*steps.path_of(item), "with")
    names = [name for name in ("cache", "cache-dependency-path") if item.input(name)]
    alone = isinstance(inputs, Mapping) and len(inputs.pairs) == len(names)
    gone = [Delete(path)] if alone else [Delete((*path, item.key_of(name))) for name in names]
    return _made(plan.title, where, (*gone, *plan.operations), plan.doubt)

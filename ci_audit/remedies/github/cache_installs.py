"""Give installs in a job a cache: the input of a setup action where that works, else a step with actions/cache."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.editing import CannotEdit, Insert, Operation, Path, Set
from ci_audit.masking import listed
from ci_audit.remedies import FileChange, Remedy, Request, Skipped, needs
from ci_audit.remedies.github import (
    cache_step,
    conda,
    containers,
    groups,
    listing,
    risks,
    setup_pdm,
    setup_python,
    setup_uv,
    switches,
)
from ci_audit.remedies.github.cache_step import OFF_BY_HAND, Plan
from ci_audit.remedies.github.listing import Listing, Use

_SWITCHES = {"uv": ("astral-sh/setup-uv", "enable-cache"), "pixi": ("prefix-dev/setup-pixi", "cache")}
"""The input by which a setup action leaves the cache of its manager off."""


def remedy(request: Request) -> Remedy | Skipped:
    """Cache all the installs of the list of steps that fill the same manager's directory: they share one fix."""
    risk = risks.at_risk(request)
    if risk is not None:
        return risk
    steps = listing.at(request)
    if isinstance(steps, Skipped):
        return steps
    try:
        return _remedy(request, steps)
    except CannotEdit as error:
        return Skipped(f"its place in the file is not clear: {error}")


def _remedy(request: Request, steps: Listing) -> Remedy | Skipped:
    manager = needs.served_by(request.places[0].node)
    # All findings of the list that are the same manager's have one answer.
    if manager not in steps.answers:
        steps.answers[manager] = _answer(steps, manager)
    return steps.answers[manager]


def _answer(steps: Listing, manager: str) -> Remedy | Skipped:
    # What else runs the same steps would get the cache as well.
    risk = risks.of_contexts(steps.contexts())
    if risk is not None:
        return risk
    if steps.in_action and not steps.source.path.startswith(".github/"):
        return Skipped("other repositories may use this action, and what files they have is not known")
    if any(_mode(use) == "none" for use in steps.uses):
        return Skipped("ACTIONS_CACHE_MODE is `none`: somebody switched all caches off")
    own = _whole_plan(steps, manager)
    if isinstance(own, Skipped):
        return own
    plans = [own]
    managers = dict.fromkeys(needs.served_by(use.install) for use in steps.uses if use.cause == "absent")
    for other in sorted(managers):
        plan = _whole_plan(steps, other) if other != manager else own
        # Steps for two managers at one place are one fix: made apart, each would be in the other's way.
        if isinstance(plan, Plan) and plan is not own and _places(plan) & _places(own):
            plans.append(plan)
    plans.sort(key=lambda plan: plan.title)
    operations = _joined(plans)
    reason = "; ".join(dict.fromkeys(plan.doubt for plan in plans if plan.doubt))
    change = FileChange(steps.source.path, tuple(operations))
    return Remedy("; ".join(plan.title for plan in plans), "unsafe" if reason else "safe", (change,), reason)


def _whole_plan(steps: Listing, manager: str) -> Plan | Skipped:
    """Plan the cache, with the switches taken out that would defeat it."""
    uses = groups.uncached(steps, manager)
    if not uses:
        return Skipped("the install does not stand in this list of steps")
    off = switches.operations(steps, uses)
    if isinstance(off, Skipped):
        return off
    plan = _plan(steps, manager, uses)
    if isinstance(plan, Skipped):
        return plan
    doubts = [plan.doubt, _doubt(steps, uses), OFF_BY_HAND if off else ""]
    return plan._replace(
        operations=(*plan.operations, *off), doubt="; ".join(dict.fromkeys(doubt for doubt in doubts if doubt))
    )


def _joined(plans: Sequence[Plan]) -> list[Operation]:
    """Put the operations of several plans together; what each of them puts into one new mapping becomes one."""
    found: list[Operation] = []
    for operation in (operation for plan in plans for operation in plan.operations):
        if isinstance(operation, Set) and isinstance(operation.value, dict):
            for number, other in enumerate(found):
                if isinstance(other, Set) and other.path == operation.path and isinstance(other.value, dict):
                    found[number] = other._replace(value={**other.value, **operation.value})
                    break
            else:
                found.append(operation)
        elif operation not in found:
            found.append(operation)
    return found


def _places(plan: Plan) -> set[tuple[Path, int]]:
    """List where a plan puts new steps and new mappings."""
    found = set()
    for operation in plan.operations:
        if isinstance(operation, Insert):
            found.add((operation.path, operation.at))
        elif isinstance(operation, Set):
            found.add((operation.path[:-1], -1))
            at = operation.path.index("steps") + 1 if "steps" in operation.path else 0
            number = operation.path[at] if at else None
            if isinstance(number, int):
                # What comes last in a step touches the step that is put behind it.
                found.add((operation.path[:at], number + 1))
    return found


def _plan(steps: Listing, manager: str, uses: Sequence[Use]) -> Plan | Skipped:
    """Choose the form: what the repository's own setup action offers comes before a step of its own."""
    if any(use.job.machine.home_owner for use in uses) and manager == "pip":
        return containers.plan(steps, manager, uses)
    if manager == "conda":
        return conda.plan(steps, manager, uses)
    found: Plan | Skipped = Skipped("")
    if manager == "uv":
        found = setup_uv.plan(steps, uses)
    elif manager == "pdm":
        found = setup_pdm.plan(steps, uses)
    elif manager in ("pip", "poetry", "pipenv"):
        found = setup_python.plan(steps, manager, uses)
    if isinstance(found, Plan) or found.reason in (setup_uv.SPOKEN_OF, setup_python.COMMENTED_OUT):
        return found
    lines = setup_uv.lines(steps, uses) if manager == "uv" else ()
    own = cache_step.plan(steps, manager, uses, lines)
    if isinstance(own, Plan) and _switched_off(steps, manager, uses):
        return own._replace(doubt="; ".join(filter(None, (OFF_BY_HAND, own.doubt))))
    return own


def _switched_off(steps: Listing, manager: str, uses: Sequence[Use]) -> bool:
    """Tell whether a setup action before the installs says that this manager gets no cache."""
    name, switch = _SWITCHES.get(manager, ("", ""))
    first = min(use.number for use in uses)
    return any(item.input(switch).lower() == "false" for item in steps.actions(name, first))


def _mode(use: Use) -> str:
    """Give what the variable of actions/cache allows where an install runs; empty where it is not set."""
    setting = use.install.command.env.get("ACTIONS_CACHE_MODE")
    return setting.value.lower() if setting is not None else ""


def _doubt(steps: Listing, uses: Sequence[Use]) -> str:
    """Say what speaks against writing it without a look; empty when nothing does."""
    for use in uses:
        if use.install.gap:
            return use.install.gap
    if any(image.role == "container" and "alpine" in image.reference for use in uses for image in use.job.images):
        return "the `tar` of an Alpine image does not do for actions/cache"
    others = [context.job for context in steps.contexts() if context.job is not None]
    kept = sorted({job.name for job in others if job.machine.persists.value is not False})
    if kept:
        names = listed([f"`{name}`" for name in kept])
        return f"whether a cache helps in {names} is not known: its runner may keep what it has"
    return ""

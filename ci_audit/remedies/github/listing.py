"""A list of steps as it is written, with the jobs that run it and the installs in it that nothing caches."""

from __future__ import annotations

from bisect import bisect_left

from ci_audit.discover import provider_of
from ci_audit.editing import CannotEdit, Path
from ci_audit.editing.document import Document
from ci_audit.facts import Context
from ci_audit.facts.caching import judge
from ci_audit.model import Action, Install, Job, Pipeline, Step
from ci_audit.providers import ParseError, parse
from ci_audit.providers.github import actions, nodes
from ci_audit.providers.github.versions import Version
from ci_audit.remedies import Remedy, Request, Skipped
from ci_audit.repository import Repository
from ci_audit.source import Source, Where
from ci_audit.syntax.yamltree import GITHUB, Mapping, Node, Scalar, Sequence, YamlError
from ci_audit.typed import NamedTuple


class Use(NamedTuple):
    """An install of the list in one variant of one job, and the cause that the audit gives for it."""

    number: int
    """The step of the list that runs it, from 0."""
    install: Install
    step: Step
    context: Context
    cause: str

    @property
    def job(self) -> Job:
        job = self.context.job
        assert job is not None
        return job


class Item(NamedTuple):
    """A step of the list that uses an action."""

    number: int
    node: Mapping
    action: Action

    @property
    def version(self) -> Version | None:
        return actions.version_of(self.action)

    def input(self, name: str) -> str:
        """Give an input as it is written, expressions included; names are compared without case."""
        inputs = self.node.get("with")
        for key, value in inputs.items() if isinstance(inputs, Mapping) else ():
            if key.value.lower() == name:
                return nodes.text(value)
        return ""

    def key_of(self, name: str) -> str:
        """Give an input's name as the file spells it."""
        inputs = self.node.get("with")
        for key, _ in inputs.items() if isinstance(inputs, Mapping) else ():
            if key.value.lower() == name:
                return key.value
        return name

    @property
    def condition(self) -> str:
        return nodes.text(self.node.get("if"))


class Listing:
    """A list of steps: of a job of a workflow, or of a composite action."""

    __slots__ = ("answers", "callers", "document", "items", "node", "path", "repository", "source", "uses")

    def __init__(
        self, document: Document, path: Path, node: Sequence, repository: Repository, callers: tuple[Context, ...]
    ) -> None:
        self.document = document
        self.source: Source = document.source
        self.path = path
        self.node = node
        self.repository = repository
        self.items: list[Item] = []
        self.uses: list[Use] = []
        self.callers = callers
        """A context of each pipeline that runs it."""
        self.answers: dict[str, Remedy | Skipped] = {}
        """What came of a cache for all its installs, by manager."""
        for index, item in enumerate(node.items):
            for step in _flat(item):
                uses = step.get("uses")
                if isinstance(uses, Scalar):
                    self.items.append(Item(index, step, actions.read(nodes.text(uses), uses, self.source)))

    @property
    def in_action(self) -> bool:
        """Tell whether it is the list of a composite action, which stands in the place of a step of others."""
        return self.path[0] == "runs"

    @property
    def job(self) -> Mapping | None:
        """The job that it belongs to; None in an action."""
        node = None if self.in_action else self.document.node(self.path[:-1])
        return node if isinstance(node, Mapping) else None

    def index(self, where: Where) -> int | None:
        """Tell which step holds a place of the file."""
        if where.source.path != self.source.path:
            return None
        for index, item in enumerate(self.node.items):
            if item.start <= where.start and where.end <= item.end:
                return index
        return None

    def step(self, index: int) -> Mapping | None:
        item = self.node.items[index]
        return item if isinstance(item, Mapping) else None

    def text(self, number: int, key: str) -> str:
        """Give the text under a key of a step; empty where there is none."""
        step = self.step(number)
        return nodes.text(step.get(key)) if step is not None else ""

    def condition(self, number: int) -> str:
        """Give the `if` of a step as it is written."""
        return self.text(number, "if")

    def actions(self, name: str, before: int | None = None) -> list[Item]:
        """List the steps that use an action, in order."""
        return [
            item
            for item in self.items
            if item.action.kind == "repository"
            and item.action.name.lower() == name
            and (before is None or item.number < before)
        ]

    def speaks_of_cache(self, item: Item) -> bool:
        """Notice a comment in a step that speaks of its cache: somebody may have had a reason."""
        return any("cache" in comment.lower() for comment in self._comments(item))

    def comments_out(self, item: Item, name: str) -> bool:
        """Notice an input of a step that stands there as a comment."""
        return any(comment.lstrip("# ").startswith(f"{name}:") for comment in self._comments(item))

    def _comments(self, item: Item) -> list[str]:
        text = self.source.text
        end = text.find("- ", item.node.end)
        return [line.partition("#")[2] for line in text[item.node.start : end if end >= 0 else None].splitlines()]

    def contexts(self) -> list[Context]:
        """List the variants of the jobs that run it, each once."""
        found = {id(use.context.job): use.context for use in self.uses}
        return list(found.values())

    def path_of(self, item: Item) -> Path:
        """Give the path of a step; raises CannotEdit where it has none of its own."""
        path = self.document.path_at(item.node.start, item.node.end)
        return path if self.document.node(path) is item.node else (*self.path, item.number)


def _flat(item: Node) -> list[Mapping]:
    if not isinstance(item, Mapping):
        return []
    nested = item.get("parallel")
    if isinstance(nested, Sequence):
        return [step for one in nested.items for step in _flat(one)]
    return [item]


def at(request: Request, where: Where | None = None) -> Listing | Skipped:
    """Find the list of steps that a place lies in (that of the finding unless one is given)."""
    where = where or request.where
    try:
        document = Document.of(where.source, GITHUB)
        path = document.path_at(where.start, where.end)
    except (CannotEdit, YamlError) as error:
        return Skipped(f"its place in the file is not clear: {error}")
    if "steps" not in path:
        return Skipped("it does not stand in a step")
    at_steps = path[: path.index("steps") + 1]
    node = document.node(at_steps)
    if not isinstance(node, Sequence):
        return Skipped("it does not stand in a list of steps")
    listing = _judged(document, at_steps, node, request)
    index = listing.index(where)
    jobs = {use.job.name for use in listing.uses}
    if index is not None and len(jobs) > 1 and not listing.in_action:
        alone = document.is_shared((*at_steps, index)) and not document.is_shared(at_steps)
        if alone:
            return Skipped(f"the step is shared, by an anchor, by the jobs {_named(jobs)}")
    return listing


def _named(jobs: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(jobs))


def _callers(request: Request, known: set[str]) -> dict[int, Context]:
    """Parse the other workflows, which may use the action as well: a change of it has to be right for all of them."""
    found = {}
    for path in sorted(request.repository.files_under(_WORKFLOWS)):
        if path in known or provider_of(path) != "github":
            continue
        source = request.repository.source(path)
        if source is None or not ("./" in source.text or "$/" in source.text):
            continue
        pipeline = _parsed.get(id(source))
        if pipeline is None or pipeline.source is not source:
            if len(_parsed) >= _MOST_PARSED:
                _parsed.clear()
            try:
                pipeline = _parsed[id(source)] = parse("github", source, request.repository)
            except ParseError:
                continue
        found[id(pipeline)] = Context(pipeline, None, None, request.repository)
    return found


_WORKFLOWS = ".github/workflows"
_MOST_PARSED = 64
_parsed: dict[int, Pipeline] = {}

_MOST_KEPT = 4
_kept: dict[tuple[object, ...], Listing] = {}


def _judged(document: Document, path: Path, node: Sequence, request: Request) -> Listing:
    """Judge every install of the list in every variant that is known to run it, whatever finding is asked about.

    The findings of one list ask for the same, so that it is done once for all of them.
    """
    pipelines = {id(place.context.pipeline): place.context for place in request.places}
    if path[0] == "runs":
        pipelines |= _callers(request, {context.pipeline.source.path for context in pipelines.values()})
    key = (id(document), path, *sorted(pipelines))
    listing = _kept.get(key)
    if listing is not None and listing.repository is request.repository:
        return listing
    if len(_kept) >= _MOST_KEPT:
        del _kept[next(iter(_kept))]
    # It holds the pipelines and the document, so that their identities cannot come to mean others.
    listing = _kept[key] = Listing(document, path, node, request.repository, tuple(pipelines.values()))
    first = min((item.start for item in node.items), default=0)
    last = max((item.end for item in node.items), default=0)
    for context in pipelines.values():
        starts, placed = _placed_installs(context.pipeline)
        found = placed[bisect_left(starts, first) : bisect_left(starts, last)]
        for _, _, job, step, install in sorted(found, key=lambda one: one[1]):
            index = listing.index(install.command.where)
            if index is not None:
                own = context._replace(job=job, step=step)
                listing.uses.append(Use(index, install, step, own, judge(install, step, job).cause))
    return listing


_Placed = tuple[int, int, Job, Step, Install]
"""An install, with where its command begins and its number among those of the pipeline."""

_latest: list[tuple[Pipeline, list[int], list[_Placed]]] = []


def _placed_installs(pipeline: Pipeline) -> tuple[list[int], list[_Placed]]:
    """List the installs of a pipeline by their places, so that each list of steps is quick to find its own."""
    if not _latest or _latest[0][0] is not pipeline:
        installs = ((job, step, install) for job in pipeline.jobs for step in job.steps for install in step.installs)
        placed = [(one[2].command.where.start, number, *one) for number, one in enumerate(installs)]
        placed.sort(key=lambda one: one[:2])
        _latest[:] = [(pipeline, [one[0] for one in placed], placed)]
    return _latest[0][1:]

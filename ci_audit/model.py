"""The neutral pipeline: what every provider's file becomes, and what every rule reads.

Commands that share one machine make a `Job`: a GitHub job, a GitLab job, the phases of a Travis build, a Dockerfile
stage. A job with a matrix is one `Job` a variant. Strings may hold `UNKNOWN` where only a run can tell; `None` in a
three-valued field means not known. Directories are written with one of the roots of `paths`: `/…`, `C:/…`, `~/…` (a
home that is not known) or `$WORKSPACE/…` (the checkout).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ci_audit.source import UNKNOWN, MappedText, Source, Where
from ci_audit.typed import NamedTuple

__all__ = [
    "UNKNOWN",
    "Action",
    "Answer",
    "Cache",
    "CacheKey",
    "Cleanup",
    "Command",
    "Copy",
    "Directory",
    "Env",
    "Evidence",
    "FileUse",
    "Gap",
    "Image",
    "Install",
    "Job",
    "Kept",
    "Machine",
    "Package",
    "Pipeline",
    "Problem",
    "Setting",
    "Step",
    "Switch",
    "Trigger",
    "Word",
    "known_value",
]


class Evidence(NamedTuple):
    """A place that an answer rests on, and what stands there."""

    where: Where | None
    message: str


class Answer(NamedTuple):
    """A yes, no or not known (None), with its reason in words that can follow a colon."""

    value: bool | None
    reason: str
    where: Where | None = None


class Setting(NamedTuple):
    """A variable as it is set for a command, and where that is written (None: the provider sets it)."""

    name: str
    value: str
    where: Where | None = None


_SECRET = ("TOKEN", "SECRET", "PASSW", "PASSPHRASE", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL")


def known_value(setting: Setting) -> str:
    """Give a variable's value to put in for it; UNKNOWN if its name says that it is a secret, so that none is shown."""
    return UNKNOWN if _is_secret(setting.name) else setting.value


@lru_cache(1024)
def _is_secret(name: str) -> bool:
    name = name.upper()
    return any(part in name for part in _SECRET)


Env = dict[str, Setting]
"""The variables in effect, by name. Shared between commands and never changed in place: a change makes a copy."""


class Word(NamedTuple):
    """One argument of a command as the program sees it, with the range of the command's text that it came from."""

    text: str
    start: int
    end: int
    quoted: bool = False

    @property
    def known(self) -> bool:
        return UNKNOWN not in self.text


class Command(NamedTuple):
    """A simple command with its wrappers (`sudo`, `env`, `bash -c`, `uv run`) taken off.

    `text` is the script that it stands in; `start` and `end` are its span there, wrappers and variable prefixes
    included when they are written in the same command.
    """

    words: tuple[Word, ...]
    env: Env
    cwd: str
    user: str
    """Who runs it: "root", a name or number, "" the machine's own user."""
    home: str
    text: MappedText
    start: int
    end: int
    order: int
    """Place in the job: a step that stands earlier has a lower one; steps count in thousands."""
    conditional: bool = False
    elsewhere: str = ""
    """Why it runs on another machine ("in a container started by `docker run`"), else empty."""
    within: str = ""
    """The program that runs it in an environment of its own (`uv run`, `poetry run`), else empty."""
    virtualenv: str = ""
    """The virtual environment that was activated before it in the same shell, else empty."""

    @property
    def where(self) -> Where:
        return self.text.where(self.start, self.end)

    @property
    def shown(self) -> str:
        """Give the command as written, on one line."""
        return " ".join(self.text.text[self.start : self.end].replace("\\\n", " ").replace(UNKNOWN, "…").split())

    def where_of(self, word: Word) -> Where:
        return self.text.where(word.start, word.end)


class Directory(NamedTuple):
    """A directory that a manager writes to or reads from, and what decides it."""

    path: str
    reason: str = ""
    """Why it is this one, when it is not the default: "PIP_CACHE_DIR is set"."""
    where: Where | None = None


class Switch(NamedTuple):
    """What turns a manager's cache off for a command: a flag, a variable, a configuration file."""

    reason: str
    where: Where | None = None
    whole_job: bool = False
    """Set for the job or wider, so that a cache action that asks the manager meets it as well."""


class Package(NamedTuple):
    """One thing that an install asks for by name."""

    name: str
    specifier: str
    pinned: bool | None
    reason: str
    where: Where
    ecosystem: str = "pypi"
    from_file: str = ""
    """The requirements file that names it, else empty: it stands on the command line."""
    tool_upgrade: bool = False
    """An upgrade of the installer itself (`pip install -U pip`): less costly than other floating installs."""


class FileUse(NamedTuple):
    """A file that a command reads: `-r`, `-c`, a lock file, a project's metadata."""

    path: str
    """Relative to the root; UNKNOWN inside where the name is not known."""
    kind: str
    """requirements, constraints, lock or project"""
    where: Where | None = None


class Install(NamedTuple):
    """A command that a manager recognises as one that fetches packages."""

    command: Command
    manager: str
    verb: str
    network: Answer
    """Whether it fetches from an index at all."""
    index_url: str
    """The index it asks, as an address without credentials, or a name such as `PyPI`; UNKNOWN inside if not known."""
    downloads: tuple[Directory, ...]
    """The directories that downloads go to; whether only some of them are kept is for rules of their own."""
    environments: tuple[Directory, ...] = ()
    """Directories each of which, when kept, makes the download unnecessary: a virtual environment, a tool folder."""
    switch: Switch | None = None
    packages: tuple[Package, ...] = ()
    files: tuple[FileUse, ...] = ()
    locked: bool | None = None
    ecosystem: str = "pypi"
    places: tuple[str, ...] = ("run", "build")
    """Where its caching is judged: system packages are in image builds only."""
    gap: str = ""
    """Why it is not known which directory it writes to, else empty; `downloads` are then all that it could be."""
    hosts: tuple[str, ...] = ()
    """The servers of what is named by address (`git+https://…`) and so does not come from the index."""
    asks_index: str = "names"
    """What the index is asked for: the `names` that are given, only the `dependencies` of what is not, or nothing."""


class Cleanup(NamedTuple):
    """A command that deletes what a manager kept: `pip cache purge`, `rm -rf ~/.cache`, `uv cache prune --ci`."""

    command: Command
    managers: tuple[str, ...]
    """The managers whose whole cache it deletes; empty when it deletes by path."""
    paths: tuple[str, ...] = ()
    prunes: bool = False
    """Deletes only the downloaded files and keeps what was built from source (`uv cache prune --ci`)."""


class Kept(NamedTuple):
    """A path that a cache keeps; `*` and `**` in it are patterns."""

    path: str
    where: Where | None = None
    exclude: bool = False


class CacheKey(NamedTuple):
    """The name that a cache is saved under."""

    text: str
    """As written, expressions and variables included."""
    where: Where | None
    restore_keys: tuple[str, ...] = ()
    restore_where: Where | None = None
    varies: tuple[str, ...] = ()
    """What changes it, out of: content (a hash of files that are there), commit, run, time, unknown; operating system,
    language version, branch and the like do not count, since what is installed does not follow from them."""


class Problem(NamedTuple):
    """Why a cache is not kept although it is there.

    `cause` is unsaved (it fails or is ignored), pruned, misplaced (the command cannot write to it), unknown, or absent:
    a step that could keep it stands there with its cache switched off (`actions/setup-python` without `cache`), which
    is evidence and nothing more.
    """

    cause: str
    reason: str
    where: Where | None = None


class Cache(NamedTuple):
    """Something that keeps directories from one run to the next."""

    kind: str
    """What it is, as a message names it: `actions/cache`, `setup-python`, `cache:`, `--mount=type=cache`."""
    where: Where
    paths: tuple[Kept, ...] = ()
    managers: tuple[str, ...] = ()
    """The managers that it is meant for: an input named them, or its paths and key do; empty when nothing tells."""
    follows: tuple[str, ...] = ()
    """Managers whose own directory it keeps, whatever that is (`cache: pip` asks pip)."""
    env: Env = {}  # noqa: RUF012  never changed in place
    """The variables that it sees when it asks a manager."""
    order: int = -1
    """Place in the job at which it is restored; -1 before the first command."""
    key: CacheKey | None = None
    problems: tuple[Problem, ...] = ()
    conditional: bool | None = False
    """Whether a condition that is not known decides if it is there."""
    saves: bool = True
    """False for a restore-only step or policy."""
    step: str = ""
    """The id of the step, for conditions that ask whether it was restored."""
    condition: str = ""
    """The text of its condition, when that is not known: an install under the same condition has the cache."""


class Gap(NamedTuple):
    """Something that could not be known, and what it leaves open."""

    reason: str
    where: Where | None
    affects: tuple[str, ...]
    """Out of: cache, env, commands, image, pins."""
    order: int = -1


class Image(NamedTuple):
    """A container image that a job pulls."""

    reference: str
    """As written, with variables resolved where they are known."""
    where: Where
    role: str
    """container, service, step, from, copy or mount"""
    name: str = ""
    tag: str = ""
    digest: str = ""
    known: bool = True


class Action(NamedTuple):
    """Code that a job takes from elsewhere: `uses:`, `include:`, `component:`, `import:`, `# syntax=`."""

    reference: str
    where: Where
    kind: str
    """repository, local, docker, workflow, include, frontend"""
    name: str = ""
    """owner/repository[/path]"""
    ref: str = ""
    comment: str = ""
    """The version comment behind a pin, without `#`."""


class Copy(NamedTuple):
    """Files taken into an image build."""

    sources: tuple[str, ...]
    target: str
    where: Where
    order: int
    stage: str = ""
    """The stage or image they come from, empty for the build context."""


class Trigger(NamedTuple):
    """What starts a pipeline."""

    name: str
    where: Where | None = None
    branches: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None


class Step(NamedTuple):
    """One step, script line, phase line or RUN."""

    name: str
    where: Where
    order: int
    commands: Sequence[Command] = ()
    installs: tuple[Install, ...] = ()
    cleanups: tuple[Cleanup, ...] = ()
    caches: tuple[Cache, ...] = ()
    """Those attached to this very step: mounts."""
    gap: str = ""
    """Why its commands could not be read, else empty."""
    skipped_on_hit: str = ""
    """The id of the cache step whose exact hit skips this one, else empty."""
    condition: str = ""
    """The text of its condition, when that is not known."""


class Machine(NamedTuple):
    """What the commands of a job share, and whether it is there again for the next run."""

    os: str
    """linux, macos, windows or empty"""
    home: str
    workspace: str
    user: str
    """"root", a name or number, empty when not known."""
    persists: Answer
    home_owner: str = ""
    """Who owns the home directory when that is not `user`: pip run as root does not use a cache there."""


class Job(NamedTuple):
    """One variant of a job: commands that share one machine."""

    name: str
    variant: str
    """The matrix values that make this variant, as `key=value, …`; empty without a matrix."""
    where: Where
    """The key that names it: what absent things are anchored at."""
    place: str
    """run or build"""
    machine: Machine
    steps: tuple[Step, ...] = ()
    caches: tuple[Cache, ...] = ()
    images: tuple[Image, ...] = ()
    actions: tuple[Action, ...] = ()
    copies: tuple[Copy, ...] = ()
    gaps: tuple[Gap, ...] = ()
    publishes: Answer = Answer(False, "")
    """Whether it releases something, so that a poisoned cache would reach users."""
    untrusted: Answer = Answer(False, "")
    """Whether code of strangers runs in it with the rights of the repository."""
    permissions: tuple[tuple[str, str], ...] | None = None
    feeds: Answer = Answer(False, "")
    """Whether a job that releases something takes files from it: no reason to have no cache, but one to offer none."""


class Pipeline(NamedTuple):
    """One file with the jobs that it describes."""

    source: Source
    provider: str
    jobs: tuple[Job, ...]
    triggers: tuple[Trigger, ...] = ()
    gaps: tuple[Gap, ...] = ()
    errors: tuple[tuple[int, str], ...] = ()
    """What the provider would refuse: offset and message."""
    ignores_in: tuple[Source, ...] = ()
    """Other files whose text is part of it: local includes."""
    actions: tuple[Action, ...] = ()
    """Code from elsewhere that the file as a whole takes: includes, imports, a frontend."""

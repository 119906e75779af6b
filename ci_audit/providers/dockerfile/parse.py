"""Read a Dockerfile into the neutral pipeline."""

from __future__ import annotations

import re
from collections.abc import Callable, Container

from ci_audit.commands import ShellState
from ci_audit.commands.limits import COPIES, LONGEST_DIRECTORY
from ci_audit.model import (
    UNKNOWN,
    Action,
    Answer,
    Cache,
    Copy,
    Env,
    Gap,
    Image,
    Install,
    Job,
    Kept,
    Machine,
    Pipeline,
    Problem,
    Setting,
    Step,
    known_value,
)
from ci_audit.paths import normalise
from ci_audit.providers.dockerfile.context import ImageFiles
from ci_audit.providers.dockerfile.official import set_by_image
from ci_audit.providers.dockerfile.users import ROOT, User, Users, made_by, may_write, needs_root
from ci_audit.providers.images import runs_as_root, split_reference
from ci_audit.providers.steps import read_step
from ci_audit.repository import Repository
from ci_audit.source import MappedText, Piece, Source, Where
from ci_audit.syntax.dockerfile import parse as parse_dockerfile
from ci_audit.syntax.dockertree import Dockerfile, Instruction
from ci_audit.syntax.dockervalues import (
    Mount,
    Stage,
    arguments,
    env_pairs,
    global_args,
    heredoc_interpreter,
    parse_mount,
    shell_text,
    stages,
)
from ci_audit.syntax.dockerwords import expand

_SHELLS = frozenset(("sh", "bash", "dash", "ash", "zsh", "ksh"))
_BUILT_ANEW = Answer(False, "a layer that is built again starts without what earlier builds downloaded")
_PLAIN_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")


class _Allowance:
    """What following one file may still cost: entries of variables and users that are copied."""

    __slots__ = ("copies",)

    def __init__(self) -> None:
        self.copies = COPIES

    def takes(self, entries: int) -> bool:
        """Take a number of entries off; tells whether there are any left."""
        self.copies -= entries
        return self.copies >= 0


class _State:
    """What the instructions so far have set for the next one, in one stage.

    Variables and users are shared with stages and commands, and copied before a change that these must not see.
    """

    __slots__ = (
        "_allowance",
        "_own_env",
        "_own_made",
        "_run_env",
        "args",
        "cwd",
        "env",
        "files",
        "followed",
        "made",
        "shell",
        "user",
    )

    def __init__(self, files: ImageFiles, user: str, allowance: _Allowance) -> None:
        self.env: Env = {}
        self.args: Env = {}
        self.followed = True
        """No variable was left out for its cost."""
        self.cwd = "/"
        self.user = user
        self.shell = "sh"
        self.made = Users()
        self.files = files
        self._allowance = allowance
        self._own_env = self._own_made = False
        self._run_env: Env | None = None

    def child(self) -> _State:
        """Start a stage from this one: all but its ARGs is inherited."""
        other = _State(self.files.layer(), self.user, self._allowance)
        other.env = self.env
        other.cwd = self.cwd
        other.shell = self.shell
        other.made = self.made
        other.followed = self.followed
        return other

    def run_env(self) -> Env:
        """Give the variables that a RUN sees; it may keep them."""
        if self._run_env is None:
            self._run_env = self.env
            if self.args:
                self._run_env = {**self.args, **self.env}
                self._allowance.copies -= len(self._run_env)
            else:
                self._own_env = False
        return self._run_env

    def writable_env(self) -> Env | None:
        """Give the variables of the image to add to; None past what may be copied."""
        if not self._own_env:
            if not self._allowance.takes(len(self.env)):
                self.followed = False
                return None
            self.env = dict(self.env)
            self._own_env = True
        self._run_env = None
        return self.env

    def writable_args(self) -> Env | None:
        """Give the ARGs to add to; None past what may be copied."""
        if not self._allowance.takes(0):
            self.followed = False
            return None
        self._run_env = None
        return self.args

    def make_user(self, name: str, user: User) -> None:
        """Note a user; past what may be copied its home is not known."""
        if not self._own_made:
            if not self._allowance.takes(len(self.made.names)):
                return
            self.made = self.made.copy()
            self._own_made = True
        self.made.add(name, user)

    def lookup(self, name: str) -> str | None:
        setting = self.env.get(name) or self.args.get(name)
        return UNKNOWN if setting is None else known_value(setting)

    @property
    def home(self) -> str:
        setting = self.env.get("HOME")
        if setting is not None:
            return setting.value
        return self.made.home_of(self.user) if self.user else UNKNOWN


def parse(source: Source, repository: Repository) -> Pipeline:
    """Read a file; what BuildKit refuses is in `errors`, and the rest is read all the same."""
    tree = parse_dockerfile(source)
    gaps = _frontend_gaps(tree)
    globals_: Env = {}

    def lookup(name: str) -> str | None:
        # Only declared arguments are set before the first stage; BuildKit adds those that name the platform.
        return globals_[name].value if name in globals_ else UNKNOWN if name.startswith(("BUILD", "TARGET")) else None

    unset: set[str] = set()
    for instruction in global_args(tree):
        _read_args(instruction, globals_, {}, lookup)
        for pair in env_pairs(instruction):
            (unset.add if pair.value is None else unset.discard)(pair.name)

    def declared(name: str) -> str | None:
        return None if name in unset else lookup(name)

    done: dict[str, _State] = {}
    allowance = _Allowance()
    jobs = []
    for stage in stages(tree):
        # `${NAME:-default}` says itself what it is when the build sets nothing.
        open_names = {match[1] or match[2] for match in _PLAIN_REFERENCE.finditer(stage.base)}
        base = expand(stage.base, lookup if open_names & unset else declared, tree.escape)
        parent = done.get(base.lower())
        images = []
        if parent is None:
            image = image_of(base, Where(source, stage.base_start, stage.base_end), "from")
            if image is not None:
                images.append(image)
            state = _State(ImageFiles(repository, source.path), _base_user(image), allowance)
            state.env = set_by_image(image)
        else:
            state = parent.child()
        job = _read_stage(stage, state, globals_, images, done, tree, repository, gaps)
        jobs.append(job)
        done[str(stage.index)] = state
        if stage.name:
            done[stage.name] = state
    return Pipeline(source, "dockerfile", tuple(jobs), gaps=gaps, errors=tuple(tree.errors), actions=_frontend(tree))


def _frontend(tree: Dockerfile) -> tuple[Action, ...]:
    directive = tree.directives.get("syntax")
    if directive is None:
        return ()
    return (Action(directive.value, Where(tree.source, directive.start, directive.end), "frontend"),)


def _frontend_gaps(tree: Dockerfile) -> tuple[Gap, ...]:
    directive = tree.directives.get("syntax")
    if directive is None:
        return ()
    name = directive.value.partition("@")[0].removeprefix("docker.io/")
    if name == "docker/dockerfile" or name.startswith(("docker/dockerfile:", "docker/dockerfile-upstream")):
        return ()
    where = Where(tree.source, directive.start, directive.end)
    return (Gap(f"the frontend `{directive.value}` may read this file in its own way", where, ("cache", "commands")),)


def image_of(reference: str, where: Where, role: str) -> Image | None:
    """Make the node of an image reference; None for `scratch`, which is no image."""
    if reference == "scratch":
        return None
    name, tag, digest = split_reference(reference)
    return Image(reference, where, role, name, tag, digest, UNKNOWN not in reference)


def _base_user(image: Image | None) -> str:
    """Tell who a base image runs as, "" where only its makers know."""
    return "root" if image is None or (UNKNOWN not in image.name and runs_as_root(image.name)) else ""


def _read_stage(
    stage: Stage,
    state: _State,
    globals_: Env,
    images: list[Image],
    earlier: Container[str],
    tree: Dockerfile,
    repository: Repository,
    gaps: tuple[Gap, ...],
) -> Job:
    source = tree.source
    steps: list[Step] = []
    copies: list[Copy] = []
    for index, outer in enumerate(stage.instructions):
        instruction = outer.onbuild if outer.keyword == "ONBUILD" and outer.onbuild is not None else outer
        keyword = instruction.keyword
        order = index * 1000
        if keyword == "RUN":
            step = _read_run(instruction, outer, state, order, images, earlier, source, repository)
            if not state.user and needs_root(step):
                # Only root gets this far, so that is who the base image runs as.
                state.user = "root"
                step = _read_run(instruction, outer, state, order, images, earlier, source, repository)
            steps.append(step)
            for command in steps[-1].commands:
                if command.words and (user := made_by(command)) is not None:
                    state.make_user(*user)
        elif keyword == "ENV":
            settings = _read_env(instruction, state)
            if (env := state.writable_env()) is not None:
                env.update(settings)
        elif keyword == "ARG":
            if (known := state.writable_args()) is not None:
                _read_args(instruction, known, globals_, state.lookup)
        elif keyword == "USER":
            state.user = expand(instruction.args.text.strip(), state.lookup, tree.escape).partition(":")[0]
        elif keyword == "WORKDIR":
            path = expand(instruction.args.text.strip(), state.lookup, tree.escape)
            state.cwd = normalise(path, cwd=state.cwd, home=state.home)
            if len(state.cwd) > LONGEST_DIRECTORY:
                state.cwd = UNKNOWN
        elif keyword == "SHELL" and instruction.json:
            state.shell = _shell_name(instruction.json[0].text)
        elif keyword in ("COPY", "ADD"):
            copies.append(_read_copy(instruction, state, order, images, earlier, source))
    name = stage.name or f"stage {stage.index}"
    where = Where(source, stage.instruction.start, stage.instruction.end)
    if not state.followed:
        gaps = (*gaps, Gap("its variables are too many to follow", where, ("env",)))
    windows = state.shell in ("powershell", "pwsh", "cmd") or "windows" in stage.base.lower()
    machine = Machine("windows" if windows else "linux", state.home, "/", state.user, _BUILT_ANEW)
    return Job(
        name,
        "",
        where,
        "build",
        machine,
        steps=tuple(steps),
        images=tuple(images),
        copies=tuple(copies),
        gaps=gaps,
    )


def _read_env(instruction: Instruction, state: _State) -> Env:
    env: Env = {}
    for pair in env_pairs(instruction):
        if pair.value is not None:
            value = expand(pair.value.text, state.lookup, instruction.escape)
            env[pair.name] = Setting(pair.name, value, Where(instruction.args.source, pair.start, pair.end))
    return env


def _read_args(instruction: Instruction, into: Env, outer: Env, lookup: Callable[[str], str | None]) -> None:
    for pair in env_pairs(instruction):
        where = Where(instruction.args.source, pair.start, pair.end)
        if pair.value is not None:
            value = expand(pair.value.text, lookup, instruction.escape)
        else:
            value = outer[pair.name].value if pair.name in outer else UNKNOWN
        into[pair.name] = Setting(pair.name, value, where)


def _shell_name(program: str) -> str:
    name = program.replace("\\", "/").rsplit("/", 1)[-1].lower().removesuffix(".exe")
    return "sh" if name in _SHELLS else name


def _read_copy(
    instruction: Instruction, state: _State, order: int, images: list[Image], earlier: Container[str], source: Source
) -> Copy:
    where = Where(source, instruction.start, instruction.end)
    words = [expand(word.text, state.lookup, instruction.escape) for word in arguments(instruction)]
    sources, target = tuple(words[:-1]), words[-1] if words else ""
    stage = ""
    for flag in instruction.flags:
        if flag.name == "from" and flag.mapped is not None:
            stage = flag.value
            _note_image(flag.value, flag.mapped, "copy", images, earlier)
    if not stage and sources:
        state.files.add(tuple(word for word in sources if not word.startswith("<<")), target, state.cwd)
    return Copy(sources, target, where, order, stage)


def _note_image(name: str, mapped: MappedText, role: str, images: list[Image], earlier: Container[str]) -> None:
    """Note what `from=` names when it is an image: not a stage, and not a bare name, which may be a named context."""
    if name.lower() in earlier or name.isdigit():
        return
    text = expand(name, lambda variable: UNKNOWN)
    at = mapped.text.find(name)
    where = mapped.where(max(at, 0), max(at, 0) + len(name) if at >= 0 else len(mapped.text))
    image = image_of(text, where, role)
    if image is not None and (image.tag or image.digest or "/" in image.name):
        images.append(image)


def _read_run(
    instruction: Instruction,
    outer: Instruction,
    state: _State,
    order: int,
    images: list[Image],
    earlier: Container[str],
    source: Source,
    repository: Repository,
) -> Step:
    where = Where(source, outer.start, outer.end)
    machine = Machine("linux", state.home, "/", state.user, _BUILT_ANEW)
    files = state.files
    mounts: list[tuple[Mount, Where]] = []
    for flag in instruction.flags:
        if flag.name != "mount" or flag.mapped is None:
            continue
        mount = parse_mount(flag.mapped)
        if mount.type == "cache":
            mounts.append((mount, Where(source, flag.start, flag.end)))
        elif mount.type == "bind":
            image = mount.get("from")
            if image is not None:
                _note_image(image, flag.mapped, "mount", images, earlier)
            elif (target := mount.get("target")) is not None:
                files = files.layer()
                files.add((mount.get("source") or ".",), expand(target, state.lookup), state.cwd)
    text, shell = _text_of(instruction, state)
    if text is None:
        caches = _caches_of(mounts, state, state.user, order)
        return Step("RUN", where, order, caches=caches, gap="a program other than a shell reads it")
    shell_state = ShellState(env=state.run_env(), cwd=state.cwd, user=state.user, home=state.home)
    step, _ = read_step(
        "RUN", where, text, shell_state, shell=shell, machine=machine, repository=repository, order=order
    )
    installs = [_in_context(install, files) for install in step.installs]
    if any(flag.name == "network" and flag.value == "none" for flag in instruction.flags):
        offline = Answer(False, "`--network=none` keeps it off the network", where)
        installs = [install._replace(network=offline) for install in installs]
    by_root = bool(installs) and all(install.command.user in ROOT for install in installs)
    caches = _caches_of(mounts, state, "root" if by_root else state.user, order)
    return step._replace(caches=caches, installs=tuple(installs))


def _in_context(install: Install, files: ImageFiles) -> Install:
    """Name the files of the repository that an install reads, instead of their places in the image."""
    if not install.files:
        return install
    uses = []
    for use in install.files:
        path = use.path if use.path.startswith("/") else "/" + use.path
        found = files.find(path)
        uses.append(use._replace(path=UNKNOWN if found is None else found))
    return install._replace(files=tuple(uses))


def _text_of(instruction: Instruction, state: _State) -> tuple[MappedText | None, str]:
    """Give the text that a shell reads and the shell; None when no shell reads it."""
    items = instruction.json
    if items is not None:
        if len(items) >= 3 and _shell_name(items[0].text) in ("sh", "powershell", "pwsh", "cmd"):
            return items[-1].mapped, _shell_name(items[0].text)
        return _as_command([item.mapped for item in items]), "sh"
    interpreter = heredoc_interpreter(instruction)
    text = shell_text(instruction)
    if interpreter is not None and text is not None and text.text.startswith("#!"):
        return (text, "sh") if _shell_name(interpreter) == "sh" else (None, "")
    return text, state.shell


def _as_command(items: list[MappedText]) -> MappedText | None:
    """Write the words of an exec form as a shell would have to read them."""
    if not items:
        return None
    parts: list[MappedText] = []
    for item in items:
        if parts:
            parts.append(_literal(item, " "))
        if item.text and _PLAIN.issuperset(item.text):
            parts.append(item)
        else:
            parts.append(_literal(item, "'" + item.text.replace("'", "'\\''") + "'"))
    return MappedText.join(parts)


def _literal(item: MappedText, text: str) -> MappedText:
    where = item.where(0, len(item.text))
    return MappedText(item.source, text, (Piece(0, where.start, where.end, False),))


def _caches_of(mounts: list[tuple[Mount, Where]], state: _State, user: str, order: int) -> tuple[Cache, ...]:
    """Make the caches of a RUN whose commands this user runs, `sudo` considered."""
    found = [_cache_of(mount, where, state, user, order) for mount, where in mounts]
    return tuple(cache for cache in found if cache is not None)


def _cache_of(mount: Mount, where: Where, state: _State, user: str, order: int) -> Cache | None:
    target = mount.get("target")
    if target is None:
        return None
    path = normalise(expand(target, state.lookup), cwd=state.cwd, home=state.home)
    problems = []
    owner = expand(mount.get("uid") or "", state.lookup)
    mode = expand(mount.get("mode") or "", state.lookup)
    if may_write(user, state.made.names, owner, mode) is False:
        who = "root" if owner in ("", "0") else f"user {owner}"
        reason = f"the mount on `{path}` belongs to {who}, and `{user}` may not write to it"
        problems.append(Problem("misplaced", reason, where))
    if mount.readonly:
        problems.append(Problem("misplaced", f"the mount on `{path}` is read-only", where))
    return Cache("the cache mount", where, (Kept(path, where),), order=order - 1, problems=tuple(problems))

"""What defeats a cache mount, taken out of a RUN: switches of a command, and commands that empty the directory."""

from __future__ import annotations

import re
from collections.abc import Callable

from ci_audit.editing import Cut, Operation
from ci_audit.model import Cleanup, Command, Install, Step, Switch, Word
from ci_audit.paths import touches
from ci_audit.patterns import regex
from ci_audit.remedies import Skipped
from ci_audit.syntax.dockertree import Instruction
from ci_audit.typed import NamedTuple

_AFTER = regex(r"(?:[ \t]|\\\r?\n)*(&&|;(?!;)|\r?\n|\Z)")
_BLANKS_BACK = regex(r"(?:[ \t\r]|\n\r?\\|\n)*")
"""What may stand before a command, read backwards."""
_OPEN = regex(r"(?:\b(?:then|do|else|elif|if|while|until|in)|[({|&!])\Z")
_STOPS_ON_ERROR = regex(r"\A\s*(?:&&\s*)?set\s+(?:-[a-z]*e|-o\s+errexit)")
Again = Callable[[Command], "tuple[Install | Cleanup, ...]"]
_FLAG = regex(r"--no-cache(?:-dir)?(?:=.*)?\Z|-n\Z")


class Removal(NamedTuple):
    """How something is taken out, and why that is not safe ("" if it is)."""

    operations: tuple[Operation, ...]
    doubt: str = ""


def switch_word(install: Install) -> Word | None:
    """Find the flag of the command itself that turns its cache off."""
    switch = install.switch
    if switch is None or switch.where is None:
        return None
    command = install.command
    for word in command.words[1:]:
        if command.where_of(word).span == switch.where.span and _FLAG.match(word.text):
            return word
    return None


def _is_prefix(install: Install) -> bool:
    """Tell whether the switch is a variable set for this very command, before its name."""
    switch, command = install.switch, install.command
    if switch is None or switch.where is None:
        return False
    start, end = command.where.start, command.where_of(command.words[0]).start
    return start <= switch.where.start < switch.where.end <= end and "=" in switch.where.text


def without_switch(install: Install, instruction: Instruction, again: Again) -> Removal | Skipped:
    """Take out what turns the cache off for a command; `again` reads the command without its flag."""
    if install.switch is None:
        return Removal(())
    word = switch_word(install)
    where = install.switch.where
    if word is None and where is not None and _is_prefix(install):
        return Removal((Cut(where.start, where.end),))
    if word is None:
        return _stays(install.switch, instruction)
    rest = again(install.command._replace(words=tuple(one for one in install.command.words if one is not word)))
    for other in rest:
        if isinstance(other, Install) and other.manager == install.manager and other.switch is not None:
            return _stays(other.switch, instruction)
    return Removal((Cut(*install.command.where_of(word).span),))


def _stays(switch: Switch, instruction: Instruction) -> Skipped:
    where = switch.where
    if where is None or instruction.start <= where.start < instruction.end:
        return Skipped(f"{switch.reason}, and a mount alone does not change that")
    line = where.source.position(where.start).line
    return Skipped(f"line {line}: {switch.reason}, and a mount alone does not change that")


def without_cleanups(step: Step, managers: set[str], targets: list[str]) -> Removal | Skipped:
    """Take out the commands of a RUN that empty the directories of its mounts, or would try to delete a mount."""
    operations: list[Operation] = []
    whole: list[Command] = []
    for cleanup in step.cleanups:
        words = _harmful_words(cleanup, targets)
        if not words and not managers & set(cleanup.managers):
            continue
        cuts = _paths_cut(cleanup, words) if words else ()
        if cuts is None:
            return _cannot(cleanup.command)
        operations += cuts
        if not cuts:
            whole.append(cleanup.command)
    removal = without(whole)
    if isinstance(removal, Skipped):
        return removal
    return Removal((*dict.fromkeys(operations), *removal.operations), removal.doubt)


def _cannot(command: Command) -> Skipped:
    return Skipped(f"`{command.shown}` empties the directory again, and cannot be taken out by itself")


def _harmful_words(cleanup: Cleanup, targets: list[str]) -> list[str]:
    return [path for path in cleanup.paths if any(_harms(path, target) for target in targets)]


def _harms(path: str, target: str) -> bool:
    """Tell whether deleting a path deletes something of a directory; a `*` matches no hidden file."""
    folder = path.removesuffix("/*") or "/"
    if folder != path and target.startswith(f"{folder.rstrip('/')}/."):
        return False
    return touches(folder, target)


def _paths_cut(cleanup: Cleanup, harmful: list[str]) -> tuple[Cut, ...] | None:
    """Take paths out of an `rm`; nothing where the whole command is to go, None where neither can be done."""
    command = cleanup.command
    operands = [word for word in command.words[1:] if not word.text.startswith("-")]
    if command.words[0].text.rpartition("/")[2] != "rm":
        return () if len(harmful) == len(cleanup.paths) else None
    going = [word for word in operands if _is_one_of(word, command, harmful)]
    if len(going) == len(operands):
        return ()
    spans = {command.where_of(word).span for word in going}
    if not spans or any(command.where_of(word).span in spans for word in operands if word not in going):
        return None
    return tuple(Cut(*span) for span in sorted(spans))


def _is_one_of(word: Word, command: Command, paths: list[str]) -> bool:
    text = word.text
    if text.startswith("~"):
        text = command.home + text[1:]
    if not text.startswith("/"):
        text = f"{command.cwd.rstrip('/')}/{text}"
    text = re.sub(r"/+", "/", text)
    return text.rstrip("/") in paths or text in paths


def without(commands: list[Command]) -> Removal | Skipped:
    """Take commands out of the lists that they stand in, each with one operator, neighbours together."""
    operations: list[Operation] = []
    doubts: list[str] = []
    at = 0
    ordered = sorted(commands, key=lambda command: (command.where.start, command.start))
    while at < len(ordered):
        first = last = ordered[at]
        at += 1
        while at < len(ordered) and _next_to(last, ordered[at]):
            last = ordered[at]
            at += 1
        found = _without(first, last)
        if found is None:
            return _cannot(first)
        operations += found.operations
        doubts.append(found.doubt)
    return Removal(tuple(operations), next((doubt for doubt in doubts if doubt), ""))


def _next_to(one: Command, other: Command) -> bool:
    if one.text is not other.text:
        return False
    operator = _AFTER.match(one.text.text, one.end)
    return operator is not None and not one.text.text[operator.end() : other.start].strip(" \t\\\r\n")


def _without(first: Command, final: Command) -> Removal | None:
    text = first.text.text
    start, end = first.start, final.end
    lead, operator = _lead(text, start)
    follow = _AFTER.match(text, end)
    if lead is None or follow is None:
        return None
    last = not text[follow.end() :].strip()
    if last and not lead:
        return None
    doubt = _status(final) if last and lead != "&&" and not _strict(text) else ""
    if follow[1] in ("&&", ";") and (not operator or not _same_line(first, operator[0], start)):
        return Removal((_cut(first, start, follow.end()),), doubt)
    if operator:
        return Removal((_cut(first, operator[0], end),), doubt)
    return Removal((_cut(first, start, end),), doubt)


def stands_free(command: Command) -> bool:
    """Tell whether another command can be put before this one with `&&`."""
    return _lead(command.text.text, command.start)[0] is not None


def _lead(text: str, start: int) -> tuple[str | None, tuple[int, int] | None]:
    """Tell what parts a command from the one before it ("" if it is the first), and the place of an operator."""
    size = _BLANKS_BACK.match(text[start - 1 :: -1] if start else "")
    at = start - (size.end() if size is not None else 0)
    between = text[at:start]
    if at == 0:
        return "", None
    if text.startswith("&&", at - 2):
        return "&&", (at - 2, at)
    if text[at - 1] == ";" and text[at - 2 : at] != ";;":
        return ";", (at - 1, at)
    if "\n" in re.sub(r"\\\r?\n", "", between) and _OPEN.search(text[max(at - 10, 0) : at]) is None:
        return "\n", None
    return None, None


def _strict(text: str) -> bool:
    return _STOPS_ON_ERROR.match(text) is not None


def _status(command: Command) -> str:
    return f"without `{command.shown}` at its end, the RUN fails when the command before it does"


def _same_line(command: Command, start: int, end: int) -> bool:
    where = command.text.where(start, end)
    return "\n" not in where.text


def _cut(command: Command, start: int, end: int) -> Cut:
    return Cut(*command.text.where(start, end).span)

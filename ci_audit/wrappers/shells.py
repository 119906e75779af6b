"""Wrappers that read shell text: `bash -c`, `eval`, `pwsh -Command`, `cmd /c`, `script -c`, `nix-shell --run`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ci_audit.model import Word
from ci_audit.wrappers.inner import Inner, Options, names


def _script(words: Sequence[Word]) -> Inner | None:
    """Read util-linux `script -qec "command" /dev/null`."""
    options = Options(words, 1, names("-c --command -E --echo -I -O -B -T -m -o"))
    first = next((word for name, _, word in options.found if name in ("-c", "--command")), None)
    return Inner(script=(first,)) if first is not None and not first.text.startswith("-") else None


def _shell(words: Sequence[Word]) -> Inner | None:
    at, count = 1, len(words)
    command = False
    while at < count:
        text = words[at].text
        if len(text) < 2 or text[0] not in "-+":
            break
        at += 1
        if text == "--":
            break
        if text[1] == "-":
            if text in ("--rcfile", "--init-file"):
                at += 1
            continue
        command = command or (text[0] == "-" and "c" in text)
        if text[0] == "-" and "s" in text:
            return Inner(stdin=True)
        at += text.count("o") + text.count("O")
    if command:
        return Inner(script=(words[at],)) if at < count else None
    return Inner(stdin=True) if at >= count or words[at].text in ("-", "/dev/stdin") else None


def _eval(words: Sequence[Word]) -> Inner | None:
    rest = tuple(words[2:] if len(words) > 1 and words[1].text == "--" else words[1:])
    return Inner(script=rest, same_shell=True) if rest else None


def _powershell(words: Sequence[Word]) -> Inner | None:
    for at, word in enumerate(words[:-1]):
        text = word.text.lower()
        if text in ("-c", "-command"):
            return Inner(script=tuple(words[at + 1 :]), shell="pwsh")
        if text in ("-f", "-file"):
            break
    return None


def _cmd(words: Sequence[Word]) -> Inner | None:
    for at, word in enumerate(words):
        if word.text.lower() in ("/c", "/k", "//c") and at + 1 < len(words):
            return Inner(script=tuple(words[at + 1 :]), shell="cmd")
    return None


def _nix_shell(words: Sequence[Word]) -> Inner | None:
    for at, word in enumerate(words):
        if word.text in ("--run", "--command") and at + 1 < len(words):
            return Inner(script=(words[at + 1],))
    return None


UNWRAP: dict[str, Callable[[Sequence[Word]], Inner | None]] = {
    "script": _script,
    **dict.fromkeys(("bash", "sh", "dash", "zsh", "ash", "ksh"), _shell),
    "eval": _eval,
    **dict.fromkeys(("pwsh", "powershell"), _powershell),
    "cmd": _cmd,
    "nix-shell": _nix_shell,
}
"""By the name of the program."""

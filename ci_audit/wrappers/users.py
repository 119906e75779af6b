"""Wrappers that run a command as another user: `sudo`, `doas`, `su`, `runuser`, `gosu`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ci_audit.model import Word
from ci_audit.wrappers.inner import Inner, Options, assignments, names, user_name


def _sudo(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, _SUDO)
    if options.has("-l", "--list", "-v", "--validate", "-e", "--edit"):
        return None
    settings, rest = assignments(options.rest)
    if not rest:
        return None
    keep = options.value("--preserve-env")
    return Inner(
        rest,
        settings=settings,
        clean=not options.has("-E") and keep != "",
        keep=tuple(keep.split(",")) if keep else (),
        user=user_name(options.value("-u", "--user") or "root"),
        own_home=options.has("-H", "--set-home", "-i", "--login"),
        cwd="~" if options.has("-i", "--login") else options.value("-D", "--chdir"),
        virtualenv="",
    )


_SUDO = names(
    "-C -c -D -g -h -p -R -r -T -t -U -u --close-from --login-class --chdir --group --host --prompt --chroot --role"
    " --command-timeout --type --other-user --user"
)


def _doas(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, names("-a -C -u"))
    if not options.rest:
        return None
    user = user_name(options.value("-u") or "root")
    return Inner(options.rest, clean=True, user=user, own_home=True, virtualenv="")


def _su(words: Sequence[Word]) -> Inner | None:
    """Read `su` and `runuser`, which take options after the user as well."""
    user, script, login, keep, plain = "root", None, False, False, False
    at, operands = 1, 0
    rest: tuple[Word, ...] = ()
    while at < len(words):
        text = words[at].text
        at += 1
        if text == "--":
            rest = tuple(words[at:])
            break
        if text in ("-", "-l", "--login"):
            login = True
        elif text in ("-m", "-p", "--preserve-environment"):
            keep = True
        elif text in ("-c", "--command", "--session-command") or (text[:1] == "-" and text[1:2] != "-" and "c" in text):
            login = login or "l" in text[1:2]
            script = words[at] if at < len(words) else None
            at += 1
        elif text.startswith("--command="):
            script = words[at - 1]._replace(text=text[10:])
        elif text in ("-u", "--user"):
            user, plain = words[at].text if at < len(words) else user, True
            operands += 1
            at += 1
        elif text in _SU_VALUES:
            at += 1
        elif text[:1] != "-":
            if operands and plain:
                rest = tuple(words[at - 1 :])
                break
            if not operands:
                user = text
            operands += 1
    if script is not None:
        return Inner(
            script=(script,),
            clean=login and not keep,
            user=user_name(user),
            own_home=not keep,
            cwd="~" if login else None,
        )
    return Inner(rest, user=user_name(user), own_home=True) if rest and plain else None


_SU_VALUES = names("-s --shell -g --group -G --supp-group -w --whitelist-environment -T")


def _gosu(words: Sequence[Word]) -> Inner | None:
    if len(words) < 3:
        return None
    return Inner(tuple(words[2:]), user=user_name(words[1].text), own_home=True)


UNWRAP: dict[str, Callable[[Sequence[Word]], Inner | None]] = {
    "sudo": _sudo,
    "doas": _doas,
    **dict.fromkeys(("su", "runuser"), _su),
    **dict.fromkeys(("gosu", "su-exec"), _gosu),
}
"""By the name of the program."""

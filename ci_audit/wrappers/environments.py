"""Wrappers that run a command in an environment of their own: `uv run`, `hatch run`, `conda run`, `nix develop`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ci_audit.model import Word
from ci_audit.source import UNKNOWN
from ci_audit.wrappers.inner import MODULE, Inner, Options, names, program

_UV_GLOBAL = names("--project --directory --config-file --cache-dir --color --python-preference --allow-insecure-host")
_UV_RUN = _UV_GLOBAL | names(
    "-w --with --with-editable --with-requirements --extra --no-extra --group --no-group --only-group --env-file -p"
    " --python --package -m --module --index --default-index -i --index-url --extra-index-url -f --find-links -P"
    " --upgrade-package --upgrade-group --reinstall-package --index-strategy --keyring-provider --resolution"
    " --prerelease --fork-strategy --exclude-newer --exclude-newer-package --link-mode -C --config-setting"
    " --config-settings-package --no-build-isolation-package --no-build-package --no-binary-package"
    " --refresh-package --no-editable-package --no-sources-package --python-platform"
)


def _uv(words: Sequence[Word]) -> Inner | None:
    start = Options(words, 1, _UV_GLOBAL)
    at = start.at
    if at >= len(words) or words[at].text != "run":
        return None
    options = Options(words, at + 1, _UV_RUN, last=MODULE)
    cwd = options.value("--directory") or start.value("--directory")
    rest = options.rest
    rest = (*options.as_python(), *rest)
    if not rest or rest[0].text == "-":
        return None
    return Inner(rest, cwd=cwd, within="uv run", both=True)


def _hatch(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, names("-e --env -p --project --data-dir --cache-dir --config"))
    rest = options.rest
    if len(rest) > 1 and rest[0].text == "env" and rest[1].text == "run":
        rest = rest[1:]
    if not rest or rest[0].text != "run":
        return None
    inner = Options(rest, 1, names("-e --env -i --include -x --exclude -f --filter")).rest
    if not inner:
        return None
    first = inner[0]
    match = _HATCH_ENVIRONMENT(first.text)
    if match is not None:
        shift = match.end(1) if first.end - first.start == len(first.text) else 0
        first = first._replace(text=first.text[match.end(1) :], start=first.start + shift)
    return Inner((first, *inner[1:]), within="hatch run", both=True)


_HATCH_ENVIRONMENT = re.compile(r"([\w.+-]+:)(?=[^\\/])").match


def _conda(words: Sequence[Word]) -> Inner | None:
    start = Options(words, 1, names("-r --root-prefix --rc-file -n --name -p --prefix"))
    at = start.at
    if at >= len(words) or words[at].text != "run":
        return None
    options = Options(words, at + 1, names("-n --name -p --prefix --cwd -e --env -a --attach --label -r --root-prefix"))
    if not options.rest:
        return None
    prefix = options.value("-p", "--prefix") or start.value("-p", "--prefix")
    name = options.value("-n", "--name") or start.value("-n", "--name")
    virtualenv = prefix or (f"{UNKNOWN}/envs/{name}" if name else None)
    within = program(words[0].text) + " run"
    return Inner(options.rest, cwd=options.value("--cwd"), virtualenv=virtualenv, within=within, both=True)


def _nix(words: Sequence[Word]) -> Inner | None:
    for at, word in enumerate(words):
        if word.text in ("-c", "--command") and at + 1 < len(words):
            return Inner(tuple(words[at + 1 :]))
    return None


UNWRAP: dict[str, Callable[[Sequence[Word]], Inner | None]] = {
    "uv": _uv,
    "hatch": _hatch,
    **dict.fromkeys(("conda", "mamba", "micromamba"), _conda),
    "nix": _nix,
}
"""By the name of the program."""

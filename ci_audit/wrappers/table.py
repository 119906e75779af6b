"""The wrappers whose own words follow one pattern: options, operands, a subcommand, then the command."""

from __future__ import annotations

from collections.abc import Sequence

from ci_audit.model import Word
from ci_audit.typed import NamedTuple
from ci_audit.wrappers.inner import MODULE, Inner, Options, names


class Row(NamedTuple):
    """How a program's own words are skipped: options with a value, operands before the command, its subcommand."""

    values: frozenset[str] = frozenset()
    operands: int = 0
    verbs: frozenset[str] = frozenset()
    """The subcommands that run a command; empty when the program itself does."""
    after: frozenset[str] = frozenset()
    """Options with a value behind the subcommand."""
    dashes: bool = False
    """The command stands behind `--` only."""
    within: bool = False
    flags: frozenset[str] = frozenset()
    """The options without a value, for a program most of whose options have one; `values` is then not used."""


def by_row(name: str, row: Row, words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, row.values)
    at = options.at
    verb = ""
    if row.verbs:
        if at >= len(words) or words[at].text not in row.verbs:
            return None
        verb = " " + words[at].text
        options = Options(words, at + 1, row.after, last=MODULE)
        at = options.at
    if row.dashes:
        while at < len(words) and words[at - 1].text != "--":
            at += 1
    at += row.operands
    rest = (*(options.as_python() if verb else ()), *words[at:])
    if not rest:
        return None
    return Inner(rest, within=name + verb if row.within else "", both=row.within)


TABLE: dict[str, Row] = {
    "nohup": Row(),
    "setsid": Row(),
    "unbuffer": Row(),
    "chronic": Row(),
    "eatmydata": Row(),
    "catchsegv": Row(),
    "caffeinate": Row(names("-t -w")),
    "winpty": Row(),
    "fakeroot": Row(names("-l --lib --faked -s -i -b")),
    "dumb-init": Row(names("-r --rewrite")),
    "tini": Row(names("-p -e")),
    "builtin": Row(),
    "time": Row(names("-f --format -o --output")),
    "nice": Row(names("-n --adjustment")),
    "ionice": Row(names("-c --class -n --classdata -p --pid")),
    "chrt": Row(names("-T -P -D -p"), 1),
    "taskset": Row(frozenset(), 1),
    "timeout": Row(names("-k --kill-after -s --signal"), 1),
    "gtimeout": Row(names("-k --kill-after -s --signal"), 1),
    "stdbuf": Row(names("-i --input -o --output -e --error")),
    "flock": Row(names("-w --timeout --wait -E --conflict-exit-code -c --command"), 1),
    "setarch": Row(frozenset(), 1),
    "linux32": Row(),
    "linux64": Row(),
    "xvfb-run": Row(
        names("-e --error-file -f --auth-file -n --server-num -p --xauth-protocol -s --server-args -w --wait")
    ),
    "strace": Row(names("-e -o -p -s -u -E -P -O -S -a -b -I")),
    "setpriv": Row(names("--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits")),
    "poetry": Row(names("-C --directory -P --project"), verbs=names("run"), within=True),
    "pipenv": Row(names("--python"), verbs=names("run"), within=True),
    "pdm": Row(names("-c --config"), verbs=names("run"), after=names("-p --project -s --site-packages"), within=True),
    "rye": Row(verbs=names("run"), after=names("--pyproject"), within=True),
    "pixi": Row(
        names("--color"),
        verbs=names("run"),
        after=names("-e --environment --manifest-path --color -x"),
        within=True,
    ),
    "pyenv": Row(verbs=names("exec"), within=True),
    "rbenv": Row(verbs=names("exec")),
    "bundle": Row(verbs=names("exec")),
    "direnv": Row(verbs=names("exec"), operands=1),
    "mise": Row(verbs=names("exec x"), after=names("-c --command -j --jobs"), dashes=True, within=True),
    "coverage": Row(
        verbs=names("run"),
        after=names("--rcfile --source --omit --include --concurrency --context --data-file -m --module"),
    ),
    "dotenv": Row(names("-f --file -q --quote -e --export"), verbs=names("run")),
    "op": Row(names("--account --config"), verbs=names("run"), after=names("--env-file"), dashes=True),
    "doppler": Row(verbs=names("run"), dashes=True),
    "infisical": Row(verbs=names("run"), dashes=True),
    "aws-vault": Row(verbs=names("exec"), dashes=True),
    "chamber": Row(verbs=names("exec"), dashes=True),
}

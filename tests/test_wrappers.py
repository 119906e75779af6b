"""Wrappers: what is inside them, who runs it, where, and that the wrapper's own words are not taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_audit import commands
from ci_audit.commands import ShellState
from ci_audit.model import Command, Word
from ci_audit.source import UNKNOWN, MappedText, Source
from ci_audit.wrappers import TABLE, programs, unwrap

HOME = "/home/runner"


def run(text: str, user: str = "") -> list[Command]:
    source = Source("ci.yml", text)
    state = ShellState({}, "$WORKSPACE", user, HOME)
    return commands.read(MappedText.of(source, 0, len(text)), state, shell="bash", order=0)[0]


def shown(command: Command) -> str:
    return " ".join(word.text for word in command.words).replace(UNKNOWN, "?")


PLAIN = {
    "sudo": "sudo x y",
    "sudo with a user": "sudo -u bob x y",
    "sudo with joined options": "sudo -EHu bob x y",
    "sudo with a user behind =": "sudo --user=bob x y",
    "sudo with the end of options": "sudo -H -- x y",
    "sudo with variables": "sudo A=b x y",
    "sudo by path": "/usr/bin/sudo x y",
    "doas": "doas -u bob x y",
    "env": "env A=b C= x y",
    "env with options": "env -u A --unset B -C d -i x y",
    "env by path": "/usr/bin/env x y",
    "env with a string": "env -S 'A=b x y'",
    "command": "command x y",
    "command with the default path": "command -p x y",
    "builtin": "builtin x y",
    "exec": "exec -a name x y",
    "keyword time": "time -p x y",
    "program time": "/usr/bin/time -f %E -o f x y",
    "nice": "nice -n 10 x y",
    "nice with a number": "nice -10 x y",
    "ionice": "ionice -c2 -n 7 x y",
    "nohup": "nohup x y",
    "setsid": "setsid x y",
    "timeout": "timeout 10m x y",
    "timeout with options": "timeout -k 5 --signal=KILL --preserve-status 10 x y",
    "stdbuf": "stdbuf -oL -e 0 x y",
    "xvfb-run": "xvfb-run -a -s '-screen 0' x y",
    "flock": "flock -w 9 f x y",
    "taskset": "taskset -c 0 x y",
    "strace": "strace -f -o f x y",
    "retry": "retry x y",
    "retry with a number": "retry 3 x y",
    "retry with options": "retry -t 3 --delay 5 -- x y",
    "travis_retry": "travis_retry x y",
    "travis_wait": "travis_wait x y",
    "travis_wait with minutes": "travis_wait 30 x y",
    "su with a user last": "su -c 'x y' bob",
    "su with a user first": "su bob -c 'x y'",
    "su with a login": "su - bob -c 'x y'",
    "su with joined options": "su -lc 'x y' bob",
    "su with =": "su bob --command='x y'",
    "su with a shell": "su -s /bin/bash -c 'x y' bob",
    "runuser": "runuser -u bob -- x y",
    "runuser without the end of options": "runuser -u bob x y",
    "runuser with a login": "runuser -l bob -c 'x y'",
    "gosu": "gosu bob:staff x y",
    "su-exec": "su-exec bob x y",
    "bash": "bash -c 'x y'",
    "sh": "sh -c 'x y'",
    "zsh by path": "/bin/zsh -c 'x y'",
    "bash as a login": "bash -lc 'x y'",
    "bash with joined options": "bash -exc 'x y'",
    "bash with c first": "bash -ceu 'x y'",
    "bash with an option that has a value": "bash -eo pipefail -c 'x y'",
    "bash with long options": "bash --login --rcfile f -c 'x y'",
    "bash with options behind c": "bash -c -e 'x y'",
    "bash with arguments": "bash -c 'x y' name arg",
    "bash without options": "bash <<< 'x y'",
    "bash of standard input": "bash -s -- a <<< 'x y'",
    "eval": "eval 'x y'",
    "eval of words": "eval x y",
    "script": "script -qec 'x y' /dev/null",
    "python -m": "coverage run -m y",
    "direnv": "direnv exec . x y",
    "dotenv": "dotenv -f .env run -- x y",
    "op": "op run --env-file=.env -- x y",
    "doppler": "doppler run -c ci -- x y",
    "aws-vault": "aws-vault exec profile --no-session -- x y",
    "nix develop": "nix develop .#ci -c x y",
    "nix-shell": "nix-shell -p git --run 'x y'",
    "bundle": "bundle exec x y",
    "wrappers of wrappers": "sudo -E env A=b nice timeout 5 bash -c 'time x y'",
    "pwsh": "pwsh -NoProfile -Command 'x y'",
    "cmd": "cmd /c x y",
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_only_the_inner_command_is_given(text: str) -> None:
    [command] = run(text)
    assert shown(command) == ("python -m y" if text.startswith("coverage") else "x y")
    assert (command.elsewhere, command.within) == ("", "")


WITHIN = {
    "uv run": ("uv run x y", "x y", "uv run"),
    "uv run with options": ("uv --project p run --with 'a b' -p 3.12 --frozen --group=d x y", "x y", "uv run"),
    "uv run with the end of options": ("uv run -- x y", "x y", "uv run"),
    "uv run of a module": ("uv run --with a -m x -q", "python -m x -q", "uv run"),
    "uv run through python": ("python -m uv run x y", "x y", "uv run"),
    "poetry": ("poetry run x y", "x y", "poetry run"),
    "poetry in a directory": ("poetry -C d run x y", "x y", "poetry run"),
    "pipenv": ("pipenv run x y", "x y", "pipenv run"),
    "pipenv through python": ("python3 -m pipenv run x y", "x y", "pipenv run"),
    "pdm": ("pdm run -p d x y", "x y", "pdm run"),
    "hatch": ("hatch run x y", "x y", "hatch run"),
    "hatch with an environment": ("hatch run test:x y", "x y", "hatch run"),
    "hatch with an environment before": ("hatch -e test run x y", "x y", "hatch run"),
    "hatch env run": ("hatch env run -e test -- x y", "x y", "hatch run"),
    "rye": ("rye run x y", "x y", "rye run"),
    "pixi": ("pixi run -e test x y", "x y", "pixi run"),
    "conda": ("conda run -n e --no-capture-output x y", "x y", "conda run"),
    "mamba": ("mamba run -n e x y", "x y", "mamba run"),
    "micromamba": ("micromamba -r /m run -n e x y", "x y", "micromamba run"),
    "wrapped": ("sudo timeout 9 uv run bash -c 'x y'", "x y", "uv run"),
}


@pytest.mark.parametrize(("text", "inner", "within"), WITHIN.values(), ids=WITHIN)
def test_both_the_wrapper_and_the_inner_command_are_given(text: str, inner: str, within: str) -> None:
    outer, command = run(text)
    assert (shown(command), command.within) == (inner, within)
    assert outer.within == ""
    assert any(word.text == "run" for word in outer.words)


def test_the_command_after_one_in_an_environment_is_outside_it() -> None:
    assert [command.within for command in run("uv run x; y")] == ["", "uv run", ""]
    assert [command.elsewhere for command in run("ssh h x; y")][1] == ""


def test_name_of_the_command_without_the_environment_of_hatch() -> None:
    command = run("hatch run test:x y")[1]
    assert command.where_of(command.words[0]).text == "x"


ELSEWHERE = {
    "docker run": ("docker run img x y", "in a container started by `docker run`"),
    "docker run with options": (
        "docker run --rm -it -v $PWD:/w -w /w -eA=b --env B=c --name n --network=host -p 80:80 img:1 x y",
        "in a container started by `docker run`",
    ),
    "docker run with a shell": ("docker run --rm img bash -exc 'x y'", "in a container started by `docker run`"),
    "docker run with an entry point": (
        "docker run --entrypoint bash img -c 'x y'",
        "in a container started by `docker run`",
    ),
    "docker run with global options": ("docker -H h --context c run img x y", "in a container started by `docker run`"),
    "docker container run": ("docker container run img x y", "in a container started by `docker run`"),
    "docker exec": ("docker exec -it -u root -w /w c x y", "in a container entered by `docker exec`"),
    "docker exec of a here-document": ("docker exec -i c sh <<'E'\nx y\nE", "in a container entered by `docker exec`"),
    "docker compose run": (
        "docker compose -f a.yml -f b.yml --profile p run --rm -T -e A=b web x y",
        "in a container started by `docker compose run`",
    ),
    "docker compose exec": ("docker compose exec -T web x y", "in a container entered by `docker compose exec`"),
    "docker-compose": ("docker-compose run web sh -c 'x y'", "in a container started by `docker-compose run`"),
    "podman": ("podman run --replace --userns keep-id img x y", "in a container started by `podman run`"),
    "nerdctl": ("nerdctl run img x y", "in a container started by `nerdctl run`"),
    "sudo docker": ("sudo docker run img x y", "in a container started by `docker run`"),
    "sudo in docker": ("docker run img sudo x y", "in a container started by `docker run`"),
    "ssh": ("ssh host x y", "on another machine, over `ssh`"),
    "ssh with options": ("ssh -i k -o A=b -p22 user@host 'x y'", "on another machine, over `ssh`"),
    "ssh with options behind the host": ("ssh host -p 22 x y", "on another machine, over `ssh`"),
    "ssh with a here-document": ("ssh host <<E\nx y\nE", "on another machine, over `ssh`"),
    "kubectl exec": ("kubectl -n a exec -it pod -c c -- x y", "in a container entered by `kubectl exec`"),
    "kubectl exec without the end of options": ("kubectl exec pod x y", "in a container entered by `kubectl exec`"),
    "kubectl run": ("kubectl run p --image=img -- x y", "in a container entered by `kubectl run`"),
    "lxc": ("lxc exec name -- x y", "in a container entered by `lxc exec`"),
    "vagrant": ("vagrant ssh -c 'x y'", "on another machine, over `vagrant ssh`"),
    "wsl": ("wsl -d Ubuntu -- x y", "in WSL"),
    "chroot": ("chroot --userspec=u /r x y", "in a `chroot`"),
}


@pytest.mark.parametrize(("text", "elsewhere"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_the_inner_command_runs_elsewhere(text: str, elsewhere: str) -> None:
    [command] = run("export OUTER=1; cd d; " + text)
    assert shown(command) == "x y"
    assert command.elsewhere == elsewhere
    assert "OUTER" not in command.env
    assert command.home in ("~", "/root")
    assert command.cwd in ("/w", UNKNOWN)


OUTER = {
    "sudo that lists": "sudo -l",
    "sudo without a command": "sudo A=b",
    "env without a command": "env",
    "command that looks up": "command -v x",
    "pwsh with a file": "pwsh -File a.ps1 -c x",
    "bash with a file": "bash install.sh",
    "bash without input": "bash",
    "docker run with the image's own command": "docker run --rm img",
    "docker build": "docker build -t x .",
    "docker compose up": "docker compose up x",
    "uv that installs": "uv pip install x",
    "uv run of standard input": "uv run -",
    "poetry that installs": "poetry install",
    "hatch that builds": "hatch build",
    "conda that installs": "conda install x",
    "coverage of a report": "coverage report -m",
    "nix that builds": "nix build .#x",
    "find that only looks": "find . -name x",
    "ssh without a command": "ssh host",
    "kubectl that applies": "kubectl apply -f x",
    "hatch without a command": "hatch run",
    "su with the end of options": "su bob -- x",
    "kubectl run with arguments": "kubectl run p --image=i x",
    "docker compose": "docker compose",
    "uvx": "uvx x y",
    "tox": "tox -e x",
    "nox": "nox -s x",
    "python -m": "python -m pip install x",
    "retry without a command": "retry",
    "xargs without a command": "xargs -n 1",
    "su without a command": "su bob",
    "timeout without a command": "timeout 5",
}


@pytest.mark.parametrize("text", OUTER.values(), ids=OUTER)
def test_what_runs_no_other_command_is_given_as_it_is(text: str) -> None:
    assert [shown(command) for command in run(text)] == [text]


USERS = {
    "none": ("x", "", HOME),
    "sudo": ("sudo x", "root", HOME),
    "sudo with the user's home": ("sudo -H x", "root", "/root"),
    "sudo with a login": ("sudo -i x", "root", "/root"),
    "sudo as another": ("sudo -u bob x", "bob", HOME),
    "sudo as another with that one's home": ("sudo -Hu bob x", "bob", UNKNOWN),
    "sudo as a number": ("sudo -u '#0' x", "root", HOME),
    "sudo as somebody": ("sudo -u $U x", UNKNOWN, HOME),
    "su": ("su -c x", "root", "/root"),
    "su with arguments": ("su bob -c x y", "bob", UNKNOWN),
    "su to another": ("su bob -c x", "bob", UNKNOWN),
    "su that keeps the environment": ("su -m bob -c x", "bob", HOME),
    "doas": ("doas x", "root", "/root"),
    "gosu": ("gosu root x", "root", "/root"),
    "an unknown prefix": ("$SUDO pip install x", UNKNOWN, UNKNOWN),
    "in a container": ("docker run -u 1000:1000 img x", "1000", "~"),
}


@pytest.mark.parametrize(("text", "user", "home"), USERS.values(), ids=USERS)
def test_user(text: str, user: str, home: str) -> None:
    [command] = run(text)
    assert (command.user, command.home) == (user, home)


def test_root_on_macos() -> None:
    source = Source("x", "sudo -H x")
    state = ShellState({}, "$WORKSPACE", "", "/Users/runner")
    [command] = commands.read(MappedText.of(source, 0, 9), state, shell="bash", order=0)[0]
    assert command.home == "/var/root"


def test_root_in_a_home_that_is_not_its_own() -> None:
    assert [command.home for command in run("sudo -H x; sudo x", "root")] == ["/root", HOME]


ADDED = {
    "xargs": ("xargs x -y", ["x -y ?"]),
    "xargs with options": ("xargs -0 -n1 -P 4 -r x", ["x ?"]),
    "xargs with a place": ("xargs -I{} x a={} b", ["x a=? b"]),
    "xargs with another place": ("xargs -I % x % b", ["x ? b"]),
    "xargs with the old place": ("xargs -i x {} b", ["x ? b"]),
    "xargs of a shell": ("xargs -I{} sh -c 'x; y'", ["x", "y"]),
    "find": ("find . -name a -exec x -r {} ';'", ["find . -name a -exec x -r {} ;", "x -r ?"]),
    "find of all": (r"find . -exec x {} +", ["find . -exec x {} +", "x ?"]),
    "find with an escape": ("find . -exec x {} \\; -print", ["find . -exec x {} ; -print", "x ?"]),
    "parallel": ("parallel -j 2 x ::: a b", ["x ?"]),
    "parallel with a place": ("parallel x {} y ::: a b", ["x ? y"]),
}


@pytest.mark.parametrize(("text", "expected"), ADDED.values(), ids=ADDED)
def test_words_that_come_from_elsewhere(text: str, expected: list[str]) -> None:
    assert [shown(command) for command in run(text)] == expected


VIRTUALENVS = {
    "by name": ("conda run -n e x", UNKNOWN + "/envs/e"),
    "by path": ("conda run -p ./e x", "$WORKSPACE/e"),
    "by path before": ("micromamba -p /e run x", "/e"),
    "none": ("conda run x", "$WORKSPACE/v"),
    "of another program": ("poetry run x", "$WORKSPACE/v"),
    "container": ("docker run img x", ""),
}


@pytest.mark.parametrize(("text", "expected"), VIRTUALENVS.values(), ids=VIRTUALENVS)
def test_virtualenv(text: str, expected: str) -> None:
    assert run(". v/bin/activate; " + text)[-1].virtualenv == expected


WRAPPERS = sorted({*TABLE, *programs(), "python", "x"})
OPTIONS = ["-c", "-u", "-E", "-n", "--", "-", "--env", "-e", "-it", "-m", "--user=a", "-lc", "/c", "-I", "+o", UNKNOWN]
WORDS = st.sampled_from([*WRAPPERS, *OPTIONS, "run", "exec", "ssh", "compose", "img", "A=b", "{}", ";", ":::", "", "1"])


@given(st.sampled_from(WRAPPERS), st.lists(WORDS, max_size=8))
def test_any_words_are_unwrapped(program: str, rest: list[str]) -> None:
    words = tuple(Word(text, at, at + 1) for at, text in enumerate([program, *rest]))
    inner = unwrap(words)
    if inner is None:
        return
    assert bool(inner.words) + bool(inner.script) + inner.stdin == 1
    for word in (*inner.words, *inner.script):
        assert 0 <= word.start <= word.end <= len(words)
    for name, _, word in inner.settings:
        assert name
        assert word in words

"""Wrappers whose command runs on another machine: in a container, over `ssh`, in a virtual machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ci_audit.model import Word
from ci_audit.source import UNKNOWN
from ci_audit.wrappers.inner import Inner, Options, assignment, names, program, user_name

_CONTAINER_RUN_FLAGS = names(
    "-d --detach --disable-content-trust --init -i --interactive --no-healthcheck --oom-kill-disable --privileged -P"
    " --publish-all -q --quiet --read-only --rm --sig-proxy -t --tty --help --replace --rmi --no-hosts --no-hostname"
    " --env-host --http-proxy --passwd --read-only-tmpfs --rootfs --unsetenv-all --use-api-socket --tls-verify"
)
_CONTAINER_EXEC = names("-e --env --env-file -u --user -w --workdir --detach-keys --index --preserve-fds")
_CONTAINER_GLOBAL = names(
    "-c --context --config -H --host -l --log-level --tlscacert --tlscert --tlskey --connection --identity --url"
    " --root --runroot --storage-driver --storage-opt --log-driver -n --namespace -a --address --cgroup-manager"
)
_COMPOSE_GLOBAL = names(
    "-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress -c --context"
    " -H --host -l --log-level --tlscacert --tlscert --tlskey"
)
_COMPOSE_RUN = names(
    "-e --env --env-from-file --entrypoint -l --label --name -p --publish -u --user -v --volume -w --workdir --cap-add"
    " --cap-drop --pull --index"
)


def _container(words: Sequence[Word]) -> Inner | None:
    tool = program(words[0].text)
    at = Options(words, 1, _CONTAINER_GLOBAL).at
    if at < len(words) and words[at].text == "compose":
        return _compose_verb(f"{tool} compose", words, at + 1)
    if at < len(words) and words[at].text == "container":
        at += 1
    if at >= len(words):
        return None
    verb = words[at].text
    if verb == "run":
        options = Options(words, at + 1, frozenset(), _CONTAINER_RUN_FLAGS)
        return _in_container(options, f"in a container started by `{tool} run`")
    if verb == "exec":
        options = Options(words, at + 1, _CONTAINER_EXEC)
        return _in_container(options, f"in a container entered by `{tool} exec`")
    return None


def _compose(words: Sequence[Word]) -> Inner | None:
    return _compose_verb(program(words[0].text), words, 1)


def _compose_verb(tool: str, words: Sequence[Word], at: int) -> Inner | None:
    at = Options(words, at, _COMPOSE_GLOBAL).at
    if at >= len(words) or words[at].text not in ("run", "exec"):
        return None
    verb = words[at].text
    options = Options(words, at + 1, _COMPOSE_RUN)
    how = "started" if verb == "run" else "entered"
    return _in_container(options, f"in a container {how} by `{tool} {verb}`")


def _in_container(options: Options, elsewhere: str) -> Inner | None:
    rest = options.rest[1:]
    entrypoint = next((word for name, _, word in options.found if name == "--entrypoint"), None)
    if entrypoint is not None:
        text = options.value("--entrypoint")
        if text:
            rest = (Word(text, entrypoint.start, entrypoint.end), *rest)
    if not rest:
        return None
    settings = []
    for name, value, word in options.found:
        if name in ("-e", "--env"):
            match = assignment(value)
            if match is not None:
                settings.append((match[1], match[2], word))
    user = options.value("-u", "--user")
    return Inner(
        rest,
        settings=tuple(settings),
        user=user_name(user) if user else "",
        cwd=options.value("-w", "--workdir") or UNKNOWN,
        virtualenv="",
        elsewhere=elsewhere,
    )


def _away(elsewhere: str, words: tuple[Word, ...] = (), script: tuple[Word, ...] = (), stdin: bool = False) -> Inner:
    return Inner(words, script, stdin=stdin, user="", cwd=UNKNOWN, virtualenv="", elsewhere=elsewhere)


def _ssh(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, names("-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w"))
    rest = options.rest
    if not rest:
        return None
    script = Options(rest, 1, names("-i -l -o -p")).rest
    return _away("on another machine, over `ssh`", script=script, stdin=not script)


def _kubectl(words: Sequence[Word]) -> Inner | None:
    """Read `kubectl exec` and `run`; without `--` the command follows the pod."""
    tool = program(words[0].text)
    at = Options(words, 1, _KUBECTL).at
    if at >= len(words) or words[at].text not in ("exec", "run"):
        return None
    elsewhere = f"in a container entered by `{tool} {words[at].text}`"
    verb = at
    for at in range(verb + 1, len(words)):
        if words[at].text == "--":
            rest = tuple(words[at + 1 :])
            return _away(elsewhere, rest) if rest else None
    rest = Options(words, verb + 1, _KUBECTL).rest[1:]
    return _away(elsewhere, rest) if rest and words[verb].text == "exec" else None


_KUBECTL = names(
    "-n --namespace --context --kubeconfig --cluster --user -c --container -s --server --token -f --filename"
    " --pod-running-timeout --image --overrides --restart --env -l --labels"
)


def _lxc(words: Sequence[Word]) -> Inner | None:
    """Read programs of the form `tool exec|shell NAME [--] command`."""
    tool = program(words[0].text)
    if len(words) < 4 or words[1].text not in ("exec", "shell", "run", "enter"):
        return None
    options = Options(words, 2, names("--env --user --group --cwd --mode --project --bind -B --pwd --name -n"))
    rest = tuple(words[options.at + 1 :])
    for at, word in enumerate(words):
        if word.text == "--":
            rest = tuple(words[at + 1 :])
            break
    return _away(f"in a container entered by `{tool} {words[1].text}`", rest) if rest else None


def _vagrant(words: Sequence[Word]) -> Inner | None:
    if len(words) > 1 and words[1].text == "ssh":
        for at, word in enumerate(words):
            if word.text in ("-c", "--command") and at + 1 < len(words):
                return _away("on another machine, over `vagrant ssh`", script=(words[at + 1],))
    return None


def _wsl(words: Sequence[Word]) -> Inner | None:
    options = Options(words, 1, names("-d --distribution -u --user --cd --shell-type"), long_single=True)
    rest = options.rest
    if rest and rest[0].text in ("-e", "--exec", "--"):
        rest = rest[1:]
    return _away("in WSL", rest) if rest else None


def _chroot(words: Sequence[Word]) -> Inner | None:
    rest = Options(words, 1, names("--userspec --groups")).rest[1:]
    return _away("in a `chroot`", rest) if rest else None


UNWRAP: dict[str, Callable[[Sequence[Word]], Inner | None]] = {
    **dict.fromkeys(("docker", "podman", "nerdctl"), _container),
    **dict.fromkeys(("docker-compose", "podman-compose"), _compose),
    "ssh": _ssh,
    **dict.fromkeys(("kubectl", "oc"), _kubectl),
    **dict.fromkeys(("lxc", "incus", "multipass", "singularity", "apptainer", "limactl", "distrobox"), _lxc),
    "vagrant": _vagrant,
    "wsl": _wsl,
    "chroot": _chroot,
}
"""By the name of the program."""

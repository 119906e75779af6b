"""Who runs a RUN, where that user's home is, and what such a user may write to."""

from __future__ import annotations

from ci_audit.model import UNKNOWN, Command, Step
from ci_audit.typed import NamedTuple

ROOT = frozenset(("root", "0"))


class User(NamedTuple):
    """What a file tells about a user that it makes: the number and the home directory, "" where it does not say."""

    number: str
    home: str


_WITH_VALUE = frozenset(
    "-u --uid -d --home --home-dir -h -s --shell -g --gid -G --groups --ingroup -c --comment --gecos -k --skel"
    " -b --base-dir -p --password -e -f -K".split()
)


def made_by(command: Command) -> tuple[str, User] | None:
    """Read a `useradd` or `adduser`; None for any other command, or when the name is not known."""
    program = command.words[0].text.rsplit("/", 1)[-1]
    if program not in ("useradd", "adduser"):
        return None
    number = home = ""
    names = []
    words = iter(command.words[1:])
    for word in words:
        option, equals, value = word.text.partition("=")
        if not option.startswith("-"):
            names.append(word.text)
            continue
        if option in _WITH_VALUE and not equals:
            following = next(words, None)
            value = following.text if following is not None else ""
        if option in ("-u", "--uid"):
            number = value
        elif option in ("-d", "--home", "--home-dir") or (option == "-h" and program == "adduser"):
            home = value
    # `adduser NAME GROUP` adds a user that is there to a group.
    if len(names) != 1 or UNKNOWN in names[0]:
        return None
    if UNKNOWN in number:
        number = ""
    return names[0], User(number, home or f"/home/{names[0]}")


class Users:
    """The users that a file makes."""

    __slots__ = ("_homes", "names")

    def __init__(self) -> None:
        self.names: dict[str, User] = {}
        self._homes: dict[str, str] = {}
        """By number; of several users with one number the first counts."""

    def copy(self) -> Users:
        other = Users()
        other.names = dict(self.names)
        other._homes = dict(self._homes)
        return other

    def add(self, name: str, user: User) -> None:
        self.names[name] = user
        if user.number:
            self._homes.setdefault(user.number, user.home)

    def home_of(self, user: str) -> str:
        """Tell the home directory of the user that USER names; UNKNOWN where the image decides it."""
        if user in ROOT:
            return "/root"
        made = self.names.get(user)
        return made.home if made is not None else self._homes.get(user, UNKNOWN)


_ROOT_ONLY = frozenset(("apt", "apk", "dnf", "yum", "microdnf", "zypper"))


def needs_root(step: Step) -> bool:
    """Tell whether a RUN installs packages of the distribution by itself, which the others may not."""
    return any(
        install.manager in _ROOT_ONLY
        and not install.command.user
        and not install.command.conditional
        and install.network.value is not False
        for install in step.installs
    )


def may_write(user: str, made: dict[str, User], owner: str, mode: str) -> bool | None:
    """Tell whether a user may write to a mount with this `uid` ("" is root) and mode; None if it cannot be told."""
    if UNKNOWN in user or UNKNOWN in owner or UNKNOWN in mode or not user:
        return None
    if user in ROOT:
        return True
    if mode and mode[-1:] in "2367":
        return True
    if owner in ("", "0"):
        return False
    number = user if user.isdigit() else (made[user].number if user in made else "")
    return number == owner if number else None

"""What moving references stand for: from a mapping of the user's and, when asked for, from the network."""

from __future__ import annotations

from ci_audit.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from ci_audit.config import Config
    from ci_audit.remedies import Pins
    from ci_audit.repository import Repository

__all__ = ["Known", "from_settings"]


def from_settings(config: Config, repository: Repository, pins_file: str | None, online: bool) -> Known | None:
    """Put together what the settings give: the file before the configuration, the network last; None for nothing.

    Raises ConfigError when the file or the table cannot be used. Answers of the network are not kept below the root of
    the repository.
    """
    from ci_audit.pins.mapping import Mapped, checked, read

    mapped = dict(checked(dict(config.pins), f"{config.path}: `pins`"))
    if pins_file:
        mapped.update(read(pins_file))
    sources: list[Pins] = [Mapped(mapped)] if mapped else []
    problems: list[str] = []
    if online:
        from ci_audit.pins.online import Online
        from ci_audit.pins.store import Store
        from ci_audit.pins.transport import Transport

        sources.append(Online(Transport(config.online_hosts), Store(outside=repository.root), problems))
    return Known(tuple(sources), problems) if sources else None


class Known:
    """Several sources of pins asked in turn; the reason of the last one is given when none knows.

    `problems` holds a line for each thing that could not be resolved over the network.
    """

    def __init__(self, sources: tuple[Pins, ...], problems: list[str] | None = None) -> None:
        self.sources = sources
        self.problems = [] if problems is None else problems

    def action(self, name: str, ref: str) -> tuple[str, str] | str:
        """Give commit and version of an action's tag or branch, or why there is none."""
        answer: tuple[str, str] | str = ""
        for source in self.sources:
            answer = source.action(name, ref)
            if isinstance(answer, tuple):
                return answer
        return answer

    def image(self, reference: str) -> str:
        """Give the digest of an image, `sha256:…`, or why there is none."""
        answer = ""
        for source in self.sources:
            answer = source.image(reference)
            if answer.startswith("sha256:"):
                return answer
        return answer

    def package(self, ecosystem: str, name: str, specifier: str) -> tuple[str, str] | str:
        """Give the version of a package and where it comes from, or why there is none."""
        answer: tuple[str, str] | str = ""
        for source in self.sources:
            answer = source.package(ecosystem, name, specifier)
            if isinstance(answer, tuple):
                return answer
        return answer

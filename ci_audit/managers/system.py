"""What the package managers of Linux distributions have in common: their caching is judged in image builds only."""

from __future__ import annotations

from ci_audit.managers.protocol import Invocation
from ci_audit.model import Answer, Directory, Install, Package, Switch


def system_install(
    call: Invocation,
    manager: str,
    verb: str,
    network: Answer,
    downloads: tuple[Directory, ...],
    packages: tuple[Package, ...],
    *,
    switch: Switch | None = None,
    gap: str = "",
) -> Install:
    return Install(
        call.command,
        manager,
        verb,
        network,
        "the distribution's repositories",
        downloads,
        switch=switch,
        packages=packages,
        ecosystem="system",
        places=("build",),
        gap=gap,
    )

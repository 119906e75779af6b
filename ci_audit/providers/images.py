"""Image references, the same for every provider."""

from __future__ import annotations


def split_reference(reference: str) -> tuple[str, str, str]:
    """Split an image reference into name, tag and digest; a part that is not there is empty."""
    rest, _, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return head + slash + name, tag, digest


def runs_as_root(name: str) -> bool:
    """Tell whether an image, named without tag, is known to run as root; of others only their makers know."""
    from ci_audit.data.runners import DATA

    name = name.removeprefix("docker.io/")
    for pattern in DATA["root_images"]:
        # A plain `*` stands for Docker's official images, whose names have no slash.
        if pattern == "*":
            if "/" not in name:
                return True
        elif name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern:
            return True
    return False

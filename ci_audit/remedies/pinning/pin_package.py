"""Give a package on a command line the version that the repository's own files or a source of pins name for it."""

from __future__ import annotations

import re

from ci_audit.editing import Rewrite
from ci_audit.facts.packages import PackageNode
from ci_audit.model import UNKNOWN
from ci_audit.pep508 import normalise_name
from ci_audit.pins import locks
from ci_audit.remedies import FileChange, Place, Remedy, Request, Skipped
from ci_audit.typed import cast

_VERSION = r"[A-Za-z0-9][\w.+!-]*\Z"


def remedy(request: Request) -> Remedy | Skipped:
    """Write the version in the package's own word, when all that run it would get the same one."""
    first = cast(PackageNode, request.places[0].node)
    if first.package.tool_upgrade:
        return Skipped("it is meant to bring the newest installer")
    if first.package.from_file or not _is_editable(request):
        return Skipped(f"it is named in `{request.where.source.path}`, which is not a file of the pipeline")
    text = request.where.text
    if "://" in text or text.startswith("git+"):
        return Skipped("it comes from an address, where no version names it")
    quote = text[0] if text[:1] in ("'", '"') and len(text) > 1 and text[-1] == text[0] else ""
    inner = text[1:-1] if quote else text
    answers: dict[tuple[str, str, str], None] = {}
    for place in request.places:
        node = cast(PackageNode, place.node)
        found = _version(request, place, node)
        if isinstance(found, Skipped):
            return found
        from ci_audit.remedies.pinning.spelling import spelled

        version, origin = found
        written = spelled(node, inner, version)
        if isinstance(written, Skipped):
            return written
        answers[version, origin, written] = None
    if len({(version, written) for version, _, written in answers}) > 1:
        return Skipped("the jobs that share it need different versions")
    version, origin, written = next(iter(answers))
    change = Rewrite(request.where.start, request.where.end, f"{quote}{written}{quote}")
    return Remedy(
        f"Install `{first.package.name}` {version}",
        "unsafe",
        (FileChange(request.where.source.path, (change,)),),
        f"{version} is what {origin} names; the job may have used another",
    )


def _is_editable(request: Request) -> bool:
    source = request.where.source
    if request.provider == "dockerfile":
        return all(place.context.pipeline.source.path == source.path for place in request.places)
    return source.path.endswith((".yml", ".yaml"))


def _version(request: Request, place: Place, node: PackageNode) -> tuple[str, str] | Skipped:
    package = node.package
    shown = f"`{package.name}`"
    specifier = package.specifier if package.ecosystem == "pypi" and not package.specifier.startswith("@") else ""
    found = _locked(request, place, node) if package.ecosystem == "pypi" else {}
    if len(found) > 1:
        said = " and ".join(f"{version} in `{path}`" for version, path in sorted(found.items())[:2])
        return Skipped(f"the repository names several versions of {shown}: {said}")
    if found:
        version, path = next(iter(found.items()))
        origin = f"`{path}`"
    else:
        if request.options.pins is None:
            means = "--online or --pins" if package.ecosystem == "pypi" else "--pins"
            return Skipped(f"no file of the repository names a version of {shown}; use {means}")
        answer = request.options.pins.package(package.ecosystem, package.name, specifier)
        if isinstance(answer, str):
            return Skipped(f"no version is known for {shown}: {answer}")
        version, origin = answer
    if not re.match(_VERSION, version):
        return Skipped(f"`{version}` of {shown} is not one version")
    if specifier and not _is_allowed(version, specifier):
        return Skipped(f"`{specifier}` is not known to allow {version}, which {origin} names")
    return version, origin


def _is_allowed(version: str, specifier: str) -> bool:
    from ci_audit.pins.versions import satisfies

    return bool(satisfies(version, specifier))


def _locked(request: Request, place: Place, node: PackageNode) -> dict[str, str]:
    uses = [use.path for use in node.install.files if use.kind in ("requirements", "constraints", "lock")]
    paths = dict.fromkeys(path for path in uses if UNKNOWN not in path and not path.startswith(("/", "~")))
    paths.update(dict.fromkeys(locks.files(request.repository, _folders(place, node))))
    return locks.versions(request.repository, paths, normalise_name(node.package.name))


def _folders(place: Place, node: PackageNode) -> tuple[str, ...]:
    """List the folder that the command runs in and those above it, up to the root of the repository."""
    cwd = node.install.command.cwd
    folder = ""
    if cwd.startswith("$WORKSPACE/"):
        folder = cwd.partition("/")[2]
    elif place.context.pipeline.provider == "dockerfile":
        # In an image the checkout lies elsewhere; what it is built from is most likely beside the Dockerfile.
        folder = place.context.pipeline.source.path.rpartition("/")[0]
    if UNKNOWN in folder:
        folder = ""
    parts = folder.split("/") if folder else []
    return tuple("/".join(parts[:count]) for count in range(len(parts), -1, -1))

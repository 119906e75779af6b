"""What builds the images of a repository, as far as its CI and build files tell: BuildKit or the classic builder."""

from __future__ import annotations

import re

from ci_audit.patterns import regex
from ci_audit.repository import Repository
from ci_audit.typed import NamedTuple


class Builders(NamedTuple):
    """Why images are known to be built by something that reads `RUN --mount`, and why by something that does not."""

    reads_mounts: str = ""
    refuses_mounts: str = ""


_MODERN = regex(
    r"\b(?P<action>docker/(?:build-push-action|bake-action|setup-buildx-action))@"
    r"|\b(?P<command>docker buildx (?:build|bake)|podman build|buildah (?:bud|build))\b"
    r"|\b(?P<switch>DOCKER_BUILDKIT[\"']?\s*[:=]\s*[\"']?(?:1|true))\b"
)
_CLASSIC = regex(
    r"(?P<switch>\bDOCKER_BUILDKIT[\"']?\s*[:=]\s*[\"']?(?:0|false)\b)"
    r"|(?P<kaniko>/kaniko/executor\b|\bkaniko-project/executor\b|\bkaniko/executor\b)"
)
_COMMENT = regex(r"^[ \t]*(?:#|//).*$", re.MULTILINE)
_NAMES = (
    *(".gitlab-ci.yml", ".gitlab-ci.yaml", ".travis.yml", ".circleci/config.yml", "azure-pipelines.yml", "Jenkinsfile"),
    *("cloudbuild.yaml", "cloudbuild.yml", ".drone.yml", "buildspec.yml", "Makefile", "justfile"),
    *("bitbucket-pipelines.yml", ".woodpecker.yml"),
)
_BAKE = ("docker-bake.hcl", "docker-bake.json")

_last: list[tuple[Repository, Builders]] = []


def builders(repository: Repository) -> Builders:
    """Tell what builds this repository's images; the answer for the latest repository is kept."""
    if not _last or _last[0][0] is not repository:
        _last[:] = [(repository, _look(repository))]
    return _last[0][1]


def _look(repository: Repository) -> Builders:
    modern = classic = ""
    for path in _BAKE:
        if repository.exists(path):
            modern = f"`{path}` is built by buildx"
    folders = [*repository.files_under(".github"), *repository.files_under(".gitlab")]
    for path in (*_NAMES, *(path for path in folders if path.endswith((".yml", ".yaml")))):
        source = repository.source(path) if repository.exists(path) else None
        if source is None:
            continue
        text = _COMMENT.sub("", source.text)
        if not classic and (found := _CLASSIC.search(text)) is not None:
            classic = f"{path} builds with kaniko" if found["kaniko"] else f"{path} turns BuildKit off"
        if not modern and (found := _MODERN.search(text)) is not None:
            modern = f"{path} builds with `{found['action'] or found['command'] or found['switch']}`"
    return Builders(modern, classic)

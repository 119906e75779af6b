"""Variables that images set which decide where downloads go.

Facts: the cache mounts that Docker's documentation shows for these official images (build/cache/optimize); official
Python images set none of pip's variables.
"""

from ci_audit.model import UNKNOWN, Env, Image, Setting

_OFFICIAL = {
    "golang": {"GOPATH": "/go"},
    "rust": {"CARGO_HOME": "/usr/local/cargo"},
    "composer": {"COMPOSER_HOME": "/tmp"},
}
_OFTEN_SET = ("GOPATH", "CARGO_HOME", "COMPOSER_HOME")
"""What images with a language in them set so often that its default is no safe guess for an image of others."""


def set_by_image(image: Image | None) -> Env:
    """Tell what the base image sets, UNKNOWN where only its makers know."""
    if image is None:
        return {}
    name = image.name.removeprefix("docker.io/").removeprefix("library/")
    if UNKNOWN not in name and "/" not in name:
        return {key: Setting(key, value) for key, value in _OFFICIAL.get(name, {}).items()}
    return {key: Setting(key, UNKNOWN) for key in _OFTEN_SET}

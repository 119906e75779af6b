"""The digest of an image, as its registry gives it (OCI distribution specification: HEAD of a manifest)."""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.parse
from hashlib import sha256

from ci_audit.pins.references import DIGEST, DOCKER_HUB
from ci_audit.pins.transport import Answer, Refused, Transport

ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_HUB_SERVER = "registry-1.docker.io"
_PARAMETER = r'(\w+)=(?:"([^"]*)"|([^\s,"]+))'


def digest(transport: Transport, registry: str, name: str, tag: str) -> str:
    """Give the digest of what a tag names now, for all platforms that it has; raises Refused."""
    server = _HUB_SERVER if registry == DOCKER_HUB else registry
    scheme = "http" if re.match(r"(?:localhost|127\.0\.0\.1)(?::\d+)?\Z", server) else "https"
    url = f"{scheme}://{server}/v2/{name}/manifests/{tag}"
    headers = {"Accept": ACCEPT}
    answer = transport.request(url, headers, method="HEAD", of_image=True)
    if answer.status == 401:
        headers["Authorization"] = _authorization(transport, answer, registry, server, name)
        answer = transport.request(url, headers, method="HEAD", of_image=True)
    if answer.status != 200:
        raise Refused(_refusal(answer, server))
    found = answer.headers.get("docker-content-digest", "")
    if not found:
        answer = transport.request(url, headers, of_image=True)
        if answer.status != 200:
            raise Refused(_refusal(answer, server))
        found = f"sha256:{sha256(answer.body).hexdigest()}"
    if not re.match(DIGEST, found):
        raise Refused(f"`{server}` gives no sha256 digest")
    return found


def _refusal(answer: Answer, server: str) -> str:
    if answer.status in (401, 403):
        return f"`{server}` lets only those in who have logged in"
    if answer.status == 404:
        return f"`{server}` has no such image"
    if answer.status == 429:
        return f"`{server}` allows no more requests for now"
    return f"`{server}` answers with status {answer.status}"


def _authorization(transport: Transport, answer: Answer, registry: str, server: str, name: str) -> str:
    """Follow the challenge of a registry: a token for pulling, anonymous or by the user's credentials."""
    challenge = answer.headers.get("www-authenticate", "")
    kind, _, rest = challenge.partition(" ")
    credentials = credentials_of(registry)
    if kind.lower() == "basic" and credentials:
        return f"Basic {credentials}"
    if kind.lower() != "bearer":
        raise Refused(_refusal(answer, server))
    given = {key.lower(): quoted or plain for key, quoted, plain in re.findall(_PARAMETER, rest)}
    realm = given.get("realm", "")
    if not _belongs(transport, realm, server):
        raise Refused(f"`{server}` sends to `{urllib.parse.urlsplit(realm).netloc}` for a token, which is not allowed")
    query = {"service": given.get("service", ""), "scope": f"repository:{name}:pull"}
    url = f"{realm}{'&' if '?' in realm else '?'}{urllib.parse.urlencode({k: v for k, v in query.items() if v})}"
    headers = {"Authorization": f"Basic {credentials}"} if credentials else {}
    found = transport.request(url, headers, of_image=True)
    try:
        content = json.loads(found.body) if found.status == 200 else {}
    except ValueError:
        content = {}
    token = (content.get("token") or content.get("access_token")) if isinstance(content, dict) else None
    if not isinstance(token, str) or not re.match(r"[\x21-\x7e]+\Z", token):
        raise Refused(_refusal(found, server) if found.status != 200 else f"`{server}` gives no token")
    return f"Bearer {token}"


def _belongs(transport: Transport, realm: str, server: str) -> bool:
    """Tell whether tokens may be asked for there: a host that is allowed by name, the registry's or a neighbour."""
    host = urllib.parse.urlsplit(realm).netloc.lower()
    if transport.allows(realm):
        return True
    above = server.partition(".")[2]
    near = host in (server, above) or ("." in above and host.endswith(f".{above}"))
    return near and transport.allows(realm, of_image=True)


def credentials_of(registry: str) -> str:
    """Give the user and password that Docker's configuration holds for a registry, in base64; empty without any.

    Credential helpers are programs, and none is started.
    """
    folder = os.environ.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")
    try:
        with open(os.path.join(folder, "config.json"), "rb") as file:
            auths = json.load(file)["auths"]
        names = ("https://index.docker.io/v1/",) if registry == DOCKER_HUB else (registry, f"https://{registry}")
        found = next((auths[name]["auth"] for name in names if auths.get(name, {}).get("auth")), "")
        base64.b64decode(found, validate=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""

"""Requests over HTTP to hosts that are allowed, with a time limit, retries and no way to any other host."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple

TIMEOUT = 10.0
"""Seconds that a connection or an answer may take."""
RETRIES = 2
LARGEST = 32 * 1024 * 1024
"""Bytes of an answer that are read at most."""

DEFAULT_HOSTS = (
    "github.com",
    "gitlab.com",
    "pypi.org",
    "docker.io",
)
_DOCKER_HUB = ("registry-1.docker.io", "auth.docker.io")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_AGAIN = frozenset((429, 500, 502, 503, 504))


class Refused(Exception):
    """Why nothing came back, in words that can follow a colon."""


class Answer(NamedTuple):
    """What a server said; `headers` have their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """What may be contacted; `hosts` of the configuration take the place of the defaults, `*.` stands for any below."""

    def __init__(self, hosts: tuple[str, ...] = (), *, timeout: float = TIMEOUT, pause: float = 0.5) -> None:
        self.hosts = hosts
        self.timeout = timeout
        self._pause = pause
        self._unreachable: dict[str, str] = {}

    def allows(self, url: str, *, of_image: bool = False) -> bool:
        """Tell whether a server may be asked; without a configuration also the registry of an image that is used.

        Such a name stands in the audited files, so that it must be one of the public network.
        """
        parts = urllib.parse.urlsplit(url)
        name = parts.netloc.rpartition("@")[2].lower()
        host = name.rpartition(":")[0] if name.rpartition(":")[2].isdigit() else name
        if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
            return False
        allowed = self.hosts or DEFAULT_HOSTS
        if "docker.io" in allowed:
            allowed = (*allowed, *_DOCKER_HUB)
        if any(one.lower() in (name, host) or (one[:2] == "*." and host.endswith(one[1:].lower())) for one in allowed):
            return True
        last = host.rpartition(".")[2]
        public = "." in host and last.isalpha() and last not in ("local", "internal", "localhost", "lan", "home")
        return of_image and not self.hosts and public and name == host

    def require(self, url: str, *, of_image: bool = False) -> None:
        """Raise Refused for a server that must not be asked, or that did not answer before."""
        name = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
        if not self.allows(url, of_image=of_image):
            raise Refused(f"`{name}` is not among the hosts that the configuration allows (`online-hosts`)")
        if name in self._unreachable:
            raise Refused(self._unreachable[name])

    def request(
        self, url: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", of_image: bool = False
    ) -> Answer:
        """Ask a server; raises Refused when it may not be asked or does not answer.

        An answer that is an error is returned all the same; a redirection to another host is not followed.
        """
        self.require(url, of_image=of_image)
        problem = ""
        for attempt in range(RETRIES + 1):
            if attempt:
                time.sleep(self._pause * attempt)
            try:
                answer = self._once(url, headers or {}, method)
            except (OSError, http.client.HTTPException, ValueError) as error:
                problem = _said(error)
                continue
            if answer.status not in _AGAIN or attempt == RETRIES:
                return answer
        name = urllib.parse.urlsplit(url).netloc
        reason = f"`{name}` does not answer: {problem}"
        self._unreachable[name] = reason
        raise Refused(reason)

    def _once(self, url: str, headers: Mapping[str, str], method: str) -> Answer:
        request = urllib.request.Request(url, headers={"User-Agent": "ci-audit", **headers}, method=method)
        opener = urllib.request.build_opener(_SameHost)
        try:
            response = opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body = response.read(LARGEST + 1)
            if len(body) > LARGEST:
                raise ValueError("the answer is too large")
            named = {name.lower(): value for name, value in response.headers.items()}
            return Answer(int(response.status or 0), named, body)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follow redirections within the host alone, so that no other is contacted."""

    def redirect_request(self, req: urllib.request.Request, *rest: Any) -> urllib.request.Request | None:
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(rest[-1])
        return super().redirect_request(req, *rest) if old[:2] == new[:2] else None


def _said(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split()) or type(error).__name__

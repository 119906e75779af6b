"""Digests from registries."""

from pathlib import Path
from typing import Any

import pytest

from ci_audit.pins.online import Online
from ci_audit.pins.registry import ACCEPT
from ci_audit.pins.transport import Transport
from tests.pins.conftest import DIGEST, Served, login

MANIFEST = "/v2/owner/tool/manifests/v1"
FOUND = (200, {"Docker-Content-Digest": DIGEST}, b"")


def with_token(served: Served, token: str = "abc") -> None:
    realm = f'Bearer realm="{served.url}/token",service="it",scope="repository:owner/tool:pull"'

    def manifest(method: str, headers: dict[str, str]) -> Any:
        allowed = headers.get("authorization") == f"Bearer {token}"
        return FOUND if allowed else (401, {"WWW-Authenticate": realm}, b"")

    served.answers[MANIFEST] = manifest
    served.answers["/token"] = (200, {}, b'{"token": "abc"}')


def test_the_head_of_the_manifest(online: Online, served: Served, problems: list[str]) -> None:
    served.answers[MANIFEST] = FOUND
    assert online.image(f"{served.host}/owner/tool:v1") == DIGEST
    assert [(method, path) for method, path, _ in served.requests] == [("HEAD", MANIFEST)]
    assert served.requests[0][2]["accept"] == ACCEPT
    assert ACCEPT.count("application/") == 4
    assert problems == []


def test_no_tag_is_latest(online: Online, served: Served) -> None:
    served.answers["/v2/owner/tool/manifests/latest"] = FOUND
    assert online.image(f"{served.host}/owner/tool") == DIGEST


def test_without_the_header_the_manifest_is_hashed(online: Online, served: Served) -> None:
    served.answers[MANIFEST] = (200, {}, b"{}")
    assert online.image(f"{served.host}/owner/tool:v1") == (
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )


def test_a_token_is_fetched_anonymously(online: Online, served: Served) -> None:
    with_token(served)
    assert online.image(f"{served.host}/owner/tool:v1") == DIGEST
    token = next(request for request in served.requests if request[1].startswith("/token"))
    assert token[1] == "/token?service=it&scope=repository%3Aowner%2Ftool%3Apull"
    assert "authorization" not in token[2]


def test_credentials_of_docker_go_to_their_registry(online: Online, served: Served, home: Path) -> None:
    expected = login(home, served.host)
    with_token(served)
    assert online.image(f"{served.host}/owner/tool:v1") == DIGEST
    assert [headers.get("authorization") for _, path, headers in served.requests] == [None, expected, "Bearer abc"]


def test_credentials_of_another_registry_stay(online: Online, served: Served, home: Path) -> None:
    login(home, "registry.example")
    with_token(served)
    online.image(f"{served.host}/owner/tool:v1")
    assert "Basic" not in str(served.requests)


def test_basic_authorization(online: Online, served: Served, home: Path) -> None:
    expected = login(home, served.host)
    refused = (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")
    served.answers[MANIFEST] = lambda method, headers: FOUND if headers.get("authorization") == expected else refused
    assert online.image(f"{served.host}/owner/tool:v1") == DIGEST


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, {}, b""), "has no such image"),
        ((403, {}, b""), "lets only those in who have logged in"),
        ((401, {}, b""), "lets only those in who have logged in"),
        ((401, {"WWW-Authenticate": 'Bearer realm="https://h.example/token"'}, b""), "which is not allowed"),
        ((401, {"WWW-Authenticate": 'Bearer realm="file:///etc/passwd"'}, b""), "which is not allowed"),
        ((429, {}, b""), "allows no more requests"),
        ((200, {"Docker-Content-Digest": "sha512:ab"}, b""), "gives no sha256 digest"),
        ((307, {"Location": "http://h.example/"}, b""), "status 307"),
    ],
)
def test_what_has_no_digest(online: Online, served: Served, problems: list[str], answer: Any, reason: str) -> None:
    served.answers[MANIFEST] = answer
    assert reason in online.image(f"{served.host}/owner/tool:v1")
    assert len(problems) == 1


def test_a_token_that_is_none(online: Online, served: Served) -> None:
    for body in (b"{}", b"[]", b"no", b'{"token": "a\\nb"}'):
        with_token(served)
        served.answers["/token"] = (200, {}, body)
        online._answers.clear()
        assert "gives no token" in online.image(f"{served.host}/owner/tool:v1")


def test_an_answer_is_tried_again(online: Online, served: Served) -> None:
    served.answers[MANIFEST] = [(503, {}, b""), (502, {}, b""), FOUND]
    assert online.image(f"{served.host}/owner/tool:v1") == DIGEST
    assert len(served.requests) == 3


def test_a_registry_that_fails_is_given_up(online: Online, served: Served) -> None:
    served.answers[MANIFEST] = (503, {}, b"")
    assert "status 503" in online.image(f"{served.host}/owner/tool:v1")
    assert online.image("no image:v1") == "it is no image reference"


def test_a_server_that_is_not_there_is_asked_no_more(online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    online._transport = Transport(("127.0.0.1:1",), timeout=1, pause=0)
    first = online.image("127.0.0.1:1/a:v1")
    assert "does not answer" in first
    monkeypatch.setattr(online._transport, "_once", None)
    assert online.image("127.0.0.1:1/b:v1") == first


@pytest.mark.parametrize(
    ("hosts", "url", "allowed"),
    [
        ((), "https://registry-1.docker.io/v2/", True),
        ((), "https://ghcr.io/v2/", True),
        ((), "http://ghcr.io/v2/", False),
        ((), "https://127.0.0.1/v2/", False),
        ((), "https://169.254.169.254/v2/", False),
        ((), "https://registry.internal/v2/", False),
        ((), "https://registry.example:8443/v2/", False),
        ((), "https://[::1]/v2/", False),
        (("ghcr.io",), "https://ghcr.io/v2/", True),
        (("ghcr.io",), "https://quay.io/v2/", False),
        (("ghcr.io",), "https://ghcr.io@quay.io/v2/", False),
        (("docker.io",), "https://auth.docker.io/token", True),
        (("*.example",), "https://a.example/v2/", True),
        (("*.example",), "https://example/v2/", False),
        (("registry.example",), "https://registry.example:8443/v2/", True),
        (("registry.example:1",), "https://registry.example:2/v2/", False),
    ],
)
def test_hosts_of_images(hosts: tuple[str, ...], url: str, allowed: bool) -> None:
    assert Transport(hosts).allows(url, of_image=True) is allowed


def test_only_registries_of_images_are_asked_without_being_named() -> None:
    assert not Transport().allows("https://ghcr.io/owner/tool")
    assert Transport().allows("https://github.com/owner/tool")

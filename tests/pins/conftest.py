"""A server on the loopback interface that stands for a git host, a registry and PyPI."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ci_audit.pins.online import Online
from ci_audit.pins.store import Store
from ci_audit.pins.transport import Transport

DIGEST = "sha256:" + "0123456789abcdef" * 4


class Served:
    """What the server answers: by path a status, headers and a body, or a list of them for one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Any] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    state = Served(tmp_path / "served")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.requests.append((self.command, self.path, headers))
            path = self.path.partition("?")[0]
            answer = state.answers.get(path)
            if callable(answer):
                answer = answer(self.command, headers)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if answer is None:
                file = state.folder / path.lstrip("/")
                answer = (200, {}, file.read_bytes()) if file.is_file() else (404, {}, b"")
            status, given, body = answer
            self.send_response(status)
            for name, value in given.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own settings, credentials and caches out."""
    for name in ("GITHUB_SERVER_URL", "XDG_CACHE_HOME", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "home" / ".docker"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return tmp_path / "home"


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def online(served: Served, tmp_path: Path, problems: list[str]) -> Online:
    transport = Transport((served.host,), timeout=5, pause=0)
    return Online(transport, Store(str(tmp_path / "cache")), problems, server=served.url, pypi=served.url)


def git(folder: Path, *words: str) -> str:
    given = {
        **os.environ,
        **{f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *words], cwd=folder, env=given, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(served: Served) -> Path:
    """Make `owner/tool`: v1.0.0 and v1.1.0, of which v1 and the annotated v1.1 are the later, and two branches."""
    folder = served.folder / "owner" / "tool"
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", "-b", "main")
    tree = git(folder, "hash-object", "-w", "-t", "tree", os.devnull)
    first = git(folder, "commit-tree", tree, "-m", "first")
    second = git(folder, "commit-tree", tree, "-p", first, "-m", "second")
    third = git(folder, "commit-tree", tree, "-p", second, "-m", "third")
    for name, commit in (
        ("tags/v1.0.0", first),
        ("tags/v1.1.0", second),
        ("tags/v1", second),
        ("tags/both", first),
        ("heads/both", second),
        ("heads/main", third),
        ("heads/v1.x", first),
    ):
        git(folder, "update-ref", f"refs/{name}", commit)
    git(folder, "tag", "-a", "v1.1", "-m", "it", second)
    git(folder, "update-server-info")
    return folder


def login(folder: Path, registry: str, name: str = "user", password: str = "word") -> str:
    """Write Docker's configuration with credentials; gives them as a header has them."""
    encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
    (folder / ".docker").mkdir(parents=True, exist_ok=True)
    (folder / ".docker" / "config.json").write_text(json.dumps({"auths": {registry: {"auth": encoded}}}))
    return f"Basic {encoded}"

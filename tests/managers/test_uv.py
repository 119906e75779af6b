"""uv: its pip, its projects, its tools, its cache."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup, Install

PROJECT = {"pyproject.toml": "[project]\nname = 'a'\n", "uv.lock": "version = 1\n"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("line", "network"),
    [
        ("uv pip install x", True),
        ("uv pip install -r requirements.txt", True),
        ("uv pip install -e .", True),
        ("uv pip install --group dev", True),
        ("uv pip sync requirements.txt", True),
        ("uv pip compile requirements.in -o requirements.txt", True),
        ("uv pip install --offline x", False),
        ("uv --offline pip install x", False),
        ("uv pip install --no-index -f wheels x", False),
        ("uv pip install --no-deps dist/*.whl", False),
        ("uv pip install", False),
        ("uv pip install --help", False),
        ("uv pip install dist/*.whl", None),
        ("uv pip install --no-deps -e .", None),
        ("uv pip install --dry-run x", None),
        ("uv pip install $PACKAGES", None),
        ('uv pip install "$PACKAGE"', None),
        ("uv sync", True),
        ("uv sync --frozen --no-install-project", True),
        ("uv sync --offline", False),
        ("uv lock", True),
        ("uv add x", True),
        ("uv run pytest", True),
        ("uv run --frozen -- pytest --offline", True),
        ("uv run --no-sync pytest", False),
        ("uv run --no-sync --with x pytest", True),
        ("uv run --no-project --with x pytest", True),
        ("uv build", True),
        ("uv venv --seed", True),
        ("uvx ruff check", True),
        ("uvx --offline ruff", False),
        ("uvx $TOOL", None),
        ("uvx --from . tool", True),
        ("uv tool run ruff", True),
        ("uv tool install ruff", True),
        ("uv tool upgrade --all", True),
        ('uv tool install "$TOOL"', None),
    ],
)
def test_network(reads, line, network):
    found = reads(line, files=PROJECT)
    assert isinstance(found[0], Install)
    assert found[0].manager == "uv"
    assert found[0].network.value is network


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("uv run script.py", {}),
        ("uv run --no-project script.py", PROJECT),
        ("uv lock --check", PROJECT),
        ("uv sync --check", PROJECT),
        ("uv remove x", PROJECT),
        ("uv pip uninstall x", PROJECT),
    ],
)
def test_fetches_nothing_that_could_be_meant(reads, line, files):
    assert reads(line, files=files) == []


def test_offline_by_variable(looks):
    looks("uv sync", {"network": False}, env={"UV_OFFLINE": "1"})
    looks("uv sync", {"network": True}, env={"UV_OFFLINE": "0"})
    looks("uv run pytest", {"network": False}, env={"UV_NO_SYNC": "true"}, files=PROJECT)


@pytest.mark.parametrize(
    ("env", "os", "expected"),
    [
        ({}, "linux", "/home/runner/.cache/uv"),
        ({}, "macos", "/Users/runner/.cache/uv"),
        ({}, "windows", "C:/Users/runneradmin/AppData/Local/uv/cache"),
        ({}, "", f"{UNKNOWN}/uv"),
        ({"UV_CACHE_DIR": "$WORKSPACE/.uv"}, "linux", "$WORKSPACE/.uv"),
        ({"UV_CACHE_DIR": ".uv-cache"}, "linux", "$WORKSPACE/.uv-cache"),
        ({"UV_CACHE_DIR": "~/.uv"}, "linux", f"{UNKNOWN}/.uv"),
        ({"XDG_CACHE_HOME": "/x"}, "linux", "/x/uv"),
        ({"XDG_CACHE_HOME": "/x"}, "macos", "/x/uv"),
        ({"PIP_CACHE_DIR": "/c"}, "linux", "/home/runner/.cache/uv"),
    ],
)
def test_directory(keeps, env, os, expected):
    assert keeps("uv pip install x", env=env, os=os) == [expected]


def test_directory_by_option_and_configuration(keeps):
    assert keeps("uv --cache-dir /g sync", env={"UV_CACHE_DIR": "/c"}) == ["/g"]
    assert keeps("uv sync --cache-dir=/g") == ["/g"]
    files = {"pyproject.toml": "[project]\nname = 'a'\n[tool.uv]\ncache-dir = './.uv'\n"}
    assert keeps("uv sync", files=files) == ["$WORKSPACE/.uv"]
    assert keeps("uv sync", files=files, env={"UV_CACHE_DIR": "/c"}) == ["/c"]
    assert keeps("uv sync", files=files, env={"UV_NO_CONFIG": "1"}) == ["/home/runner/.cache/uv"]
    assert keeps("uv sync", files=files | {"uv.toml": "cache-dir = '/t'\n"}) == ["/t"]
    assert keeps("uv sync", files={"ci/uv.toml": "cache-dir = '/f'\n"}, env={"UV_CONFIG_FILE": "ci/uv.toml"}) == ["/f"]


@pytest.mark.parametrize(
    ("line", "env", "off"),
    [
        ("uv sync --no-cache", {}, True),
        ("uv -n sync", {}, True),
        ("uv pip install --no-cache-dir x", {}, True),
        ("uvx --no-cache ruff", {}, True),
        ("uv sync", {"UV_NO_CACHE": "1"}, True),
        ("uv sync", {"UV_NO_CACHE": "true"}, True),
        ("uv sync", {"UV_NO_CACHE": "0"}, False),
        ("uv sync", {"UV_NO_CACHE": "false"}, False),
        ("uv sync", {"PIP_NO_CACHE_DIR": "1"}, False),
        ("uv run pytest --no-cache", {}, False),
        ("uvx ruff --no-cache", {}, False),
    ],
)
def test_switch(looks, line, env, off):
    looks(line, {"off": off, "gap": False}, env=env, files=PROJECT)


def test_an_unknown_switch_is_a_gap(looks):
    looks("uv sync", {"off": False, "gap": True}, env={"UV_NO_CACHE": UNKNOWN})


@pytest.mark.parametrize(
    ("line", "env", "files", "index"),
    [
        ("uv sync", {}, {}, "PyPI"),
        ("uv sync", {"UV_DEFAULT_INDEX": "https://a:b@i.example/simple"}, {}, "https://***@i.example/simple"),
        ("uv sync", {"UV_INDEX_URL": "https://i.example"}, {}, "https://i.example"),
        ("uv sync", {"PIP_INDEX_URL": "https://i.example"}, {}, "PyPI"),
        (
            "uv sync --default-index own=https://o.example",
            {"UV_INDEX_URL": "https://i.example"},
            {},
            "https://o.example",
        ),
        ("uv pip install -i https://o.example x", {}, {}, "https://o.example"),
        ("uv sync --index https://e.example", {}, {}, "PyPI"),
        ("uv sync", {}, {"uv.toml": "[[index]]\nurl = 'https://d.example'\ndefault = true\n"}, "https://d.example"),
        ("uv sync", {}, {"uv.toml": "[[index]]\nurl = 'https://d.example'\n"}, "PyPI"),
        ("uv pip install x", {}, {"uv.toml": "[pip]\nindex-url = 'https://p.example'\n"}, "https://p.example"),
        ("uv sync", {}, {"pyproject.toml": "[tool.uv]\nindex-url = 'https://u.example'\n"}, "https://u.example"),
    ],
)
def test_index(looks, line, env, files, index):
    looks(line, {"index": index}, env=env, files=files)


@pytest.mark.parametrize(
    ("line", "cwd", "files", "locked"),
    [
        ("uv sync", "$WORKSPACE", PROJECT, True),
        ("uv sync", "$WORKSPACE/packages/a", PROJECT | {"packages/a/pyproject.toml": ""}, True),
        ("uv sync", "$WORKSPACE", {"pyproject.toml": ""}, False),
        ("uv sync", "/app", PROJECT, None),
        ("uv sync --project sub", "$WORKSPACE", {"sub/pyproject.toml": "", "sub/uv.lock": ""}, True),
        ("uv --directory sub sync", "$WORKSPACE", {"sub/pyproject.toml": ""}, False),
        ("uv pip install x", "$WORKSPACE", PROJECT, None),
        ("uv run tool.py", "$WORKSPACE", PROJECT | {"tool.py": "# /// script\n# ///\n"}, False),
        ("uv run tool.py", "$WORKSPACE", {"tool.py": "# /// script\n# ///\n", "tool.py.lock": ""}, True),
        ("uv run tool.py", "$WORKSPACE", PROJECT | {"tool.py": "pass\n"}, True),
        ("uv sync --script tool.py", "$WORKSPACE", PROJECT, False),
        ('uv sync --script "$tool"', "$WORKSPACE", PROJECT, None),
    ],
)
def test_locked(looks, line, cwd, files, locked):
    looks(line, {"locked": locked}, cwd=cwd, files=files)


def test_files(looks):
    looks("uv sync", {"files": [("pyproject.toml", "project"), ("uv.lock", "lock")]}, files=PROJECT)
    line = "uv pip sync a.txt b.txt -c c.txt"
    looks(line, {"files": [("a.txt", "requirements"), ("b.txt", "requirements"), ("c.txt", "constraints")]})
    looks("uv pip install --directory sub -e ../a", {"files": [("a", "project")]})


@pytest.mark.parametrize(
    ("line", "env", "environments"),
    [
        ("uv sync", {}, ["$WORKSPACE/.venv"]),
        ("uv sync", {"UV_PROJECT_ENVIRONMENT": "/venv"}, ["/venv"]),
        ("uv sync", {"VIRTUAL_ENV": "/v"}, ["$WORKSPACE/.venv"]),
        ("uv sync --active", {"VIRTUAL_ENV": "/v"}, ["$WORKSPACE/.venv", "/v"]),
        ("uv run --with x pytest", {}, []),
        ("uv pip install x", {}, ["$WORKSPACE/.venv"]),
        ("uv pip install --system x", {}, []),
        ("uv pip install x", {"UV_SYSTEM_PYTHON": "1"}, []),
        ("uv pip install x", {"VIRTUAL_ENV": "/v"}, ["/v"]),
        ("uv pip install --python venv/bin/python x", {}, ["$WORKSPACE/venv"]),
        ("uv pip install --python venv/ x", {}, ["$WORKSPACE/venv"]),
        ("uv pip install --target t x", {}, ["$WORKSPACE/t"]),
        ("uv tool install ruff", {}, ["/home/runner/.local/share/uv/tools"]),
        ("uv tool install ruff", {"UV_TOOL_DIR": "/t"}, ["/t"]),
        ("uvx ruff", {}, []),
    ],
)
def test_environments(looks, line, env, environments):
    looks(line, {"environments": environments}, env=env, files=PROJECT)


@pytest.mark.parametrize(
    ("line", "pins"),
    [
        ("uv pip install a==1 'b>=1' c", {"a": True, "b": False, "c": False}),
        ("uv pip install -c c.txt c", {"c": True}),
        ("uv pip compile requirements.in", {}),
        ("uv add a b==2", {"a": False, "b": True}),
        ("uvx ruff", {"ruff": False}),
        ("uvx ruff@0.5.0 check", {"ruff": True}),
        ("uvx ruff@latest check", {"ruff": False}),
        ("uvx ruff==0.5.0 check x", {"ruff": True}),
        ("uvx 'ruff[x]@0.5.0'", {"ruff": True}),
        ("uvx --from a==1 tool", {"a": True}),
        ("uvx --with 'a[x,y]==1,b' tool@1", {"tool": True, "a": True, "b": False}),
        ("uvx --with 'tool>=1,<2' tool", {"tool": False}),
        ("uvx ruff@$V", {"ruff": None}),
        (f"uvx --from git+https://h.example/a@{COMMIT} tool", {f"git+https://h.example/a@{COMMIT}": True}),
        ("uv run --with a==1 --with b pytest c", {"a": True, "b": False}),
        ("uv tool install a@1.2 --with b", {"a": True, "b": False}),
        ("uv sync", {}),
    ],
)
def test_pins(looks, line, pins):
    looks(line, {"pins": pins}, files=PROJECT | {"c.txt": "c==1\n"})


def test_each_package_of_with_has_its_place(install):
    found = install("uvx --with a,b tool@1")
    assert [package.where.text for package in found.packages] == ["tool@1", "a", "b"]


@pytest.mark.parametrize(
    ("line", "cleans", "prunes"),
    [
        ("uv cache clean", True, False),
        ("uv clean", True, False),
        ("uv cache prune --ci", True, True),
        ("uv cache prune", False, False),
        ("uv cache clean ruff", False, False),
    ],
)
def test_cleanup(reads, line, cleans, prunes):
    found = reads(line)
    assert [(one.managers, one.prunes) for one in found if isinstance(one, Cleanup)] == [(("uv",), prunes)] * cleans


def test_a_tool_that_installs_in_its_turn(reads):
    first, second = reads("uvx --with tox-uv tox -e py", files={"tox.ini": "[tox]\n"})
    assert (first.manager, second.manager) == ("uv", "tox")
    assert second.command.within == "uvx"
    assert [directory.path for directory in second.downloads] == ["/home/runner/.cache/uv"]
    _, plain = reads("uvx tox -e py", files={"tox.ini": "[tox]\n"})
    assert [directory.path for directory in plain.downloads] == ["/home/runner/.cache/pip"]

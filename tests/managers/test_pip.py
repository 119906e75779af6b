"""pip: what it fetches, from where, where to, and what is pinned."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

FETCHES = [
    "pip install requests",
    "pip install -U pip",
    "pip install -r requirements.txt",
    "pip install -rrequirements.txt",
    "pip install .",
    "pip install -e .",
    "pip install -e '.[test]'",
    "pip install -e $APP_DIR",
    "pip install ./plugin",
    "pip install git+https://host.example/a/b",
    "pip install https://host.example/a-1.0-py3-none-any.whl",
    "pip install --group dev",
    "pip install 'a @ https://host.example/a.tar.gz'",
    'pip install "$WHAT" requests',
    "pip download requests",
    "pip wheel -r requirements.txt",
    "pip lock",
    "pip install --find-links wheels -r requirements.txt",
    "pip install --find-links wheels .",
    "pip install --find-links https://host.example/wheels requests",
    "pip install dist/*.whl requests",
]
LOCAL = [
    "pip install --no-index --find-links wheels requests",
    "pip install --no-deps dist/*.whl",
    "pip install --no-deps ./a-1.0-py3-none-any.whl",
    "pip install --no-deps --no-build-isolation -e .",
    "pip install --no-deps --no-build-isolation dist/a-1.0.tar.gz",
    "pip install --help",
    "pip install",
    "pip install -U",
]
OPEN = [
    "pip install --find-links dist own-project",
    "pip install --force-reinstall -f dist own-project[extra]",
    "pip install dist/*.whl",
    "pip install dist/*",
    "pip install ./a-1.0.tar.gz",
    "pip install 'dist/a.whl[test]'",
    "pip install --no-deps .",
    "pip install --no-deps -e .",
    "pip install --no-deps dist/a-1.0.tar.gz",
    "pip install --dry-run requests",
    "pip install $PACKAGES",
    "pip install $OPTIONS -r requirements.txt",
    'pip install "$PACKAGE"',
    "pip install --no-deps file:///src/app",
]


@pytest.mark.parametrize(
    ("line", "network"),
    [(line, True) for line in FETCHES] + [(line, False) for line in LOCAL] + [(line, None) for line in OPEN],
)
def test_network(looks, line, network):
    looks(line, {"network": network})


@pytest.mark.parametrize(("value", "network"), [("1", False), ("true", False), ("0", True), ("", True)])
def test_no_index_by_variable(looks, value, network):
    looks("pip install x", {"network": network}, env={"PIP_NO_INDEX": value})


def test_isolated_ignores_the_variables(looks):
    env = {"PIP_NO_INDEX": "1", "PIP_CACHE_DIR": "/c", "PIP_NO_CACHE_DIR": "1", "PIP_INDEX_URL": "https://i.example"}
    expected = {"network": True, "to": ["/home/runner/.cache/pip"], "off": False, "index": "PyPI"}
    looks("pip --isolated install x", expected, env=env)


@pytest.mark.parametrize(
    ("os", "expected"),
    [
        ("linux", "/home/runner/.cache/pip"),
        ("macos", "/Users/runner/Library/Caches/pip"),
        ("windows", "C:/Users/runneradmin/AppData/Local/pip/Cache"),
        ("", f"{UNKNOWN}/pip"),
    ],
)
def test_default_directory(keeps, os, expected):
    assert keeps("pip install x", os=os) == [expected]


@pytest.mark.parametrize(
    ("env", "os", "expected"),
    [
        ({"PIP_CACHE_DIR": "$WORKSPACE/.cache/pip"}, "linux", "$WORKSPACE/.cache/pip"),
        ({"PIP_CACHE_DIR": ".cache/pip"}, "linux", "$WORKSPACE/.cache/pip"),
        ({"PIP_CACHE_DIR": "~/pip"}, "linux", "/home/runner/pip"),
        ({"PIP_CACHE_DIR": ""}, "linux", "/home/runner/.cache/pip"),
        ({"PIP_CACHE_DIR": UNKNOWN}, "linux", UNKNOWN),
        ({"XDG_CACHE_HOME": "/x"}, "linux", "/x/pip"),
        ({"XDG_CACHE_HOME": "/x", "PIP_CACHE_DIR": "/c"}, "linux", "/c"),
        ({"XDG_CACHE_HOME": "/x"}, "macos", f"{UNKNOWN}/pip"),
        ({"XDG_CACHE_HOME": "/x"}, "windows", "C:/Users/runneradmin/AppData/Local/pip/Cache"),
        ({"LOCALAPPDATA": "D:/data"}, "windows", "D:/data/pip/Cache"),
        ({"UV_CACHE_DIR": "/u"}, "linux", "/home/runner/.cache/pip"),
    ],
)
def test_directory_by_variables(keeps, env, os, expected):
    assert keeps("pip install x", env=env, os=os) == [expected]


def test_the_reason_names_the_variable(install):
    found = install("pip install x", env={"PIP_CACHE_DIR": "/c"})
    assert found.downloads[0].reason == "PIP_CACHE_DIR is set"


def test_root_in_an_image(keeps):
    assert keeps("pip install x", user="root", home="/root") == ["/root/.cache/pip"]


def test_option_before_variable(looks):
    line = "pip --cache-dir /given install x"
    looks(line, {"to": ["/given"], "off": False}, env={"PIP_CACHE_DIR": "/c", "PIP_NO_CACHE_DIR": "1"})


@pytest.mark.parametrize(
    ("value", "off"),
    [(word, True) for word in ("1", "true", "YES", "on", "0", "off", "false", "no", "n", "f", "t", "y")]
    + [("", False), ("maybe", False)],
)
def test_every_boolean_word_turns_the_cache_off(looks, value, off):
    looks("pip install x", {"off": off, "gap": False}, env={"PIP_NO_CACHE_DIR": value, "PIP_CACHE_DIR": "/c"})


def test_an_unknown_switch_is_a_gap(looks):
    looks("pip install x", {"off": False, "gap": True}, env={"PIP_NO_CACHE_DIR": UNKNOWN})


@pytest.mark.parametrize(
    "line", ["pip install --no-cache-dir x", "pip --no-cache-dir install x", "pip install --no-cache x"]
)
def test_the_flag_turns_the_cache_off(install, line):
    switch = install(line).switch
    assert switch is not None
    assert switch.where is not None
    assert switch.where.text in line
    assert switch.where.text in switch.reason


def test_the_prefix_of_the_command_counts(looks):
    looks("PIP_NO_CACHE_DIR=off pip install x", {"off": True})


def test_a_home_of_somebody_else(looks):
    looks("pip install x", {"off": True}, user="root", home="/github/home", owner="1001")
    looks("pip install x", {"off": False}, user="root", home="/github/home", owner="root")
    looks(
        "pip install x",
        {"off": False},
        user="root",
        home="/github/home",
        owner="1001",
        env={"PIP_CACHE_DIR": "/root/c"},
    )
    looks("sudo pip install x", {"off": True})
    looks("sudo -H pip install x", {"off": False, "to": ["/root/.cache/pip"]})
    looks("pip install x", {"off": False}, user="root", home="/root")


def test_a_configuration_file_in_the_repository(looks):
    env = {"PIP_CONFIG_FILE": "ci/pip.conf"}
    files = {"ci/pip.conf": "[global]\nindex-url = https://u:p@index.example/simple\ncache-dir = /c\n"}
    looks(
        "pip install x", {"index": "https://***@index.example/simple", "to": ["/c"], "off": False}, env=env, files=files
    )
    files = {"ci/pip.conf": "[install]\nno-cache-dir = false\n"}
    looks("pip install x", {"off": True}, env=env, files=files)
    looks("pip install x", {"index": "PyPI", "off": False}, env=env)


@pytest.mark.parametrize(
    ("line", "env", "index"),
    [
        ("pip install x", {}, "PyPI"),
        ("pip install x", {"PIP_INDEX_URL": "https://pypi.org/simple/"}, "PyPI"),
        ("pip install x", {"PIP_INDEX_URL": "https://me:secret@i.example/simple"}, "https://***@i.example/simple"),
        ("pip install -i https://o.example x", {"PIP_INDEX_URL": "https://i.example"}, "https://o.example"),
        ("pip install --index-url=https://t0ken@o.example/s x", {}, "https://***@o.example/s"),
        ("pip install --extra-index-url https://e.example x", {}, "PyPI"),
        (f"pip install x{''}", {"PIP_INDEX_URL": f"https://{UNKNOWN}:{UNKNOWN}@i.example"}, "https://***@i.example"),
    ],
)
def test_index(looks, line, env, index):
    looks(line, {"index": index}, env=env)


def test_the_index_of_a_requirements_file(looks):
    files = {"requirements.txt": "--index-url https://f.example/simple\na==1\n"}
    looks("pip install -r requirements.txt", {"index": "https://f.example/simple"}, files=files)


@pytest.mark.parametrize(
    ("line", "pins"),
    [
        ("pip install a==1 b===2 c", {"a": True, "b": True, "c": False}),
        (
            "pip install 'a>=1' 'b~=1' 'c==1.*' 'd!=2' 'e<3'",
            {"a": False, "b": False, "c": False, "d": False, "e": False},
        ),
        ("pip install 'a[x,y]==1; python_version > \"3\"'", {"a": True}),
        ("pip install . -e ./x dist/*.whl -r r.txt ..", {}),
        ('pip install "$PKGS" a==$V', {"a": True}),
        ("pip install git+https://h.example/a@0123456789abcdef0123456789abcdef01234567#egg=a", {"a": True}),
        ("pip install git+https://h.example/a@main#egg=a", {"a": False}),
        ("pip install 'a @ git+https://h.example/a@v1'", {"a": False}),
        ("pip install --unheard-of a b", {"a": None, "b": False}),
        ("pip install $OPTIONS a b==1", {"a": None, "b": True}),
    ],
)
def test_pins(install, line, pins):
    found = {package.name: package.pinned for package in install(line).packages}
    if "$V" in line:
        found["a"] = found["a"] is not False
    assert found == pins


def test_a_package_stands_where_it_is_written(install):
    found = install("pip install -U a  b==1")
    assert [package.where.text for package in found.packages] == ["a", "b==1"]


def test_credentials_never_become_a_name(install):
    (package,) = install("pip install git+https://me:s3cret@h.example/a").packages
    assert "s3cret" not in package.name


def test_upgrades_of_the_installer(install):
    found = install("pip install -U pip setuptools wheel flask")
    assert [package.tool_upgrade for package in found.packages] == [True, True, True, False]
    assert not any(package.tool_upgrade for package in install("pip install pip").packages)


@pytest.mark.parametrize(
    ("files", "pinned"),
    [
        ({"c.txt": "Flask==1.0\n"}, True),
        ({"c.txt": "flask>=1.0\n"}, False),
        ({"c.txt": "other==1\n"}, False),
        ({"c.txt": "-c more.txt\n", "more.txt": "flask==2\n"}, True),
        ({"c.txt": "-c more.txt\n"}, None),
        ({}, None),
    ],
)
def test_constraints(looks, files, pinned):
    looks("pip install -c c.txt flask", {"pins": {"flask": pinned}}, files=files)
    looks("pip install flask", {"pins": {"flask": pinned}}, files=files, env={"PIP_CONSTRAINT": "c.txt"})


def test_constraints_from_an_address_are_not_known(looks):
    looks(
        "pip install -c https://h.example/c.txt flask", {"pins": {"flask": None}, "files": [(UNKNOWN, "constraints")]}
    )


@pytest.mark.parametrize(
    ("line", "cwd", "files"),
    [
        (
            "pip install -r requirements.txt -c c.txt",
            "$WORKSPACE",
            [("requirements.txt", "requirements"), ("c.txt", "constraints")],
        ),
        ("pip install -r ../r.txt", "$WORKSPACE/sub/dir", [("sub/r.txt", "requirements")]),
        ("cd sub && pip install -r r.txt", "$WORKSPACE", [("sub/r.txt", "requirements")]),
        ("pip install -r /tmp/r.txt", "$WORKSPACE", [("/tmp/r.txt", "requirements")]),
        ("pip install -r r.txt", "/app", [("/app/r.txt", "requirements")]),
        ("pip install -r pylock.toml", "$WORKSPACE", [("pylock.toml", "lock")]),
        ("pip install -e '.[test]'", "$WORKSPACE", [(".", "project")]),
        ("pip install ./a[b] file:c", "$WORKSPACE", [("a", "project"), ("c", "project")]),
        (
            "pip install --group dev --group sub/pyproject.toml:x",
            "$WORKSPACE",
            [("pyproject.toml", "project"), ("sub/pyproject.toml", "project")],
        ),
        ("pip install -r $X/r.txt", "$WORKSPACE", [(f"{UNKNOWN}/r.txt", "requirements")]),
    ],
)
def test_files(looks, line, cwd, files):
    looks(line, {"files": files}, cwd=cwd)


@pytest.mark.parametrize(
    ("line", "env", "environments"),
    [
        ("pip install x", {}, ["/home/runner/.local/lib"]),
        ("/opt/venv/bin/pip install x", {}, ["/opt/venv"]),
        (".venv/bin/python -m pip install x", {}, ["$WORKSPACE/.venv"]),
        ("/usr/bin/pip install x", {}, ["/home/runner/.local/lib"]),
        ("pip install x", {"VIRTUAL_ENV": "/v"}, ["/v"]),
        ("pip install -t vendor x", {"VIRTUAL_ENV": "/v"}, ["$WORKSPACE/vendor"]),
        ("pip install --prefix=/p x", {}, ["/p"]),
        ("pip --python .venv/bin/python install x", {}, ["$WORKSPACE/.venv"]),
        ("pip install --user x", {"VIRTUAL_ENV": "/v"}, ["/v", "/home/runner/.local/lib"]),
        (". venv/bin/activate && pip install x", {}, ["$WORKSPACE/venv"]),
        ("pip download -d wheels x", {}, ["$WORKSPACE/wheels"]),
        ("pip wheel x", {}, []),
        ("pip install x", {"PYTHONUSERBASE": "/b"}, ["/b"]),
    ],
)
def test_environments(install, line, env, environments):
    found = install(line, env=env).environments
    assert list(dict.fromkeys(directory.path for directory in found)) == environments


@pytest.mark.parametrize(
    ("line", "cleans"), [("pip cache purge", True), ("pip cache remove '*'", True), ("pip cache remove x", False)]
)
def test_cleanup(reads, line, cleans):
    found = reads(line)
    assert [isinstance(one, Cleanup) and one.managers == ("pip",) for one in found] == [True] * cleans


def test_windows_shells(install):
    found = install("venv\\Scripts\\python.exe -m pip install x", shell="cmd", os="windows")
    assert [directory.path for directory in found.environments] == ["$WORKSPACE/venv"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python get-pip.py", {"manager": "pip", "network": True, "to": ["/home/runner/.cache/pip"]}),
        ("python3 /tmp/get-pip.py --no-cache-dir pip==24.0", {"off": True, "pins": {"pip": True}}),
        ("python get-pip.py --no-index", {"network": False}),
        ("easy_install x", {"manager": "setuptools", "network": True, "pins": {"x": False}, "gap": True}),
        ("python setup.py develop", {"manager": "setuptools", "verb": "develop", "network": None, "gap": True}),
        ("python setup.py build_ext --inplace install", {"verb": "install"}),
        ("python setup.py test", {"verb": "test"}),
        ("python -m build", {"manager": "build", "network": True, "to": ["/home/runner/.cache/pip"]}),
        ("pyproject-build -w sub", {"network": True, "files": [("sub", "project")]}),
        ("python -m build --no-isolation", {"network": False}),
        ("python -m build -nw", {"network": False}),
        ("python -m build --installer uv", {"to": ["/home/runner/.cache/uv"]}),
        ("python -m build --installer=uv --sdist", {"to": ["/home/runner/.cache/uv"]}),
        ("cibuildwheel --output-dir dist", {"manager": "cibuildwheel", "gap": True}),
    ],
)
def test_what_installs_without_its_command_line(looks, line, expected):
    looks(line, expected)

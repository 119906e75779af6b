"""The registry: modules imported when they are met, directories asked by name, what a path is meant for."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit import managers
from ci_audit.managers.programs import MODULES
from ci_audit.model import UNKNOWN, Answer, Cleanup, Command, Install, Machine, Setting, Word
from ci_audit.repository import MemoryReader, Repository
from ci_audit.source import MappedText, Source

LINUX = Machine("linux", "/home/runner", "$WORKSPACE", "runner", Answer(False, ""))


@pytest.mark.parametrize(
    ("manager", "env", "expected"),
    [
        ("pip", {}, ["/home/runner/.cache/pip"]),
        ("pip", {"PIP_CACHE_DIR": "/c"}, ["/c"]),
        ("uv", {}, ["/home/runner/.cache/uv"]),
        ("poetry", {}, ["/home/runner/.cache/pypoetry/cache", "/home/runner/.cache/pypoetry/artifacts"]),
        ("pipenv", {}, ["/home/runner/.cache/pipenv"]),
        ("tox", {"XDG_CACHE_HOME": "/x"}, ["/home/runner/.cache/pip"]),
        ("pre-commit", {}, ["/home/runner/.cache/pre-commit"]),
        ("prek", {}, ["/home/runner/.cache/prek"]),
        ("npm", {}, ["/home/runner/.npm"]),
        ("flit", {}, ["/home/runner/.cache/pip"]),
        ("pip-sync", {}, ["/home/runner/.cache/pip"]),
        ("pixi", {}, ["/home/runner/.cache/rattler/cache"]),
        ("yarn", {}, ["/home/runner/.cache/yarn"]),
        ("micromamba", {"MAMBA_ROOT_PREFIX": "/m"}, ["/m/pkgs"]),
        ("apt", {}, ["/var/cache/apt", "/var/lib/apt"]),
        ("nonesuch", {}, []),
    ],
)
def test_directories(manager, env, expected):
    settings_ = {name: Setting(name, value) for name, value in env.items()}
    assert [one.path for one in managers.directories(manager, settings_, LINUX)] == expected


def test_directories_for_another_home():
    assert [one.path for one in managers.directories("pip", {}, LINUX, home="/root")] == ["/root/.cache/pip"]


@pytest.mark.parametrize("manager", sorted(MODULES))
def test_every_program_can_be_asked(manager):
    for directory in managers.directories(manager, {}, LINUX):
        assert directory.path


@pytest.mark.parametrize(
    ("path", "manager"),
    [
        ("~/.cache/pip", "pip"),
        ("/root/.cache/pip", "pip"),
        ("/home/runner/.cache/pip/http-v2", "pip"),
        ("/Users/runner/Library/Caches/pip", "pip"),
        ("C:/Users/runneradmin/AppData/Local/pip/Cache", "pip"),
        ("~\\AppData\\Local\\pip\\Cache", "pip"),
        ("$WORKSPACE/.cache/pip", "pip"),
        ("$WORKSPACE/.pip-cache", "pip"),
        ("$WORKSPACE/pip_cache", "pip"),
        ("~/.cache/pip/**", "pip"),
        ("~/.cache/uv", "uv"),
        ("$WORKSPACE/.uv-cache", "uv"),
        ("/tmp/setup-uv-cache", "uv"),
        ("~/.cache/pypoetry/virtualenvs", "poetry"),
        ("~/.cache/pdm", "pdm"),
        ("$WORKSPACE/__pypackages__", "pdm"),
        ("~/.local/share/virtualenvs", "pipenv"),
        ("~/.cache/pipenv", "pipenv"),
        ("~/.cache/pre-commit", "pre-commit"),
        ("~/.cache/prek", "prek"),
        ("$WORKSPACE/.tox", "tox"),
        ("$WORKSPACE/.nox", "nox"),
        ("$WORKSPACE/.venv", "uv"),
        ("$WORKSPACE/venv", "pip"),
        ("/usr/local/lib/python3.12/site-packages", "pip"),
        ("$PYTHON_LOCATION", "pip"),
        ("~/conda_pkgs_dir", "conda"),
        ("/opt/conda/pkgs", "conda"),
        ("~/micromamba/envs", "micromamba"),
        ("/var/cache/apt", "apt"),
        ("/var/lib/apt/lists", "apt"),
        ("/var/cache/apk", "apk"),
        ("/var/cache/libdnf5", "dnf"),
        ("~/.npm", "npm"),
        ("**/node_modules", "npm"),
        ("$WORKSPACE/.yarn/cache", "yarn"),
        ("~/.local/share/pnpm/store", "pnpm"),
        ("$WORKSPACE/.pnpm-store", "pnpm"),
        ("~/.bun/install/cache", "bun"),
        ("~/.cargo/registry", "cargo"),
        ("$WORKSPACE/.pixi", "pixi"),
        ("~/.cache/rattler/cache", "pixi"),
        ("/go/pkg/mod", "go"),
        ("~/.cache/go-build", "go"),
        ("$WORKSPACE/vendor/bundle", "bundle"),
        ("~/.cache/composer", "composer"),
    ],
)
def test_meant_for(path, manager):
    assert manager in managers.meant_for(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "~",
        "~/.cache",
        "$WORKSPACE",
        UNKNOWN,
        "/tmp/data",
        "$WORKSPACE/target",
        "~/.local/share/pypoetry",
        "~/.poetry",
        "~/.cache/mypy",
    ],
)
def test_meant_for_nobody(path):
    assert managers.meant_for(path) == ()


def test_an_environment_of_one_tool_is_not_meant_for_another():
    assert managers.meant_for("$WORKSPACE/.tox/py/lib/python3.12/site-packages") == ("tox",)
    assert "pip" not in managers.meant_for("~/.cache/pypoetry/virtualenvs")


def test_a_manager_is_imported_when_it_is_met():
    code = (
        "import sys, ci_audit.managers as m; loaded = set(sys.modules);"
        "m.directories('apk', {}, m.Machine('linux', '/r', '', '', m.cast(object, None)));"
        "print(sorted(n.rpartition('.')[2] for n in set(sys.modules) - loaded if n.startswith('ci_audit.managers.')));"
        "print([n for n in ('pip', 'uv', 'conda') if 'ci_audit.managers.' + n in loaded])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert "'apk'" in first
    assert "'conda'" not in first
    assert second == "[]"


VOCABULARY = st.one_of(
    st.sampled_from(sorted(MODULES)),
    st.sampled_from(
        [
            "python",
            "python3",
            "py",
            "-m",
            "-I",
            "-X",
            "pip",
            "pre_commit",
            "build",
            UNKNOWN,
            f"pip{UNKNOWN}",
            f"{UNKNOWN}/pip",
        ]
    ),
    st.sampled_from(
        [
            *("install", "add", "sync", "run", "lock", "tool", "pip", "cache", "clean", "clear", "purge", "prune"),
            *("env", "create", "update", "ci", "global", "mod", "download"),
        ]
    ),
    st.sampled_from(
        "-r -c -e -U -g -n -p -C --with --from --spec --script --directory --cache-dir --config --prefix --file".split()
    ),
    st.sampled_from(
        [
            "--no-cache-dir",
            "--no-cache",
            "--offline",
            "--no-deps",
            "--ci",
            "--all",
            "--version",
            "--help",
            "--",
            "-",
            "--x",
            "--y=z",
        ]
    ),
    st.sampled_from(
        [
            "a",
            "a==1",
            "a@1",
            "a@latest",
            "@s/a@1",
            "a[x]>=1,<2",
            ".",
            ".[x]",
            "./a.whl",
            "r.txt",
            "~/x",
            "../..",
            "",
            " ",
            "=",
            "@",
            "[",
            "file:",
            "git+https://u:p@h/a@b",
            "https://",
            "environment.yml",
            UNKNOWN,
        ]
    ),
    st.text(max_size=4),
)
VARIABLES = st.dictionaries(
    st.sampled_from(
        [
            *("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_CONFIG_FILE", "PIP_CONSTRAINT", "UV_CACHE_DIR"),
            *("UV_NO_CACHE", "XDG_CACHE_HOME", "VIRTUAL_ENV", "GOPATH"),
        ]
    ),
    st.sampled_from(["", "1", "/c", "~/c", "../c", UNKNOWN, "$WORKSPACE/c", "pip.conf"]),
    max_size=4,
)
FILES = {
    "pyproject.toml": "[tool.uv]\nindex = 1\n[tool.poetry]\nsource = 'x'\n[tool.hatch]\nenvs = []\n",
    "uv.lock": "",
    "r.txt": "a==1\n-r r.txt\n",
    "pip.conf": "[global\n",
    "environment.yml": "dependencies:\n- pip:\n  - a\n  - 'b\n",
    "tox.ini": "[tox]\n",
    ".npmrc": "cache\n=\n",
}


@settings(max_examples=250, deadline=None)
@given(
    st.lists(VOCABULARY, min_size=1, max_size=7),
    VARIABLES,
    st.sampled_from(["linux", "macos", "windows", ""]),
    st.sampled_from(["$WORKSPACE", "$WORKSPACE/a", "/app", "~", UNKNOWN]),
)
def test_nothing_raises(texts, variables, os, cwd):
    line = " ".join(texts)
    words, at = [], 0
    for text in texts:
        words.append(Word(text, at, at + len(text), " " in text))
        at += len(text) + 1
    source = Source("ci.yml", line)
    env = {name: Setting(name, value) for name, value in variables.items()}
    command = Command(tuple(words), env, cwd, "", "/home/runner", MappedText.of(source, 0, len(line)), 0, len(line), 0)
    machine = LINUX._replace(os=os)
    repository = Repository("", MemoryReader(FILES))
    for found in managers.read_all(command, machine, repository):
        assert isinstance(found, Install | Cleanup)
        if isinstance(found, Cleanup):
            continue
        assert "u:p@" not in found.index_url
        for package in found.packages:
            assert "u:p@" not in package.name
            assert 0 <= package.where.start <= package.where.end
            if not package.from_file:
                assert package.where.text in line
        for directory in (*found.downloads, *found.environments):
            assert directory.path


def test_every_manager_is_checked_against_the_protocol():
    with open(managers.__file__, encoding="utf-8") as file:
        conforming = file.read().partition("_CONFORMING")[2].partition("__all__")[0]
    assert sorted(set(MODULES.values())) == sorted(re.findall(r"\b[a-z]+\b(?=[,)])", conforming))


def test_a_folder_of_several_managers_is_meant_for_each():
    assert managers.meant_for("$WORKSPACE/.venv") == ("pip", "uv", "poetry", "pdm", "pipenv")
    assert managers.meant_for("$WORKSPACE/node_modules") == ("npm", "yarn", "pnpm", "bun")
    assert managers.meant_for("~/conda_pkgs_dir") == ("conda", "mamba", "micromamba")

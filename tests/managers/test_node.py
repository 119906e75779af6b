"""npm, Yarn, pnpm and Bun."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

NPM = {"package.json": "{}", "package-lock.json": "{}"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("npm ci", {"manager": "npm", "verb": "ci", "locked": True, "to": ["/home/runner/.npm"], "ecosystem": "npm"}),
        ("npm i", {"verb": "install", "environments": ["$WORKSPACE/node_modules"]}),
        ("npm install -g a@1.2.3 b@^1 @s/c @s/d@1.0.0", {"pins": {"a": True, "b": False, "@s/c": False, "@s/d": True}}),
        ("npm install -g a", {"environments": [], "locked": None, "files": []}),
        ("npm install ./a.tgz ../b", {"pins": {}}),
        (f"npm install git+https://h.example/a#{COMMIT}", {"pins": {f"git+https://h.example/a#{COMMIT}": True}}),
        ("npm ci --offline", {"network": False}),
        ("npm install --package-lock-only", {"network": None}),
        ("npm ci --cache /c", {"to": ["/c"]}),
        ("npm --prefix sub ci", {"network": None, "environments": ["$WORKSPACE/sub/node_modules"]}),
        ("npm ci --registry https://u:p@r.example", {"index": "https://***@r.example"}),
        ("yarn", {"manager": "yarn", "verb": "install", "to": ["/home/runner/.cache/yarn"]}),
        ("yarn install --frozen-lockfile", {"network": True, "locked": False}),
        ("yarn global add a@1.0.0 b", {"verb": "global add", "pins": {"a": True, "b": False}}),
        ("yarn install --offline", {"network": False}),
        ("yarn --cache-folder /y install", {"to": ["/y"]}),
        ("pnpm i --frozen-lockfile", {"manager": "pnpm", "to": ["/home/runner/.local/share/pnpm/store"]}),
        ("pnpm add -g a", {"pins": {"a": False}, "environments": []}),
        ("pnpm install --offline", {"network": False}),
        ("pnpm install --store-dir /s", {"to": ["/s"]}),
        ("bun install", {"manager": "bun", "to": ["/home/runner/.bun/install/cache"]}),
        ("bun add a@1.0.0", {"pins": {"a": True}}),
        ("bun install --no-cache", {"off": True}),
        ("bun install --cache-dir /b", {"to": ["/b"]}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected, files=NPM)


def test_without_a_project_nothing_is_sure(looks):
    looks("npm ci", {"network": None, "locked": False})


@pytest.mark.parametrize(
    ("line", "env", "os", "to"),
    [
        ("npm ci", {}, "windows", "C:/Users/runneradmin/AppData/Local/npm-cache"),
        ("npm ci", {"npm_config_cache": "/n"}, "linux", "/n"),
        ("npm ci", {"NPM_CONFIG_CACHE": ".npm"}, "linux", "$WORKSPACE/.npm"),
        ("yarn", {}, "macos", "/Users/runner/Library/Caches/Yarn"),
        ("yarn", {}, "windows", "C:/Users/runneradmin/AppData/Local/Yarn/Cache"),
        ("yarn", {"YARN_CACHE_FOLDER": "/y"}, "linux", "/y"),
        ("pnpm i", {"PNPM_HOME": "/p"}, "linux", "/p/store"),
        ("pnpm i", {"npm_config_store_dir": "/s"}, "linux", "/s"),
        ("pnpm i", {}, "macos", "/Users/runner/Library/pnpm/store"),
        ("pnpm i", {}, "windows", "C:/Users/runneradmin/AppData/Local/pnpm/store"),
        ("bun i", {"BUN_INSTALL_CACHE_DIR": "/b"}, "linux", "/b"),
        ("bun i", {"BUN_INSTALL": "/b"}, "linux", "/b/install/cache"),
    ],
)
def test_directory(keeps, line, env, os, to):
    assert keeps(line, env=env, os=os) == [to]


def test_configuration_files(keeps, looks):
    assert keeps("npm ci", files={".npmrc": "cache = .npm-cache\n"}) == ["$WORKSPACE/.npm-cache"]
    assert keeps("npm ci", files={".npmrc": "cache=${HOME}/c\n"}) == [UNKNOWN]
    assert keeps("pnpm i", files={".npmrc": "store-dir=/s\n"}) == ["/s"]
    assert keeps("yarn", files={"package.json": "", ".yarnrc.yml": ""}) == [f"{UNKNOWN}/yarn"]
    looks("npm ci", {"index": "https://r.example"}, files={".npmrc": "registry=https://r.example\n"})


@pytest.mark.parametrize(
    ("line", "files", "locked"),
    [
        ("npm ci", {"package.json": "", "npm-shrinkwrap.json": ""}, True),
        ("yarn", {"package.json": "", "yarn.lock": ""}, True),
        ("yarn --cwd web", {"web/package.json": "", "web/yarn.lock": ""}, True),
        ("pnpm i", {"package.json": "", "pnpm-lock.yaml": ""}, True),
        ("pnpm -C web i", {"web/package.json": ""}, False),
        ("bun i", {"package.json": "", "bun.lock": ""}, True),
        ("bun i", {"package.json": "", "bun.lockb": ""}, True),
        ("bun i --cwd web", {"web/package.json": ""}, False),
    ],
)
def test_locked(looks, line, files, locked):
    looks(line, {"locked": locked}, files=files)


@pytest.mark.parametrize(
    ("line", "managers"),
    [
        ("npm cache clean --force", ["npm"]),
        ("yarn cache clean", ["yarn"]),
        ("yarn cache clean left-pad", []),
        ("bun pm cache rm", ["bun"]),
    ],
)
def test_cleanup(reads, line, managers):
    assert [one.managers[0] for one in reads(line) if isinstance(one, Cleanup)] == managers


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "npx prettier@3.1.0 --check .",
            {"manager": "npm", "verb": "exec", "network": True, "pins": {"prettier": True}},
        ),
        ("npx --yes prettier@latest .", {"network": True, "pins": {"prettier": False}, "to": ["/home/runner/.npm"]}),
        ("npx -p @angular/cli@17 ng new x", {"network": True, "pins": {"@angular/cli": False}}),
        ("npm exec --package=a@1.0.0 -- a b@c", {"network": True, "pins": {"a": True}}),
        ("npm x -- a@1.0.0", {"network": True, "pins": {"a": True}}),
        ("npx playwright install --with-deps", {"network": None, "pins": {}}),
        ("npx --yes @scope/tool", {"network": None, "pins": {}}),
        ("npx --no-install a@1.0.0", {"network": False}),
        ("pnpx a@1.0.0", {"manager": "pnpm", "verb": "dlx", "pins": {"a": True}}),
        ("bunx a@1.0.0 b", {"manager": "bun", "network": True, "pins": {"a": True}}),
        ("bun x --bun a", {"manager": "bun", "network": None, "to": ["/home/runner/.bun/install/cache"]}),
    ],
)
def test_tools_that_are_fetched_to_be_run(looks, line, expected):
    looks(line, expected)


@pytest.mark.parametrize("line", ["npx", "npx --version", "npm exec", "bunx --help"])
def test_no_tool(reads, line):
    assert reads(line) == []

"""gem and Bundler, Cargo, Go, Composer."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

FILES = {
    "Gemfile": "",
    "Gemfile.lock": "",
    "Cargo.toml": "",
    "Cargo.lock": "",
    "go.mod": "",
    "go.sum": "",
    "composer.json": "{}",
    "composer.lock": "{}",
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gem install a -v 1.2.3", {"manager": "gem", "pins": {"a": True}, "to": [f"{UNKNOWN}/gem"]}),
        ("gem install a b:1.0 c:'~> 1'", {"pins": {"a": False, "b": True, "c": False}}),
        ("gem install --version '>= 1' a", {"pins": {"a": False}}),
        ("gem install ./a.gem", {"network": None, "pins": {}}),
        ("gem install --local a", {"network": False}),
        ("gem install -s https://u:p@g.example a", {"index": "https://***@g.example"}),
        (
            "bundle install --jobs 4",
            {"manager": "bundle", "locked": True, "environments": ["$WORKSPACE/vendor/bundle"]},
        ),
        ("bundle", {"verb": "install"}),
        ("bundle install --path vendor/gems", {"to": ["$WORKSPACE/vendor/gems"]}),
        ("bundle install --local", {"network": False}),
        (
            "cargo install a --version 1.2.3",
            {"manager": "cargo", "pins": {"a": True}, "to": ["/home/runner/.cargo/registry"]},
        ),
        ("cargo install a@1.2.3 b@1.2 c", {"pins": {"a": True, "b": False, "c": False}}),
        ("cargo install a --version '>=1.2.3'", {"pins": {"a": False}}),
        ("cargo +nightly install a@=1.2.3", {"pins": {"a": True}}),
        ("cargo install --path .", {"pins": {}, "files": [(".", "project")]}),
        ("cargo fetch --locked", {"verb": "fetch", "locked": True}),
        ("cargo fetch --offline", {"network": False}),
        (
            "go install h.example/a@v1.2.3",
            {"manager": "go", "pins": {"h.example/a": True}, "to": ["/home/runner/go/pkg/mod"]},
        ),
        ("go install h.example/a@latest", {"pins": {"h.example/a": False}}),
        ("go install h.example/a@0123456789abcdef", {"pins": {"h.example/a": True}}),
        ("go install ./cmd/...", {"pins": {}, "locked": True}),
        ("go get -u h.example/a", {"pins": {"h.example/a": None}}),
        ("go mod download", {"verb": "mod download", "locked": True}),
        ("go install -mod=vendor ./...", {"network": False}),
        ("composer install --no-dev", {"manager": "composer", "locked": True, "to": [f"{UNKNOWN}/composer"]}),
        ("composer install --no-cache", {"off": True}),
        ("composer update --dry-run", {"network": None}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected, files=FILES)


@pytest.mark.parametrize(
    ("line", "env", "os", "to"),
    [
        ("gem install a", {"GEM_HOME": "/g"}, "linux", "/g/cache"),
        ("bundle install", {"BUNDLE_PATH": "vendor/bundle"}, "linux", "$WORKSPACE/vendor/bundle"),
        ("cargo install a", {"CARGO_HOME": "/usr/local/cargo"}, "linux", "/usr/local/cargo/registry"),
        ("go mod download", {"GOMODCACHE": "/m"}, "linux", "/m"),
        ("go mod download", {"GOPATH": "/go:/other"}, "linux", "/go/pkg/mod"),
        ("go mod download", {"GOPATH": "C:/go;D:/go"}, "windows", "C:/go/pkg/mod"),
        ("composer install", {"COMPOSER_CACHE_DIR": "/c"}, "linux", "/c"),
        ("composer install", {}, "windows", "C:/Users/runneradmin/AppData/Local/Composer"),
        ("composer install", {}, "macos", "/Users/runner/Library/Caches/composer"),
    ],
)
def test_directory(keeps, line, env, os, to):
    assert keeps(line, env=env, os=os) == [to]


@pytest.mark.parametrize(
    ("line", "env"),
    [
        ("go mod download", {"GOPROXY": "off"}),
        ("go install ./...", {"GOFLAGS": "-mod=vendor"}),
        ("cargo fetch", {"CARGO_NET_OFFLINE": "true"}),
    ],
)
def test_offline_by_variable(looks, line, env):
    looks(line, {"network": False}, env=env)


@pytest.mark.parametrize(("line", "manager"), [("go clean -modcache", "go"), ("composer clear-cache", "composer")])
def test_cleanup(reads, line, manager):
    (found,) = reads(line)
    assert isinstance(found, Cleanup)
    assert found.managers == (manager,)


LOCK = '[[package]]\nname = "a"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n'


@pytest.mark.parametrize(
    ("line", "files", "network"),
    [
        ("cargo build --release", {"Cargo.lock": LOCK}, True),
        ("cargo +nightly test", {"Cargo.lock": LOCK}, True),
        ("cargo t -- --nocapture", {"Cargo.lock": LOCK}, True),
        ("cargo clippy --all-targets -- -D warnings", {"Cargo.lock": LOCK}, True),
        ("cargo run --bin x", {"Cargo.lock": LOCK}, True),
        ("cargo chef cook --release --recipe-path recipe.json", {}, True),
        ("cargo build", {}, None),
        ("cargo build --manifest-path sub/Cargo.toml", {"Cargo.lock": LOCK}, None),
        ("cargo build", {"Cargo.lock": '[[package]]\nname = "own"\n'}, False),
        ("cargo build --offline", {"Cargo.lock": LOCK}, False),
    ],
)
def test_cargo_fetches_what_a_project_needs(looks, line, files, network):
    looks(line, {"manager": "cargo", "network": network, "environments": [], "pins": {}}, files=files)


@pytest.mark.parametrize("line", ["cargo fmt --check", "cargo chef prepare", "cargo --version", "cargo publish"])
def test_cargo_verbs_that_are_left_out(reads, line):
    assert reads(line) == []

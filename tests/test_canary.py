"""No password or token that stands in an audited file reaches any output."""

import itertools
import json
import re
from pathlib import Path

import pytest

from ci_audit import cli

LETTERS = "bcdfghjkmnpqrstvwxz"


class Canaries:
    """Fills secrets into texts and remembers them; no two are alike, so that a leak tells where it comes from."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def fill(self, text: str) -> str:
        """Replace `@pw@` by a password, and `@ghp@` and the like by a token of that shape."""
        return re.sub(r"@(pw|hex|\w+_|AKIA|glpat|pypi|eyJ|tk)@", self._secret, text)

    def _secret(self, match: re.Match[str]) -> str:
        number = next(self._numbers)
        word = "".join(LETTERS[int(digit)] for digit in f"{number:04}")
        core = f"Canary{word}X9zQ"
        shapes = {
            "pw": core,
            "hex": f"{number:06x}deadbeef{number:06x}0badc0de{number:06x}",
            "AKIA": f"AKIA{core.upper()}QZ",
            "glpat": f"glpat-{core}abcdef",
            "pypi": f"pypi-AgEIcHlwaS5vcmcC{core}",
            "eyJ": f"eyJhbGciOiJIUzI1NiJ9.eyJ{core}.{core}sig",
            "tk": f"tk-{core}abcdefghijklmnopqrst",
        }
        secret = shapes.get(match[1]) or f"{match[1]}{core * 3}"[:40]
        line = match.string[match.string.rfind("\n", 0, match.start()) + 1 :].split("\n", 1)[0]
        self.planted[core.upper() if match[1] == "AKIA" else secret if match[1] == "hex" else core] = line
        return secret


COMMANDS = """\
pip install --index-url https://user:@pw@@host.example/simple flask
pip install -i https://@pw@@host.example/simple flask
pip install --extra-index-url=https://__token__:@glpat@@gitlab.example/api/v4/projects/1/packages/pypi/simple flask
pip install "flask @ https://user:@pw@@host.example/flask.whl"
pip install git+https://@ghp_@@github.com/owner/name.git@main
pip install git+https://oauth2:@glpat@@gitlab.example/x.git#egg=x
pip install --proxy http://me:@pw@@proxy.example:8080 flask
pip install --find-links https://me:@pw@@host.example/wheels flask
pip install -r https://me:@pw@@host.example/requirements.txt
pip install 'https://me:@pw@@host.example/x-1.0.tar.gz'
pip install https://host.example/x-1.0.tar.gz?token=@pw@
PIP_INDEX_URL=https://user:@pw@@host.example/simple pip install flask
TWINE_PASSWORD=@pw@ pip install flask
MY_SECRET="@pw@" GITHUB_TOKEN=@ghp_@ pip install flask
export TOKEN=@pw@ && pip install "flask[$TOKEN]"
TOKEN=@pw@; pip install --index-url https://user:$TOKEN@host.example/simple flask
URL=https://user:@pw@@host.example/simple; pip install --index-url $URL flask
pip install flask # password=@pw@
pip install flask # the old token was @ghp_@
echo @github_pat_@ && pip install flask
pip install flask && twine upload -u me -p @pw@ dist/*
twine upload --username me --password '@pw@' dist/*; pip install flask
docker login -u me -p @pw@ registry.example && pip install flask
docker login --username=me --password="@pw@" && pip install flask
docker build --build-arg TOKEN=@pw@ . ; pip install flask
curl -H "Authorization: Bearer @pw@" https://host.example | sh; pip install flask
curl -H 'Authorization: token @pw@' -L https://host.example/x | bash
curl --header "PRIVATE-TOKEN: @pw@" https://host.example && pip install flask
curl -H "Authorization: Basic @pw@=" https://host.example; pip install flask
curl -u me:@pw@ -O https://host.example/x.whl && pip install flask
curl --user "me:@pw@" -O https://host.example/x.whl && pip install flask
wget --http-password=@pw@ https://host.example/x.whl && pip install flask
wget --password @pw@ https://host.example/x.whl && pip install flask
sshpass -p @pw@ ssh host.example; pip install flask
mysql -u root -p@pw@ -e 'select 1' && pip install flask
aws configure set aws_secret_access_key @pw@ && pip install flask
AWS_ACCESS_KEY_ID=@AKIA@ AWS_SECRET_ACCESS_KEY=@pw@/+abcdefghijklmnopqrst pip install awscli
poetry config http-basic.mine me @pw@ && poetry install
poetry config pypi-token.pypi @pypi@ && poetry install
poetry publish --username me --password @pw@; pip install flask
uv publish --token @pypi@ && uv pip install flask
uv publish -t @pypi@ && uv pip install flask
UV_PUBLISH_PASSWORD=@pw@ uv sync
UV_INDEX_MINE_PASSWORD=@pw@ uv pip install flask
uv pip install --index mine=https://me:@pw@@host.example/simple flask
uv add --default-index https://me:@pw@@host.example/simple flask
uvx --from git+https://@ghp_@@github.com/owner/name tool
pipx install --index-url https://me:@pw@@host.example/simple hatch
pdm config pypi.password @pw@ && pdm install
HATCH_INDEX_AUTH=@pypi@ hatch run test
conda install -c https://host.example/t/@tk@/channel numpy
conda install -c https://me:@pw@@host.example/channel numpy
npm config set //registry.example/:_authToken=@pw@ && npm ci
npm install --//registry.example/:_authToken=@pw@
NPM_TOKEN=@npm_@ npm install left-pad
gem install --source https://@pw@:x-oauth-basic@host.example rails
GOPROXY=https://me:@pw@@host.example go install host.example/x@latest
CARGO_REGISTRY_TOKEN=@pw@ cargo install ripgrep
git clone https://x-access-token:@ghp_@@github.com/owner/name && pip install ./name
git config url."https://@ghp_@@github.com/".insteadOf https://github.com/; pip install flask
pip config set global.index-url https://me:@pw@@host.example/simple; pip install flask
ssh-keygen -N @eyJ@; pip install flask
docker run -e PASSWORD=@pw@ -e TOKEN=@pw@ image pip install flask
bash -c "pip install --index-url https://me:@pw@@host.example/simple flask"
bash -c 'export PASSWORD=@pw@; pip install flask'
env PASSWORD=@pw@ pip install flask
sudo -E SECRET_KEY=@pw@ pip install flask
pip install flask --global-option="--password=@pw@"
python -m pip --cert x --proxy "http://me:@pw@@proxy.example" install flask
pip install --index-url https://me:@pw@@host.example/simple \\
  flask
uv publish --token \\
  @pw@ && uv pip install flask
pip install \\
  --extra-index-url \\
  https://me:@pw@@host.example/simple \\
  flask
"""
# A line that begins with blanks belongs to the one above it.
SPLIT = re.split(r"\n(?=\S)", COMMANDS.rstrip("\n"))


def indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by)


def steps() -> str:
    return "".join(f"      - run: |\n          {indented(command, 10)}\n" for command in SPLIT)


GITHUB = f"""\
# token: @ghp_@
name: password=@pw@ @ghp_@
on: push
env:
  PIP_INDEX_URL: https://user:@pw@@host.example/simple
  TWINE_PASSWORD: @pw@
  MY_API_KEY: "@pw@"
  OTHER: @ghp_@
jobs:
  secrets:
    name: deploy with @github_pat_@ and password=@pw@
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        token: ["@ghp_@", "x"]
        index: ["https://user:@pw@@host.example/simple"]
    container:
      image: python:3
      credentials: {{username: me, password: "@pw@"}}
      env: {{SECRET: "@pw@", DB: "postgres://me:@pw@@db.example/x"}}
    services:
      db:
        image: postgres
        credentials: {{username: me, password: @pw@}}
        env:
          POSTGRES_PASSWORD: @pw@
    steps:
      - uses: actions/checkout@v4
        with:
          token: @ghp_@
          ssh-key: "@pw@"
      - uses: docker/login-action@v3
        with: {{username: me, password: "@pw@"}}
      - uses: pypa/gh-action-pypi-publish@release/v1
        with: {{password: "@pypi@", repository-url: "https://me:@pw@@host.example/"}}
      - name: with @ghp_@
        run: pip install flask # ci-audit: ignore[CIA101] the token @ghp_@ and password=@pw@ are old
        env:
          TOKEN: @pw@
      - run: pip install "$OTHER" ${{{{ matrix.token }}}}
      - run: pip install --index-url ${{{{ matrix.index }}}} flask
      - run: pip install flask six # password: @pw@
      - run: "pip install --index-url https://me:@pw@@host.example/simple flask" # ghp: @ghp_@
      - shell: pwsh
        run: |
          $env:PASSWORD = "@pw@"
          pip install --index-url "https://me:@pw@@host.example/simple" flask
          $token = '@ghp_@'; pip install flask
      - uses: ./action
        with: {{password: "@pw@", index: "https://me:@pw@@host.example/simple"}}
{steps()}"""

ACTION = """\
name: a
inputs:
  password: {default: "@pw@"}
  index: {default: "https://me:@pw@@host.example/simple"}
runs:
  using: composite
  steps:
    - run: pip install --index-url ${{ inputs.index }} flask; uv publish --token ${{ inputs.password }}
      shell: bash
"""

GITLAB = """\
image: python:3
variables:
  PIP_INDEX_URL: "https://gitlab-ci-token:@glpat@@gitlab.example/api/v4/projects/1/packages/pypi/simple"
  DEPLOY_PASSWORD: "@pw@"
  DESCRIBED_TOKEN: {value: "@pw@", description: "the token is @glpat@"}
  DOCKER_AUTH_CONFIG: '{"auths": {"registry.example": {"username": "me", "password": "@pw@"}}}'
  KEY: @AKIA@
include:
  - remote: https://me:@pw@@host.example/ci.yml
"deploy @glpat@":
  cache: {key: "token=@pw@", paths: ["https://me:@pw@@host.example/"]}
  script:
    - pip install "$KEY" # secret: @pw@
    - |
      PASSWORD=@pw@
      curl -H "JOB-TOKEN: @pw@" https://host.example
      pip install flask
"""

TRAVIS = """\
language: python
env:
  global:
    - TWINE_PASSWORD=@pw@ OTHER=x
    - GH_TOKEN="@ghp_@"
    - INDEX=https://me:@pw@@host.example/simple
before_install: pip install --index-url $INDEX flask
script: pip install flask $GH_TOKEN
deploy:
  provider: pypi
  username: me
  password: @pw@
  api_key: @pypi@
"""

DOCKERFILE = f"""\
# syntax=docker/dockerfile:1
ARG TOKEN=@pw@
ARG INDEX=https://me:@pw@@host.example/simple
FROM python:3
ARG TOKEN=@pw@
ENV PASSWORD=@pw@ GITHUB_TOKEN=@ghp_@
ENV API_TOKEN @pw@
ENV PIP_INDEX_URL=https://me:@pw@@host.example/simple
LABEL password="@pw@"
ADD https://me:@pw@@host.example/x.tar.gz /
RUN pip install "$GITHUB_TOKEN"
RUN pip install --index-url https://me:@pw@@host.example/simple flask # password=@pw@
RUN ["pip", "install", "--index-url", "https://me:@pw@@host.example/simple", "flask"]
RUN ["uv", "publish", "--token", "@pw@"]
RUN --mount=type=secret,id=token,env=TOKEN PASSWORD=@pw@ pip install flask
RUN <<EOF
export PASSWORD=@pw@
pip install --index-url https://me:@pw@@host.example/simple flask
EOF
# ci-audit: ignore[CIA102, CIA301] the password=@pw@ is @ghp_@
RUN pip install flask
# ci-audit: ignore[@ghp_@] password=@pw@
RUN pip install six
COPY <<pip.conf /etc/
[global]
index-url = https://me:@pw@@host.example/simple
pip.conf
ONBUILD RUN TOKEN=@pw@ pip install flask
HEALTHCHECK CMD curl -H "Authorization: Bearer @pw@" localhost
{"".join(f"RUN {indented(command, 2)}{chr(10)}" for command in SPLIT)}"""

BESIDE = {
    "requirements.txt": """\
--index-url https://me:@pw@@host.example/simple
--extra-index-url https://@pw@@host.example/simple
flask @ https://me:@pw@@host.example/flask.whl
git+https://@ghp_@@github.com/owner/name.git
-e git+https://me:@pw@@host.example/x.git#egg=x
six # password=@pw@
requests --global-option="--password=@pw@"
-r https://me:@pw@@host.example/other.txt
""",
    "pip.conf": "[global]\nindex-url = https://me:@pw@@host.example/simple\n",
    "uv.toml": '[[index]]\nname = "a"\nurl = "https://me:@pw@@host.example/simple"\ndefault = true\n',
    "pyproject.toml": """\
[project]
name = "a"
version = "1"
dependencies = ["flask @ https://me:@pw@@host.example/flask.whl", "six"]
[[tool.poetry.source]]
name = "mine"
url = "https://me:@pw@@host.example/simple"
[[tool.pdm.source]]
name = "mine"
url = "https://me:@pw@@host.example/simple"
""",
    "Pipfile": '[[source]]\nurl = "https://me:@pw@@host.example/simple"\nname = "a"\n[packages]\nflask = "*"\n',
    "tox.ini": "[testenv]\nsetenv =\n    PASSWORD=@pw@\ndeps =\n    -i https://me:@pw@@host.example/\n    flask\n",
    ".pre-commit-config.yaml": """\
repos:
  - repo: https://me:@pw@@host.example/hooks
    rev: main
    hooks: [{id: a, additional_dependencies: ["git+https://@ghp_@@github.com/owner/name"]}]
""",
    "environment.yml": "channels: ['https://host.example/t/@tk@/c']\ndependencies:\n"
    "  - pip: ['https://me:@pw@@host.example/x']\n",
    ".npmrc": "//registry.example/:_authToken=@npm_@\nregistry=https://me:@pw@@host.example/\n",
}
USES = """\
on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - run: pip install -r requirements.txt
      - run: pip install .
      - run: uv sync
      - run: poetry install
      - run: pdm install
      - run: pipenv install
      - run: tox
      - run: pre-commit run
      - run: conda env update -f environment.yml
      - run: npm ci
"""

# Files that their service refuses: the message may quote them.
BROKEN = {
    ".github/workflows/b1.yml": "password: @pw@: x\n",
    ".github/workflows/b2.yml": "@ghp_@: 1\n@ghp_@: 2\n",
    ".github/workflows/b3.yml": "on: push\njobs:\n  a:\n    password: @pw@\n",
    ".github/workflows/b4.yml": "on: push\njobs: password=@pw@\n",
    ".github/workflows/b5.yml": "on: push\nx: *@ghp_@\n",
    ".github/workflows/b6.yml": "on: push\njobs:\n  a:\n    runs-on: x\n"
    "    steps: [{run: 'TOKEN=@pw@'}, 'token=@pw@']\n",
    ".github/workflows/b7.yml": "on: push\njobs:\n  a:\n    uses: ./@ghp_@/password=@pw@.yml\n",
    "a.gitlab-ci.yml": "test:\n  extends: '@glpat@'\n  script: [pip install flask]\n  password: '@pw@\n",
    "b.gitlab-ci.yml": "test:\n  extends: '@glpat@'\n  script: [pip install flask, !reference ['@glpat@', 'a']]\n",
    "c.gitlab-ci.yml": "password=@pw@\n",
    "b1/Dockerfile": "FROM a\npassword=@pw@ @ghp_@\n",
    "b2/Dockerfile": "FROM a\nRUN <<EOF\nexport PASSWORD=@pw@\n",
    "b4/Dockerfile": "FROM a\nENV TOKEN @pw@\nENV PASSWORD\nRUN pip install '@ghp_@\nLABEL @pypi@\n",
    "b5/Dockerfile": "FROM https://me:@pw@@host.example/a:@ghp_@\nCOPY --from=@ghp_@ . .\n"
    "RUN --token=@pw@ pip install flask\n",
}


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture(scope="module")
def files(canaries: Canaries) -> dict[str, str]:
    texts = {
        ".github/workflows/ci.yml": GITHUB,
        ".github/workflows/uses.yml": USES,
        "action/action.yml": ACTION,
        ".gitlab-ci.yml": GITLAB,
        ".travis.yml": TRAVIS,
        "Dockerfile": DOCKERFILE,
        **BESIDE,
        **BROKEN,
    }
    return {path: canaries.fill(text) for path, text in texts.items()}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return tmp_path


def leaks(text: str, canaries: Canaries) -> dict[str, str]:
    """Give the planted secrets that stand in a text, also in part or in another case, with where they were planted."""
    text = text.upper()
    return {secret: line for secret, line in canaries.planted.items() if secret[:10].upper() in text}


SCANS = [
    *(["scan", "--format", format] for format in ("text", "json", "github", "sarif")),
    *(["scan", "--format", format, "--show-fixes", "--unsafe-fixes"] for format in ("text", "json", "sarif")),
    *(["scan", "--format", format, "--show-suppressed", "--extend", "strict"] for format in ("text", "json", "sarif")),
    ["scan", "--color", "always"],
    ["scan", "--select", "CIA001,CIA002,CIA101,CIA102,CIA301,CIA302,CIA304,CIA305,CIA310", "--show-suppressed"],
    ["scan", "--statistics"],
    ["scan", "--show-settings"],
    ["scan", "--show-files"],
    ["scan", "--add-ignore"],
    ["inspect"],
    ["inspect", "--format", "json"],
]


@pytest.mark.parametrize("arguments", SCANS, ids=" ".join)
def test_no_secret_is_shown(
    repo: Path, canaries: Canaries, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert cli.run(arguments) in (0, 1)
    out, err = capsys.readouterr()
    assert out
    assert leaks(out + err, canaries) == {}


def test_the_files_are_looked_at(repo: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str]) -> None:
    cli.run(["scan", "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    paths = {finding["path"] for finding in found["findings"]}
    assert {".github/workflows/ci.yml", ".gitlab-ci.yml", ".travis.yml", "Dockerfile", "requirements.txt"} <= paths
    assert found["files"]["failed"] == []
    assert sum("***" in finding["message"] for finding in found["findings"]) > 80
    cli.run(["inspect", "--format", "json"])
    installs = json.loads(capsys.readouterr().out)["installs"]
    assert len(installs) > 150
    assert sum("***" in install["index"] for install in installs) > 20
    assert sum("***" in install["command"] for install in installs) > 80


# The name of a variable tells that its value is a secret, also where the value alone would not.
BY_NAME = {
    ".github/workflows/a.yml": "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    env: {FURY_TOKEN: @pw@}\n"
    "    steps:\n"
    "      - run: pip install --index-url https://host.example/$FURY_TOKEN/simple flask\n"
    "      - run: pip install --index-url https://host.example/${{ env.FURY_TOKEN }}/simple flask\n"
    "      - run: API_KEY=@pw@; pip install https://host.example/x-1.0.tar.gz?key=$API_KEY\n",
    ".gitlab-ci.yml": "variables: {FURY_TOKEN: {value: @pw@}}\na:\n  image: python:3\n"
    "  script: pip install -i https://host.example/$FURY_TOKEN/simple flask\n",
    ".travis.yml": "language: python\nenv: FURY_TOKEN=@pw@\n"
    "script: pip install -i https://host.example/$FURY_TOKEN/simple flask\n",
    "Dockerfile": "FROM python:3\nARG FURY_TOKEN=@pw@\nENV API_TOKEN @pw@\n"
    "RUN pip install -i https://host.example/$FURY_TOKEN/simple flask ${API_TOKEN}\n",
}


@pytest.mark.parametrize("path", BY_NAME)
@pytest.mark.parametrize("arguments", [["scan", "--format", "json"], ["inspect"]], ids=" ".join)
def test_no_secret_of_a_variable(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    path: str,
) -> None:
    canaries = Canaries()
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(canaries.fill(BY_NAME[path]).encode())
    monkeypatch.chdir(tmp_path)
    assert cli.run(arguments) in (0, 1)
    out, err = capsys.readouterr()
    assert leaks(out + err, canaries) == {}


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", "Dockerfile", "requirements.txt", "pip.conf"])
def test_no_secret_of_a_file_that_is_named(
    repo: Path, canaries: Canaries, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    for provider in ("github", "gitlab", "travis", "dockerfile"):
        for command in (["scan", "--show-suppressed"], ["scan", "-f", "json"], ["inspect"]):
            cli.run([*command, "--as", provider, path])
            out, err = capsys.readouterr()
            assert leaks(out + err, canaries) == {}, provider


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('select = ["@ghp_@"]\n'),
        pytest.param('format = "@ghp_@"\n'),
        pytest.param('"@ghp_@" = 1\n'),
        pytest.param('[per-file-ignores]\n"a" = ["@glpat@"]\n'),
        pytest.param('rules = ["https://me:@pw@@host.example/rules"]\n'),
        "password = '@pw@'\n",
        "token = '@pw@\n",
    ],
)
def test_no_secret_of_the_configuration(
    repo: Path, canaries: Canaries, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (repo / ".ci-audit.toml").write_text(canaries.fill(text))
    for command in (["scan"], ["inspect"], ["scan", "--show-settings"]):
        cli.run(command)
        out, err = capsys.readouterr()
        assert leaks(out + err, canaries) == {}

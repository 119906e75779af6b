"""What is said about an install besides its cause."""

import pytest

from ci_audit.facts import kinds
from ci_audit.providers import parse
from ci_audit.repository import MemoryReader, Repository


def field(name: str, command: str) -> str:
    text = f"on: push\njobs: {{t: {{runs-on: ubuntu-latest, steps: [{{run: {command!r}}}]}}}}\n"
    path = ".github/workflows/ci.yml"
    repository = Repository("", MemoryReader({path: text}))
    source = repository.source(path)
    assert source is not None
    kind = kinds()["install"]
    ((install, context),) = kind.nodes(parse("github", source, repository), repository)
    return kind.fields[name](install, context)


@pytest.mark.parametrize(
    ("command", "index"),
    [
        ("pip install requests", "PyPI"),
        ("pip install git+https://github.com/a/b", "github.com (what it depends on: PyPI)"),
        ("pip install b@git+ssh://git@gitlab.example:22/a/b.git@v1", "gitlab.example (what it depends on: PyPI)"),
        ("pip install -e git+https://u:secret@git.example/a/b#egg=b", "git.example (what it depends on: PyPI)"),
        ("pip install https://files.example/b-1.tar.gz", "files.example (what it depends on: PyPI)"),
        ("pip install --no-deps https://files.example/b-1-py3-none-any.whl", "files.example"),
        ("pip install --no-deps https://files.example/b-1.tar.gz", "files.example (what it depends on: PyPI)"),
        ("pip install -c c.txt git+https://github.com/a/b", "github.com (what it depends on: PyPI)"),
        ("pip install requests git+https://github.com/a/b", "PyPI and github.com"),
        ("pip install -r r.txt git+https://github.com/a/b", "PyPI and github.com"),
        ("pip install . git+https://github.com/a/b https://x.example/c.zip", "PyPI and github.com and x.example"),
        (
            "pip install -i https://i.example/simple git+https://github.com/a/b",
            "github.com (what it depends on: https://i.example/simple)",
        ),
        ("uv pip install git+https://github.com/a/b", "github.com (what it depends on: PyPI)"),
        ("uv tool install --from git+https://github.com/a/b b", "github.com (what it depends on: PyPI)"),
        ("uvx --from git+https://github.com/a/b b", "github.com (what it depends on: PyPI)"),
        ("pipx install git+https://github.com/a/b", "github.com (what it depends on: PyPI)"),
        ("pipx run --spec git+https://github.com/a/b b", "github.com (what it depends on: PyPI)"),
    ],
)
def test_where_an_install_downloads_from(command: str, index: str) -> None:
    assert field("index", command) == index

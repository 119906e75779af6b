"""The independent check of an edited Dockerfile: right results pass, each kind of damage is refused."""

from __future__ import annotations

import pytest

from ci_audit.editing import AddFlags, Cut, Operation, apply, docker, dockercheck
from ci_audit.source import Source

OLD = """\
# syntax=docker/dockerfile:1
FROM python:3.12 AS base
# the requirements first
COPY requirements.txt .
ENV A=1 B=2
RUN apt-get update && \\
    # what the build needs
    apt-get install -y gcc \\
      git && \\
    rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir -r requirements.txt \\
 && pip cache purge
RUN python -m pip install flask==3.0.3

# last
RUN ["pip", "install", "--no-cache-dir", "x"]
COPY . .
CMD ["python", "app.py"]
"""
PIP = "--mount=type=cache,target=/root/.cache/pip"
APT = "--mount=type=cache,target=/var/cache/apt,sharing=locked"


def _operations() -> list[Operation]:
    def cut(words: str, after: str) -> Cut:
        at = OLD.index(words, OLD.index(after))
        return Cut(at, at + len(words))

    return [
        AddFlags(OLD.index("RUN apt-get"), (APT,)),
        cut("&& \\\n    rm -rf /var/lib/apt/lists/*", "git"),
        AddFlags(OLD.index("RUN pip"), (PIP,)),
        cut("--no-cache-dir", "RUN pip"),
        cut("&& pip cache purge", "RUN pip"),
        AddFlags(OLD.index("RUN python"), (PIP,)),
        AddFlags(OLD.index('RUN ["pip"'), (PIP,)),
        cut("--no-cache-dir", 'RUN ["pip"'),
    ]


def _new() -> str:
    return apply(OLD, docker.edits(Source("Dockerfile", OLD), _operations()))


DAMAGE = [
    ("# the requirements first\n", ""),
    ("# the requirements first", "# the requirements"),
    ("# last\n", ""),
    ("    # what the build needs\n", ""),
    ("# syntax=docker/dockerfile:1\n", ""),
    ("# syntax=docker/dockerfile:1\n", "# syntax=docker/dockerfile:1.0\n"),
    ("FROM python:3.12", "FROM python:3.13"),
    (" AS base", ""),
    ("COPY requirements.txt .\n", ""),
    ("COPY requirements.txt .", "COPY requirements.txt ./"),
    ("COPY . .\n", "COPY . .\nCOPY . .\n"),
    ("ENV A=1 B=2", "ENV A=1"),
    ("ENV A=1 B=2", "ENV A=2 B=2"),
    ("ENV A=1 B=2\n", ""),
    ("apt-get update && ", ""),
    ("apt-get update && ", "apt-get update; "),
    ("apt-get update && ", "apt-get update &&& "),
    ("install -y gcc", "install gcc"),
    ("install -y gcc", "install -y gcc-12"),
    ("      git", "      git curl"),
    ("      git", "git"),
    ("gcc \\\n", "gcc\n"),
    ("      git\n", "      git \\\n"),
    ("      git\n", "      git && \\\n    rm -rf /var/lib/apt/lists/*\n"),
    (APT, APT + " " + APT),
    (APT, APT.replace("locked", "shared")),
    (APT, APT.replace(",sharing=locked", "")),
    (APT, APT.replace("/var/cache/apt", "/var/lib/apt")),
    (APT + " \\\n    ", ""),
    (PIP + " ", ""),
    (PIP, PIP.replace("pip", "uv")),
    (PIP, PIP + ",uid=1000"),
    (PIP, PIP.replace("cache/pip", "cache")),
    (PIP, PIP.replace("--mount", "-mount")),
    (PIP, PIP + ",id=pip"),
    ("pip install -r requirements.txt\n", "pip install -r requirements.txtnstall flask\n"),
    ("-r requirements.txt\n", "-r requirements.txt --no-cache-dir\n"),
    ("-r requirements.txt\n", "--no-cache-dir -r requirements.txt\n"),
    ("-r requirements.txt\n", "-r requirements.txt \\\n && pip cache purge\n"),
    ("-r requirements.txt\n", "-r requirements.txt \\\n"),
    ("-r requirements.txt\n", ""),
    ("pip install -r", "pip3 install -r"),
    ("pip install -r", "pipinstall -r"),
    ("python -m pip install flask==3.0.3", "python -m pip install flask"),
    ("RUN --mount=type=cache,target=/root/.cache/pip python", "USER root\nRUN " + PIP + " python"),
    ("\n\n# last", "\n# last"),
    ("flask==3.0.3\n", "flask==3.0.3 \\\n"),
    ('["pip", "install", "x"]', '["pip", "install", "--no-cache-dir", "x"]'),
    ('["pip", "install", "x"]', '["pip", "install"]'),
    ('["pip", "install", "x"]', "pip install x"),
    ('["pip", "install", "x"]', "['pip', 'install', 'x']"),
    ('"app.py"]\n', '"app.py"]\nRUN rm -rf /root/.cache\n'),
    ('CMD ["python", "app.py"]\n', ""),
    ('CMD ["python", "app.py"]\n', 'CMD ["python", "app.py"]'),
]


def test_what_the_editor_makes_passes():
    assert dockercheck.check(OLD, _new(), _operations()) == ""


@pytest.mark.parametrize(("was", "becomes"), DAMAGE, ids=range(len(DAMAGE)))
def test_damage_is_refused(was, becomes):
    new = _new()
    assert was in new
    assert dockercheck.check(OLD, new.replace(was, becomes, 1), _operations()) != ""


@pytest.mark.parametrize(("was", "becomes"), DAMAGE, ids=range(len(DAMAGE)))
@pytest.mark.parametrize("missing", [("_buildkit",), ("_buildkit", "_dockerfile_parse")])
def test_damage_is_refused_with_the_other_parsers(monkeypatch, missing, was, becomes):
    for name in missing:
        monkeypatch.setattr(dockercheck, name, lambda text: None)
    assert dockercheck.check(OLD, _new(), _operations()) == ""
    assert dockercheck.check(OLD, _new().replace(was, becomes, 1), _operations()) != ""


def test_an_edit_that_nobody_asked_for_is_refused():
    assert "instead" in dockercheck.check(OLD, OLD + "RUN x\n", [])


def test_a_here_document_is_compared_too():
    old = "FROM a\nRUN <<EOF\npip install --x y\n# why\nrm z\nEOF\nRUN b\n"
    at = old.index("--x")
    cut = Cut(at, at + 3)
    right = old.replace("--x ", "")
    assert dockercheck.check(old, right, [cut]) == ""
    for wrong in (right.replace("# why\n", ""), right.replace("rm z\n", ""), right.replace("y", "yz"), old):
        assert dockercheck.check(old, wrong, [cut]) != ""

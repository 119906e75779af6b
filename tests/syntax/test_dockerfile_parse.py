"""dockerfile-parse as a second oracle, for the values of ENV and ARG that it reads as BuildKit does.

Where it does not (modifiers, `# escape`, heredocs, variables of a local stage), see the decision 0002.
"""

import io

import pytest
from dockerfile_parse import DockerfileParser

from ci_audit.source import Source
from ci_audit.syntax.dockerfile import parse
from ci_audit.syntax.dockervalues import env_pairs
from ci_audit.syntax.dockerwords import expand


@pytest.mark.parametrize(
    "lines",
    [
        "ENV A=1",
        "ENV A 1 2 3",
        "ENV A=1 B=2 \\\n    C=3",
        "ENV A=1\nENV B=$A-${A}",
        "ENV A=\"a b\" B='c d'",
        "ENV A=a\\ b",
        "ENV A=1\nENV A=2 B=$A",
        "# a comment\nENV A=1 \\\n# another\n    B=2",
    ],
)
def test_env_values(lines: str) -> None:
    text = f"FROM scratch\n{lines}\n"
    other = DockerfileParser(fileobj=io.BytesIO(text.encode()))
    env: dict[str, str] = {}
    for instruction in parse(Source("Dockerfile", text)).instructions:
        if instruction.keyword == "ENV":
            before = dict(env)
            for pair in env_pairs(instruction):
                assert pair.value is not None
                env[pair.name] = expand(pair.value.text, before.get, instruction.escape)
    assert env == dict(other.envs)

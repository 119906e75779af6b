"""Images named by digest."""

import pytest

from tests.remedies.pinning.fixing import CI, DIGEST, repaired, steps

PINS = dict.fromkeys(("python:3.12", "python:latest", "ghcr.io/owner/tool:v1", "busybox:latest", "alpine:3"), DIGEST)
RULES = ("CIA305", "CIA310")


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("Dockerfile", "FROM <python:3.12> AS base\n"),
        ("Dockerfile", "FROM --platform=linux/amd64 <docker.io/library/python:3.12>\n"),
        ("Dockerfile", "FROM <python>\n"),
        ("Dockerfile", "FROM <python:latest>\n"),
        ("Dockerfile", "FROM scratch\nCOPY --from=<busybox:latest> /bin/busybox /bin/busybox\n"),
        ("Dockerfile", "FROM scratch\nRUN --mount=type=bind,from=<busybox:latest>,target=/b /b/bin/true\n"),
        (CI, "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    container: <python:3.12>\n    steps: [run: a]\n"),
        (
            CI,
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    services:\n      db:\n        image: '<alpine:3>'\n"
            "    steps: [run: a]\n",
        ),
        (CI, steps("- uses: docker://<alpine:3> # small")),
        (".gitlab-ci.yml", "test:\n  image: <python:3.12>\n  script: [pytest]\n"),
        (".gitlab-ci.yml", 'test:\n  image: {name: "<python:3.12>", entrypoint: [""]}\n  script: [pytest]\n'),
        (".gitlab-ci.yml", "test:\n  services: [<ghcr.io/owner/tool:v1>]\n  script: [pytest]\n"),
        (".gitlab-ci.yml", "test: # it\n  image: <python>   # newest\n  script: [pytest]\n"),
    ],
)
def test_the_digest_stands_behind_the_reference(path: str, before: str) -> None:
    found = repaired({path: before.replace("<", "").replace(">", "")}, *RULES, pins=PINS)
    assert found.texts == {path: before.replace("<", "").replace(">", f"@{DIGEST}")}
    assert {fix.safety for fix in found.fixes} == {"unsafe"}
    assert found.findings == ()


def test_the_rest_of_the_file_stays() -> None:
    text = "# why\r\nFROM python:3.12 AS base\r\n# more\r\nRUN true\r\n"
    found = repaired({"Dockerfile": text}, *RULES, pins=PINS)
    assert found.texts == {"Dockerfile": text.replace("python:3.12", f"python:3.12@{DIGEST}")}


def test_an_image_from_a_variable_is_left_alone() -> None:
    found = repaired({"Dockerfile": "ARG TAG=3.12\nFROM python:${TAG}\n"}, *RULES, pins=PINS)
    assert found.texts == {}
    assert found.reasons == ["`python:3.12` is not written out here, it comes from a variable"]
    text = "variables: {IMAGE: 'python:3.12'}\ntest:\n  image: $IMAGE\n  script: [pytest]\n"
    assert repaired({".gitlab-ci.yml": text}, *RULES, pins=PINS).texts == {}


def test_what_has_no_known_digest_is_left_alone() -> None:
    found = repaired({"Dockerfile": "FROM python:3.11\n"}, *RULES, pins=PINS)
    assert found.texts == {}
    assert found.reasons == ["no digest is known for `python:3.11`: the mapping has no `python:3.11`"]
    found = repaired({"Dockerfile": "FROM python:3.11\n"}, *RULES)
    assert found.reasons == ["no digest is known for `python:3.11`; use --online or --pins"]


def test_an_image_used_by_two_jobs_is_pinned_once() -> None:
    text = ".base:\n  image: python:3.12\na:\n  extends: .base\n  script: [a]\nb:\n  extends: .base\n  script: [b]\n"
    found = repaired({".gitlab-ci.yml": text}, *RULES, pins=PINS)
    assert found.texts == {".gitlab-ci.yml": text.replace("python:3.12", f"python:3.12@{DIGEST}")}

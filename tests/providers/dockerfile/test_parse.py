"""What a Dockerfile means: stages, variables, users, shells, images, files of the context."""

import pytest

from ci_audit.facts.caching import judge
from ci_audit.model import UNKNOWN, Job, Pipeline
from ci_audit.providers.dockerfile.context import ImageFiles
from ci_audit.providers.dockerfile.parse import parse
from ci_audit.repository import MemoryReader, Repository


def read(text: str, path: str = "Dockerfile", **files: str) -> Pipeline:
    repository = Repository("/nowhere", MemoryReader({path: text, **files}))
    source = repository.source(path)
    assert source is not None
    return parse(source, repository)


def commands(job: Job) -> list[str]:
    return [command.shown for step in job.steps for command in step.commands]


def test_a_stage_is_a_job_named_after_it() -> None:
    pipeline = read("FROM a:1 AS Build\nRUN x\nFROM b:2\nRUN y\n")
    assert [(job.name, job.place, commands(job)) for job in pipeline.jobs] == [
        ("build", "build", ["x"]),
        ("stage 1", "build", ["y"]),
    ]


def test_variables_reach_commands() -> None:
    pipeline = read("ARG V=1\nFROM a:$V${U:-.2}\nARG V\nARG W=2\nENV X=$V-$W Y=${W:-z}\nRUN run $X $Y $UNSET\n")
    (image,) = pipeline.jobs[0].images
    assert (image.reference, image.where.text) == ("a:1.2", "a:$V${U:-.2}")
    (command,) = pipeline.jobs[0].steps[0].commands
    assert [word.text for word in command.words] == ["run", "1-2", "2", UNKNOWN]


def test_a_stage_takes_over_what_its_base_set_but_no_arguments() -> None:
    pipeline = read("FROM a:1 AS one\nARG A=1\nENV E=2\nWORKDIR /w\nUSER u\nFROM one\nRUN x $A $E\n")
    (command,) = pipeline.jobs[1].steps[0].commands
    assert [word.text for word in command.words] == ["x", UNKNOWN, "2"]
    assert (command.cwd, command.user) == ("/w", "u")
    assert pipeline.jobs[1].images == ()


@pytest.mark.parametrize(
    ("lines", "home"),
    [
        ("FROM python:3.12", "/root"),
        ("FROM someone/image:1", UNKNOWN),
        ("FROM python:3.12\nRUN useradd -m -d /srv/app app\nUSER app", "/srv/app"),
        ("FROM python:3.12\nRUN adduser --disabled-password app\nUSER app", "/home/app"),
        ("FROM python:3.12\nRUN useradd --uid 1000 app\nUSER 1000:1000", "/home/app"),
        ("FROM python:3.12\nUSER 1000", UNKNOWN),
        ("FROM python:3.12\nENV HOME=/h\nUSER 1000", "/h"),
        ("FROM someone/image:1\nUSER root", "/root"),
        ("FROM someone/image:1\nRUN apt-get install -y git", "/root"),
        ("FROM someone/image:1\nRUN sudo apt-get install -y git", UNKNOWN),
        ("FROM someone/image:1\nRUN if a; then apk add git; fi", UNKNOWN),
        ("FROM someone/image:1\nRUN apt-get install -y git\nUSER 1000", UNKNOWN),
    ],
)
def test_home(lines: str, home: str) -> None:
    assert read(f"{lines}\nRUN here\n").jobs[0].steps[-1].commands[0].home == home


def test_images_are_those_that_are_no_stage() -> None:
    pipeline = read(
        "FROM a:1 AS one\nFROM scratch\nCOPY --from=one /a /a\nCOPY --from=0 /a /b\nCOPY --from=context /a /c\n"
        "COPY --from=tool:2 /a /d\nRUN --mount=type=bind,from=reg.example/x:3,target=/x cmd\n"
    )
    assert [[image.reference for image in job.images] for job in pipeline.jobs] == [
        ["a:1"],
        ["tool:2", "reg.example/x:3"],
    ]
    assert [image.where.text for image in pipeline.jobs[1].images] == ["tool:2", "reg.example/x:3"]


def test_mounts_belong_to_their_instruction() -> None:
    pipeline = read("FROM a:1\nENV D=/c\nWORKDIR /w\nRUN --mount=type=cache,target=$D/x --mount=type=cache,dst=y z\n")
    (step,) = pipeline.jobs[0].steps
    assert [cache.paths[0].path for cache in step.caches] == ["/c/x", "/w/y"]
    assert step.caches[0].where.text == "--mount=type=cache,target=$D/x"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('RUN ["pip", "install", "a b"]', ["pip", "install", "a b"]),
        ('RUN ["/bin/bash", "-c", "pip install x"]', ["pip", "install", "x"]),
        ("RUN <<EOF\npip install x\nEOF", ["pip", "install", "x"]),
        ("RUN <<-EOF\n\tpip install x\n\tEOF", ["pip", "install", "x"]),
        ("RUN <<EOF\n#!/usr/bin/env bash\npip install x\nEOF", ["pip", "install", "x"]),
        ("ONBUILD RUN pip install x", ["pip", "install", "x"]),
        ('SHELL ["powershell", "-Command"]\nRUN pip install x', ["pip", "install", "x"]),
        ("RUN pip \\\n  # a comment\n\n  install x", ["pip", "install", "x"]),
    ],
)
def test_text_for_the_shell(lines: str, expected: list[str]) -> None:
    (command,) = read(f"FROM a:1\n{lines}\n").jobs[0].steps[0].commands
    assert [word.text for word in command.words] == expected


def test_another_interpreter_is_not_read_as_shell() -> None:
    (step,) = read("FROM a:1\nRUN <<EOF\n#!/usr/bin/python3\npip install x\nEOF\n").jobs[0].steps
    assert step.commands == ()
    assert step.gap


def test_a_frontend_of_its_own_is_a_gap() -> None:
    assert read("# syntax=someone/frontend:1\nFROM a:1\n").gaps
    assert not read("# syntax=docker/dockerfile:1.7\nFROM a:1\n").gaps


@pytest.mark.parametrize(
    ("copy", "asked", "found"),
    [
        ((("requirements.txt",), ".", "/app"), "/app/requirements.txt", "requirements.txt"),
        ((("requirements.txt",), "/tmp/r.txt", "/app"), "/tmp/r.txt", "requirements.txt"),
        (((".",), ".", "/app"), "/app/deep/r.txt", "deep/r.txt"),
        ((("deep/",), "/x/", "/"), "/x/r.txt", "deep/r.txt"),
        ((("deep",), "/x", "/"), "/x/r.txt", "deep/r.txt"),
        ((("deep/*.txt",), "/x/", "/"), "/x/r.txt", "deep/r.txt"),
        ((("requirements.txt",), ".", "/app"), "/other/requirements.txt", None),
        ((("../requirements.txt",), ".", "/app"), "/app/requirements.txt", None),
    ],
)
def test_files_of_the_context(copy: tuple[tuple[str, ...], str, str], asked: str, found: str | None) -> None:
    reader = MemoryReader({"requirements.txt": "", "deep/r.txt": "", "Dockerfile": ""})
    files = ImageFiles(Repository("/nowhere", reader), "Dockerfile")
    files.add(*copy)
    assert files.find(asked) == found


def test_the_context_may_be_the_folder_of_the_dockerfile() -> None:
    pipeline = read(
        "FROM a:1\nCOPY r.txt /r.txt\nRUN pip install -r /r.txt\n", "images/x/Dockerfile", **{"images/x/r.txt": "a\n"}
    )
    (install,) = pipeline.jobs[0].steps[0].installs
    assert [use.path for use in install.files] == ["images/x/r.txt"]


def test_a_copied_requirements_file_is_found_through_a_bind_mount() -> None:
    pipeline = read(
        "FROM a:1\nWORKDIR /app\nRUN --mount=type=bind,source=r.txt,target=r.txt pip install -r r.txt\n",
        **{"r.txt": "a"},
    )
    (install,) = pipeline.jobs[0].steps[0].installs
    assert [use.path for use in install.files] == ["r.txt"]


@pytest.mark.parametrize(
    ("base", "mount", "cause"),
    [
        ("golang:1.23", "/go/pkg/mod", "kept"),
        ("docker.io/library/golang:1.23", "/go/pkg/mod", "kept"),
        ("golang:1.23", "/root/go/pkg/mod", "misplaced"),
        ("someone/go:1", "/go/pkg/mod", "unknown"),
        ("debian:12", "/go/pkg/mod", "misplaced"),
    ],
)
def test_what_an_image_sets_decides_where_downloads_go(base: str, mount: str, cause: str) -> None:
    pipeline = read(f"FROM {base}\nRUN --mount=type=cache,target={mount} go mod download\n")
    (job,) = pipeline.jobs
    (step,) = job.steps
    assert judge(step.installs[0], step, job).cause == cause


def test_a_change_reaches_no_command_before_it_and_no_other_stage() -> None:
    text = (
        "FROM a:1 AS one\nENV E=1\nRUN x $E\nENV E=2\nARG A=3\nRUN x $E$A\nARG A=4\nRUN x $E$A\n"
        "FROM one\nENV E=5\nRUN x $E\nFROM one\nRUN x $E\n"
    )
    pipeline = read(text)
    steps = [step for job in pipeline.jobs for step in job.steps]
    assert [step.commands[0].words[1].text for step in steps] == ["1", "23", "24", "5", "2"]
    assert [step.commands[0].env["E"].value for step in steps] == ["1", "2", "2", "5", "2"]
    assert [step.commands[0].env["A"].value for step in steps[1:3]] == ["3", "4"]


def test_users_of_other_stages_are_not_known() -> None:
    made = "RUN useradd -u 7 -d /{0} {0}\n"
    text = "FROM python:3 AS one\n" + made.format("a") + "FROM one\n" + made.format("b") + "USER {0}\nRUN x\n"
    again = "FROM one\nUSER {0}\nRUN x\n"
    for user, homes in {"a": ("/a", "/a"), "b": ("/b", UNKNOWN), "7": ("/a", "/a")}.items():
        _, second, third = read((text + again).format(user, user)).jobs
        assert (second.steps[-1].commands[0].home, third.steps[-1].commands[0].home) == homes


def test_variables_that_cost_too_much_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ci_audit.providers.dockerfile.parse.COPIES", 50)
    text = "FROM python:3.12\n" + "".join(f"ENV V{n}=1\nRUN pip install a{n}\n" for n in range(40))
    job, other, fresh = read(f"{text}FROM 0\nRUN pip install b\nFROM python:3.12\nRUN pip install c\n").jobs
    for late in (job, other):
        (gap,) = late.gaps
        assert gap.reason == "its variables are too many to follow"
        step = late.steps[-1]
        assert judge(step.installs[0], step, late).cause == "unknown"
    assert len(job.steps[-1].commands[0].env) < 40
    assert judge(fresh.steps[0].installs[0], fresh.steps[0], fresh).cause == "absent"


def test_a_file_of_variables_alone_is_followed_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ci_audit.providers.dockerfile.parse.COPIES", 50)
    (job,) = read("FROM a:1\n" + "".join(f"ENV V{n}=1\nARG W{n}=2\n" for n in range(100)) + "RUN x $V99$W99\n").jobs
    assert job.gaps == ()
    assert job.steps[0].commands[0].words[1].text == "12"


def test_a_folder_that_grows_without_end_is_not_known() -> None:
    (job,) = read("FROM a:1\nWORKDIR /a\n" + "WORKDIR deeper\n" * 200 + "RUN x\n").jobs
    assert job.steps[0].commands[0].cwd.startswith(UNKNOWN)


def test_layers_of_files() -> None:
    reader = MemoryReader({"old.txt": "", "new.txt": "", "late.txt": "", "Dockerfile": ""})
    files = ImageFiles(Repository("/nowhere", reader), "Dockerfile")
    files.add(("old.txt",), "/r.txt", "/")
    upper = files.layer()
    files.add(("late.txt",), "/r.txt", "/")
    assert (upper.find("/r.txt"), files.find("/r.txt")) == ("old.txt", "late.txt")
    upper.add(("new.txt",), "/r.txt", "/")
    assert (upper.find("/r.txt"), upper.layer().find("/r.txt"), files.find("/r.txt")) == (
        "new.txt",
        "new.txt",
        "late.txt",
    )


def test_looking_for_files_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ci_audit.providers.dockerfile.context._LOOKS", 1000)
    text = "FROM a:1\n" + "".join(f"COPY f{n} /d/\nRUN pip install -r /d/r{n}\n" for n in range(50))
    repository = Repository(
        "/nowhere", MemoryReader({"Dockerfile": f"{text}COPY r.txt /\nRUN pip install -r /r.txt\n"})
    )
    source = repository.source("Dockerfile")
    assert source is not None
    (job,) = parse(source, repository).jobs
    assert [use.path for use in job.steps[-1].installs[0].files] == [UNKNOWN]
    assert len(repository.reads) < 100

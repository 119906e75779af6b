"""Write the trees that the benchmarks run on: distinct workflows and Dockerfiles of a realistic size.

python bench/generate.py workflows 1000 DIR
python bench/generate.py dockerfiles 1000 DIR
python bench/generate.py large DIR      one workflow with 5,000 jobs, one Dockerfile, about 1 MB each
"""

import os
import random
import sys

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
SYSTEMS = ["ubuntu-24.04", "ubuntu-22.04", "ubuntu-latest", "macos-14", "windows-2022"]
INSTALLS = [
    "pip install -r requirements.txt",
    "python -m pip install -e '.[test]'",
    "pip install --upgrade pip setuptools wheel",
    "pip install pytest=={v} pytest-cov hypothesis>=6",
    "uv sync --locked --all-extras",
    "pipx install nox=={v}",
    "poetry install --no-interaction --with dev",
    "npm ci",
]
OTHERS = [
    "pytest --cov=src --cov-report=xml -ra",
    "ruff check . && ruff format --check .",
    "mypy --strict src",
    "python -m build && twine check dist/*",
    "make -C docs html SPHINXOPTS='-W --keep-going'",
    'echo "version=$(git describe --tags)" >> "$GITHUB_OUTPUT"',
]
WORDS = "build cache check deploy docs error fetch lint matrix nightly package release report test tool upload".split()
ACTIONS = [
    "actions/upload-artifact@v4",
    "codecov/codecov-action@v5",
    "actions/cache@v4",
    "astral-sh/setup-uv@v6",
    "actions/setup-node@v4",
]


def workflow(number: int, chance: random.Random) -> str:
    """Make one workflow of about 3 KB, with as many jobs, steps and installs in it as public workflows have."""
    lines = [
        f"name: CI {number}",
        "",
        "on:",
        "  push:",
        "    branches: [main]",
        "  pull_request:",
        "",
        "permissions:",
        "  contents: read",
        "",
        "env:",
        "  FORCE_COLOR: '1'",
        "",
        "jobs:",
    ]
    size = 0
    job = 0
    installs = chance.random() < 0.65
    while size < 2400:
        job += 1
        matrix = chance.random() < 0.4
        lines += [f"  # {' '.join(chance.choices(WORDS, k=14))}", f"  # {' '.join(chance.choices(WORDS, k=9))}"]
        lines += [f"  job{job}:", f"    name: Job {job} of {number}"]
        if matrix:
            lines += [
                "    strategy:",
                "      fail-fast: false",
                "      matrix:",
                f"        os: [{', '.join(chance.sample(SYSTEMS, 2))}]",
                f"        python: [{', '.join(repr(p) for p in chance.sample(PYTHONS, 3))}]",
                "    runs-on: ${{ matrix.os }}",
            ]
        else:
            lines.append(f"    runs-on: {chance.choice(SYSTEMS[:3])}")
        lines += ["    timeout-minutes: 15", f"    if: github.repository == 'owner/project{number}'", "    env:"]
        lines += [f"      {word.upper()}_{job}: {number}-{word}" for word in chance.sample(WORDS, 3)]
        lines += [
            "    steps:",
            "      - uses: actions/checkout@v4",
            "        with:",
            "          persist-credentials: false",
        ]
        lines += ["      - name: Set up Python", "        uses: actions/setup-python@v5", "        with:"]
        lines.append(f"          python-version: {'${{ matrix.python }}' if matrix else repr(chance.choice(PYTHONS))}")
        if chance.random() < 0.3:
            lines.append("          cache: pip")
        if installs:
            lines += ["      - name: Install  # what the tests need", "        run: |"]
            lines += [
                "          " + chance.choice(INSTALLS).format(v=f"{chance.randint(1, 9)}.{number % 97}")
                for _ in range(chance.randint(1, 2))
            ]
        for _ in range(chance.randint(2, 4)):
            if chance.random() < 0.45:
                lines += [f"      - uses: {chance.choice(ACTIONS)}", "        with:"]
                lines += [f"          name: part-{job}-{number}"]
            else:
                lines += [f"      - name: Step {chance.randint(1, 999)}"]
                lines += [f"        # {' '.join(chance.choices(WORDS, k=8))}"]
                lines += ["        if: ${{ !cancelled() }}", "        shell: bash", "        run: |"]
                lines += [f"          {chance.choice(OTHERS)}"]
                lines += [f"          for part in {' '.join(chance.choices(WORDS, k=3))}; do"]
                lines += [f'            echo "${{part}} of {number}" | tee -a report-{job}.txt', "          done"]
        size = sum(map(len, lines)) + len(lines)
    return "\n".join(lines) + "\n"


def dockerfile(number: int, chance: random.Random) -> str:
    """Make one Dockerfile of about 1 KB."""
    base = chance.choice(["python:3.12-slim", "python:3.11", "debian:bookworm-slim", "ubuntu:24.04"])
    lines = [f"# image {number}", f"FROM {base} AS build", f"ARG VERSION=1.{number}", "ENV PYTHONUNBUFFERED=1 \\"]
    lines += [f"    APP_NAME=app{number}", "WORKDIR /app"]
    if chance.random() < 0.6:
        lines += [
            "RUN apt-get update && apt-get install -y --no-install-recommends \\",
            "        build-essential \\",
            f"        {chance.choice(['curl', 'git', 'libpq-dev'])} \\",
            "    && rm -rf /var/lib/apt/lists/*",
        ]
    lines.append("COPY requirements.txt pyproject.toml ./")
    install = chance.choice(["pip install --no-cache-dir -r requirements.txt", "pip install -r requirements.txt"])
    mount = "--mount=type=cache,target=/root/.cache/pip " if chance.random() < 0.3 else ""
    lines.append(f"RUN {mount}{install}")
    for index in range(chance.randint(2, 8)):
        lines.append(f"RUN mkdir -p /data/{number}/{index} && chown -R 1000:1000 /data/{number}/{index}")
    lines += ["COPY . .", f"FROM {base}", "COPY --from=build /app /app", "USER 1000", 'CMD ["python", "-m", "app"]']
    return "\n".join(lines) + "\n"


def write(path: str, text: str) -> None:
    """Write one file, making its folders."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)


def siblings(folder: str) -> None:
    """Write the files that the workflows and images install from."""
    write(f"{folder}/requirements.txt", "flask==3.0.3\nrequests>=2\n")
    write(f"{folder}/pyproject.toml", '[project]\nname = "demo"\nversion = "1"\n')
    write(f"{folder}/uv.lock", "version = 1\n")


def main(kind: str, *rest: str) -> None:
    """Write one kind of tree."""
    folder = rest[-1]
    siblings(folder)
    if kind == "workflows":
        for number in range(int(rest[0])):
            write(f"{folder}/.github/workflows/w{number:05}.yml", workflow(number, random.Random(number)))
    elif kind == "dockerfiles":
        for number in range(int(rest[0])):
            write(f"{folder}/images/{number:05}/Dockerfile", dockerfile(number, random.Random(number)))
    elif kind == "large":
        job = (
            "    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n"
            "      - run: pip install -r requirements.txt\n"
            "      - run: pytest tests/{0} --junitxml=report-{0}.xml  # one of many\n"
        )
        head = "on: push\njobs:\n"
        write(
            f"{folder}/.github/workflows/large.yml",
            head + "".join(f"  job{n}:\n" + job.format(n) for n in range(5000)),
        )
        line = "RUN pip install package-{0}==1.{0} && echo step {0} of many, quite a few of them\n"
        body = "".join(line.format(n) for n in range(13000))
        write(f"{folder}/Dockerfile", "FROM python:3.12-slim\n" + body)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Variants: GitHub's expansion of a matrix, over the keys that matter."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_audit.providers.github.matrix import variants
from ci_audit.source import Source
from ci_audit.syntax.expressions import Value
from ci_audit.syntax.yamltree import GITHUB, parse
from tests.providers.github.samples import commands, jobs

RUN = "- run: pip install ${{ matrix.a }} ${{ matrix.b }}"


def labels(matrix: str, steps: str = RUN, runs_on: str = "ubuntu-latest") -> list[str]:
    return [job.variant for job in jobs(steps, job=f"runs-on: {runs_on}\nstrategy:\n  matrix: {matrix}")]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ("{a: [1, 2], b: [x]}", ["a=1, b=x", "a=2, b=x"]),
        ("{a: [1, 2], b: [x, y], exclude: [{a: 1}]}", ["a=2, b=x", "a=2, b=y"]),
        ("{a: [1, 2], b: [x, y], exclude: [{a: 1, b: x}]}", ["a=1, b=y", "a=2, b=x", "a=2, b=y"]),
        ("{a: [1, 2], include: [{a: 1, b: z}]}", ["a=1, b=z", "a=2"]),
        ("{a: [1], include: [{b: z}]}", ["a=1, b=z"]),
        ("{a: [1], b: [x], include: [{a: 3, b: q}]}", ["a=1, b=x", "a=3, b=q"]),
        ("{a: [1], b: [x], include: [{a: 1, b: q}]}", ["a=1, b=x", "a=1, b=q"]),
        ("{include: [{a: 1}, {a: 2, b: x}]}", ["a=1", "a=2, b=x"]),
        ("{a: [3.10, '3.10', true]}", ["a=3.1", "a=3.10", "a=true"]),
        ("{a: ['${{ vars.X }}', 2]}", ["", "a=2"]),
        ("{a: '${{ fromJSON(needs.x.outputs.a) }}', b: [1, 2]}", ["b=1", "b=2"]),
        ("""{a: "${{ fromJSON('[1, 2]') }}"}""", ["a=1", "a=2"]),
        ("""'${{ fromJSON(''{"a": [1, 2]}'') }}'""", ["a=1", "a=2"]),
        ("${{ fromJSON(needs.x.outputs.m) }}", [""]),
        ("{a: [{n: 1}, {n: 2}], b: [x]}", ["b=x", "b=x"]),
    ],
)
def test_expansion(matrix: str, expected: list[str]) -> None:
    assert labels(matrix) == expected


def test_the_reference_example_of_include() -> None:
    matrix = """{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat},
      {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}"""
    run = "- run: pip install ${{ matrix.fruit }}-${{ matrix.animal }}-${{ matrix.color }}-${{ matrix.shape }}"
    found = jobs(run, job=f"runs-on: ubuntu-latest\nstrategy:\n  matrix: {matrix}")
    assert [commands(job)[0].removeprefix("pip install ") for job in found] == [
        "apple-cat-pink-circle",
        "apple-dog-green-circle",
        "pear-cat-pink-",
        "pear-dog-green-",
        "banana---",
        "banana-cat--",
    ]


def test_only_keys_that_matter_make_variants() -> None:
    matrix = "{os: [ubuntu-latest, windows-latest], python: ['3.11', '3.12', '3.13'], other: [1, 2]}"
    steps = """
    - uses: actions/setup-python@v5
      with: {python-version: '${{ matrix.python }}'}
    - name: ${{ matrix.other }}
      run: pip install x
    - uses: actions/upload-artifact@v4
      if: matrix.other == 1
      with: {name: '${{ matrix.other }}'}
    - uses: actions/cache@v4
      with: {path: ~/.cache/pip, key: 'pip-${{ matrix.python }}'}
    """
    assert labels(matrix, steps, "${{ matrix.os }}") == ["os=ubuntu-latest", "os=windows-latest"]


@pytest.mark.parametrize(
    "steps",
    [
        "- run: make ${{ matrix.k }}",
        "- run: make\n  if: matrix.k == 'x'",
        "- run: make\n  env: {A: '${{ matrix.k }}'}",
        "- run: make\n  shell: ${{ matrix.k }}",
        "- run: make\n  working-directory: ${{ matrix.k }}",
        "- uses: actions/cache@v4\n  with: {path: '${{ matrix.k }}', key: x}",
        "- uses: actions/setup-python@v5\n  with: {cache: '${{ matrix.k }}'}",
        "- uses: actions/setup-uv@v5\n  if: matrix.k == 'x'",
        "- uses: astral-sh/setup-uv@v5\n  with: {enable-cache: '${{ matrix.k }}'}",
        "- uses: ./.github/actions/own\n  with: {any: '${{ matrix.k }}'}",
        "- parallel:\n    - run: make ${{ matrix.k }}",
    ],
)
def test_what_makes_a_key_matter(steps: str) -> None:
    assert labels("{k: [x, y], other: [1, 2]}", steps) == ["k=x", "k=y"]


@pytest.mark.parametrize(
    "lines",
    [
        "runs-on: '${{ matrix.k }}'",
        "runs-on: ubuntu-latest\ncontainer: '${{ matrix.k }}'",
        "runs-on: ubuntu-latest\ncontainer: {image: x, options: '${{ matrix.k }}'}",
        "runs-on: ubuntu-latest\nenv: {A: '${{ matrix.k }}'}",
        "runs-on: ubuntu-latest\ndefaults: {run: {shell: '${{ matrix.k }}'}}",
    ],
)
def test_what_of_a_job_makes_a_key_matter(lines: str) -> None:
    found = jobs("- run: make", job=f"{lines}\nstrategy: {{matrix: {{k: [x, y], other: [1, 2]}}}}")
    assert [job.variant for job in found] == ["k=x", "k=y"]


def test_nested_values_matter_by_their_path() -> None:
    matrix = "{p: [{os: ubuntu-latest, n: 1}, {os: ubuntu-latest, n: 2}, {os: macos-14, n: 3}]}"
    assert labels(matrix, "- run: make", "${{ matrix.p.os }}") == ["p.os=ubuntu-latest", "p.os=macos-14"]


def test_the_whole_matrix_matters_when_it_is_named() -> None:
    assert len(labels("{a: [1, 2], b: [x, y]}", "- run: echo '${{ toJSON(matrix) }}'")) == 4


def test_at_most_256_variants() -> None:
    many = ", ".join(str(number) for number in range(40))
    assert len(labels(f"{{a: [{many}], b: [{many}]}}")) == 256


def test_a_step_that_only_some_variants_run() -> None:
    steps = "- run: pip install x\n  if: matrix.k == 'x'\n- run: make"
    found = jobs(steps, job="runs-on: ubuntu-latest\nstrategy: {matrix: {k: [x, y]}}")
    assert [len(job.steps) for job in found] == [2, 1]
    assert not found[0].steps[0].commands[0].conditional


def test_steps_that_are_the_same_in_every_variant_are_read_once() -> None:
    steps = "- run: pip install same\n- run: pip install ${{ matrix.k }}"
    first, second = jobs(steps, job="runs-on: ubuntu-latest\nstrategy: {matrix: {k: [x, y]}}")
    assert first.steps[0] is second.steps[0]
    assert first.steps[1] is not second.steps[1]


def expand(text: str, used: list[tuple[str, ...]]) -> list[dict[str, Value]]:
    node = parse(Source("x", text), GITHUB)[0]
    return [dict(values) for _, values in variants(node, used, {})]


@given(
    st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(0, 3), min_size=1, max_size=3), min_size=1),
    st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), min_size=1), max_size=2),
    st.sets(st.sampled_from("abc"), min_size=1),
)
@settings(max_examples=150, deadline=None)
def test_the_product_less_the_excluded(
    vectors: dict[str, list[int]], exclude: list[dict[str, int]], used: set[str]
) -> None:
    text = repr({**vectors, "exclude": exclude}) if exclude else repr(vectors)
    found = expand(text, [(key,) for key in sorted(used)])
    wanted = []
    for values in itertools.product(*vectors.values()):
        one = dict(zip(vectors, values, strict=True))
        if any(all(one.get(key) == value for key, value in pattern.items()) for pattern in exclude):
            continue
        projected = {key: float(one[key]) if key in one else None for key in sorted(used)}
        if projected not in wanted:
            wanted.append(projected)
    if wanted:
        assert sorted(map(repr, found)) == sorted(map(repr, wanted))

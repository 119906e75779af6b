"""Actions and reusable workflows named by commit."""

import pytest

from tests.remedies.pinning.fixing import CI, COMMIT, OTHER, Result, repaired, steps

PINS = {
    "actions/checkout@v4": f"{COMMIT} # v4.2.2",
    "owner/tool@main": COMMIT,
    "owner/tool@v1": OTHER,
    "slsa-framework/slsa-github-generator@v2.0.0": COMMIT,
}


def pinned(*lines: str) -> Result:
    return repaired({CI: steps(*lines)}, "CIA304", pins=PINS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- uses: actions/checkout@v4", f"- uses: actions/checkout@{COMMIT} # v4.2.2"),
        ("- uses: Actions/Checkout@v4", f"- uses: Actions/Checkout@{COMMIT} # v4.2.2"),
        ("- uses: 'actions/checkout@v4'", f"- uses: 'actions/checkout@{COMMIT}' # v4.2.2"),
        ('- uses: "actions/checkout@v4"   # v4', f'- uses: "actions/checkout@{COMMIT}"   # v4.2.2'),
        ("- uses: actions/checkout@v4 # tag=v4.1", f"- uses: actions/checkout@{COMMIT} # v4.2.2"),
        ("- uses: actions/checkout@v4 # whole history", f"- uses: actions/checkout@{COMMIT} # v4.2.2 # whole history"),
        ("- uses: owner/tool/sub/folder@v1", f"- uses: owner/tool/sub/folder@{OTHER} # v1"),
    ],
)
def test_forms(before: str, after: str) -> None:
    found = pinned(before)
    assert found.texts == {CI: steps(after)}
    assert [fix.safety for fix in found.fixes] == ["safe"]
    assert found.findings == ()


def test_a_branch_is_unsafe() -> None:
    found = pinned("- uses: owner/tool@main")
    assert found.texts == {CI: steps(f"- uses: owner/tool@{COMMIT} # main")}
    assert [fix.safety for fix in found.fixes] == ["unsafe"]


def test_a_reusable_workflow() -> None:
    text = "on: push\njobs:\n  call:\n    uses: owner/tool/.github/workflows/test.yml@v1\n"
    found = repaired({CI: text}, "CIA304", pins=PINS)
    assert found.texts == {CI: text.replace("@v1", f"@{OTHER} # v1")}


def test_an_anchor_serves_all_its_aliases() -> None:
    found = pinned("- uses: &checkout actions/checkout@v4", "- uses: *checkout")
    assert found.texts == {CI: steps(f"- uses: &checkout actions/checkout@{COMMIT} # v4.2.2", "- uses: *checkout")}
    assert found.findings == ()


def test_a_composite_action_is_pinned_where_it_is_written() -> None:
    action = (
        "name: set up\ndescription: prepares\nruns:\n  using: composite\n  steps:\n    - uses: actions/checkout@v4\n"
    )
    files = {CI: steps("- uses: ./tools/setup"), "tools/setup/action.yml": action}
    found = repaired(files, "CIA304", pins=PINS)
    assert found.texts == {"tools/setup/action.yml": action.replace("@v4", f"@{COMMIT} # v4.2.2")}


def test_what_has_no_known_commit_is_left_alone() -> None:
    found = pinned("- uses: owner/tool@v2")
    assert found.texts == {}
    assert found.reasons == ["no commit is known for `owner/tool@v2`: the mapping has no `owner/tool@v2`"]
    found = repaired({CI: steps("- uses: owner/tool@v1")}, "CIA304")
    assert found.reasons == ["no commit is known for `owner/tool@v1`; use --online or --pins"]


def test_a_workflow_that_works_by_tag_alone_is_left_alone() -> None:
    name = "slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@v2.0.0"
    found = repaired({CI: f"on: push\njobs:\n  call:\n    uses: {name}\n"}, "CIA304", pins=PINS)
    assert found.texts == {}
    assert "works only when it is called by a tag" in found.reasons[0]


def test_between_brackets_a_version_has_no_place() -> None:
    found = pinned("- {uses: actions/checkout@v4, with: {fetch-depth: 0}}")
    assert found.texts == {}
    assert "between brackets" in found.reasons[0]


def test_line_ends_and_neighbours_stay() -> None:
    text = steps("# first", "- name: get # it", "  uses: actions/checkout@v4", "  with: {fetch-depth: 0} # all")
    found = repaired({CI: text.replace("\n", "\r\n")}, "CIA304", pins=PINS)
    assert found.texts == {CI: text.replace("@v4", f"@{COMMIT} # v4.2.2").replace("\n", "\r\n")}

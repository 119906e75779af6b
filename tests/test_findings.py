"""Findings: merging, order and fingerprints."""

from ci_audit.findings import Finding, Related, merge, with_fingerprints


def finding(**changes: object) -> Finding:
    values: dict[str, object] = {
        "rule": "CIA101",
        "name": "uncached-install",
        "severity": "warning",
        "confidence": "high",
        "cause": "absent",
        "path": "a.yml",
        "start": 10,
        "end": 20,
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 13,
        "message": "first",
        "provider": "github",
        "jobs": ("test",),
        "variants": (),
        "related": (),
        "subject": "pip install flask",
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


def test_one_place_is_one_finding() -> None:
    merged = merge(
        [
            finding(variants=("os=a",), related=(Related("b.yml", 1, 1, "x"),)),
            finding(variants=("os=b",), message="second"),
            finding(jobs=("lint", "test"), related=(Related("b.yml", 1, 1, "x"), Related("c.yml", 1, 1, "y"))),
        ]
    )
    assert len(merged) == 1
    assert merged[0].message == "first"
    assert merged[0].jobs == ("test", "lint")
    assert merged[0].variants == ("os=a", "os=b")
    assert merged[0].related == (Related("b.yml", 1, 1, "x"), Related("c.yml", 1, 1, "y"))


def test_what_counts_once_counts() -> None:
    suppressed = finding(suppressed_by="ignore")
    assert merge([suppressed, finding()])[0].suppressed_by == ""
    assert merge([suppressed, suppressed])[0].suppressed_by == "ignore"


def test_sorted_by_place() -> None:
    given = [finding(path="b.yml"), finding(start=5), finding(rule="CIA301"), finding()]
    assert [(each.path, each.start, each.rule) for each in merge(given)] == [
        ("a.yml", 5, "CIA101"),
        ("a.yml", 10, "CIA101"),
        ("a.yml", 10, "CIA301"),
        ("b.yml", 10, "CIA101"),
    ]


def prints(*findings: Finding) -> list[str]:
    return [each.fingerprint for each in with_fingerprints(findings)]


def test_a_fingerprint_survives_moving() -> None:
    moved = finding(path="c.yml", start=90, line=9, message="said otherwise", variants=("os=a",))
    assert prints(finding()) == prints(moved)


def test_a_fingerprint_tells_apart() -> None:
    others = [
        finding(),
        finding(rule="CIA102"),
        finding(jobs=("lint",)),
        finding(subject="pip install django"),
        finding(start=30),
    ]
    assert len(set(prints(*others))) == len(others)


def test_the_ordinal_counts_in_its_own_file() -> None:
    assert prints(finding(), finding(path="b.yml")) == prints(finding()) * 2


def test_a_fingerprint_is_for_ever() -> None:
    # A baseline holds these: a change needs a new FINGERPRINT_VERSION.
    assert prints(finding()) == ["b043c68af0ebf46590daebcfadc5740f"]

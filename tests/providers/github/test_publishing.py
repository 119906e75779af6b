"""Whether a job publishes, and whether strangers' code runs in it: per job, not per file."""

import pytest

from tests.providers.github.samples import only, read

TAGS = "{push: {tags: ['v*']}}"


@pytest.mark.parametrize(
    "step",
    [
        "- run: twine upload dist/*",
        "- run: python -m twine upload dist/*",
        "- run: poetry publish --build",
        "- run: uv publish",
        "- run: uvx twine upload dist/* || uv publish",
        "- run: flit publish",
        "- run: hatch publish",
        "- run: npm publish",
        "- run: cargo publish",
        "- run: gh release create v1 dist/*",
        "- run: gh release upload v1 dist/*",
        "- run: docker push x",
        "- run: docker image push x",
        "- run: uvx --from twine twine upload dist/*",
        "- run: pipx run 'twine==6.1.0' upload dist/*",
        "- run: uv tool run twine@6.1.0 upload dist/*",
        "- run: python -m flit publish",
        "- run: python setup.py sdist upload",
        "- run: ./setup.py bdist_wheel upload",
        "- run: maturin upload target/wheels/*",
        "- run: rye publish",
        "- run: anaconda upload x.conda",
        "- run: pnpm publish",
        "- run: yarn npm publish",
        "- run: npx --yes lerna publish",
        "- run: npx semantic-release@24",
        "- run: pnpm dlx semantic-release",
        "- run: semantic-release publish",
        "- run: python -m semantic_release version",
        "- run: goreleaser release --clean",
        "- run: gem push x.gem",
        "- run: glab release create v1",
        "- run: podman push x",
        "- run: buildah push x docker://y",
        "- run: docker compose push",
        "- run: docker buildx build --push .",
        "- run: docker buildx build -o type=registry .",
        "- run: docker buildx build --output=type=image,push=true .",
        "- run: skopeo copy oci:x docker://ghcr.io/x/y",
        "- run: helm push x.tgz oci://y",
        "- run: twine upload dist/*\n  if: github.ref == 'x'",
        "- uses: pypa/gh-action-pypi-publish@release/v1",
        "- uses: softprops/action-gh-release@v2",
        "- uses: docker/build-push-action@v6\n  with: {push: true}",
        "- uses: docker/build-push-action@v6\n  with: {push: \"${{ github.event_name != 'pull_request' }}\"}",
    ],
)
def test_what_publishes(step: str) -> None:
    answer = only(step, on="[push, pull_request]").publishes
    assert answer.value
    assert answer.where is not None
    assert "publishes" in answer.reason


@pytest.mark.parametrize(
    "step",
    [
        "- run: twine check dist/*",
        "- run: poetry build",
        "- run: uv publish --dry-run",
        "- run: npm publish --dry-run",
        "- run: gh release view",
        "- run: goreleaser release --snapshot",
        "- run: goreleaser build",
        "- run: semantic-release --version",
        "- run: semantic-release version --print",
        "- run: npx twine check upload",
        "- run: uvx twine check dist/*",
        "- run: uv tool install twine",
        "- run: python setup.py sdist",
        "- run: skopeo copy docker://x oci:y",
        "- run: docker buildx build --cache-to type=registry,ref=x .",
        "- run: docker buildx build -o type=local,dest=out .",
        "- run: docker compose pull",
        "- run: mkdocs gh-deploy --force",
        "- run: mike deploy --push latest",
        "- uses: actions/deploy-pages@v4",
        "- run: echo twine upload",
        "- run: docker build .",
        "- run: docker pull x",
        "- run: twine upload dist/*\n  if: false",
        "- uses: docker/build-push-action@v6",
        "- uses: docker/build-push-action@v6\n  with: {push: false}",
        "- uses: docker/build-push-action@v6\n  with: {push: \"${{ github.event_name != 'push' }}\"}",
    ],
)
def test_what_does_not(step: str) -> None:
    assert not only(step).publishes.value


@pytest.mark.parametrize(
    ("on", "rights", "found"),
    [
        ("release", "{contents: write}", True),
        ("release", "{id-token: write}", True),
        (TAGS, "{packages: write}", True),
        (TAGS, "write-all", True),
        ("[release, workflow_dispatch]", "{contents: write}", True),
        ("release", "{contents: read}", False),
        ("release", "{pull-requests: write}", False),
        ("push", "{contents: write}", False),
        ("{push: {tags: ['v*'], branches: [main]}}", "{contents: write}", False),
        ("[release, pull_request]", "{contents: write}", False),
        ("workflow_dispatch", "{contents: write}", False),
    ],
)
def test_a_release_with_the_right_to_write(on: str, rights: str, found: bool) -> None:
    assert bool(only("- run: make", on=on, top=f"permissions: {rights}").publishes.value) is found


def test_without_permissions_a_release_is_not_known_to_write() -> None:
    assert not only("- run: make", on="release").publishes.value


def test_only_the_job_that_publishes() -> None:
    pipeline = read(
        """
        on: release
        jobs:
          build: {runs-on: ubuntu-latest, steps: [{run: pip install x}]}
          publish: {runs-on: ubuntu-latest, steps: [{run: twine upload dist/*}]}
        """
    )
    assert [bool(job.publishes.value) for job in pipeline.jobs] == [False, True]


@pytest.mark.parametrize(
    ("on", "with_", "found"),
    [
        ("pull_request_target", "ref: '${{ github.event.pull_request.head.sha }}'", True),
        ("[push, pull_request_target]", "ref: '${{ github.head_ref }}'", True),
        ("workflow_run", "ref: '${{ github.event.workflow_run.head_sha }}'", True),
        ("issue_comment", "ref: 'refs/pull/${{ github.event.issue.number }}/merge'", True),
        ("pull_request_target", "repository: '${{ github.event.pull_request.head.repo.full_name }}'", True),
        ("pull_request_target", "fetch-depth: 0", False),
        ("pull_request", "ref: '${{ github.event.pull_request.head.sha }}'", False),
        ("push", "ref: '${{ github.head_ref }}'", False),
    ],
)
def test_code_of_strangers(on: str, with_: str, found: bool) -> None:
    job = only(f"- uses: actions/checkout@v4\n  with: {{{with_}}}\n- run: pip install .", on=on)
    assert bool(job.untrusted.value) is found
    if found:
        assert job.untrusted.where is not None
        assert job.untrusted.where.text == with_


def test_a_pull_request_checked_out_by_a_command() -> None:
    assert only("- run: gh pr checkout 1", on="pull_request_target").untrusted.value
    assert not only("- run: gh pr checkout 1", on="push").untrusted.value
    assert not only("- run: gh pr list", on="pull_request_target").untrusted.value


def handing(
    upload: str, download: str, needs: str = "build", between: str = "", publish: str = "twine upload d"
) -> bool:
    """Tell whether the job `build` counts as one that feeds a job that publishes."""
    pipeline = read(
        f"""
        on: push
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
            - run: pip install build
            - {{uses: actions/upload-artifact@v4, with: {upload}}}
          {between or "other: {runs-on: ubuntu-latest, steps: [{run: pytest}]}"}
          publish:
            needs: {needs}
            runs-on: ubuntu-latest
            steps:
            - {{uses: actions/download-artifact@v4, with: {download}}}
            - run: {publish}
        """
    )
    (build,) = [job for job in pipeline.jobs if job.name == "build"]
    assert not build.publishes.value
    if build.feeds.value:
        assert build.feeds.reason == "the job `publish` publishes what it uploads"
        assert build.feeds.where is not None
        assert "upload-artifact" in build.feeds.where.text
    return bool(build.feeds.value)


@pytest.mark.parametrize(
    ("upload", "download"),
    [
        ("{name: dist, path: dist}", "{name: dist}"),
        ("{path: dist}", "{path: dist}"),
        ("{path: dist}", "{name: artifact}"),
        ("{name: 'wheels-${{ matrix.os }}', path: dist}", "{pattern: 'wheels-*'}"),
        ("{name: 'wheels-${{ matrix.os }}', path: dist}", "{name: wheels-linux}"),
        ("{name: 'dist-${{ github.run_id }}', path: dist}", "{name: 'dist-${{ github.run_id }}'}"),
    ],
)
def test_what_is_handed_to_a_job_that_publishes_is_published(upload: str, download: str) -> None:
    assert handing(upload, download)
    assert handing(upload, download, needs="[other, build]")
    assert not handing(upload, download, needs="other"), "it may be of another run"
    assert not handing(upload, download, publish="make")


@pytest.mark.parametrize(
    ("upload", "download"),
    [
        ("{name: dist, path: dist}", "{name: wheels}"),
        ("{name: coverage, path: .coverage}", "{path: dist}"),
        ("{name: docs, path: site}", "{name: docs}"),
        ("{name: 'coverage-${{ matrix.os }}', path: x}", "{pattern: 'wheels-*'}"),
        ("{name: '${{ matrix.name }}', path: x}", "{name: dist}"),
        ("{name: dist, path: dist}", "{name: dist, run-id: 1, github-token: x}"),
    ],
)
def test_what_does_not_reach_the_job_that_publishes(upload: str, download: str) -> None:
    assert not handing(upload, download)


def test_handed_through_another_job() -> None:
    between = "check: {needs: [build], runs-on: ubuntu-latest, steps: [{run: twine check d}]}"
    assert handing("{name: dist, path: dist}", "{name: dist}", needs="check", between=between)

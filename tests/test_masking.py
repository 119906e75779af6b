"""Secrets are hidden in everything that is shown, and little else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_audit.masking import MASK, listed, mask, mask_with_map, visible

SECRET = "hunter2isnogoodpassword"


@pytest.mark.parametrize(
    "text",
    [
        f"pip install --index-url https://user:{SECRET}@host.example/simple flask",
        f"pip install -i https://{SECRET}@host.example/simple flask",
        f"--extra-index-url=https://$USER:{SECRET}@host.example/",
        f'pip install "x @ git+https://oauth2:{SECRET}@gitlab.example/x.git"',
        f"TWINE_PASSWORD: {SECRET}",
        f"export FOO_TOKEN='{SECRET}' && pip install flask",
        f'"password": "{SECRET}"',
        f"PASSWORD=${{X:-{SECRET}}}",
        f"docker login -u me -p {SECRET} registry.example",
        f'["docker", "login", "--password", "{SECRET}"]',
        f"twine upload -u me -p {SECRET} dist/*",
        f"tool --password {SECRET} --other",
        f"tool --token={SECRET}",
        f"tool --password \\\n    {SECRET}",
        f"curl -u me:{SECRET} https://host.example/",
        f"curl -H 'Authorization: Bearer {SECRET}'",
        f"curl -H 'authorization: token {SECRET}'",
        f"curl -H 'PRIVATE-TOKEN: {SECRET}'",
        f"poetry config pypi-token.pypi {SECRET}",
        f"poetry config http-basic.mine me {SECRET}",
        f"aws_secret_access_key={SECRET}",
    ],
)
def test_hides(text: str) -> None:
    masked = mask(text)
    assert SECRET not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "token",
    [
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2c3" * 8,
        "glpat-" + "x" * 20,
        "pypi-AgEIcHlwaS5vcmcCJ",
        "npm_" + "a" * 36,
        "dckr_pat_" + "a" * 27,
        "xoxb-1234567890-abc",
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    ],
)
def test_hides_what_has_the_shape_of_a_token(token: str) -> None:
    assert mask(f"curl -X POST {token} there") == f"curl -X POST {MASK} there"


@pytest.mark.parametrize(
    "text",
    [
        "pip install git+ssh://git@github.com/owner/name",
        "https://host.example:8080/path@v1.0",
        "id-token: write",
        "secrets: inherit",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        'MY_TOKEN: "$OTHER"',
        "--token $(cat file)",
        "PASSWORD=%PASSWORD%",
        "RUN --mount=type=secret,id=token pip install flask",
        "pip install python-jose token-utils==1.0",
        "the token is wrong",
        "docker run -u 1000:1000 image",
        "max-tokens: 100",
        "--password-file secret.txt",
        "secrets:\n  FOO: bar",
        "sha256:" + "0123456789abcdef" * 4,
        "mail me@host.example",
    ],
)
def test_leaves(text: str) -> None:
    assert mask(text) == text


def test_the_map_follows_what_is_shortened() -> None:
    text = f"a https://u:{SECRET}@host.example/ b"
    masked, moved = mask_with_map(text)
    assert masked == "a https://***@host.example/ b"
    for part in ("a ", "@host", " b"):
        assert masked[moved(text.index(part)) :].startswith(part)
    assert masked[: moved(len(text))] == masked


@given(st.text(alphabet="ab@:/=$ {}'\"-\\\nptokenswrd_", max_size=200))
def test_the_map_is_monotonic_and_inside(text: str) -> None:
    masked, moved = mask_with_map(text)
    places = [moved(offset) for offset in range(len(text) + 1)]
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] == len(masked)


@given(st.text())
def test_controls_are_written_out(text: str) -> None:
    shown = visible(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u202e\u2066" for char in shown)


def test_visible_keeps_what_is_asked_for() -> None:
    assert visible("a\x1b[31mb\n", "\n") == "a\\x1b[31mb\n"
    assert visible("äöü 日本") == "äöü 日本"


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [
        ([], 0, ""),
        (["a"], 0, "a"),
        (["a", "b"], 0, "a and b"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
    ],
)
def test_names_in_a_sentence(names: list[str], most: int, text: str) -> None:
    assert listed(names, most) == text
    assert listed(["a", "b"], last="or") == "a or b"

"""nox: the cache of whatever its sessions install with."""

import pytest

PIP, UV = "/home/runner/.cache/pip", "/home/runner/.cache/uv"


@pytest.mark.parametrize(
    ("line", "env", "noxfile", "to", "gap"),
    [
        ("nox -s tests", {}, "import nox\n", PIP, False),
        ("nox", {"XDG_CACHE_HOME": "/x"}, "import nox\n", "/x/pip", False),
        ("nox", {}, 'nox.options.default_venv_backend = "uv"\n', UV, False),
        ("nox", {"UV_CACHE_DIR": "/u"}, "@nox.session(venv_backend='uv')\n", "/u", False),
        ("nox", {}, 'nox.options.default_venv_backend = "uv|virtualenv"\n', f"{PIP} {UV}", True),
        ("nox", {}, '@nox.session(venv_backend="uv")\n@nox.session(venv_backend="conda")\n', "", True),
        ("nox", {}, '@nox.session(venv_backend="none")\n', PIP, True),
        ("nox", {}, '@nox.session(venv_backend="venv")\n', PIP, False),
        ("nox", {"NOX_DEFAULT_VENV_BACKEND": "uv"}, "import nox\n", UV, False),
        ("nox -db uv -s tests", {}, "import nox\n", UV, False),
        ("nox --default-venv-backend=uv", {}, None, UV, False),
        ("nox -fb virtualenv", {}, 'venv_backend="uv"\n', PIP, False),
        ("nox -s tests", {}, None, f"{PIP} {UV}", True),
        ("python -m nox -s tests", {}, "import nox\n", PIP, False),
    ],
)
def test_backend(looks, line, env, noxfile, to, gap):
    files = {"noxfile.py": noxfile} if noxfile is not None else {}
    looks(line, {"to": to.split(), "gap": gap, "network": True}, env=env, files=files)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nox -R", {"network": None}),
        ("nox --no-install -s x", {"network": None}),
        ("nox --envdir /e", {"environments": ["/e"]}),
        ("nox", {"environments": ["$WORKSPACE/.nox"], "files": [("noxfile.py", "project")]}),
        ("nox -f ci/nox.py", {"files": [("ci/nox.py", "project")]}),
        ("nox -rs tests", {"network": True}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, expected, files={"noxfile.py": "", "ci/nox.py": ""})


def test_environment_by_variable(looks):
    looks("nox", {"environments": ["/e"]}, env={"NOX_ENVDIR": "/e"})

"""The package managers of Linux distributions, judged in image builds only."""

import pytest

from ci_audit.model import UNKNOWN, Cleanup

APT = ["/var/cache/apt", "/var/lib/apt"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("apt-get install -y curl git=1:2.39", {"manager": "apt", "to": APT, "pins": {"curl": False, "git": True}}),
        ("apt-get -y -qq install --no-install-recommends curl", {"network": True, "pins": {"curl": False}}),
        ("apt-get -o Acquire::Retries=3 install curl", {"gap": False}),
        ("apt-get -o Dir::Cache=/x install curl", {"gap": True}),
        ("apt-get install -t stable curl", {"pins": {"curl": False}}),
        ("apt install ./a.deb", {"network": None, "pins": {}}),
        ("apt-get install -y $PACKAGES", {"network": True, "pins": {UNKNOWN: None}}),
        ("apt-get upgrade -y", {"verb": "upgrade", "network": True}),
        ("apt-get install -s curl", {"network": False}),
        ("apt-get install", {"network": False}),
        ("sudo apt-get install curl", {"manager": "apt"}),
        (
            "apk add curl git=2.39-r0 'a>1' 'b~1'",
            {"to": ["/var/cache/apk"], "pins": {"curl": False, "git": True, "a>1": False, "b~1": False}},
        ),
        ("apk add --no-cache curl", {"off": True}),
        ("apk --no-cache add -t build gcc", {"off": True, "pins": {"gcc": False}}),
        ("apk add --cache-dir /c curl", {"to": ["/c"]}),
        ("apk add --no-network curl", {"network": False}),
        ("apk add", {"network": False}),
        ("dnf install -y curl", {"manager": "dnf", "to": [f"{UNKNOWN}/dnf"], "pins": {"curl": None}}),
        ("dnf5 install curl", {"manager": "dnf"}),
        (
            "dnf --setopt=keepcache=1 install curl",
            {"to": ["/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"]},
        ),
        ("dnf --setopt=keepcache=0 install curl", {"to": [f"{UNKNOWN}/dnf"]}),
        ("yum -y install curl", {"manager": "yum"}),
        ("microdnf install curl", {"manager": "microdnf"}),
        ("zypper -n install curl", {"manager": "zypper", "network": True}),
        ("zypper in curl", {"manager": "zypper"}),
        ("dnf install --assumeno curl", {"network": False}),
        ("dnf module install nodejs:18", {"network": True}),
    ],
)
def test_commands(looks, line, expected):
    looks(line, {"ecosystem": "system", "places": ("build",)} | expected)


@pytest.mark.parametrize(
    ("line", "manager"),
    [
        ("apt-get clean", "apt"),
        ("apk cache clean", "apk"),
        ("dnf clean all", "dnf"),
        ("yum clean all", "yum"),
        ("zypper clean", "zypper"),
    ],
)
def test_cleanup(reads, line, manager):
    (found,) = reads(line)
    assert isinstance(found, Cleanup)
    assert manager in found.managers


@pytest.mark.parametrize(
    "line", ["apt-get autoclean", "dnf clean expire-cache", "apk cache sync", "apk update", "dnf module list"]
)
def test_neither(reads, line):
    assert reads(line) == []

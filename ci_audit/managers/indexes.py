"""Addresses of package indexes, as they may be shown."""

from __future__ import annotations

from ci_audit.managers.folders import setting
from ci_audit.model import Env
from ci_audit.patterns import regex

PYPI = "PyPI"

_USERINFO = regex(r"^((?:git\+|hg\+|svn\+|bzr\+)?[A-Za-z][A-Za-z0-9+.-]*://)[^/?#@]*@")
_OFFICIAL = regex(r"https?://pypi\.(?:python\.)?org(?:/simple|/pypi)?/?$")


def without_credentials(url: str) -> str:
    """Put `***` in place of user and password."""
    return _USERINFO.sub(r"\1***@", url)


def index_name(url: str) -> str:
    """Give an index address as a message names it."""
    url = url.strip()
    if _OFFICIAL.match(url):
        return PYPI
    return without_credentials(url)


def index_from(env: Env, *names: str) -> str:
    """Give the index that the first set of the variables names, else an empty string."""
    found = setting(env, *names)
    return index_name(found.value) if found is not None else ""

"""Go: `install`, `get`, `mod download`, `clean -modcache`.

Facts: Go's documentation (ref/mod, GOMODCACHE, GOPATH, GOPROXY).
"""

from __future__ import annotations

from ci_audit.managers.arguments import Syntax, read_arguments
from ci_audit.managers.files import lock_state
from ci_audit.managers.folders import below, in_home, named, resolve, setting
from ci_audit.managers.indexes import without_credentials
from ci_audit.managers.protocol import Invocation, Place
from ci_audit.managers.targets import PRINTS
from ci_audit.model import Answer, Cleanup, Directory, Install, Package, Word

SYNTAX = Syntax(
    "-C -o -p -tags|--tags -ldflags|--ldflags -gcflags -asmflags -mod -modfile -overlay -buildmode -buildvcs"
    " -compiler -installsuffix -pkgdir -toolexec -reuse -pgo -covermode -coverpkg",
    "-a -n -race -msan -asan -v|--v -work -x -i -u -d -t -f -insecure -fix -json -cover -trimpath -linkshared"
    " -modcacherw -modcache -cache -testcache -tool -h|--help",
)

VARIABLES = {"go": "GOMODCACHE"}


def read(call: Invocation) -> tuple[Install | Cleanup, ...]:
    head = read_arguments(call.words, SYNTAX, until=1)
    verb = head.positionals[0].text if head.positionals else ""
    arguments = read_arguments(head.rest, SYNTAX)
    words = arguments.positionals
    if verb == "clean":
        return (Cleanup(call.command, ("go",)),) if arguments.has("-modcache") else ()
    if verb == "mod" and [word.text for word in words[:1]] in (["download"], ["tidy"], ["vendor"]):
        verb, words = f"mod {words[0].text}", []
    elif verb not in ("install", "get"):
        return ()
    network = Answer(True, "")
    flags = setting(call.command.env, "GOFLAGS")
    proxy = setting(call.command.env, "GOPROXY")
    if arguments.has("-h"):
        network = PRINTS
    elif proxy is not None and proxy.value == "off":
        network = Answer(False, "GOPROXY=off keeps Go away from proxies", proxy.where)
    elif arguments.text("-mod") == "vendor" or (flags is not None and "-mod=vendor" in flags.value):
        network = Answer(False, "`-mod=vendor` builds with what is in the repository")
    locked, files = (None, ()) if any("@" in word.text for word in words) else lock_state(call, "go.sum", "go.mod")
    index = (
        without_credentials(proxy.value.split(",")[0]) if proxy is not None and "://" in proxy.value else "the Go proxy"
    )
    return (
        Install(
            call.command,
            "go",
            verb,
            network,
            index,
            directories(call.place, "go"),
            packages=tuple(one for one in (_package(call, word, verb) for word in words) if one is not None),
            files=files,
            locked=locked,
            ecosystem="go",
        ),
    )


def directories(place: Place, manager: str) -> tuple[Directory, ...]:
    found = named(place, VARIABLES["go"])
    if found is not None:
        return (found,)
    paths = setting(place.env, "GOPATH")
    if paths is not None:
        first = paths.value.partition(";" if place.os == "windows" else ":")[0]
        return (Directory(below(resolve(place, first), "pkg", "mod"), "GOPATH is set", paths.where),)
    return (Directory(in_home(place, "go", "pkg", "mod")),)


def _package(call: Invocation, word: Word, verb: str) -> Package | None:
    name, at, version = word.text.partition("@")
    where = call.command.where_of(word)
    if name.startswith((".", "/")):
        return None
    if not word.known:
        return Package(name, at + version, None, "its version is not known", where, "go")
    if not at:
        # Without a version both take the one that go.mod names, if it names one.
        return Package(name, "", None, "go.mod may name its version", where, "go")
    exact = version[:1] == "v" and version.count(".") >= 2
    commit = len(version) >= 12 and all(char in "0123456789abcdef" for char in version)
    if exact or commit:
        return Package(name, at + version, True, f"`@{version}` names one version", where, "go")
    return Package(name, at + version, False, f"`@{version}` leaves the version open", where, "go")

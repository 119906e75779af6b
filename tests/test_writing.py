"""Files put in the place of others: whole at any moment, with their mode and links, and nothing else touched."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci_audit import writing

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes, links and signals are those of POSIX")
NOBODY = 65534


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_content_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old\r\n")
    writing.replace(str(tmp_path), "a", b"old\r\n", b"new\r\n\xff")
    assert (tmp_path / "a").read_bytes() == b"new\r\n\xff"
    assert names(tmp_path) == ["a"]


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755, 0o777, 0o2755])
def test_the_mode_is_kept(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    file.chmod(mode)
    writing.replace(str(tmp_path), "a", b"old", b"new")
    assert stat.S_IMODE(file.stat().st_mode) == mode


@POSIX
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    os.chown(file, NOBODY, NOBODY)
    file.chmod(0o2755)
    writing.replace(str(tmp_path), "a", b"old", b"new")
    assert (file.stat().st_uid, file.stat().st_gid) == (NOBODY, NOBODY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o2755


@POSIX
def test_a_link_inside_the_root_stays_and_its_target_is_changed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a"
    target.write_bytes(b"old")
    (tmp_path / "link").symlink_to("real/a")
    (tmp_path / "folder").symlink_to("real")
    writing.replace(str(tmp_path), "link", b"old", b"new")
    assert os.readlink(tmp_path / "link") == "real/a"
    assert target.read_bytes() == b"new"
    writing.replace(str(tmp_path), "folder/a", b"new", b"newer")
    assert os.readlink(tmp_path / "folder") == "real"
    assert target.read_bytes() == b"newer"
    assert not target.is_symlink()
    assert names(tmp_path / "real") == ["a"]


@POSIX
def test_a_root_that_is_a_link_is_the_folder_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"old")
    (tmp_path / "root").symlink_to("real")
    writing.replace(str(tmp_path / "root"), "a", b"old", b"new")
    assert (tmp_path / "real" / "a").read_bytes() == b"new"


@POSIX
@pytest.mark.parametrize("path", ["link", "folder/a", "../outside/a", "sibling"])
def test_what_lies_outside_is_refused(tmp_path: Path, path: str) -> None:
    for name in ("root", "outside", "root-2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_bytes(b"old")
    root = tmp_path / "root"
    (root / "link").symlink_to("../outside/a")
    (root / "folder").symlink_to("../outside")
    (root / "sibling").symlink_to("../root-2/a")
    with pytest.raises(OSError, match="leads out of the repository"):
        writing.replace(str(root), path, b"old", b"new")
    assert [(tmp_path / name / "a").read_bytes() for name in ("root", "outside", "root-2")] == [b"old"] * 3
    assert names(tmp_path / "outside") == ["a"]


@POSIX
@pytest.mark.parametrize("path", ["folder/new", "dangling"])
def test_nothing_is_made_outside(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    for folder in (root, tmp_path / "outside"):
        folder.mkdir()
    (root / "folder").symlink_to("../outside")
    (root / "dangling").symlink_to("../outside/new")
    with pytest.raises(OSError, match="leads out of the repository"):
        writing.replace(str(root), path, None, b"new")
    assert names(tmp_path / "outside") == []


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"theirs")
    with pytest.raises(OSError, match="it has changed in the meantime"):
        writing.replace(str(tmp_path), "a", b"old", b"new")
    assert (tmp_path / "a").read_bytes() == b"theirs"
    (tmp_path / "a").unlink()
    with pytest.raises(FileNotFoundError):
        writing.replace(str(tmp_path), "a", b"old", b"new")
    assert names(tmp_path) == []


def test_a_file_is_made_with_its_folders(tmp_path: Path) -> None:
    writing.replace(str(tmp_path), "b/c/d", None, b"new")
    assert (tmp_path / "b" / "c" / "d").read_bytes() == b"new"
    assert names(tmp_path / "b" / "c") == ["d"]


@POSIX
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_mode_of_any_other_new_file(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        writing.replace(str(tmp_path), "a", None, b"new")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("path", ["a", "link"])
def test_a_file_that_is_there_is_never_made_anew(tmp_path: Path, path: str) -> None:
    (tmp_path / "a").write_bytes(b"theirs")
    if path == "link":
        (tmp_path / "link").symlink_to("a")
    with pytest.raises(FileExistsError):
        writing.replace(str(tmp_path), path, None, b"new")
    assert (tmp_path / "a").read_bytes() == b"theirs"
    assert names(tmp_path) == ["a", *(["link"] if path == "link" else [])]


@pytest.fixture
def folder_of_somebody() -> Iterator[Path]:
    """Give a folder of the user who runs the rest of the test: root may write everywhere."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a").write_bytes(b"old")
        if os.geteuid() != 0:
            yield folder
        else:
            for path in (folder, folder / "a"):
                os.chown(path, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, 0)
            try:
                yield folder
            finally:
                os.setresuid(0, 0, 0)
        folder.chmod(0o755)


@POSIX
def test_a_read_only_folder_and_a_read_only_file_stay(folder_of_somebody: Path) -> None:
    folder = folder_of_somebody
    (folder / "a").chmod(0o444)
    with pytest.raises(PermissionError, match="it is read-only"):
        writing.replace(str(folder), "a", b"old", b"new")
    (folder / "a").chmod(0o644)
    folder.chmod(0o555)
    for path, old in (("a", b"old"), ("b", None), ("c/d", None)):
        with pytest.raises(PermissionError):
            writing.replace(str(folder), path, old, b"new")
    assert (folder / "a").read_bytes() == b"old"
    assert names(folder) == ["a"]


@pytest.mark.parametrize("name", ["replace", "chmod", "fsync"])
def test_a_failure_midway_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "no space left on device")

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, name, fails)
    with pytest.raises(OSError, match="no space left"):
        writing.replace(str(tmp_path), "a", b"old", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


COUNT = """
import sys
from ci_audit.writing import replace
root, times = sys.argv[1], int(sys.argv[2])
while times:
    with open(root + "/a", "rb") as file:
        old = file.read()
    try:
        replace(root, "a", old, b"%d" % (int(old) + 1))
    except OSError as error:
        assert error.strerror == "it has changed in the meantime", error
    else:
        times -= 1
"""


def started(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(writing.__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-c", script, *arguments], env=environment)


@POSIX
def test_of_many_writers_at_once_none_undoes_what_another_wrote(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0")
    writers = [started(COUNT, str(tmp_path), "25") for _ in range(4)]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    assert (tmp_path / "a").read_bytes() == b"100"
    assert names(tmp_path) == ["a"]


KILLED = """
import os, random, signal, sys, time
from ci_audit.writing import replace
root = sys.argv[1]
contents = [b"a" * 300_000, b"b" * 200_000]
with open(root + "/file", "wb") as file:
    file.write(contents[0])
chance = random.Random(7)
seen = set()
for _ in range(200):
    child = os.fork()
    if not child:
        with open(root + "/file", "rb") as file:
            turn = contents.index(file.read())
        while True:
            replace(root, "file", contents[turn], contents[1 - turn])
            turn = 1 - turn
    time.sleep(chance.uniform(0, 0.012))
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with open(root + "/file", "rb") as file:
        seen.add(contents.index(file.read()))
assert seen == {0, 1}, seen
"""


@POSIX
def test_a_kill_at_any_moment_leaves_one_of_the_two_files_whole(tmp_path: Path) -> None:
    assert started(KILLED, str(tmp_path)).wait() == 0
    assert all(name == "file" or name.startswith(".ci-audit-") for name in names(tmp_path))

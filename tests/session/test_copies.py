"""The copy that planted faults break: whole for each of them, and never the subject itself."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.gitrepo import GitRepo
from pytest_tradeops.session.copies import Copies, copies_of, snapshot
from pytest_tradeops.settings import Settings
from pytest_tradeops.subject import Subject


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "theirs"
    (root / "pkg" / "deep").mkdir(parents=True)
    (root / "pkg" / "one.py").write_text("ONE = 1\n")
    (root / "pkg" / "deep" / "two.py").write_text("TWO = 2\n")
    (root / "link.py").symlink_to("pkg/one.py")
    return Subject(root, Settings(), GitRepo(root), Path("python"))


def texts(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*.py"))}


def modes(root: Path) -> dict[str, int]:
    return {path.relative_to(root).as_posix(): path.lstat().st_mode for path in sorted(root.rglob("*"))}


def test_a_copy_is_like_a_whole_one(subject: Subject, tmp_path: Path) -> None:
    whole = subject.copy_to(tmp_path / "whole")
    copy = Copies(subject, tmp_path / "copies").lend()
    assert copy.is_copy
    assert copy.root.is_relative_to(tmp_path / "copies")
    assert texts(copy.root) == texts(whole.root) == texts(subject.root)
    assert (copy.root / "link.py").readlink() == (whole.root / "link.py").readlink() == Path("pkg/one.py")


def in_place(root: Path) -> None:
    (root / "pkg" / "one.py").write_text("ONE = 0\n")


def in_place_unseen(root: Path) -> None:
    """As long as before, and with the old time."""
    status = (root / "pkg" / "one.py").stat()
    in_place(root)
    os.utime(root / "pkg" / "one.py", ns=(status.st_atime_ns, status.st_mtime_ns))


def through_a_link(root: Path) -> None:
    with (root / "link.py").open("a") as file:
        file.write("# more\n")


def link_turned(root: Path) -> None:
    (root / "link.py").unlink()
    (root / "link.py").symlink_to("pkg/deep/two.py")


def rights(root: Path) -> None:
    (root / "pkg" / "one.py").chmod(0o000)
    (root / "pkg").chmod(0o500)


def folder_gone(root: Path) -> None:
    shutil.rmtree(root / "pkg")


def folder_for_a_file(root: Path) -> None:
    (root / "pkg" / "one.py").unlink()
    (root / "pkg" / "one.py" / "inner").mkdir(parents=True)
    (root / "pkg" / "one.py" / "inner" / "three.py").write_text("")


def file_for_a_folder(root: Path) -> None:
    shutil.rmtree(root / "pkg" / "deep")
    (root / "pkg" / "deep").write_text("")


def all_gone(root: Path) -> None:
    shutil.rmtree(root)


def a_link_in_its_place(root: Path) -> None:
    shutil.rmtree(root)
    root.symlink_to("/")


FAULTS = (
    in_place,
    in_place_unseen,
    through_a_link,
    link_turned,
    rights,
    folder_gone,
    folder_for_a_file,
    file_for_a_folder,
    all_gone,
    a_link_in_its_place,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_what_one_fault_breaks_is_whole_for_the_next_and_never_the_subjects(
    subject: Subject, tmp_path: Path, fault: Callable[[Path], None]
) -> None:
    before = snapshot(subject.root)
    copies = Copies(subject, tmp_path / "copies")
    for _ in range(2):
        lent = copies.lend()
        assert texts(lent.root) == texts(subject.root)
        assert modes(lent.root) == modes(subject.root)
        (lent.root / "new").mkdir()
        (lent.root / "new" / "planted.py").write_text("")
        fault(lent.root)
    lent = copies.lend()
    assert texts(lent.root) == texts(subject.root)
    assert modes(lent.root) == modes(subject.root)
    assert snapshot(subject.root) == before


def test_what_is_whole_is_not_copied_again(subject: Subject, tmp_path: Path) -> None:
    copies = Copies(subject, tmp_path / "copies")
    inodes = [{path: path.lstat().st_ino for path in copies.lend().root.rglob("*")} for _ in range(2)]
    assert inodes[0] == inodes[1]


def test_a_fault_that_reaches_the_kept_copy_spoils_no_later_one(subject: Subject, tmp_path: Path) -> None:
    copies = Copies(subject, tmp_path / "copies")
    lent = copies.lend().root
    for path in tmp_path.joinpath("copies").rglob("one.py"):
        path.write_text("ONE = 0\n")
    assert texts(lent)["pkg/one.py"] == "ONE = 0\n"
    assert texts(copies.lend().root) == texts(subject.root)


def test_nothing_is_left(subject: Subject, tmp_path: Path) -> None:
    copies = Copies(subject, tmp_path / "copies")
    copies.lend()
    copies.close()
    assert not (tmp_path / "copies").exists()
    assert texts(copies.lend().root) == texts(subject.root)


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setattr("pytest_tradeops.session.copies.memory_folder", lambda: place)
    return place


def test_the_copies_of_a_small_repository_lie_in_memory_and_are_gone_afterwards(subject: Subject, memory: Path) -> None:
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=subject.root, check=True)
    assert subject.size() == len("ONE = 1\n" * 2) + len("pkg/one.py")
    with copies_of(subject) as copies:
        assert copies.lend().root.is_relative_to(memory)
    assert not list(memory.iterdir())


def test_what_is_large_or_of_unknown_size_stays_out_of_memory(
    subject: Subject, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert subject.size() is None
    for size in (None, 1 << 30):
        monkeypatch.setattr(Subject, "size", lambda _, size=size: size)
        with copies_of(subject) as copies:
            lent = copies.lend().root
            assert lent.is_dir()
        assert not lent.exists()
    assert not list(memory.iterdir())

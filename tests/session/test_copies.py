"""Copies of a subject that share their files: as good as whole ones, and never the subject's own."""

import os
from pathlib import Path

import pytest

from pytest_tradeops.gitrepo import GitRepo
from pytest_tradeops.session.copies import Copies, snapshot
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


def test_a_copy_is_like_a_whole_one(subject: Subject, tmp_path: Path) -> None:
    whole = subject.copy_to(tmp_path / "whole")
    copy = Copies(subject, tmp_path / "kept").make(tmp_path / "copy")
    assert copy.is_copy
    assert copy.root == tmp_path / "copy"
    assert texts(copy.root) == texts(whole.root) == texts(subject.root)
    assert (copy.root / "link.py").readlink() == (whole.root / "link.py").readlink() == Path("pkg/one.py")


@pytest.mark.parametrize("how", ["written in place", "through the link", "by the subject's own word", "replaced"])
def test_what_one_fault_breaks_is_whole_for_the_next_and_never_the_subjects(
    subject: Subject, tmp_path: Path, how: str
) -> None:
    before = snapshot(subject.root)
    copies = Copies(subject, tmp_path / "kept")
    first = copies.make(tmp_path / "first")
    if how == "written in place":
        (first.root / "pkg" / "one.py").write_text("ONE = 0\n")
    elif how == "through the link":
        with (first.root / "link.py").open("a") as file:
            file.write("# more\n")
    elif how == "by the subject's own word":
        first.edit("pkg/one.py", "1", "0")
    else:
        (tmp_path / "new.py").write_text("ONE = 0\n")
        (tmp_path / "new.py").replace(first.root / "pkg" / "one.py")
    (first.root / "pkg" / "deep" / "two.py").unlink()
    (first.root / "planted.py").write_text("")
    assert texts(first.root)["pkg/one.py"] != "ONE = 1\n"
    second = copies.make(tmp_path / "second")
    assert texts(second.root) == texts(subject.root)
    assert snapshot(subject.root) == before


def test_nothing_is_left_of_the_kept_copy(subject: Subject, tmp_path: Path) -> None:
    copies = Copies(subject, tmp_path / "kept")
    copies.make(tmp_path / "copy")
    copies.close()
    assert not (tmp_path / "kept").exists()
    assert texts(tmp_path / "copy") == texts(subject.root)


def test_where_there_are_no_hard_links_files_are_copied(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    copy = Copies(subject, tmp_path / "kept").make(tmp_path / "copy")
    assert texts(copy.root) == texts(subject.root)
    assert (copy.root / "pkg" / "one.py").stat().st_nlink == 1

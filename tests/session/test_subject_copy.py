"""The copy that a planted fault breaks: links work in it as in the subject, and none of them leads out of it."""

import os
import subprocess
from pathlib import Path

import pytest

from pytest_tradeops import subject as subject_module
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject

CODE = "PRICE = 1\n"


@pytest.fixture(params=["git", "no git"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "bot"
    put(folder / "real" / "one.py")
    put(folder / "data" / "ignored.csv")
    (folder / "pyproject.toml").write_text("[tool.tradeops]\n", encoding="utf-8")
    (folder / ".gitignore").write_text("data/\n", encoding="utf-8")
    if request.param == "git":
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def put(path: Path, text: str = CODE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def copied(root: Path) -> Subject:
    return open_subject(root, load_settings(root)).copy_to(root.parent / "copy")


def snapshot(*folders: Path) -> dict[Path, str]:
    return {
        path: path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*") if path.is_file()
    }


def spoil(subject: Subject) -> None:
    """Writes to whatever can be reached from the copy."""
    for place, _, names in os.walk(subject.root):
        for name in (*names, "new.py"):
            Path(place, name).write_text("spoilt", encoding="utf-8")
    for name in os.listdir(subject.root):  # noqa: PTH208
        if (subject.root / name).is_dir():
            (subject.root / name / "new2.py").write_text("spoilt", encoding="utf-8")


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("deep", [False, True])
def test_a_linked_folder_is_a_link_to_its_copy(root: Path, absolute: bool, deep: bool) -> None:
    link = root / "a" / "b" / "strategies" if deep else root / "strategies"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(root / "real" if absolute else os.path.relpath(root / "real", link.parent))
    before = snapshot(root)
    copy = copied(root)
    name = link.relative_to(root).as_posix()
    assert (copy.root / name).is_symlink()
    assert (copy.root / name).resolve() == (copy.root / "real").resolve()
    copy.write(f"{name}/planted.py", "planted")
    assert (copy.root / "real" / "planted.py").read_text(encoding="utf-8") == "planted"
    assert copy.edit(f"{name}/one.py", "1", "2").read_text(encoding="utf-8") == "PRICE = 2\n"
    spoil(copy)
    assert snapshot(root) == before


def test_links_to_links_and_to_files_stay_inside(root: Path) -> None:
    (root / "first").symlink_to("second")
    (root / "second").symlink_to(root / "real")
    (root / "one.py").symlink_to(root / "first" / "one.py")
    before = snapshot(root)
    copy = copied(root)
    assert (copy.root / "first" / "one.py").read_text(encoding="utf-8") == CODE
    copy.write("one.py", "planted")
    assert (copy.root / "second" / "one.py").read_text(encoding="utf-8") == "planted"
    spoil(copy)
    assert snapshot(root) == before


def test_what_a_link_leads_to_outside_is_copied_in_its_place(root: Path) -> None:
    outside = root.parent / "shared"
    put(outside / "sub" / "two.py")
    (outside / "back").symlink_to(root / "real")
    (outside / "loop").symlink_to(outside)
    (root / "strategies").symlink_to(outside)
    (root / "file.py").symlink_to(outside / "sub" / "two.py")
    before = snapshot(root, outside)
    copy = copied(root)
    assert (copy.root / "strategies" / "sub" / "two.py").read_text(encoding="utf-8") == CODE
    assert (copy.root / "strategies" / "back" / "one.py").read_text(encoding="utf-8") == CODE
    assert (copy.root / "file.py").read_text(encoding="utf-8") == CODE
    copy.write("strategies/planted.py", "planted")
    spoil(copy)
    assert snapshot(root, outside) == before


def test_a_linked_folder_that_is_not_copied_itself_is_copied_in_its_place(root: Path) -> None:
    (root / "prices").symlink_to("data")
    before = snapshot(root)
    copy = copied(root)
    assert (copy.root / "prices" / "ignored.csv").read_text(encoding="utf-8") == CODE
    spoil(copy)
    assert snapshot(root) == before


def test_a_link_to_a_large_folder_outside_or_back_up_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_module, "LINKED_FILES", 3)
    for number in range(4):
        put(root.parent / "large" / f"{number}.csv")
    (root / "large").symlink_to(root.parent / "large")
    (root / "up").symlink_to("..")
    before = snapshot(root, root.parent / "large")
    copy = copied(root)
    assert not os.path.lexists(copy.root / "large")
    assert not os.path.lexists(copy.root / "up")
    spoil(copy)
    assert snapshot(root, root.parent / "large") == before


def test_a_link_to_the_subject_itself_leads_to_the_copy(root: Path) -> None:
    (root / "all").symlink_to(root)
    copy = copied(root)
    assert (copy.root / "all").resolve() == copy.root.resolve()


def test_environments_pipes_devices_and_dangling_links_are_left_out(root: Path) -> None:
    put(root.parent / "venv" / "pyvenv.cfg")
    (root / ".venv").symlink_to(root.parent / "venv")
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root.parent / "pipe.py")
    (root / "linked_pipe.py").symlink_to(root.parent / "pipe.py")
    (root / "zero.py").symlink_to("/dev/zero")
    (root / "gone.py").symlink_to(root / "nowhere.py")
    copy = copied(root)
    for name in (".venv", "pipe.py", "linked_pipe.py", "zero.py", "gone.py"):
        assert not os.path.lexists(copy.root / name), name
    copy.write("gone.py", "planted")
    assert not (root / "nowhere.py").exists()


def test_a_tracked_folder_that_became_a_link_is_one(root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("there is nothing tracked without git")
    put(root / "strategies" / "one.py")
    subprocess.run(["git", "-C", str(root), "add", "strategies"], check=True)
    (root / "strategies" / "one.py").unlink()
    (root / "strategies").rmdir()
    (root / "strategies").symlink_to("real")
    copy = copied(root)
    assert (copy.root / "strategies").is_symlink()


def test_ordinary_files_keep_text_and_mode_and_the_target_may_lie_inside(root: Path) -> None:
    put(root / "run.sh").chmod(0o755)
    copy = open_subject(root, load_settings(root)).copy_to(root / "tmp" / "copy")
    assert copy.is_copy
    assert (copy.root / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (copy.root / "real" / "one.py").read_text(encoding="utf-8") == CODE
    assert not (copy.root / "tmp" / "copy").exists()


def test_links_into_the_place_of_the_copies_are_left_out(tmp_path: Path) -> None:
    """pytest's own `runpytest-current`: through it a worker would copy what the others are just writing."""
    root = tmp_path / "bot"
    (root / "temp" / "other-worker").mkdir(parents=True)
    (root / "temp" / "other-worker" / "half.txt").write_text("half")
    (root / "limits.txt").write_text("max=1")
    (root / "current").symlink_to("temp")
    copy = open_subject(root, load_settings(root)).copy_to(root / "temp" / "this-worker" / "subject")
    assert sorted(path.name for path in copy.root.iterdir()) == ["limits.txt"]

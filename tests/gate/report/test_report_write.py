"""Reports are written whole or not at all, and stale ones never survive."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import report_samples as samples

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.gate.report.as_html import render_html
from pytest_tradeops.gate.report.as_json import render_json
from pytest_tradeops.gate.report.markdown import render_markdown
from pytest_tradeops.gate.report.write import append_text, check_places, remove_stale, shown, write_text


def test_file_and_its_folders_are_made_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "report.json"
    write_text(target, "é\ud800\n")
    assert target.read_bytes() == "é?\n".encode()
    assert [one.name for one in target.parent.iterdir()] == ["report.json"]


def test_umask_decides_who_may_read_and_an_existing_mode_stays(tmp_path: Path) -> None:
    target, old = tmp_path / "new", os.umask(0o027)
    try:
        write_text(target, "x")
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        write_text(target, "y")
    finally:
        os.umask(old)
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


def test_symbolic_link_keeps_pointing(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there").read_text() == "new"


def test_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    target = tmp_path / "report"
    write_text(target, "old")
    with target.open() as reader:
        write_text(target, "new and longer")
        assert reader.read() == "old"
    assert target.read_text() == "new and longer"


def test_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TradeopsError, match="it is a directory") as caught:
        write_text(tmp_path, "x")
    assert caught.value.remedy == "Name a file."


def test_file_as_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TradeopsError, match="is a file, not a directory"):
        write_text(tmp_path / "file" / "report", "x")


def test_odd_paths_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 300), "nul\0byte"):
        with pytest.raises(TradeopsError, match="could not be written"):
            write_text(path, "x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_full_disk_is_named() -> None:
    with pytest.raises(TradeopsError, match="the disk is full") as caught:
        write_text("/dev/full", "x" * 100_000)
    assert "space" in caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(TradeopsError, match="permission is denied"):
            write_text(tmp_path / "report", "x")
    finally:
        tmp_path.chmod(0o700)


def test_failed_write_leaves_the_earlier_file_and_no_rubbish(tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.write_text("earlier")
    script = (
        "import resource, signal, sys\n"
        "from pytest_tradeops.gate.report.write import write_text\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "write_text(sys.argv[1], 'x' * 100_000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=False, timeout=60
    )
    assert "larger than files may be" in done.stderr
    assert target.read_text() == "earlier"
    assert [one.name for one in tmp_path.iterdir()] == ["report"]


def test_shared_summary_is_added_to(tmp_path: Path) -> None:
    shared = tmp_path / "summary.md"
    shared.write_text("of an earlier step\n")
    append_text(shared, "ours\n")
    assert shared.read_text() == "of an earlier step\nours\n"
    with pytest.raises(TradeopsError, match="it is a directory"):
        append_text(tmp_path, "x")


def test_stale_reports_are_removed(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("PROMOTE")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    remove_stale([tmp_path / "old", tmp_path / "dangling", tmp_path / "never there", tmp_path / "old" / "below"])
    assert list(tmp_path.iterdir()) == []


def test_stale_report_that_cannot_be_removed_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TradeopsError, match="could not be removed: it is a directory"):
        remove_stale([tmp_path / "folder"])


def test_devices_are_left_alone() -> None:
    remove_stale(["/dev/null"])
    write_text("/dev/null", "x")
    assert not Path("/dev/null").is_file()


REPORTS = {
    "JSON": render_json(samples.report()),
    "HTML": render_html(samples.report()),
    "Markdown": render_markdown(samples.report()),
    "JUnit": '<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite/></testsuites>',
}


@pytest.mark.parametrize("form", REPORTS)
def test_a_report_of_an_earlier_run_may_be_replaced(tmp_path: Path, form: str) -> None:
    (tmp_path / "report").write_text(REPORTS[form], encoding="utf-8")
    (tmp_path / "empty").touch()
    check_places([(form, tmp_path / "report"), (form, tmp_path / "empty"), (form, tmp_path / "absent" / "x")])
    check_places([(form, tmp_path / "report" / "below"), (form, tmp_path), (form, "/dev/null")])  # writing will say


FOREIGN = {
    "settings": "[project]\n",
    "notes": "# Notes\n<!-- tradeops-report -->\n",
    "data": '{"version": 1}',
    "page": "<!DOCTYPE html>\n<html></html>",
    "far": "{" + " " * 5000 + '"schema": "tradeops-report/1"}',
    "xml": '<?xml version="1.0"?><project/>',
    "blank": "\n",
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("form", REPORTS)
def test_a_file_that_is_no_report_is_kept(tmp_path: Path, form: str, name: str) -> None:
    target, link = tmp_path / "mine", tmp_path / "link"
    target.write_text(FOREIGN[name], encoding="utf-8")
    link.symlink_to(target)
    for path in (target, link):
        with pytest.raises(TradeopsError, match=f"is no {form} report of an earlier run") as caught:
            check_places([(form, path)])
        assert caught.value.remedy == "Name another path."


def test_two_reports_at_one_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "r")
    for other in (tmp_path / "r", tmp_path / "link", tmp_path / "x" / ".." / "r"):
        with pytest.raises(TradeopsError, match="Two reports have the same path") as caught:
            check_places([("JSON", tmp_path / "r"), ("HTML", other)])
        assert caught.value.remedy == "Name another path."


def test_an_odd_place_is_one_sentence() -> None:
    with pytest.raises(TradeopsError, match="could not be written"):
        check_places([("JSON", "nul\0byte")])


def test_a_path_is_shown_as_seen_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADEOPS_STARTED_IN", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert shown(tmp_path / "here" / "out" / "r.json") == "out/r.json"
    assert shown(tmp_path / "r.json") == str(tmp_path / "r.json")
    assert shown("out/r.json") == "out/r.json"
    assert shown(tmp_path / "here" / "r.json", tmp_path) == "here/r.json"
    (tmp_path / "here" / "r").mkdir()
    with pytest.raises(TradeopsError, match=r"^The report 'r' could not be written: it is a directory"):
        write_text(tmp_path / "here" / "r", "x")
    # `tradeops verify` runs pytest elsewhere.
    monkeypatch.setenv("TRADEOPS_STARTED_IN", str(tmp_path))
    assert shown(tmp_path / "here" / "r.json", tmp_path / "here") == "here/r.json"


def test_a_path_is_shown_whole_when_the_current_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADEOPS_STARTED_IN", raising=False)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert shown(tmp_path / "r.json") == str(tmp_path / "r.json")

"""The registry: whose leftovers are removed, and whose never."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import ConfigError
from pytest_tradeops.processes import registry, supervisor


def _write(tmp_path: Path, **changes: Any) -> Path:
    """A record with nobody behind it, on a folder of its own."""
    folder = tmp_path / "left"
    folder.mkdir()
    record = {
        "id": "probe-1",
        "name": "probe",
        "label": "somewhere",
        "place": registry.place(),
        "owner": {"pid": 1, "start": "never"},
        "supervisor": None,
        "child": None,
        "directories": [str(folder)],
        "cleanup_command": [],
        **changes,
    }
    supervisor.write_record(registry.folder() / "probe-1.json", record)
    return folder


def test_a_recycled_pid_is_not_taken_for_the_owner_nor_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        other = {"pid": stranger.pid, "start": "1"}
        folder = _write(tmp_path, owner=other, child=other)
        (removed,) = registry.prune()
        assert removed.killed == 0
        assert not folder.exists()
        assert stranger.poll() is None


def test_a_zombie_owner_counts_as_gone(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    stat = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    folder = _write(tmp_path, owner={"pid": child, "start": stat[19]})
    assert len(registry.prune()) == 1
    assert not folder.exists()
    os.waitpid(child, 0)


def test_records_of_another_pid_namespace_are_left_alone(tmp_path: Path) -> None:
    folder = _write(tmp_path, place={**registry.place(), "pids": "pid:[1]"})
    assert registry.prune() == []
    assert folder.exists()


def test_records_of_an_earlier_boot_of_this_host_are_removed_without_killing(tmp_path: Path) -> None:
    mine = supervisor.identity(os.getpid())
    folder = _write(tmp_path, place={**registry.place(), "boot": "earlier"}, owner=mine, child=mine)
    (removed,) = registry.prune()
    assert removed.killed == 0
    assert not folder.exists()


def test_records_of_another_host_on_a_shared_folder_are_left_alone(tmp_path: Path) -> None:
    folder = _write(tmp_path, place={"host": "other", "boot": "other", "pids": "pid:[1]"})
    assert registry.prune() == []
    assert folder.exists()


def test_a_broken_record_disturbs_nobody(tmp_path: Path) -> None:
    (registry.folder() / "half.json").write_text('{"id": ')
    folder = _write(tmp_path)
    assert len(registry.prune()) == 1
    assert not folder.exists()


def test_half_written_records_go_when_they_are_old() -> None:
    old, fresh = registry.folder() / "a.1.tmp", registry.folder() / "b.2.tmp"
    old.touch()
    fresh.touch()
    os.utime(old, (0, 0))
    registry.prune()
    assert not old.exists()
    assert fresh.exists()


def test_the_folders_are_private() -> None:
    for folder in (registry.folder(), registry.runtime_folder()):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_somebody_else_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (Path(os.environ["TMPDIR"]) / f"pytest-tradeops-{os.getuid()}").symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="does not belong to this user"):
        registry.folder()

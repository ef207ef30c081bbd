"""`tradeops verify` killed in the middle: its run ends with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.processes.child import clean_environment

CHECK = """
import os, threading
import pytest
from pytest_tradeops.gate import planted_fault

@pytest.mark.verification(id="ACME-001", suite="acme", title="it waits")
def test_acme_001(subject, evidence):
    with open({place!r}, "w") as file:
        file.write(f"{{os.getppid()}} {{os.getpid()}} {{os.getcwd()}}")
    threading.Event().wait(60)

@planted_fault(check="ACME-001", title="none", expects="acme: none")
def none(subject):
    raise RuntimeError("not planted")
"""
SETTINGS = """
[tool.tradeops]
checks = ["checks"]
[tool.tradeops.profiles.own]
required = ["ACME-001"]
"""


def _until(condition: Callable[[], object], what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _start(tmp_path: Path, workers: str) -> tuple[subprocess.Popen[bytes], list[int], str]:
    """A run in the middle of its check; the pids in it, the one that tests last, and the run's own folder."""
    place = tmp_path / "pids"
    (tmp_path / "bot" / "checks").mkdir(parents=True)
    (tmp_path / "bot" / "checks" / "test_acme_001.py").write_text(CHECK.format(place=str(place)))
    (tmp_path / "bot" / "pyproject.toml").write_text(SETTINGS)
    command = [sys.executable, "-m", "pytest_tradeops", "verify", "--profile", "own", "--only", "ACME-001"]
    verify = subprocess.Popen(
        [*command, "-n", workers],
        cwd=tmp_path / "bot",
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _until(lambda: place.exists() and place.read_text().count(" ") == 2, "the check did not start", 180)
    *found, folder = place.read_text().split()
    return verify, [int(pid) for pid in found], folder


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_killed_verify_takes_its_run_along(tmp_path: Path, workers: str) -> None:
    verify, pids, folder = _start(tmp_path, workers)
    with verify:
        verify.send_signal(signal.SIGKILL)
    for pid in pids:
        if pid != verify.pid:
            _until(lambda pid=pid: _gone(pid), f"{pid} goes on", 10)
    _until(lambda: not Path(folder).exists(), f"{folder} is left", 10)


@pytest.mark.slow
def test_a_killed_controller_takes_its_workers_along(tmp_path: Path) -> None:
    verify, (controller, worker), folder = _start(tmp_path, "2")
    with verify:
        os.kill(controller, signal.SIGKILL)
        _until(lambda: _gone(worker), f"{worker} goes on", 10)
        assert verify.wait(10) == 128 + signal.SIGKILL
    assert not Path(folder).exists()

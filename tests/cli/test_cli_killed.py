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
        os.sched_yield()


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_killed_verify_takes_its_run_along(tmp_path: Path, workers: str) -> None:
    place = tmp_path / "pids"
    (tmp_path / "bot" / "checks").mkdir(parents=True)
    (tmp_path / "bot" / "checks" / "test_acme_001.py").write_text(CHECK.format(place=str(place)))
    (tmp_path / "bot" / "pyproject.toml").write_text(SETTINGS)
    command = [
        sys.executable,
        "-m",
        "pytest_tradeops",
        "verify",
        "--profile",
        "own",
        "--only",
        "ACME-001",
        "-n",
        workers,
    ]
    with subprocess.Popen(
        command, cwd=tmp_path / "bot", env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as verify:
        _until(lambda: place.exists() and place.read_text(), "the check did not start", 60)
        *found, folder = place.read_text().split()
        pids = [int(pid) for pid in found]
        running = [pid for pid in pids if pid != verify.pid]
        verify.send_signal(signal.SIGKILL)
    for pid in running:
        _until(lambda pid=pid: _gone(pid), f"{pid} goes on", 10)
    _until(lambda: not Path(folder).exists(), f"{folder} is left", 10)

"""A gated run that a CI system cancels with SIGTERM: reported, without a decision, and nothing goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.processes.child import clean_environment

from .conftest import CHECK, Repository

BODY = """
    if not subject.is_copy:
        import subprocess, sys, pathlib
        code = "import os, pathlib, time; pathlib.Path('new').write_text(str(os.getpid())); os.rename('new', 'started'); time.sleep(600)"
        subprocess.run([sys.executable, "-c", code])
    text ="""


def _until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
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


def _start(repository: Repository, workers: int, *more: str) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-m", "pytest", f"-n{workers}", "-m", "verification(suite='acme')", "checks",
        "--tradeops-gate=own", "--tradeops-report=out/report.json", "-p", "no:cacheprovider", *more,
    ]  # fmt: skip
    return subprocess.Popen(
        command,
        cwd=repository.root,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("workers", [0, 2])
def test_sigterm_reports_without_a_decision(repository: Repository, workers: int, group: bool) -> None:
    assert repository.run().code == 0
    repository.check("002", CHECK.format(number="002").replace("\n    text =", BODY))
    with _start(repository, workers) as process:
        started = repository.root / "started"
        _until(started.exists, "the check did not start")
        assert not (repository.root / "out" / "report.json").exists(), "the earlier report is still there"
        (os.killpg if group else os.kill)(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 143, output
    assert "INTERNALERROR" not in output
    report = json.loads((repository.root / "out" / "report.json").read_text())
    assert (report["verdict"], report["exit_code"]) == ("HOLD", 143)
    assert "The run was ended by SIGTERM before it was through." in report["reasons"]
    assert [one["outcome"] for one in report["checks"]] in (["passed", "missing"], ["missing", "missing"])
    pid = int(started.read_text())
    _until(lambda: _gone(pid), "what the check had started goes on", 10)


@pytest.mark.parametrize("workers", [0, 2])
def test_sigterm_does_not_wait_for_a_tear_down_to_report(repository: Repository, workers: int) -> None:
    slow = """
    import threading

    @pytest.fixture
    def slow(request):
        yield
        if not request.node.name.endswith(">"):
            open("tearing-down", "w").close()
            threading.Event().wait(600)

    """
    check = CHECK.format(number="002").replace("(subject, evidence)", "(subject, evidence, slow)")
    repository.check("002", slow.replace("\n    ", "\n") + check.replace("\n    text =", BODY))
    report = repository.root / "out" / "report.json"
    with _start(repository, workers) as process:
        _until((repository.root / "started").exists, "the check did not start")
        process.send_signal(signal.SIGTERM)
        _until(report.exists, "no report during the tear-down", 30)
        _until((repository.root / "tearing-down").exists, "no tear-down", 30)
        written = json.loads(report.read_text())
        time.sleep(1.1)  # within a second it would be the same cancellation
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert written["exit_code"] == 143
    assert process.returncode == 143, output
    assert json.loads(report.read_text())["exit_code"] == 143


def test_an_ordinary_run_ends_by_sigterm_as_before(repository: Repository) -> None:
    repository.check("002", CHECK.format(number="002").replace("\n    text =", BODY))
    command = [sys.executable, "-m", "pytest", "-m", "verification(suite='acme')", "checks", "-p", "no:cacheprovider"]
    with subprocess.Popen(command, cwd=repository.root, env=clean_environment(), stdout=subprocess.DEVNULL) as process:
        _until((repository.root / "started").exists, "the check did not start")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM
    os.kill(int((repository.root / "started").read_text()), signal.SIGKILL)

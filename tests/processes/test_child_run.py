"""A command that `run` started ends within its deadline, and with its owner, however the owner ends."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.processes import run, scratch, supervisor

#: Starts a grandchild in its group, notes both pids, and waits for ever.
STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
pathlib.Path('pids.part').write_text(f'{os.getpid()} {inner.pid}')
os.rename('pids.part', 'pids')
time.sleep(600)
"""
OWNER = """
import sys, pathlib, threading
from pytest_tradeops.processes import run
work = lambda: run([sys.executable, '-c', sys.argv[1]], cwd=pathlib.Path(), timeout=600)
if sys.argv[2] == 'thread':
    thread = threading.Thread(target=work); thread.start(); thread.join()
else:
    work()
"""


def _pids(folder: Path, until: Callable[..., None]) -> list[int]:
    until((folder / "pids").exists, "the command notes its pids", seconds=30.0)
    return [int(pid) for pid in (folder / "pids").read_text(encoding="ascii").split()]


def _children() -> set[str]:
    return {
        pid
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text(encoding="ascii").split()
    }


@pytest.mark.parametrize("place", ["main", "thread"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_takes_the_command_and_its_children_along(
    tmp_path: Path, until: Callable[..., None], number: signal.Signals, place: str
) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, STUBBORN, place], cwd=tmp_path) as owner:
        pids = _pids(tmp_path, until)
        assert all(supervisor.started(pid) for pid in pids)
        owner.send_signal(number)
        owner.wait(10)
    until(lambda: not any(supervisor.started(pid) for pid in pids), "the command and its child are gone")


def test_commands_of_several_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    codes: list[int] = []
    command = [sys.executable, "-c", "raise SystemExit(input() and 7)"]
    threads = [
        threading.Thread(target=lambda: codes.append(run(command, cwd=tmp_path, timeout=30, stdin="go\n").code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [7, 7, 7, 7]


def test_streams_and_codes_are_the_commands_own(tmp_path: Path) -> None:
    code = "import sys; print(sys.stdin.read()[::-1]); print('bad', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code], cwd=tmp_path, timeout=30, stdin="abc")
    assert (done.code, done.stdout, done.stderr, done.timed_out) == (3, "cba\n", "bad\n", False)
    killed = run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], cwd=tmp_path, timeout=30)
    assert killed.code == -signal.SIGKILL
    assert run([sys.executable, "-c", "print(input())"], cwd=tmp_path, timeout=30).tail == (
        "EOFError: EOF when reading a line"
    )


def test_the_deadline_ends_the_whole_group_and_keeps_what_was_said(tmp_path: Path, until: Callable[..., None]) -> None:
    code = "print('so far', flush=True)\n" + STUBBORN
    done = run([sys.executable, "-c", code], cwd=tmp_path, timeout=3)
    assert (done.timed_out, done.stdout) == (True, "so far\n")
    pids = _pids(tmp_path, until)
    until(lambda: not any(supervisor.started(pid) for pid in pids), "the command and its child are gone")


def test_nothing_is_left_behind_by_a_run(tmp_path: Path) -> None:
    children, pipes = _children(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    run([sys.executable, "-c", ""], cwd=tmp_path, timeout=30)
    with pytest.raises(FileNotFoundError, match="no-such-command"):
        run(["no-such-command"], cwd=tmp_path, timeout=30)
    assert (_children(), len(os.listdir("/proc/self/fd"))) == (children, pipes)  # noqa: PTH208


SCRATCH = """
import pathlib, sys
from pytest_tradeops.processes import run, scratch
code = (
    "import os, pathlib, time\\n"
    "pathlib.Path('pids').write_text(f'{os.getpid()}')\\n"
    "while True: pathlib.Path(str(time.monotonic_ns())).touch(); time.sleep(0.001)"
)
with scratch('tradeops-test-') as place:
    pathlib.Path('place').write_text(str(place))
    run([sys.executable, '-c', code], cwd=place, timeout=600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_leaves_no_folder_even_where_its_command_writes(
    tmp_path: Path, until: Callable[..., None], number: signal.Signals
) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRATCH], cwd=tmp_path) as owner:
        until((tmp_path / "place").exists, "the owner has a folder", seconds=30.0)
        place = Path((tmp_path / "place").read_text(encoding="utf-8"))
        until((place / "pids").exists, "the command writes into it", seconds=30.0)
        owner.send_signal(number)
        owner.wait(10)
    until(lambda: not place.exists(), f"{place} is gone")


def test_a_scratch_folder_ends_with_its_block() -> None:
    before = _children()
    with scratch("tradeops-test-") as place:
        (place / "file").touch()
        assert place.name.startswith("tradeops-test-")
    assert not place.exists()
    assert _children() == before

"""A service ends with its owner, however the owner ends, and shows how its child ended."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.processes import Service, Spec, registry, start, stop_detached, supervisor

type Until = Callable[..., None]

#: Starts a service on the folder argv[1] with the command argv[2:], says its pids, and waits to be killed.
OWNER = """
import json, os, sys
from pathlib import Path
from pytest_tradeops.processes import Spec, registry, start
folder = Path(sys.argv[1])
service = start(Spec(name="probe", command=sys.argv[2:], directories=[folder], grace=1.0))
(record,) = registry.records()
if os.environ.get("FORK") and os.fork() == 0:
    import time
    time.sleep(60)
print(json.dumps({"child": record["child"], "supervisor": record["supervisor"]}), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], dict[str, Any], Path]]]:
    """Starts an owner in a process group of its own: the process, the pids of what it keeps, the service's folder."""
    owners: list[subprocess.Popen[str]] = []

    def begin(*command: str, **env: str) -> tuple[subprocess.Popen[str], dict[str, Any], Path]:
        folder = tmp_path / f"root{len(owners)}"
        folder.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(folder), *(command or ("sleep", "60"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **env},
            process_group=0,
        )
        owners.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline()), folder

    yield begin
    for process in owners:
        supervisor.signal_group(process.pid, signal.SIGKILL)
        process.communicate()
    registry.prune()


def test_sigkill_of_the_owner_removes_process_folder_and_record(owner: Any, until: Until) -> None:
    process, kept, folder = owner()
    assert supervisor.alive(kept["child"])
    process.kill()
    until(lambda: not supervisor.alive(kept["child"]), "the child is gone")
    until(lambda: not folder.exists(), "its folder is gone")
    until(lambda: not supervisor.alive(kept["supervisor"]), "the supervisor is gone")
    assert list(registry.records()) == []


def test_a_child_that_ignores_sigterm_is_killed_with_its_own_children(owner: Any, until: Until, tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"
    script = f"trap '' TERM; sleep 60 & echo $! > {grandchild}; while :; do sleep 1; done"
    process, kept, folder = owner("sh", "-c", script)
    until(lambda: grandchild.exists() and grandchild.read_text().strip(), "the grandchild runs")
    pid = int(grandchild.read_text())
    process.kill()
    until(lambda: not supervisor.alive(kept["child"]) and supervisor.started(pid) is None, "the whole group is gone")
    until(lambda: not folder.exists(), "its folder is gone")


def test_a_forked_child_of_the_owner_does_not_keep_the_service_alive(owner: Any, until: Until) -> None:
    process, kept, _ = owner(FORK="1")
    process.kill()  # the fork lives on, with everything that it inherited
    until(lambda: not supervisor.alive(kept["child"]), "the child is gone")


def test_after_the_death_of_owner_and_supervisor_prune_removes_the_rest(owner: Any, until: Until) -> None:
    process, kept, folder = owner()
    os.kill(kept["supervisor"]["pid"], signal.SIGKILL)
    process.kill()
    process.wait()
    until(lambda: not supervisor.alive(kept["supervisor"]), "the supervisor is gone")
    assert supervisor.alive(kept["child"])
    (removed,) = registry.prune()
    assert (removed.name, removed.killed, removed.directories) == ("probe", kept["child"]["pid"], (str(folder),))
    until(lambda: not supervisor.alive(kept["child"]), "the child is gone")
    assert not folder.exists()
    assert registry.prune() == []


def test_the_next_start_removes_leftovers_unasked(owner: Any, until: Until) -> None:
    process, kept, folder = owner()
    os.kill(kept["supervisor"]["pid"], signal.SIGKILL)
    process.kill()
    process.wait()
    until(lambda: not supervisor.alive(kept["supervisor"]), "the supervisor is gone")
    start(Spec(name="next", command=["sleep", "60"])).stop()
    until(lambda: not supervisor.alive(kept["child"]), "the child is gone")
    assert not folder.exists()


def test_prune_never_touches_what_a_live_owner_has(owner: Any) -> None:
    _, kept, folder = owner()
    os.kill(kept["supervisor"]["pid"], signal.SIGKILL)  # even when only the owner is left
    assert registry.prune() == []
    assert supervisor.alive(kept["child"])
    assert folder.exists()


def test_two_owners_do_not_disturb_each_other(owner: Any, until: Until) -> None:
    first, kept, _ = owner()
    service = start(Spec(name="second", command=["sleep", "60"]))
    first.kill()
    until(lambda: not supervisor.alive(kept["child"]), "the first one's child is gone")
    assert service.poll() is None
    service.stop()


def test_a_service_outlives_the_thread_that_started_it(until: Until) -> None:
    started: list[Service] = []
    thread = threading.Thread(target=lambda: started.append(start(Spec(name="probe", command=["sleep", "60"]))))
    thread.start()
    thread.join()
    (service,) = started
    until(lambda: not thread.is_alive(), "the thread is over")
    assert service.wait(0.5) is None
    service.stop()


def test_the_exit_code_and_the_end_of_the_log_are_seen(tmp_path: Path) -> None:
    spec = Spec(name="probe", command=["sh", "-c", "echo first; echo last words >&2; exit 7"], log=tmp_path / "log")
    service = start(spec)
    assert service.wait(10) == 7
    assert service.tail().splitlines() == ["first", "last words"]
    service.stop()


def test_the_log_is_readable_after_its_folder_went(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    service = start(
        Spec(name="probe", command=["sh", "-c", "echo last words"], log=folder / "log", directories=[folder])
    )
    service.wait(10)
    service.stop()
    assert not folder.exists()
    assert service.tail() == "last words"


def test_a_command_that_does_not_exist_ends_with_127_and_its_name() -> None:
    service = start(Spec(name="probe", command=["no-such-program"]))
    assert service.wait(10) == 127
    assert "no-such-program" in service.tail()
    service.stop()


def test_killed_and_kept_folders_serve_another_start(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    service = start(Spec(name="probe", command=["sleep", "60"], directories=[folder]))
    service.kill()
    assert service.poll() == -signal.SIGKILL
    service.stop(keep=True)
    assert folder.exists()
    again = start(Spec(name="probe", command=["sleep", "60"], directories=[folder]))
    again.stop()
    again.stop()  # the second one does nothing
    assert not folder.exists()


def test_without_a_command_the_clean_up_command_runs_at_the_end(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    service = start(Spec(name="container", cleanup_command=["touch", str(proof)]))
    assert service.poll() is None
    assert service.pid == 0
    service.note(container="abc")
    service.stop()
    assert proof.exists()


def test_a_failed_clean_up_command_is_tried_again_by_prune(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    script = f"test -e {proof}"  # fails until the file is there
    service = start(Spec(name="container", cleanup_command=["sh", "-c", script]))
    service.stop()
    (record,) = registry.records()
    assert record["name"] == "container"
    (removed,) = registry.prune()
    assert removed.problem
    proof.touch()
    (removed,) = registry.prune()
    assert not removed.problem
    assert list(registry.records()) == []


def test_stop_cleans_up_by_itself_when_the_supervisor_was_killed(tmp_path: Path, until: Until) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    service = start(Spec(name="probe", command=["sleep", "60"], directories=[folder]))
    (record,) = registry.records()
    os.kill(record["supervisor"]["pid"], signal.SIGKILL)
    service.stop()
    until(lambda: not supervisor.alive(record["child"]), "the child is gone")
    assert not folder.exists()
    assert list(registry.records()) == []


def test_a_detached_service_outlives_its_starter_and_is_stopped_by_its_record(until: Until) -> None:
    script = "from pytest_tradeops.processes import *; start(Spec(name='kept', command=['sleep', '60'], detached=True))"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=30)
    (record,) = registry.records()
    assert registry.prune() == []
    assert supervisor.alive(record["child"])
    assert stop_detached(record)
    assert not supervisor.alive(record["child"])
    assert list(registry.records()) == []


def test_the_record_holds_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "value-that-must-not-be-written")
    service = start(Spec(name="probe", command=["sleep", "60"]))
    (record,) = registry.records()
    text = Path(record["path"]).read_text()
    assert "value-that-must-not-be-written" not in text
    assert Path(record["path"]).stat().st_mode & 0o077 == 0
    service.stop()

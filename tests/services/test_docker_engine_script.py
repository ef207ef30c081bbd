"""`.ci/docker-engine` never fails a build: it says in one line whether there is an engine, and exits 0."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "docker-engine"
#: All that the script may find on this machine; docker, dockerd, apt-get, id and pidof are the tests' own.
TOOLS = ("sh", "timeout", "mktemp", "date", "sleep", "grep", "tail", "cut", "env", "setsid", "cat", "touch", "echo")
SKIPPED = "container tests are skipped"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    program(folder, "id", "echo 0")
    program(folder, "pidof", "exit 1")
    program(folder, "iptables", "exit 0")
    return folder


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def said(programs: Path, tmp_path: Path, **environ: str) -> str:
    """The script's one line; it must end well within the deadline, with nothing on stderr."""
    done = subprocess.run(
        [SCRIPT],
        env={"PATH": str(programs), "TMPDIR": str(tmp_path), "DOCKER_ENGINE_TIMEOUT": "2", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    return done.stdout.strip()


def test_running_engine_is_left_alone(programs: Path, tmp_path: Path) -> None:
    program(programs, "docker", "echo 20.10")
    program(programs, "dockerd", f"touch {tmp_path}/started")
    assert said(programs, tmp_path) == "docker engine: 20.10 is ready (it was running)"
    assert not (tmp_path / "started").exists()


def test_engine_is_started_and_outlives_the_script(programs: Path, tmp_path: Path) -> None:
    program(programs, "docker", f"[ -e {tmp_path}/pid ] && echo 20.10")
    program(programs, "dockerd", f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 60")
    (programs / "mv").symlink_to(shutil.which("mv") or "")
    assert said(programs, tmp_path).startswith("docker engine: 20.10 is ready (log: ")
    pid = int((tmp_path / "pid").read_text())
    assert os.getsid(pid) == pid  # a session of its own: the end of the build step's does not reach it
    os.kill(pid, signal.SIGKILL)


def test_engine_that_ends_is_named_with_its_last_words(programs: Path, tmp_path: Path) -> None:
    program(programs, "docker", "exit 1")
    program(programs, "dockerd", "echo starting; echo 'failed to start daemon: no cgroups'; exit 1")
    expected = "docker engine: not available (dockerd ended: failed to start daemon: no cgroups); "
    assert said(programs, tmp_path) == expected + SKIPPED


def test_engine_that_never_answers_is_ended_at_the_deadline(programs: Path, tmp_path: Path) -> None:
    program(programs, "docker", "exit 1")
    program(programs, "dockerd", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    assert f"dockerd did not answer within 2 s, see {tmp_path}/docker-engine." in said(programs, tmp_path)
    pid = int((tmp_path / "pid").read_text())
    began = time.monotonic()
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() - began < 5
        time.sleep(0.02)


def test_without_packages_it_says_so(programs: Path, tmp_path: Path) -> None:
    assert (
        said(programs, tmp_path)
        == f"docker engine: not available (no dockerd, and no apt-get to install it); {SKIPPED}"
    )
    program(programs, "apt-get", f'echo "$@" >> {tmp_path}/asked; exit 100')
    assert "(apt-get could not install docker.io and iptables, see " in said(programs, tmp_path)
    assert [line.split()[4] for line in (tmp_path / "asked").read_text().splitlines()] == ["install", "update"]


def test_only_root_starts_one(programs: Path, tmp_path: Path) -> None:
    program(programs, "id", "echo 1000")
    assert said(programs, tmp_path) == f"docker engine: not available (not root, and no engine answers); {SKIPPED}"


def test_configured_engine_is_not_replaced(programs: Path, tmp_path: Path) -> None:
    program(programs, "docker", "exit 1")
    line = said(programs, tmp_path, DOCKER_HOST="tcp://127.0.0.1:1")
    assert line == f"docker engine: not available (nothing usable answers at DOCKER_HOST=tcp://127.0.0.1:1); {SKIPPED}"

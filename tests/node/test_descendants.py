"""What child processes were given is read from the kernel, grandchildren included."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from pytest_tradeops.node import descendants

WAITS = "import sys; sys.stdin.read()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WAITS!r}, 'an-argument'])"


@pytest.fixture
def family() -> Iterator[subprocess.Popen[bytes]]:
    """A child with a child of its own, both with a variable."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, env={**os.environ, "PLANTED": "in-the-environment"}
    )
    yield process
    process.communicate()


def test_children_and_grandchildren_are_seen(family: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while True:
        found = descendants.of(os.getpid()) or []
        # Forked and not yet become another program, a process has its parent's environment.
        mine = [one for one in found if "in-the-environment" in (one.given or "")]
        if len(mine) == 2 and any("an-argument" in (one.given or "").splitlines() for one in mine):
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    assert family.pid in {one.pid for one in mine}
    assert "in-the-environment" not in repr(mine)


def test_a_process_that_is_gone_has_no_descendants() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert descendants.of(process.pid) is None

"""Runs that measure have the machine alone; others share it, and neither waits for ever."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.processes import turns

type Until = Callable[..., None]

#: Says `waits` where it has to, `in` when it has its turn, and ends it when its standard input does.
HOLDER = """
import sys
from pytest_tradeops.processes import turns

say = lambda word: print(word, flush=True)
with turns.alone(lambda: say("waits")) if sys.argv[1] == "alone" else turns.beside():
    say("in")
    sys.stdin.read()
"""


class Holder:
    """Another process that takes a turn."""

    def __init__(self, kind: str, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, kind], env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def says(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def is_waiting(self) -> bool:
        """Whether it sleeps in the kernel's queue for a lock, which the kernel itself tells."""
        queued = [line.split() for line in Path("/proc/locks").read_text().splitlines() if "->" in line]
        return any(str(self.process.pid) in line for line in queued)

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(30) == 0


@pytest.fixture
def holder() -> Iterator[Any]:
    started = []

    def start(kind: str, **environ: str) -> Holder:
        outside = {name: value for name, value in os.environ.items() if name != turns.HELD}
        one = Holder(kind, {**outside, **environ})
        started.append(one)
        return one

    yield start
    for one in started:
        with one.process:
            one.process.kill()


def test_who_measures_waits_for_who_measures_and_says_so(holder: Any, until: Until) -> None:
    first = holder("alone")
    assert first.says() == "in"
    second = holder("alone")
    assert second.says() == "waits"
    until(second.is_waiting, "it waits")
    first.end()
    assert second.says() == "in"


def test_others_share_a_turn_and_wait_for_who_measures(holder: Any, until: Until) -> None:
    one, two = holder("beside"), holder("beside")
    assert (one.says(), two.says()) == ("in", "in")
    measures = holder("alone")
    assert measures.says() == "waits"
    until(measures.is_waiting, "it waits")
    one.end()
    late = holder("beside")
    until(late.is_waiting, "it waits")  # behind who measures, or that would wait for ever while others come and go
    two.end()
    assert measures.says() == "in"
    assert late.process.poll() is None
    assert late.is_waiting()
    measures.end()
    assert late.says() == "in"


def test_what_a_holder_starts_is_part_of_its_turn(holder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(turns.HELD, raising=False)
    for outer in (turns.alone, turns.beside):
        with outer():
            inner = {kind: holder(kind, **{turns.HELD: os.environ[turns.HELD]}) for kind in ("alone", "beside")}
            assert [one.says() for one in inner.values()] == ["in", "in"]
        assert turns.HELD not in os.environ


def test_a_turn_ends_with_its_process(holder: Any, until: Until) -> None:
    first, second = holder("alone"), None
    assert first.says() == "in"
    second = holder("beside")
    until(second.is_waiting, "it waits")
    first.process.send_signal(signal.SIGKILL)
    assert second.says() == "in"

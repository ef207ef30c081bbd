"""One layout of memory for both processes of a pair, and another one for each pair."""

import os
import sys
from pathlib import Path

import pytest

from pytest_tradeops import processes
from pytest_tradeops.bench.duet import layout

#: Where a mapped object, the stack and the interpreter lie.
WHERE = """
import ctypes
maps = [line for line in open("/proc/self/maps")]
stack = next(line for line in maps if line.rstrip().endswith("[stack]"))
libc = next(line for line in maps if "libc" in line)
print(libc.split("-")[0], stack.split("-")[0], id(object), id(bytearray(10_000_000)))
"""


def addresses(seed: int, folder: Path) -> str:
    environ = {**os.environ, "PYTHONHASHSEED": "7", "TRADEOPS_LAYOUT": layout.padding(seed)}
    command = [*layout.launcher(seed), sys.executable, "-I", "-S", "-c", WHERE]
    done = processes.run(command, cwd=folder, env=environ, timeout=60)
    assert done.code == 0, done.stderr
    return done.stdout


@pytest.fixture
def permitted() -> None:
    if not layout.launcher(0):
        pytest.skip("this system does not permit a fixed layout of memory")


@pytest.mark.usefixtures("permitted")
def test_processes_of_one_seed_lie_alike_and_those_of_another_elsewhere(tmp_path: Path) -> None:
    found = {seed: {addresses(seed, tmp_path) for _ in range(3)} for seed in (3, 4_000_000_003)}
    assert [len(one) for one in found.values()] == [1, 1]
    assert len(set.union(*found.values())) == 2


def test_the_environment_grows_by_less_than_a_page() -> None:
    lengths = {len(layout.padding(seed)) for seed in range(0, 2**32, 99_991)}
    assert min(lengths) == 0
    assert max(lengths) < 4096
    assert {length % 16 for length in lengths} == {0}


def test_without_the_tools_a_command_is_started_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    layout._permitted.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    try:
        assert layout.launcher(5) == ()
    finally:
        layout._permitted.cache_clear()

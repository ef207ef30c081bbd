"""A pytest plugin of its own that counts the instructions of its benchmarks; it runs under valgrind's callgrind.

A copy of this file is loaded into the subject's pytest with `-p`, beside one of `worker.py`; it therefore uses the
standard library, pluggy and pytest-benchmark only, and must not import the package. Environment: `TRADEOPS_DUET` as in
`worker.py`, with three more keys. `calls`: from a node id to how many calls are counted. `warm`: how many come before
those, for imports, caches, and the interpreter's own specialising. `said`: a file that gets one JSON object a line:
`name`, `calls` as they were counted, and `why`, empty where they were.

valgrind is spoken to by its client requests: a sequence of instructions that does nothing on a processor, and that
valgrind knows. Source: `valgrind.h` and `callgrind.h` of valgrind 3.19, which programs in C include for it.
"""

import ctypes
import importlib
import json
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _tradeops_duet as duet  # type: ignore[import-not-found]
from pluggy import HookimplMarker

hookimpl = HookimplMarker("pytest")

#: `rax` = address of the request, `rdx` = the default; the request; the answer is in `rdx`. For x86-64.
_CODE = bytes.fromhex(
    "4889f8"  # mov rax, rdi
    "4889f2"  # mov rdx, rsi
    "48c1c703" "48c1c70d" "48c1c73d" "48c1c733"  # rol rdi by 3, 13, 61, 51: where it was
    "4887db"  # xchg rbx, rbx
    "4889d0"  # mov rax, rdx
    "c3"  # ret
)  # fmt: skip
_RUNNING = 0x1001
_CALLGRIND = ord("C") << 24 | ord("T") << 16
_ZERO, _DUMP, _START, _STOP = (_CALLGRIND + number for number in (1, 3, 4, 5))


@hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    given = json.loads(os.environ["TRADEOPS_DUET"])
    duet.prepare(config, given)
    valgrind = Valgrind()
    counted: dict[str, int] = {}
    config.pluginmanager.register(Counter(given, counted), "tradeops-counter")
    plugin: Any = importlib.import_module("pytest_benchmark.plugin")
    fixture: Any = importlib.import_module("pytest_benchmark.fixture")
    plugin.BenchmarkFixture = counting_fixture(fixture.BenchmarkFixture, given, counted, valgrind)


class Valgrind:
    """What speaks to valgrind. It keeps the memory that its code lies in."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self._memory.write(_CODE)
        self._anchor = ctypes.c_char.from_buffer(self._memory)
        kind = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, ctypes.c_long)
        self._call = kind(ctypes.addressof(self._anchor))
        self._requests = {number: self._request(number) for number in (_RUNNING, _ZERO, _START, _STOP)}
        if not self._ask(_RUNNING):
            raise RuntimeError("this process does not run under valgrind")

    @staticmethod
    def _request(number: int, argument: int = 0) -> Any:
        return (ctypes.c_uint64 * 6)(number, argument)

    def _ask(self, number: int) -> int:
        return int(self._call(ctypes.addressof(self._requests[number]), 0))

    def count(self, run: Callable[[], Any], name: str) -> Any:
        """Counts what a call does, and has callgrind write it down under a name."""
        self._ask(_ZERO)
        self._ask(_START)
        try:
            return run()
        finally:
            self._ask(_STOP)
            text = ctypes.create_string_buffer(name.encode())
            request = self._request(_DUMP, ctypes.addressof(text))  # by a name, or it is gone when it is asked
            self._call(ctypes.addressof(request), 0)


class Counter:
    """Selects the benchmarks, and writes down what became of them."""

    def __init__(self, given: dict[str, Any], counted: dict[str, int]) -> None:
        self._names: list[str] = given["names"]
        self._said = Path(given["said"])
        self._counted = counted
        self._why = ""

    @hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = duet.chosen(items, self._names)

    @hookimpl
    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "setup":
            self._why = ""
        if report.outcome != "passed" and not self._why:
            self._why = duet.what_failed(report)
        if report.when == "teardown":
            calls = self._counted.get(report.nodeid, 0)
            why = self._why or ("" if calls else "it ended without a call of its `benchmark` fixture")
            with self._said.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"name": report.nodeid, "calls": calls, "why": why}) + "\n")


def counting_fixture(original: type, given: dict[str, Any], counted: dict[str, int], valgrind: Valgrind) -> type:
    """pytest-benchmark's fixture, each of whose benchmarks is counted once; how many calls, it notes in `counted`."""
    calls, warm = given["calls"], given["warm"]

    class CountingFixture(original):  # type: ignore[misc]
        _left = 0

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._usual = self._timer

        def _count(self, runner: Callable[[Any], Any], loops: Any) -> Any:
            if self._timer is not self._usual:
                raise RuntimeError("it has a clock of its own, which instructions do not follow")
            counted[self.fullname] = len(loops) if loops else 1
            return duet.measured(lambda loops: valgrind.count(lambda: runner(loops), self.fullname), loops)[0]

        def _raw(self, function_to_benchmark: Any, *args: Any, **kwargs: Any) -> Any:
            if not self.disabled:
                runner = self._make_runner(function_to_benchmark, args, kwargs)
                loops = range(calls[self.fullname])
                with duet.calm():
                    for _ in range(warm):
                        runner(range(1))
                    self._count(runner, loops)
            return function_to_benchmark(*args, **kwargs)

        def _raw_pedantic(self, *args: Any, rounds: int = 1, warmup_rounds: int = 0, **kwargs: Any) -> Any:
            """One round behind those that warm, each with its set-up and tear-down."""
            if self.disabled:
                return super()._raw_pedantic(*args, rounds=rounds, warmup_rounds=warmup_rounds, **kwargs)
            self._left = warm + 1
            with duet.calm():
                return super()._raw_pedantic(*args, rounds=1, warmup_rounds=warm, **kwargs)

        def _make_runner(self, *args: Any) -> Callable[..., Any]:
            runner: Callable[..., Any] = super()._make_runner(*args)
            if not self._left:
                return runner

            def in_turn(loops: Any) -> Any:
                self._left -= 1
                if self._left:
                    return runner(loops)
                return self._count(runner, loops)

            return in_turn

    return CountingFixture

"""A pytest plugin of its own, one half of a duet: measures its benchmarks when it is told to, and not by itself.

A copy of this file is loaded into the subject's pytest with `-p`; it therefore uses the standard library, pluggy and
pytest-benchmark only, and must not import the package. Unmodified `benchmark(...)` and `benchmark.pedantic(...)` calls
end in a fixture of a derived class, which does not loop for itself: it says `ready` and obeys one-line commands, so
that the two trees are measured in turn and never at once. Environment:

* `TRADEOPS_DUET`: a JSON object. `socket`: where the other half listens. `files`: what is collected, relative to the
  working directory. `names`: the node ids that are run; null to collect only. `origin`: the project that the trees
  were copied from, nothing of which may be imported. `own`: where this tree's code is. `harness`: what of that
  measures, and is the same in both trees.
"""

import contextlib
import gc
import importlib
import json
import math
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pluggy import HookimplMarker

hookimpl = HookimplMarker("pytest")

#: Seconds that one measured round should take at least; shorter calls are looped.
ROUND = 0.001
#: So many modules are told of at most.
_TOLD = 100
#: Options of a run that writes, compares or distributes: none of that is for one half.
_NOT_HERE: dict[str, Any] = {
    "benchmark_autosave": None,
    "benchmark_compare": [],
    "benchmark_compare_fail": None,
    "benchmark_cprofile": None,
    "benchmark_csv": [],
    "benchmark_histogram": [],
    "benchmark_json": None,
    "benchmark_save": None,
    "keyword": "",
    "markexpr": "",
    "deselect": None,
    "lf": False,
    "failedfirst": False,
    "maxfail": 0,
    "usepdb": False,
    "xmlpath": None,
    "continue_on_collection_errors": True,
}


@hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    given = json.loads(os.environ["TRADEOPS_DUET"])
    origin = prepare(config, given)
    half = Half(Line(given["socket"]), given["names"], origin, given["own"], given["harness"])
    config.pluginmanager.register(half, "tradeops-duet-half")
    try:
        install(half)
    except ImportError as error:
        half.line.say("broken", why=f"pytest-benchmark cannot be imported: {error}")
        raise
    half.line.say("hello")


def prepare(config: Any, given: dict[str, Any]) -> Path:
    """Has pytest collect what was given, and import nothing of the project that was copied; returns its path."""
    config.args[:] = given["files"]
    for name, value in _NOT_HERE.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
    config.option.collectonly = given["names"] is None
    origin = Path(given["origin"])
    sys.path[:] = [entry for entry in sys.path if not is_of(Path(entry or os.curdir).absolute(), origin)]
    return origin


def is_of(path: Path, origin: Path) -> bool:
    """Whether a path belongs to the project that was copied, its virtual environment excepted."""
    return path.is_relative_to(origin) and not path.is_relative_to(sys.prefix)


def install(half: "Half") -> None:
    """Has pytest-benchmark's fixture made of a class that obeys `half`.

    The names that are used of pytest-benchmark, contract-tested over its supported range: `plugin.BenchmarkFixture`
    and of a fixture `_raw`, `_raw_pedantic`, `_make_runner`, `_make_stats`, `disabled`, `fullname`, `name`, `group`,
    `param`, `params`, `extra_info`.
    """
    plugin: Any = importlib.import_module("pytest_benchmark.plugin")
    fixture: Any = importlib.import_module("pytest_benchmark.fixture")
    plugin.BenchmarkFixture = duet_fixture(fixture.BenchmarkFixture, half)


class Line:
    """JSON objects, one a line, to the other half and back."""

    def __init__(self, path: str) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        self._stream = connection.makefile("rw", encoding="utf-8", newline="\n")

    def say(self, event: str, **values: Any) -> None:
        self._stream.write(json.dumps({"event": event, **values}, default=repr) + "\n")
        self._stream.flush()

    def hear(self, name: str) -> dict[str, Any]:
        """The next command for the benchmark `name`; the end of the other half ends this one.

        One for an earlier benchmark was on its way while that failed, and means nothing any more.
        """
        while line := self._stream.readline():
            command: dict[str, Any] = json.loads(line)
            if command["name"] == name:
                return command
        os._exit(1)


class Half:
    """What this process tells of its tests, and what is to be measured in it."""

    def __init__(self, line: Line, names: list[str] | None, origin: Path, own: list[str], harness: list[str]) -> None:
        self.line = line
        self._own = own
        self._harness = harness
        self._names = names
        self._origin = origin
        self._fixture: Any = None
        self._why = ""
        #: Whether the benchmark that runs goes on without being told, since the other half failed in it.
        self.free = False

    @hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self._names is not None:
            items[:] = chosen(items, self._names)
        self.line.say("collected", names=[item.nodeid for item in items])

    @hookimpl
    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.line.say("uncollected", name=report.nodeid, why=_telling(report))

    @hookimpl
    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "setup":
            self._why, self._fixture, self.free = "", None, False
        if report.outcome != "passed" and not self._why:
            self._why = what_failed(report)
        if report.when == "teardown":
            extra = dict(getattr(self._fixture, "extra_info", {}) or {})
            self.line.say("done", name=report.nodeid, why=self._why, extra_info=extra)

    def ready(self, fixture: Any, **about: Any) -> None:
        self._fixture = fixture
        known = {key: getattr(fixture, key) for key in ("name", "group", "param", "params")}
        self.line.say("ready", name=fixture.fullname, about={**known, **about})

    @hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        places = {Path(file) for file in (getattr(one, "__file__", None) for one in list(sys.modules.values())) if file}
        foreign = sorted(str(one) for one in places if is_of(one, self._origin))
        own = [one for one in places if any(map(one.is_relative_to, self._own))]
        code = sorted(str(one) for one in own if not any(map(one.is_relative_to, self._harness)))
        self.line.say("finished", status=int(exitstatus), foreign=foreign, code=code[:_TOLD])


def duet_fixture(original: type, half: Half) -> type:
    """pytest-benchmark's fixture, led from outside."""

    class DuetFixture(original):  # type: ignore[misc]
        _led = False

        def _raw(self, function_to_benchmark: Any, *args: Any, **kwargs: Any) -> Any:
            if not self.disabled:
                runner = self._make_runner(function_to_benchmark, args, kwargs)
                with calm():
                    half.ready(self, kind="call", rounds=None, warm=None, iterations=None)
                    self._obey(runner)
            return function_to_benchmark(*args, **kwargs)

        def _obey(self, runner: Callable[[Any], Any]) -> None:
            stats = None
            with cores() as stay_on:
                while (command := half.line.hear(self.fullname))["do"] != "leave":
                    if command["do"] == "calibrate":
                        loops, seconds, about = calibrated(lambda loops: measured(runner, range(loops)))
                        half.line.say("loops", loops=loops, seconds=seconds, **about)
                        continue
                    stay_on(command["core"])
                    seconds, about = measured(runner, range(command["loops"]))
                    half.line.say("round", seconds=seconds, **about)
                    if command["counts"]:
                        stats = stats or self._make_stats(command["loops"])
                        stats.update(seconds)

        def _raw_pedantic(self, *args: Any, rounds: int = 1, warmup_rounds: int = 0, **kwargs: Any) -> Any:
            """The original's own loop with its set-up and tear-down, each round of which waits for its turn."""
            if self.disabled:
                return super()._raw_pedantic(*args, rounds=rounds, warmup_rounds=warmup_rounds, **kwargs)
            with calm():
                each = {"rounds": rounds, "warm": warmup_rounds, "iterations": kwargs.get("iterations", 1)}
                half.ready(self, kind="pedantic", **each)
                command = half.line.hear(self.fullname)
                half.free, self._led = command["do"] == "leave", True
                rounds = min(rounds, command.get("rounds", 1))
                with cores() as self._stay_on:
                    result = super()._raw_pedantic(*args, rounds=rounds, warmup_rounds=warmup_rounds, **kwargs)
                if not half.free:
                    half.line.hear(self.fullname)
                return result

        def _make_runner(self, *args: Any) -> Callable[..., Any]:
            runner: Callable[..., Any] = super()._make_runner(*args)
            if not self._led:
                return runner

            def in_turn(loops: Any) -> Any:
                if not half.free:
                    command = half.line.hear(self.fullname)
                    half.free = command["do"] == "leave"
                    self._stay_on(command.get("core"))
                result, about = measured(runner, loops)
                if not half.free:
                    half.line.say("round", seconds=result if loops else result[0], **about)
                return result

            return in_turn

    return DuetFixture


@contextlib.contextmanager
def calm() -> Iterator[None]:
    """Without garbage collection, and with everything that is there already left out of it for good."""
    gc.collect()
    gc.freeze()
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        gc.unfreeze()


def measured(runner: Callable[[Any], Any], loops: Any) -> tuple[Any, dict[str, Any]]:
    """What the runner gives, and what is known of the round; coverage and profilers look away.

    Returns:
        With `cpu`, the seconds of CPU that it took, and `alone`: whether this thread did all of it and waited for
        nobody, or next to nothing. On a busy machine, what was taken from it looks like waiting.
    """
    tracer, profiler = sys.gettrace(), sys.getprofile()
    sys.settrace(None)
    sys.setprofile(None)
    try:
        waits, wall, thread, process = _waits(), time.perf_counter(), time.thread_time(), time.process_time()
        result = runner(loops)
        cpu, own, seconds = time.process_time() - process, time.thread_time() - thread, time.perf_counter() - wall
        alone = own >= 0.95 * cpu and (own >= 0.9 * seconds or _waits() == waits)
        return result, {"cpu": cpu, "alone": alone}
    finally:
        sys.settrace(tracer)
        sys.setprofile(profiler)


def _waits() -> int:
    """How often this thread gave its core away of its own accord; other systems than Linux count for the process."""
    who: int = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)
    return resource.getrusage(who).ru_nvcsw


@contextlib.contextmanager
def cores() -> Iterator[Callable[[int | None], None]]:
    """A function that has this thread run on one core only, until the end of the block; None leaves it where it is."""
    if not hasattr(os, "sched_setaffinity"):
        yield lambda _: None
        return
    allowed, at = os.sched_getaffinity(0), None

    def stay_on(core: int | None) -> None:
        nonlocal at
        if core is not None and core != at:
            os.sched_setaffinity(0, {core})
            at = core

    try:
        yield stay_on
    finally:
        os.sched_setaffinity(0, allowed)


def calibrated(run: Callable[[int], tuple[float, dict[str, Any]]]) -> tuple[int, float, dict[str, Any]]:
    """How many calls take `ROUND` seconds, what so many took, and what is known of that round."""
    loops = 1
    while (seconds := (found := run(loops))[0]) < ROUND:
        # A first call may be slow for reasons of its own: by a factor of ten at most, until it is long enough.
        loops = min(loops * 10, max(loops + 1, math.ceil(loops * ROUND * 1.1 / max(seconds, 1e-9))))
    return loops, seconds, found[1]


def chosen(items: list[Any], names: list[str]) -> list[Any]:
    """The named ones, in one order on both sides, whatever else there is that shuffles tests."""
    place = {name: number for number, name in enumerate(names)}
    return sorted((one for one in items if one.nodeid in place), key=lambda one: place[one.nodeid])


def what_failed(report: Any) -> str:
    """Such as `failed in call: ZeroDivisionError: division by zero`."""
    return f"{report.outcome} in {report.when}: {_telling(report)}"


def _telling(report: Any) -> str:
    """The last line of what a report has to say, which names the exception."""
    why = report.longrepr
    crash = getattr(why, "reprcrash", None)
    # A skip's is a tuple of file, line and reason.
    text = crash.message if crash else str(why[2] if isinstance(why, tuple) else why or "")
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.strip()]
    return (lines[0] if crash else (lines or [""])[-1])[:300]

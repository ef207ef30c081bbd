"""The gate in a run of pytest: pytest collects, two trees are run against each other, the verdicts become reports."""

import contextlib
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ... import processes
from ...bench.duet import counting, second, selftest, table
from ...bench.duet.base import NoBaseline, find_base, is_itself
from ...bench.duet.environments import difference, interpreters
from ...bench.duet.history import read_history
from ...bench.duet.page import page
from ...bench.duet.pair import Label, run_pair
from ...bench.duet.report import as_json, held
from ...bench.duet.side import Program
from ...bench.duet.store import Store
from ...bench.duet.suite import Suite, pairs
from ...bench.duet.trees import Tree, Trees, lay_out
from ...bench.settings import LEAST_TARGET, MOST_TARGET
from ...exceptions import ConfigError, Inconclusive
from ...processes import turns
from ...settings import load_settings
from . import VALUES, switch
from .progress import Progress
from .reports import hand_over, report

#: The exit code where nothing speaks against the candidate and not enough for it; the gate's own HOLD.
HOLD = 20
#: Beyond the budget for the clock, a share of it for counting instructions, and seconds that it is at least.
_COUNTING, _LEAST_COUNTING = 0.25, 60.0
_EMPTY = "No test with the `benchmark` fixture was selected, so nothing was measured."


class BenchGate:
    """Takes the place of pytest's own loop."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._suite: Suite | None = None
        self._base = ""
        self._why = ""
        self._kind = ""
        self._choose(config)

    @staticmethod
    def _choose(config: pytest.Config) -> None:
        """Where there are benchmarks, if nobody said: `testpaths` is about tests."""
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            with contextlib.suppress(ConfigError):  # which is told where the settings are used
                paths = load_settings(config.rootpath).bench.paths
                config.args[:] = [str(config.rootpath / one) for one in paths] or config.args

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leaves out what is no benchmark, so that a whole suite can be named."""
        others = [item for item in items if "benchmark" not in getattr(item, "fixturenames", ())]
        if others:
            items[:] = [item for item in items if "benchmark" in getattr(item, "fixturenames", ())]
            config.hook.pytest_deselected(items=others)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        option = session.config.option
        if option.collectonly or (session.testsfailed and not option.continue_on_collection_errors):
            return None  # pytest's own loop says what there is to say
        for path in filter(None, (option.bench_summary, option.bench_report, option.bench_html)):
            Path(path).unlink(missing_ok=True)  # that of an earlier run would speak for this one
        if not session.items:
            self._why, self._kind = _EMPTY, "empty"
            return True
        try:
            self._measure(session)
        except (Inconclusive, ConfigError) as error:
            self._why, self._kind = str(error), "no-baseline" if isinstance(error, NoBaseline) else "inconclusive"
        return True

    def _measure(self, session: pytest.Session) -> None:
        root, option = self._config.rootpath, self._config.option
        settings = load_settings(root)
        bench = settings.bench
        if not LEAST_TARGET <= bench.target <= MOST_TARGET:
            raise ConfigError(
                f"[tool.tradeops.bench] target is {bench.target}, and layouts alone make two percent.",
                remedy=f"Write a fraction between {LEAST_TARGET} and {MOST_TARGET}.",
            )
        wanted = option.bench_base or ("HEAD" if option.bench_aa else "")
        base = find_base(root, wanted, bench, settings.default_branch)
        self._base = base.name
        if not option.bench_aa and is_itself(base, root):
            raise NoBaseline(
                f"The base {base.name} is what is checked out here, so nothing would be compared.",
                remedy="Name another one, or run --bench-aa.",
            )
        counted = "off" if option.bench_aa else option.bench_ir or bench.ir
        if counted == "all":
            counting.find_valgrind()
        names = [item.nodeid for item in session.items]
        files = list(dict.fromkeys(item.path.relative_to(root).as_posix() for item in session.items))
        show = Progress(self._config)
        with processes.scratch("tradeops-bench-") as place:
            given = {"ini": self._ini(), "harness": bench.harness, "link": bench.link, "twice": option.bench_aa}
            trees = lay_out(root, base, place, files, **given)
            differs = difference(trees.base.root, trees.candidate.root)
            if differs:
                show.line(f"dependencies differ ({differs}), so each tree has an environment of its own")
            programs = self._programs(trees, files)
            self._suite = suite = Suite(
                programs,
                names,
                place / "pairs",
                store=Store(processes.cache_folder() / "bench" / f"{trees.digest(sys.version, *names)}.jsonl"),
                target=bench.target,
                budget=60 * (option.bench_budget or bench.budget),
                timeout=bench.timeout,
            )
            # What is compiled at the first import, and what does not import at all, is known before it counts.
            rng = random.Random()  # noqa: S311 - the order of starting is no secret
            rehearsal = run_pair(programs, None, place / "rehearsal", rng=rng, counts={}, timeout=bench.timeout)
            suite.rehearsed(rehearsal)
            with turns.alone(lambda: show.line("waits for another run on this machine to end")):
                self._run(suite, show, rehearsal.seconds)
            # Beside others again: nothing of it is a time.
            seconds = max(_LEAST_COUNTING, suite.budget * _COUNTING)
            second.settle(suite, programs, counted, place / "counts", seconds=seconds, say=show.line)
        if not option.bench_aa:
            for item in session.items:
                report(item, suite.benchmarks[item.nodeid])
            hand_over(self._config, suite)

    def _run(self, suite: Suite, show: Progress, start_up: float) -> None:
        if self._config.option.bench_aa:
            show.line(f"{self._base} against itself, {selftest.PAIRS} pairs of processes")
            suite.sample(selftest.PAIRS, show)
        else:
            for line in table.promise(suite, self._base, start_up):
                show.line(line)
            if resumed := suite.resume():
                show.line(f"goes on after {pairs(resumed)} of a run that was interrupted")
            suite.run(show)
        show.clear()

    def _ini(self) -> str:
        path, root = self._config.inipath, self._config.rootpath
        return path.relative_to(root).as_posix() if path and path.is_relative_to(root) else ""

    def _programs(self, trees: Trees, files: Sequence[str]) -> dict[Label, Program]:
        pythons, origin = interpreters(trees), trees.origin
        found: dict[Label, Program] = {}
        for label, python in pythons.items():
            tree = trees.base if label == "base" else trees.candidate
            arguments = self._arguments(trees, tree, origin)
            found[label] = Program(label, tree.root, python, tree.path, arguments, tuple(files), origin, trees.harness)
        return found

    def _arguments(self, trees: Trees, tree: Tree, origin: Path) -> tuple[str, ...]:
        """pytest's own command line, without what only this run knows, and with paths that are in the tree."""
        given, arguments = iter(self._config.invocation_params.args), []
        for one in map(str, given):
            if one in map(switch, VALUES):
                next(given, None)
            elif not one.startswith("--bench-"):
                arguments.append(one.replace(str(origin), str(tree.top)))
        settings = ("-c", trees.ini) if trees.ini else ()
        return (*arguments, *settings, f"--rootdir={tree.root}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        stopped = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)
        if session.config.option.collectonly:
            return
        if session.exitstatus not in stopped:
            session.exitstatus = self.exit_code
        self._write_reports()

    @property
    def exit_code(self) -> int:
        """1 if a benchmark is slower, 20 if not every one is decided, else 0."""
        if self._suite is None or self._why:
            return HOLD
        if self._config.option.bench_aa:
            assessed = self._assessed(self._suite)
            enough = len(assessed) == len(self._suite.benchmarks)
            return 0 if enough and all(selftest.sees(one, self._suite.rule) for one in assessed.values()) else HOLD
        verdicts = {one.decision.verdict for one in self._suite.benchmarks.values()}
        if "slower" in verdicts:
            return 1
        return 0 if verdicts and verdicts <= {"ok", "faster"} else HOLD

    def _assessed(self, suite: Suite) -> dict[str, selftest.Assessment]:
        return {
            name: selftest.assess(one.estimates, suite.rule)
            for name, one in suite.benchmarks.items()
            if len(one.pairs) >= selftest.PAIRS
        }

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._suite is None and not self._why:
            return
        terminalreporter.section("benchmarks against their base", "=")
        if self._why:
            terminalreporter.write_line(f"HOLD: {self._why}")
        for line in self._lines():
            terminalreporter.write_line(line)

    def _lines(self) -> list[str]:
        if self._suite is None or self._why:
            return []
        benchmarks = list(self._suite.benchmarks.values())
        if self._config.option.bench_aa:
            unmeasured = table.reasons(benchmarks)
            return [*table.self_test(self._assessed(self._suite), self._suite.rule), *unmeasured]
        return table.table(benchmarks)

    def _write_reports(self) -> None:
        if self._why:
            self._write("bench_summary", f"### Benchmarks: HOLD\n\n{self._why}\n")
            self._write("bench_report", json.dumps(held(self._kind, self._why, self._base), indent=1) + "\n")
        elif self._suite and not self._config.option.bench_aa:
            told = as_json(self._suite, self._base)
            self._write("bench_summary", table.markdown(self._suite.benchmarks.values(), self._base))
            self._write("bench_report", json.dumps(told, indent=1) + "\n")
            self._write("bench_html", page(told, read_history(self._config.rootpath)))

    def _write(self, option: str, text: str) -> None:
        path = getattr(self._config.option, option)
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(text, encoding="utf-8")

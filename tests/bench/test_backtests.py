"""Benchmarks of a bot's backtest: what they time, and that a slower handler is found in the real reference bot."""

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_tradeops.bench.backtests import BacktestBench, HandlerClock
from pytest_tradeops.exceptions import ConfigError
from pytest_tradeops.processes.child import clean_environment

ROOT = Path(__file__).parents[2]
SETTINGS = """\
[tool.tradeops.backtest]
entry = "strategies.backtest:build"
"""


def test_the_clock_runs_only_while_a_handler_does_and_once_if_it_calls_itself() -> None:
    clock = HandlerClock()

    def count(down: int) -> int:
        begin = time.perf_counter()
        while time.perf_counter() - begin < 0.01:
            pass
        return timed(down - 1) if down else 0

    timed = clock.wrapped(count)
    assert clock() == 0.0
    timed(2)
    begin = time.perf_counter()
    while time.perf_counter() - begin < 0.05:
        pass
    assert clock.calls == 1
    assert clock() >= 0.03
    before = clock()
    assert clock() == before


def test_a_handler_that_fails_stops_the_clock() -> None:
    clock = HandlerClock()

    def fail() -> None:
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - our own
            clock.wrapped(fail)()
    assert clock.calls == 2


@pytest.mark.parametrize("entry", ["no_such_module:build", "strategies", "strategies.backtest:nothing", ""])
def test_an_entry_that_is_not_there_is_said_in_a_sentence(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = BacktestBench(None, entry, 7, monkeypatch.setattr)
    with pytest.raises(ConfigError, match=r"\[tool\.tradeops\.backtest\] entry .* cannot be used"):
        bench.handler()


def bot(root: Path, on_bar: Mapping[str, str]) -> Path:
    """A project with the reference bot and its benchmarks, committed; then its strategy is changed."""
    root.mkdir()
    for name in ("strategies", "benchmarks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(SETTINGS)
    person = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgSign=false"]
    for command in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"], ["commit", "--quiet", "-m", "Bot"]):
        subprocess.run(["git", *person, *command], cwd=root, check=True, timeout=60)
    strategy = root / "strategies" / "ema_cross.py"
    text = strategy.read_text()
    for old, new in on_bar.items():
        assert old in text
        text = text.replace(old, new)
    strategy.write_text(text)
    return root


@pytest.mark.slow
def test_a_slower_handler_of_the_reference_bot_is_found(tmp_path: Path) -> None:
    slow = {
        "        problem = self.bar_problem(bar)\n        if problem:": "        problem = self.bar_problem(bar)\n        for _ in range(3):\n            self.bar_problem(bar)\n        if problem:"
    }
    root = bot(tmp_path / "bot", slow)
    command = [sys.executable, "-m", "pytest", "-q", "-m", "benchmark", "--bench-gate", "-k", "on_bar", "benchmarks"]
    environ = clean_environment({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    ran = subprocess.run(command, cwd=root, env=environ, check=False, capture_output=True, text=True, timeout=500)
    assert ran.returncode == 1, ran.stdout
    assert "test_on_bar is slower than its base by +" in ran.stdout

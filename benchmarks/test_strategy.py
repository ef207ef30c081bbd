"""How fast the bot is in its own backtest: `pytest -m benchmark --bench-gate`."""

import pytest

from pytest_tradeops.bench.backtests import BacktestBench

# Of NautilusTrader's own calls of pandas, which a newer one would like otherwise.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_backtest(bench_backtest: BacktestBench) -> None:
    bench_backtest.whole()


def test_on_bar(bench_backtest: BacktestBench) -> None:
    bench_backtest.handler("on_bar")

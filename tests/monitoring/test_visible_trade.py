"""Whether one trade is seen on this repository's own dashboards, on rows written by hand."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_tradeops.monitoring import visible
from pytest_tradeops.monitoring.panels import DashboardView, find
from pytest_tradeops.monitoring.place import MetricsPlace

FOLDER = Path(__file__).parents[2] / "monitoring"
WHO = {"bot": "A", "mode": "live", "strategy": "EmaCross-1", "instrument": "BTCUSDT.BINANCE", "venue": "BINANCE"}
EVENT = "5e0bf4a6-0d43-4a39-9d0f-5a4f0d6d0c0"


@pytest.fixture
def boards() -> list[DashboardView]:
    return [find(FOLDER, uid) for uid in ("tradeops-pnl", "tradeops-positions", "tradeops-errors")]


@pytest.fixture
def trade(monkeypatch: pytest.MonkeyPatch) -> visible.Trade:
    monkeypatch.setattr(visible, "patience", lambda _: 0.0)  # what is missing here does not come later
    return visible.Trade("EmaCross-1", "BTCUSDT.BINANCE", 1, 60_000.5, 0.01, 1e-5, time.time_ns())


def write(metrics: MetricsPlace, trade: visible.Trade, *leave_out: str) -> None:
    """The rows of the trade but those of some tables."""
    order = {**WHO, "client_order_id": "O-1", "side": "BUY", "quantity": 0.01}
    rows = {
        "trading_orders": [
            {**order, "event": name, "event_id": f"{EVENT}{number}"}
            for number, name in enumerate(("submitted", "accepted", "filled"))
        ],
        "trading_positions": [
            {
                **WHO,
                "position_id": "P-1",
                "event": "opened",
                "event_id": f"{EVENT}9",
                "side": "LONG",
                "signed_quantity": 0.01,
                "average_open": 60_000.5,
                "currency": "USDT",
                "realized": -0.6,
            }
        ],
        "trading_pnl": [{**WHO, "currency": "USDT", "realized": -0.6, "unrealized": 0.0, "commission": 0.6}],
    }
    for table, found in rows.items():
        if table in leave_out:
            metrics.create(table)
        else:
            metrics.insert(table, [{**row, "timestamp": trade.at_ns + number} for number, row in enumerate(found)])


def test_a_trade_with_all_its_rows_is_seen(
    metrics: MetricsPlace, boards: list[DashboardView], trade: visible.Trade
) -> None:
    write(metrics, trade)
    seen = visible.examine(boards, metrics, trade, time.time_ns)
    assert seen.findings == ()
    assert set(seen.panels) == {"order", "fill", "position", "profit"}
    assert seen.seconds is not None
    assert seen.queries > 10


@pytest.mark.parametrize(
    ("table", "missing"),
    [("trading_orders", ["order"]), ("trading_positions", ["fill", "position"]), ("trading_pnl", ["profit"])],
)
def test_what_has_no_rows_is_named(
    metrics: MetricsPlace,
    boards: list[DashboardView],
    trade: visible.Trade,
    table: str,
    missing: list[str],
) -> None:
    write(metrics, trade, table)
    seen = visible.examine(boards, metrics, trade, time.time_ns)
    (finding,) = seen.findings
    assert finding.reason == "dashboard: trade not visible"
    assert finding.message.endswith(f"shows its {' nor its '.join(missing)}.")
    assert seen.seconds is None


@pytest.mark.parametrize(
    ("change", "missing"),
    [({"price": 60_001.5}, "fill"), ({"position": 0.02}, "position"), ({"strategy": "Other"}, "profit")],
)
def test_other_values_than_the_venues_are_not_the_trade(
    metrics: MetricsPlace,
    boards: list[DashboardView],
    trade: visible.Trade,
    change: dict[str, float],
    missing: str,
) -> None:
    write(metrics, trade)
    (finding,) = visible.examine(boards, metrics, replace(trade, **change), time.time_ns).findings
    assert missing in finding.message

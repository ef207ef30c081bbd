"""The collector in live nodes: a feed that falls silent, paper, a peak that outlives the bot, an orderly exception."""

import json
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from node_support import MakeSpec

from pytest_tradeops.node import order_check
from pytest_tradeops.node.process import NodeProcess
from pytest_tradeops.node.server import NodeServer
from pytest_tradeops.node.spec import Access, NodeSpec, Telemetry
from pytest_tradeops.venue.view import VenueView

pytestmark = pytest.mark.slow

#: The collector, with a store that writes rows into a file.
COLLECTOR = """
import json, os
from types import SimpleNamespace
from nautilus_trader.config import ImportableActorConfig, TradingNodeConfig
from pytest_tradeops.telemetry.collector import MetricsCollector

class Store:
    def __init__(self):
        self.file = open(os.environ["ROWS"], "a")
    def start(self):
        pass
    def put(self, table, at_ns, values):
        self.file.write(json.dumps([table, at_ns, values]) + chr(10))
        self.file.flush()
        return True
    def drain(self, timeout):
        return True
    def close(self, timeout):
        pass
    def stats(self):
        return SimpleNamespace(queued=0, spooled=0, spooled_bytes=0, written=0, dropped=0)

class Filing(MetricsCollector):
    def __init__(self, config):
        super().__init__(config, Store())

def node_config():
    return TradingNodeConfig(actors=[ImportableActorConfig(
        actor_path="bot.node:Filing",
        config_path="pytest_tradeops.telemetry.collector:MetricsCollectorConfig",
        config={},
    )])
"""
OFTEN = {"bot": "b", "sample_interval": 0.1, "heartbeat_interval": 0.1, "stale_after": 1.0}
type Spec = Callable[..., NodeSpec]


@pytest.fixture(scope="module")
def venue() -> Iterator[VenueView]:
    with VenueView(7) as opened:
        yield opened


@pytest.fixture
def spec(venue: VenueView, make_spec: MakeSpec, tmp_path: Path) -> Spec:
    faces = {face: Access(venue.urls[face], key.api_key, key.api_secret) for face, key in venue.keys.items()}

    def make(**changes: Any) -> NodeSpec:
        given = {
            "config": "tradeops:binance-futures",
            "collector_of": "bot.node:node_config",
            "faces": faces,
            "environ": {"ROWS": str(tmp_path / "rows.jsonl")},
            "telemetry": Telemetry.on("http://127.0.0.1:9", **OFTEN),
            **changes,
        }
        return make_spec(COLLECTOR, **given)

    return make


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    def read(table: str) -> list[dict[str, Any]]:
        lines = (tmp_path / "rows.jsonl").read_text().splitlines()
        return [values for name, _, values in map(json.loads, lines) if name == table]

    return read


def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def trade(node: NodeProcess, side: str = "BUY") -> None:
    (place,) = [one for one in node.places() if one.market.startswith("BTCUSDT")]
    bid, _ = order_check.market(node, place)
    order = node.submit(place.instrument, side, str(order_check.quantity(place, bid)))
    order_check.expect(node, order, {"FILLED"}, "orders: market order not filled")


def test_a_feed_that_falls_silent_is_told_and_so_is_its_return(
    nodes: NodeServer, venue: VenueView, spec: Spec, rows: Callable[[str], list[dict[str, Any]]]
) -> None:
    def statuses() -> list[str]:
        return [row["status"] for row in rows("connection_status") if row["component"] == "data:BINANCE"]

    with NodeProcess.start(spec(), nodes.host) as node:
        trade(node)
        until(lambda: statuses() == ["connected"])
        venue.client.faults.stall("market", face="binance-futures")
        until(lambda: statuses()[-1] == "stale")
        venue.client.faults.clear()
        until(lambda: statuses()[-1] == "connected")
        assert node.stop().healthy
    assert statuses()[-1] == "disconnected"
    lost = [row for row in rows("heartbeats") if row["component"] == "data:BINANCE" and not row["connected"]]
    assert any(row["data_age_s"] > 1.0 for row in lost)
    assert {row["dropped"] for row in rows("heartbeats") if row["component"] == "bot"} == {0}


def test_on_paper_rows_say_so_and_nothing_is_measured(
    nodes: NodeServer, spec: Spec, rows: Callable[[str], list[dict[str, Any]]]
) -> None:
    tables = ("trading_orders", "trading_pnl", "trading_positions", "trading_risk", "heartbeats")
    with NodeProcess.start(spec(mode="paper"), nodes.host) as node:
        trade(node)
        until(lambda: [row for row in rows("trading_pnl") if row["commission"]])
        until(lambda: all(map(rows, tables)))  # equity, and with it a risk, may be known a sample later
    for table in tables:
        assert {row["mode"] for row in rows(table)} == {"paper"}, table
    assert rows("order_latency") == []


def test_the_peak_of_equity_outlives_the_bot(nodes: NodeServer, spec: Spec, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    telemetry = Telemetry.on("http://127.0.0.1:9", **OFTEN, spool=str(spool))
    ours = "from nautilus_trader.config import TradingNodeConfig\ndef node_config():\n    return TradingNodeConfig()\n"
    first = spec(telemetry=telemetry)
    (first.root / "bot" / "node.py").write_text(ours)  # the collector itself, with its sink

    def peaks() -> dict[str, Decimal]:
        found = json.loads((spool / "peaks-b.json").read_text())["peaks"] if (spool / "peaks-b.json").exists() else {}
        return {key: Decimal(value) for key, value in found.items()}

    with NodeProcess.start(first, nodes.host) as node:
        trade(node)  # with what earlier tests left there, equity is known once there are prices
        until(peaks)
        before = peaks()
        trade(node)  # a fee lowers equity
        node.kill()
    with NodeProcess.start(first.again(tmp_path / "second"), nodes.host) as node:
        trade(node, "SELL")
        assert node.stop().healthy
    (key,) = before
    assert key.startswith("BINANCE|USDT|")
    assert peaks()[key] >= before[key]
    assert list(spool.glob("b*/*")), "its rows are in the spool: nobody listens on port 9"


@pytest.mark.parametrize("graceful", [True, False])
def test_an_exception_has_its_row_however_the_node_ends(
    nodes: NodeServer, spec: Spec, rows: Callable[[str], list[dict[str, Any]]], graceful: bool
) -> None:
    with NodeProcess.start(spec(graceful=graceful), nodes.host) as node:
        trade(node)
        node.fail("quote")
        assert not node.wait(20).healthy
    (row,) = rows("trading_errors")
    assert (row["kind"], row["component"]) == ("exception", "TradeopsDriver-900.on_quote_tick")
    assert row["reason"] == "RuntimeError: an exception on request"

"""Paper trading on the venue's market data: any bot, each thing that can be wrong with it, and the planted faults."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from node_support import MakeSpec

from pytest_tradeops.node import paper, planting
from pytest_tradeops.node.process import NodeProcess
from pytest_tradeops.node.server import NodeServer
from pytest_tradeops.node.spec import Access, NodeSpec
from pytest_tradeops.venue.client import AccountKey, VenueClient
from pytest_tradeops.venue.process import VenueProcess, start_venue

ROOT = Path(__file__).resolve().parents[2]
STEPS = [
    "market order filled",
    "position followed",
    "limit order rested",
    "limit order cancelled",
    "position closed",
    "balance followed",
]
INSTRUMENTS = {
    "binance-spot": "BTCUSDT.BINANCE",
    "binance-futures": "BTCUSDT-PERP.BINANCE",
    "bybit-linear": "BTCUSDT-LINEAR.BYBIT",
    "bybit-spot": "BTCUSDT-SPOT.BYBIT",
}
#: A bot with a strategy whose `on_start` and `on_stop` are given, in whose configuration execution is as given.
BOT = """
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig
from nautilus_trader.config import (
    ImportableStrategyConfig, InstrumentProviderConfig, StrategyConfig, TradingNodeConfig
)
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

NAME = InstrumentId.from_str("ETHUSDT.BINANCE")

class Bot(Strategy):
    def on_start(self):
        self.subscribe_quote_ticks(NAME)
        self.sent = False

    def on_quote_tick(self, tick):
        if not self.sent:
            self.sent = True
            instrument = self.cache.instrument(NAME)
            {act}

    def on_stop(self):
        {stop}

common = dict(
    environment=BinanceEnvironment.TESTNET,
    account_type=BinanceAccountType.SPOT,
    instrument_provider=InstrumentProviderConfig(load_ids=frozenset({{NAME}})),
)
sandbox = SandboxExecutionClientConfig(venue="BINANCE", account_type="CASH", starting_balances=["5_000 USDT"])
exchange = BinanceExecClientConfig(**common)

def node_config({parameters}):
    return TradingNodeConfig(
        data_clients={{"BINANCE": BinanceDataClientConfig(**common)}},
        exec_clients={{"BINANCE": {execution}}},
        strategies=[ImportableStrategyConfig(
            strategy_path="bot.node:Bot", config_path="nautilus_trader.config:StrategyConfig", config={{}}
        )],
    )
"""
REST = (
    "self.submit_order(self.order_factory.limit(NAME, OrderSide.BUY, instrument.make_qty(1),"
    " instrument.make_price(tick.bid_price.as_decimal() / 2)))"
)
BUY = "self.submit_order(self.order_factory.market(NAME, OrderSide.BUY, instrument.make_qty('0.5')))"


def bot(act: str = "pass", stop: str = "pass", parameters: str = "", execution: str = "exchange") -> str:
    return BOT.format(act=act, stop=stop, parameters=parameters, execution=execution)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    with start_venue(tmp_path_factory.mktemp("venue") / "state", seed=13, limits=False) as running:
        yield running
        assert running.client.crashes() == []


@pytest.fixture
def client(venue: VenueProcess) -> Iterator[VenueClient]:
    yield venue.client
    venue.client.faults.clear()


type Try = Callable[..., paper.PaperRun]


@pytest.fixture
def keys(client: VenueClient) -> dict[str, AccountKey]:
    return {face: client.new_account(face) for face in ("binance-spot", "binance-futures", "bybit")}


@pytest.fixture
def try_paper(
    nodes: NodeServer, venue: VenueProcess, client: VenueClient, keys: dict[str, AccountKey], make_spec: MakeSpec
) -> Try:
    """`try_paper("text of bot/node.py")`: that bot on paper."""

    def run(text: str = "", **changes: object) -> paper.PaperRun:
        faces = {face: Access(venue.urls[face], key.api_key, key.api_secret) for face, key in keys.items()}
        spec: NodeSpec = make_spec(text, **{"mode": "paper", "faces": faces, **changes})
        with NodeProcess.start(spec, nodes.host) as node:
            return paper.run(node, client, keys)

    return run


def reasons(done: paper.PaperRun) -> set[str]:
    return {one.reason for one in done.findings}


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_orders_fill_rest_and_are_cancelled_and_the_books_follow(try_paper: Try, name: str) -> None:
    done = try_paper(config=f"tradeops:{name}")
    assert done.findings == []
    face = "bybit" if name.startswith("bybit") else name
    assert done.tried == [{"instrument": INSTRUMENTS[name], "exchange": face, "steps": STEPS}]
    assert done.orders == 3


@pytest.mark.parametrize("parameters", ["", "mode"])
@pytest.mark.parametrize("act", ["pass", BUY])
def test_somebody_elses_bot_may_trade_beside_it(try_paper: Try, parameters: str, act: str) -> None:
    execution = "exchange" if not parameters else "sandbox if mode == 'paper' else exchange"
    done = try_paper(bot(act, "self.close_all_positions(NAME)", parameters, execution))
    assert done.findings == []
    assert done.tried[0]["steps"] == STEPS


def test_a_configuration_file_runs_on_paper(try_paper: Try, make_spec: MakeSpec) -> None:
    spec = make_spec()
    module = "nautilus_trader.adapters.bybit.config"
    common = {
        "environment": "TESTNET",
        "product_types": ["LINEAR"],
        "instrument_provider": {"load_ids": ["ETHUSDT-LINEAR.BYBIT"]},
    }
    document = {
        "trader_id": "FILE-001",
        "data_clients": {"BYBIT": {"path": f"{module}:BybitDataClientConfig", "config": common}},
        "exec_clients": {"BYBIT": {"path": f"{module}:BybitExecClientConfig", "config": common}},
    }
    (spec.root / "conf").mkdir()
    (spec.root / "conf" / "live.json").write_text(json.dumps(document))
    done = try_paper(config="conf/live.json")
    assert done.findings == []
    assert done.tried == [{"instrument": "ETHUSDT-LINEAR.BYBIT", "exchange": "bybit", "steps": STEPS}]


def test_an_order_that_is_left_open_is_named(try_paper: Try) -> None:
    done = try_paper(bot(REST))
    assert reasons(done) == {"paper: order left open"}
    assert "Bot-000" in done.findings[0].message
    assert try_paper(bot(REST, "self.cancel_all_orders(NAME)")).findings == []


def test_a_bot_that_breaks_did_not_stop_in_order(try_paper: Try) -> None:
    done = try_paper(bot("raise RuntimeError('broken')"))
    assert "paper: node did not stop in order" in reasons(done)
    assert "paper: no fill" not in reasons(done)  # which would lead nobody to the cause


def test_an_ignored_switch_is_seen_at_the_venue_and_in_the_events(
    try_paper: Try, client: VenueClient, keys: dict[str, AccountKey]
) -> None:
    done = try_paper(bot(parameters="mode"))  # told the mode, it trades on the exchange all the same
    assert reasons(done) >= {"paper: order reached the venue", "paper: event not tagged"}
    assert len(client.orders("binance-spot", account=keys["binance-spot"].account)) == 1


def test_stalled_market_data_fill_nothing(try_paper: Try, client: VenueClient) -> None:
    client.faults.stall("market")
    done = try_paper(config="tradeops:binance-spot")
    assert reasons(done) == {"paper: no fill"}


@pytest.mark.parametrize(
    "text",
    [
        bot(),
        bot(parameters="mode", execution="sandbox if mode == 'paper' else exchange"),
        bot(parameters="mode='paper'", execution="sandbox if mode == 'paper' else exchange"),
        bot(execution="sandbox"),  # knows nothing but paper
    ],
)
def test_the_switch_can_be_broken_in_any_bot(try_paper: Try, make_spec: MakeSpec, text: str) -> None:
    assert try_paper(text).findings == []
    spec = make_spec(text)
    written = planting.paper_ignored(spec.root, "bot.node:node_config")
    assert written is not None
    assert "paper: order reached the venue" in reasons(try_paper(written[1]))


def test_in_a_file_the_switch_is_not_the_bots(make_spec: MakeSpec) -> None:
    assert planting.paper_ignored(make_spec().root, "node.json") is None


@pytest.mark.slow
def test_the_reference_bot_runs_on_paper(try_paper: Try, make_spec: MakeSpec) -> None:
    spec = make_spec()
    shutil.copytree(ROOT / "strategies", spec.root / "strategies")
    done = try_paper(config="strategies.node:node_config")
    assert done.findings == []
    assert done.tried[0]["steps"] == STEPS

"""Real nodes on the venue, one per exchange and product: what the node believes is what the venue has written down."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from node_support import PYTHON, MakeSpec

from pytest_tradeops.node.beliefs import NodeState
from pytest_tradeops.node.guard import observed
from pytest_tradeops.node.planting import paper_ignored
from pytest_tradeops.node.process import NodeProcess
from pytest_tradeops.node.server import NodeServer
from pytest_tradeops.node.spec import Access, NodeSpec
from pytest_tradeops.venue.client import AccountKey, VenueClient, wait
from pytest_tradeops.venue.process import VenueProcess, start_venue

ROOT = Path(__file__).resolve().parents[2]
#: Configuration to face, market of the venue, instrument of the node.
PLACES = {
    "binance-spot": ("binance-spot", "BTCUSDT.spot", "BTCUSDT.BINANCE"),
    "binance-futures": ("binance-futures", "BTCUSDT.linear", "BTCUSDT-PERP.BINANCE"),
    "bybit-linear": ("bybit", "BTCUSDT.linear", "BTCUSDT-LINEAR.BYBIT"),
    "bybit-spot": ("bybit", "BTCUSDT.spot", "BTCUSDT-SPOT.BYBIT"),
}


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    with start_venue(tmp_path_factory.mktemp("venue") / "state", seed=7) as running:
        yield running
        assert running.client.crashes() == []


@pytest.fixture
def client(venue: VenueProcess) -> VenueClient:
    return venue.client


type Place = Callable[..., tuple[NodeSpec, AccountKey]]


@pytest.fixture
def place(client: VenueClient, make_spec: MakeSpec, tmp_path: Path) -> Place:
    """`place("bybit-linear")`: a spec of our own configuration there, with a fresh account."""

    def make(name: str, **changes: object) -> tuple[NodeSpec, AccountKey]:
        face = PLACES[name][0]
        key = client.new_account(face)
        faces = {face: Access(client.state()["faces"][face]["urls"], key.api_key, key.api_secret)}
        return make_spec(**{"config": f"tradeops:{name}", "faces": faces, **changes}), key

    return make


def quoted(node: NodeProcess, instrument: str) -> Decimal:
    """The instrument's best bid, once there are quotes."""
    node.watch(instrument)
    assert node.wait_until(lambda state: state.quotes[instrument] > 0) is not None
    quote = node.quote(instrument)
    assert quote is not None
    return Decimal(quote["bid"])


@pytest.mark.parametrize("name", PLACES)
def test_node_and_venue_agree_on_every_order(nodes: NodeServer, client: VenueClient, place: Place, name: str) -> None:
    face, market, instrument = PLACES[name]
    spec, key = place(name)
    with NodeProcess.start(spec, nodes.host) as node:
        price = quoted(node, instrument)
        bought = node.submit(instrument, "BUY", "0.01")
        assert node.wait_for_event("OrderFilled", bought)
        resting = node.submit(instrument, "BUY", "0.01", "limit", price=f"{price * Decimal('0.95'):.0f}")
        assert node.wait_for_event("OrderAccepted", resting)
        if name != "binance-spot":  # which has no amendment
            node.modify(resting, price=f"{price * Decimal('0.94'):.0f}")
            assert node.wait_for_event("OrderUpdated", resting)
        node.cancel(resting)
        assert node.wait_for_event("OrderCanceled", resting)
        taking = node.submit(instrument, "BUY", "0.01", "limit", price=f"{price * Decimal('1.02'):.0f}", post_only=True)
        assert node.wait_for(lambda events: _ended(events, taking))
        sold = node.submit(instrument, "SELL", "0.005")
        assert node.wait_for_event("OrderFilled", sold)
        totals = {asset: one.total for asset, one in client.balances(face, key.account).items()}
        # A wallet's push may come after the fill's.
        state = node.wait_until(lambda one: not one.open_orders and _totals(one).items() <= totals.items())
        assert state is not None, f"the venue says {totals}"

        orders = {one.client_id: one for one in client.orders(face, account=key.account)}
        mine = {one.client_order_id: one for one in state.orders}
        assert set(orders) <= set(mine)
        for number, order in orders.items():
            assert (mine[number].filled, mine[number].side) == (order.filled, order.side)
        fills = client.fills(face, account=key.account)
        assert sorted((one.quantity, one.price, one.commission, one.currency) for one in state.fills) == sorted(
            (one.quantity, one.price, one.fee, one.fee_asset) for one in fills
        )
        assert len(fills) >= 2
        if market.endswith("linear"):
            there = client.position(face, key.account, market)
            assert there is not None
            assert state.position(instrument) == there.quantity == Decimal("0.005")
        assert _totals(state)
        assert node.stop().healthy
    assert node.remotes
    assert observed(node.remotes) == []
    assert {one.port for one in node.remotes} == {int(spec.faces[face].urls["http"].rpartition(":")[2])}


def _totals(state: NodeState) -> dict[str, Decimal]:
    (balances,) = state.balances.values()
    return {asset: one.total for asset, one in balances.items()}


def _ended(events: tuple[dict[str, object], ...], order: str) -> bool:
    """Binance refuses a post-only order that would take, Bybit takes it and cancels it at once."""
    return any(
        one["client_order_id"] == order and one["event"] in ("OrderRejected", "OrderCanceled", "OrderExpired")
        for one in events
    )


@pytest.mark.parametrize("name", PLACES)
def test_on_paper_orders_fill_in_the_node_and_none_reaches_the_venue(
    nodes: NodeServer, client: VenueClient, place: Place, name: str
) -> None:
    face, _, instrument = PLACES[name]
    spec, key = place(name, mode="paper")
    with NodeProcess.start(spec, nodes.host) as node:
        price = quoted(node, instrument)
        assert node.wait_for_event("OrderFilled", node.submit(instrument, "BUY", "0.01"))
        resting = node.submit(instrument, "BUY", "0.01", "limit", price=f"{price * Decimal('0.95'):.0f}")
        assert node.wait_for_event("OrderAccepted", resting)
        node.cancel(resting)
        assert node.wait_for_event("OrderCanceled", resting)
        assert node.state().position(instrument) == Decimal("0.01")
        assert node.stop().healthy
    assert client.orders(face, account=key.account) == []


def test_a_paper_switch_that_the_bot_ignores_is_not_repaired_for_it(
    nodes: NodeServer, client: VenueClient, place: Place
) -> None:
    spec, key = place("binance-spot", mode="paper", config="strategies.node:node_config")
    shutil.copytree(ROOT / "strategies", spec.root / "strategies")
    planted = paper_ignored(spec.root, spec.config)
    assert planted is not None
    (spec.root / planted[0]).write_text(planted[1])
    with NodeProcess.start(spec, nodes.host) as node:
        quoted(node, "BTCUSDT.BINANCE")
        assert node.wait_for_event("OrderFilled", node.submit("BTCUSDT.BINANCE", "BUY", "0.01"))
        node.stop()
    assert len(client.orders("binance-spot", account=key.account)) == 1


@pytest.mark.parametrize(("graceful", "kind", "code"), [(True, "shut down", 0), (False, "exited", 1)])
def test_an_exception_in_a_handler_is_noticed_and_so_is_the_order_it_leaves(
    nodes: NodeServer, client: VenueClient, place: Place, graceful: bool, kind: str, code: int
) -> None:
    spec, key = place("binance-spot", graceful=graceful)
    with NodeProcess.start(spec, nodes.host) as node:
        price = quoted(node, "BTCUSDT.BINANCE")
        resting = node.submit("BTCUSDT.BINANCE", "BUY", "0.01", "limit", price=f"{price * Decimal('0.95'):.0f}")
        assert node.wait_for_event("OrderAccepted", resting)
        node.fail("quote")
        end = node.wait(10)
    assert (end.kind, end.code, end.healthy) == (kind, code, False)
    if graceful or end.reason:  # ended at once, NautilusTrader may not have had the time to write why
        assert "an exception on request" in end.reason or "Error on handling QuoteTick" in end.reason
    left = client.orders("binance-spot", account=key.account, only_open=True)
    assert [one.client_id for one in left] == [resting]


@pytest.mark.parametrize("name", PLACES)
def test_a_second_node_takes_over_what_the_first_one_left(
    nodes: NodeServer, client: VenueClient, place: Place, tmp_path: Path, name: str
) -> None:
    face, _, instrument = PLACES[name]
    spec, key = place(name)
    with NodeProcess.start(spec, nodes.host) as node:
        price = quoted(node, instrument)
        assert node.wait_for_event("OrderFilled", node.submit(instrument, "BUY", "0.01"))
        resting = node.submit(instrument, "BUY", "0.01", "limit", price=f"{price * Decimal('0.95'):.0f}")
        assert node.wait_for_event("OrderAccepted", resting)
        held = node.state().position(instrument)
        node.kill()
    if name == "binance-spot":  # NautilusTrader asks for no fills there, and makes one up that has no fee
        held = Decimal("0.01")
    with NodeProcess.start(spec.again(tmp_path / "second", claims=(instrument,)), nodes.host) as node:
        state = node.wait_until(lambda one: one.open_orders != () and one.position(instrument) == held)
        assert state is not None
        assert [(one.client_order_id, one.strategy) for one in state.open_orders] == [(resting, "TradeopsDriver-900")]
        node.cancel(resting)
        assert node.wait_for_event("OrderCanceled", resting)
        assert node.stop().healthy
    assert client.orders(face, account=key.account, only_open=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_a_fill_while_the_connection_is_lost_is_found_again(
    nodes: NodeServer, client: VenueClient, place: Place, name: str
) -> None:
    face, _, instrument = PLACES[name]
    spec, key = place(name)
    with NodeProcess.start(spec, nodes.host) as node:
        price = quoted(node, instrument)
        resting = node.submit(instrument, "BUY", "0.01", "limit", price=f"{price * Decimal('0.97'):.0f}")
        assert node.wait_for_event("OrderAccepted", resting)
        (order,) = client.orders(face, account=key.account, only_open=True)
        client.faults.gap(1.0, face=face, fill=order)
        wait(lambda: client.fills(face, account=key.account), 10)
        filled = node.wait_for_event("OrderFilled", resting, 20)
        assert filled is not None
        state = node.wait_until(lambda one: one.quotes[instrument] > 0)
        assert state is not None
        assert len([one for one in state.fills if one.client_order_id == resting]) == 1
        assert node.stop().healthy


def test_one_bybit_client_has_a_stream_for_each_product(nodes: NodeServer, place: Place) -> None:
    spec, _ = place("bybit-linear", config="bot.node:node_config")
    (spec.root / "bot" / "node.py").write_text(
        "from nautilus_trader.adapters.bybit.config import BybitDataClientConfig\n"
        "from nautilus_trader.config import InstrumentProviderConfig, TradingNodeConfig\n"
        "from nautilus_trader.core.nautilus_pyo3 import BybitEnvironment, BybitProductType\n"
        "from nautilus_trader.model.identifiers import InstrumentId\n"
        "def node_config():\n"
        "    ids = ['BTCUSDT-LINEAR.BYBIT', 'BTCUSDT-SPOT.BYBIT']\n"
        "    return TradingNodeConfig(data_clients={'BYBIT': BybitDataClientConfig(\n"
        "        environment=BybitEnvironment.TESTNET,\n"
        "        product_types=(BybitProductType.LINEAR, BybitProductType.SPOT),\n"
        "        instrument_provider=InstrumentProviderConfig(load_ids=frozenset(map(InstrumentId.from_str, ids))),\n"
        "    )})\n"
    )
    with NodeProcess.start(spec, nodes.host) as node:
        for instrument in ("BTCUSDT-LINEAR.BYBIT", "BTCUSDT-SPOT.BYBIT"):
            assert quoted(node, instrument) > 0
        assert node.guard.built[0]["addresses"] == 4
        assert node.stop().healthy


def test_a_configuration_file_runs_as_well(nodes: NodeServer, place: Place) -> None:
    spec, _ = place("binance-spot", config="node.json")
    common = {"environment": "TESTNET", "instrument_provider": {"load_ids": ["BTCUSDT.BINANCE"]}}
    module = "nautilus_trader.adapters.binance.config"
    document = {
        "trader_id": "FILE-001",
        "data_clients": {"BINANCE": {"path": f"{module}:BinanceDataClientConfig", "config": common}},
        "exec_clients": {"BINANCE": {"path": f"{module}:BinanceExecClientConfig", "config": common}},
    }
    (spec.root / "node.json").write_text(json.dumps(document))
    with NodeProcess.start(spec, nodes.host) as node:
        assert quoted(node, "BTCUSDT.BINANCE") > 0
        assert node.stop().healthy


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["venue", "paper"])
def test_the_reference_bot_trades(nodes: NodeServer, client: VenueClient, place: Place, mode: str) -> None:
    spec, key = place("binance-spot", mode=mode, root=ROOT, python=PYTHON, config="strategies.node:node_config")
    market = client.market("binance-spot", "BTCUSDT")
    with NodeProcess.start(spec, nodes.host) as node:
        assert node.guard.told
        assert node.state().strategies == ("EmaCross-000", "TradeopsDriver-900")

        def moved(step: int) -> None:
            market.move(f"{market.last() * Decimal('1.01' if step % 2 else '0.99'):.2f}")

        def another_fill(had: int) -> None:
            node.wait_for(lambda events: sum(one["event"] == "OrderFilled" for one in events) > had, 1.0)

        deadline, step = time.monotonic() + 120, 0
        while (sides := {one.side for one in node.state().fills}) != {"BUY", "SELL"}:
            # Averages cross once they are warm and the price turns; bars that come late are left out.
            assert time.monotonic() < deadline, f"it has filled {sides or 'nothing'}"
            moved(step // 4)
            step += 1
            another_fill(len(node.state().fills))
        assert {one.strategy for one in node.state().orders} == {"EmaCross-000"}
        assert node.stop().healthy
        assert node.state().open_orders == ()
    assert bool(client.orders("binance-spot", account=key.account)) == (mode == "venue")

"""The collector in real backtests: its rows are what the engine did, and nothing that breaks in it ends the run."""

import gc
from decimal import Decimal

import pytest
from collector_support import START, Kept, Scripted, engine
from nautilus_trader.common.actor import Actor
from nautilus_trader.common.config import ActorFactory, ImportableActorConfig
from nautilus_trader.trading.strategy import Strategy

from pytest_tradeops.telemetry.collector import MetricsCollector, MetricsCollectorConfig
from pytest_tradeops.telemetry.tables import TABLES
from strategies.backtest import build
from strategies.telemetry import collectors

pytestmark = pytest.mark.filterwarnings("ignore:Timestamp.utcnow", "ignore:'d' is deprecated")
PRICES = tuple(str(60_000 + 10 * step) for step in range(20))


def ran(strategy: Strategy, store: Kept, *, linear: bool = False, **settings: object) -> MetricsCollector:
    collector = MetricsCollector(MetricsCollectorConfig(backtest_interval=1.0, **settings), store)
    run = engine(strategy, linear=linear, prices=PRICES)
    run.add_actor(collector)
    run.run()
    if not store.fails:
        assert collector.drain(10)
    strategy.closed = run.cache.positions_closed_count()
    run.dispose()
    return collector


def turns(linear: bool) -> Scripted:
    sides = [("BUY", "2"), ("BUY", "1"), ("SELL", "1")]
    sides += [("SELL", "3"), ("BUY", "1")] if linear else [("SELL", "2")]
    return Scripted([lambda one, side=side, size=size: one.market(side, size) for side, size in sides])


@pytest.mark.parametrize("linear", [False, True])
def test_rows_are_what_the_engine_did(linear: bool) -> None:
    store = Kept()
    collector = ran(turns(linear), store, linear=linear, position_max={"BTCUSDT.BINANCE": "-4"})
    assert collector.failures == 0
    for table, _, values in store.rows:
        assert set(values) <= set(TABLES[table].names)
        assert (values["bot"], values["mode"]) == ("TEST-001", "backtest")
    assert store.threads == {"tradeops-collector"}
    filled = [row for row in store.of("trading_orders") if row["event"] == "filled"]
    path = [row["event"] for row in store.of("trading_positions")]
    assert path == ["opened", "changed", "changed", "closed", *(["opened", "closed"] if linear else [])]
    last = store.of("trading_pnl")[-1]
    assert last["commission"] == pytest.approx(sum(row["commission"] for row in filled))
    cash = sum((1 if row["side"] == "SELL" else -1) * row["quantity"] * row["price"] for row in filled)
    assert last["realized"] == pytest.approx(cash - last["commission"])
    assert last["unrealized"] == 0
    assert store.of("order_latency") == []  # simulated time says nothing of an exchange


def test_equity_and_drawdown_follow_the_account() -> None:
    store = Kept()
    ran(turns(False), store, position_max={"BTCUSDT.BINANCE": "4"})
    risk = [row for row in store.of("trading_risk") if "equity" in row]
    assert risk[0]["equity"] == risk[0]["peak"] == 1_000_000
    realized = store.of("trading_pnl")[-1]["realized"]
    assert risk[-1]["equity"] == pytest.approx(1_000_000 + realized)
    peak = 0.0
    for row in risk:
        peak = max(peak, row["equity"])
        assert (row["currency"], row["complete"], row["peak"]) == ("USDT", True, peak)
        assert row["drawdown_pct"] == pytest.approx((peak - row["equity"]) / peak * 100)
    held = [row for row in store.of("trading_risk") if "position" in row]
    assert {row["position_max"] for row in held} == {4.0}
    assert max(row["position"] for row in held) == 3
    assert held[-1]["position"] == 0


def test_the_reference_bot_collects_as_an_importable_actor() -> None:
    (config,) = collectors()
    actor = ActorFactory.create(config)
    assert type(actor) is MetricsCollector
    store = Kept()
    actor._store = store
    run = build(7)
    run.trader.clear_actors()
    run.add_actor(actor)
    run.run()
    assert actor.drain(20)
    positions = [*run.cache.position_snapshots(), *run.cache.positions()]
    wanted = sum((one.realized_pnl.as_decimal() for one in positions), Decimal(0))
    assert store.of("trading_pnl")[-1]["realized"] == pytest.approx(float(wanted))
    assert len(store.of("trading_positions")) == 28
    run.dispose()


@pytest.mark.parametrize("broken", ["start", "put", "drain", "close", "stats"])
def test_a_broken_store_never_ends_the_run(broken: str) -> None:
    strategy = turns(False)
    ran(strategy, Kept(broken))
    assert strategy.steps == []
    assert strategy.closed == 1


def test_what_the_collector_itself_cannot_convert_is_counted_and_written_down() -> None:
    store = Kept()
    collector = MetricsCollector(MetricsCollectorConfig(backtest_interval=1.0), store)
    collector._terms = lambda instrument_id: None  # as if the instrument were not in the cache
    run = engine(turns(False), prices=PRICES)
    run.add_actor(collector)
    run.run()
    assert collector.drain(10)
    assert collector._intake is not None
    assert collector._intake.failures == 4
    errors = store.of("trading_errors")
    assert {(row["kind"], row["component"]) for row in errors} == {("exception", "collector")}
    assert "is not in the cache" in errors[0]["reason"]
    run.dispose()


def test_a_denied_order_is_an_error_with_its_reason() -> None:
    store = Kept()
    ran(Scripted([lambda one: one.market("BUY", "900")]), store)  # nobody has the money for that
    (row,) = store.of("trading_errors")
    assert (row["kind"], row["component"], row["strategy"]) == ("denied", "RiskEngine", "Scripted-000")
    assert "CUM_NOTIONAL_EXCEEDS_FREE_BALANCE" in row["reason"] or "balance" in row["reason"].lower()


def test_an_exception_in_a_handler_has_its_row_and_goes_its_way() -> None:
    def fail(strategy: Scripted) -> None:
        raise ValueError("no price, password=hunter2hunter2")

    store = Kept()
    collector = MetricsCollector(MetricsCollectorConfig(), store)
    run = engine(Scripted([fail]), prices=PRICES)
    run.add_actor(collector)
    with pytest.raises(ValueError, match="no price"):
        run.run()
    (row,) = store.of("trading_errors")  # it is there already: nothing need happen afterwards
    assert (row["kind"], row["component"]) == ("exception", "Scripted-000.on_quote_tick")
    assert row["reason"] == "ValueError: no price, password=[Filtered]"
    run.dispose()


def test_a_second_run_begins_anew() -> None:
    store = Kept()
    strategy = turns(False)
    steps = list(strategy.steps)
    collector = MetricsCollector(MetricsCollectorConfig(backtest_interval=1.0), store)
    run = engine(strategy, prices=PRICES)
    run.add_actor(collector)
    run.run()
    assert collector.drain(10)
    first = store.of("trading_pnl")[-1]
    run.reset()
    store.rows.clear()
    strategy.steps = steps
    run.run()
    assert collector.drain(10)
    assert store.of("trading_pnl")[-1] == first
    assert store.rows[0][1] < START + 2_000_000_000
    run.dispose()


def test_without_a_database_it_measures_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QDB_CLIENT_CONF", raising=False)
    strategy = turns(False)
    collector = MetricsCollector(MetricsCollectorConfig())
    run = engine(strategy, prices=PRICES)
    run.add_actor(collector)
    run.run()
    assert (strategy.steps, collector.failures) == ([], 0)
    run.dispose()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"mode": "demo"}, "mode 'demo' is none of"),
        ({"sample_interval": 0.0}, "sample_interval must be > 0"),
        ({"stale_after": -1.0}, "stale_after must be > 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_at_once(settings: dict[str, object], told: str) -> None:
    config = ImportableActorConfig(
        actor_path="pytest_tradeops.telemetry.collector:MetricsCollector",
        config_path="pytest_tradeops.telemetry.collector:MetricsCollectorConfig",
        config=settings,
    )
    with pytest.raises(ValueError, match=told):
        ActorFactory.create(config)


def test_it_hides_no_method_of_the_actor() -> None:
    meant = {"__doc__", "__init__", "on_start", "on_stop", "on_reset", "on_dispose"}
    assert {name for name in vars(MetricsCollector) if name in dir(Actor)} == meant
    assert not [name for name in vars(MetricsCollector()) if name in dir(Actor)]
    gc.collect()

"""The reference bot's position limiter in its own backtest: order lists, changes of orders, ways out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

#: A strategy beside the limiter that does one thing after the other; prints how each order ended.
SCRIPT = """
import json
from decimal import Decimal
from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.trading.strategy import Strategy
from strategies import backtest

BUY, SELL = OrderSide.BUY, OrderSide.SELL


class Script(Strategy):
    def __init__(self):
        super().__init__(StrategyConfig(strategy_id="Script", order_id_tag="9"))
        self.step, self.orders, self.told = 0, {}, []

    def on_start(self):
        self.instrument = self.cache.instruments()[0]
        self.subscribe_quote_ticks(self.instrument.id)

    def on_quote_tick(self, tick):
        self.step += 1
        getattr(self, f"step_{self.step}", lambda: None)()

    def qty(self, text):
        return self.instrument.make_qty(Decimal(text))

    def make(self, side, text, price=None, **more):
        if price is None:
            return self.order_factory.market(self.instrument.id, side, self.qty(text), **more)
        return self.order_factory.limit(self.instrument.id, side, self.qty(text), self.instrument.make_price(price), **more)

    def send(self, name, *given, **more):
        self.orders[name] = self.make(*given, **more)
        self.submit_order(self.orders[name])

    def step_1(self):
        self.send("resting", BUY, "0.5", 30_000)

    def step_2(self):
        self.modify_order(self.orders["resting"], quantity=self.qty("1.2"))
        self.modify_order(self.orders["resting"], quantity=self.qty("0.7"))

    def step_3(self):
        orders = [self.make(BUY, "0.2"), self.make(BUY, "0.2")]
        self.orders |= {"listed 1": orders[0], "listed 2": orders[1]}
        self.submit_order_list(self.order_factory.create_list(orders))

    def step_4(self):
        self.send("the rest", BUY, "0.3")

    def step_5(self):
        self.send("a bit more", BUY, "0.001")
        self.send("out", SELL, "0.3", reduce_only=True)

    def step_6(self):
        self.cancel_order(self.orders["resting"])

    def step_7(self):
        self.send("all", BUY, "0.8")
        self.send("on top", BUY, "0.3")
        self.send("on top, and called a way out", BUY, "0.3", reduce_only=True)
        self.send("for an amount", BUY, "20", quote_quantity=True)

    def on_order_modify_rejected(self, event):
        self.told.append(event.reason.partition(":")[0])

    def on_order_denied(self, event):
        self.whole = event.reason
        self.told.append(event.reason.partition(":")[0])


engine = backtest.build(7)
engine.clear_strategies()
script = Script()
engine.add_strategy(script)
engine.run(end=engine.data[20].ts_init)
status = {name: one.status.name for name, one in script.orders.items()}
print(json.dumps({"status": status, "told": script.told, "last": script.whole, "quantity": str(script.orders["resting"].quantity)}))
"""


@pytest.fixture(scope="module")
def done() -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_a_change_that_could_lead_beyond_the_limit_is_rejected_and_a_smaller_one_is_not(done: dict[str, Any]) -> None:
    assert done["told"][0] == "POSITION_LIMIT_EXCEEDED"
    assert done["quantity"] == "0.700000"


def test_the_orders_of_a_list_count_together(done: dict[str, Any]) -> None:
    assert (done["status"]["listed 1"], done["status"]["listed 2"]) == ("DENIED", "DENIED")


def test_what_keeps_the_limit_is_filled_and_a_little_beyond_is_denied(done: dict[str, Any]) -> None:
    assert (done["status"]["the rest"], done["status"]["a bit more"]) == ("FILLED", "DENIED")


def test_a_way_out_is_never_denied(done: dict[str, Any]) -> None:
    assert done["status"]["out"] == "FILLED"


def test_two_orders_in_one_instant_count_together(done: dict[str, Any]) -> None:
    assert (done["status"]["all"], done["status"]["on top"]) == ("FILLED", "DENIED")
    assert set(done["told"]) == {"POSITION_LIMIT_EXCEEDED"}


def test_a_purchase_on_spot_is_one_whatever_it_is_called(done: dict[str, Any]) -> None:
    assert done["status"]["on top, and called a way out"] == "DENIED"


def test_an_amount_of_quote_currency_is_not_counted_as_a_quantity(done: dict[str, Any]) -> None:
    assert done["status"]["for an amount"] == "DENIED"
    assert "quote currency" in done["last"]

"""Strategies that exceed one limit each, as little as possible, after staying just inside of it as a control."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId  # type: ignore[import-not-found]
from nautilus_trader.trading.strategy import Strategy  # type: ignore[import-not-found]

from .market import price_of


class _Prober(Strategy):  # type: ignore[misc]
    """Calls `act()` at every step once there is a price, until it returns True."""

    def __init__(self, instrument: str, step_ns: int) -> None:
        super().__init__(StrategyConfig(strategy_id="TradeopsProber", order_id_tag="901"))
        self.iid = InstrumentId.from_str(instrument)
        self.step_ns = step_ns
        self.instrument: Any = None
        self.price = Decimal(0)
        self.reasons: dict[Any, str] = {}
        self.done = False

    def on_start(self) -> None:
        self._again()

    def _again(self) -> None:
        at = self.clock.timestamp_ns() + self.step_ns
        self.clock.set_time_alert_ns(f"probe-{at}", at, self._wake)

    def _wake(self, _event: Any) -> None:
        self.instrument = self.cache.instrument(self.iid)
        price = price_of(self.cache, self.iid)
        if price is not None:
            self.price = price
        self.done = self.instrument is not None and price is not None and self.act()
        if not self.done:
            self._again()

    def act(self) -> bool:
        raise NotImplementedError

    def on_order_denied(self, event: Any) -> None:
        self.reasons[event.client_order_id] = event.reason

    def on_stop(self) -> None:
        self.cancel_all_orders(self.iid)

    def per_unit(self, price: Decimal) -> Decimal:
        """The notional of one unit at `price`, as the risk engine values it, quote currency."""
        multiplier: Decimal = self.instrument.multiplier.as_decimal()
        return multiplier if self.instrument.is_inverse else price * multiplier

    def floor(self, quantity: Decimal) -> Decimal:
        step: Decimal = self.instrument.size_increment.as_decimal()
        return (quantity / step).to_integral_value(ROUND_FLOOR) * step

    def smallest(self, price: Decimal) -> Decimal:
        """The smallest quantity that the instrument allows at `price`, twice over, so that no minimum denies it."""
        step: Decimal = self.instrument.size_increment.as_decimal()
        least = [step]
        if self.instrument.min_quantity is not None:
            least.append(self.instrument.min_quantity.as_decimal())
        if self.instrument.min_notional is not None:
            least.append(self.instrument.min_notional.as_decimal() / self.per_unit(price))
        return (2 * max(least) / step).to_integral_value(ROUND_CEILING) * step

    def passive(self) -> Decimal:
        """A buying price at which nothing fills, on a tick."""
        price: Decimal = self.instrument.make_price(self.price / 2).as_decimal()
        return price

    def buy(self, quantity: Decimal, price: Decimal | None) -> Any:
        """Submits a buy, at the market without a price; returns its id."""
        qty = self.instrument.make_qty(quantity)
        if price is None:
            order = self.order_factory.market(self.iid, OrderSide.BUY, qty)
        else:
            order = self.order_factory.limit(self.iid, OrderSide.BUY, qty, self.instrument.make_price(price))
        self.submit_order(order)
        return order.client_order_id


class NotionalProber(_Prober):
    """One order of at most the limit, one a smallest step above it; both again at the market where there is a quote."""

    def __init__(self, instrument: str, step_ns: int, limit: Decimal) -> None:
        super().__init__(instrument, step_ns)
        self.limit = limit
        self.inside: list[Any] = []
        self.outside: list[Any] = []

    def act(self) -> bool:
        quote = self.cache.quote_tick(self.iid)
        prices: list[tuple[Decimal, Decimal | None]] = [(self.passive(), self.passive())]
        if quote is not None:
            prices.append((quote.ask_price.as_decimal(), None))
        for value, price in prices:
            most = self.floor(self.limit / self.per_unit(value))
            self.inside.append(self.buy(most, price))
            self.outside.append(self.buy(most + self.instrument.size_increment.as_decimal(), price))
        return True

    def outcome(self) -> dict[str, Any]:
        return _outcome(self, self.inside, self.outside)


class SubmitProber(_Prober):
    """`count` small orders in one instant, and one more."""

    def __init__(self, instrument: str, step_ns: int, count: int) -> None:
        super().__init__(instrument, step_ns)
        self.count = count
        self.sent: list[Any] = []

    def act(self) -> bool:
        price = self.passive()
        self.sent = [self.buy(self.smallest(price), price) for _ in range(self.count + 1)]
        return True

    def outcome(self) -> dict[str, Any]:
        return _outcome(self, self.sent[: self.count], self.sent[self.count :])


class ModifyProber(_Prober):
    """One resting order, changed `count` times in one instant, and once more."""

    def __init__(self, instrument: str, step_ns: int, count: int) -> None:
        super().__init__(instrument, step_ns)
        self.count = count
        self.resting: Any = None
        self.changed = False
        self.rejections: list[str] = []

    def act(self) -> bool:
        price = self.passive()
        if self.resting is None:
            self.resting = self.buy(self.smallest(price), price)
            return False
        order = self.cache.order(self.resting)
        if order is None or not order.is_open:
            return bool(order is not None and order.is_closed)  # denied or rejected: there is nothing to change
        tick = self.instrument.price_increment.as_decimal()
        self.changed = True
        for number in range(self.count + 1):
            self.modify_order(order, price=self.instrument.make_price(order.price.as_decimal() - tick * (number + 1)))
        return True

    def on_order_modify_rejected(self, event: Any) -> None:
        self.rejections.append(event.reason)

    def outcome(self) -> dict[str, Any]:
        sent = 1 if self.changed else 0
        return {
            "sent": sent,
            "inside": self.rejections[1:],
            "outside": self.rejections[:1] or ([""] if sent else [self.reasons.get(self.resting, "")]),
        }


class Holder(_Prober):
    """Fills the position up to the limit before the subject's strategies trade, and holds it."""

    def __init__(self, instrument: str, step_ns: int, target: Decimal, notional: Decimal | None) -> None:
        super().__init__(instrument, max(step_ns // 10, 1))
        self.target = target
        self.notional = notional

    @property
    def held(self) -> Decimal:
        positions = self.cache.positions(instrument_id=self.iid, strategy_id=self.id)
        return sum((one.signed_decimal_qty() for one in positions), Decimal(0))

    def act(self) -> bool:
        side = 1 if self.target > 0 else -1
        missing = self.floor((self.target - self.held) * side)
        if missing <= 0:
            return True
        if self.notional is not None:
            # Nine tenths: the price may move between this line and the risk engine's look at it.
            missing = min(missing, self.floor(self.notional * Decimal("0.9") / self.per_unit(self.price)))
        if not self.cache.orders_inflight(strategy_id=self.id):
            qty = self.instrument.make_qty(missing)
            self.submit_order(self.order_factory.market(self.iid, OrderSide.BUY if side > 0 else OrderSide.SELL, qty))
        return False

    def on_stop(self) -> None:
        """Keeps the position: it was there before the strategies, and is to be there after them."""


def _outcome(prober: Any, inside: list[Any], outside: list[Any]) -> dict[str, Any]:
    """The reason of denial of each order, empty where it was let through."""
    return {
        "sent": len(outside),
        "inside": [prober.reasons.get(one, "") for one in inside if one in prober.reasons],
        "outside": [prober.reasons.get(one, "") for one in outside],
    }

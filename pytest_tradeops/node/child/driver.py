"""A strategy of ours that stands beside the team's: it does what it is told, and tells every order event it hears."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.enums import OrderSide, TimeInForce, TriggerType
from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId  # type: ignore[import-not-found]
from nautilus_trader.trading.strategy import Strategy  # type: ignore[import-not-found]


class Driver(Strategy):  # type: ignore[misc]
    """Submits, changes and cancels single orders.

    Args:
        claims: Instruments whose orders and positions of an earlier node it takes over.
        strategies: Gives all strategies of the node.
    """

    def __init__(self, claims: list[str], strategies: Callable[[], list[Any]]) -> None:
        super().__init__(
            StrategyConfig(
                strategy_id="TradeopsDriver",
                order_id_tag="900",
                external_order_claims=[InstrumentId.from_str(one) for one in claims] or None,
            )
        )
        self._strategies = strategies
        self.quotes: dict[str, int] = {}
        self._raise_on = ""

    def submit(self, given: dict[str, Any]) -> str:
        """Submits one order; its client order id.

        Args:
            given: `instrument`, `side`, `type` (`market`, `limit`, `stop_market`, `stop_limit`), `quantity`, and as the
                type needs them `price`, `trigger_price`, `time_in_force`, `post_only`, `reduce_only`. With `strategy`,
                the id of a strategy of the team's, the order is that strategy's own.
        """
        owner = self._owner(given.get("strategy") or self.id.value)
        made = self._made(given, owner)
        owner.submit_order(made)
        return str(made.client_order_id.value)

    def submit_all(self, given: list[dict[str, Any]]) -> list[str]:
        """Submits several orders before anything can be heard of the first; their client order ids."""
        return [self.submit(one) for one in given]

    def submit_list(self, given: list[dict[str, Any]]) -> list[str]:
        """Submits several orders of one instrument as one list of this strategy's; their client order ids."""
        made = [self._made(one, self) for one in given]
        self.submit_order_list(self.order_factory.create_list(made))
        return [str(one.client_order_id.value) for one in made]

    def cancel(self, order: str) -> None:
        """Asks for the cancellation of an order, whosever it is."""
        self.cancel_order(self._order(order))

    def cancel_all(self, instrument: str) -> None:
        """Asks for the cancellation of all orders of this strategy."""
        self.cancel_all_orders(InstrumentId.from_str(instrument))

    def close_all(self, instrument: str) -> None:
        """Closes this strategy's positions at the market."""
        self.close_all_positions(InstrumentId.from_str(instrument))

    def modify(self, order: str, quantity: str | None, price: str | None, trigger_price: str | None) -> None:
        """Asks for a change of an order."""
        found = self._order(order)
        instrument = self._instrument(found.instrument_id.value)
        self.modify_order(
            found,
            quantity=None if quantity is None else _quantity(quantity, instrument),
            price=None if price is None else _price(price, instrument),
            trigger_price=None if trigger_price is None else _price(trigger_price, instrument),
        )

    def query(self, order: str) -> None:
        """Asks the venue how an order stands."""
        self.query_order(self._order(order))

    def watch(self, instrument: str) -> None:
        """Counts the instrument's quotes from now on."""
        self._instrument(instrument)
        if instrument not in self.quotes:
            self.quotes[instrument] = 0
            self.subscribe_quote_ticks(InstrumentId.from_str(instrument))

    def fail(self, on: str) -> None:
        """Raises in the handler of the next quote, or of the next order event of that name."""
        self._raise_on = on

    def on_start(self) -> None:
        """Does nothing until it is told to, and says so: without these two NautilusTrader warns."""

    def on_stop(self) -> None:
        """Leaves its orders as they are: what becomes of them is for the check to say."""

    def on_quote_tick(self, tick: Any) -> None:
        self.quotes[tick.instrument_id.value] += 1
        if self._raise_on == "quote":
            raise RuntimeError("an exception on request")

    def on_order_event(self, event: Any) -> None:
        if self._raise_on == type(event).__name__:
            raise RuntimeError("an exception on request")

    def _made(self, given: dict[str, Any], owner: Any) -> Any:
        instrument = self._instrument(given["instrument"])
        order: dict[str, Any] = {
            "instrument_id": instrument.id,
            "order_side": OrderSide[given["side"]],
            # As given, not rounded: a check may want to see the venue refuse it.
            "quantity": _quantity(given["quantity"], instrument),
            "reduce_only": bool(given.get("reduce_only")),
        }
        if given.get("time_in_force"):
            order["time_in_force"] = TimeInForce[given["time_in_force"]]
        if given["type"] != "market" and given["type"] != "stop_market":
            order["price"] = _price(given["price"], instrument)
            order["post_only"] = bool(given.get("post_only"))
        if given["type"].startswith("stop"):
            order["trigger_price"] = _price(given["trigger_price"], instrument)
            order["trigger_type"] = TriggerType[given.get("trigger_type") or "LAST_PRICE"]
        return getattr(owner.order_factory, given["type"])(**order)

    def _owner(self, strategy: str) -> Any:
        found = [one for one in self._strategies() if one.id.value == strategy]
        if not found:
            raise LookupError(f"The node has no strategy {strategy}.")
        return found[0]

    def _instrument(self, name: str) -> Any:
        found = self.cache.instrument(InstrumentId.from_str(name))
        if found is None:
            raise LookupError(f"{name} is not among the node's instruments.")
        return found

    def _order(self, client_order_id: str) -> Any:
        found = self.cache.order(ClientOrderId(client_order_id))
        if found is None:
            raise LookupError(f"The node has no order {client_order_id}.")
        return found


def _quantity(text: str, instrument: Any) -> Any:
    return type(instrument.size_increment)(Decimal(text), max(instrument.size_precision, _digits(text)))


def _price(text: str, instrument: Any) -> Any:
    return type(instrument.price_increment)(Decimal(text), max(instrument.price_precision, _digits(text)))


def _digits(text: str) -> int:
    return max(-int(Decimal(text).as_tuple().exponent), 0)


#: What a command of the control pipe calls.
COMMANDS: dict[str, Callable[..., Any]] = {
    "submit": Driver.submit,
    "submit_all": Driver.submit_all,
    "submit_list": Driver.submit_list,
    "cancel": Driver.cancel,
    "cancel_all": Driver.cancel_all,
    "close_all": Driver.close_all,
    "modify": Driver.modify,
    "query": Driver.query,
    "watch": Driver.watch,
    "fail": Driver.fail,
}

"""Market data that no strategy should act on: one change of a quote, a trade or a bar per case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nautilus_trader.model.data import Bar, QuoteTick, TradeTick  # type: ignore[import-not-found]

HOUR_NS = 3_600_000_000_000
_FAR = Decimal(1_000)
_PRICES = ("price", "open", "high", "low", "close", "bid", "ask", "jump", "outlier")
_TIMES = ("ts_event", "ts_init", "time", "timestamp", "stale", "old", "age", "future", "out of order")
_BOOK = ("bid", "ask", "crossed", "spread")


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which data are bad.

    Attributes:
        change: Instrument and datum to the datum as it is fed.
        names: A refusal says one of these, as words.
        same: Whether a strategy that does not look would decide as it does on the sound data.
    """

    name: str
    change: Callable[[Any, Any], Any]
    names: tuple[str, ...]
    same: bool = False


def _quote(instrument: Any, quote: Any, bid: Decimal, ask: Decimal, event: int | None = None) -> Any:
    return QuoteTick(
        quote.instrument_id,
        instrument.make_price(bid),
        instrument.make_price(ask),
        quote.bid_size,
        quote.ask_size,
        quote.ts_event if event is None else event,
        quote.ts_init,
    )


def _scaled_quote(factor: Decimal) -> Callable[[Any, Any], Any]:
    def change(instrument: Any, quote: Any) -> Any:
        bid, ask = quote.bid_price.as_decimal() * factor, quote.ask_price.as_decimal() * factor
        return _quote(instrument, quote, min(bid, ask), max(bid, ask))

    return change


def _crossed(instrument: Any, quote: Any) -> Any:
    """The middle stays, and the bid is a hundredth above the ask."""
    middle = (quote.bid_price.as_decimal() + quote.ask_price.as_decimal()) / 2
    return _quote(instrument, quote, middle * Decimal("1.005"), middle * Decimal("0.995"))


def _quote_at(shift: int) -> Callable[[Any, Any], Any]:
    def change(instrument: Any, quote: Any) -> Any:
        bid, ask = quote.bid_price.as_decimal(), quote.ask_price.as_decimal()
        return _quote(instrument, quote, bid, ask, quote.ts_event + shift)

    return change


def _trade(factor: Decimal = Decimal(1), shift: int = 0) -> Callable[[Any, Any], Any]:
    def change(instrument: Any, trade: Any) -> Any:
        return TradeTick(
            trade.instrument_id,
            instrument.make_price(trade.price.as_decimal() * factor),
            trade.size,
            trade.aggressor_side,
            trade.trade_id,
            trade.ts_event + shift,
            trade.ts_init,
        )

    return change


def _bar(factor: Decimal = Decimal(1), shift: int = 0) -> Callable[[Any, Any], Any]:
    def change(instrument: Any, bar: Any) -> Any:
        prices = [instrument.make_price(one.as_decimal() * factor) for one in (bar.open, bar.high, bar.low, bar.close)]
        if factor < 0:
            prices[1], prices[2] = prices[2], prices[1]  # else NautilusTrader does not let it in
        return Bar(bar.bar_type, *prices, bar.volume, bar.ts_event + shift, bar.ts_init)

    return change


def _prices(scaled: Callable[[Decimal], Callable[[Any, Any], Any]]) -> tuple[Case, ...]:
    factors = {"zero": Decimal(0), "negative": Decimal(-1), "huge": _FAR, "tiny": 1 / _FAR}
    return tuple(Case(f"{name} price", scaled(factor), _PRICES) for name, factor in factors.items())


def _unchanged(_instrument: Any, datum: Any) -> Any:
    return datum


UNCHANGED = Case("unchanged", _unchanged, ())
#: Kind of data to its cases.
CASES: Mapping[type, tuple[Case, ...]] = {
    QuoteTick: (
        Case("crossed book", _crossed, (*_BOOK, "price"), same=True),
        Case("an hour old", _quote_at(-HOUR_NS), _TIMES, same=True),
        Case("an hour ahead", _quote_at(HOUR_NS), _TIMES, same=True),
        *_prices(_scaled_quote),
    ),
    TradeTick: (
        Case("an hour old", _trade(shift=-HOUR_NS), _TIMES, same=True),
        Case("an hour ahead", _trade(shift=HOUR_NS), _TIMES, same=True),
        *_prices(lambda factor: _trade(factor)),
    ),
    Bar: (
        Case("out of order", _bar(shift=-HOUR_NS), _TIMES, same=True),
        Case("an hour ahead", _bar(shift=HOUR_NS), _TIMES, same=True),
        *_prices(lambda factor: _bar(factor)),
    ),
}


def instrument_of(datum: Any) -> Any:
    """The id of the instrument that a quote, a trade or a bar is about."""
    return datum.bar_type.instrument_id if isinstance(datum, Bar) else datum.instrument_id


def refused_by_nautilus(instrument: Any) -> dict[str, str]:
    """What NautilusTrader's own types do not let in, and therefore cannot be fed: value to its words."""
    tried: dict[str, Callable[[], Any]] = {
        "price NaN": lambda: type(instrument.price_increment)(float("nan"), 2),
        "price Infinity": lambda: type(instrument.price_increment)(float("inf"), 2),
        "quantity -1": lambda: type(instrument.size_increment)(-1, 0),
        "quantity NaN": lambda: type(instrument.size_increment)(float("nan"), 0),
    }
    found = {}
    for name, make in tried.items():
        try:
            make()
        except (ValueError, OverflowError) as error:
            found[name] = type(error).__name__
    return found

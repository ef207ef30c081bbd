"""Reads an engine: instruments, accounts, the newest price."""

from decimal import Decimal
from typing import Any


def price_of(cache: Any, instrument_id: Any) -> Decimal | None:
    """The newest price: middle of the quote, else last trade, else newest bar's close; None before the first."""
    quote = cache.quote_tick(instrument_id)
    if quote is not None:
        middle: Decimal = (quote.bid_price.as_decimal() + quote.ask_price.as_decimal()) / 2
        return middle
    trade = cache.trade_tick(instrument_id)
    if trade is not None:
        last: Decimal = trade.price.as_decimal()
        return last
    bars = [bar for kind in cache.bar_types(instrument_id=instrument_id) for bar in cache.bars(kind)[:1]]
    newest = max(bars, key=lambda bar: bar.ts_event, default=None)
    return None if newest is None else Decimal(newest.close.as_decimal())


def instrument_terms(instrument: Any, price: Any) -> dict[str, Any]:
    """What the money of a fill depends on."""
    base = instrument.get_base_currency()
    return {
        "class": instrument.instrument_class.name,
        "base": None if base is None else base.code,
        "quote": instrument.quote_currency.code,
        "settlement": instrument.get_cost_currency().code,
        "multiplier": str(instrument.multiplier.as_decimal()),
        "inverse": bool(instrument.is_inverse),
        "quanto": bool(getattr(instrument, "is_quanto", False)),
        "last_price": None if price is None else str(price.as_decimal()),
    }


def account_terms(account: Any, start: dict[str, str]) -> dict[str, Any]:
    """An account's balances, currency to amount: `start` as it was recorded, `end` as it is now."""
    totals = account.balances_total()
    return {
        "id": account.id.value,
        "type": account.type.name,
        "base_currency": None if account.base_currency is None else account.base_currency.code,
        "precision": {currency.code: currency.precision for currency in totals},
        "start": start,
        "end": {currency.code: str(money.as_decimal()) for currency, money in totals.items()},
    }

"""Bybit's own terms for the markets that every venue of ours has: fees, smallest orders, leverage."""

from dataclasses import replace
from decimal import Decimal

from ..engine.model import Instrument

#: Maker, taker.
LINEAR_FEES = (Decimal("0.0002"), Decimal("0.00055"))
SPOT_FEES = (Decimal("0.001"), Decimal("0.001"))
_OPEN_ORDERS = 500
_MIN_NOTIONAL = Decimal(5)


def instruments() -> list[Instrument]:
    """Spot and linear markets."""
    from ..engine.defaults import linear_instruments, spot_instruments

    spot = [_with(one, SPOT_FEES) for one in spot_instruments()]
    linear = [replace(_with(one, LINEAR_FEES), min_notional=_MIN_NOTIONAL) for one in linear_instruments()]
    return [*spot, *linear]


def _with(one: Instrument, fees: tuple[Decimal, Decimal]) -> Instrument:
    return replace(one, maker_fee=fees[0], taker_fee=fees[1], max_open_orders=_OPEN_ORDERS)

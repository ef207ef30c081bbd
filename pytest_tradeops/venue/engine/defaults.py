"""Terms of the markets that everybody asks for first, near those of the exchanges."""

from decimal import Decimal
from typing import Any

from .model import Instrument, Kind

#: symbol: base, quote, start price, base quantity on the best level
_MARKETS = {
    "BTCUSDT": ("BTC", "USDT", "60000", "0.8"),
    "ETHUSDT": ("ETH", "USDT", "3000", "12"),
    "SOLUSDT": ("SOL", "USDT", "150", "240"),
    "ETHBTC": ("ETH", "BTC", "0.05", "12"),
}

#: symbol: tick, highest price, step, smallest, largest and largest market quantity, smallest and largest notional
_SPOT = {
    "BTCUSDT": ("0.01", "1000000", "0.00001", "0.00001", "9000", "120", "5", "9000000"),
    "ETHUSDT": ("0.01", "1000000", "0.0001", "0.0001", "9000", "2000", "5", "9000000"),
    "SOLUSDT": ("0.01", "10000", "0.001", "0.001", "90000", "20000", "5", "9000000"),
    # A step less than Binance's, so that amounts of BTC have the eight decimals that everybody prints.
    "ETHBTC": ("0.00001", "1000", "0.001", "0.001", "9000", "1000", "0.0001", "9000000"),
}
_LINEAR = {
    "BTCUSDT": ("0.10", "1000000", "0.001", "0.001", "1000", "120", "100", "100000000"),
    "ETHUSDT": ("0.01", "100000", "0.001", "0.001", "10000", "2000", "20", "100000000"),
    "SOLUSDT": ("0.01", "10000", "0.01", "0.01", "1000000", "100000", "5", "100000000"),
}
#: symbol: highest leverage, maintenance margin rate
_MARGIN = {"BTCUSDT": (125, "0.004"), "ETHUSDT": (100, "0.005"), "SOLUSDT": (75, "0.01")}


def spot_instruments() -> list[Instrument]:
    """BTCUSDT, ETHUSDT, SOLUSDT and ETHBTC."""
    return [_instrument(symbol, Kind.SPOT, terms) for symbol, terms in _SPOT.items()]


def linear_instruments() -> list[Instrument]:
    """Perpetuals of BTCUSDT, ETHUSDT and SOLUSDT: settled in USDT, fees 0.02 % and 0.05 %."""
    return [
        _instrument(
            symbol,
            Kind.LINEAR,
            terms,
            maker_fee=Decimal("0.0002"),
            taker_fee=Decimal("0.0005"),
            max_leverage=_MARGIN[symbol][0],
            maintenance=Decimal(_MARGIN[symbol][1]),
            band=Decimal("0.1"),
        )
        for symbol, terms in _LINEAR.items()
    ]


def _instrument(symbol: str, kind: Kind, terms: tuple[str, ...], **more: Any) -> Instrument:
    base, quote, price, depth = _MARKETS[symbol]
    tick, highest, step, least, most, at_once, small, large = (Decimal(text) for text in terms)
    return Instrument(
        symbol=symbol,
        kind=kind,
        base=base,
        quote=quote,
        tick=tick,
        min_price=tick,
        max_price=highest,
        step=step,
        min_quantity=least,
        max_quantity=most,
        max_market_quantity=at_once,
        min_notional=small,
        max_notional=large,
        start_price=Decimal(price),
        depth=Decimal(depth),
        **more,
    )

"""Tickers, books, candles and trades as Bybit prints them."""

from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from ..engine.events import PublicTrade
from ..engine.model import Instrument, Kind
from . import ids, listing
from .text import NANOS_PER_MS, like, ms, plain, price, quantity, rounded, side

if TYPE_CHECKING:
    from ..engine.engine import Engine

FUNDING_RATE = "0.0001"
_HOUR_NS = 3_600_000_000_000
_RATE = Decimal("0.000001")

type Levels = Iterable[tuple[Decimal, Decimal]]


def next_funding_ms(now_ms: int) -> int:
    period = listing.FUNDING_MINUTES * 60_000
    return (now_ms // period + 1) * period


def _change(last: Decimal, before: Decimal) -> str:
    return plain(((last - before) / before).quantize(_RATE, rounding=ROUND_DOWN)) if before else "0"


def open_interest(engine: "Engine", instrument: Instrument) -> Decimal:
    """Of one side: what the accounts hold; the background market is the other side of what they do not."""
    held = [engine.position(account, instrument.key).quantity for account in engine.accounts()]
    long, short = (sum((abs(one) for one in held if (one > 0) is side), Decimal(0)) for side in (True, False))
    return max(long, short)


def ticker(engine: "Engine", instrument: Instrument) -> dict[str, str]:
    """Everything the REST ticker has."""
    day = engine.ticker(instrument.key)
    shared = {
        "symbol": instrument.symbol,
        "bid1Price": price(instrument, day.bid),
        "bid1Size": quantity(instrument, day.bid_quantity),
        "ask1Price": price(instrument, day.ask),
        "ask1Size": quantity(instrument, day.ask_quantity),
        "lastPrice": price(instrument, day.last),
        "prevPrice24h": price(instrument, day.open),
        "price24hPcnt": _change(day.last, day.open),
        "highPrice24h": price(instrument, day.high),
        "lowPrice24h": price(instrument, day.low),
        "turnover24h": rounded(day.quote_volume),
        "volume24h": rounded(day.volume),
    }
    if instrument.kind is Kind.SPOT:
        usd = {"usdIndexPrice": rounded(day.last)} if instrument.quote in ("USDT", "USDC") else {"usdIndexPrice": ""}
        return shared | usd
    return shared | _derivative(engine, instrument, day.last)


def _derivative(engine: "Engine", instrument: Instrument, last: Decimal) -> dict[str, str]:
    mark = engine.mark_price(instrument.key)
    held = open_interest(engine, instrument)
    hour = engine.klines(instrument.key, _HOUR_NS, limit=1)
    now_ms = engine.now_ns // NANOS_PER_MS
    return {
        "indexPrice": price(instrument, mark),
        "markPrice": price(instrument, mark),
        "prevPrice1h": price(instrument, hour[-1].open if hour else last),
        "openInterest": quantity(instrument, 2 * held),
        "openInterestValue": rounded(2 * held * mark, 2),
        "singleOpenInterest": quantity(instrument, held),
        "singleOpenInterestValue": rounded(held * mark, 2),
        "fundingRate": FUNDING_RATE,
        "nextFundingTime": str(next_funding_ms(now_ms)),
        "fundingIntervalHour": str(listing.FUNDING_MINUTES // 60),
        "fundingCap": listing.FUNDING_CAP,
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "basisRateYear": "",
        "basis": "",
        "deliveryFeeRate": "",
        "deliveryTime": "0",
        "preOpenPrice": "",
        "preQty": "",
        "curPreListingPhase": "",
    }


def levels(instrument: Instrument, side_levels: Levels) -> list[list[str]]:
    """Price and size; a size of zero is a level that is gone."""
    return [[price(instrument, level), quantity(instrument, size) if size else "0"] for level, size in side_levels]


def public_trade(instrument: Instrument, trade: PublicTrade) -> dict[str, Any]:
    """One entry of recent-trade."""
    return {
        "execId": ids.trade_id(instrument.key, instrument.kind, trade.trade_id),
        "symbol": instrument.symbol,
        "price": price(instrument, trade.price),
        "size": quantity(instrument, trade.quantity),
        "side": side(trade.side),
        "time": ms(trade.time_ns),
        "isBlockTrade": False,
        "isRPITrade": False,
        "seq": str(trade.trade_id),
    }


def candle(instrument: Instrument, kline: Any, *, volumes: bool = True) -> list[str]:
    """One entry of kline; without volumes of mark-price-kline."""
    shown: Callable[[Decimal], str] = lambda value: like(value, instrument.tick)  # noqa: E731
    prices = [shown(value) for value in (kline.open, kline.high, kline.low, kline.close)]
    totals = [rounded(kline.volume), rounded(kline.quote_volume)] if volumes else []
    return [ms(kline.open_ns), *prices, *totals]

"""What Binance Spot allows: order types, limits, filters of a market, as exchangeInfo tells them."""

from decimal import Decimal
from typing import Any

from ..engine.model import Instrument, OrderType, SelfTrade
from .common.numbers import fixed, plain

ORDER_TYPES = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)
ENGINE_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP_MARKET,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT": OrderType.TAKE_PROFIT_MARKET,
    "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT_LIMIT,
}
SPOT_TYPES = {kind: name for name, kind in ENGINE_TYPES.items() if name != "LIMIT_MAKER"}
CONDITIONAL = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
SIDES = ("BUY", "SELL")
TIMES_IN_FORCE = ("GTC", "IOC", "FOK")
RESPONSES = ("ACK", "RESULT", "FULL")
STP_MODES = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER")
STP_ALLOWED = (SelfTrade.EXPIRE_TAKER.value, SelfTrade.EXPIRE_MAKER.value, SelfTrade.EXPIRE_BOTH.value)
STP_DEFAULT = SelfTrade.EXPIRE_MAKER.value
STATUSES = ("TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY")
PERMISSIONS = ("SPOT", "MARGIN", "LEVERAGED", *(f"TRD_GRP_{number:03d}" for number in range(2, 26)))

ICEBERG_PARTS, MAX_ALGO_ORDERS, MAX_AMENDS, MAX_LISTS = 100, 5, 10, 20
_ASSET_PRECISION = 8

_SECOND_MS, _MINUTE_MS, _HOUR_MS, _DAY_MS = 1_000, 60_000, 3_600_000, 86_400_000
INTERVALS_MS = {
    "1s": _SECOND_MS,
    "1m": _MINUTE_MS,
    "3m": 3 * _MINUTE_MS,
    "5m": 5 * _MINUTE_MS,
    "15m": 15 * _MINUTE_MS,
    "30m": 30 * _MINUTE_MS,
    "1h": _HOUR_MS,
    "2h": 2 * _HOUR_MS,
    "4h": 4 * _HOUR_MS,
    "6h": 6 * _HOUR_MS,
    "8h": 8 * _HOUR_MS,
    "12h": 12 * _HOUR_MS,
    "1d": _DAY_MS,
    "3d": 3 * _DAY_MS,
    "1w": 7 * _DAY_MS,
    "1M": 30 * _DAY_MS,
}


def symbol_info(instrument: Instrument, *, permission_sets: bool) -> dict[str, Any]:
    """One entry of exchangeInfo's `symbols`."""
    return {
        "symbol": instrument.symbol,
        "status": "TRADING",
        "baseAsset": instrument.base,
        "baseAssetPrecision": _ASSET_PRECISION,
        "quoteAsset": instrument.quote,
        "quotePrecision": _ASSET_PRECISION,
        "quoteAssetPrecision": _ASSET_PRECISION,
        "baseCommissionPrecision": _ASSET_PRECISION,
        "quoteCommissionPrecision": _ASSET_PRECISION,
        "orderTypes": list(ORDER_TYPES),
        "icebergAllowed": True,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(instrument),
        "permissions": [],
        "permissionSets": [["SPOT"]] if permission_sets else [],
        "defaultSelfTradePreventionMode": STP_DEFAULT,
        "allowedSelfTradePreventionModes": list(STP_ALLOWED),
    }


def filters(instrument: Instrument) -> list[dict[str, Any]]:
    """The filters of one market, each with all its fields."""
    up, down = plain(1 + instrument.band), plain(max(1 - instrument.band, Decimal(0)))
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": fixed(instrument.min_price),
            "maxPrice": fixed(instrument.max_price),
            "tickSize": fixed(instrument.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": fixed(instrument.min_quantity),
            "maxQty": fixed(instrument.max_quantity),
            "stepSize": fixed(instrument.step),
        },
        {"filterType": "ICEBERG_PARTS", "limit": ICEBERG_PARTS},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": fixed(None),
            "maxQty": fixed(instrument.max_market_quantity),
            "stepSize": fixed(None),
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": up,
            "bidMultiplierDown": down,
            "askMultiplierUp": up,
            "askMultiplierDown": down,
            "avgPriceMins": 0,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": fixed(instrument.min_notional),
            "applyMinToMarket": True,
            "maxNotional": fixed(instrument.max_notional),
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": instrument.max_open_orders},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": MAX_LISTS},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": MAX_ALGO_ORDERS},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": MAX_AMENDS},
    ]

"""What Binance USDT-M futures allows: order types, intervals, filters of a contract, as exchangeInfo tells them."""

from decimal import Decimal
from typing import Any

from ...engine.model import Instrument, OrderType, SelfTrade
from ..common.numbers import decimals, plain
from ..spot_terms import INTERVALS_MS as _SPOT_INTERVALS

REGULAR = ("LIMIT", "MARKET")
#: By the names of the algo service.
CONDITIONAL = {
    "STOP": OrderType.STOP_LIMIT,
    "STOP_MARKET": OrderType.STOP_MARKET,
    "TAKE_PROFIT": OrderType.TAKE_PROFIT_LIMIT,
    "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT_MARKET,
}
CONDITIONAL_NAMES = {kind: name for name, kind in CONDITIONAL.items()}
TRAILING = "TRAILING_STOP_MARKET"
ORDER_TYPES = (*REGULAR, *CONDITIONAL, TRAILING)
TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "GTX", "GTD")
STP_MODES = ("NONE", *(mode.value for mode in SelfTrade if mode is not SelfTrade.NONE))
PRICE_MATCHES = tuple(f"{side}{depth}" for side in ("OPPONENT", "QUEUE") for depth in ("", "_5", "_10", "_20"))
INTERVALS_MS = {name: length for name, length in _SPOT_INTERVALS.items() if name != "1s"}
CONTRACT_TYPES = ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL")
DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)
FUNDING_HOURS = 8
#: More than so many modifications of one order are refused.
MAX_AMENDMENTS = 10_000
MAX_ALGO_ORDERS = 100

_ONBOARD_MS, _DELIVERY_MS = 1_569_398_400_000, 4_133_404_800_000
_DIGITS = 8


def symbol_info(terms: Instrument) -> dict[str, Any]:
    """One entry of exchangeInfo's `symbols`."""
    return {
        "symbol": terms.symbol,
        "pair": terms.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": _DELIVERY_MS,
        "onboardDate": _ONBOARD_MS,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": terms.base,
        "quoteAsset": terms.quote,
        "marginAsset": terms.quote,
        "pricePrecision": decimals(terms.tick),
        "quantityPrecision": decimals(terms.step),
        "baseAssetPrecision": _DIGITS,
        "quotePrecision": _DIGITS,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": f"{terms.band:.2f}",
        "maxMoveOrderLimit": MAX_AMENDMENTS,
        "filters": filters(terms),
        "orderTypes": list(ORDER_TYPES),
        "timeInForce": list(TIMES_IN_FORCE),
        "permissionSets": ["GRID", "COPY"],
    }


def filters(terms: Instrument) -> list[dict[str, Any]]:
    """Each filter with all its fields. Steps have their own digits: clients take the precision from them."""
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": f"{terms.min_price:f}",
            "maxPrice": f"{terms.max_price:f}",
            "tickSize": f"{terms.tick:f}",
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": f"{terms.min_quantity:f}",
            "maxQty": f"{terms.max_quantity:f}",
            "stepSize": f"{terms.step:f}",
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": f"{terms.min_quantity:f}",
            "maxQty": f"{terms.max_market_quantity:f}",
            "stepSize": f"{terms.step:f}",
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": terms.max_open_orders},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": MAX_ALGO_ORDERS},
        {"filterType": "MIN_NOTIONAL", "notional": plain(terms.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": f"{1 + terms.band:.4f}",
            "multiplierDown": f"{1 - terms.band:.4f}",
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE", "notionalCap": None},
    ]


def bracket(terms: Instrument) -> dict[str, Any]:
    """leverageBracket of one symbol; there is one bracket only."""
    return {
        "symbol": terms.symbol,
        "brackets": [
            {
                "bracket": 1,
                "initialLeverage": terms.max_leverage,
                "notionalCap": int(terms.max_notional),
                "notionalFloor": 0,
                "maintMarginRatio": float(terms.maintenance),
                "cum": 0.0,
            }
        ],
    }


def price_limits(terms: Instrument, mark: Decimal) -> tuple[Decimal, Decimal]:
    """Between which prices the PERCENT_PRICE filter lets a limit price be, on the tick."""
    low, high = mark * (1 - terms.band), mark * (1 + terms.band)
    return -(-low // terms.tick) * terms.tick, high // terms.tick * terms.tick

"""Which markets there are, and their terms as instruments-info prints them."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from ..engine.model import Instrument, Kind
from .errors import symbol_invalid
from .text import like, plain

#: Long before any venue's start: when everything was listed.
LAUNCHED_MS = 1_585_526_400_000
FUNDING_MINUTES = 480
FUNDING_CAP = "0.005"

_KINDS = {"linear": Kind.LINEAR, "spot": Kind.SPOT}


def kind_of(category: str) -> Kind | None:
    """None for inverse and option, of which there are no markets."""
    return _KINDS.get(category)


def find(
    instruments: Mapping[str, Instrument], category: str, symbol: str | None, *, trading: bool = False
) -> Instrument:
    """The market of that name.

    Raises:
        Refusal: 10001, or 170121 for spot orders.
    """
    kind = kind_of(category)
    found = instruments.get(f"{symbol}.{kind.value}") if kind and symbol else None
    if found is None:
        raise symbol_invalid(kind, symbol or "", trading=trading)
    return found


def of_category(instruments: Iterable[Instrument], category: str) -> list[Instrument]:
    """By name."""
    return sorted((one for one in instruments if one.kind is kind_of(category)), key=lambda one: one.symbol)


def price_scale(instrument: Instrument) -> int:
    exponent = instrument.tick.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def info(instrument: Instrument, number: int) -> dict[str, Any]:
    """One entry of instruments-info; `number` is its symbolId."""
    shared = {
        "symbol": instrument.symbol,
        "symbolId": number,
        "status": "Trading",
        "baseCoin": instrument.base,
        "quoteCoin": instrument.quote,
        "symbolType": "",
        "riskParameters": {
            "priceLimitRatioX": plain(instrument.band),
            "priceLimitRatioY": plain(instrument.band),
        },
    }
    return shared | (_linear(instrument) if instrument.kind is Kind.LINEAR else _spot(instrument))


def _linear(instrument: Instrument) -> dict[str, Any]:
    step = instrument.step
    return {
        "contractType": "LinearPerpetual",
        "launchTime": str(LAUNCHED_MS),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(price_scale(instrument)),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": f"{instrument.max_leverage}.00",
            # On the exchange 0.01; the engine's leverage is a whole number, so that is what is promised.
            "leverageStep": "1",
        },
        "priceFilter": {
            "minPrice": like(instrument.min_price, instrument.tick),
            "maxPrice": like(instrument.max_price, instrument.tick),
            "tickSize": format(instrument.tick, "f"),
        },
        "lotSizeFilter": {
            "maxOrderQty": like(instrument.max_quantity, step),
            "minOrderQty": like(instrument.min_quantity, step),
            "qtyStep": format(step, "f"),
            "postOnlyMaxOrderQty": like(instrument.max_quantity, step),
            "maxMktOrderQty": like(instrument.max_market_quantity, step),
            "minNotionalValue": plain(instrument.min_notional),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": FUNDING_MINUTES,
        "settleCoin": instrument.quote,
        "copyTrading": "none",
        "upperFundingRate": FUNDING_CAP,
        "lowerFundingRate": f"-{FUNDING_CAP}",
        "isPreListing": False,
        "preListingInfo": None,
        "displayName": "",
        "forbidUplWithdrawal": False,
    }


def _spot(instrument: Instrument) -> dict[str, Any]:
    precision = instrument.tick * instrument.step
    return {
        "innovation": "0",
        "marginTrading": "none",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": format(instrument.step, "f"),
            "quotePrecision": format(precision.normalize(), "f"),
            "minOrderQty": plain(instrument.min_quantity),
            "maxOrderQty": plain(instrument.max_quantity),
            "minOrderAmt": plain(instrument.min_notional),
            "maxOrderAmt": plain(instrument.max_notional),
            "maxLimitOrderQty": plain(instrument.max_quantity),
            "maxMarketOrderQty": plain(instrument.max_market_quantity),
            "postOnlyMaxLimitOrderSize": plain(instrument.max_quantity),
        },
        "priceFilter": {"tickSize": format(instrument.tick, "f")},
    }


def risk_limit(instrument: Instrument, number: int) -> dict[str, Any]:
    """The one tier that every linear market has."""
    leverage = Decimal(instrument.max_leverage)
    return {
        "id": number,
        "symbol": instrument.symbol,
        "riskLimitValue": risk_value(instrument),
        "maintenanceMargin": plain(instrument.maintenance),
        "initialMargin": plain((1 / leverage).quantize(Decimal("0.0001"), rounding=ROUND_DOWN)),
        "isLowestRisk": 1,
        "maxLeverage": f"{instrument.max_leverage}.00",
        "mmDeduction": "",
    }


def risk_value(instrument: Instrument) -> str:
    """The largest position, quote currency."""
    return plain(instrument.max_notional.quantize(Decimal(1), rounding=ROUND_DOWN))

"""New orders: which parameters each type needs, takes and refuses, and the engine's request that they make."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ..engine.model import Instrument, OrderRequest, SelfTrade, Side, TimeInForce
from . import spot_terms as terms
from .common import errors
from .common import params as p
from .common.errors import BinanceError
from .common.numbers import fixed
from .common.params import Param
from .spot_desk import new_id

_AMOUNT = p.amount()


def _empty_id(name: str) -> BinanceError:
    """-1118 for a new order's id, -1119 for one that is looked for."""
    return (
        BinanceError(-1119, "Original client order ID was empty.")
        if "orig" in name.lower()
        else BinanceError(-1118, "New client order ID was empty.")
    )


def id_param(name: str) -> Param:
    return Param(name, p.client_id, empty=_empty_id)


SYMBOL = Param("symbol", p.symbol, required=True)
RESPONSE = Param("newOrderRespType", p.one_of(terms.RESPONSES))
RESTRICTIONS = Param(
    "cancelRestrictions",
    p.one_of(("ONLY_NEW", "ONLY_PARTIALLY_FILLED"), BinanceError(-1145, "Invalid cancelRestrictions")),
)
ORDER = (
    SYMBOL,
    Param("side", p.one_of(terms.SIDES, BinanceError(-1117, "Invalid side.")), required=True),
    Param("type", p.one_of(terms.ORDER_TYPES, BinanceError(-1116, "Invalid orderType.")), required=True),
    Param("timeInForce", p.one_of(terms.TIMES_IN_FORCE, BinanceError(-1115, "Invalid timeInForce."))),
    Param("quantity", _AMOUNT),
    Param("quoteOrderQty", _AMOUNT),
    Param("price", _AMOUNT),
    id_param("newClientOrderId"),
    Param("strategyId", p.long),
    Param("strategyType", p.integer),
    Param("stopPrice", _AMOUNT),
    Param("trailingDelta", p.long),
    Param("icebergQty", _AMOUNT),
    RESPONSE,
    Param("selfTradePreventionMode", p.one_of(terms.STP_MODES)),
    Param("pegPriceType", p.one_of(("PRIMARY_PEG", "MARKET_PEG"), BinanceError(-1210, "Invalid pegPriceType."))),
    Param("pegOffsetValue", p.integer),
    Param("pegOffsetType", p.one_of(("PRICE_LEVEL",), BinanceError(-1211, "Invalid pegOffsetType."))),
)

#: What a type needs, beside `quantity`, and what it may have beside that; the rest of the four is refused.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "LIMIT": ("timeInForce", "quantity", "price"),
    "LIMIT_MAKER": ("quantity", "price"),
    "MARKET": (),
    "STOP_LOSS": ("quantity",),
    "STOP_LOSS_LIMIT": ("timeInForce", "quantity", "price"),
    "TAKE_PROFIT": ("quantity",),
    "TAKE_PROFIT_LIMIT": ("timeInForce", "quantity", "price"),
}
_ICEBERGS = ("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")


def order_request(instrument: Instrument, sent: Mapping[str, Any]) -> OrderRequest:
    """The engine's request.

    Raises:
        BinanceError: a parameter is missing, not required, or not allowed in this combination.
    """
    kind = sent["type"]
    _check_presence(kind, sent)
    _check_values(instrument, kind, sent)
    meta = {"type": kind, "stp": _stp(sent)}
    if sent.get("icebergQty"):
        meta["iceberg"] = fixed(sent["icebergQty"])
    for name, field in (("strategyId", "strategy_id"), ("strategyType", "strategy_type")):
        if name in sent:
            meta[field] = str(sent[name])
    return OrderRequest(
        market=instrument.key,
        side=Side(sent["side"]),
        type=terms.ENGINE_TYPES[kind],
        quantity=sent.get("quantity"),
        quote_quantity=sent.get("quoteOrderQty"),
        price=sent.get("price"),
        trigger_price=sent.get("stopPrice"),
        tif=TimeInForce(sent.get("timeInForce", "GTC")),
        post_only=kind == "LIMIT_MAKER",
        self_trade=SelfTrade(meta["stp"]),
        client_id=sent.get("newClientOrderId") or new_id(),
        meta=meta,
    )


def response_type(sent: Mapping[str, Any]) -> str:
    """ACK, RESULT or FULL."""
    return sent.get("newOrderRespType") or ("FULL" if sent["type"] in ("MARKET", "LIMIT") else "ACK")


def _check_presence(kind: str, sent: Mapping[str, Any]) -> None:
    for name in _NEEDS[kind]:
        if name not in sent:
            raise errors.mandatory(name)
    if kind == "MARKET":
        if "quantity" not in sent and "quoteOrderQty" not in sent:
            raise errors.either("quantity", "quoteOrderQty")
        if "quantity" in sent and "quoteOrderQty" in sent:
            raise errors.not_required("quoteOrderQty")
    elif "quoteOrderQty" in sent:
        raise errors.not_required("quoteOrderQty")
    for name in ("timeInForce", "price"):
        if name in sent and name not in _NEEDS[kind]:
            raise errors.not_required(name)
    if kind in terms.CONDITIONAL:
        if "stopPrice" not in sent and "trailingDelta" not in sent:
            raise errors.either("stopPrice", "trailingDelta")
    elif "stopPrice" in sent:
        raise errors.not_required("stopPrice")
    if "trailingDelta" in sent:
        raise errors.rejected("Trailing stop orders are not supported for this symbol.")
    if "pegPriceType" in sent or "pegOffsetValue" in sent or "pegOffsetType" in sent:
        raise errors.rejected("Pegged orders are not supported for this symbol.")


def _check_values(instrument: Instrument, kind: str, sent: Mapping[str, Any]) -> None:
    for name, what in (("quantity", "quantity"), ("quoteOrderQty", "quote order qty"), ("price", "price")):
        if name in sent and not sent[name]:
            raise BinanceError(-1013, f"Invalid {what}.")
    if "stopPrice" in sent and not sent["stopPrice"]:
        raise BinanceError(-1013, "Invalid stopPrice.")
    if sent.get("strategyType", 1_000_000) < 1_000_000:
        raise BinanceError(-1134, "strategyType was less than 1000000.")
    mode = sent.get("selfTradePreventionMode")
    if mode is not None and mode not in terms.STP_ALLOWED:
        raise BinanceError(-1013, "This symbol does not allow the specified self-trade prevention mode.")
    iceberg: Decimal | None = sent.get("icebergQty")
    if iceberg is None:
        return
    if kind not in _ICEBERGS:
        raise errors.not_required("icebergQty")
    if iceberg:
        _check_iceberg(instrument, iceberg, sent)


def _check_iceberg(instrument: Instrument, iceberg: Decimal, sent: Mapping[str, Any]) -> None:
    if sent.get("timeInForce", "GTC") != "GTC":
        raise BinanceError(-1014, "Unsupported order combination.")
    if iceberg > sent["quantity"]:
        raise BinanceError(-1013, "IcebergQty exceeds QTY.")
    if iceberg < instrument.min_quantity or iceberg > instrument.max_quantity or iceberg % instrument.step:
        raise errors.filter_failure("LOT_SIZE")
    if (sent["quantity"] / iceberg).to_integral_value(ROUND_CEILING) > terms.ICEBERG_PARTS:
        raise errors.filter_failure("ICEBERG_PARTS")


def _stp(sent: Mapping[str, Any]) -> str:
    return str(sent.get("selfTradePreventionMode", terms.STP_DEFAULT))

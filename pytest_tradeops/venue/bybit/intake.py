"""order/create: from Bybit's parameters to the engine's order, with everything that Bybit refuses on sight."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..engine.model import (
    Instrument,
    Kind,
    OrderRequest,
    Reason,
    Rejected,
    SelfTrade,
    Side,
    Status,
    TimeInForce,
    TriggerBy,
)
from . import listing, params
from .conditions import amounts, attached, order_type
from .errors import Refusal, by_kind, params_error, refusal
from .text import price

if TYPE_CHECKING:
    from ..engine.engine import Engine

LINK = re.compile(r"[A-Za-z0-9_-]{1,36}")
#: What conditional orders an account may have, per market.
CONDITIONAL_ORDERS = {Kind.LINEAR: 10, Kind.SPOT: 30}

CREATE = (
    params.CATEGORY,
    params.text("symbol", required=True),
    params.text("side", "Buy", "Sell", required=True),
    params.text("orderType", "Market", "Limit", required=True),
    params.decimal("qty", required=True),
    params.decimal("price"),
    params.text("timeInForce", "GTC", "IOC", "FOK", "PostOnly", "RPI"),
    params.text("marketUnit", "baseCoin", "quoteCoin"),
    params.text("orderFilter", "Order", "StopOrder", "tpslOrder"),
    params.integer("triggerDirection", 0, 2),
    params.decimal("triggerPrice"),
    params.text("triggerBy", *params.TRIGGERS),
    params.integer("positionIdx", 0, 2, default=0),
    params.text("orderLinkId"),
    params.decimal("takeProfit"),
    params.decimal("stopLoss"),
    params.text("tpslMode", "Full", "Partial", default="Full"),
    params.text("tpTriggerBy", *params.TRIGGERS, default="LastPrice"),
    params.text("slTriggerBy", *params.TRIGGERS, default="LastPrice"),
    params.text("tpOrderType", "Market", "Limit"),
    params.text("slOrderType", "Market", "Limit"),
    params.integer("isLeverage", 0, 1, default=0),
    params.flag("reduceOnly"),
    params.flag("closeOnTrigger"),
    params.text("smpType", "None", "CancelMaker", "CancelTaker", "CancelBoth", default="None"),
    params.text("slippageToleranceType", "TickSize", "Percent"),
    params.text("bboSideType", "Queue", "Counterparty"),
)
_SMP = {
    "None": SelfTrade.NONE,
    "CancelMaker": SelfTrade.EXPIRE_MAKER,
    "CancelTaker": SelfTrade.EXPIRE_TAKER,
    "CancelBoth": SelfTrade.EXPIRE_BOTH,
}


def read(engine: "Engine", account: str, given: Mapping[str, Any]) -> OrderRequest:
    """The order that was asked for.

    Raises:
        Refusal: with Bybit's code.
    """
    asked = params.read(given, CREATE)
    instrument = listing.find(engine.instruments, asked["category"], asked["symbol"], trading=True)
    _refuse_unsupported(asked, instrument)
    link = asked["orderLinkId"] or ""
    if link:
        _check_link(engine, account, instrument, link)
    market = asked["orderType"] == "Market"
    if not market and not asked["price"]:
        raise by_kind(
            instrument.kind,
            spot=(170105, "Parameter 'price' was empty."),
            linear=(10001, "params error: Price Invalid"),
        )
    side = Side.BUY if asked["side"] == "Buy" else Side.SELL
    meta = {"link": link, "tif": "IOC" if market else asked["timeInForce"] or "GTC", "smp": asked["smpType"]}
    meta["last"] = price(instrument, engine.last_price(instrument.key))
    type_ = order_type(engine, instrument, asked, side, meta)
    if type_.conditional:
        _check_count(engine, account, instrument)
    if asked["takeProfit"] or asked["stopLoss"]:
        attached(engine, instrument, asked, side, meta)
    amount, quote = amounts(engine, account, instrument, asked, side, meta)
    return OrderRequest(
        market=instrument.key,
        side=side,
        type=type_,
        quantity=amount,
        quote_quantity=quote,
        price=None if market else asked["price"],
        trigger_price=asked["triggerPrice"] if type_.conditional else None,
        trigger_by=TriggerBy.LAST if asked["triggerBy"] in (None, "LastPrice") else TriggerBy.MARK,
        tif=TimeInForce(meta["tif"]) if meta["tif"] in ("IOC", "FOK") else TimeInForce.GTC,
        post_only=meta["tif"] == "PostOnly",
        # Spot orders ignore both, as on the exchange.
        reduce_only=instrument.kind is Kind.LINEAR and (asked["reduceOnly"] or asked["closeOnTrigger"]),
        self_trade=_SMP[asked["smpType"]],
        client_id=link,
        meta=meta,
    )


def _refuse_unsupported(asked: Mapping[str, Any], instrument: Instrument) -> None:
    kind = instrument.kind
    if asked["positionIdx"]:
        raise params_error("position idx not match position mode")
    if asked["timeInForce"] == "RPI":
        said = "RPI orders are restricted to approved market makers only"
        raise by_kind(kind, spot=(170355, said), linear=(110119, f"Order failed. {said}"))
    if asked["isLeverage"] and kind is Kind.SPOT:
        raise Refusal(170344, "Symbol is not supported on Margin Trading")
    if kind is Kind.SPOT and (asked["takeProfit"] or asked["stopLoss"]):
        raise Refusal(170227, "This feature is not supported.")
    if asked["bboSideType"] or asked["slippageToleranceType"]:
        raise params_error("params error: bboSideType and slippageToleranceType are not supported")


def _check_link(engine: "Engine", account: str, instrument: Instrument, link: str) -> None:
    if not LINK.fullmatch(link):
        raise by_kind(
            instrument.kind,
            spot=(170130, "Data sent for paramter 'orderLinkId' is not valid."),
            linear=(10001, "params error: OrderLinkId invalid"),
        )
    if engine.order(account, instrument.key, client_id=link) is not None:
        raise refusal(Rejected(Reason.DUPLICATE_CLIENT_ID), instrument.kind)


def _check_count(engine: "Engine", account: str, instrument: Instrument) -> None:
    waiting = [one for one in engine.open_orders(account, instrument.key) if one.status is Status.PENDING]
    if len(waiting) >= CONDITIONAL_ORDERS[instrument.kind]:
        raise by_kind(
            instrument.kind,
            spot=(170810, "Cannot exceed maximum of 500 conditional, TP/SL and active orders."),
            linear=(110009, "The number of stop orders exceeds the maximum allowable limit"),
        )

"""ORDER_TRADE_UPDATE, TRADE_LITE and ALGO_UPDATE: what user data streams tell of orders."""

from typing import Any

from ...engine.events import Execution, OrderUpdate
from ...engine.model import ZERO, Instrument, Order, Reason, Status
from ..common.numbers import MILLI, fixed
from . import render
from .desk import ALGO_IDS
from .render import LIQUIDATION, price_of, quantity_of

#: `er`: why the exchange ended an order.
_EXPIRY = {
    Reason.SELF_TRADE: "1",
    Reason.IMMEDIATE_OR_CANCEL: "2",
    Reason.FILL_OR_KILL: "3",
    Reason.LIQUIDATION: "4",
    Reason.REDUCE_ONLY: "5",
    Reason.POSITION_CLOSED: "5",
    Reason.POST_ONLY: "7",
    Reason.NO_LIQUIDITY: "10",
}


def execution(event: OrderUpdate) -> str:
    """`x`: a triggered order is new to the matching engine, a liquidation's fill is CALCULATED."""
    if event.fill is not None and event.order.meta.get("cause") == LIQUIDATION:
        return "CALCULATED"
    names = {Execution.TRIGGERED: "NEW", Execution.AMENDED: "AMENDMENT"}
    return names.get(event.execution, event.execution.value)


def order_update(event: OrderUpdate, terms: Instrument, now_ms: int) -> dict[str, Any]:
    """An ORDER_TRADE_UPDATE."""
    order, fill = event.order, event.fill
    body: dict[str, Any] = {
        "s": terms.symbol,
        "c": order.client_id,
        "S": order.side.value,
        "o": render.current_type(order),
        "f": render.tif(order),
        "q": quantity_of(terms, order.quantity),
        "p": price_of(terms, order.price),
        "ap": render.average_of(terms, order),
        "sp": price_of(terms, order.trigger_price),
        "x": execution(event),
        "X": render.status(order),
        "i": order.id,
        "l": quantity_of(terms, fill.quantity if fill else ZERO),
        "z": quantity_of(terms, order.filled),
        "L": price_of(terms, fill.price if fill else None),
    }
    if fill is not None:
        body |= {"N": fill.fee_asset, "n": fixed(fill.fee)}
    resting = order.price is not None and order.status in (Status.NEW, Status.PARTIALLY_FILLED)
    notional = fixed((order.price or ZERO) * order.remaining, 5) if resting else "0"
    buying = order.side.sign > 0
    body |= {
        "T": event.time_ns // MILLI,
        "t": fill.trade_id if fill else 0,
        "b": notional if buying else "0",
        "a": "0" if buying else notional,
        "m": fill.maker if fill else False,
        "R": order.reduce_only,
        "wt": render.working_type(order),
        "ot": render.original_type(order),
        "ps": "BOTH",
        "cp": order.close_position,
        "rp": fixed(fill.realized_pnl) if fill and fill.realized_pnl else "0",
        "pP": order.meta.get("protect") == "true",
        "si": 0,
        "ss": 0,
        "V": order.self_trade.value,
        "pm": order.meta.get("match", "NONE"),
        "gtd": render.good_till(order),
        "er": _EXPIRY.get(order.reason, "0") if order.reason else "0",
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": event.time_ns // MILLI, "o": body}


def trade_lite(event: OrderUpdate, terms: Instrument, now_ms: int) -> dict[str, Any]:
    """A TRADE_LITE: a fill with little about it."""
    order, fill = event.order, event.fill
    return {
        "e": "TRADE_LITE",
        "E": now_ms,
        "T": event.time_ns // MILLI,
        "s": terms.symbol,
        "q": quantity_of(terms, order.quantity),
        "p": price_of(terms, order.price),
        "m": fill.maker if fill else False,
        "c": order.client_id,
        "S": order.side.value,
        "L": price_of(terms, fill.price if fill else None),
        "l": quantity_of(terms, fill.quantity if fill else ZERO),
        "t": fill.trade_id if fill else 0,
        "i": order.id,
    }


def algo_update(order: Order, terms: Instrument, state: str, time_ns: int, now_ms: int) -> dict[str, Any]:
    """An ALGO_UPDATE."""
    placed = state in ("TRIGGERED", "FINISHED")
    body: dict[str, Any] = {
        "caid": order.client_id,
        "aid": ALGO_IDS + order.id,
        "at": "CONDITIONAL",
        "o": render.original_type(order),
        "s": terms.symbol,
        "S": order.side.value,
        "ps": "BOTH",
        "f": render.tif(order),
        "q": quantity_of(terms, order.quantity),
        "X": state,
        "ai": str(order.id) if placed else "",
    }
    if placed:
        body |= {
            "ap": render.average_of(terms, order),
            "aq": quantity_of(terms, order.filled),
            "act": render.current_type(order),
        }
    body |= {
        "tp": price_of(terms, order.trigger_price),
        "p": price_of(terms, order.price),
        "V": order.self_trade.value,
        "wt": render.working_type(order),
        "pm": order.meta.get("match", "NONE"),
        "cp": order.close_position,
        "pP": order.meta.get("protect") == "true",
        "R": order.reduce_only,
        "tt": order.triggered_ns // MILLI,
        "gtd": render.good_till(order),
        "rm": order.reason.value if state == "REJECTED" and order.reason else "",
    }
    return {"e": "ALGO_UPDATE", "T": time_ns // MILLI, "E": now_ms, "o": body}

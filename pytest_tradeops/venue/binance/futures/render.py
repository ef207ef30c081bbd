"""Orders, algo orders and fills as the futures answers show them."""

from decimal import Decimal
from typing import Any

from ...engine.model import ZERO, Fill, Instrument, Order, Reason, Status, TriggerBy
from ..common.numbers import MILLI, decimals, fixed, plain
from .desk import ALGO_IDS, working
from .terms import CONDITIONAL_NAMES

LIQUIDATION = "liquidation"


def price_of(terms: Instrument, value: Decimal | None) -> str:
    """In the digits of the tick; `0` for none is told with them, too."""
    return fixed(value or ZERO, decimals(terms.tick))


def quantity_of(terms: Instrument, value: Decimal) -> str:
    return fixed(value, decimals(terms.step))


def average_of(terms: Instrument, order: Order) -> str:
    """Three digits more than the tick has."""
    return fixed(order.average_price, decimals(terms.tick) + 3)


def original_type(order: Order) -> str:
    """`STOP_MARKET`, also after it triggered."""
    if order.meta.get("cause") == LIQUIDATION:
        return "LIQUIDATION"
    return CONDITIONAL_NAMES.get(order.type, order.type.value)


def current_type(order: Order) -> str:
    """What it is in the matching engine: a triggered order is LIMIT or MARKET."""
    if not order.type.conditional:
        return original_type(order)
    return "LIMIT" if order.type.priced else "MARKET"


def tif(order: Order) -> str:
    """As it was sent; GTX and GTD are GTC to the engine."""
    return order.meta.get("tif") or ("GTX" if order.post_only else order.tif.value)


def status(order: Order) -> str:
    if order.status is Status.EXPIRED and order.reason is Reason.SELF_TRADE:
        return "EXPIRED_IN_MATCH"
    return "NEW" if order.status is Status.PENDING else order.status.value


def working_type(order: Order) -> str:
    return "MARK_PRICE" if order.trigger_by is TriggerBy.MARK else "CONTRACT_PRICE"


def good_till(order: Order) -> int:
    """Milliseconds since the epoch, 0 for no such date."""
    return int(order.meta.get("gtd", "0")) // MILLI


def new_order(order: Order, terms: Instrument) -> dict[str, Any]:
    """The answer to a new order, an amendment, a cancellation."""
    return {
        "orderId": order.id,
        "symbol": terms.symbol,
        "status": status(order),
        "clientOrderId": order.client_id,
        "price": price_of(terms, order.price),
        "avgPrice": average_of(terms, order),
        "origQty": quantity_of(terms, order.quantity),
        "executedQty": quantity_of(terms, order.filled),
        "cumQty": quantity_of(terms, order.filled),
        "cumQuote": fixed(order.cost, decimals(terms.tick) + decimals(terms.step)),
        "timeInForce": tif(order),
        "type": current_type(order),
        "reduceOnly": order.reduce_only,
        "closePosition": order.close_position,
        "side": order.side.value,
        "positionSide": "BOTH",
        "stopPrice": price_of(terms, order.trigger_price),
        "workingType": working_type(order),
        "priceProtect": order.meta.get("protect") == "true",
        "origType": original_type(order),
        "priceMatch": order.meta.get("match", "NONE"),
        "selfTradePreventionMode": order.self_trade.value,
        "goodTillDate": good_till(order),
        "updateTime": order.updated_ns // MILLI,
    }


def queried(order: Order, terms: Instrument) -> dict[str, Any]:
    """An order as queries show it."""
    answer = new_order(order, terms)
    del answer["cumQty"]
    return {**answer, "time": (order.triggered_ns or order.created_ns) // MILLI}


def amended(order: Order, terms: Instrument) -> dict[str, Any]:
    """The answer to an amendment."""
    return {**new_order(order, terms), "pair": terms.symbol}


def acknowledged(order: Order, terms: Instrument) -> dict[str, Any]:
    """The answer to a new order that is not asked for its result: as it was before it traded."""
    answer = new_order(order, terms)
    zero = quantity_of(terms, ZERO)
    return {
        **answer,
        "status": "NEW",
        "avgPrice": fixed(ZERO, decimals(terms.tick) + 3),
        "executedQty": zero,
        "cumQty": zero,
        "cumQuote": fixed(ZERO, decimals(terms.tick) + decimals(terms.step)),
        "updateTime": order.created_ns // MILLI,
    }


def algo_status(order: Order) -> str:
    """Of a conditional order: what the algo service says of it."""
    if order.status is Status.PENDING:
        return "NEW"
    if order.status is Status.CANCELED and not order.triggered_ns:
        return "CANCELED"
    if working(order):
        return "TRIGGERED" if order.status.open else "FINISHED"
    return "REJECTED" if order.triggered_ns and order.reason is not Reason.POSITION_CLOSED else "EXPIRED"


def actual_id(order: Order) -> str:
    """The id that it has in the matching engine, empty before it has one."""
    return str(order.id) if working(order) else ""


def new_algo(order: Order, terms: Instrument) -> dict[str, Any]:
    """The answer to a new algo order."""
    return {
        "algoId": ALGO_IDS + order.id,
        "clientAlgoId": order.client_id,
        "algoType": "CONDITIONAL",
        "orderType": original_type(order),
        "symbol": terms.symbol,
        "side": order.side.value,
        "positionSide": "BOTH",
        "timeInForce": tif(order),
        "quantity": quantity_of(terms, order.quantity),
        "algoStatus": algo_status(order),
        "triggerPrice": price_of(terms, order.trigger_price),
        "price": price_of(terms, order.price),
        "icebergQuantity": None,
        "selfTradePreventionMode": order.self_trade.value,
        "workingType": working_type(order),
        "priceMatch": order.meta.get("match", "NONE"),
        "closePosition": order.close_position,
        "priceProtect": order.meta.get("protect") == "true",
        "reduceOnly": order.reduce_only,
        "createTime": order.created_ns // MILLI,
        "updateTime": order.updated_ns // MILLI,
        "triggerTime": order.triggered_ns // MILLI,
        "goodTillDate": good_till(order),
    }


def algo(order: Order, terms: Instrument) -> dict[str, Any]:
    """An algo order as queries show it."""
    return {
        **new_algo(order, terms),
        "actualOrderId": actual_id(order),
        "actualPrice": average_of(terms, order),
        "tpTriggerPrice": price_of(terms, None),
        "tpPrice": price_of(terms, None),
        "slTriggerPrice": price_of(terms, None),
        "slPrice": price_of(terms, None),
        "tpOrderType": "",
    }


def user_trade(fill: Fill, terms: Instrument) -> dict[str, Any]:
    """An entry of userTrades."""
    return {
        "symbol": terms.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "side": fill.side.value,
        "price": price_of(terms, fill.price),
        "qty": quantity_of(terms, fill.quantity),
        "realizedPnl": fixed(fill.realized_pnl),
        "quoteQty": plain(fill.cost),
        "commission": fixed(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time_ns // MILLI,
        "positionSide": "BOTH",
        "buyer": fill.side.sign > 0,
        "maker": fill.maker,
    }

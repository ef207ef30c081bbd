"""What a new order asks for: its parameters, which belong together, and the engine's request that they make."""

from decimal import Decimal
from typing import Any

from ...engine.model import Instrument, OrderRequest, OrderType, SelfTrade, Side, TimeInForce, TriggerBy
from ..common import errors
from ..common import params as shared
from ..common.endpoint import Call
from ..common.errors import BinanceError
from ..common.params import Param
from . import params as p
from .desk import Desk, new_id
from .errors import check_price, check_quantity, not_simulated, strategy, use_algo
from .terms import CONDITIONAL, REGULAR, TRAILING

_BOOLEANS = tuple(Param(name, shared.boolean) for name in ("reduceOnly", "closePosition", "priceProtect"))
_COMMON = (
    p.SYMBOL,
    p.SIDE,
    p.POSITION_SIDE,
    p.TYPE,
    p.TIF,
    Param("quantity", p.AMOUNT),
    Param("price", p.AMOUNT),
    *_BOOLEANS,
    p.WORKING,
    p.MATCH,
    p.STP,
    p.RESPONSE,
    Param("goodTillDate", p.date),
    Param("callbackRate", p.AMOUNT),
)
ORDER = (*_COMMON, p.NEW_ID, Param("stopPrice", p.AMOUNT), Param("activationPrice", p.AMOUNT))
ALGO = (
    *_COMMON,
    Param("algoType", p.enum(("CONDITIONAL",), -1130, "Data sent for parameter 'algotype' is not valid."), True),
    Param("clientAlgoId", p.client_id),
    Param("triggerPrice", p.AMOUNT),
    Param("activatePrice", p.AMOUNT),
)
_MINIMUM_LIFE_NS = 600 * 1_000_000_000
_DEPTHS = {"": 1, "5": 5, "10": 10, "20": 20}


def order_request(desk: Desk, terms: Instrument, call: Call) -> OrderRequest:
    """Of a LIMIT or MARKET order. Raises BinanceError."""
    kind = call["type"]
    if kind not in REGULAR:
        raise use_algo()
    _one_way(call)
    _no_close_position(kind, call)
    if kind == "LIMIT":
        if "timeInForce" not in call.params:
            raise errors.mandatory("timeinforce")
    else:
        _not_with(call, "timeInForce", "price")
        if _match(call) != "NONE":
            raise BinanceError(-5038, "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT")
    if "stopPrice" in call.params:
        raise errors.not_required("stopprice")
    quantity = _quantity(terms, call)
    side = Side(call["side"])
    price = _price(desk, terms, call, side) if kind == "LIMIT" else None
    client_id = call.get("newClientOrderId") or new_id()
    return _request(terms, call, OrderType(kind), side, quantity, price, None, client_id)


def algo_request(terms: Instrument, call: Call) -> OrderRequest:
    """Of a conditional order. Raises BinanceError."""
    name = call["type"]
    if name == TRAILING:
        raise not_simulated(TRAILING)
    if name not in CONDITIONAL:
        raise BinanceError(-1116, "Invalid orderType.")
    kind = CONDITIONAL[name]
    _one_way(call)
    if "triggerPrice" not in call.params:
        raise errors.mandatory("triggerprice")
    if _match(call) != "NONE":
        raise not_simulated("priceMatch of a conditional order")
    quantity: Decimal | None = None
    if call.get("closePosition"):
        if kind.priced:
            raise strategy(name)
        if "quantity" in call.params:
            raise BinanceError(-4137, "Quantity must be zero with closePosition equals true")
        if call.get("reduceOnly") is not None:
            raise errors.not_required("reduceonly")
    else:
        quantity = _quantity(terms, call)
    trigger = call["triggerPrice"]
    check_price(terms, trigger, trigger=True)
    price = None
    if kind.priced:
        if "price" not in call.params:
            raise errors.mandatory("price")
        price = call["price"]
        check_price(terms, price)
    side = Side(call["side"])
    client_id = call.get("clientAlgoId") or new_id()
    return _request(terms, call, kind, side, quantity, price, trigger, client_id)


def _request(
    terms: Instrument,
    call: Call,
    kind: OrderType,
    side: Side,
    quantity: Decimal | None,
    price: Decimal | None,
    trigger: Decimal | None,
    client_id: str,
) -> OrderRequest:
    tif = call.get("timeInForce", "GTC")
    meta = {"tif": tif}
    if tif == "RPI":
        raise not_simulated("timeInForce RPI")
    if tif == "GTD":
        meta["gtd"] = str(_good_till(call))
    if call.get("priceProtect"):
        meta["protect"] = "true"
    if _match(call) != "NONE":
        meta["match"] = _match(call)
    return OrderRequest(
        market=terms.key,
        side=side,
        type=kind,
        quantity=quantity,
        price=price,
        trigger_price=trigger,
        trigger_by=TriggerBy.MARK if call.get("workingType") == "MARK_PRICE" else TriggerBy.LAST,
        tif=TimeInForce(tif) if tif in ("IOC", "FOK") else TimeInForce.GTC,
        post_only=tif == "GTX",
        reduce_only=bool(call.get("reduceOnly")),
        close_position=bool(call.get("closePosition")),
        self_trade=SelfTrade(call.get("selfTradePreventionMode", "NONE")),
        client_id=client_id,
        meta=meta,
    )


def _quantity(terms: Instrument, call: Call) -> Decimal:
    if "quantity" not in call.params:
        raise errors.mandatory("quantity")
    quantity: Decimal = call["quantity"]
    check_quantity(terms, quantity)
    return quantity


def _price(desk: Desk, terms: Instrument, call: Call, side: Side) -> Decimal:
    match = _match(call)
    if match == "NONE":
        if "price" not in call.params:
            raise errors.mandatory("price")
        price: Decimal = call["price"]
        check_price(terms, price)
        return price
    _not_with(call, "price")
    which, _, depth = match.partition("_")
    book = desk.read().book(terms.key, _DEPTHS[depth])
    buys = (side is Side.BUY) is (which == "QUEUE")
    levels = book.bids if buys else book.asks
    if len(levels) < _DEPTHS[depth]:
        raise BinanceError(-5041, "No depth matches this BBO order")
    return levels[-1][0]


def _match(call: Call) -> str:
    return str(call.get("priceMatch", "NONE"))


def _one_way(call: Call) -> None:
    if call.get("positionSide", "BOTH") != "BOTH":
        raise BinanceError(-4061, "Order's position side does not match user's setting.")


def _no_close_position(kind: str, call: Call) -> None:
    if call.get("closePosition"):
        raise strategy(kind)


def _not_with(call: Call, *names: str) -> None:
    for name in names:
        if name in call.params:
            raise errors.not_required(name.lower())


def _good_till(call: Call) -> Any:
    until = call.get("goodTillDate")
    if until is None:
        raise errors.mandatory("goodtilldate")
    if until <= call.now_ns + _MINIMUM_LIFE_NS:
        raise p.good_till_date()
    return until

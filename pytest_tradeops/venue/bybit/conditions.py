"""What kind of order it is: its trigger, the direction it waits for, and the unit of its quantity."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from ..engine.model import Instrument, Kind, OrderType, Side
from .errors import Refusal, params_error
from .text import like, plain

if TYPE_CHECKING:
    from ..engine.engine import Engine

#: How far a linear market order may slip from the mark price.
SLIPPAGE = Decimal("0.05")


def order_type(
    engine: "Engine", instrument: Instrument, asked: Mapping[str, Any], side: Side, meta: dict[str, str]
) -> OrderType:
    limit = asked["orderType"] == "Limit"
    trigger = asked["triggerPrice"]
    if instrument.kind is Kind.SPOT:
        if trigger and asked["orderFilter"] == "Order":
            raise Refusal(170130, "Data sent for paramter 'triggerPrice' is not valid.")
        if not trigger and asked["orderFilter"] in ("StopOrder", "tpslOrder"):
            raise Refusal(170202, "Please enter the TP/SL price.")
        if not trigger:
            return OrderType.LIMIT if limit else OrderType.MARKET
    elif not trigger:
        if asked["triggerDirection"]:
            raise params_error("params error: TriggerPrice invalid")
        return OrderType.LIMIT if limit else OrderType.MARKET
    current = engine.last_price(instrument.key)
    if instrument.kind is Kind.LINEAR:
        if asked["triggerBy"] in ("MarkPrice", "IndexPrice"):
            current = engine.mark_price(instrument.key)
        rises = _direction(asked, trigger, current)
    else:
        rises = trigger > current
    # A trigger price alone makes an order conditional, as the documentation says.
    meta["filter"] = (asked["orderFilter"] if instrument.kind is Kind.SPOT else None) or "StopOrder"
    meta["stop"] = "tpslOrder" if meta["filter"] == "tpslOrder" else "Stop"
    meta["trigger_by"] = "" if instrument.kind is Kind.SPOT else asked["triggerBy"] or "LastPrice"
    meta["close"] = "1" if asked["closeOnTrigger"] else "0"
    if rises == (side is Side.BUY):
        return OrderType.STOP_LIMIT if limit else OrderType.STOP_MARKET
    return OrderType.TAKE_PROFIT_LIMIT if limit else OrderType.TAKE_PROFIT_MARKET


def _direction(asked: Mapping[str, Any], trigger: Decimal, current: Decimal) -> bool:
    """Whether the order waits for a rise; Bybit's messages have prices times 10,000."""
    direction = asked["triggerDirection"]
    by = asked["triggerBy"] or "LastPrice"
    scaled = f"trigger_price[{plain(trigger * 10000)}]", f"current[{plain(current * 10000)}]??{by}"
    if direction == 1:
        if trigger <= current:
            raise Refusal(110092, f"expect Rising, but {scaled[0]} <= {scaled[1]}")
        return True
    if direction == 2:
        if trigger >= current:
            raise Refusal(110093, f"expect Falling, but {scaled[0]} >= {scaled[1]}")
        return False
    raise params_error("params error: TriggerDirection invalid")


def check_stop(name: str, value: Decimal, base: Decimal, by: str, *, long: bool) -> None:
    """Raise 10001 for a take profit or stop loss on the wrong side of the price; Bybit's prices are times 10,000."""
    above = long == (name == "TakeProfit")
    if (value <= base) if above else (value >= base):
        side = "Buy" if long else "Sell"
        wanted = f"{'higher' if above else 'lower'} than base_price:{plain(base * 10000)}??{by}"
        raise params_error(f"{name}:{plain(value * 10000)} set for {side} position should be {wanted}")


def attached(
    engine: "Engine", instrument: Instrument, asked: Mapping[str, Any], side: Side, meta: dict[str, str]
) -> None:
    """The stops that the position is to get once a linear order fills, kept with the order."""
    if asked["reduceOnly"]:
        raise params_error("params error: takeProfit and stopLoss cannot be set when reduceOnly is true")
    if asked["triggerPrice"]:
        raise Refusal(110057, "Conditional order or limit order contains TP/SL related params")
    if asked["tpslMode"] == "Partial" or "Limit" in (asked["tpOrderType"], asked["slOrderType"]):
        raise params_error("params error: only tpslMode=Full with market orders is supported")
    for name, given, by in (("TakeProfit", "takeProfit", "tpTriggerBy"), ("StopLoss", "stopLoss", "slTriggerBy")):
        value = asked[given]
        if not value:
            continue
        if value % instrument.tick:
            raise params_error(f"params error: {name} invalid")
        base = asked["price"] if asked["orderType"] == "Limit" else engine.last_price(instrument.key)
        check_stop(name, value, base, asked[by], long=side is Side.BUY)
        meta |= {given: plain(value), by: asked[by]}


def amounts(
    engine: "Engine",
    account: str,
    instrument: Instrument,
    asked: Mapping[str, Any],
    side: Side,
    meta: dict[str, str],
) -> tuple[Decimal | None, Decimal | None]:
    """Base and quote quantity; one of them is None."""
    amount: Decimal = asked["qty"]
    market = asked["orderType"] == "Market"
    if instrument.kind is Kind.SPOT:
        if not market:
            return amount, None
        unit = asked["marketUnit"] or ("quoteCoin" if side is Side.BUY else "baseCoin")
        meta["unit"] = unit
        return (None, amount) if unit == "quoteCoin" else (amount, None)
    if market:
        mark = engine.mark_price(instrument.key)
        cap = mark * (1 + SLIPPAGE * side.sign)
        meta["cap"] = like(
            (cap / instrument.tick).quantize(Decimal(1), rounding=ROUND_DOWN) * instrument.tick, instrument.tick
        )
    if not amount and asked["reduceOnly"] and asked["closeOnTrigger"]:
        held = engine.position(account, instrument.key).quantity
        if not held or (held > 0) == (side is Side.BUY):
            raise Refusal(110017, "current position is zero, cannot fix reduce-only order qty")
        return min(abs(held), instrument.max_market_quantity if market else instrument.max_quantity), None
    return amount, None

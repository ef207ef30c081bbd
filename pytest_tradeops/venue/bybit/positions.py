"""position/...: reading positions, leverage, position mode, and the stops of a position."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..engine.model import Instrument, Kind, Order, OrderRequest, OrderType, Rejected, Side, TriggerBy
from . import listing, params
from .conditions import check_stop
from .desk import ATTACHED, STOPS, Desk
from .errors import Refusal, params_error
from .pages import page, result
from .text import plain

_LIST = (
    params.CATEGORY,
    params.SYMBOL,
    params.text("baseCoin"),
    params.text("settleCoin"),
    params.integer("limit", 1, 200, default=20),
    params.text("cursor"),
)
_LEVERAGE = (
    params.CATEGORY,
    params.text("symbol", required=True),
    params.decimal("buyLeverage", required=True),
    params.decimal("sellLeverage", required=True),
)
_MODE = (params.CATEGORY, params.SYMBOL, params.text("coin"), params.integer("mode", 0, 3, required=True))
_STOP = (
    params.CATEGORY,
    params.text("symbol", required=True),
    params.text("tpslMode", "Full", "Partial", default="Full"),
    params.integer("positionIdx", 0, 2, default=0),
    params.decimal("takeProfit"),
    params.decimal("stopLoss"),
    params.decimal("trailingStop"),
    params.text("tpTriggerBy", *params.TRIGGERS),
    params.text("slTriggerBy", *params.TRIGGERS),
    params.text("tpOrderType", "Market", "Limit"),
    params.text("slOrderType", "Market", "Limit"),
)

NOT_MODIFIED = 34040

type Given = Mapping[str, Any]


class Positions:
    """Of one account at a time; each raises Refusal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.on_attached = self._attach

    def list(self, account: str, given: Given) -> dict[str, Any]:
        """One symbol's position, flat or not; by settle coin those that are not flat."""
        asked = params.read(given, _LIST)
        category = asked["category"]
        if category == "spot":
            raise params_error("Illegal category")
        engine = self._desk.read()
        if asked["symbol"]:
            markets = [self._desk.instrument(category, asked["symbol"]).key]
        elif category == "linear" and not asked["settleCoin"]:
            raise params_error("params error: symbol or settleCoin is required")
        else:
            markets = [
                one.market
                for one in engine.positions(account)
                if category == "linear" and engine.instruments[one.market].quote == asked["settleCoin"]
            ]
        chunk, cursor = page(sorted(markets), asked["limit"], asked["cursor"], str)
        return result(category, [self._desk.position(account, market) for market in chunk], cursor)

    def set_leverage(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _LEVERAGE)
        instrument = self._linear(asked)
        buy, sell = asked["buyLeverage"], asked["sellLeverage"]
        if buy != sell:
            raise params_error("params error: buy leverage must equal sell leverage")
        if buy < 1 or buy != buy.to_integral_value():
            raise params_error("params error: leverage invalid")
        engine = self._desk.read()
        if buy > instrument.max_leverage:
            most = instrument.max_leverage * 100
            raise Refusal(110013, f"cannot set leverage [{plain(buy * 100)}] gt maxLeverage [{most}] by risk limit")
        if engine.leverage(account, instrument.key) == buy:
            raise Refusal(110043, "leverage not modified")
        self._desk.call(instrument, "set_leverage", account, instrument.key, int(buy))
        return {}

    def switch_mode(self, _account: str, given: Given) -> dict[str, Any]:
        """One-way is all there is."""
        asked = params.read(given, _MODE)
        if asked["symbol"]:
            self._linear(asked)
        elif not asked["coin"]:
            raise params_error("params error: symbol or coin is required")
        if asked["mode"] == 0:
            raise Refusal(110025, "Position mode is not modified")
        if asked["mode"] == 3:
            raise Refusal(110029, "Hedge mode is not supported for this symbol.")
        raise params_error("params error: Mode invalid")

    @staticmethod
    def switch_isolated(_account: str, _given: Given) -> dict[str, Any]:
        raise Refusal(100028, "unified account is forbidden")

    def trading_stop(self, account: str, given: Given) -> dict[str, Any]:
        """Take profit and stop loss of the whole position: conditional market orders that close it."""
        asked = params.read(given, _STOP)
        instrument = self._linear(asked)
        if asked["positionIdx"]:
            raise params_error("position idx not match position mode")
        if (
            asked["trailingStop"]
            or asked["tpslMode"] == "Partial"
            or "Limit"
            in (
                asked["tpOrderType"],
                asked["slOrderType"],
            )
        ):
            raise params_error("params error: only tpslMode=Full with market orders is supported")
        engine = self._desk.read()
        held = engine.position(account, instrument.key).quantity
        if not held:
            raise params_error("can not set tp/sl/ts for zero position")
        prices = {"TakeProfit": asked["takeProfit"], "StopLoss": asked["stopLoss"]}
        now = {
            one.meta["stop"]: one
            for one in engine.open_orders(account, instrument.key)
            if one.meta.get("stop") in STOPS
        }
        changes = {
            name: value
            for name, value in prices.items()
            if value is not None and value != (now[name].trigger_price if name in now else Decimal(0))
        }
        if not changes:
            raise Refusal(NOT_MODIFIED, "not modified")
        requests = {
            name: self._stop(
                instrument, held, name, value, asked["tpTriggerBy" if name == "TakeProfit" else "slTriggerBy"]
            )
            for name, value in changes.items()
            if value
        }
        for request in requests.values():
            self._check(account, request)
        for name in changes:
            if name in now:
                self._desk.call(instrument, "cancel", account, instrument.key, order_id=now[name].id)
            if name in requests:
                self._desk.call(instrument, "submit", account, requests[name])
        return {}

    def _attach(self, order: Order) -> None:
        """The stops that came with an order become the position's, if the order has opened it."""
        instrument = self._desk.exchange.engine.instruments[order.market]
        held = self._desk.read().position(order.account, order.market).quantity
        if held * order.side.sign <= 0:
            return
        given = {"category": "linear", "symbol": instrument.symbol} | {
            name: order.meta[name] for name in ATTACHED if name in order.meta
        }
        try:
            self.trading_stop(order.account, given)
        except Refusal as refused:
            if refused.code != NOT_MODIFIED:
                self._desk.exchange.note("stops_refused", order=order.id, code=refused.code, answer=refused.message)

    def _check(self, account: str, request: OrderRequest) -> None:
        try:
            self._desk.exchange.engine.check(account, request)
        except Rejected as rejected:
            raise params_error(f"{request.meta['stop']} price is not allowed: {rejected.reason.value}") from rejected

    def _stop(self, instrument: Instrument, held: Decimal, name: str, value: Decimal, by: str | None) -> OrderRequest:
        engine = self._desk.exchange.engine
        base = engine.last_price(instrument.key) if by in (None, "LastPrice") else engine.mark_price(instrument.key)
        long = held > 0
        check_stop(name, value, base, by or "LastPrice", long=long)
        return OrderRequest(
            market=instrument.key,
            side=Side.SELL if long else Side.BUY,
            type=OrderType.TAKE_PROFIT_MARKET if name == "TakeProfit" else OrderType.STOP_MARKET,
            trigger_price=value,
            trigger_by=TriggerBy.LAST if by in (None, "LastPrice") else TriggerBy.MARK,
            close_position=True,
            meta={
                "stop": name,
                "trigger_by": by or "LastPrice",
                "tif": "IOC",
                "close": "1",
                "create": f"CreateBy{name}",
                "last": plain(engine.last_price(instrument.key)),
            },
        )

    def _linear(self, asked: Given) -> Instrument:
        if listing.kind_of(asked["category"]) is not Kind.LINEAR:
            raise params_error("Illegal category")
        return self._desk.instrument(asked["category"], asked["symbol"])

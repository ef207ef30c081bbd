"""What an account can ask about itself: balances, orders, trades, commissions, counts."""

from collections.abc import Callable
from typing import Any

from ..engine.model import ZERO, Balance
from ..kit.limits import ORDERS
from . import spot_render as render
from .common import errors
from .common.endpoint import Call
from .common.errors import BinanceError
from .common.numbers import fixed, plain
from .spot_desk import Desk
from .spot_terms import filters
from .spot_trade import discount

_DAY_NS = 24 * 3600 * 1_000_000_000
_INTERVALS = {"s": "SECOND", "m": "MINUTE", "d": "DAY"}


class Account:
    """The endpoints that only read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def info(self, call: Call) -> dict[str, Any]:
        engine = self._desk.exchange.read()
        held = engine.balances(call.account)
        assets = sorted({*held, *self._assets()})
        balances = [(asset, held.get(asset, Balance())) for asset in assets]
        if call.get("omitZeroBalances"):
            balances = [(asset, balance) for asset, balance in balances if balance.total]
        any_market = next(iter(self._desk.instruments.values()), None)
        maker = any_market.maker_fee if any_market else ZERO
        taker = any_market.taker_fee if any_market else ZERO
        trading = call.key is not None and "trade" in call.key.permissions
        return {
            "makerCommission": int(maker * 10_000),
            "takerCommission": int(taker * 10_000),
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": {
                "maker": fixed(maker),
                "taker": fixed(taker),
                "buyer": fixed(ZERO),
                "seller": fixed(ZERO),
            },
            "canTrade": trading,
            "canWithdraw": False,
            "canDeposit": False,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": call.time(engine.now_ns),
            "accountType": "SPOT",
            "balances": [
                {"asset": asset, "free": fixed(balance.free), "locked": fixed(balance.locked)}
                for asset, balance in balances
            ],
            "permissions": ["SPOT"],
            "uid": _uid(call.account),
        }

    def order(self, call: Call) -> dict[str, Any]:
        order_id, client_id = call.get("orderId"), call.get("origClientOrderId")
        if order_id is None and client_id is None:
            raise errors.either("origClientOrderId", "orderId")
        market = self._desk.instrument(call["symbol"]).key
        order = self._desk.find(call.account, market, order_id, client_id, missing=errors.no_such_order())
        return render.queried(order, call["symbol"], call.unit)

    def open_orders(self, call: Call) -> list[dict[str, Any]]:
        market = self._desk.instrument(call["symbol"]).key if "symbol" in call.params else None
        orders = self._desk.exchange.read().open_orders(call.account, market)
        symbols = self._desk.symbols
        return [
            render.queried(self._desk.shown(one), symbols[one.market], call.unit)
            for one in orders
            if one.market in symbols
        ]

    def all_orders(self, call: Call) -> list[dict[str, Any]]:
        market = self._desk.instrument(call["symbol"]).key
        if "orderId" in call.params and _timed(call):
            raise errors.bad_combination()
        orders = self._desk.exchange.read().orders(call.account, market)
        first = call.get("orderId")
        if first is not None:
            orders = [one for one in orders if one.id >= first]
        chosen = _window(call, orders, lambda one: one.created_ns, forward=first is not None)
        return [render.queried(self._desk.shown(one), call["symbol"], call.unit) for one in chosen]

    def trades(self, call: Call) -> list[dict[str, Any]]:
        market = self._desk.instrument(call["symbol"]).key
        if _timed(call) and ("fromId" in call.params or "orderId" in call.params):
            raise errors.bad_combination()
        fills = self._desk.exchange.read().fills(call.account, market)
        first, order_id = call.get("fromId"), call.get("orderId")
        if order_id is not None:
            fills = [one for one in fills if one.order_id == order_id]
        if first is not None:
            fills = [one for one in fills if one.trade_id >= first]
        chosen = _window(call, fills, lambda one: one.time_ns, forward=first is not None)
        return [render.trade(one, call["symbol"], call.unit) for one in chosen]

    def order_counts(self, call: Call) -> list[dict[str, Any]]:
        return order_limits(self._desk, call.account, call.now_ns)

    def commission(self, call: Call) -> dict[str, Any]:
        instrument = self._desk.instrument(call["symbol"])
        none = dict.fromkeys(("maker", "taker", "buyer", "seller"), fixed(ZERO))
        standard = {**none, "maker": fixed(instrument.maker_fee), "taker": fixed(instrument.taker_fee)}
        return {
            "symbol": instrument.symbol,
            "standardCommission": standard,
            "specialCommission": none,
            "taxCommission": none,
            "discount": discount(),
        }

    def filters(self, call: Call) -> dict[str, Any]:
        return {
            "exchangeFilters": [],
            "symbolFilters": filters(self._desk.instrument(call["symbol"])),
            "assetFilters": [],
        }

    def amendments(self, call: Call) -> list[dict[str, Any]]:
        market = self._desk.instrument(call["symbol"]).key
        order = self._desk.find(call.account, market, call["orderId"], None, missing=errors.no_such_order())
        first = call.get("fromExecutionId", 0)
        history = [one for one in self._desk.amendments.get(order.id, ()) if one.execution_id >= first]
        return [
            {
                "symbol": call["symbol"],
                "orderId": order.id,
                "executionId": one.execution_id,
                "origClientOrderId": one.former_id,
                "newClientOrderId": one.new_id,
                "origQty": fixed(one.former_quantity),
                "newQty": fixed(one.new_quantity),
                "time": call.time(one.time_ns),
            }
            for one in history[: call.get("limit", 500)]
        ]

    def none(self, call: Call) -> list[Any]:
        """Lists, allocations, prevented matches: there are none."""
        if "symbol" in call.params:
            self._desk.instrument(call["symbol"])
        return []

    def no_list(self, call: Call) -> Any:
        del call
        raise BinanceError(-2018, "Order list does not exist.")

    # -- sapi --------------------------------------------------------------------------------------------------------

    def trade_fee(self, call: Call) -> list[dict[str, Any]]:
        chosen = [self._desk.instrument(call["symbol"])] if "symbol" in call.params else self._desk.instruments.values()
        return [
            {"symbol": one.symbol, "makerCommission": plain(one.maker_fee), "takerCommission": plain(one.taker_fee)}
            for one in chosen
        ]

    def coins(self, call: Call) -> list[dict[str, Any]]:
        held = self._desk.exchange.read().balances(call.account)
        return [_coin(asset, held.get(asset, Balance())) for asset in sorted({*held, *self._assets()})]

    def user_assets(self, call: Call) -> list[dict[str, Any]]:
        """What there is of each asset, without those of which there is nothing."""
        held = sorted(self._desk.exchange.read().balances(call.account).items())
        none = dict.fromkeys(("freeze", "withdrawing", "ipoable", "btcValuation"), "0")
        return [
            {"asset": asset, "free": plain(one.free), "locked": plain(one.locked), **none}
            for asset, one in held
            if one.total and call.get("asset") in (None, asset)
        ]

    def account_status(self, call: Call) -> dict[str, Any]:
        del call
        return {"data": "Normal"}

    def _assets(self) -> set[str]:
        return {asset for one in self._desk.instruments.values() for asset in (one.base, one.quote)}


def order_limits(desk: Desk, account: str, now_ns: int, *, counted: bool = True) -> list[dict[str, Any]]:
    """The limits of the unfilled order count, with the count."""
    usage = desk.exchange.limiter.usage(ORDERS, account, now_ns // 1_000_000)
    limits = []
    for label, limit in usage.limits.items():
        entry = {
            "rateLimitType": "ORDERS",
            "interval": _INTERVALS[label[-1]],
            "intervalNum": int(label[:-1]),
            "limit": limit,
        }
        limits.append({**entry, "count": max(0, usage.used[label])} if counted else entry)
    return limits


def _timed(call: Call) -> bool:
    return "startTime" in call.params or "endTime" in call.params


def _window[T](call: Call, items: list[T], when: Callable[[T], int], *, forward: bool) -> list[T]:
    """Oldest first: from `startTime` on, or the latest up to `endTime`, at most `limit`."""
    start, end, limit = call.get("startTime"), call.get("endTime"), call.get("limit", 500)
    if start is not None and end is not None:
        if end < start:
            raise errors.invalid("startTime")
        if end - start > _DAY_NS:
            raise BinanceError(-1127, "More than 24 hours between startTime and endTime.")
    if start is not None:
        end = min(end, start + _DAY_NS) if end is not None else start + _DAY_NS
        items = [one for one in items if when(one) >= start]
    if end is not None:
        items = [one for one in items if when(one) <= end]
    return items[:limit] if forward or start is not None else items[-limit:]


def _uid(account: str) -> int:
    number = int.from_bytes(account.encode("utf-8", "replace")[:8])
    return 100_000_000 + number % 800_000_000


def _coin(asset: str, balance: Balance) -> dict[str, Any]:
    return {
        "coin": asset,
        "depositAllEnable": False,
        "free": plain(balance.free),
        "freeze": "0",
        "ipoable": "0",
        "ipoing": "0",
        "isLegalMoney": False,
        "locked": plain(balance.locked),
        "name": asset,
        "networkList": [],
        "storage": "0",
        "trading": True,
        "withdrawAllEnable": False,
        "withdrawing": "0",
    }

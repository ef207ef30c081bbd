"""The order rate limits, and how answers tell what is used of the limits."""

from collections.abc import Callable
from typing import Any

from ...kit.exchange import Exchange
from ...kit.limits import ORDERS, REQUEST_WEIGHT, Limited
from ..common import errors
from ..common.endpoint import Call, Handler
from ..common.errors import BinanceError

_WORDS = {"10s": "10 SECOND", "1m": "1 MINUTE"}
_INTERVALS = {"10s": ("SECOND", 10), "1m": ("MINUTE", 1)}


def counted(exchange: Exchange, handler: Handler, orders: int = 1) -> Callable[[Call], Any]:
    """The handler, after so many orders were counted for the account; refused ones count, too."""

    def handle(call: Call) -> Any:
        spend(exchange, call, orders)
        return handler(call)

    return handle


def spend(exchange: Exchange, call: Call, orders: int) -> None:
    """Raises BinanceError -1015 with HTTP 429."""
    try:
        exchange.limiter.spend(ORDERS, call.account, orders, call.now_ns // 1_000_000)
    except Limited as error:
        raise _too_many(error, orders) from None


def _too_many(error: Limited, orders: int) -> BinanceError:
    used, limits = error.usage.used, error.usage.limits
    label = next((one for one in limits if used[one] + orders > limits[one]), next(iter(limits)))
    return errors.too_many_orders(limits[label], _WORDS.get(label, label), error.retry_after_s)


def order_headers(exchange: Exchange, account: str) -> dict[str, str]:
    usage = exchange.limiter.usage(ORDERS, account, exchange.clock.now_ms())
    return {f"X-MBX-ORDER-COUNT-{label.upper()}": str(count) for label, count in usage.used.items()}


def limit_rows(exchange: Exchange, *, address: str, account: str, orders: bool) -> list[dict[str, Any]]:
    """`rateLimits` of an answer of the WebSocket API."""
    now_ms = exchange.clock.now_ms()
    rows = []
    for bucket, key, name in ((ORDERS, account, "ORDERS"), (REQUEST_WEIGHT, address, "REQUEST_WEIGHT")):
        if bucket == ORDERS and not orders:
            continue
        usage = exchange.limiter.usage(bucket, key, now_ms)
        rows += [
            {
                "rateLimitType": name,
                "interval": _INTERVALS[label][0],
                "intervalNum": _INTERVALS[label][1],
                "limit": usage.limits[label],
                "count": count,
            }
            for label, count in usage.used.items()
            if label in _INTERVALS
        ]
    return rows

"""How often one UID may call what, per second: the table of the documentation, as rules of the kit's limiter."""

from ..kit.limits import Limited, RateLimiter, Rule, Usage
from .nothing import RATE, READS

#: Per address: 600 requests in 5 seconds, then 403.
ADDRESS = "bybit:address"
_SECOND_MS = 1_000

_TRADE = {"linear": 10, "spot": 20}
_BY_CATEGORY = {
    "/v5/order/create": _TRADE,
    "/v5/order/amend": {"linear": 10, "spot": 10},
    "/v5/order/cancel": _TRADE,
    "/v5/order/cancel-all": _TRADE,
    "/v5/order/create-batch": _TRADE,
    "/v5/order/amend-batch": _TRADE,
    "/v5/order/cancel-batch": _TRADE,
}
_PER_SECOND = {
    "/v5/order/realtime": 50,
    "/v5/order/history": 50,
    "/v5/order/spot-borrow-check": 50,
    "/v5/execution/list": 50,
    "/v5/position/list": 50,
    "/v5/position/closed-pnl": 50,
    "/v5/position/set-leverage": 10,
    "/v5/position/switch-mode": 10,
    "/v5/position/switch-isolated": 10,
    "/v5/position/trading-stop": 10,
    "/v5/account/wallet-balance": 50,
    "/v5/account/info": 50,
    "/v5/account/fee-rate": 5,
    "/v5/account/transaction-log": 25,
    "/v5/account/set-margin-mode": 5,
    "/v5/user/query-api": 10,
    "/v5/account/instruments-info": 50,
    **{f"/v5/{path}": RATE for path in READS},
    "/v5/asset/coin/query-info": 5,
    "/v5/asset/transfer/query-account-coins-balance": 5,
    "/v5/asset/transfer/query-account-coin-balance": 450,
}


def bucket(path: str, category: object) -> str:
    """Which bucket a request to this path spends from; raises KeyError for a path that has none."""
    if path in _BY_CATEGORY:
        return f"bybit:{path}:{category if category in ('linear', 'spot') else 'linear'}"
    return f"bybit:{path}:{_PER_SECOND[path]}"


def define(limiter: RateLimiter) -> None:
    """Adds Bybit's rules to the limiter of the exchange."""
    rules = [Rule(ADDRESS, 600, 5 * _SECOND_MS, "5s")]
    rules += [Rule(f"bybit:{path}:{limit}", limit, _SECOND_MS, "1s") for path, limit in _PER_SECOND.items()]
    rules += [
        Rule(f"bybit:{path}:{category}", limit, _SECOND_MS, "1s")
        for path, limits in _BY_CATEGORY.items()
        for category, limit in limits.items()
    ]
    limiter.define(*rules)


def headers(usage: Usage, now_ms: int, *, limited: bool = False) -> dict[str, str]:
    """The X-Bapi-Limit headers: the limit, what is left of it, and when it is whole again (now, unless used up)."""
    limit, used = usage.limits["1s"], usage.used["1s"]
    return {
        "X-Bapi-Limit": str(limit),
        "X-Bapi-Limit-Status": str(max(0, limit - used)),
        "X-Bapi-Limit-Reset-Timestamp": str(usage.reset_ms if limited else now_ms),
    }


__all__ = ["ADDRESS", "Limited", "bucket", "define", "headers"]

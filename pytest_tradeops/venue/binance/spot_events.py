"""What happens to an account, as the user data stream tells it."""

from typing import Any

from ..engine.events import Execution, OrderUpdate, WalletUpdate
from ..engine.model import Balance, Reason, Status
from .common.numbers import fixed
from .spot_render import NO_LIST, client_id, expiry_reason, order_type, status, stp_mode

_EXECUTION = {Execution.TRIGGERED: "NEW", Execution.AMENDED: "REPLACED"}


def execution_report(
    event: OrderUpdate, symbol: str, execution_id: int, *, now_ns: int, unit: int, current: str = "", former: str = ""
) -> dict[str, Any]:
    """An `executionReport`.

    Args:
        current: Client id to show: of a cancellation its own, of an amended order its new one.
        former: The order's id from before the cancellation or amendment.
    """
    order, fill = event.order, event.fill
    prevented = order.reason is Reason.SELF_TRADE and event.execution is Execution.EXPIRED
    report: dict[str, Any] = {
        "e": "executionReport",
        "E": now_ns // unit,
        "s": symbol,
        "c": current or client_id(order),
        "S": order.side.value,
        "o": order_type(order),
        "f": order.tif.value,
        "q": fixed(order.quantity),
        "p": fixed(order.price),
        "P": fixed(order.trigger_price),
        "F": order.meta.get("iceberg", fixed(None)),
        "g": NO_LIST,
        "C": former,
        "x": "TRADE_PREVENTION" if prevented else _EXECUTION.get(event.execution, event.execution.value),
        "X": status(order),
        "r": "NONE",
        "i": order.id,
        "l": fixed(fill.quantity if fill else None),
        "z": fixed(order.filled),
        "L": fixed(fill.price if fill else None),
        "n": fixed(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else None,
        "T": event.time_ns // unit,
        "t": fill.trade_id if fill else -1,
        "I": execution_id,
        "w": order.status in (Status.NEW, Status.PARTIALLY_FILLED),
        "m": fill.maker if fill else False,
        "M": fill is not None,
        "O": order.created_ns // unit,
        "Z": fixed(order.cost),
        "Y": fixed(fill.cost if fill else None),
        "Q": fixed(order.quote_quantity),
    }
    working_ns = order.working_ns or (event.time_ns if order.status is not Status.PENDING else 0)
    if working_ns:
        report["W"] = working_ns // unit
    report["V"] = stp_mode(order)
    _add_conditional(report, event, prevented)
    return report


def account_position(event: WalletUpdate, *, now_ns: int, unit: int) -> dict[str, Any]:
    """An `outboundAccountPosition`: the assets that changed, as they are now."""
    return {
        "e": "outboundAccountPosition",
        "E": now_ns // unit,
        "u": event.time_ns // unit,
        "B": [
            {"a": asset, "f": fixed(balance.free), "l": fixed(balance.locked)}
            for asset, balance in event.balances.items()
        ],
    }


def balance_update(asset: str, before: Balance, after: Balance, time_ns: int, *, now_ns: int, unit: int) -> Any:
    """A `balanceUpdate`: a deposit or a withdrawal."""
    return {
        "e": "balanceUpdate",
        "E": now_ns // unit,
        "a": asset,
        "d": fixed(after.total - before.total),
        "T": time_ns // unit,
    }


def _add_conditional(report: dict[str, Any], event: OrderUpdate, prevented: bool) -> None:
    order = event.order
    for name, field in (("j", "strategy_id"), ("J", "strategy_type")):
        if field in order.meta:
            report[name] = int(order.meta[field])
    if prevented:
        report |= {
            "v": order.id,
            "A": fixed(order.remaining),
            "B": fixed(order.remaining),
            "u": order.id,
            "pl": fixed(order.remaining),
            "pL": fixed(order.price),
            "pY": fixed(order.remaining * order.price if order.price else None),
        }
    reason = expiry_reason(order)
    if reason is not None and event.execution is Execution.EXPIRED:
        report["eR"] = reason

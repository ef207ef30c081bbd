"""What a node believes: its cache as JSON values, and order events as it hears them."""

from typing import Any

from nautilus_trader.model.identifiers import InstrumentId  # type: ignore[import-not-found]

_EVENT = ("client_order_id", "venue_order_id", "strategy_id", "instrument_id", "account_id", "trade_id", "position_id")


def snapshot(node: Any) -> dict[str, Any]:
    """Orders, positions, balances and what is in flight, all strategies together."""
    cache = node.cache
    return {
        "orders": [_order(one) for one in sorted(cache.orders(), key=lambda order: order.ts_init)],
        "positions": [_position(one) for one in cache.positions()],
        "balances": {account.id.value: _balances(account) for account in cache.accounts()},
        "inflight": len(cache.orders_inflight()),
        "strategies": [one.id.value for one in node.trader.strategies()],
        "instruments": sorted(one.id.value for one in cache.instruments()),
        "now": node.kernel.clock.timestamp_ns(),
    }


def quote(node: Any, instrument: str) -> dict[str, Any] | None:
    """The newest quote of an instrument; None before the first."""
    found = node.cache.quote_tick(InstrumentId.from_str(instrument))
    if found is None:
        return None
    return {
        "bid": str(found.bid_price),
        "ask": str(found.ask_price),
        "bid_size": str(found.bid_size),
        "ask_size": str(found.ask_size),
        "ts_event": found.ts_event,
        "ts_init": found.ts_init,
    }


def event(given: Any) -> dict[str, Any]:
    """An order event, its times in nanoseconds of the node's clock."""
    row: dict[str, Any] = {"event": type(given).__name__, "ts_event": given.ts_event, "ts_init": given.ts_init}
    row["reconciliation"] = bool(getattr(given, "reconciliation", False))
    for name in _EVENT:
        value = getattr(given, name, None)
        row[name] = None if value is None else value.value
    if getattr(given, "reason", None):
        row["reason"] = str(given.reason)
    if row["event"] == "OrderInitialized":
        row |= {"side": given.side.name, "quantity": str(given.quantity)}
    if row["event"] == "OrderRejected":
        row["due_post_only"] = bool(given.due_post_only)
    if row["event"] == "OrderFilled":
        row |= _fill(given)
    return row


def _fill(given: Any) -> dict[str, Any]:
    return {
        "side": given.order_side.name,
        "quantity": str(given.last_qty),
        "price": str(given.last_px),
        "commission": str(given.commission.as_decimal()) if given.commission is not None else "0",
        "currency": given.commission.currency.code if given.commission is not None else "",
        "maker": given.liquidity_side.name == "MAKER",
    }


def _order(order: Any) -> dict[str, Any]:
    fills = [one for one in order.events if type(one).__name__ == "OrderFilled"]
    reasons = [f"{type(one).__name__}: {one.reason}" for one in order.events if getattr(one, "reason", None)]
    return {
        "client_order_id": order.client_order_id.value,
        "venue_order_id": None if order.venue_order_id is None else order.venue_order_id.value,
        "strategy_id": order.strategy_id.value,
        "instrument_id": order.instrument_id.value,
        "side": order.side.name,
        "type": order.order_type.name,
        "status": order.status.name,
        "open": bool(order.is_open or order.is_inflight),
        "quantity": str(order.quantity),
        "filled": str(order.filled_qty),
        "price": str(order.price) if order.has_price else None,
        "trigger_price": str(order.trigger_price) if order.has_trigger_price else None,
        "reasons": reasons,
        "fills": [event(one) for one in fills],
    }


def _position(position: Any) -> dict[str, Any]:
    realized = position.realized_pnl
    return {
        "instrument_id": position.instrument_id.value,
        "strategy_id": position.strategy_id.value,
        "signed_qty": str(position.signed_decimal_qty()),
        "avg_px_open": str(position.avg_px_open),
        "realized": None if realized is None else str(realized.as_decimal()),
        "currency": position.settlement_currency.code,
    }


def _balances(account: Any) -> dict[str, dict[str, str]]:
    return {
        currency.code: {
            "total": str(balance.total.as_decimal()),
            "free": str(balance.free.as_decimal()),
            "locked": str(balance.locked.as_decimal()),
        }
        for currency, balance in account.balances().items()
    }

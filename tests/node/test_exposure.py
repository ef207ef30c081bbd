"""Exposure from a journal's lines: against a plain recomputation, and on what it must not overlook."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.node.exposure import follow

ACCOUNT, MARKET = "account-1", "BTCUSDT.spot"


def line(number: int, side: str, quantity: str, filled: str, status: str, **more: Any) -> dict[str, Any]:
    """An order's change; `fill` is how much of it was filled by it, `fee` what that cost in `fee_asset`."""
    fill = None
    if "fill" in more:
        fee, asset = more.pop("fee", "0"), more.pop("fee_asset", "USDT")
        fill = {"side": side, "quantity": more.pop("fill"), "fee": fee, "fee_asset": asset}
    order = {
        "id": number,
        "account": ACCOUNT,
        "market": MARKET,
        "side": side,
        "quantity": quantity,
        "filled": filled,
        "status": status,
        "reduce_only": False,
        "close_position": False,
        "client_id": f"O-{number}",
        **more,
    }
    return {"kind": "event", "event": "OrderUpdate", "data": {"order": order, "fill": fill}}


def test_open_orders_count_whole_until_they_end() -> None:
    lines = [
        line(1, "BUY", "1", "0", "NEW"),
        line(1, "BUY", "1", "0.4", "PARTIALLY_FILLED", fill="0.4"),
        line(2, "BUY", "0.5", "0", "NEW"),
        line(1, "BUY", "1", "0.4", "CANCELED"),
        line(2, "BUY", "0.5", "0.5", "FILLED", fill="0.5"),
    ]
    found = follow(lines, ACCOUNT, MARKET, "BTC")
    assert (found.longest, found.held_long, found.position) == (Decimal("1.5"), Decimal("0.9"), Decimal("0.9"))
    assert found.beyond(Decimal("1.5")) is None
    assert found.beyond(Decimal("1.49")) == Decimal("1.5")


def test_a_short_position_is_beyond_a_limit_as_well() -> None:
    lines = [line(1, "SELL", "2", "2", "FILLED", fill="2"), line(2, "SELL", "1", "0", "PENDING")]
    assert follow(lines, ACCOUNT, MARKET, "BTC").beyond(Decimal(2)) == Decimal(-3)


def test_a_fee_in_the_asset_itself_makes_the_position_smaller() -> None:
    lines = [line(1, "BUY", "1", "1", "FILLED", fill="1", fee="0.001", fee_asset="BTC")]
    assert follow(lines, ACCOUNT, MARKET, "BTC").position == Decimal("0.999")


def test_other_accounts_markets_and_lines_do_not_count() -> None:
    lines = [
        line(1, "BUY", "9", "0", "NEW", account="account-2"),
        line(2, "BUY", "9", "0", "NEW", market="ETHUSDT.spot"),
        line(3, "BUY", "9", "0", "NEW", reduce_only=True),
        {"kind": "note", "note": "refused", "facts": {}},
    ]
    found = follow(lines, ACCOUNT, MARKET, "BTC")
    assert (found.longest, found.clients) == (Decimal(0), frozenset({"O-3"}))


STEPS = st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.integers(1, 9), st.integers(0, 9)), max_size=25)


@given(STEPS)
def test_it_is_what_a_plain_recomputation_gives(steps: list[tuple[int, bool, int, int]]) -> None:
    lines: list[dict[str, Any]] = []
    orders: dict[int, tuple[str, int, int]] = {}
    position, most, least = 0, 0, 0
    for number, is_buy, quantity, fill in steps:
        if number not in orders:
            orders[number] = ("BUY" if is_buy else "SELL", quantity, 0)
            lines.append(line(number, orders[number][0], str(quantity), "0", "NEW"))
        else:
            side, whole, filled = orders[number]
            more = min(fill, whole - filled)
            orders[number] = (side, whole, filled + more)
            position += more if side == "BUY" else -more
            status = "FILLED" if filled + more == whole else "PARTIALLY_FILLED"
            lines.append(line(number, side, str(whole), str(filled + more), status, fill=str(more)))
        left = {"BUY": 0, "SELL": 0}
        for side, whole, filled in orders.values():
            left[side] += whole - filled
        most, least = max(most, position + left["BUY"]), min(least, position - left["SELL"])
    found = follow(lines, ACCOUNT, MARKET, "BTC")
    assert (found.position, found.longest, found.shortest, found.moments) == (position, most, least, len(lines))

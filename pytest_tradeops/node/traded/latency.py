"""Rows of latency against the venue's own times: an answer cannot be heard before the venue has given it."""

from collections.abc import Iterator, Mapping, Sequence

from ...model import Finding
from ...venue.client import Fill, Order
from .rows import Row
from .script import Traded

#: Nanoseconds that two readings of one machine's clock may be out of order.
_CLOCK = 1_000_000
#: No order of a script that waits for each takes longer than that.
_LONGEST = 30_000_000_000
OUTSIDE = "latency: outside venue truth"
_REMEDY = "Measure on the bot's own clock, from OrderSubmitted.ts_init to ts_init of the later event."


def compare(
    rows: Sequence[Row], traded: Traded, orders: Sequence[Order], fills: Sequence[Fill]
) -> tuple[int, list[Finding]]:
    """How many latencies were compared, and what cannot be.

    A latency says when it began and when it ended: its row's time is its end. It must begin before the venue has got
    the order, and end after the venue has accepted or filled it.

    Args:
        rows: Of order_latency.
        orders, fills: The venue's, of the account; its clock is this machine's.
    """
    there = {one.client_id: one for one in orders}
    filled = {one.client_id: one for one in reversed(fills)}
    own = [row for row in rows if row["instrument"] == traded.place.instrument]
    findings = [Finding(OUTSIDE, text, remedy=_REMEDY) for row in own for text in _objections(row, there, filled)]
    names = {order: name for name, order in traded.orders.items()}
    for order, leg in sorted(legs(traded) - measured(own)):
        text = f"The order {names[order]!r} of {traded.place.instrument} has no row of the leg {leg!r}."
        findings.append(Finding("latency: row missing", text, remedy=_REMEDY))
    return len(own), findings


def legs(traded: Traded) -> set[tuple[str, str]]:
    """Client order id and leg of every latency that the script's orders must have."""
    found = set()
    for name, order in traded.orders.items():
        found |= {(order, "submit"), (order, "cancel" if name == "rest" else "fill")}
        if _accepted(traded, order):  # some exchanges fill an order at the market without a word of its acceptance
            found.add((order, "accept"))
    return found


def measured(rows: Sequence[Row]) -> set[tuple[str, str]]:
    """Client order id and leg of every row."""
    return {(str(row["client_order_id"]), str(row["leg"])) for row in rows}


def csv(rows: Sequence[Row]) -> str:
    """The rows, one per line; times in milliseconds."""
    lines = [f"{row['instrument']},{row['client_order_id']},{row['leg']},{row['latency_ns'] / 1e6:.3f}" for row in rows]
    return "\n".join(("instrument,client_order_id,leg,latency_ms", *lines)) + "\n"


def skipped(rows: Sequence[Row], events: Sequence[Mapping[str, object]]) -> list[Finding]:
    """What was measured of orders that say nothing of an exchange: those on paper, and those that were made up."""
    never = {str(one["client_order_id"]) for one in events if one["mode"] == "paper"}
    timed = {str(row["client_order_id"]) for row in rows}
    return [
        Finding("latency: paper order measured", f"The paper order {order} has a latency.", remedy=_REMEDY)
        for order in sorted(never & timed)
    ]


def _objections(row: Row, orders: Mapping[str, Order], fills: Mapping[str, Fill]) -> Iterator[str]:
    number, leg, took = str(row["client_order_id"]), str(row["leg"]), int(row["latency_ns"])
    end, order = int(row["at"]), orders.get(number)
    begin = end - took
    what = f"{leg} of {number} took {took / 1e6:.3f} ms"
    if took <= 0:
        yield f"{what}: no time at all has passed."
    elif took > _LONGEST:
        yield f"{what}, longer than the order was looked at."
    elif order is not None and leg in ("submit", "accept", "fill"):
        if begin > order.created_ns + _CLOCK:
            yield f"{what}, and so began {(begin - order.created_ns) / 1e6:.3f} ms after the venue had the order."
        known = order.created_ns if leg == "accept" else fills[number].time_ns if number in fills else 0
        if leg != "submit" and end < known - _CLOCK:
            yield f"{what}, and so ended {(known - end) / 1e6:.3f} ms before the venue had done it."


def _accepted(traded: Traded, order: str) -> bool:
    return any(one["event"] == "OrderAccepted" and one["client_order_id"] == order for one in traded.events)

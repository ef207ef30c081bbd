"""Which bot a check has examined, and on which exchanges: for its evidence, the same on every run."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from ..exceptions import Inconclusive
from .beliefs import NodeState
from .places import Member, Place
from .process import NodeProcess

_NUMBER = re.compile(r"\d[\d_.,]*\d|\d")


def places(node: NodeProcess) -> tuple[Place, ...]:
    """Where the node trades.

    Raises:
        Inconclusive: nowhere, an exchange of its has none of its instruments, or a strategy of its does not run.
    """
    found = node.places()
    wanted = {
        row["face"]: row["client"] for row in node.guard.rendered if row["role"] == "exec_clients" and row["face"]
    }
    if not wanted:
        raise Inconclusive(
            "The node trades on no exchange in the mode `venue`.",
            remedy="Let [tool.tradeops.node] config return execution clients of Binance or Bybit for it.",
        )
    missing = sorted(set(wanted) - {place.face for place in found})
    if missing:
        raise Inconclusive(
            f"The venue has no instrument of the node's client {wanted[missing[0]]}.",
            remedy="It has BTCUSDT, ETHUSDT and SOLUSDT: load one of them in the mode `venue`.",
        )
    stopped = [one.id for one in node.team() if not one.running]
    if stopped:
        raise Inconclusive(
            f"The strategy {stopped[0]} does not keep running on the venue.", remedy="Look into the node's log."
        )
    return found


def traded(member: Member, places: Sequence[Place]) -> list[Place]:
    """The places that a strategy trades, by its configuration; the only one there is where that names none.

    Raises:
        Inconclusive: it cannot be told.
    """
    found = [place for place in places if place.instrument in member.instruments]
    if not found and len(places) == 1:
        found = list(places)  # there is nothing else that it could trade
    if not found:
        raise Inconclusive(
            f"The configuration of {member.id} does not say which of the venue's instruments it trades.",
            remedy="Give its StrategyConfig a field with the InstrumentId, such as instrument_id.",
        )
    return found


def facts(node: NodeProcess, config: str) -> dict[str, Any]:
    """The configuration, the strategies and the exchanges, as evidence."""
    return {
        "configuration": config,
        "strategies": {one.id: one.kind for one in node.team()},
        "exchanges": sorted({place.face for place in node.places()}),
        "instruments": [place.instrument for place in node.places()],
        "told_the_mode": node.guard.told,
    }


def words(text: str) -> str:
    """A sentence of an exchange's without the prices in it, which differ between runs."""
    return _NUMBER.sub(lambda match: match[0] if len(match[0]) < 5 else "#", text)


def orders_csv(state: NodeState) -> str:
    """The node's orders, one per row."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        ("strategy", "instrument", "type", "side", "quantity", "price", "status", "filled", "fees", "reasons")
    )
    for one in state.orders:
        fees = " ".join(f"{fill.commission} {fill.currency}" for fill in one.fills)
        terms = (one.strategy, one.instrument, one.type, one.side, one.quantity, one.price or "")
        rows.writerow((*terms, one.status, one.filled, fees, " ".join(one.reasons)))
    return text.getvalue()

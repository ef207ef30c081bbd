"""Rows of errors against what was refused, and against what was raised."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...exceptions import CheckFailed
from ...model import Finding
from .. import order_check
from ..places import Place
from ..process import NodeProcess
from .rows import Row
from .script import Traded

#: Kind to the event that it is made of, and what it is called in a reason.
_EVENTS = {
    "rejected": ("OrderRejected", "rejection"),
    "denied": ("OrderDenied", "denial"),
    "cancel_rejected": ("OrderCancelRejected", "refused cancellation"),
}
#: What the driver's handler says when it raises.
SAID = "an exception on request"
_REMEDY = "Let the collector hear events.order.*, all of them."


def compare(rows: Sequence[Row], traded: Traded) -> tuple[int, list[Finding]]:
    """How many refusals there were, and what is wrong with their rows: one each, with kind and reason.

    Args:
        rows: Of trading_errors.
    """
    findings: list[Finding] = []
    for kind, order in traded.refused.items():
        event, what = _EVENTS[kind]
        said = next(one for one in traded.events if one["event"] == event and one["client_order_id"] == order)
        found = [row for row in rows if row["kind"] == kind and row["client_order_id"] == order]
        if len(found) != 1:
            text = f"The node has {event} ({_words(said)}), and there are {len(found)} rows of the kind {kind!r}."
            reason = f"errors: {what} not recorded" if not found else f"errors: {what} recorded twice"
            findings.append(Finding(reason, text, remedy=_REMEDY))
        elif not found[0]["reason"] or str(found[0]["reason"])[:20] != str(said.get("reason", ""))[:20]:
            text = f"The node was told {_words(said)}, and the row says {str(found[0]['reason'])[:120]!r}."
            findings.append(Finding("errors: reason differs", text, remedy=_REMEDY))
    return len(traded.refused), findings


def raise_in_driver(node: NodeProcess, place: Place, *, seconds: float = order_check.PATIENCE) -> str:
    """Raises in a handler of the driver's, and waits for the end of the node; the id of the strategy.

    Raises:
        CheckFailed: `errors: node does not end`.
    """
    driver = next(one for one in node.state().strategies if one.startswith("TradeopsDriver"))
    node.watch(place.instrument)
    node.fail("quote")
    if node.wait(seconds).kind in ("killed", "lost"):
        message = f"{seconds:g} s after an exception the node still ran, and was killed."
        raise CheckFailed([Finding("errors: node does not end", message, remedy="Look into the node's log.")])
    return driver


def exception(rows: Sequence[Row], strategy: str, said: str) -> list[Finding]:
    """What is wrong with the row of an exception that was raised in a handler of a strategy."""
    found = [row for row in rows if row["kind"] == "exception" and row["strategy"] == strategy]
    remedy = "Let the collector guard the strategies, or wrap them with pytest_tradeops.telemetry.errors.guard."
    if len(found) != 1:
        text = f"A handler of {strategy} raised once, and there are {len(found)} rows of the kind 'exception'."
        return [Finding("errors: exception not recorded", text, remedy=remedy)]
    if said not in str(found[0]["reason"]) or "." not in str(found[0]["component"] or ""):
        text = f"The row of the exception says {found[0]['component']!r}, {str(found[0]['reason'])[:120]!r}."
        return [Finding("errors: reason differs", text, remedy=remedy)]
    return []


def _words(event: Mapping[str, Any]) -> str:
    return repr(str(event.get("reason", ""))[:120])

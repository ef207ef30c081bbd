"""Whether a node's collector sees everything, costs next to nothing, and outlives its database, as the node does."""

import statistics
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from ...exceptions import CheckFailed, TradeopsError
from ...model import Finding
from .. import order_check
from ..ending import End
from ..places import Place
from ..process import NodeProcess
from .rows import Rows, missing
from .script import Traded

#: Nanoseconds of CPU per event at the median that a collector may take on the trading loop.
BUDGET_NS = 3_000
#: What `buy_and_sell` and `through_an_outage` send together.
ORDERS = 4
ENDED = "collector: ended the node"
_REMEDY = (
    "Add pytest_tradeops.telemetry.collector:MetricsCollector to TradingNodeConfig.actors as an ImportableActorConfig; "
    "`tradeops init strategies` writes an example, docs/telemetry.md explains it."
)


class Outage(Protocol):
    """A proxy in front of the database."""

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...


def address(url: str) -> tuple[str, int]:
    """Host and port of a server's URL."""
    parts = urllib.parse.urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 9000


def through(url: str, port: int) -> str:
    """The same URL, leading through a proxy on loopback."""
    parts = urllib.parse.urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return urllib.parse.urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))


def registered(node: NodeProcess) -> list[Finding]:
    """What is wrong with the collectors that the team's own configuration registers."""
    if node.guard.collectors:
        running = [one["class"] for one in node.collectors() if one["running"]]
        if running:
            return []
        return [Finding("collector: not running", f"{node.guard.collectors[0]} is configured and does not run.")]
    message = f"{node.spec.config} registers no collector of metrics, so this bot is blind in production."
    return [Finding("collector: missing", message, node.spec.config, _REMEDY)]


@contextmanager
def surviving(node: NodeProcess, *, seconds: float = order_check.PATIENCE) -> Iterator[None]:
    """The node must run all through the block, whatever else goes wrong in it.

    Raises:
        CheckFailed: `collector: ended the node`; else what the block raises.
    """
    try:
        yield
    except (TradeopsError, CheckFailed):
        end = node.wait(seconds)  # it may be on its way to its end
        if end.kind in ("killed", "lost"):
            raise
        raise _ended(end) from None
    if node.status != "running":
        raise _ended(node.wait(seconds))


def buy_and_sell(node: NodeProcess, place: Place, *, seconds: float = order_check.PATIENCE) -> None:
    """Two orders at the market, filled; raises CheckFailed `orders: ...`."""
    bid, _ = order_check.market(node, place, seconds)
    size = order_check.quantity(place, bid)
    for side, times in (("BUY", 2), ("SELL", 1)):
        order = node.submit(place.instrument, side, str(size * times))
        order_check.expect(node, order, {"FILLED"}, "orders: market order not filled", seconds)


def through_an_outage(node: NodeProcess, place: Place, outage: Outage) -> None:
    """Trades while the database answers nothing, and lets it answer again; raises as `buy_and_sell`."""
    outage.freeze()
    try:
        buy_and_sell(node, place)
    finally:
        outage.thaw()


def complete(rows: Rows, node: NodeProcess, place: Place, doing: str) -> list[Finding]:
    """Which of the node's order events have no row of their own, or more than one."""
    traded = Traded(place, {}, events=node.events)
    found = rows.orders(traded)
    lost = missing(found, traded)
    findings = []
    if lost:
        text = f"{len(lost)} of {len(traded.events)} order events have no row {doing}: {', '.join(lost[:3])}."
        findings.append(Finding("collector: event missing", text, remedy="Let it hear events.order.*, all of them."))
    if len({row["event_id"] for row in found}) < len(found):
        findings.append(Finding("collector: event doubled", f"There are events with more than one row {doing}."))
    return findings


def cost(times: Sequence[int], overhead: Sequence[int]) -> tuple[dict[str, float], list[Finding]]:
    """What the collector took on the loop per event, in seconds, and whether that is too much.

    Args:
        times: Nanoseconds of CPU, one per event, the clock's own cost included.
        overhead: The same of a handler that does nothing.
    """
    if not times:
        return {}, [Finding("collector: not heard", "No handler of the collector's was called.", remedy=_REMEDY)]
    own = statistics.median(overhead) if overhead else 0.0
    middle = max(statistics.median(times) - own, 0.0)
    facts = {"loop_per_event_median": middle / 1e9, "loop_per_event_longest": max(times) / 1e9}
    if middle <= BUDGET_NS:
        return facts, []
    text = (
        f"At the median an event costs the trading loop {middle / 1e3:.1f} us of CPU; {BUDGET_NS / 1e3:g} are allowed."
    )
    remedy = "Let handlers append to a queue and return; make rows in another thread."
    return facts, [Finding("collector: too slow", text, remedy=remedy)]


def _ended(end: End) -> CheckFailed:
    message = f"The node ended while it traded: {end}."
    return CheckFailed([Finding(ENDED, message, remedy="Let no handler of the collector raise, whatever it hears.")])

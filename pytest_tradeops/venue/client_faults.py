"""`venue.faults`: every fault as a method. Each acts at once and returns what was injected.

With `face` and `account` a fault hits that exchange and that account's requests, sockets and events only. What takes
neither a count nor seconds acts until `clear()`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .engine.model import Order

if TYPE_CHECKING:
    from .client import VenueClient

type Injected = list[dict[str, Any]]


class FaultsClient:
    """The faults of a running venue."""

    def __init__(self, venue: "VenueClient") -> None:
        self._venue = venue

    def inject(self, kind: str, **params: Any) -> Injected:
        """Any kind with any of its parameters; those that are None or empty are the kind's own."""
        body = {name: value for name, value in params.items() if value not in (None, "")}
        found: Injected = self._venue.post("/faults", {"kind": kind, **body})["faults"]
        return found

    def active(self, face: str = "") -> Injected:
        """Those that still act."""
        found: Injected = self._venue.get("/faults", face=face)
        return found

    def clear(self, *, face: str = "") -> int:
        """Ends all of them; how many there were."""
        return int(self._venue.delete(f"/faults?face={face}" if face else "/faults")["cleared"])

    def end(self, injected: Mapping[str, Any]) -> None:
        """Ends one that `inject` returned."""
        self._venue.delete(f"/faults/{injected['id']}?face={injected['face']}")

    def latency(self, delay: float, *, match: str = "", seconds: float | None = None, **to: Any) -> Injected:
        """Delays requests by `delay` seconds (match: `POST /api/v3/order*`), and pushes (match: `push`)."""
        return self.inject("latency", delay=delay, match=match, seconds=seconds, **to)

    def drop_sockets(self, face: str = "", *, session: str = "", **to: Any) -> Injected:
        """Cuts WebSockets off; `session` chooses `market`, `user` or `api`. `hits` says how many."""
        return self.inject("drop_sockets", face=face, session=session, **to)

    def refuse_connections(self, seconds: float, **to: Any) -> Injected:
        """Cuts every connection off, and accepts none for a while. With `account`, that account's requests only."""
        return self.inject("refuse_connections", seconds=seconds, **to)

    def stall(self, session: str = "market", *, seconds: float | None = None, **to: Any) -> Injected:
        """Sockets stay open and nothing comes: market data are lost, user data late."""
        return self.inject("stall", session=session, seconds=seconds, **to)

    def lost_push(self, n: int = 1, *, match: str = "", **to: Any) -> Injected:
        """The next `n` order updates never arrive; `match`: `OrderUpdate.TRADE`, `WalletUpdate.*`, ..."""
        return self.inject("lost_push", count=n, match=match, **to)

    def duplicate_push(self, n: int = 1, *, match: str = "", **to: Any) -> Injected:
        """The next `n` order updates arrive twice."""
        return self.inject("duplicate_push", count=n, match=match, **to)

    def reorder_push(self, n: int = 1, *, match: str = "", **to: Any) -> Injected:
        """The next order update arrives after the one that follows it, `n` times."""
        return self.inject("reorder_push", count=n, match=match, **to)

    def delay_push(self, delay: float, n: int | None = 1, *, match: str = "", **to: Any) -> Injected:
        """The next `n` events of an account arrive `delay` seconds late."""
        return self.inject("delay_push", delay=delay, count=n, match=match, **to)

    def rate_limit(self, n: int = 1, *, retry_after: int = 1, match: str = "", **to: Any) -> Injected:
        """The next `n` requests are answered with 429."""
        return self.inject("rate_limit", count=n, retry_after=retry_after, match=match, **to)

    def ban(self, seconds: float, *, match: str = "", **to: Any) -> Injected:
        """Every request is answered with 418 for a while."""
        return self.inject("ban", seconds=seconds, match=match, **to)

    def server_error(self, n: int = 1, *, status: int = 503, match: str = "", **to: Any) -> Injected:
        """The next `n` requests are answered with 5xx, and nothing is done."""
        return self.inject("server_error", count=n, status=status, match=match, **to)

    def drop_response(self, n: int = 1, *, match: str = "", **to: Any) -> Injected:
        """The next `n` requests with a command are done, and the connection is cut off in place of the answer."""
        return self.inject("drop_response", count=n, match=match, **to)

    def reject_next(self, n: int = 1, *, reason: str = "", match: str = "", **to: Any) -> Injected:
        """The next `n` orders are refused; `reason` is an engine's (`insufficient balance`), `match` a command."""
        return self.inject("reject_next", count=n, reason=reason, match=match, **to)

    def clock_skew(self, skew: float, *, seconds: float | None = None, **to: Any) -> Injected:
        """The exchange's clock is `skew` seconds ahead, or behind if below zero."""
        return self.inject("clock_skew", skew=skew, seconds=seconds, **to)

    def gap(self, seconds: float, *, fill: Order | None = None, quantity: str = "", **to: Any) -> Injected:
        """Cuts WebSockets off and takes none for a while; `fill` is filled at the venue meanwhile (needs `face`)."""
        order = {} if fill is None else {"market": fill.market, "order_id": fill.id}
        return self.inject("gap", seconds=seconds, quantity=quantity, **order, **to)

    def ack_without_push(self, n: int = 1, *, match: str = "", **to: Any) -> Injected:
        """The next `n` orders are confirmed, and none of their events is pushed."""
        return self.inject("ack_without_push", count=n, match=match, **to)

    def push_before_ack(self, n: int = 1, *, hold: float | None = None, match: str = "", **to: Any) -> Injected:
        """The next `n` orders are answered only when their pushes have gone out, `hold` seconds later."""
        return self.inject("push_before_ack", count=n, hold=hold, match=match, **to)

    def wrong_fee(self, factor: float = 2.0, *, n: int | None = None, **to: Any) -> Injected:
        """Fills are pushed with a fee that is wrong by that factor; balances stay right."""
        return self.inject("wrong_fee", factor=factor, count=n, **to)

"""How far an account's position could have gone at every moment of the venue's journal; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

_OPEN = frozenset({"PENDING", "NEW", "PARTIALLY_FILLED"})
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What fills and open orders of one market came to.

    Attributes:
        position: Signed, base currency, what fees took off it included.
        longest, shortest: The highest and the lowest position that there was, or could have been had every order that
            was open on that side filled whole.
        held_long, held_short: The highest and the lowest position that there was.
        moments: How many changes of orders it was computed from.
        clients: Client order ids of all orders.
    """

    position: Decimal = _ZERO
    longest: Decimal = _ZERO
    shortest: Decimal = _ZERO
    held_long: Decimal = _ZERO
    held_short: Decimal = _ZERO
    moments: int = 0
    clients: frozenset[str] = frozenset()

    def beyond(self, limit: Decimal) -> Decimal | None:
        """The farthest position beyond the limit, signed; None if it was kept."""
        farthest = max(self.longest, self.shortest, key=abs)
        return farthest if abs(farthest) > limit else None

    def moved(self, position: Decimal, buying: Decimal, selling: Decimal, client: str) -> Self:
        """After one more change, with so much open on each side."""
        return replace(
            self,
            position=position,
            longest=max(self.longest, position + buying),
            shortest=min(self.shortest, position - selling),
            held_long=max(self.held_long, position),
            held_short=min(self.held_short, position),
            moments=self.moments + 1,
            clients=self.clients | {client},
        )


def follow(lines: Iterable[Mapping[str, Any]], account: str, market: str, base: str) -> Exposure:
    """The exposure of an account from lines of the journal, oldest first.

    Args:
        lines: As `VenueClient.journal` has them; the account must have begun with them, flat.
        base: Asset that is bought and sold; a fee in it makes the position smaller.
    """
    found = Exposure()
    position = _ZERO
    working: dict[int, tuple[str, Decimal]] = {}
    for line in lines:
        if line.get("event") != "OrderUpdate":
            continue
        order, fill = line["data"]["order"], line["data"].get("fill")
        if order["market"] != market or order["account"] != account:
            continue
        if fill is not None:
            quantity = Decimal(fill["quantity"])
            position += quantity if fill["side"] == "BUY" else -quantity
            if fill["fee_asset"] == base:
                position -= Decimal(fill["fee"])
        left = Decimal(order["quantity"]) - Decimal(order["filled"])
        if order["status"] in _OPEN and not order["reduce_only"] and not order["close_position"]:
            working[order["id"]] = (order["side"], left)
        else:
            working.pop(order["id"], None)
        buying = sum((one for side, one in working.values() if side == "BUY"), _ZERO)
        selling = sum((one for side, one in working.values() if side == "SELL"), _ZERO)
        found = found.moved(position, buying, selling, order["client_id"])
    return found

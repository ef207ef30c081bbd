"""Where a node trades, and who trades in it, as plain frozen classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One instrument that a node can trade on the venue.

    Attributes:
        instrument: The node's name, such as `BTCUSDT-PERP.BINANCE`.
        market: The venue's, such as `BTCUSDT.linear`.
        account: The node's account there.
        account_type: `CASH` or `MARGIN`; empty before the account is known. With `one_currency`, all is booked in one.
        paper: Orders fill inside of the node, at the prices of that market.
        tick, step, min_quantity: Smallest price step, quantity step and quantity.
        min_notional: Quote currency; zero where the node does not know it.
    """

    instrument: str
    face: str
    market: str
    account: str
    account_type: str = ""
    one_currency: bool = False
    paper: bool = False
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    min_notional: Decimal

    @property
    def spot(self) -> bool:
        return self.market.endswith(".spot")

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """The place that a child wrote."""
        numbers = {name: Decimal(given[name]) for name in ("tick", "step", "min_quantity", "min_notional")}
        return cls(**{**given, **numbers})


@dataclass(frozen=True, slots=True)
class Member:
    """One strategy of the team's.

    Attributes:
        kind: `module:Class`.
        instruments: Those that its configuration names.
    """

    id: str
    kind: str
    instruments: tuple[str, ...]
    running: bool

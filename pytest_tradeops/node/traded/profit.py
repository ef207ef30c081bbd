"""Rows of profit against a computation of their own from the venue's fills: average cost, every fee at its fill."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ...model import Finding
from ...venue.client import Fill
from .rows import Row
from .script import Traded

ZERO = Decimal(0)
#: Rows hold floating point numbers, and NautilusTrader keeps money with eight decimals.
_CLOSE = Decimal("0.000001")
_REMEDY = "Compare trading_pnl with the fills in the venue's journal, and look at how fees are booked."


@dataclass(slots=True)
class Truth:
    """One strategy's profit at one instrument.

    Attributes:
        realized: Currency to closed profit, after fees.
        fees: Currency to fees.
        before_fees: Closed profit without any fee, quote currency.
    """

    held: Decimal = ZERO
    cost: Decimal = ZERO
    realized: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    fees: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    before_fees: Decimal = ZERO


def truth(fills: Iterable[Fill], *, base: str, quote: str, spot: bool) -> Truth:
    """Profit from the fills alone.

    Args:
        spot: A fee in the base currency takes coins away, at the price of its fill.
    """
    found = Truth()
    for fill in fills:
        quantity = fill.side.sign * fill.quantity
        gain = _move(found, quantity, fill.price)
        found.realized[quote] += gain
        found.before_fees += gain
        found.fees[fill.fee_asset] += fill.fee
        if spot and fill.fee_asset == base:
            found.realized[quote] += _move(found, -fill.fee, fill.price) - fill.fee * fill.price
        else:
            found.realized[fill.fee_asset] -= fill.fee
    return found


def compare(rows: Sequence[Row], traded: Traded, fills: Sequence[Fill]) -> tuple[int, list[Finding]]:
    """How many amounts of the driver's were compared, and what differs, of all strategies.

    Args:
        rows: Of trading_pnl, oldest first.
        fills: The venue's, of the account, by time.
    """
    place = traded.place
    owners = traded.strategies
    grouped: dict[str, list[Fill]] = defaultdict(list)
    for fill in fills:
        if fill.market == place.market and fill.client_id in owners:
            grouped[owners[fill.client_id]].append(fill)
    last: Mapping[tuple[str, str], Row] = {
        (str(row["strategy"]), str(row["currency"])): row for row in rows if row["instrument"] == place.instrument
    }
    compared, findings = 0, []
    for strategy, own in sorted(grouped.items()):
        right = truth(own, base=place.base, quote=place.quote, spot=place.spot)
        for currency in sorted({place.quote, *right.fees, *right.realized} - _untouched(right, place.base)):
            compared += 2 * strategy.startswith("TradeopsDriver")  # what the team's own trade differs between runs
            row = last.get((strategy, currency))
            findings += [
                Finding(reason, f"{strategy}, {place.instrument}, {currency}: {text}", remedy=_REMEDY)
                for reason, text in _differences(row, right, currency, place.quote)
            ]
    return compared, findings


def _differences(row: Row | None, right: Truth, currency: str, quote: str) -> Iterator[tuple[str, str]]:
    realized, fees = right.realized.get(currency, ZERO), right.fees.get(currency, ZERO)
    if row is None:
        yield "pnl: row missing", f"there is no row; the venue's fills make {_text(realized)}."
        return
    said, said_fees = Decimal(str(row["realized"])), Decimal(str(row["commission"]))
    without = right.before_fees if currency == quote else ZERO
    if not _close(said, realized):
        by_fees = _close(said, without) and not _close(without, realized)
        reason = "pnl: differs from venue by fees" if by_fees else "pnl: differs from venue"
        yield reason, f"realized is {_text(said)}, and the venue's fills make {_text(realized)} after fees."
    elif not _close(said_fees, fees):
        yield "pnl: differs from venue by fees", f"fees are {_text(said_fees)}, and the venue took {_text(fees)}."


def _untouched(right: Truth, base: str) -> set[str]:
    """Of fees in coins only the amount is booked in coins; their cost is in the quote currency."""
    return {one for one in (base,) if one not in right.fees}


def _move(found: Truth, quantity: Decimal, price: Decimal) -> Decimal:
    """Moves what is held at average cost; the profit of what that closes."""
    if found.held * quantity >= 0:
        found.held += quantity
        found.cost += quantity * price
        return ZERO
    closing = min(abs(quantity), abs(found.held))
    average = found.cost / found.held
    direction = 1 if found.held > 0 else -1
    gain = closing * direction * (price - average)
    found.held -= direction * closing
    found.cost -= direction * closing * average
    rest = abs(quantity) - closing
    if rest:
        found.held = -direction * rest
        found.cost = found.held * price
    return gain


def _close(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= _CLOSE * max(Decimal(1), abs(other))


def _text(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.00000001')).normalize():f}"

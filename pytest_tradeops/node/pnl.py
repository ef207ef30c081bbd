"""Profit and loss from the fills alone, computed without the engine, and compared with what the engine booked.

Cash accounts (spot): a buy pays quote and receives base, a sale the reverse, every fill pays its commission. The
balance of every currency must have changed by exactly that.

Margin accounts (linear): the cash flow of all fills, plus the open quantity at the last price, minus commissions.
That must equal the change of the balance plus the engine's own unrealized profit. The two sides meet only if entry
prices, realized profit, netting and fees were all right.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..exceptions import Inconclusive
from .report import Account, BacktestResult, Fill, Instrument

_ZERO = Decimal(0)
_LINEAR = frozenset({"SWAP", "FUTURE", "FUTURES_SPREAD", "FORWARD", "CFD", "SPOT"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """One currency of one account.

    Attributes:
        engine: The change of the balance, on margin accounts plus unrealized profit.
        independent: The same from the fills.
        tolerance: One smallest unit of the currency per booking that the engine rounds: each fill's amount and its
            commission by at most half a unit each, each open position by at most one.
    """

    account: str
    currency: str
    engine: Decimal
    independent: Decimal
    tolerance: Decimal

    @property
    def agrees(self) -> bool:
        return abs(self.engine - self.independent) <= self.tolerance


def cash_changes(fills: Iterable[Fill], instruments: Mapping[str, Instrument]) -> dict[str, Decimal]:
    """Currency to change of the balance of a cash account that holds every currency for itself."""
    changes: dict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        terms = instruments[fill.instrument]
        changes[terms.quote] -= fill.signed_qty * fill.px * terms.multiplier
        if terms.base is not None:
            changes[terms.base] += fill.signed_qty
        changes[fill.currency] -= fill.commission
    return dict(changes)


def margin_totals(fills: Iterable[Fill], instruments: Mapping[str, Instrument]) -> dict[str, Decimal]:
    """Currency to total profit of a linear margin account, the open quantity marked at the last price."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    open_quantity: dict[str, Decimal] = defaultdict(Decimal)
    marks: dict[str, Decimal] = {}
    for fill in fills:
        terms = instruments[fill.instrument]
        totals[terms.settlement] -= fill.signed_qty * fill.px * terms.multiplier
        totals[fill.currency] -= fill.commission
        open_quantity[fill.instrument] += fill.signed_qty
        marks[fill.instrument] = fill.px if terms.last_price is None else terms.last_price
    for name, quantity in open_quantity.items():
        terms = instruments[name]
        totals[terms.settlement] += quantity * marks[name] * terms.multiplier
    return dict(totals)


def compare(result: BacktestResult) -> list[Comparison]:
    """Every currency of every account of the run, the engine's booking beside the independent one.

    Raises:
        Inconclusive: an instrument or account is of a kind whose profit is not computed here.
    """
    compared: list[Comparison] = []
    for account in result.accounts:
        fills = [one for one in result.fills if _venue(one.instrument) == account.venue]
        for name in sorted({one.instrument for one in fills}):
            _refuse_unknown(name, result.instruments[name], account)
        if account.type == "CASH":
            independent = cash_changes(fills, result.instruments)
            if account.base_currency is not None:  # a single-currency account books the money, not the shares
                independent = {account.base_currency: independent.get(account.base_currency, _ZERO)}
            unrealized: dict[str, Decimal] = {}
            held = 0
        else:
            independent = margin_totals(fills, result.instruments)
            unrealized, held = _unrealized(result, account)
        for currency in sorted({*account.start, *account.end, *independent}):
            booked = account.end.get(currency, _ZERO) - account.start.get(currency, _ZERO)
            unit = Decimal(1).scaleb(-account.precision.get(currency, 8))
            compared.append(
                Comparison(
                    account=account.id,
                    currency=currency,
                    engine=booked + unrealized.get(currency, _ZERO),
                    independent=independent.get(currency, _ZERO),
                    tolerance=unit * (len(fills) + held),
                )
            )
    return compared


def _unrealized(result: BacktestResult, account: Account) -> tuple[dict[str, Decimal], int]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    held = [one for one in result.open_positions if _venue(one.instrument) == account.venue]
    for position in held:
        sums[position.currency] += position.unrealized or _ZERO
    return dict(sums), len(held)


def _refuse_unknown(name: str, terms: Instrument, account: Account) -> None:
    if account.type == "MARGIN" and terms.kind not in _LINEAR:
        problem = f"of class {terms.kind} on a margin account"
    elif account.type not in ("CASH", "MARGIN"):
        problem = f"on an account of type {account.type}"
    elif terms.inverse or terms.quanto:
        problem = "inverse or quanto"
    elif account.base_currency not in (None, terms.quote if account.type == "CASH" else terms.settlement):
        problem = f"settled in another currency than the account's {account.base_currency}"
    else:
        return
    raise Inconclusive(
        f"{name} is {problem}; its profit cannot be computed independently here.",
        remedy="Name a backtest of spot or linear instruments in [tool.tradeops.backtest] entry.",
    )


def _venue(instrument: str) -> str:
    return instrument.rpartition(".")[2]

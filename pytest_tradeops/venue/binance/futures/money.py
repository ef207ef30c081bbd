"""Margin, balances and positions of an account, as the futures answers show them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...engine import Engine
from ...engine.model import ZERO, Instrument, Order, Position, Side, Status
from ..common.numbers import MILLI, fixed
from .desk import Desk
from .render import price_of, quantity_of


@dataclass(frozen=True, slots=True)
class Held:
    """A position with what its orders hold back; quote currency.

    Attributes:
        bids, asks: Price times remaining quantity of the open orders of each side.
    """

    terms: Instrument
    position: Position
    bids: Decimal
    asks: Decimal
    orders: int

    @property
    def notional(self) -> Decimal:
        return self.position.quantity * self.position.mark_price

    @property
    def order_margin(self) -> Decimal:
        """What is held back beyond the position's own margin: the worse of all bids and all asks filled."""
        worst = max(abs(self.notional + self.bids), abs(self.notional - self.asks))
        return (worst - abs(self.notional)) / self.position.leverage

    @property
    def margin(self) -> Decimal:
        return self.position.initial_margin + self.order_margin

    @property
    def shown(self) -> bool:
        """Whether the answers that leave out idle symbols show it."""
        return bool(self.position.quantity) or self.orders > 0


def held(engine: Engine, account: str, terms: Instrument) -> Held:
    orders = [one for one in engine.open_orders(account, terms.key) if one.status is not Status.PENDING]
    counted = [one for one in orders if not one.reduce_only]
    return Held(
        terms,
        engine.position(account, terms.key),
        sum((_cost(one) for one in counted if one.side is Side.BUY), ZERO),
        sum((_cost(one) for one in counted if one.side is Side.SELL), ZERO),
        len(orders),
    )


def _cost(order: Order) -> Decimal:
    return (order.price or ZERO) * order.remaining


@dataclass(frozen=True, slots=True)
class Sums:
    """One asset of an account."""

    asset: str
    wallet: Decimal
    available: Decimal
    profit: Decimal
    position_margin: Decimal
    order_margin: Decimal
    maintenance: Decimal


def sums(desk: Desk, account: str) -> list[Sums]:
    """Per asset that anything is settled in, and per asset that the account holds."""
    engine = desk.read()
    balances = engine.balances(account)
    found: list[Sums] = []
    for asset in [*desk.quotes, *(name for name in balances if name not in desk.quotes)]:
        all_held = [held(engine, account, one) for one in desk.instruments.values() if one.quote == asset]
        total = balances[asset].total if asset in balances else ZERO
        settles = asset in desk.quotes
        found.append(
            Sums(
                asset,
                total,
                max(ZERO, engine.available_margin(account, asset)) if settles else total,
                sum((one.position.unrealized_pnl for one in all_held), ZERO),
                sum((one.position.initial_margin for one in all_held), ZERO),
                sum((one.order_margin for one in all_held), ZERO),
                sum((one.position.maintenance_margin for one in all_held), ZERO),
            )
        )
    return found


def asset_row(one: Sums, now_ms: int) -> dict[str, Any]:
    """An entry of an account's `assets`."""
    return {
        "asset": one.asset,
        "walletBalance": fixed(one.wallet),
        "unrealizedProfit": fixed(one.profit),
        "marginBalance": fixed(one.wallet + one.profit),
        "maintMargin": fixed(one.maintenance),
        "initialMargin": fixed(one.position_margin + one.order_margin),
        "positionInitialMargin": fixed(one.position_margin),
        "openOrderInitialMargin": fixed(one.order_margin),
        "crossWalletBalance": fixed(one.wallet),
        "crossUnPnl": fixed(one.profit),
        "availableBalance": fixed(one.available),
        "maxWithdrawAmount": fixed(min(one.available, max(ZERO, one.wallet))),
        "marginAvailable": True,
        "updateTime": now_ms,
    }


def balance_row(one: Sums, alias: str, now_ms: int) -> dict[str, Any]:
    """An entry of the balance endpoints."""
    return {
        "accountAlias": alias,
        "asset": one.asset,
        "balance": fixed(one.wallet),
        "crossWalletBalance": fixed(one.wallet),
        "crossUnPnl": fixed(one.profit),
        "availableBalance": fixed(one.available),
        "maxWithdrawAmount": fixed(min(one.available, max(ZERO, one.wallet))),
        "marginAvailable": True,
        "updateTime": now_ms,
    }


def totals(one: Sums) -> dict[str, Any]:
    """The account's own fields: in single-asset mode those of USDT."""
    return {
        "totalInitialMargin": fixed(one.position_margin + one.order_margin),
        "totalMaintMargin": fixed(one.maintenance),
        "totalWalletBalance": fixed(one.wallet),
        "totalUnrealizedProfit": fixed(one.profit),
        "totalMarginBalance": fixed(one.wallet + one.profit),
        "totalPositionInitialMargin": fixed(one.position_margin),
        "totalOpenOrderInitialMargin": fixed(one.order_margin),
        "totalCrossWalletBalance": fixed(one.wallet),
        "totalCrossUnPnl": fixed(one.profit),
        "availableBalance": fixed(one.available),
        "maxWithdrawAmount": fixed(min(one.available, max(ZERO, one.wallet))),
    }


def break_even(position: Position, terms: Instrument) -> Decimal:
    """The price at which closing pays for both taker fees."""
    if not position.quantity:
        return ZERO
    sign = 1 if position.quantity > 0 else -1
    return position.entry_price * (1 + sign * terms.taker_fee) / (1 - sign * terms.taker_fee)


def risk(desk: Desk, account: str, one: Held) -> dict[str, Any]:
    """What all versions of positionRisk have."""
    terms, position = one.terms, one.position
    isolated = (account, terms.symbol) in desk.isolated
    margin = position.initial_margin if isolated and position.quantity else ZERO
    return {
        "symbol": terms.symbol,
        "positionSide": "BOTH",
        "positionAmt": quantity_of(terms, position.quantity),
        "entryPrice": fixed(position.entry_price) if position.quantity else "0.0",
        "breakEvenPrice": fixed(break_even(position, terms)) if position.quantity else "0.0",
        "markPrice": fixed(position.mark_price),
        "unRealizedProfit": fixed(position.unrealized_pnl),
        "liquidationPrice": price_of(terms, position.liquidation_price) if position.liquidation_price else "0",
        "isolatedMargin": fixed(margin + position.unrealized_pnl) if margin else "0",
        "notional": fixed(one.notional) if position.quantity else "0",
        "isolatedWallet": fixed(margin) if margin else "0",
        "updateTime": position.updated_ns // MILLI,
    }

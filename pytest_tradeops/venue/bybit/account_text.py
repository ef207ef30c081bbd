"""Wallets and positions as Bybit prints them."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..engine.model import ZERO, Balance, Instrument, Kind, Position
from . import listing
from .ledger import Closed, Holding, Ledger
from .text import ms, plain, price, quantity, rounded

if TYPE_CHECKING:
    from ..engine.engine import Engine

DOLLARS = ("USDT", "USDC", "USD")


def usd_price(engine: "Engine", asset: str) -> Decimal:
    """What one of it is worth in dollars; zero if no market says."""
    if asset in DOLLARS:
        return Decimal(1)
    for kind in ("spot", "linear"):
        if f"{asset}USDT.{kind}" in engine.instruments:
            return engine.last_price(f"{asset}USDT.{kind}")
    return ZERO


def positions(engine: "Engine", account: str) -> list[Position]:
    """Of every linear market, flat ones, too."""
    keys = [one.key for one in engine.instruments.values() if one.kind is Kind.LINEAR]
    return [engine.position(account, key) for key in keys]


def wallet(engine: "Engine", ledger: Ledger, account: str, coins: list[str] | None = None) -> dict[str, Any]:
    """The account as wallet-balance and the wallet stream show it.

    Args:
        coins: Only these, with zeros where there is nothing; None for all that is not zero.
    """
    balances = engine.balances(account)
    held = positions(engine, account)
    names = coins if coins is not None else [asset for asset, one in balances.items() if one.total]
    entries = [_coin(engine, ledger, account, name, balances.get(name, Balance()), held) for name in names]
    rates = {asset: usd_price(engine, asset) for asset in balances}
    total = sum((one.total * rates[asset] for asset, one in balances.items()), ZERO)
    pnl = sum((one.unrealized_pnl for one in held), ZERO)
    initial = _initial(engine, account, "USDT", balances.get("USDT", Balance()), held)
    maintenance = sum((one.maintenance_margin for one in held), ZERO)
    locked = sum((one.locked * rates[asset] for asset, one in balances.items()), ZERO)
    margin = total + pnl
    im_rate, mm_rate = (initial / margin, maintenance / margin) if margin > 0 else (ZERO, ZERO)
    return {
        "accountType": "UNIFIED",
        "accountIMRate": rounded(im_rate, 4),
        "accountIMRateByMp": rounded(im_rate, 4),
        "accountMMRate": rounded(mm_rate, 4),
        "accountMMRateByMp": rounded(mm_rate, 4),
        "accountLTV": "0",
        "totalEquity": rounded(margin),
        "totalWalletBalance": rounded(total),
        "totalMarginBalance": rounded(margin),
        "totalAvailableBalance": rounded(max(ZERO, margin - initial - locked)),
        "totalPerpUPL": rounded(pnl),
        "totalInitialMargin": rounded(initial),
        "totalInitialMarginByMp": rounded(initial),
        "totalMaintenanceMargin": rounded(maintenance),
        "totalMaintenanceMarginByMp": rounded(maintenance),
        "coin": entries,
    }


def _initial(engine: "Engine", account: str, asset: str, balance: Balance, held: list[Position]) -> Decimal:
    """Margin that positions and open linear orders hold: what is not available any more."""
    pnl = sum((one.unrealized_pnl for one in held), ZERO)
    used = balance.free + min(pnl, ZERO) - engine.available_margin(account, asset)
    return max(sum((one.initial_margin for one in held), ZERO), used)


def _coin(
    engine: "Engine", ledger: Ledger, account: str, asset: str, balance: Balance, held: list[Position]
) -> dict[str, Any]:
    mine = [one for one in held if engine.instruments[one.market].quote == asset]
    pnl = sum((one.unrealized_pnl for one in mine), ZERO)
    position_margin = sum((one.initial_margin for one in mine), ZERO)
    order_margin = _initial(engine, account, asset, balance, mine) - position_margin if mine else ZERO
    realised = sum((ledger.holding(account, one.market).total for one in mine), ZERO)
    equity = balance.total + pnl
    return {
        "coin": asset,
        "equity": rounded(equity),
        "usdValue": rounded(equity * usd_price(engine, asset)),
        "walletBalance": rounded(balance.total),
        "free": "",
        "locked": rounded(balance.locked),
        "spotHedgingQty": "0",
        "borrowAmount": "0",
        "spotBorrow": "0",
        "accruedInterest": "0",
        "totalOrderIM": rounded(max(ZERO, order_margin)),
        "totalPositionIM": rounded(position_margin),
        "totalPositionMM": rounded(sum((one.maintenance_margin for one in mine), ZERO)),
        "unrealisedPnl": rounded(pnl),
        "cumRealisedPnl": rounded(realised),
        "bonus": "0",
        "marginCollateral": True,
        "collateralSwitch": True,
        "colRes": "0",
        "availableToWithdraw": "",
        "availableToBorrow": "",
    }


def position(instrument: Instrument, one: Position, held: Holding, stops: dict[str, str]) -> dict[str, Any]:
    """One entry of position/list; the stream calls `avgPrice` `entryPrice`.

    Args:
        stops: `takeProfit` and `stopLoss` of the position, where set.
    """
    size = abs(one.quantity)
    long = "Buy" if one.quantity > 0 else "Sell"
    liquidation = one.liquidation_price
    shown = size and instrument.min_price < liquidation < instrument.max_price
    break_even = (
        (one.entry_price * one.quantity - held.current)
        / (one.quantity - size * max(instrument.taker_fee, Decimal("0.00055")))
        if size
        else ZERO
    )
    return {
        "positionIdx": 0,
        "riskId": 1,
        "riskLimitValue": listing.risk_value(instrument),
        "symbol": instrument.symbol,
        "side": long if size else "",
        "size": quantity(instrument, size) if size else "0",
        "avgPrice": rounded(one.entry_price) if size else "0",
        "positionValue": rounded(size * one.entry_price) if size else "0",
        "tradeMode": 0,
        "positionStatus": "Normal",
        "autoAddMargin": 0,
        "adlRankIndicator": 2 if size else 0,
        "leverage": str(one.leverage),
        "breakEvenPrice": rounded(break_even) if size else "",
        "positionBalance": rounded(one.initial_margin),
        "markPrice": price(instrument, one.mark_price),
        "liqPrice": price(instrument, liquidation) if shown else "",
        "bustPrice": "",
        "positionIM": rounded(one.initial_margin),
        "positionIMByMp": rounded(one.initial_margin),
        "positionMM": rounded(one.maintenance_margin),
        "positionMMByMp": rounded(one.maintenance_margin),
        "tpslMode": "Full",
        "takeProfit": stops.get("TakeProfit", ""),
        "stopLoss": stops.get("StopLoss", ""),
        "trailingStop": "0",
        "sessionAvgPrice": "",
        "delta": "",
        "gamma": "",
        "vega": "",
        "theta": "",
        "unrealisedPnl": rounded(one.unrealized_pnl),
        "curRealisedPnl": rounded(held.current),
        "cumRealisedPnl": rounded(held.total),
        "seq": held.sequence,
        "isReduceOnly": False,
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
        "createdTime": ms(held.created_ns),
        "updatedTime": ms(max(one.updated_ns, held.created_ns)),
        "openTime": int(ms(held.opened_ns)),
    }


def closed_pnl(instrument: Instrument, record: Closed, order: dict[str, Any]) -> dict[str, Any]:
    """One entry of closed-pnl; `order` is what order/history has of the closing order."""
    return {
        "symbol": instrument.symbol,
        "orderId": order["orderId"],
        "side": order["side"],
        "qty": order["qty"],
        "orderPrice": order["price"],
        "orderType": order["orderType"],
        "execType": "Trade",
        "closedSize": quantity(instrument, record.size),
        "cumEntryValue": rounded(record.entry),
        "avgEntryPrice": rounded(record.entry / record.size),
        "cumExitValue": rounded(record.exit),
        "avgExitPrice": rounded(record.exit / record.size),
        "closedPnl": rounded(record.net),
        "fillCount": str(record.fills),
        "leverage": plain(Decimal(record.leverage)),
        "openFee": rounded(record.open_fee),
        "closeFee": rounded(record.close_fee),
        "createdTime": ms(record.created_ns),
        "updatedTime": ms(record.updated_ns),
    }

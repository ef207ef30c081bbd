"""Account, balances and positions, as an account reads them."""

import hashlib
from decimal import Decimal
from typing import Any

from ...engine.model import Instrument
from ..common.endpoint import Call
from ..common.numbers import fixed, plain
from .desk import Desk
from .money import asset_row, balance_row, held, risk, sums, totals
from .render import quantity_of


class Account:
    """Reading endpoints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def info_v2(self, call: Call) -> dict[str, Any]:
        """With the positions of all symbols."""
        return {
            "feeTier": 0,
            "feeBurn": False,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": False,
            "updateTime": 0,
            "multiAssetsMargin": False,
            "tradeGroupId": -1,
            **self._money(call),
            "positions": [self._position_v2(call, one) for one in self._desk.instruments.values()],
        }

    def info_v3(self, call: Call) -> dict[str, Any]:
        """With the positions of the symbols that have one, or an open order."""
        engine = self._desk.read()
        all_held = [held(engine, call.account, one) for one in self._desk.instruments.values()]
        rows = []
        for one in all_held:
            if one.shown:
                shown = risk(self._desk, call.account, one)
                rows.append(
                    {
                        **{name: shown[name] for name in ("symbol", "positionSide", "positionAmt")},
                        "unrealizedProfit": shown["unRealizedProfit"],
                        **{name: shown[name] for name in ("isolatedMargin", "notional", "isolatedWallet")},
                        "initialMargin": fixed(one.margin),
                        "maintMargin": fixed(one.position.maintenance_margin),
                        "updateTime": shown["updateTime"],
                    }
                )
        money = self._money(call)
        for row in money["assets"]:
            del row["marginAvailable"]
        return {**money, "positions": rows}

    def balance(self, call: Call) -> list[dict[str, Any]]:
        alias = hashlib.sha256(call.account.encode()).hexdigest()[:4]
        return [balance_row(one, alias, call.now) for one in sums(self._desk, call.account)]

    def risk_v2(self, call: Call) -> list[dict[str, Any]]:
        rows = []
        for one in self._chosen(call):
            shown = risk(self._desk, call.account, held(self._desk.read(), call.account, one))
            isolated = (call.account, one.symbol) in self._desk.isolated
            rows.append(
                {
                    **shown,
                    "leverage": str(self._desk.leverage(call.account, one)),
                    "maxNotionalValue": plain(one.max_notional),
                    "marginType": "isolated" if isolated else "cross",
                    "isAutoAddMargin": "false",
                }
            )
        return rows

    def risk_v3(self, call: Call) -> list[dict[str, Any]]:
        engine = self._desk.read()
        rows = []
        for terms in self._chosen(call):
            one = held(engine, call.account, terms)
            if not one.shown:
                continue
            rows.append(
                {
                    **risk(self._desk, call.account, one),
                    "marginAsset": terms.quote,
                    "initialMargin": fixed(one.margin),
                    "maintMargin": fixed(one.position.maintenance_margin),
                    "positionInitialMargin": fixed(one.position.initial_margin),
                    "openOrderInitialMargin": fixed(one.order_margin),
                    "adl": 0,
                    "bidNotional": fixed(one.bids) if one.bids else "0",
                    "askNotional": fixed(one.asks) if one.asks else "0",
                }
            )
        return rows

    def adl(self, call: Call) -> list[dict[str, Any]]:
        return [
            {"symbol": one.symbol, "adlQuantile": {"LONG": 0, "SHORT": 0, "BOTH": 0}}
            for one in self._chosen(call)
            if self._desk.read().position(call.account, one.key).quantity
        ]

    def _money(self, call: Call) -> dict[str, Any]:
        found = sums(self._desk, call.account)
        return {**totals(found[0]), "assets": [asset_row(one, call.now) for one in found]}

    def _chosen(self, call: Call) -> list[Instrument]:
        if "symbol" in call.params:
            return [self._desk.instrument(call["symbol"])]
        return list(self._desk.instruments.values())

    def _position_v2(self, call: Call, terms: Instrument) -> dict[str, Any]:
        one = held(self._desk.read(), call.account, terms)
        position = one.position
        shown = risk(self._desk, call.account, one)
        return {
            "symbol": terms.symbol,
            "initialMargin": _short(one.margin),
            "maintMargin": _short(position.maintenance_margin),
            "unrealizedProfit": shown["unRealizedProfit"],
            "positionInitialMargin": _short(position.initial_margin),
            "openOrderInitialMargin": _short(one.order_margin),
            "leverage": str(self._desk.leverage(call.account, terms)),
            "isolated": (call.account, terms.symbol) in self._desk.isolated,
            "entryPrice": shown["entryPrice"],
            "breakEvenPrice": shown["breakEvenPrice"],
            "maxNotional": plain(terms.max_notional),
            "positionSide": "BOTH",
            "positionAmt": quantity_of(terms, position.quantity),
            "notional": shown["notional"],
            "isolatedWallet": shown["isolatedWallet"],
            "bidNotional": _short(one.bids),
            "askNotional": _short(one.asks),
            "updateTime": shown["updateTime"],
        }


def _short(value: Decimal) -> str:
    return fixed(value) if value else "0"

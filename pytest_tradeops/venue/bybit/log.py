"""account/transaction-log: what trades did to the wallet."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..engine.model import ZERO, Fill, Kind
from . import ids, params
from .desk import Desk
from .pages import page, time_window
from .text import NANOS_PER_MS, ms, plain, price, quantity, rounded, side

_DAY_MS = 86_400_000
_LOG = (
    params.text("accountType", "UNIFIED"),
    params.text("category", *params.CATEGORIES),
    params.text("currency"),
    params.text("baseCoin"),
    params.text("type"),
    params.text("transSubType"),
    *params.WINDOW,
    params.integer("limit", 1, 50, default=20),
    params.text("cursor"),
)

type Given = Mapping[str, Any]


class Log:
    """Of one account at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def transaction_log(self, account: str, given: Given) -> dict[str, Any]:
        """What trades did to the wallet, newest first."""
        asked = params.read(given, _LOG)
        first, last = time_window(
            asked["startTime"], asked["endTime"], self._desk.now_ms, default_ms=_DAY_MS, longest_ms=7 * _DAY_MS
        )
        engine = self._desk.read()
        entries = []
        held: dict[str, Decimal] = {}
        for fill in engine.fills(account):
            held[fill.market] = held.get(fill.market, ZERO) + fill.quantity * fill.side.sign
            if first <= fill.time_ns // NANOS_PER_MS <= last and asked["type"] in (None, "TRADE"):
                entries += self._entries(fill, held[fill.market])
        for name, key in (("category", "category"), ("currency", "currency")):
            if asked[name]:
                entries = [one for one in entries if one[key] == asked[name]]
        if asked["baseCoin"]:
            entries = [one for one in entries if one["symbol"].startswith(asked["baseCoin"])]
        chunk, cursor = page(entries[::-1], asked["limit"], asked["cursor"], lambda one: str(one["id"]))
        return {"list": list(chunk), "nextPageCursor": cursor}

    def _entries(self, fill: Fill, held: Decimal) -> list[dict[str, Any]]:
        engine = self._desk.exchange.engine
        instrument = engine.instruments[fill.market]
        order = engine.order(fill.account, fill.market, order_id=fill.order_id)
        if instrument.kind is Kind.LINEAR:
            entry = self._entry(fill, instrument.quote, fill.quantity, fill.realized_pnl, order)
            return [entry | {"size": plain(held)}]
        sign = fill.side.sign
        flows = (instrument.base, fill.quantity * sign), (instrument.quote, -fill.cost * sign)
        return [self._entry(fill, currency, amount, amount, order) for currency, amount in flows]

    def _entry(self, fill: Fill, currency: str, amount: Decimal, flow: Decimal, order: Any) -> dict[str, Any]:
        instrument = self._desk.exchange.engine.instruments[fill.market]
        fee = fill.fee if fill.fee_asset == currency else ZERO
        rate = instrument.maker_fee if fill.maker else instrument.taker_fee
        uid = ids.user_id(fill.account)
        return {
            "id": f"{uid}_{instrument.symbol}_{fill.trade_id}_{fill.order_id}_{currency}",
            "symbol": instrument.symbol,
            "category": instrument.kind.value,
            "side": side(fill.side),
            "transactionTime": ms(fill.time_ns),
            "type": "TRADE",
            "transSubType": "",
            "qty": plain(amount) if instrument.kind is Kind.SPOT else quantity(instrument, amount),
            "size": "0",
            "currency": currency,
            "tradePrice": price(instrument, fill.price),
            "funding": "",
            "fee": rounded(fee),
            "cashFlow": rounded(flow),
            "change": rounded(flow - fee),
            "cashBalance": "",
            "feeRate": plain(rate),
            "bonusChange": "",
            "tradeId": ids.trade_id(fill.market, instrument.kind, fill.trade_id),
            "orderId": ids.order_id(instrument.kind, fill.order_id),
            "orderLinkId": order.meta.get("link", "") if order else "",
            "extraFees": "",
        }

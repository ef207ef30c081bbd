"""Decodes payloads with the types of the installed NautilusTrader adapter; run as a child process.

Reads lines of JSON, `{"type": NAME, "payload": TEXT}`, and writes one line for each: `ok`, or what went wrong.
"""

import json
import sys
from typing import Any

import msgspec
from nautilus_trader.adapters.binance.common.schemas import account as common_account
from nautilus_trader.adapters.binance.common.schemas import market as common_market
from nautilus_trader.adapters.binance.spot.enums import BinanceSpotEnumParser
from nautilus_trader.adapters.binance.spot.schemas import account, market, user, wallet
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.identifiers import AccountId, InstrumentId

MODULES = (common_account, common_market, account, market, user, wallet)
INSTRUMENT, ACCOUNT = InstrumentId.from_str("BTCUSDT.BINANCE"), AccountId("BINANCE-SPOT-1")


def type_of(name: str) -> Any:
    """`BinanceOrder`, or `list[BinanceOrder]`."""
    inner = name.removeprefix("list[").removesuffix("]")
    found = next(getattr(module, inner) for module in MODULES if hasattr(module, inner))
    return list[found] if inner != name else found


def use(value: Any) -> None:
    """What the adapter goes on to do with it."""
    if isinstance(value, common_account.BinanceOrder) and value.price is not None and value.time is not None:
        value.parse_to_order_status_report(
            account_id=ACCOUNT,
            instrument_id=INSTRUMENT,
            report_id=UUID4(),
            enum_parser=BinanceSpotEnumParser(),
            treat_expired_as_canceled=False,
            ts_init=0,
        )
    elif isinstance(value, common_account.BinanceUserTrade):
        value.parse_to_fill_report(
            account_id=ACCOUNT, instrument_id=INSTRUMENT, report_id=UUID4(), ts_init=0, use_position_ids=False
        )
    elif isinstance(value, account.BinanceSpotAccountInfo | user.BinanceSpotAccountUpdateMsg):
        value.parse_to_account_balances()
    elif isinstance(value, common_market.BinanceDepth):
        value.parse_to_order_book_snapshot(INSTRUMENT, 0)
    elif isinstance(value, common_market.BinanceTrade | common_market.BinanceAggTrade):
        value.parse_to_trade_tick(INSTRUMENT, 0)
    elif isinstance(value, market.BinanceSpotTradeMsg):
        value.data.parse_to_trade_tick(INSTRUMENT, 0)
    elif isinstance(value, market.BinanceSpotOrderBookPartialDepthMsg):
        value.data.parse_to_order_book_snapshot(INSTRUMENT, 0)


def main() -> None:
    for line in sys.stdin:
        one = json.loads(line)
        try:
            value = msgspec.json.decode(one["payload"].encode(), type=type_of(one["type"]))
            for item in value if isinstance(value, list) else [value]:
                use(item)
        except Exception as error:
            sys.stdout.write(f"{one['type']}: {type(error).__name__}: {error}\n")
        else:
            sys.stdout.write("ok\n")


main()

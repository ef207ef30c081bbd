"""Drives the installed NautilusTrader's own Bybit clients against a face; prints what they made of the payloads.

A process of its own: a payload that the Rust side does not like may abort it.
Takes one JSON object on standard input: `urls`, `key`, `secret`, `product`.
"""

import asyncio
import json
import os
import sys
from typing import Any

from nautilus_trader.core import nautilus_pyo3 as pyo3
from nautilus_trader.model.data import capsule_to_data

ACCOUNT = pyo3.AccountId("BYBIT-UNIFIED")
TRADER, STRATEGY = pyo3.TraderId("TESTER-001"), pyo3.StrategyId("S-001")
TESTNET = pyo3.BybitEnvironment.TESTNET


class Driver:
    def __init__(self, given: dict[str, Any]) -> None:
        self.urls, self.product_name = given["urls"], given["product"]
        linear = self.product_name == "linear"
        self.product = pyo3.BybitProductType.LINEAR if linear else pyo3.BybitProductType.SPOT
        self.iid = pyo3.InstrumentId.from_str(f"BTCUSDT-{self.product_name.upper()}.BYBIT")
        self.keys = {"api_key": given["key"], "api_secret": given["secret"]}
        self.http = pyo3.BybitHttpClient(**self.keys, base_url=self.urls["http"], testnet=True)
        self.heard: list[Any] = []
        self.said: dict[str, Any] = {}

    def hear(self, message: Any) -> None:
        name = type(message).__name__
        self.heard.append(capsule_to_data(message) if name == "PyCapsule" else message)

    async def until(self, kind: str, count: int = 1) -> list[Any]:
        for _ in range(500):
            found = [one for one in self.heard if type(one).__name__ == kind]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)
        raise TimeoutError(f"{count} {kind} in {[type(one).__name__ for one in self.heard]}")

    async def questions(self) -> None:
        http, product, iid = self.http, self.product, self.iid
        instruments = await http.request_instruments(product)
        self.instruments = instruments
        for one in instruments:
            http.cache_instrument(one)
        mine = next(one for one in instruments if one.id == iid)
        self.said["instrument"] = [str(mine.price_increment), str(mine.size_increment), str(mine.taker_fee)]
        state = await http.request_account_state(pyo3.BybitAccountType.UNIFIED, ACCOUNT)
        self.said["balances"] = {str(one.currency): str(one.total) for one in state.balances}
        self.said["details"] = (await http.get_account_details()).mkt_maker_level
        book = await http.request_orderbook_snapshot(product, iid, 50)
        self.said["book"] = sorted({str(one.order.price) for one in book.deltas if str(one.action).endswith("ADD")})
        bars = pyo3.BarType.from_str(f"{iid}-1-MINUTE-LAST-EXTERNAL")
        self.said["bars"] = len(await http.request_bars(product, bars))
        self.said["trades"] = len(await http.request_trades(product, iid))
        self.said["statuses"] = len(await http.request_instrument_statuses(product))
        self.said["fees"] = len(await http.request_fee_rates(product))
        if self.product_name == "linear":
            self.said["funding"] = len(await http.request_funding_rates(product, iid))

    async def market(self) -> None:
        ws = pyo3.BybitWebSocketClient.new_public(
            self.product, TESTNET, self.urls[f"ws_public_{self.product_name}"], 20
        )
        for one in self.instruments:
            ws.cache_instrument(one)
        await ws.connect(loop_=asyncio.get_running_loop(), callback=self.hear)
        await ws.wait_until_active(5.0)
        await ws.subscribe_orderbook(self.iid, 50)
        await ws.subscribe_trades(self.iid)
        await ws.subscribe_ticker(self.iid)
        await ws.subscribe_bars(pyo3.BarType.from_str(f"{self.iid}-1-MINUTE-LAST-EXTERNAL"))
        await self.until("OrderBookDeltas")
        if self.product_name == "linear":
            await self.until("QuoteTick")
        self.public = ws

    async def trade(self) -> None:
        loop = asyncio.get_running_loop()
        private = pyo3.BybitWebSocketClient.new_private(TESTNET, **self.keys, url=self.urls["ws_private"], heartbeat=20)
        trade = pyo3.BybitWebSocketClient.new_trade(TESTNET, **self.keys, url=self.urls["ws_trade"], heartbeat=20)
        for ws in (private, trade):
            ws.set_account_id(ACCOUNT)
            for one in self.instruments:
                ws.cache_instrument(one)
            await ws.connect(loop_=loop, callback=self.hear)
            await ws.wait_until_active(5.0)
        for subscribe in (
            private.subscribe_orders,
            private.subscribe_executions,
            private.subscribe_positions,
            private.subscribe_wallet,
        ):
            await subscribe()
        await asyncio.sleep(0.3)  # the client has no word for "subscribed"
        common = (self.product, TRADER, STRATEGY, self.iid)
        quantity = pyo3.Quantity.from_str("0.010")
        await trade.submit_order(
            *common, pyo3.ClientOrderId("market"), pyo3.OrderSide.BUY, pyo3.OrderType.MARKET, quantity
        )
        fill = (await self.until("FillReport"))[0]
        self.said["fill"] = [str(fill.last_px), str(fill.last_qty), str(fill.commission), str(fill.client_order_id)]
        await self.until("AccountState")
        await trade.submit_order(
            *common, pyo3.ClientOrderId("limit"), pyo3.OrderSide.BUY, pyo3.OrderType.LIMIT, quantity,
            time_in_force=pyo3.TimeInForce.GTC, price=pyo3.Price.from_str("58000.00"), post_only=True,
        )  # fmt: skip
        await self.told("limit", "ACCEPTED")
        await trade.modify_order(
            *common, pyo3.ClientOrderId("limit"), quantity=quantity, price=pyo3.Price.from_str("57000.00")
        )
        for _ in range(500):
            if any(str(one.price) == "57000.00" for one in self.reports("limit")):
                break
            await asyncio.sleep(0.01)
        await trade.cancel_order(*common, pyo3.ClientOrderId("limit"))
        await self.told("limit", "CANCELED")
        await trade.submit_order(
            *common, pyo3.ClientOrderId("poor"), pyo3.OrderSide.BUY, pyo3.OrderType.LIMIT,
            pyo3.Quantity.from_str("900.000" if self.product_name == "linear" else "140.000"), time_in_force=pyo3.TimeInForce.GTC, price=pyo3.Price.from_str("59000.00"),
        )  # fmt: skip
        if self.product_name == "linear":
            await trade.submit_order(
                *common, pyo3.ClientOrderId("stop"), pyo3.OrderSide.SELL, pyo3.OrderType.STOP_MARKET, quantity,
                trigger_price=pyo3.Price.from_str("55000.00"), reduce_only=True,
            )  # fmt: skip
            await self.told("stop", "ACCEPTED")
            await self.until("PositionStatusReport")
        rejected = (await self.until("OrderRejected"))[0]
        self.said["rejected"] = str(rejected.reason)
        for ws in (private, trade, self.public):
            await ws.close()

    def reports(self, order: str) -> list[Any]:
        return [
            one for one in self.heard if type(one).__name__ == "OrderStatusReport" and str(one.client_order_id) == order
        ]

    async def told(self, order: str, status: str) -> None:
        for _ in range(500):
            if any(one.order_status.name == status for one in self.reports(order)):
                return
            await asyncio.sleep(0.01)
        raise TimeoutError(f"{order}: {[one.order_status.name for one in self.reports(order)]}")

    async def reconcile(self) -> None:
        orders = await self.http.request_order_status_reports(ACCOUNT, self.product)
        self.said["orders"] = sorted(
            (str(one.client_order_id), one.order_status.name, one.order_type.name) for one in orders
        )
        fills = await self.http.request_fill_reports(ACCOUNT, self.product)
        self.said["fills"] = [str(one.commission) for one in fills]
        positions = await self.http.request_position_status_reports(ACCOUNT, self.product)
        self.said["positions"] = [[str(one.position_side.name), str(one.quantity)] for one in positions]

    async def run(self) -> None:
        await self.questions()
        await self.market()
        await self.trade()
        await self.reconcile()
        self.said["kinds"] = sorted({type(one).__name__ for one in self.heard})


driver = Driver(json.load(sys.stdin))
asyncio.run(driver.run())
print(json.dumps(driver.said), flush=True)  # noqa: T201 - the answer
# Its threads may still call into Python, and abort the process when the interpreter goes down before them.
os._exit(0)

"""Defects, each as it was seen in somebody's bot or as a hurried person would write it."""

from trading_rule_cases import Case, body, members, whole

DEFECTS: list[Case] = [
    # T101: what blocks in a handler
    body("T101", "sleep before an order", "time.sleep(0.2)\nself.submit_order(self.order)", "import time"),
    body("T101", "sleep in on_start", "time.sleep(5)", "import time", "on_start(self)"),
    body("T101", "an aliased get", "signal = rq.get('http://10.0.0.7/signal').json()", "import requests as rq"),
    body("T101", "urlopen", "raw = urlopen('http://10.0.0.7/signal').read()", "from urllib.request import urlopen"),
    body(
        "T101",
        "a model in a subprocess",
        "out = subprocess.run(['predict', str(bar.close)], capture_output=True)",
        "import subprocess",
    ),
    body("T101", "asking the keyboard", "if input('trade? ') == 'y':\n    self.submit_order(self.order)"),
    body(
        "T101",
        "a connection per bar",
        "with sqlite3.connect('bars.db') as db:\n    self.save(db, bar)",
        "import sqlite3",
    ),
    body("T101", "a result awaited synchronously", "future = self.pool.submit(predict, bar)\nvalue = future.result()"),
    body(
        "T101",
        "a result in one line",
        "value = asyncio.run_coroutine_threadsafe(fetch(bar), self.loop).result(timeout=5)",
        "import asyncio",
    ),
    body("T101", "a lambda on the loop", "self.retry(lambda: time.sleep(1))", "import time"),
    body(
        "T101",
        "a socket",
        "sock = socket.socket()\nsock.connect(('10.0.0.7', 9009))\nsock.sendall(b'x')",
        "import socket",
    ),
    members(
        "T101",
        "a session of the strategy",
        """
        def on_start(self):
            self.http = requests.Session()

        def on_quote_tick(self, tick):
            self.http.post(self.config.webhook, json={"bid": str(tick.bid_price)})
    """,
        "import requests",
    ),
    members(
        "T101",
        "two calls away from the handler",
        """
        def on_bar(self, bar):
            self.refresh()

        def refresh(self):
            self.funding = self.load()

        def load(self):
            return httpx.get("http://10.0.0.7/funding").json()
    """,
        "import httpx",
    ),
    whole(
        "T101",
        "an actor and a function of the module",
        """
        import requests
        from nautilus_trader.common.actor import Actor

        def notify(text):
            requests.post("http://10.0.0.7/hook", json={"text": text})

        class Notifier(Actor):
            def on_data(self, data):
                notify(str(data))
    """,
    ),
    whole(
        "T101",
        "a strategy of one's own base",
        """
        import time
        import nautilus_trader
        from mybot.base import BaseStrategy

        class Late(BaseStrategy):
            async def on_trade_tick(self, tick):
                time.sleep(0.01)
    """,
    ),
    # T102: floats as money
    body("T102", "a float literal as price", "price = Price(1.2345, precision=4)"),
    body(
        "T102",
        "a percentage of the close",
        "stop = Price(bar.close.as_double() * 0.99, self.instrument.price_precision)",
    ),
    body("T102", "a float quantity by a name", "size = float(self.config.trade_size) / 3\nqty = Quantity(size, 3)"),
    body("T102", "a decimal of a float", "price = Price(Decimal(0.1), 2)"),
    body("T102", "a decimal of a float in arithmetic", "self.fee = Decimal(0.0004) * self.notional"),
    body("T102", "a decimal of a converted text", "price = Decimal(float(self.raw['price']))"),
    body("T102", "a mid price", "mid = Price((float(bar.high) + float(bar.low)) / 2, 2)"),
    members(
        "T102",
        "an indicator in a price",
        """
        def __init__(self, config):
            super().__init__(config)
            self.atr = AverageTrueRange(14)

        def on_bar(self, bar):
            self.stop_at = Price(bar.close - self.atr.value * 2, precision=2)
    """,
        "from nautilus_trader.indicators import AverageTrueRange",
    ),
    # T103: credentials
    whole(
        "T103",
        "a literal key",
        """
        from nautilus_trader.adapters.binance import BinanceDataClientConfig
        config = BinanceDataClientConfig(api_key="vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv", testnet=True)
    """,
    ),
    whole(
        "T103",
        "a fallback",
        """
        import os
        from nautilus_trader.adapters.bybit import BybitExecClientConfig
        config = BybitExecClientConfig(api_secret=os.getenv("BYBIT_SECRET", "Zk2Rsp81xQmnVb03"))
    """,
    ),
    whole(
        "T103",
        "settings in a dictionary",
        """
        from nautilus_trader.adapters.binance import BinanceExecClientConfig
        config = BinanceExecClientConfig(**{"api_key": "vmPUZE6mv9SD5VNH", "api_secret": "NhqPtmdSJYdKjVHj"})
    """,
    ),
    whole(
        "T103",
        "a wallet",
        """
        from nautilus_trader.adapters.hyperliquid import HyperliquidExecClientConfig
        config = HyperliquidExecClientConfig(private_key="0x" + "4c0883a69102937d6231471b5dbb6204")
    """,
    ),
    whole(
        "T103",
        "another library's client",
        """
        import ccxt
        exchange = ccxt.binance({"apiKey": "vmPUZE6mv9SD5VNH", "secret": "NhqPtmdSJYdKjVHj"})
    """,
    ),
    # T104: live endpoints
    whole(
        "T104",
        "binance by name",
        """
        BASE_URL = "https://api.binance.com"
    """,
    ),
    whole(
        "T104",
        "a path in an f-string",
        """
        def depth(symbol):
            return f"https://fapi.binance.com/fapi/v1/depth?symbol={symbol}"
    """,
    ),
    whole(
        "T104",
        "binance live",
        """
        from nautilus_trader.adapters.binance import BinanceEnvironment, BinanceExecClientConfig
        config = BinanceExecClientConfig(environment=BinanceEnvironment.LIVE)
    """,
    ),
    whole(
        "T104",
        "testnet off",
        """
        from nautilus_trader.adapters.bybit import BybitExecClientConfig
        config = BybitExecClientConfig(testnet=False)
    """,
    ),
    whole(
        "T104",
        "live by default",
        """
        from nautilus_trader.adapters.binance import BinanceEnvironment
        def node(environment=BinanceEnvironment.LIVE):
            return environment
    """,
    ),
    whole(
        "T104",
        "ccxt leaves its sandbox",
        """
        import ccxt
        exchange = ccxt.bybit()
        exchange.set_sandbox_mode(False)
    """,
    ),
    whole(
        "T104",
        "a host alone",
        """
        import http.client
        connection = http.client.HTTPSConnection("api.bybit.com")
    """,
    ),
    whole(
        "T104",
        "shared settings",
        """
        common = {"environment": BinanceEnvironment.LIVE, "account_type": "SPOT"}
    """,
    ),
    # T105: swallowed failures
    body("T105", "pass", "try:\n    self.submit_order(order)\nexcept Exception:\n    pass"),
    body(
        "T105", "bare", "try:\n    self.modify_order(order, price=price)\nexcept:\n    self.log.error('modify failed')"
    ),
    body(
        "T105",
        "a tuple with a broad one",
        "try:\n    self.cancel_all_orders(self.instrument.id)\nexcept (ValueError, Exception) as e:\n    self.log.warning(str(e))",
    ),
    body(
        "T105",
        "in a loop",
        "for order in orders:\n    try:\n        self.submit_order(order)\n    except Exception:\n        continue",
    ),
    body(
        "T105",
        "suppress",
        "with suppress(Exception):\n    self.close_all_positions(self.instrument.id)",
        "from contextlib import suppress",
    ),
    body("T105", "counted only", "try:\n    self.submit_order(order)\nexcept BaseException:\n    self.errors += 1"),
    body(
        "T105",
        "told to an error tracker only",
        "try:\n    self.submit_order(order)\nexcept Exception as e:\n    sentry_sdk.capture_exception(e)",
        "import sentry_sdk",
    ),
    # T106: constructors
    members("T106", "no super", "def __init__(self, config):\n    self.size = config.size"),
    members(
        "T106",
        "a config that is dropped",
        "def __init__(self, config):\n    super().__init__()\n    self.size = config.size",
    ),
    whole(
        "T106",
        "an actor of a subclass",
        """
        from nautilus_trader.common.actor import Actor
        class Base(Actor):
            pass
        class Watch(Base):
            def __init__(self, config):
                self.seen = 0
    """,
    ),
    # T107: the wall clock
    body("T107", "seconds since the epoch", "self.last = time.time()", "import time"),
    body("T107", "utcnow", "if datetime.utcnow().hour >= 22:\n    return", "from datetime import datetime"),
    body("T107", "a time stamp of pandas", "now = pd.Timestamp.now(tz='UTC')", "import pandas as pd"),
    body("T107", "today", "if dt.date.today().weekday() > 4:\n    return", "import datetime as dt"),
    members(
        "T107",
        "in a helper",
        "def on_bar(self, bar):\n    self.age = self.now() - bar.ts_event\n\ndef now(self):\n    return time.time_ns()",
        "import time",
    ),
    # T108 and T113: too early
    members(
        "T108",
        "an order in the constructor",
        "def __init__(self, config):\n    super().__init__(config)\n    self.submit_order(config.order)",
    ),
    members(
        "T108",
        "an order behind the constructor",
        "def __init__(self, config):\n    super().__init__(config)\n    self.enter()\n\ndef enter(self):\n    self.submit_order(self.order)",
    ),
    whole(
        "T108",
        "an order at import",
        """
        strategy = build()
        strategy.submit_order(strategy.order)
    """,
    ),
    members(
        "T113",
        "the clock in the constructor",
        "def __init__(self, config):\n    super().__init__(config)\n    self.started = self.clock.utc_now()",
    ),
    members(
        "T113",
        "the cache in the constructor",
        "def __init__(self, config):\n    super().__init__(config)\n    self.instrument = self.cache.instrument(config.instrument_id)",
    ),
    # T109: size
    body(
        "T109",
        "nearly everything",
        "balance = self.portfolio.account(VENUE).balance_total(USDT)\nqty = self.instrument.make_qty(balance.as_double() * 0.99 / bar.close.as_double())",
    ),
    body(
        "T109",
        "everything with leverage",
        "equity = self.portfolio.account(VENUE).balance_total(USDT).as_decimal()\nqty = self.instrument.make_qty(equity * self.config.leverage / bar.close.as_decimal())",
    ),
    body("T109", "two to the power of losses", "qty = self.instrument.make_qty(self.config.base * 2 ** self.losses)"),
    body("T109", "double the stake", "self._qty = self._qty * 2", method="on_position_closed(self, event)"),
    body(
        "T109",
        "a growing grid",
        "qty = self.config.base\nfor level in range(8):\n    qty *= self.config.multiplier\n    self.place(level, qty)",
    ),
    # T110, T111, T112, T116: repeatable, readable, separate, bounded
    body("T110", "a coin", "if random.random() < 0.5:\n    return", "import random"),
    body(
        "T110",
        "a generator without a seed",
        "self.random = np.random.default_rng()",
        "import numpy as np",
        "on_start(self)",
    ),
    body("T111", "print", "print(bar)"),
    members(
        "T112", "a list of the class", "orders = []\n\ndef on_order_filled(self, event):\n    self.orders.append(event)"
    ),
    whole(
        "T112",
        "a dictionary of the module",
        """
        from nautilus_trader.trading.strategy import Strategy
        LAST = {}
        class Bot(Strategy):
            def on_bar(self, bar):
                LAST[bar.bar_type] = bar.close
    """,
    ),
    members(
        "T116",
        "every close since the start",
        "def __init__(self, config):\n    super().__init__(config)\n    self.closes = []\n\ndef on_bar(self, bar):\n    self.closes.append(bar.close)",
    ),
    # T114, T115: engines
    whole(
        "T114",
        "the risk engine off",
        """
        from nautilus_trader.config import LiveRiskEngineConfig, TradingNodeConfig
        config = TradingNodeConfig(risk_engine=LiveRiskEngineConfig(bypass=True))
    """,
    ),
    whole(
        "T115",
        "no reconciliation",
        """
        from nautilus_trader.live.config import LiveExecEngineConfig
        config = LiveExecEngineConfig(reconciliation=False)
    """,
    ),
]

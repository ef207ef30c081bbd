"""The held-out quarter: written before the rules were tuned, looked at by nobody who tunes them."""

from trading_rule_cases import Case, body, members, whole

DEFECTS: list[Case] = [
    body(
        "T101",
        "held: the exchange is asked for its time",
        "self.drift = requests.get(URL, timeout=2).json()['serverTime']",
        "import requests",
    ),
    body(
        "T101",
        "held: a nested closure sleeps between retries",
        """
        def retry(count):
            for _ in range(count):
                nap(0.5)
        retry(3)
    """,
        "from time import sleep as nap",
    ),
    members(
        "T101",
        "held: a helper of the handler commits to postgres",
        """
        def __init__(self, config):
            super().__init__(config)
            self.db = psycopg.connect(config.dsn)

        def on_order_filled(self, event):
            self.record(event)

        def record(self, event):
            self.db.execute("insert into fills values (%s)", (str(event.last_qty),))
    """,
        "import psycopg",
    ),
    body("T102", "held: a quantity of a percentage", "qty = Quantity(self.size * 0.98, precision=3)"),
    body("T102", "held: money of a float", "fee = Money(0.1, USDT)"),
    whole(
        "T103",
        "held: keys of a futures client",
        """
        from nautilus_trader.adapters.binance import BinanceExecClientConfig
        config = BinanceExecClientConfig(api_key="mZ3kqpx81Vb2nRtY", api_secret="Wq81LmNzX0c7vBtR")
    """,
    ),
    whole(
        "T103",
        "held: a passphrase behind a constant",
        """
        import os
        from nautilus_trader.adapters.okx import OKXExecClientConfig
        PHRASE = "correct-horse-7"
        config = OKXExecClientConfig(api_key=os.environ["OKX_API_KEY"], api_passphrase=PHRASE)
    """,
    ),
    whole(
        "T104",
        "held: the user stream of bybit",
        """
        STREAM = "wss://stream.bybit.com/v5/private"
    """,
    ),
    whole(
        "T104",
        "held: bybit's main net in a node",
        """
        from nautilus_trader.adapters.bybit import BybitExecClientConfig, BybitEnvironment
        config = BybitExecClientConfig(environment=BybitEnvironment.MAINNET)
    """,
    ),
    body(
        "T105",
        "held: a cancel whose failure is logged at debug",
        """
        try:
            self.cancel_order(self.entry)
        except Exception as error:
            self.log.debug(f"cancel: {error}")
    """,
    ),
    members(
        "T106",
        "held: attributes only",
        """
        def __init__(self, config):
            self.fast = config.fast
            self.slow = config.slow
    """,
    ),
    body(
        "T107",
        "held: a cool-down by the machine's clock",
        """
        if datetime.now(timezone.utc) - self.last < timedelta(seconds=30):
            return
    """,
        "from datetime import datetime, timedelta, timezone",
    ),
    members(
        "T108",
        "held: the constructor flattens",
        """
        def __init__(self, config):
            super().__init__(config)
            self.close_all_positions(config.instrument_id)
    """,
    ),
    body(
        "T109",
        "held: all the money at the last price",
        """
        free = self.portfolio.account(VENUE).balance_free(USDT).as_decimal()
        qty = self.instrument.make_qty(free / bar.close.as_decimal())
        self.submit_order(self.order_factory.market(self.instrument.id, OrderSide.BUY, qty))
    """,
    ),
    body(
        "T109",
        "held: twice after a loss",
        """
        if event.realized_pnl < 0:
            self.trade_size *= 2
    """,
        method="on_position_closed(self, event)",
    ),
    body("T110", "held: noise on the price", "self.offset = np.random.normal(0, 1)", "import numpy as np"),
    body("T111", "held: a printed fill", "print(f'filled {event.last_qty}')", method="on_order_filled(self, event)"),
    members(
        "T112",
        "held: positions of the class",
        """
        open_orders = {}

        def on_order_accepted(self, event):
            self.open_orders[event.client_order_id] = event
    """,
    ),
    body(
        "T113",
        "held: the portfolio in the constructor",
        """
        super().__init__(config)
        self.start_equity = self.portfolio.account(config.venue)
    """,
        method="__init__(self, config)",
    ),
    whole(
        "T114",
        "held: bypassed in a variable",
        """
        import nautilus_trader.config as nt
        risk = nt.LiveRiskEngineConfig(bypass=True, debug=True)
    """,
    ),
    whole(
        "T115",
        "held: reconciliation off in production",
        """
        from nautilus_trader.config import LiveExecEngineConfig, TradingNodeConfig
        node = TradingNodeConfig(exec_engine=LiveExecEngineConfig(reconciliation=False, open_check_interval_secs=5.0))
    """,
    ),
    members(
        "T116",
        "held: all fills",
        """
        def __init__(self, config):
            super().__init__(config)
            self.fills: list = list()

        def on_order_filled(self, event):
            self.fills.append(event)
    """,
    ),
]

CLEAN: list[Case] = [
    body(
        "",
        "held: seconds of a timer",
        "self.clock.set_timer('poll', interval=timedelta(seconds=5), callback=self.on_poll)",
        "from datetime import timedelta",
        "on_start(self)",
    ),
    body(
        "",
        "held: a download in the executor",
        "self.run_in_executor(lambda: requests.get(URL, timeout=2))",
        "import requests",
    ),
    whole(
        "",
        "held: a script may sleep",
        """
        import time
        from nautilus_trader.live.node import TradingNode
        def main():
            node = TradingNode()
            time.sleep(1)
            node.run()
    """,
    ),
    body("", "held: make_price rounds a float", "price = self.instrument.make_price(float(bar.close) * 1.001)"),
    body("", "held: a quantity from text", "qty = Quantity.from_str(str(self.config.trade_size))"),
    whole(
        "",
        "held: keys from the environment",
        """
        import os
        from nautilus_trader.adapters.binance import BinanceExecClientConfig
        config = BinanceExecClientConfig(api_key=os.environ["BINANCE_API_KEY"], api_secret=os.getenv("BINANCE_API_SECRET"))
    """,
    ),
    whole(
        "",
        "held: keys left to the adapter",
        """
        from nautilus_trader.adapters.bybit import BybitDataClientConfig
        config = BybitDataClientConfig(api_key=None, api_secret=None, testnet=True)
    """,
    ),
    whole(
        "",
        "held: the testnet of bybit",
        """
        STREAM = "wss://stream-testnet.bybit.com/v5/private"
    """,
    ),
    body(
        "",
        "held: a broad except that stops the bot",
        """
        try:
            self.submit_order(order)
        except Exception as error:
            self.log.exception("submit failed", error)
            self.stop()
    """,
    ),
    body(
        "",
        "held: only what is expected is caught",
        """
        try:
            self.cancel_order(self.entry)
        except KeyError as error:
            self.log.debug(f"gone already: {error}")
    """,
    ),
    members(
        "",
        "held: checks come before super",
        """
        def __init__(self, config):
            assert config.fast < config.slow
            super().__init__(config=config)
            self.slow = config.slow
    """,
    ),
    body("", "held: the event's own time", "age_ns = self.clock.timestamp_ns() - bar.ts_event"),
    body("", "held: flat at the end", "self.close_all_positions(self.config.instrument_id)", method="on_stop(self)"),
    body(
        "",
        "held: a tenth of the money, less where a limit is nearer",
        """
        free = self.portfolio.account(VENUE).balance_free(USDT).as_decimal()
        qty = self.instrument.make_qty(min(free * self.config.risk_fraction / bar.close.as_decimal(), self.config.max_size))
    """,
    ),
    body(
        "",
        "held: a delay that doubles",
        """
        self.delay *= 2
        self.clock.set_time_alert('again', self.clock.utc_now() + pd.Timedelta(seconds=self.delay))
    """,
        "import pandas as pd",
        "on_order_rejected(self, event)",
    ),
    body("", "held: drawn from a seeded generator", "self.offset = self.random.gauss(0, 1)"),
    body("", "held: a debug line", "self.log.info(repr(bar))"),
    members(
        "",
        "held: constants of the class",
        """
        SYMBOLS = ["BTCUSDT", "ETHUSDT"]

        def on_start(self):
            for symbol in self.SYMBOLS:
                self.log.info(symbol)
    """,
    ),
    body("", "held: a future's callback", "self.future.add_done_callback(lambda future: self.apply(future.result()))"),
    members(
        "",
        "held: an executor pool in a helper",
        """
        def on_bar(self, bar):
            self.pool.submit(lambda: self.fetch(bar))

        def fetch(self, bar):
            return requests.get(URL, timeout=1)
    """,
        "import requests",
    ),
    whole(
        "",
        "held: a class called Price of one's own",
        """
        from dataclasses import dataclass
        @dataclass
        class Price:
            value: float
        best = Price(0.1)
    """,
    ),
    members(
        "",
        "held: grid levels of the instance",
        """
        def __init__(self, config):
            super().__init__(config)
            self.levels = []

        def on_quote_tick(self, tick):
            self.levels = []
            for step in range(self.config.levels):
                self.levels.append(self.instrument.make_price(tick.bid_price - step))
    """,
    ),
    whole(
        "",
        "held: a mapping of hosts to check a configuration",
        """
        from urllib.parse import urlsplit
        LIVE_HOSTS = {"api.binance.com", "api.bybit.com"}
        def is_live(url):
            return urlsplit(url).hostname in LIVE_HOSTS
    """,
    ),
]

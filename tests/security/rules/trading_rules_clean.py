"""Clean twins: as near to a defect as correct code comes, in the idioms of NautilusTrader's own examples."""

from trading_rule_cases import Case, body, members, whole

CLEAN: list[Case] = [
    # T101
    body("", "a time alert", "self.clock.set_time_alert('retry', self.clock.utc_now() + self.pause, self.on_retry)"),
    body("", "async sleep", "await asyncio.sleep(1)", "import asyncio"),
    body(
        "",
        "a function for the executor",
        "def work():\n    return requests.get(URL, timeout=2)\nself.queue_for_executor(work)",
        "import requests",
    ),
    body("", "a method for the executor", "self.run_in_executor(self.download)"),
    body("", "a result that is there", "if self.future.done():\n    value = self.future.result()"),
    body("", "a dictionary called requests", "requests = {}\nknown = requests.get(bar.bar_type)"),
    body("", "join of texts", "self.log.info(', '.join(['a', 'b']))"),
    body("", "a queue that does not wait", "item = self.queue.get_nowait()"),
    body(
        "",
        "durations are measured",
        "begin = time.perf_counter()\nself.step()\nself.took = time.perf_counter() - begin",
        "import time",
    ),
    members(
        "",
        "a thread may sleep",
        "def on_start(self):\n    threading.Thread(target=self.poll, daemon=True).start()\n\ndef poll(self):\n    time.sleep(1)",
        "import threading\nimport time",
    ),
    whole(
        "",
        "a class that only sounds alike",
        """
        import time
        class RetryStrategy:
            def on_failure(self, count):
                time.sleep(2 ** count)
    """,
    ),
    whole(
        "",
        "another framework",
        """
        import time
        from backtesting import Strategy
        class Cross(Strategy):
            def on_bar(self):
                time.sleep(1)
    """,
    ),
    # T102
    body("", "a price from text", "price = Price.from_str('1.2345')"),
    body(
        "",
        "decimals throughout",
        "price = Price(bar.close.as_decimal() * Decimal('0.99'), self.instrument.price_precision)",
    ),
    body("", "make_qty of a float", "qty = self.instrument.make_qty(self.config.trade_size * 0.5)"),
    body(
        "",
        "make_price of an indicator",
        "order = self.order_factory.limit(self.instrument.id, OrderSide.BUY, self.qty, self.instrument.make_price(bar.close - 2.0 * self.atr.value))",
    ),
    body("", "whole money", "cash = Money(1_000_000, USDT)"),
    body(
        "",
        "the quantity of the configuration",
        "qty = Quantity(self.config.trade_size, self.config.order_quantity_precision)",
    ),
    body("", "an exact literal", "qty = Quantity(1.0, precision=0)\nnone = Money(0.0, USDT)"),
    body("", "a converted text", "price = Price(float(self.raw['price']), self.instrument.price_precision)"),
    body("", "floats that stay numbers", "ratio = float(bar.close) / float(bar.open)\nif ratio > 1.01:\n    return"),
    whole(
        "",
        "another library's money",
        """
        from moneyed import Money
        price = Money(9.99, "USD")
    """,
    ),
    # T103
    whole(
        "",
        "a stand-in",
        """
        from nautilus_trader.adapters.binance import BinanceDataClientConfig
        config = BinanceDataClientConfig(api_key="YOUR_API_KEY", api_secret="<your secret>")
    """,
    ),
    whole(
        "",
        "the name of a variable",
        """
        config = BotConfig(api_key="BINANCE_API_KEY", api_secret=secret("BINANCE_API_SECRET"))
    """,
    ),
    whole(
        "",
        "a subscript of the environment",
        """
        import os
        from nautilus_trader.adapters.okx import OKXDataClientConfig
        KEY = os.environ["OKX_API_KEY"]
        config = OKXDataClientConfig(api_key=KEY, api_passphrase=os.environ.get("OKX_PASSPHRASE", ""))
    """,
    ),
    whole(
        "",
        "a dictionary of names",
        """
        FIELDS = {"api_key": "Key of the account", "api_secret": "Secret of the account"}
    """,
    ),
    # T104
    whole(
        "",
        "a testnet",
        """
        from nautilus_trader.adapters.binance import BinanceEnvironment, BinanceExecClientConfig
        config = BinanceExecClientConfig(environment=BinanceEnvironment.TESTNET, base_url_http="https://testnet.binance.vision")
    """,
    ),
    whole(
        "",
        "a guard",
        """
        from nautilus_trader.adapters.binance import BinanceEnvironment
        def refuse(config):
            if config.environment == BinanceEnvironment.LIVE or config.base_url_http == "https://api.binance.com":
                raise SystemExit("never live")
    """,
    ),
    whole(
        "",
        "a choice of the deployment",
        """
        import os
        from nautilus_trader.adapters.binance import BinanceEnvironment
        CHOICES = {"live": BinanceEnvironment.LIVE, "testnet": BinanceEnvironment.TESTNET}
        environment = CHOICES[os.environ.get("TRADING_ENVIRONMENT", "testnet")]
    """,
    ),
    whole(
        "",
        "one of two addresses",
        """
        def base_url(config):
            return "https://api.binance.com" if not config.is_testnet else "https://testnet.binance.vision"
        def stream_url(testnet):
            if testnet:
                return "wss://stream-testnet.bybit.com/v5/private"
            return "wss://stream.bybit.com/v5/private"
        URLS = {"live": "https://api.bybit.com", "testnet": "https://api-testnet.bybit.com"}
    """,
    ),
    whole(
        "",
        "live where the settings say so",
        """
        from nautilus_trader.adapters.binance import BinanceEnvironment
        def environment(settings):
            if settings.mode == "live":
                return BinanceEnvironment.LIVE
            return BinanceEnvironment.TESTNET
    """,
    ),
    whole(
        "",
        "a live node on a testnet",
        """
        from nautilus_trader.common import Environment
        from nautilus_trader.config import TradingNodeConfig
        config = TradingNodeConfig(environment=Environment.LIVE)
    """,
    ),
    whole(
        "",
        "documentation and public data",
        '''
        """Reads https://api.binance.com as described on https://developers.binance.com/docs."""
        ARCHIVE = "https://data.binance.vision/data/spot/daily"
        HELP = "https://www.okx.com/help"
    ''',
    ),
    whole(
        "",
        "hosts that are refused",
        """
        FORBIDDEN_HOSTS = frozenset({"https://api.binance.com", "wss://stream.bybit.com"})
    """,
    ),
    # T105
    body(
        "",
        "raised again",
        "try:\n    self.submit_order(order)\nexcept Exception:\n    self.log.error('submit failed')\n    raise",
    ),
    body("", "remembered", "try:\n    self.submit_order(order)\nexcept Exception:\n    self.halted = True"),
    body("", "a narrow one", "try:\n    self.cancel_order(order)\nexcept KeyError:\n    pass"),
    body(
        "",
        "nothing is sent inside",
        "try:\n    signal = self.model(bar)\nexcept Exception:\n    return\nself.submit_order(order)",
    ),
    body("", "the caller is told", "try:\n    self.submit_order(order)\nexcept Exception:\n    return False"),
    # T106
    members(
        "", "super first", "def __init__(self, config):\n    super().__init__(config)\n    self.size = config.size"
    ),
    members("", "by the name of the class", "def __init__(self, config):\n    Strategy.__init__(self, config)"),
    whole(
        "",
        "no strategy at all",
        """
        class Signal:
            def __init__(self, threshold):
                self.threshold = threshold
    """,
    ),
    # T107
    body("", "the component's clock", "now = self.clock.utc_now()\nif now.hour >= 22:\n    return"),
    body(
        "",
        "a given time",
        "start = pd.Timestamp('2024-01-01', tz='UTC')\nlater = datetime.fromtimestamp(bar.ts_event / 1e9)",
        "import pandas as pd\nfrom datetime import datetime",
    ),
    whole(
        "",
        "a script's clock",
        """
        import time
        from nautilus_trader.trading.strategy import Strategy
        def main():
            started = time.time()
            run()
            return time.time() - started
    """,
    ),
    # T108, T113
    body(
        "",
        "an order at the start",
        "self.submit_order(self.order_factory.market(self.instrument.id, OrderSide.BUY, self.qty))",
        method="on_start(self)",
    ),
    members(
        "",
        "an order in a callback",
        "def __init__(self, config):\n    super().__init__(config)\n    self.action = lambda order: self.submit_order(order)",
    ),
    whole(
        "",
        "an order of a script",
        """
        if __name__ == "__main__":
            bot = build()
            bot.submit_order(bot.order)
    """,
    ),
    members(
        "",
        "a cache of one's own",
        "def __init__(self, config):\n    super().__init__(config)\n    self.log.info('made')\n    self.instrument = None",
    ),
    # T109
    body("", "a fixed size", "qty = self.instrument.make_qty(self.config.trade_size)"),
    body(
        "",
        "a fraction",
        "free = self.portfolio.account(VENUE).balance_free(USDT).as_decimal()\nqty = self.instrument.make_qty(free * Decimal('0.02') / bar.close.as_decimal())",
    ),
    body(
        "",
        "the smaller one",
        "free = self.portfolio.account(VENUE).balance_free(USDT).as_decimal()\nqty = self.instrument.make_qty(min(free / bar.close.as_decimal(), self.config.trade_size))",
    ),
    body(
        "",
        "compared with the limit",
        "free = self.portfolio.account(VENUE).balance_free(USDT).as_decimal()\nwanted = free / bar.close.as_decimal()\nif wanted > self.config.max_size:\n    wanted = self.config.max_size\nqty = self.instrument.make_qty(wanted)",
    ),
    body(
        "",
        "the balance is only shown",
        "free = self.portfolio.account(VENUE).balance_free(USDT)\nself.log.info(f'{free}')",
    ),
    body(
        "",
        "a stake with a ceiling",
        "self.stake = min(self.stake * 2, self.config.max_stake)",
        method="on_position_closed(self, event)",
    ),
    body(
        "",
        "a stake that grows up to a limit",
        "if self.stake < self.config.max_stake:\n    self.stake *= 2",
        method="on_position_closed(self, event)",
    ),
    body("", "half after a loss", "self.trade_size *= Decimal('0.5')", method="on_position_closed(self, event)"),
    # T110 to T112, T116
    members(
        "",
        "a seeded generator",
        "def __init__(self, config):\n    super().__init__(config)\n    self.random = random.Random(config.seed)\n\ndef on_bar(self, bar):\n    if self.random.random() < 0.5:\n        return",
        "import random",
    ),
    body("", "the choice of an array", "picked = np.where(self.mask, 1, 0)", "import numpy as np"),
    body("", "the log", "self.log.info(f'{bar}')"),
    whole(
        "",
        "a script prints",
        """
        from nautilus_trader.backtest.engine import BacktestEngine
        def main():
            print(BacktestEngine().get_result())
    """,
    ),
    members(
        "",
        "a history of the instance",
        "def __init__(self, config):\n    super().__init__(config)\n    self.closes = deque(maxlen=100)\n\ndef on_bar(self, bar):\n    self.closes.append(bar.close)",
        "from collections import deque",
    ),
    members(
        "",
        "a history that is cut",
        "def __init__(self, config):\n    super().__init__(config)\n    self.closes = []\n\ndef on_bar(self, bar):\n    self.closes.append(bar.close)\n    if len(self.closes) > 100:\n        self.closes.pop(0)",
    ),
    members(
        "",
        "a list that is drained",
        "def __init__(self, config):\n    super().__init__(config)\n    self.waiting = []\n\ndef on_bar(self, bar):\n    self.waiting.append(bar)\n    if self.ready:\n        self.flush()\n\ndef flush(self):\n    waiting, self.waiting = self.waiting, []",
    ),
    body(
        "",
        "a list of the method",
        "orders = []\nfor level in range(3):\n    orders.append(self.make(level))\nself.submit_order_list(orders)",
    ),
    # T114, T115
    whole(
        "",
        "a backtest without the risk engine",
        """
        from nautilus_trader.backtest.engine import BacktestEngineConfig
        from nautilus_trader.config import RiskEngineConfig
        config = BacktestEngineConfig(risk_engine=RiskEngineConfig(bypass=True))
    """,
    ),
    whole(
        "",
        "an engine that reconciles",
        """
        from nautilus_trader.live.config import LiveExecEngineConfig, LiveRiskEngineConfig
        config = LiveExecEngineConfig(reconciliation=True, generate_missing_orders=False)
        risk = LiveRiskEngineConfig(bypass=False, max_order_submit_rate="10/00:00:01")
    """,
    ),
]

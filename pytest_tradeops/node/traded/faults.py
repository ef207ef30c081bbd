"""Faults in what measures a bot, as a module that a copy of any subject starts its node with.

The collector of the package is broken in the node's own process, so that it does not matter how the subject configures
it, nor whether it has a subclass of its own.
"""

PATH = "tradeops_planted.py"
ENTRY = "tradeops_planted:plant"

#: A handler of the collector's raises when an order is filled.
RAISES_ON_A_FILL = """
def plant():
    from pytest_tradeops.telemetry.collector import MetricsCollector

    original = MetricsCollector.on_start

    def on_start(self):
        original(self)

        def hear(event):
            if type(event).__name__ == "OrderFilled":
                raise RuntimeError("a collector that raises")

        self.msgbus.subscribe("events.order.*", hear)

    MetricsCollector.on_start = on_start
"""

#: Profit is booked without fees.
NO_FEES = """
def plant():
    from dataclasses import replace
    from decimal import Decimal

    from pytest_tradeops.telemetry.rows import Converter

    original = Converter.fill
    Converter.fill = lambda self, event, quantity: replace(original(self, event, quantity), commission=Decimal(0))
"""

#: Latency is the distance of two stamps of the exchange's.
VENUE_STAMPS = """
def plant():
    from pytest_tradeops.telemetry.rows import Converter

    first = {}

    def elapsed(self, start, event):
        return event.ts_event - first.setdefault(event.client_order_id.value, event.ts_event)

    Converter.elapsed = elapsed
"""

#: Live trading is taken for paper trading.
ALL_ON_PAPER = """
def plant():
    from pytest_tradeops.telemetry.collector import MetricsCollector

    MetricsCollector._mode = lambda self, venue: "paper"
"""

#: The row is left out that closes a position which is turned round: the first one that closes.
NO_ROW_FOR_A_TURN = """
def plant():
    from pytest_tradeops.telemetry.rows import Converter

    original, dropped = Converter.position_event, []

    def position_event(self, event):
        if type(event).__name__ == "PositionClosed" and not dropped:
            dropped.append(event)
        else:
            original(self, event)

    Converter.position_event = position_event
"""

#: Nobody hears of denied orders.
DENIALS_UNHEARD = """
def plant():
    from pytest_tradeops.telemetry.intake import Intake

    original = Intake.hear

    def hear(self, thing):
        if type(thing).__name__ != "OrderDenied":
            original(self, thing)

    Intake.hear = hear
"""

#: The sink writes into tables of other names, which are there, and which nobody reads.
OTHER_TABLES = """
def plant():
    from dataclasses import replace

    from pytest_tradeops.questdb_sql import QuestDb
    from pytest_tradeops.telemetry import sink
    from pytest_tradeops.telemetry.tables import TRADING

    original = sink.Sink.__init__

    def __init__(self, config):
        prefix = f"{config.prefix}old_"
        words = dict(one.split("=", 1) for one in config.conf.partition("::")[2].split(";") if "=" in one)
        with QuestDb(f"{config.conf.partition('::')[0]}://{words['addr']}", token=words.get("token", "")) as database:
            for table in TRADING:
                database.sql(table.ddl(prefix + table.name))
        original(self, replace(config, prefix=prefix))

    sink.Sink.__init__ = __init__
"""

#: The peak of the equity begins anew with each sample, so that there never is a drawdown.
PEAK_RESET = """
def plant():
    from pytest_tradeops.telemetry.peaks import Peaks

    Peaks.rise = lambda self, key, equity: equity
"""

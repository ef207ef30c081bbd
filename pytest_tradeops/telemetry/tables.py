"""Every table of metrics, once: DDL, the collector's rows, dashboards and rules are built from this or checked by it.

`SCHEMA` rises with every change here, and the migration that brings a server there is written beside it
(`migrations.py`). Text that takes few values is a SYMBOL; what is different in every row is a VARCHAR or a UUID.
`bot` names the running bot (one process), `strategy` a strategy's id, `mode` is live, paper or backtest; rows of
paper trades never count as latency.
"""

from .loops import LOOPS
from .schema import Column, Table

SCHEMA = 1

BOT = Column("bot", "SYMBOL", "which bot wrote it: its trader id")
MODE = Column("mode", "SYMBOL", "live, paper or backtest")
STRATEGY = Column("strategy", "SYMBOL", "id of the strategy")
INSTRUMENT = Column("instrument", "SYMBOL", "id of the instrument, such as BTCUSDT.BINANCE")
VENUE = Column("venue", "SYMBOL", "the instrument's venue")
EVENT_ID = Column("event_id", "UUID", "id of the event it was made from")
CLIENT_ORDER = Column("client_order_id", "VARCHAR", "the order's client order id")
CURRENCY = Column("currency", "SYMBOL", "what the amounts are in")
TRADED = (BOT, MODE, STRATEGY, INSTRUMENT, VENUE)

PNL = Table(
    "trading_pnl",
    "Profit and loss of a strategy in one instrument, after each fill and on a timer.",
    (
        *TRADED,
        CURRENCY,
        Column("realized", "DOUBLE", "closed profit since the bot's start, after fees", "currency"),
        Column("unrealized", "DOUBLE", "open profit at the last price; NULL without one", "currency"),
        Column("commission", "DOUBLE", "fees paid since the bot's start", "currency"),
    ),
    keys=("bot", "strategy", "instrument", "currency"),
    ttl="360 DAYS",
)
ORDERS = Table(
    "trading_orders",
    "One row for each event in an order's life.",
    (
        *TRADED,
        Column("event", "SYMBOL", "submitted, accepted, rejected, denied, filled, canceled, expired, ..."),
        EVENT_ID,
        CLIENT_ORDER,
        Column("venue_order_id", "VARCHAR", "the exchange's id of the order"),
        Column("trade_id", "VARCHAR", "the exchange's id of the fill"),
        Column("side", "SYMBOL", "BUY or SELL"),
        Column("quantity", "DOUBLE", "of the order; of a fill: of this fill", "quantity"),
        Column("price", "DOUBLE", "limit of the order; of a fill: of this fill", "price"),
        Column("commission", "DOUBLE", "fee of this fill", "currency"),
        CURRENCY,
        Column("liquidity", "SYMBOL", "MAKER or TAKER"),
        Column("reason", "VARCHAR", "why it was rejected or denied"),
        Column("reconciliation", "BOOLEAN", "made up by reconciliation rather than reported as it happened"),
    ),
    keys=("event_id",),
    ttl="360 DAYS",
)
LATENCY = Table(
    "order_latency",
    "How long the exchange took, as the bot saw it: live orders only, never paper, never reconciliation.",
    (
        *TRADED,
        Column("leg", "SYMBOL", "submit (until sent), accept, fill (of orders that took), cancel or modify"),
        EVENT_ID,
        CLIENT_ORDER,
        Column("latency_ns", "LONG", "from making (submit), sending (accept, fill) or request (cancel, modify)", "ns"),
    ),
    keys=("event_id",),
    ttl="90 DAYS",
)
POSITIONS = Table(
    "trading_positions",
    "One row for each change of a position.",
    (
        *TRADED,
        Column("position_id", "VARCHAR", "id of the position"),
        Column("event", "SYMBOL", "opened, changed or closed"),
        EVENT_ID,
        Column("side", "SYMBOL", "LONG, SHORT or FLAT"),
        Column("signed_quantity", "DOUBLE", "negative when short, 0 when closed", "quantity"),
        Column("average_open", "DOUBLE", "average price of its opening", "price"),
        Column("average_close", "DOUBLE", "average price of its closing; NULL while nothing is closed", "price"),
        CURRENCY,
        Column("realized", "DOUBLE", "closed profit of this position, after fees", "currency"),
    ),
    keys=("event_id",),
    ttl="360 DAYS",
)
ERRORS = Table(
    "trading_errors",
    "One row for each refusal and each exception.",
    (
        *TRADED,
        Column("kind", "SYMBOL", "rejected, denied, cancel_rejected, modify_rejected or exception"),
        Column("error_id", "UUID", "id of the event, or of the exception's report"),
        CLIENT_ORDER,
        Column("component", "SYMBOL", "the handler or engine that it came from"),
        Column("reason", "VARCHAR", "as the exchange or the exception words it, redacted"),
    ),
    keys=("error_id",),
    ttl="180 DAYS",
)
RISK = Table(
    "trading_risk",
    "Samples of what is at risk: rows without instrument hold equity and drawdown, rows with one its position and MAX.",
    (
        BOT,
        MODE,
        VENUE,
        CURRENCY,
        INSTRUMENT,
        Column("equity", "DOUBLE", "cash and open profit of the account", "currency"),
        Column("peak", "DOUBLE", "the highest equity since the bot's first start", "currency"),
        Column("drawdown_pct", "DOUBLE", "how far equity is below the peak", "percent"),
        Column("complete", "BOOLEAN", "false: a price was missing, and equity leaves something out"),
        Column("position", "DOUBLE", "signed quantity over all strategies", "quantity"),
        Column("position_max", "DOUBLE", "the most that the risk configuration allows, without sign", "quantity"),
    ),
    keys=("bot", "venue", "currency", "instrument"),
    ttl="360 DAYS",
)
CONNECTIONS = Table(
    "connection_status",
    "One row for each time that a connection to an exchange comes or goes.",
    (
        BOT,
        MODE,
        Column("component", "SYMBOL", "the client, such as data:BINANCE or exec:BINANCE"),
        Column("status", "SYMBOL", "connected, disconnected or stale"),
        Column("reason", "VARCHAR", "what it was concluded from"),
    ),
    keys=("bot", "component"),
    ttl="90 DAYS",
)
HEARTBEATS = Table(
    "heartbeats",
    "A sign of life of each component every few seconds, with the state of the metrics pipeline itself.",
    (
        BOT,
        MODE,
        Column("component", "SYMBOL", "bot, or a client such as data:BINANCE"),
        Column("connected", "BOOLEAN", "whether the component has its connection"),
        Column("data_age_s", "DOUBLE", "since the last market data; NULL where none is expected", "s"),
        Column("queued", "LONG", "rows waiting in memory", "count"),
        Column("spooled", "LONG", "rows waiting on disk", "count"),
        Column("spooled_bytes", "LONG", "size of the spool", "bytes"),
        Column("written", "LONG", "rows that the server acknowledged since the start", "count"),
        Column("dropped", "LONG", "rows lost since the start, for want of room", "count"),
    ),
    keys=("bot", "component"),
    ttl="30 DAYS",
)

TRADING = (PNL, ORDERS, LATENCY, POSITIONS, ERRORS, RISK, CONNECTIONS, HEARTBEATS)
TABLES = {table.name: table for table in (*TRADING, *LOOPS)}

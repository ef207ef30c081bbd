"""What the engine deals in: instruments, orders, fills, balances, positions; Decimals, times in nanoseconds."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)

#: Accounts of the engine's own: the background market, and where fees go. Cash is conserved over all accounts.
HOUSE = "house"
FEES = "fees"


class Kind(StrEnum):
    """What is traded: coins, or contracts that are settled in the quote currency."""

    SPOT = "spot"
    LINEAR = "linear"


class Side(StrEnum):
    """`sign` is +1 for BUY."""

    sign: int

    def __new__(cls, value: str) -> "Side":
        member = str.__new__(cls, value)
        member._value_, member.sign = value, 1 if value == "BUY" else -1
        return member

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """STOP triggers when the price moves against the position (buy: up, sell: down), TAKE_PROFIT the other way.

    Attributes:
        conditional: It waits for a trigger price.
        priced: It rests at a limit price once it works.
    """

    conditional: bool
    priced: bool

    def __new__(cls, value: str) -> "OrderType":
        member = str.__new__(cls, value)
        member._value_, member.conditional, member.priced = value, "_" in value, value.endswith("LIMIT")
        return member

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP_MARKET = "STOP_MARKET"
    STOP_LIMIT = "STOP_LIMIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class TriggerBy(StrEnum):
    """Which price triggers a conditional order."""

    LAST = "LAST"
    MARK = "MARK"


class SelfTrade(StrEnum):
    """What happens when an order would trade with one of the same account."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class Status(StrEnum):
    """PENDING is a conditional order that has not triggered; `open` those that may still trade."""

    open: bool

    def __new__(cls, value: str) -> "Status":
        member = str.__new__(cls, value)
        member._value_, member.open = value, value in ("PENDING", "NEW", "PARTIALLY_FILLED")
        return member

    PENDING = "PENDING"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class Reason(StrEnum):
    """Why the engine refused a command, or ended an order. Each face has its own code and words for it."""

    UNKNOWN_MARKET = "unknown market"
    UNKNOWN_ACCOUNT = "unknown account"
    ACCOUNT_EXISTS = "account exists already"
    UNKNOWN_ORDER = "unknown order"
    DUPLICATE_CLIENT_ID = "duplicate client id"
    MARKET_CLOSED = "market closed"
    PRICE_MISSING = "price missing"
    PRICE_TICK = "price off tick"
    PRICE_RANGE = "price out of range"
    PRICE_BAND = "price too far from the market"
    QUANTITY_MISSING = "quantity missing"
    QUANTITY_STEP = "quantity off step"
    QUANTITY_MIN = "quantity below minimum"
    QUANTITY_MAX = "quantity above maximum"
    NOTIONAL_MIN = "notional below minimum"
    NOTIONAL_MAX = "notional above maximum"
    BALANCE = "insufficient balance"
    MARGIN = "insufficient margin"
    POST_ONLY = "post-only order would take"
    REDUCE_ONLY = "reduce-only order would not reduce"
    TRIGGER_MISSING = "trigger price missing"
    TRIGGER_NOW = "would trigger immediately"
    TOO_MANY_ORDERS = "too many open orders"
    NO_LIQUIDITY = "no liquidity"
    FILL_OR_KILL = "could not be filled whole"
    IMMEDIATE_OR_CANCEL = "rest of an immediate order"
    SELF_TRADE = "self-trade prevented"
    LEVERAGE = "leverage not allowed"
    POSITION_OPEN = "not with an open position"
    NOTHING_TO_CHANGE = "nothing to change"
    NOT_AMENDABLE = "order cannot be amended"
    LIQUIDATION = "liquidation"
    POSITION_CLOSED = "position was closed"
    INJECTED = "injected fault"


class Rejected(Exception):
    """A command was refused and changed nothing. `detail` is for the journal; a face words it for its client."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One market's terms.

    Attributes:
        tick: Smallest price step, quote currency. `min_price` and `max_price` bound limit prices.
        step: Smallest quantity step, base currency. `max_market_quantity` bounds market orders.
        band: A limit price may be at most so far from the last price, relative; 0.2 is twenty per cent.
        maker_fee, taker_fee: Relative to what is exchanged.
        max_leverage, maintenance: Linear only; `maintenance` is the maintenance margin rate.
        start_price: Where the background market begins.
        volatility: Standard deviation of its relative move per step.
        depth: Base quantity that the background market shows on its best level, on average.
    """

    symbol: str
    kind: Kind
    base: str
    quote: str
    tick: Decimal
    min_price: Decimal
    max_price: Decimal
    step: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal
    min_notional: Decimal
    max_notional: Decimal
    band: Decimal = Decimal("0.2")
    maker_fee: Decimal = Decimal("0.001")
    taker_fee: Decimal = Decimal("0.001")
    max_open_orders: int = 200
    max_leverage: int = 1
    maintenance: Decimal = ZERO
    start_price: Decimal = Decimal(100)
    volatility: Decimal = Decimal("0.00005")
    depth: Decimal = Decimal(1)

    @property
    def key(self) -> str:
        """Unique within an engine: `BTCUSDT.spot`, `BTCUSDT.linear`. Everywhere else in the engine this is `market`."""
        return f"{self.symbol}.{self.kind.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What an account asks for.

    Attributes:
        quantity: Base currency; None only with `quote_quantity` or `close_position`.
        quote_quantity: Spot MARKET orders: how much quote currency to spend or to receive.
        post_only: It ends as EXPIRED with `Reason.POST_ONLY` if it would take; ask `Engine.would_take` to refuse it.
        close_position: Linear conditional orders: close whatever is open when triggered.
        client_id: Unique among the account's open orders of a market; empty lets the engine choose.
        meta: What a face wants back with the order, such as the exchange's own name of its type. Never interpreted.
    """

    market: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy = TriggerBy.LAST
    tif: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    close_position: bool = False
    self_trade: SelfTrade = SelfTrade.NONE
    client_id: str = ""
    meta: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Order:
    """One order, as it stands. Events carry copies.

    Attributes:
        id: Unique within the engine, counted up.
        quantity: Base currency; for a `quote_quantity` order what has been filled so far.
        filled: Base currency, `cost`: quote currency exchanged for it.
        reason: Why it ended otherwise than by being filled.
        triggered_ns: 0 until a conditional order triggers.
        working_ns: Since when it can trade; its place in the queue of its price.
    """

    id: int
    account: str
    market: str
    side: Side
    type: OrderType
    quantity: Decimal
    quote_quantity: Decimal | None
    price: Decimal | None
    trigger_price: Decimal | None
    trigger_by: TriggerBy
    tif: TimeInForce
    post_only: bool
    reduce_only: bool
    close_position: bool
    self_trade: SelfTrade
    client_id: str
    meta: dict[str, str]
    status: Status
    created_ns: int
    updated_ns: int
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    reason: Reason | None = None
    triggered_ns: int = 0
    working_ns: int = 0

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def average_price(self) -> Decimal:
        """Quote currency per unit over all fills; zero before the first."""
        return self.cost / self.filled if self.filled else ZERO

    def copy(self) -> "Order":
        """Field by field: every event carries a copy, and `dataclasses.replace` takes thirteen times as long."""
        new = object.__new__(Order)
        new.id = self.id
        new.account = self.account
        new.market = self.market
        new.side = self.side
        new.type = self.type
        new.quantity = self.quantity
        new.quote_quantity = self.quote_quantity
        new.price = self.price
        new.trigger_price = self.trigger_price
        new.trigger_by = self.trigger_by
        new.tif = self.tif
        new.post_only = self.post_only
        new.reduce_only = self.reduce_only
        new.close_position = self.close_position
        new.self_trade = self.self_trade
        new.client_id = self.client_id
        new.meta = self.meta
        new.status = self.status
        new.created_ns = self.created_ns
        new.updated_ns = self.updated_ns
        new.filled = self.filled
        new.cost = self.cost
        new.reason = self.reason
        new.triggered_ns = self.triggered_ns
        new.working_ns = self.working_ns
        return new


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One account's side of a trade.

    Attributes:
        trade_id: The same for both sides, counted up per market.
        fee: In `fee_asset`, > 0 is paid. Spot: what is received; linear: the quote currency.
        realized_pnl: Linear: profit of the closed part before the fee, quote currency.
    """

    trade_id: int
    order_id: int
    client_id: str
    account: str
    market: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    realized_pnl: Decimal
    time_ns: int

    @property
    def cost(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class Balance:
    """Of one asset: `locked` is held for open spot orders; what linear positions hold is not in here."""

    free: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One-way position of an account in a linear market.

    Attributes:
        quantity: Signed, base currency.
        entry_price: Average, zero when flat.
        realized_pnl: Since the account was opened, before fees.
        initial_margin, maintenance_margin, unrealized_pnl: At `mark_price`, quote currency.
    """

    account: str
    market: str
    quantity: Decimal
    entry_price: Decimal
    leverage: int
    realized_pnl: Decimal
    mark_price: Decimal
    unrealized_pnl: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    liquidation_price: Decimal
    updated_ns: int

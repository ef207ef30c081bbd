"""One market: its terms, its book, its tape, and what waits in it."""

from .account import Account
from .background import Background
from .book import OrderBook
from .model import Instrument, Kind
from .tape import Tape
from .triggers import Triggers


class Market:
    """Attributes:
    last: Price of the last trade. `low` and `high`: since the triggers were looked at last.
    mark: What positions are valued at: the fair price of the background; without one, and on spot, the last price.
    valued: The mark price at which positions were looked at last.
    holders: Who has a position here, by name.
    """

    __slots__ = (
        "background", "book", "high", "holders", "instrument", "key", "last", "linear", "low", "mark", "tape",
        "trade_id", "triggers", "valued",
    )  # fmt: skip

    def __init__(self, instrument: Instrument, *, seed: int, start_ns: int, background: bool) -> None:
        self.instrument = instrument
        self.key = instrument.key
        self.linear = instrument.kind is Kind.LINEAR
        self.book = OrderBook(self.key)
        self.tape = Tape(instrument, start_ns, seed if background else None)
        self.triggers = Triggers()
        self.holders: dict[str, Account] = {}
        self.trade_id = 0
        self.last = self.low = self.high = self.mark = self.valued = instrument.start_price
        self.background = Background(instrument, seed) if background else None

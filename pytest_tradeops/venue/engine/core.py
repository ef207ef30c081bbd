"""What the parts of the engine share: the time, the markets, the accounts, the events not yet drained."""

from .account import Account
from .events import Event, Execution, OrderUpdate, PositionUpdate, WalletUpdate
from .margin import Holding
from .market import Market
from .model import FEES, HOUSE, Fill, Order, Reason, Rejected
from .quick import maker

_order_update = maker(OrderUpdate)
_wallet_update = maker(WalletUpdate)
_position_update = maker(PositionUpdate)


class Core:
    """Attributes:
    stirred: Markets whose price moved, to be looked at by `settle.settle`.
    review: Accounts whose linear money moved, by name and asset.
    """

    __slots__ = ("accounts", "events", "fees", "house", "markets", "next_order", "now_ns", "review", "stirred")

    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns
        self.markets: dict[str, Market] = {}
        self.accounts: dict[str, Account] = {}
        self.house = Account(HOUSE)
        self.fees = Account(FEES)
        self.events: list[Event] = []
        self.next_order = 1
        self.stirred: dict[str, Market] = {}
        self.review: dict[tuple[str, str], Account] = {}

    def market(self, key: str) -> Market:
        found = self.markets.get(key)
        if found is None:
            raise Rejected(Reason.UNKNOWN_MARKET, key)
        return found

    def account(self, name: str) -> Account:
        found = self.accounts.get(name)
        if found is None:
            raise Rejected(Reason.UNKNOWN_ACCOUNT, name)
        return found

    def tell_order(self, execution: Execution, order: Order, fill: Fill | None = None) -> None:
        order.updated_ns = self.now_ns
        self.events.append(_order_update(execution=execution, order=order.copy(), fill=fill, time_ns=self.now_ns))

    def tell_wallet(self, account: Account, cause: str, *assets: str) -> None:
        balances = account.wallet.balances(assets)
        self.events.append(_wallet_update(account=account.name, balances=balances, cause=cause, time_ns=self.now_ns))

    def tell_position(self, account: Account, holding: Holding) -> None:
        self.events.append(_position_update(position=account.position(holding), time_ns=self.now_ns))

    def tell_book(self, market: Market) -> None:
        update = market.book.update(self.now_ns)
        if update is not None:
            self.events.append(update)

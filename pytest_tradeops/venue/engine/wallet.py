"""What an account holds of each asset."""

from collections.abc import Iterable
from decimal import Decimal

from .model import ZERO, Balance
from .quick import maker

_balance = maker(Balance)


class Purse:
    """One asset of one account. The caller knows that there is enough; the house may owe."""

    __slots__ = ("free", "locked")

    def __init__(self) -> None:
        self.free = ZERO
        self.locked = ZERO

    def lock(self, amount: Decimal) -> None:
        """Negative unlocks."""
        self.free -= amount
        self.locked += amount


class Wallet:
    """Purses by asset; one that is asked for is there."""

    __slots__ = ("_purses",)

    def __init__(self) -> None:
        self._purses: dict[str, Purse] = {}

    def purse(self, asset: str) -> Purse:
        found = self._purses.get(asset)
        if found is None:
            found = self._purses[asset] = Purse()
        return found

    def free(self, asset: str) -> Decimal:
        found = self._purses.get(asset)
        return ZERO if found is None else found.free

    def total(self, asset: str) -> Decimal:
        found = self._purses.get(asset)
        return ZERO if found is None else found.free + found.locked

    def balances(self, assets: Iterable[str] | None = None) -> dict[str, Balance]:
        """All of them by name, or those asked for in their order."""
        found = {}
        for asset in sorted(self._purses) if assets is None else assets:
            purse = self._purses.get(asset) or self.purse(asset)
            found[asset] = _balance(free=purse.free, locked=purse.locked)
        return found
